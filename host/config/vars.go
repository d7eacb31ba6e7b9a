package config

import (
	"fmt"
	"regexp"
	"strings"
)

// variable matches $${ (which stands for ${), ${NAME}, ${NAME:-default}, {{NAME}} and {{{NAME}}}.
var variable = regexp.MustCompile(`\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\}|\{\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}\}|\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}`)

// expand replaces the variables in every value below n. Nothing is escaped: a value is taken as it is.
func expand(n *node, lookup func(string) (string, bool), o *notes) {
	if n == nil {
		return
	}
	for _, item := range n.items {
		expand(item, lookup, o)
	}
	for _, e := range n.entries {
		expand(e.value, lookup, o)
	}
	if n.kind != scalar || !strings.Contains(n.text, "{") {
		return
	}
	var out strings.Builder
	var changes []subst
	done := 0
	for _, m := range variable.FindAllStringSubmatchIndex(n.text, -1) {
		out.WriteString(n.text[done:m[0]])
		done = m[1]
		value := "${"
		if n.text[m[0]:m[1]] != "$${" {
			value = expanded(n, m, lookup, o)
		}
		changes = append(changes, subst{at: out.Len(), size: len(value), was: m[0], wasSize: m[1] - m[0]})
		out.WriteString(value)
	}
	if changes == nil {
		return
	}
	out.WriteString(n.text[done:])
	n.before, n.subst, n.text = n.text, changes, out.String()
}

// expanded returns the value of the variable that matched at m in n's text.
func expanded(n *node, m []int, lookup func(string) (string, bool), o *notes) string {
	group := func(i int) string {
		if m[2*i] < 0 {
			return ""
		}
		return n.text[m[2*i]:m[2*i+1]]
	}
	name := group(1) + group(4) + group(5)
	if value, ok := lookup(name); ok && (value != "" || m[4] < 0) {
		return value
	}
	if m[4] >= 0 {
		return group(3)
	}
	o.fail(Error{
		Pos: n.at(m[0]), Msg: fmt.Sprintf("environment variable %s is not set", name),
		Fix: fmt.Sprintf("set it, or write ${%s:-default}", name),
	})
	return ""
}
