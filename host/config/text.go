package config

import (
	"strings"
	"unicode/utf8"
)

// Text is text of the user, perhaps from several files, that remembers where every byte of it stands.
type Text struct {
	Text  string
	parts []part
}

// part is a piece of a Text that comes from one place.
type part struct {
	start int // in Text
	value *node
}

// At returns the place of the byte at offset. Variables that were replaced stand where their braces stand.
func (t Text) At(offset int) Pos {
	if len(t.parts) == 0 {
		return Pos{}
	}
	offset = max(0, min(offset, len(t.Text)))
	i := len(t.parts) - 1
	for i > 0 && t.parts[i].start > offset {
		i--
	}
	return t.parts[i].value.at(offset - t.parts[i].start)
}

// AtLine returns the place of a line and column of the text, which both count from 1; columns count characters.
func (t Text) AtLine(line, column int) Pos {
	offset := 0
	for ; line > 1; line-- {
		next := strings.IndexByte(t.Text[offset:], '\n')
		if next < 0 {
			break
		}
		offset += next + 1
	}
	for ; column > 1 && offset < len(t.Text) && t.Text[offset] != '\n'; column-- {
		_, size := utf8.DecodeRuneInString(t.Text[offset:])
		offset += size
	}
	return t.At(offset)
}

// add appends another piece of SQL, and a semicolon before it where one is missing.
func (t *Text) add(n *node) {
	if n == nil || strings.TrimSpace(n.text) == "" {
		return
	}
	if before := strings.TrimSpace(t.Text); before != "" {
		last := before[strings.LastIndexByte(before, '\n')+1:]
		if strings.HasSuffix(last, ";") && !strings.Contains(last, "--") {
			t.Text += "\n"
		} else {
			t.Text += "\n;\n"
		}
	}
	t.parts = append(t.parts, part{len(t.Text), n})
	t.Text += n.text
}

// subst is a piece of a scalar's text that a variable put there.
type subst struct {
	at, size int // in the text as it is
	was      int // where it began in the text as it was written
	wasSize  int
}

// at returns the place of a byte of a scalar's text.
func (n *node) at(offset int) Pos {
	if n.from == nil || n.kind != scalar {
		return n.pos
	}
	shift := 0
	for _, s := range n.subst {
		if offset < s.at {
			break
		}
		if offset < s.at+s.size {
			return n.written(s.was)
		}
		shift = s.was + s.wasSize - s.at - s.size
	}
	return n.written(offset + shift)
}

// written returns the place of a byte of the text as it was before variables were replaced. It walks along the
// file and the text together, because YAML folds lines, removes indentation and undoes quotes.
func (n *node) written(offset int) Pos {
	src, p := n.from.text, n.from.offset(n.pos)
	for p < len(src) && (src[p] == '!' || src[p] == '&') && !n.block { // a tag or an anchor stands before the value
		for p < len(src) && !isSpace(src[p]) {
			p++
		}
		for p < len(src) && isSpace(src[p]) {
			p++
		}
	}
	if n.block {
		for p < len(src) && src[p] != '\n' {
			p++
		}
		p++
	}
	text := n.original()
	for i := 0; ; i++ {
		if i < len(text) {
			p = n.align(src, p, text[i])
		}
		if i >= offset || i >= len(text) {
			return n.from.pos(min(p, len(src)))
		}
		if p < len(src) && (src[p] == text[i] || isSpace(src[p])) {
			p++
		} else if p+1 < len(src) && src[p] == '\\' {
			p += 2
		}
	}
}

// align moves p to where the file has byte c of a value, over what YAML takes away.
func (n *node) align(src []byte, p int, c byte) int {
	if isSpace(c) {
		return p
	}
	q := p
	for q < len(src) && src[q] != c && (isSpace(src[q]) || strings.IndexByte(`'"\`, src[q]) >= 0) {
		q++
	}
	if q < len(src) && src[q] == c {
		return q
	}
	return p
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// original returns the text as it was before variables were replaced.
func (n *node) original() string {
	if len(n.subst) == 0 {
		return n.text
	}
	return n.before
}

// offset returns where a place is in the file, in bytes.
func (s *source) offset(pos Pos) int {
	p := 0
	for line := 1; line < pos.Line && p < len(s.text); p++ {
		if s.text[p] == '\n' {
			line++
		}
	}
	for column := 1; column < pos.Column && p < len(s.text) && s.text[p] != '\n'; column++ {
		_, size := utf8.DecodeRune(s.text[p:])
		p += size
	}
	return p
}

// pos returns the place of a byte of the file.
func (s *source) pos(offset int) Pos {
	before := s.text[:offset]
	line := 1
	start := 0
	for i, c := range before {
		if c == '\n' {
			line, start = line+1, i+1
		}
	}
	return Pos{s.name, line, utf8.RuneCount(before[start:]) + 1}
}
