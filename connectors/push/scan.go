package push

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// scanner takes the rows of a body apart without making values of them: text of JSON goes into the columns. What it is not
// made for, mistakes among it, it leaves to encoding/json, from the row on in which it stands, so that the answer is the same.
type scanner struct {
	rows  *rows
	in    io.Reader
	buf   []byte
	off   int64 // of buf in the body, from its first byte that is no white space
	at    int   // the end of the last row that was added
	err   error
	list  bool
	begun bool // a list of which an element was read
	seen  []bool
	next  int // the field that the next name is likely to be
}

// scanBytes is how much of a body is read at first, and scanMost later.
const (
	scanBytes = 4 << 10
	scanMost  = 64 << 10
)

// outcome is what became of a row.
type outcome int

const (
	added outcome = iota
	cut           // more has to be read
	ended         // there are no more rows
	odd           // it is not for a scanner
)

// decode adds the rows of a body: an object, a list of objects, or objects one after the other, such
// as one a line.
func (r *rows) decode(body io.Reader) error {
	s := &scanner{rows: r, in: body, seen: make([]bool, len(r.table.schema.Fields))}
	for s.at = space(s.buf, 0); s.at == len(s.buf); s.at = space(s.buf, 0) {
		if s.err != nil {
			return s.rest()
		}
		s.at = len(s.buf)
		s.read()
	}
	s.off, s.list = -int64(s.at), s.buf[s.at] == '['
	for {
		switch s.row() {
		case ended:
			return nil
		case odd:
			return s.rest()
		case cut:
			if r.builder.Abort(); s.err != nil {
				return s.rest()
			}
			s.read()
		}
	}
}

// read reads more of the body behind what is left of it.
func (s *scanner) read() {
	left := copy(s.buf, s.buf[s.at:])
	s.off += int64(s.at)
	s.buf, s.at = s.buf[:left], 0
	s.buf = slices.Grow(s.buf, max(scanBytes, left, min(cap(s.buf), scanMost)))
	n, err := s.in.Read(s.buf[left:cap(s.buf)])
	s.buf, s.err = s.buf[:left+n], err
}

// rest decodes the rows behind those that were added, and finds what is wrong with them.
func (s *scanner) rest() error {
	body := io.MultiReader(bytes.NewReader(s.buf[s.at:]), s.in)
	if s.err != nil {
		body = io.MultiReader(bytes.NewReader(s.buf[s.at:]), failing{s.err})
	}
	if s.rows.count == 0 {
		return s.rows.decodeWhole(body)
	}
	s.rows.base = s.off + int64(s.at)
	return s.rows.decodeRest(body, s.list)
}

// failing is the end of a body that broke off.
type failing struct{ err error }

// Read returns the error.
func (f failing) Read([]byte) (int, error) { return 0, f.err }

// row adds the next row.
func (s *scanner) row() outcome {
	b, i := s.buf, space(s.buf, s.at)
	if s.list {
		if i == len(b) {
			return cut
		}
		sign := byte('[')
		if s.begun {
			sign = ','
		}
		switch {
		case s.begun && b[i] == ']':
			return s.closed(i + 1)
		case b[i] != sign:
			return odd
		}
		i = space(b, i+1)
	}
	switch {
	case i == len(b) && !s.list && errors.Is(s.err, io.EOF):
		return ended
	case i == len(b):
		return cut
	case b[i] != '{':
		return odd
	}
	end, out := s.object(i + 1)
	if out == odd {
		s.rows.builder.Abort()
		end, out = s.decoded(i)
	}
	if out == added {
		s.at, s.begun = end, s.list
	}
	return out
}

// closed makes sure that nothing stands behind a list.
func (s *scanner) closed(i int) outcome {
	switch i = space(s.buf, i); {
	case i < len(s.buf):
		return odd
	case errors.Is(s.err, io.EOF):
		return ended
	}
	return cut
}

// object adds the row whose object begins before i, and returns where it ends.
func (s *scanner) object(i int) (end int, out outcome) {
	b := s.buf
	clear(s.seen)
	s.next = 0
	for first := true; ; first = false {
		if i = space(b, i); i == len(b) {
			return 0, cut
		}
		if b[i] == '}' && first {
			break
		}
		field, value, out := s.name(i)
		if out != added {
			return 0, out
		}
		if i, out = s.value(field, value); out != added {
			return 0, out
		}
		if i = space(b, i); i == len(b) {
			return 0, cut
		}
		if b[i] == '}' {
			break
		}
		if b[i] != ',' {
			return 0, odd
		}
		i++
	}
	for f, seen := range s.seen {
		if !seen && !s.null(f) {
			return 0, odd
		}
	}
	s.rows.end()
	return i + 1, added
}

// name reads the name of a field, and returns it and where its value begins.
func (s *scanner) name(i int) (field, value int, out outcome) {
	text, plain, i, out := s.text(i)
	switch {
	case out != added:
		return 0, 0, out
	case !plain:
		return 0, 0, odd
	}
	fields := s.rows.table.schema.Fields
	if field = s.next; field == len(fields) || fields[field].Name != string(text) {
		field = s.rows.table.schema.Index(string(text))
	}
	if field < 0 || s.seen[field] {
		return 0, 0, odd
	}
	s.seen[field], s.next = true, field+1
	if i = space(s.buf, i); i == len(s.buf) {
		return 0, 0, cut
	}
	if s.buf[i] != ':' {
		return 0, 0, odd
	}
	if i = space(s.buf, i+1); i == len(s.buf) {
		return 0, 0, cut
	}
	return field, i, added
}

// value adds the value of a field, and returns where it ends.
func (s *scanner) value(field, i int) (end int, out outcome) {
	v, b := s.rows.builder.Cols[field], s.buf
	skip := s.rows.ignored(field)
	if v.Type.Kind == batch.JSON && !skip {
		return 0, odd
	}
	switch c := b[i]; {
	case c == '"':
		text, plain, end, out := s.text(i)
		if out == added && !plain {
			text, out = unquoted(b[i:end])
		}
		if out == added && !skip && !v.AppendJSONText(text, true) {
			return 0, odd
		}
		if i = end; out != added {
			return 0, out
		}
	case c == '-' || c >= '0' && c <= '9':
		end := number(b, i)
		switch {
		case end == len(b):
			return 0, cut
		case end < 0 || !skip && !v.AppendJSONText(b[i:end], false):
			return 0, odd
		}
		i = end
	default:
		word := word(b[i:])
		switch {
		case word == "" && len(b)-i < len("false"):
			return 0, cut
		case word == "null" && !skip && !s.null(field), word == "":
			return 0, odd
		case word != "null" && !skip:
			if v.Type.Kind != batch.Bool {
				return 0, odd
			}
			v.AppendBool(word == "true")
		}
		i += len(word)
	}
	if skip {
		v.AppendNull()
	}
	return i, added
}

// null adds a null, if that is a value of the field.
func (s *scanner) null(field int) bool {
	r := s.rows
	if !r.ignored(field) && (slices.Contains(r.table.schema.Key, field) || !r.table.schema.Fields[field].Nullable) {
		return false
	}
	r.builder.Cols[field].AppendNull()
	return true
}

// text returns what stands between the quotes from i on, and where it ends; plain says that it means itself.
func (s *scanner) text(i int) (text []byte, plain bool, end int, out outcome) {
	b := s.buf
	if b[i] != '"' {
		return nil, false, 0, odd
	}
	i++
	ascii, escapes := true, false
	for j := i; j < len(b); j++ {
		switch c := b[j]; {
		case c == '"':
			return b[i:j], !escapes && (ascii || utf8.Valid(b[i:j])), j + 1, added
		case c == '\\':
			escapes = true
			j++
		case c < ' ':
			return nil, false, 0, odd
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return nil, false, 0, cut
}

// unquoted returns what a string in quotes means.
func unquoted(quoted []byte) ([]byte, outcome) {
	var text string
	if json.Unmarshal(quoted, &text) != nil {
		return nil, odd
	}
	return []byte(text), added
}

// decoded adds the row whose object begins at i as encoding/json reads it.
func (s *scanner) decoded(i int) (end int, out outcome) {
	depth, quoted := 0, false
	for j := i; j < len(s.buf); j++ {
		switch c := s.buf[j]; {
		case quoted && c == '\\':
			j++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth > 0 {
				continue
			}
			var object map[string]any
			d := json.NewDecoder(bytes.NewReader(s.buf[i : j+1]))
			d.UseNumber()
			if d.Decode(&object) != nil || int(d.InputOffset()) != j+1-i || s.rows.add(object) != nil {
				s.rows.builder.Abort()
				return 0, odd
			}
			return j + 1, added
		}
	}
	return 0, cut
}

// space returns the place of the first byte from i on that is no white space.
func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// number returns where the number ends that begins at i: at len(b) if it may go on, or -1 if it is none.
func number(b []byte, i int) int {
	digits := func(i int) int {
		start := i
		for i < len(b) && b[i] >= '0' && b[i] <= '9' {
			i++
		}
		if i == start && i < len(b) {
			return -1
		}
		return i
	}
	if b[i] == '-' {
		i++
	}
	if i < len(b) && b[i] == '0' {
		i++
	} else if i = digits(i); i < 0 {
		return -1
	}
	if i < len(b) && b[i] == '.' {
		if i = digits(i + 1); i < 0 {
			return -1
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		if i++; i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		i = digits(i)
	}
	return i
}

// word returns which of the words of JSON b begins with.
func word(b []byte) string {
	for _, w := range []string{"null", "true", "false"} {
		if bytes.HasPrefix(b, []byte(w)) {
			return w
		}
	}
	return ""
}
