package jsonpath

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
)

// test is a condition: the OR or AND of others, or a comparison.
type test struct {
	op          string // "||", "&&", a comparison, or "" for: the path leads somewhere
	parts       []*test
	left, right operand
	pattern     *regexp.Regexp // of ~=
}

// operand is a path from the value looked at, or a constant as it is written in JSON.
type operand struct {
	path   *Path
	length bool // .length() of what the path leads to
	value  string
	items  []scalar // of a list
}

// maxDepth bounds the nesting of conditions.
const maxDepth = 50

func (p *parser) or() (*test, error)  { return p.junction("||", p.and) }
func (p *parser) and() (*test, error) { return p.junction("&&", p.comparison) }

func (p *parser) junction(op string, part func() (*test, error)) (*test, error) {
	t := &test{op: op}
	for {
		one, err := part()
		if err != nil {
			return nil, err
		}
		t.parts = append(t.parts, one)
		if p.blank(); !p.take(op) {
			return t, nil
		}
	}
}

func (p *parser) comparison() (*test, error) {
	p.blank()
	if p.take("(") {
		if p.depth++; p.depth > maxDepth {
			return nil, fmt.Errorf("conditions are nested too deeply")
		}
		t, err := p.or()
		p.depth--
		if err == nil && !p.take(")") {
			err = fmt.Errorf("a ) is missing")
		}
		return t, err
	}
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	t := &test{left: left}
	p.blank()
	for _, op := range []string{"==", "!=", "~=", "<=", ">=", "<", ">"} {
		if p.take(op) {
			t.op = op
			p.blank()
			t.right, err = p.operand()
			if err == nil && op == "~=" {
				err = t.compilePattern()
			}
			return t, err
		}
	}
	if t.op = p.word(); t.op != "" {
		if t.op == "size" && left.path == nil {
			return nil, fmt.Errorf("size of a constant")
		}
		p.blank()
		t.right, err = p.operand()
		return t, err
	}
	if left.path == nil {
		return nil, fmt.Errorf("a comparison is missing")
	}
	return t, nil
}

func (p *parser) operand() (operand, error) {
	if p.take("@") {
		path, err := p.path()
		if err != nil {
			return operand{}, err
		}
		o := operand{path: path}
		if n := len(path.steps); n > 0 && len(path.steps[n-1].keys) == 1 && path.steps[n-1].keys[0] == "length" && p.take("()") {
			path.steps, o.length = path.steps[:n-1], true
		}
		return o, nil
	}
	if p.i < len(p.s) && p.s[p.i] == '[' {
		return p.list()
	}
	return p.constant()
}

// constant reads a text in quotes, a number, true, false or null.
func (p *parser) constant() (operand, error) {
	if p.i < len(p.s) && (p.s[p.i] == '\'' || p.s[p.i] == '"') {
		text, err := p.quoted()
		return operand{value: `"` + text}, err // the kind is told by the first letter; see text
	}
	end := skipValue(p.s, p.i)
	for k := p.i; k < end; k++ {
		if c := p.s[k]; c == ')' || c == '&' || c == '|' || c == '=' || c == '<' || c == '>' || c == '!' || c == ',' || c == ']' {
			end = k
		}
	}
	if end <= p.i {
		return operand{}, fmt.Errorf("a value is missing")
	}
	word := p.s[p.i:end]
	if _, err := strconv.ParseFloat(word, 64); err != nil && word != "true" && word != "false" && word != "null" {
		return operand{}, fmt.Errorf("%q is no value", word)
	}
	p.i = end
	return operand{value: word}, nil
}

func (t *test) holds(v string) bool {
	switch t.op {
	case "||", "&&":
		for _, part := range t.parts {
			if part.holds(v) != (t.op == "&&") {
				return t.op == "||"
			}
		}
		return t.op == "&&"
	case "":
		return len(t.left.path.Find(v)) > 0
	case "~=":
		return t.matches(v)
	case "in", "nin", "size", "noneOf", "anyOf", "subsetOf":
		return t.relates(v)
	}
	l, ok1 := t.left.of(v)
	r, ok2 := t.right.of(v)
	if !ok1 || !ok2 {
		return t.op == "!=" && ok1 != ok2
	}
	d, comparable := compare(l, r)
	switch t.op {
	case "==":
		return comparable && d == 0
	case "!=":
		return !comparable || d != 0
	case "<":
		return comparable && d < 0
	case "<=":
		return comparable && d <= 0
	case ">":
		return comparable && d > 0
	}
	return comparable && d >= 0
}

// scalar is a number, or a text with its kind in front.
type scalar struct {
	number bool
	f      float64
	text   string
}

// of returns the one value that an operand has for v.
func (o operand) of(v string) (scalar, bool) {
	value := o.value
	if o.path != nil {
		found := o.path.Find(v)
		if len(found) != 1 {
			return scalar{}, false
		}
		value = found[0]
		if o.length {
			return scalar{number: true, f: float64(length(value))}, true
		}
		return scalarOf(value), true
	}
	return parsed(value), true
}

// scalarOf returns a value of a JSON text.
func scalarOf(value string) scalar {
	if value[0] == '"' {
		return scalar{text: `"` + Text(value)}
	}
	return parsed(value)
}

func parsed(value string) scalar {
	if f, err := strconv.ParseFloat(value, 64); err == nil {
		return scalar{number: true, f: f}
	}
	return scalar{text: value}
}

// length counts the members of an object or array, or the characters of a string.
func length(v string) int {
	n := 0
	if Scalar(v) {
		return len([]rune(Text(v)))
	}
	members(v, func(_, _ string) bool {
		n++
		return true
	})
	return n
}

// compare orders numbers among numbers and texts among texts.
func compare(a, b scalar) (int, bool) {
	if a.number != b.number || !a.number && (a.text == "" || b.text == "" || a.text[0] != b.text[0]) {
		return 0, false
	}
	if a.number {
		return cmp.Compare(a.f, b.f), true
	}
	return cmp.Compare(a.text, b.text), true
}
