package jsonpath

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The operators that are words compare an element, or a list, with a list.
var words = []string{"in", "nin", "size", "noneOf", "anyOf", "subsetOf"}

// word takes an operator that is a word.
func (p *parser) word() string {
	for _, w := range words {
		rest := p.s[p.i:]
		if strings.HasPrefix(rest, w) && len(rest) > len(w) && strings.ContainsRune(" \t\n\r[@'\"-0123456789", rune(rest[len(w)])) {
			p.i += len(w)
			return w
		}
	}
	return ""
}

// list reads [1, 'a', ...].
func (p *parser) list() (operand, error) {
	o := operand{items: []scalar{}}
	p.take("[")
	for p.blank(); !p.take("]"); p.blank() {
		if len(o.items) > 0 {
			if !p.take(",") {
				return o, fmt.Errorf("a ] is missing")
			}
			p.blank()
		}
		one, err := p.constant()
		if err != nil {
			return o, err
		}
		v, _ := one.of("")
		o.items = append(o.items, v)
	}
	return o, nil
}

// matches reports whether the text that an operand leads to matches.
func (t *test) matches(v string) bool {
	l, ok := t.left.of(v)
	return ok && strings.HasPrefix(l.text, `"`) && t.pattern.MatchString(l.text[1:])
}

// compilePattern reads the regular expression behind ~=.
func (t *test) compilePattern() error {
	text, ok := strings.CutPrefix(t.right.value, `"`)
	if !ok {
		return fmt.Errorf("behind ~= stands a regular expression in quotes")
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return fmt.Errorf("a mistake in a regular expression: %w", err)
	}
	t.pattern = re
	return nil
}

// elements returns the values of an operand as a list: those of a list, or of the one array that a path leads to,
// or all that it leads to.
func (o operand) elements(v string) []scalar {
	if o.items != nil {
		return o.items
	}
	if o.path == nil || o.length {
		one, ok := o.of(v)
		if !ok {
			return nil
		}
		return []scalar{one}
	}
	found := o.path.Find(v)
	if len(found) == 1 && found[0][0] == '[' {
		array := found[0]
		found = nil
		members(array, func(_, value string) bool {
			found = append(found, value)
			return true
		})
	}
	out := make([]scalar, len(found))
	for i, f := range found {
		out[i] = scalarOf(f)
	}
	return out
}

func holds(list []scalar, x scalar) bool {
	return slices.ContainsFunc(list, func(y scalar) bool {
		d, ok := compare(x, y)
		return ok && d == 0
	})
}

// relates reports whether the operands are in the relation that a word names.
func (t *test) relates(v string) bool {
	list := t.right.elements(v)
	switch t.op {
	case "in", "nin":
		x, ok := t.left.of(v)
		return ok && holds(list, x) == (t.op == "in")
	case "size":
		n, ok := t.right.of(v)
		found := t.left.path.Find(v)
		return ok && n.number && len(found) == 1 && float64(length(found[0])) == n.f
	}
	left := t.left.elements(v)
	any, all := false, true
	for _, x := range left {
		in := holds(list, x)
		any, all = any || in, all && in
	}
	switch t.op {
	case "anyOf":
		return any
	case "noneOf":
		return !any
	}
	return all
}
