package expr

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/millrace-dev/millrace/sdk/batch"
)

func textFunctions() []builtin {
	f := func(signature, help string, build func(*node)) builtin {
		return builtin{Function: Function{Signature: signature, Help: help}, build: build}
	}
	long := func(b builtin) builtin {
		b.fallible = always
		return b
	}
	like := func(b builtin) builtin {
		b.fallible = likeFails
		return b
	}
	lazyConcat := f("concat(any...) text", "The texts joined; a null counts as empty.", buildConcat)
	lazyConcat.nullable = never
	joined := builtin{
		Function: Function{Name: "||", Signature: "text || text", Help: "The two texts joined; NULL if one is null."},
		bind:     bindConcat, fallible: always,
		build: textsWith(func(dst []byte, args []batch.Column, i int) ([]byte, bool) {
			return append(append(dst, args[0].View(i)...), args[1].View(i)...), true
		}),
	}
	return []builtin{
		f("upper(text) text", "The text in capitals.", text1(mapRunes(unicode.ToUpper))),
		f("lower(text) text", "The text in small letters.", text1(mapRunes(unicode.ToLower))),
		f("length(text) int", "How many characters the text has.", textInt(func(s string) int64 { return int64(utf8.RuneCountInString(s)) })),
		f("octet_length(text) int; octet_length(binary) int", "How many bytes the value has.", textInt(func(s string) int64 { return int64(len(s)) })),
		f("bit_length(text) int", "How many bits the text has.", textInt(func(s string) int64 { return 8 * int64(len(s)) })),
		f("ascii(text) int", "The code point of the first character; 0 if there is none.", textInt(func(s string) int64 {
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
		long(f("replace(text, text, text) text", "The text with every occurrence of the second text replaced by the third.", textsWith(replace))),
		f("left(text, int) text", "The first characters; with a negative number all but the last.", textsWith(left)),
		f("right(text, int) text", "The last characters; with a negative number all but the first.", textsWith(right)),
		long(f("lpad(text, int[, text]) text", "The text filled up with blanks, or another text, at its start, or cut, to a number of characters.", textsWith(pad(true)))),
		long(f("rpad(text, int[, text]) text", "The text filled up with blanks, or another text, at its end, or cut, to a number of characters.", textsWith(pad(false)))),
		long(f("repeat(text, int) text", "The text so many times.", textsWith(repeat))),
		f("reverse(text) text", "The characters in reverse order.", text1(reverse)),
		f("split_part(text, text, int) text", "Part n of the text between the separators, counted from 1, or from the end if negative; empty if there is none.", textsWith(splitPart)),
		f("starts_with(text, text) bool", "Whether the text begins with the second.", textTest(strings.HasPrefix)),
		f("ends_with(text, text) bool", "Whether the text ends with the second.", textTest(strings.HasSuffix)),
		f("contains(text, text) bool", "Whether the second text occurs in the first.", textTest(strings.Contains)),
		long(f("chr(int) text", "The character of a code point.", buildChr)),
		f("initcap(text) text", "The text with the first letter of each word as a capital.", text1(initcap)),
		like(f("like(text, text[, text]) bool", "Whether the text matches a pattern, in which % is any text, _ any character; the third is the escape character, \\ if missing.", buildLike)),
		like(f("ilike(text, text[, text]) bool", "Like LIKE, but capitals and small letters are the same.", buildLike)),
	}
}

// bindConcat takes text on at least one side and casts the other.
func bindConcat(e Expr) (Expr, error) {
	if err := exactly(e, 2); err != nil {
		return Expr{}, err
	}
	for _, a := range e.Args {
		if k := a.Type.Kind; k == batch.Utf8 || k == batch.Invalid {
			return typed(e, batch.T(batch.Utf8), batch.T(batch.Utf8))
		}
	}
	return Expr{}, errorAt(e.Pos, "cast one of them to text", "||: cannot be applied to %s", typeList(e.Args))
}

// buildConcat: a null is left out, and values of all types are written as text.
func buildConcat(n *node) {
	n.lazy, n.why = true, whyTooLong
	n.run = func(f *frame, n *node) {
		n.bad, n.col.Valid = n.joinBad(f.rows), nil
		texts(n, f.rows, func(dst []byte, i int) ([]byte, bool) {
			for _, a := range n.args {
				if !a.isBad(i) {
					dst = batch.AppendText(dst, &a.col, i)
				}
			}
			return dst, true
		})
		if n.own != nil {
			n.addBad(n.own, f.rows)
		}
	}
	n.from = firstBad
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

func trim(start, end bool) func(*node) {
	return textsWith(func(dst []byte, args []batch.Column, i int) ([]byte, bool) {
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
func buildSubstring(n *node) {
	textsWith(func(dst []byte, args []batch.Column, i int) ([]byte, bool) {
		s, start := args[0].Text(i), intAt(&args[1], i)
		count := int64(len(s))
		if len(args) > 2 {
			if count = intAt(&args[2], i); count < 0 {
				return dst, false
			}
		}
		if start < 1 {
			if len(args) > 2 {
				count = max(0, count+max(start, -int64(maxText))-1)
			}
			start = 1
		}
		s, _ = runes(s, start-1)
		_, s = runes(s, count)
		return append(dst, s...), true
	})(n)
	n.why = func(*node, int) string { return "a length is negative" }
}

func buildPosition(part, whole int) func(*node) {
	return func(n *node) {
		n.run = func(f *frame, n *node) {
			p, w := textArg{&n.args[part].col}, textArg{&n.args[whole].col}
			dst := fixed[int64](n, f.rows)
			for i := range dst {
				s := w.at(i)
				at := strings.Index(s, p.at(i))
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
		if at < 0 || len(dst)-start > maxText {
			return append(dst, s...), true
		}
		dst = append(append(dst, s[:at]...), by...)
		s = s[at+len(old):]
	}
}

func left(dst []byte, args []batch.Column, i int) ([]byte, bool) {
	s, n := args[0].Text(i), intAt(&args[1], i)
	if n < 0 {
		n = max(0, int64(utf8.RuneCountInString(s))+max(n, -maxText))
	}
	_, first := runes(s, n)
	return append(dst, first...), true
}

func right(dst []byte, args []batch.Column, i int) ([]byte, bool) {
	s, n := args[0].Text(i), intAt(&args[1], i)
	drop := -n
	if n >= 0 {
		drop = max(0, int64(utf8.RuneCountInString(s))-n)
	}
	rest, _ := runes(s, drop)
	return append(dst, rest...), true
}

func pad(start bool) func(dst []byte, args []batch.Column, i int) ([]byte, bool) {
	return func(dst []byte, args []batch.Column, i int) ([]byte, bool) {
		s, n, fill := args[0].Text(i), intAt(&args[1], i), " "
		if len(args) > 2 {
			fill = args[2].Text(i)
		}
		if n > maxText {
			return dst, false
		}
		have := int64(utf8.RuneCountInString(s))
		if have >= n || fill == "" {
			_, s = runes(s, max(n, 0))
			return append(dst, s...), true
		}
		if !start {
			dst = append(dst, s...)
		}
		width := int64(utf8.RuneCountInString(fill))
		for missing := n - have; missing > 0; missing -= width {
			_, part := runes(fill, missing)
			dst = append(dst, part...)
		}
		if start {
			dst = append(dst, s...)
		}
		return dst, true
	}
}

func repeat(dst []byte, args []batch.Column, i int) ([]byte, bool) {
	s, n := args[0].Text(i), intAt(&args[1], i)
	if n > 0 && s != "" && n > int64(maxText/len(s)) {
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
	s, sep, n := args[0].Text(i), args[1].Text(i), intAt(&args[2], i)
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

func textTest(op func(s, t string) bool) func(*node) {
	return func(n *node) {
		n.run = func(f *frame, n *node) {
			a, b := textArg{&n.args[0].col}, textArg{&n.args[1].col}
			dst := boolean(n, f.rows)
			clear(dst)
			for i := range f.rows {
				if op(a.at(i), b.at(i)) {
					dst.Set(i)
				}
			}
		}
	}
}

func buildChr(n *node) {
	textsWith(func(dst []byte, args []batch.Column, i int) ([]byte, bool) {
		code := intAt(&args[0], i)
		if code != int64(rune(code)) || code == 0 || !utf8.ValidRune(rune(code)) {
			return dst, false
		}
		return utf8.AppendRune(dst, rune(code)), true
	})(n)
	n.why = func(*node, int) string { return "no such character" }
}
