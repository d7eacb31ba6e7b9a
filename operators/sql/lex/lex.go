// Package lex cuts the text of a SQL script into tokens that know their places. It decides nothing
// that depends on the grammar: whether a word is a keyword or a name is the parser's matter.
package lex

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// Kind is the kind of a token.
type Kind uint8

// The kinds of token.
const (
	EOF    Kind = iota
	Word        // an unquoted name or keyword
	Quoted      // a name in "..." or `...`
	String      // '...', E'...' or N'...'
	Bytes       // X'...'
	Number
	Param // $1
	Op    // an operator or a mark of punctuation
	Bad   // something that is reported as an Error
)

// Token is one piece of the text.
type Token struct {
	Kind Kind
	ast.Span

	// Text is a word as written, the contents of a quoted name or a string without quotes and
	// escapes, a number without underscores, the digits of a parameter, or an operator.
	Text string

	// Upper is a Word in capitals, for comparing with keywords; "" for all other kinds.
	Upper string
}

// Is says whether the token is a given operator or mark.
func (t Token) Is(op string) bool { return t.Kind == Op && t.Text == op }

// Error is a place that is no token.
type Error struct {
	ast.Span
	Code, Msg, Hint string
}

// operators holds the operators and marks by their length, longest first.
var operators = [...][]string{
	{"->>", "#>>", "!~*"},
	{"||", "->", "#>", "@>", "<@", "&&", "<<", ">>", "<=", ">=", "<>", "!=", "==", "**", "::", "=>", "~*", "!~"},
	{"+", "-", "*", "/", "%", "^", "<", ">", "=", "(", ")", "[", "]", ",", ";", ".", ":", "&", "|", "#", "~"},
}

// Scan cuts a text into tokens. The last one is EOF, at the end of the text. What cannot be read is
// reported and stands among the tokens as Bad.
func Scan(text string) ([]Token, []Error) {
	s := scanner{text: text, tokens: make([]Token, 0, len(text)/5+2)}
	s.pos = len(text) - len(strings.TrimPrefix(text, "\ufeff"))
	for s.next() {
	}
	return s.tokens, s.errs
}

type scanner struct {
	text   string
	pos    int
	tokens []Token
	errs   []Error
}

// peek returns the byte at a distance from the current one, 0 past the end.
func (s *scanner) peek(distance int) byte {
	if s.pos+distance < len(s.text) {
		return s.text[s.pos+distance]
	}
	return 0
}

// add appends a token from start to the current position.
func (s *scanner) add(kind Kind, start int, text string) {
	t := Token{Kind: kind, Span: ast.Span{Pos: start, End: s.pos}, Text: text}
	if kind == Word {
		t.Upper = strings.ToUpper(text)
	}
	s.tokens = append(s.tokens, t)
}

// bad reports the text from start to the current position.
func (s *scanner) bad(start int, code, msg, hint string) {
	s.errs = append(s.errs, Error{Span: ast.Span{Pos: start, End: s.pos}, Code: code, Msg: msg, Hint: hint})
	s.add(Bad, start, s.text[start:s.pos])
}

// next reads one token, blank or comment. It reports whether more may follow.
func (s *scanner) next() bool {
	start := s.pos
	c := s.peek(0)
	switch {
	case s.pos >= len(s.text):
		s.add(EOF, start, "")
		return false
	case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		s.pos++
	case c == '-' && s.peek(1) == '-':
		for s.pos < len(s.text) && s.text[s.pos] != '\n' {
			s.pos++
		}
	case c == '/' && s.peek(1) == '*':
		s.comment()
	case c == '\'':
		s.str(start, false, String)
	case s.peek(1) == '\'' && strings.IndexByte("eEnNxXbB", c) >= 0:
		s.prefixed(start, c)
	case c|0x20 == 'u' && s.peek(1) == '&' && (s.peek(2) == '\'' || s.peek(2) == '"'):
		s.pos += 2
		s.bad(start, "E1040", "U& strings and names are not supported", `write E'\u00e9', or the character itself`)
	case c == '"' || c == '`':
		s.quoted(start, c)
	case isDigit(c) || c == '.' && isDigit(s.peek(1)):
		s.number(start)
	case c == '$':
		s.param(start)
	case isLetter(c) || c >= utf8.RuneSelf:
		s.word(start)
	default:
		s.operator(start, c)
	}
	return true
}

// comment skips a comment, which may hold others.
func (s *scanner) comment() {
	start, depth := s.pos, 0
	for s.pos < len(s.text) {
		switch {
		case s.peek(0) == '/' && s.peek(1) == '*':
			depth++
			s.pos += 2
		case s.peek(0) == '*' && s.peek(1) == '/':
			depth--
			s.pos += 2
			if depth == 0 {
				return
			}
		default:
			s.pos++
		}
	}
	s.errs = append(s.errs, Error{ast.Span{Pos: start, End: start + 2}, "E1004", "comment without an end", "close it with */"})
}

// word reads a name or keyword, or reports a character that starts neither.
func (s *scanner) word(start int) {
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		if isLetter(c) || s.pos > start && (isDigit(c) || c == '$') {
			s.pos++
			continue
		}
		if c < utf8.RuneSelf {
			break
		}
		r, size := utf8.DecodeRuneInString(s.text[s.pos:])
		if r == utf8.RuneError || !unicode.IsLetter(r) && (s.pos == start || !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r)) {
			break
		}
		s.pos += size
	}
	if s.pos > start {
		s.add(Word, start, s.text[start:s.pos])
		return
	}
	r, size := utf8.DecodeRuneInString(s.text[s.pos:])
	s.pos += size
	switch {
	case unicode.IsSpace(r):
	case r == utf8.RuneError && size == 1:
		s.bad(start, "E1001", "a byte that is not UTF-8", "save the file as UTF-8")
	case strings.ContainsRune("‘’‚“”„«»", r):
		s.bad(start, "E1001", "unexpected typographic quote "+string(r), `use ' for strings and " for names`)
	case r == '–' || r == '—' || r == '−':
		s.bad(start, "E1001", "unexpected dash "+string(r), "use - for minus")
	default:
		s.bad(start, "E1001", "unexpected character "+string(r), "")
	}
}

// number reads digits with underscores between them, a fraction and an exponent.
func (s *scanner) number(start int) {
	s.digits()
	if s.peek(0) == '.' && s.peek(1) != '.' {
		s.pos++
		s.digits()
	}
	if e := s.peek(0); e == 'e' || e == 'E' {
		sign := 1
		if s.peek(1) == '+' || s.peek(1) == '-' {
			sign = 2
		}
		if isDigit(s.peek(sign)) {
			s.pos += sign
			s.digits()
		}
	}
	if c := s.peek(0); isLetter(c) || isDigit(c) || c >= utf8.RuneSelf || c == '$' {
		for c := s.peek(0); isLetter(c) || isDigit(c) || c >= utf8.RuneSelf || c == '$'; c = s.peek(0) {
			s.pos++
		}
		text := strings.ToValidUTF8(s.text[start:s.pos], "?")
		s.bad(start, "E1005", "malformed number "+text, "put a blank between a number and a name, or the name in double quotes")
		return
	}
	s.add(Number, start, strings.ReplaceAll(s.text[start:s.pos], "_", ""))
}

func (s *scanner) digits() {
	for isDigit(s.peek(0)) || s.peek(0) == '_' && s.pos > 0 && isDigit(s.text[s.pos-1]) && isDigit(s.peek(1)) {
		s.pos++
	}
}

func (s *scanner) param(start int) {
	s.pos++
	if s.peek(0) == '{' {
		s.pos++
		s.bad(start, "E1008", "a variable that was not replaced", "set the environment variable, or write $${ for the characters themselves")
		return
	}
	for isDigit(s.peek(0)) {
		s.pos++
	}
	if digits := s.text[start+1 : s.pos]; digits != "" && len(digits) < 6 {
		s.add(Param, start, digits)
		return
	}
	s.bad(start, "E1001", "unexpected character $", "")
}

func (s *scanner) operator(start int, c byte) {
	for _, ops := range operators {
		n := len(ops[0])
		if s.pos+n > len(s.text) {
			continue
		}
		for _, op := range ops {
			if s.text[s.pos:s.pos+n] == op {
				s.pos += n
				s.add(Op, start, op)
				return
			}
		}
	}
	s.pos++
	hint := map[byte]string{
		'!': "use NOT", '@': "variables are not part of this SQL", '?': "write parameters as $1",
		'{': "variables are written ${NAME}", '\\': `write a quote inside a string as '', or the string as E'...'`,
	}[c]
	s.bad(start, "E1001", "unexpected character "+printable(c), hint)
}

func printable(c byte) string {
	if c < ' ' || c == 0x7f {
		return "with code " + string("0123456789abcdef"[c>>4]) + string("0123456789abcdef"[c&15]) + " (hex)"
	}
	return string(rune(c))
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' }
