package lex

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// str reads a string from its opening quote on. Two quotes stand for one; with escapes a backslash
// escapes, too.
func (s *scanner) str(start int, escapes bool, kind Kind) {
	s.pos++
	var b strings.Builder
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		s.pos++
		switch {
		case c == '\'' && s.peek(0) == '\'':
			s.pos++
			b.WriteByte('\'')
		case c == '\'':
			s.finish(start, kind, b.String())
			return
		case c == '\\' && escapes:
			if at := s.pos - 1; !s.escape(&b) {
				s.bad(at, "E1006", "unknown escape in a string", `known are \\ \' \n \t \r \b \f \xHH \uXXXX \UXXXXXXXX and octal digits`)
			}
		default:
			b.WriteByte(c)
		}
	}
	s.bad(start, "E1002", "string without an end", `close it with '; write a quote inside it as ''`)
	// The rest of the script was taken for the string; the error belongs to its start.
	s.errs[len(s.errs)-1].End = start + 1
}

// finish adds a string whose text has been read.
func (s *scanner) finish(start int, kind Kind, text string) {
	switch {
	case kind == Bytes && (len(text)%2 != 0 || strings.Trim(text, "0123456789abcdefABCDEF") != ""):
		s.bad(start, "E1006", "malformed binary string", "X'...' holds two hex digits for each byte")
	case !utf8.ValidString(text):
		s.bad(start, "E1001", "a string that is not UTF-8", "save the file as UTF-8, or write bytes as X'...'")
	case strings.IndexByte(text, 0) >= 0:
		s.bad(start, "E1006", "a string with a zero byte", "")
	default:
		s.add(kind, start, text)
	}
}

// escape reads what follows a backslash. It reports whether that is known.
func (s *scanner) escape(b *strings.Builder) bool {
	c := s.peek(0)
	if s.pos < len(s.text) {
		s.pos++
	}
	switch c {
	case 'n':
		b.WriteByte('\n')
	case 't':
		b.WriteByte('\t')
	case 'r':
		b.WriteByte('\r')
	case 'b':
		b.WriteByte('\b')
	case 'f':
		b.WriteByte('\f')
	case '\\', '\'', '"':
		b.WriteByte(c)
	case 'x':
		return s.code(b, 16, 1, 2)
	case 'u':
		return s.code(b, 16, 4, 4)
	case 'U':
		return s.code(b, 16, 8, 8)
	case '0', '1', '2', '3', '4', '5', '6', '7':
		s.pos--
		return s.code(b, 8, 1, 3)
	default:
		return false
	}
	return true
}

// code reads from least to most digits of a base and appends the character with that number.
func (s *scanner) code(b *strings.Builder, base, least, most int) bool {
	n := 0
	for n < most && isDigitOf(s.peek(n), base) {
		n++
	}
	if n < least {
		return false
	}
	v, err := strconv.ParseUint(s.text[s.pos:s.pos+n], base, 32)
	s.pos += n
	if err != nil || !utf8.ValidRune(rune(v)) {
		return false
	}
	b.WriteRune(rune(v))
	return true
}

func isDigitOf(c byte, base int) bool {
	switch {
	case isDigit(c):
		return int(c-'0') < base
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return base == 16
	}
	return false
}

// prefixed reads E'...', N'...', X'...' and B'...'.
func (s *scanner) prefixed(start int, c byte) {
	s.pos++
	switch c | 0x20 {
	case 'e':
		s.str(start, true, String)
	case 'x':
		s.str(start, false, Bytes)
	case 'b':
		s.str(start, false, String)
		if last := &s.tokens[len(s.tokens)-1]; last.Kind == String {
			last.Kind = Bad
			s.errs = append(s.errs, Error{last.Span, "E1040", "bit strings are not supported yet", "write the number, or bytes as X'...'"})
		}
	default:
		s.str(start, false, String)
	}
}

// quoted reads a name in quotes, which stand for themselves when doubled.
func (s *scanner) quoted(start int, mark byte) {
	s.pos++
	var b strings.Builder
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		s.pos++
		switch {
		case c == mark && s.peek(0) == mark:
			s.pos++
			b.WriteByte(c)
		case c == mark && b.Len() == 0:
			s.bad(start, "E1007", "a name without a character", "strings are written in single quotes")
			return
		case c == mark && !utf8.ValidString(b.String()):
			s.bad(start, "E1001", "a name that is not UTF-8", "save the file as UTF-8")
			return
		case c == mark:
			s.add(Quoted, start, b.String())
			return
		default:
			b.WriteByte(c)
		}
	}
	s.bad(start, "E1003", "quoted name without an end", "close it with "+string(mark))
	s.errs[len(s.errs)-1].End = start + 1
}
