package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/millrace-dev/millrace/operators/expr/fn"
)

// pattern is a LIKE pattern taken apart: texts of literal characters and _ between the %.
type pattern struct {
	parts []string // a _ that is a wildcard is anyByte
	fold  bool
	plain bool // no _: parts can be searched for as they are
}

// anyByte is how _ is written in a part: no byte of UTF-8.
const anyByte = 0xff

// newPattern reads a pattern. It reports an escape character that escapes nothing.
func newPattern(text string, escape rune, fold bool) (pattern, bool) {
	p := pattern{fold: fold, plain: true}
	var part []byte
	escaped := false
	for _, r := range text {
		switch {
		case escaped:
			part, escaped = utf8.AppendRune(part, r), false
		case r == escape:
			escaped = true
		case r == '%':
			p.parts, part = append(p.parts, string(part)), nil
		case r == '_':
			part, p.plain = append(part, anyByte), false
		default:
			part = utf8.AppendRune(part, r)
		}
	}
	p.parts = append(p.parts, string(part))
	if fold {
		for i := range p.parts {
			p.parts[i] = foldText(p.parts[i])
		}
	}
	return p, !escaped
}

// foldText makes capitals and small letters the same.
func foldText(s string) string {
	var out []byte
	for len(s) > 0 {
		if s[0] == anyByte {
			out, s = append(out, anyByte), s[1:]
			continue
		}
		r, size := utf8.DecodeRuneInString(s)
		out, s = utf8.AppendRune(out, unicode.ToLower(r)), s[size:]
	}
	return string(out)
}

// matches reports whether s matches: the first part at its start, the last at its end, the others in
// between, each as far left as it goes, which is never wrong.
func (p *pattern) matches(s string) bool {
	if p.fold {
		s = foldText(s)
	}
	n, ok := p.prefix(s, p.parts[0])
	if !ok {
		return false
	}
	s = s[n:]
	if len(p.parts) == 1 {
		return s == ""
	}
	last := len(p.parts) - 1
	for _, part := range p.parts[1:last] {
		end := p.find(s, part)
		if end < 0 {
			return false
		}
		s = s[end:]
	}
	return p.suffix(s, p.parts[last])
}

// prefix reports whether s begins with part, and how long that beginning is.
func (p *pattern) prefix(s, part string) (n int, ok bool) {
	if p.plain {
		return len(part), strings.HasPrefix(s, part)
	}
	at := 0
	for i := range len(part) {
		switch {
		case at == len(s):
			return 0, false
		case part[i] == anyByte:
			_, size := utf8.DecodeRuneInString(s[at:])
			at += size
		case part[i] != s[at]:
			return 0, false
		default:
			at++
		}
	}
	return at, true
}

// find returns the end of the first occurrence of part in s, or -1.
func (p *pattern) find(s, part string) int {
	if p.plain {
		at := strings.Index(s, part)
		if at < 0 {
			return -1
		}
		return at + len(part)
	}
	for at := 0; at <= len(s); {
		if n, ok := p.prefix(s[at:], part); ok {
			return at + n
		}
		_, size := utf8.DecodeRuneInString(s[at:])
		at += max(size, 1)
	}
	return -1
}

// suffix reports whether s ends with part.
func (p *pattern) suffix(s, part string) bool {
	if p.plain {
		return strings.HasSuffix(s, part)
	}
	// As many characters from the end as the part has.
	count := 0
	for i := range len(part) {
		if part[i] == anyByte || utf8.RuneStart(part[i]) {
			count++
		}
	}
	at := len(s)
	for ; count > 0; count-- {
		if at == 0 {
			return false
		}
		_, size := utf8.DecodeLastRuneInString(s[:at])
		at -= size
	}
	n, ok := p.prefix(s[at:], part)
	return ok && n == len(s)-at
}

// likeFails: a literal pattern is known to be whole.
func likeFails(e *fn.Node) bool {
	for _, a := range e.Args[1:] {
		if !a.Literal || a.Null {
			return true
		}
	}
	return len(e.Args) > 2 || strings.HasSuffix(e.Args[1].Value, `\`)
}

// buildLike takes a literal pattern apart once, others once a row.
func buildLike(n *fn.Node) {
	fold := n.Func == "ilike"
	escape := func(i int) (rune, bool) {
		if len(n.Args) < 3 {
			return '\\', true
		}
		text := n.Args[2].Col.Text(i)
		r, size := utf8.DecodeRuneInString(text)
		if text == "" {
			return -1, true
		}
		return r, size == len(text)
	}
	n.Why = func(*fn.Node, int) string {
		return "the pattern ends with its escape character, or that is not one character"
	}
	var fixedPattern *pattern
	if fn.Constant(n.Args[1:]) && !n.Args[1].Null && (len(n.Args) <= 2 || !n.Args[2].Null) {
		if r, ok := escape(0); ok {
			if p, ok := newPattern(n.Args[1].Value, r, fold); ok {
				fixedPattern = &p
			}
		}
	}
	n.Run = func(f *fn.Frame, n *fn.Node) {
		s := &n.Args[0].Col
		dst := fn.Bits(n, f.Rows)
		clear(dst)
		for i := range f.Rows {
			p := fixedPattern
			if p == nil {
				if n.Col.Valid != nil && !n.Col.Valid.Has(i) {
					continue
				}
				r, ok := escape(i)
				q, whole := newPattern(n.Args[1].Col.Text(i), r, fold)
				if p = &q; !ok || !whole {
					n.Mark(f.Rows).Set(i)
					continue
				}
			}
			if p.matches(s.Text(i)) {
				dst.Set(i)
			}
		}
	}
}
