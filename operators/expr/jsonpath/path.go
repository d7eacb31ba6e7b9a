package jsonpath

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Path is a parsed path.
type Path struct{ steps []step }

// step goes from a value to some of those inside it.
type step struct {
	deep    bool // also from all values below
	all     bool // *
	keys    []string
	indexes []int
	slice   *slice
	filter  *test
}

// slice is [from:to:by]; nil bounds are the array's.
type slice struct{ from, to, by *int }

// Parse reads a path: $ or @, then any of .name ..name .* [*] [n] [a,b] [from:to:by] ['k','l'] and
// [?(condition)], in which @ is the value looked at: [?(@.price < 10 && @.name == 'x')]. Conditions have
// == != ~= < <= > >= in nin size anyOf noneOf subsetOf && and ||, and @.x.length().
func Parse(text string) (*Path, error) {
	p := parser{s: strings.TrimSpace(text)}
	if p.s == "" || p.s[0] != '$' {
		return nil, fmt.Errorf("path %q: it begins with $", text)
	}
	p.i = 1
	path, err := p.path()
	if err == nil && p.i < len(p.s) {
		err = fmt.Errorf("unexpected %q", p.s[p.i:])
	}
	if err != nil {
		return nil, fmt.Errorf("path %q: %w", text, err)
	}
	return path, nil
}

// maxFound bounds how many parts a path leads to: paths with several .. may multiply them.
const maxFound = 1 << 17

// ErrTooMany says that a path leads to too many parts.
var ErrTooMany = errors.New("the path leads to more than 131072 parts")

// Find returns the parts of a JSON text that the path leads to, in the order in which they stand there, and
// none if there are too many.
func (p *Path) Find(text string) []string {
	found, err := p.Search(text)
	if err != nil {
		return nil
	}
	return found
}

// Search is Find with an error if there are too many.
func (p *Path) Search(text string) ([]string, error) {
	i := skipBlank(text, 0)
	end := skipValue(text, i)
	if end < 0 {
		return nil, nil
	}
	found := []string{text[i:end]}
	for k := range p.steps {
		var next []string
		for _, v := range found {
			if next = p.steps[k].from(v, next); len(next) > maxFound {
				break
			}
		}
		if found = next; len(found) > maxFound {
			return nil, ErrTooMany
		}
	}
	return found, nil
}

// from appends the values that the step leads to from v.
func (s *step) from(v string, out []string) []string {
	out = s.inside(v, out)
	if !s.deep || len(out) > maxFound {
		return out
	}
	members(v, func(_, value string) bool {
		out = s.from(value, out)
		return len(out) <= maxFound
	})
	return out
}

func (s *step) inside(v string, out []string) []string {
	switch {
	case s.all || s.filter != nil:
		members(v, func(_, value string) bool {
			if s.filter == nil || s.filter.holds(value) {
				out = append(out, value)
			}
			return true
		})
	case s.keys != nil && strings.HasPrefix(v, "{"):
		for _, want := range s.keys {
			members(v, func(key, value string) bool {
				if Text(key) == want {
					out = append(out, value)
					return false
				}
				return true
			})
		}
	case (s.indexes != nil || s.slice != nil) && strings.HasPrefix(v, "["):
		var elements []string
		members(v, func(_, value string) bool {
			elements = append(elements, value)
			return true
		})
		for _, i := range s.places(len(elements)) {
			out = append(out, elements[i])
		}
	}
	return out
}

// places returns the elements, of n, that indexes or a slice name.
func (s *step) places(n int) []int {
	var out []int
	if s.slice == nil {
		for _, i := range s.indexes {
			if i < 0 {
				i += n
			}
			if i >= 0 && i < n {
				out = append(out, i)
			}
		}
		return out
	}
	by := 1
	if s.slice.by != nil {
		by = *s.slice.by
	}
	from, to := 0, n
	if s.slice.from != nil {
		from = bound(*s.slice.from, n)
	}
	if s.slice.to != nil {
		to = bound(*s.slice.to, n)
	}
	for i := from; i < to; i += by {
		out = append(out, i)
	}
	return out
}

func bound(i, n int) int {
	if i < 0 {
		i += n
	}
	return max(0, min(i, n))
}

type parser struct {
	s     string
	i     int
	depth int
}

func (p *parser) path() (*Path, error) {
	path := &Path{}
	for p.i < len(p.s) && (p.s[p.i] == '.' || p.s[p.i] == '[') {
		s, err := p.step()
		if err != nil {
			return nil, err
		}
		path.steps = append(path.steps, s)
	}
	return path, nil
}

func (p *parser) take(prefix string) bool {
	if strings.HasPrefix(p.s[p.i:], prefix) {
		p.i += len(prefix)
		return true
	}
	return false
}

func (p *parser) step() (s step, err error) {
	if p.take("..") {
		s.deep = true
	} else if p.take(".") {
		return p.name(s)
	}
	if !p.take("[") {
		return p.name(s)
	}
	p.blank()
	switch {
	case p.take("*"):
		s.all = true
	case p.take("?("):
		s.filter, err = p.or()
		if err == nil && !p.take(")") {
			err = fmt.Errorf("a ) is missing")
		}
	default:
		err = p.inBrackets(&s)
	}
	if p.blank(); err == nil && !p.take("]") {
		err = fmt.Errorf("a ] is missing")
	}
	return s, err
}

func (p *parser) name(s step) (step, error) {
	if p.take("*") {
		s.all = true
		return s, nil
	}
	start := p.i
	for p.i < len(p.s) && !strings.ContainsRune(".[]() \t=!<>&|,", rune(p.s[p.i])) {
		p.i++
	}
	if p.i == start {
		return s, fmt.Errorf("a name is missing")
	}
	s.keys = []string{p.s[start:p.i]}
	return s, nil
}

// inBrackets reads keys, indexes or a slice.
func (p *parser) inBrackets(s *step) error {
	for {
		p.blank()
		if p.i < len(p.s) && (p.s[p.i] == '\'' || p.s[p.i] == '"') {
			key, err := p.quoted()
			if err != nil {
				return err
			}
			s.keys = append(s.keys, key)
		} else {
			n := p.number()
			if p.blank(); p.i < len(p.s) && p.s[p.i] == ':' && s.indexes == nil {
				return p.slice(s, n)
			}
			if n == nil {
				return fmt.Errorf("an index is missing")
			}
			s.indexes = append(s.indexes, *n)
		}
		if p.blank(); !p.take(",") {
			break
		}
	}
	if s.keys != nil && s.indexes != nil {
		return fmt.Errorf("keys and indexes in one []")
	}
	return nil
}

func (p *parser) slice(s *step, from *int) error {
	s.slice = &slice{from: from}
	p.take(":")
	p.blank()
	s.slice.to = p.number()
	if p.blank(); p.take(":") {
		p.blank()
		s.slice.by = p.number()
		if s.slice.by != nil && *s.slice.by < 1 {
			return fmt.Errorf("a slice's step is at least 1")
		}
	}
	return nil
}

func (p *parser) number() *int {
	start := p.i
	for p.i < len(p.s) && (p.s[p.i] >= '0' && p.s[p.i] <= '9' || p.i == start && p.s[p.i] == '-') {
		p.i++
	}
	n, err := strconv.ParseInt(p.s[start:p.i], 10, 32)
	if err != nil {
		p.i = start
		return nil
	}
	v := int(n)
	return &v
}

func (p *parser) quoted() (string, error) {
	quote := p.s[p.i]
	var out []byte
	for p.i++; p.i < len(p.s); p.i++ {
		switch c := p.s[p.i]; {
		case c == '\\' && p.i+1 < len(p.s):
			p.i++
			out = append(out, p.s[p.i])
		case c == quote:
			p.i++
			return string(out), nil
		default:
			out = append(out, c)
		}
	}
	return "", fmt.Errorf("a quote is missing")
}

func (p *parser) blank() {
	p.i = skipBlank(p.s, p.i)
}

// Join writes the values that were found as one: alone as it is, several as an array.
func Join(dst []byte, found []string) []byte {
	if len(found) == 1 {
		return append(dst, found[0]...)
	}
	dst = append(dst, '[')
	for i, v := range slices.All(found) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, v...)
	}
	return append(dst, ']')
}
