// Package text has the functions of texts.
package text

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/millrace-dev/millrace/operators/expr/fn"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Functions returns the functions of texts.
func Functions() []fn.Function {
	f := func(signature, help string, build func(*fn.Node)) fn.Function {
		return fn.Function{Signature: signature, Help: help, Build: build}
	}
	long := func(b fn.Function) fn.Function {
		b.Fallible = fn.Always
		return b
	}
	like := func(b fn.Function) fn.Function {
		b.Fallible = likeFails
		return b
	}
	lazyConcat := f("concat(any...) text", "The texts joined; a null counts as empty.", buildConcat)
	lazyConcat.Nullable = fn.Never
	joined := fn.Function{
		Name: "||", Signature: "text || text", Help: "The two texts joined; NULL if one is null.",
		Fallible: fn.Always,
		Build: fn.TextsWith(func(dst []byte, args []batch.Column, i int) ([]byte, bool) {
			return append(append(dst, args[0].View(i)...), args[1].View(i)...), true
		}),
	}
	own := []fn.Function{
		f("upper(text) text", "The text in capitals.", fn.Text1(mapRunes(unicode.ToUpper))),
		f("lower(text) text", "The text in small letters.", fn.Text1(mapRunes(unicode.ToLower))),
		f("length(text) int; length(binary) int", "How many characters the text has, or bytes the value.", buildLength),
		f("octet_length(text) int; octet_length(binary) int", "How many bytes the value has.", fn.TextInt(func(s string) int64 { return int64(len(s)) })),
		f("bit_length(text) int; bit_length(binary) int", "How many bits the text has.", fn.TextInt(func(s string) int64 { return 8 * int64(len(s)) })),
		f("ascii(text) int", "The code point of the first character; 0 if there is none.", fn.TextInt(func(s string) int64 {
			if s == "" {
				return 0
			}
			r, _ := utf8.DecodeRuneInString(s)
			return int64(r)
		})),
		long(lazyConcat),
		joined,
		f("trim(text[, text]) text", "The text without blanks, or the given characters, at both ends.", trim(true, true)),
		f("ltrim(text[, text]) text", "The text without blanks, or the given characters, at its start.", trim(true, false)),
		f("rtrim(text[, text]) text", "The text without blanks, or the given characters, at its end.", trim(false, true)),
		long(f("substring(text, int[, int]) text", "The part of the text from a character, counted from 1, of at most so many characters.", buildSubstring)),
		f("position(text, text) int", "Where the first text begins in the second, counted from 1 in characters; 0 if nowhere.", buildPosition(0, 1)),
		f("strpos(text, text) int", "Where the second text begins in the first, counted from 1 in characters; 0 if nowhere.", buildPosition(1, 0)),
		long(f("replace(text, text, text) text", "The text with every occurrence of the second text replaced by the third.", fn.TextsWith(replace))),
		f("left(text, int) text", "The first characters; with a negative number all but the last.", fn.TextsWith(left)),
		f("right(text, int) text", "The last characters; with a negative number all but the first.", fn.TextsWith(right)),
		long(f("lpad(text, int[, text]) text", "The text filled up with blanks, or another text, at its start, or cut, to a number of characters.", fn.TextsWith(pad(true)))),
		long(f("rpad(text, int[, text]) text", "The text filled up with blanks, or another text, at its end, or cut, to a number of characters.", fn.TextsWith(pad(false)))),
		long(f("repeat(text, int) text", "The text so many times.", fn.TextsWith(repeat))),
		f("reverse(text) text", "The characters in reverse order.", fn.Text1(reverse)),
		f("split_part(text, text, int) text", "Part n of the text between the separators, counted from 1, or from the end if negative; empty if there is none.", fn.TextsWith(splitPart)),
		f("starts_with(text, text) bool", "Whether the text begins with the second.", textTest(strings.HasPrefix)),
		f("ends_with(text, text) bool", "Whether the text ends with the second.", textTest(strings.HasSuffix)),
		f("contains(text, text) bool", "Whether the second text occurs in the first.", textTest(strings.Contains)),
		long(f("chr(int) text", "The character of a code point.", buildChr)),
		f("initcap(text) text", "The text with the first letter of each word as a capital.", fn.Text1(initcap)),
		like(f("like(text, text[, text]) bool", "Whether the text matches a pattern, in which % is any text, _ any character; the third is the escape character, \\ if missing.", buildLike)),
		like(f("ilike(text, text[, text]) bool", "Like LIKE, but capitals and small letters are the same.", buildLike)),
	}
	return slices.Concat(own, parts(), digests(), expressions())
}

// buildConcat: a null is left out, and values of all types are written as text.
func buildConcat(n *fn.Node) {
	n.Lazy, n.Why = true, fn.TooLong
	n.Run = func(f *fn.Frame, n *fn.Node) {
		n.Bad, n.Col.Valid = n.JoinBad(f.Rows), nil
		fn.Texts(n, f.Rows, func(dst []byte, i int) ([]byte, bool) {
			for _, a := range n.Args {
				if !a.IsBad(i) {
					dst = batch.AppendText(dst, &a.Col, i)
				}
			}
			return dst, true
		})
		if n.Own != nil {
			n.AddBad(n.Own, f.Rows)
		}
	}
	n.From = fn.FirstBad
}

func buildLength(n *fn.Node) {
	count := func(s string) int64 { return int64(utf8.RuneCountInString(s)) }
	if n.Args[0].Type.Kind == batch.Binary {
		count = func(s string) int64 { return int64(len(s)) }
	}
	fn.TextInt(count)(n)
}

func mapRunes(op func(rune) rune) func(dst []byte, s string) []byte {
	return func(dst []byte, s string) []byte {
		for _, r := range s {
			if r = op(r); r < utf8.RuneSelf {
				dst = append(dst, byte(r))
			} else {
				dst = utf8.AppendRune(dst, r)
			}
		}
		return dst
	}
}

func initcap(dst []byte, s string) []byte {
	inside := false
	for _, r := range s {
		if inside {
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		} else {
			dst = utf8.AppendRune(dst, unicode.ToUpper(r))
		}
		inside = unicode.IsLetter(r) || unicode.IsDigit(r)
	}
	return dst
}

func reverse(dst []byte, s string) []byte {
	for len(s) > 0 {
		_, size := utf8.DecodeLastRuneInString(s)
		dst = append(dst, s[len(s)-size:]...)
		s = s[:len(s)-size]
	}
	return dst
}

func trim(start, end bool) func(*fn.Node) {
	return fn.TextsWith(func(dst []byte, args []batch.Column, i int) ([]byte, bool) {
		s, chars := args[0].Text(i), " "
		if len(args) > 1 {
			chars = args[1].Text(i)
		}
		if start {
			s = strings.TrimLeft(s, chars)
		}
		if end {
			s = strings.TrimRight(s, chars)
		}
		return append(dst, s...), true
	})
}

// buildSubstring counts from 1, also before the start: SUBSTRING('abc', -1, 3) is 'a'.
func buildSubstring(n *fn.Node) {
	fn.TextsWith(func(dst []byte, args []batch.Column, i int) ([]byte, bool) {
		s, start := args[0].Text(i), fn.Int(&args[1], i)
		count := int64(len(s))
		if len(args) > 2 {
			if count = fn.Int(&args[2], i); count < 0 {
				return dst, false
			}
		}
		if start < 1 {
			if len(args) > 2 {
				count = max(0, count+max(start, math.MinInt64+1)-1)
			}
			start = 1
		}
		s, _ = fn.Runes(s, start-1)
		_, s = fn.Runes(s, count)
		return append(dst, s...), true
	})(n)
	n.Why = func(*fn.Node, int) string { return "a length is negative" }
}

func buildPosition(part, whole int) func(*fn.Node) {
	return func(n *fn.Node) {
		n.Run = func(f *fn.Frame, n *fn.Node) {
			p, w := &n.Args[part].Col, &n.Args[whole].Col
			dst := fn.Fixed[int64](n, f.Rows)
			for i := range dst {
				s := w.Text(i)
				at := strings.Index(s, p.Text(i))
				if at >= 0 {
					at = utf8.RuneCountInString(s[:at])
				}
				dst[i] = int64(at + 1)
			}
		}
	}
}

func replace(dst []byte, args []batch.Column, i int) ([]byte, bool) {
	s, old, by := args[0].Text(i), args[1].Text(i), args[2].Text(i)
	if old == "" {
		return append(dst, s...), true
	}
	start := len(dst)
	for {
		at := strings.Index(s, old)
		if at < 0 || len(dst)-start > fn.MaxText {
			return append(dst, s...), true
		}
		dst = append(append(dst, s[:at]...), by...)
		s = s[at+len(old):]
	}
}

func left(dst []byte, args []batch.Column, i int) ([]byte, bool) {
	s, n := args[0].Text(i), fn.Int(&args[1], i)
	if n < 0 {
		n = max(0, int64(utf8.RuneCountInString(s))+max(n, -fn.MaxText))
	}
	_, first := fn.Runes(s, n)
	return append(dst, first...), true
}

func right(dst []byte, args []batch.Column, i int) ([]byte, bool) {
	s, n := args[0].Text(i), fn.Int(&args[1], i)
	drop := -n
	if n >= 0 {
		drop = max(0, int64(utf8.RuneCountInString(s))-n)
	}
	rest, _ := fn.Runes(s, drop)
	return append(dst, rest...), true
}

func pad(start bool) func(dst []byte, args []batch.Column, i int) ([]byte, bool) {
	return func(dst []byte, args []batch.Column, i int) ([]byte, bool) {
		s, n, fill := args[0].Text(i), fn.Int(&args[1], i), " "
		if len(args) > 2 {
			fill = args[2].Text(i)
		}
		if n > fn.MaxText {
			return dst, false
		}
		have := int64(utf8.RuneCountInString(s))
		if have >= n || fill == "" {
			_, s = fn.Runes(s, max(n, 0))
			return append(dst, s...), true
		}
		if !start {
			dst = append(dst, s...)
		}
		width := int64(utf8.RuneCountInString(fill))
		for missing := n - have; missing > 0; missing -= width {
			_, part := fn.Runes(fill, missing)
			dst = append(dst, part...)
		}
		if start {
			dst = append(dst, s...)
		}
		return dst, true
	}
}

func repeat(dst []byte, args []batch.Column, i int) ([]byte, bool) {
	s, n := args[0].Text(i), fn.Int(&args[1], i)
	if n > 0 && s != "" && n > int64(fn.MaxText/len(s)) {
		return dst, false
	}
	if s == "" {
		return dst, true
	}
	for ; n > 0; n-- {
		dst = append(dst, s...)
	}
	return dst, true
}

func splitPart(dst []byte, args []batch.Column, i int) ([]byte, bool) {
	s, sep, n := args[0].Text(i), args[1].Text(i), fn.Int(&args[2], i)
	if sep == "" {
		if n == 1 || n == -1 {
			dst = append(dst, s...)
		}
		return dst, true
	}
	if n < 0 {
		n += int64(strings.Count(s, sep)) + 2
	}
	for ; n > 1; n-- {
		_, rest, found := strings.Cut(s, sep)
		if !found {
			return dst, true
		}
		s = rest
	}
	if n == 1 {
		s, _, _ = strings.Cut(s, sep)
		dst = append(dst, s...)
	}
	return dst, true
}

func textTest(op func(s, t string) bool) func(*fn.Node) {
	return func(n *fn.Node) {
		n.Run = func(f *fn.Frame, n *fn.Node) {
			a, b := &n.Args[0].Col, &n.Args[1].Col
			dst := fn.Bits(n, f.Rows)
			clear(dst)
			for i := range f.Rows {
				if op(a.Text(i), b.Text(i)) {
					dst.Set(i)
				}
			}
		}
	}
}

func buildChr(n *fn.Node) {
	fn.TextsWith(func(dst []byte, args []batch.Column, i int) ([]byte, bool) {
		code := fn.Int(&args[0], i)
		if code != int64(rune(code)) || code == 0 || !utf8.ValidRune(rune(code)) {
			return dst, false
		}
		return utf8.AppendRune(dst, rune(code)), true
	})(n)
	n.Why = func(*fn.Node, int) string { return "no such character" }
}
