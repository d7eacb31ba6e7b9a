package text

import (
	"strings"
	"unicode/utf8"

	"github.com/millrace-dev/millrace/operators/expr/fn"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// parts are functions that take texts apart and put them together.
func parts() []fn.Function {
	f := func(signature, help string, build func(*fn.Node), fallible func(*fn.Node) bool) fn.Function {
		return fn.Function{Signature: signature, Help: help, Build: build, Fallible: fallible}
	}
	joined := f("concat_ws(text, any...) text", "The values after the first joined with the first between them; nulls are left out.", buildConcatWS, fn.Always)
	joined.Nullable = func(n *fn.Node) bool { return n.Args[0].Nullable }
	index := f("split_index(text, text, int) text", "Part n of the text between the separators, counted from 0; NULL if there is none.", fn.TextsOrNullWith(splitIndex), nil)
	index.Nullable = fn.Always
	written := f("format(text, any...) text", "The first text with each %s replaced by the next value, %2$s by the second, %% by %; a null counts as empty.", buildFormatted, fn.Always)
	written.Nullable = func(n *fn.Node) bool { return n.Args[0].Nullable }
	return []fn.Function{
		joined, index, written,
		f("substring_index(text, text, int) text", "What stands before the n-th separator; with a negative number, what stands behind the n-th from the end.", fn.TextsWith(substringIndex), nil),
		f("translate(text, text, text) text", "The text with each character of the second replaced by the one at its place in the third, or left out if there is none.", buildTranslate, fn.Always),
		f("overlay(text, text, int[, int]) text", "The text with as many characters as the second has, or so many, replaced by the second from a character on.", buildOverlay, fn.Always),
		f("locate(text, text[, int]) int", "Where the first text begins in the second, from a character on, counted from 1; 0 if nowhere.", fn.Ints(locate), nil),
		f("find_in_set(text, text) int", "Which item of a list with commas the text is, counted from 1; 0 if none.", fn.Ints(findInSet), nil),
		f("space(int) text", "So many blanks.", buildSpace, fn.Always),
	}
}

// buildConcatWS looks past nulls, but not past that of the separator.
func buildConcatWS(n *fn.Node) {
	n.Lazy, n.Why = true, fn.TooLong
	n.Run = func(f *fn.Frame, n *fn.Node) {
		n.Bad, n.Col.Valid = n.JoinBad(f.Rows), n.Args[0].Col.Valid
		sep := &n.Args[0].Col
		fn.Texts(n, f.Rows, func(dst []byte, i int) ([]byte, bool) {
			first := true
			for _, a := range n.Args[1:] {
				if a.IsBad(i) || a.Col.Null(i) {
					continue
				}
				if !first {
					dst = append(dst, sep.View(i)...)
				}
				first = false
				dst = batch.AppendText(dst, &a.Col, i)
			}
			return dst, true
		})
		if n.Own != nil {
			n.AddBad(n.Own, f.Rows)
		}
	}
	n.From = fn.FirstBad
}

func splitIndex(dst []byte, args []batch.Column, i int) ([]byte, fn.Outcome) {
	s, sep, n := args[0].Text(i), args[1].Text(i), fn.Int(&args[2], i)
	if n < 0 || sep == "" || n > int64(len(s)) {
		return dst, fn.Null
	}
	for ; n > 0; n-- {
		_, rest, found := strings.Cut(s, sep)
		if !found {
			return dst, fn.Null
		}
		s = rest
	}
	s, _, _ = strings.Cut(s, sep)
	return append(dst, s...), fn.Made
}

func substringIndex(dst []byte, args []batch.Column, i int) ([]byte, bool) {
	s, sep, n := args[0].Text(i), args[1].Text(i), fn.Int(&args[2], i)
	if sep == "" || n == 0 {
		return dst, true
	}
	at := 0
	for ; n > 0; n-- {
		k := strings.Index(s[at:], sep)
		if k < 0 {
			return append(dst, s...), true
		}
		if n == 1 {
			return append(dst, s[:at+k]...), true
		}
		at += k + len(sep)
	}
	end := len(s)
	for ; n < 0; n++ {
		k := strings.LastIndex(s[:end], sep)
		if k < 0 {
			return append(dst, s...), true
		}
		if n == -1 {
			return append(dst, s[k+len(sep):]...), true
		}
		end = k
	}
	return dst, true
}

func buildTranslate(n *fn.Node) {
	var from, to string
	var table map[rune]rune
	fn.TextsWith(func(dst []byte, args []batch.Column, i int) ([]byte, bool) {
		if table == nil || args[1].Text(i) != from || args[2].Text(i) != to {
			from, to = strings.Clone(args[1].Text(i)), strings.Clone(args[2].Text(i))
			table = translation(from, to)
		}
		for _, r := range args[0].Text(i) {
			by, ok := table[r]
			switch {
			case !ok:
				dst = utf8.AppendRune(dst, r)
			case by >= 0:
				dst = utf8.AppendRune(dst, by)
			}
		}
		return dst, true
	})(n)
}

// translation says what becomes of each character; -1: it is left out.
func translation(from, to string) map[rune]rune {
	table, by := map[rune]rune{}, []rune(to)
	k := 0
	for _, r := range from {
		if _, ok := table[r]; !ok {
			table[r] = -1
			if k < len(by) {
				table[r] = by[k]
			}
		}
		k++
	}
	return table
}

func buildOverlay(n *fn.Node) {
	fn.TextsWith(func(dst []byte, args []batch.Column, i int) ([]byte, bool) {
		s, by, start := args[0].Text(i), args[1].Text(i), fn.Int(&args[2], i)
		count := optional(args, 3, i, int64(utf8.RuneCountInString(by)))
		if start < 1 || count < -int64(fn.MaxText) {
			return dst, false
		}
		_, head := fn.Runes(s, start-1)
		dst = append(append(dst, head...), by...)
		count = min(count, int64(len(s)))
		rest, _ := fn.Runes(s, max(0, min(start, fn.MaxText)-1+count))
		return append(dst, rest...), true
	})(n)
	n.Why = func(*fn.Node, int) string { return "the place is before the first character, or the result too long" }
}

func locate(args []batch.Column, i int) (int64, fn.Outcome) {
	part, s, from := args[0].Text(i), args[1].Text(i), optional(args, 2, i, 1)
	if from < 1 || from > int64(utf8.RuneCountInString(s))+1 {
		return 0, fn.Made
	}
	rest, _ := fn.Runes(s, from-1)
	before, _, found := strings.Cut(rest, part)
	if !found {
		return 0, fn.Made
	}
	return int64(utf8.RuneCountInString(before)) + from, fn.Made
}

func findInSet(args []batch.Column, i int) (int64, fn.Outcome) {
	item, list := args[0].Text(i), args[1].Text(i)
	if list == "" || strings.Contains(item, ",") {
		return 0, fn.Made
	}
	k := int64(0)
	for part := range strings.SplitSeq(list, ",") {
		if k++; part == item {
			return k, fn.Made
		}
	}
	return 0, fn.Made
}

func buildSpace(n *fn.Node) {
	fn.TextsWith(func(dst []byte, args []batch.Column, i int) ([]byte, bool) {
		k := fn.Int(&args[0], i)
		if k > fn.MaxText {
			return dst, false
		}
		for ; k > 0; k-- {
			dst = append(dst, ' ')
		}
		return dst, true
	})(n)
}

// buildFormatted looks past nulls, but not past that of the pattern.
func buildFormatted(n *fn.Node) {
	n.Lazy = true
	n.Why = func(*fn.Node, int) string {
		return "the pattern asks for a value that is not there or has something else than %s behind a %, or the text is longer than 16 MiB"
	}
	n.Run = func(f *fn.Frame, n *fn.Node) {
		n.Bad, n.Col.Valid = n.JoinBad(f.Rows), n.Args[0].Col.Valid
		fn.Texts(n, f.Rows, func(dst []byte, i int) ([]byte, bool) {
			if n.IsBad(i) {
				return dst, true
			}
			return formatted(dst, n.Args, i)
		})
		if n.Own != nil {
			n.AddBad(n.Own, f.Rows)
		}
	}
	n.From = fn.FirstBad
}

func formatted(dst []byte, args []*fn.Node, row int) ([]byte, bool) {
	pattern, next, start := args[0].Col.Text(row), 1, len(dst)
	for {
		before, rest, found := strings.Cut(pattern, "%")
		dst = append(dst, before...)
		switch {
		case !found:
			return dst, true
		case rest == "" || len(dst)-start > fn.MaxText:
			return dst, false
		case rest[0] == '%':
			dst, pattern = append(dst, '%'), rest[1:]
			continue
		}
		k, digits := 0, 0
		for digits < len(rest) && digits < 4 && rest[digits] >= '0' && rest[digits] <= '9' {
			k = 10*k + int(rest[digits]-'0')
			digits++
		}
		if rest = rest[digits:]; digits > 0 {
			if rest, found = strings.CutPrefix(rest, "$"); !found {
				return dst, false // a width
			}
			next = k
		}
		if pattern, found = strings.CutPrefix(rest, "s"); !found || next < 1 || next >= len(args) {
			return dst, false
		}
		dst = batch.AppendText(dst, &args[next].Col, row)
		next++
	}
}
