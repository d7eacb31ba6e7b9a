package law

import (
	"fmt"
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/operators/plan"
)

// groupings is a GROUP BY in several ways at once, which SQLite does not have: there it is a union of selects, in whose
// text the keys are marked, so that each can be null where it is not grouped by.
type groupings struct {
	sql  phrase // not in SQLite
	keys []phrase
	sets [][]int // numbers of keys
}

const (
	keyMark      = "\x01"
	groupingMark = "\x02"
	endMark      = "\x03"
)

// groupings makes one of a scope's keys, which are plain columns, and marks them in the scope.
func (g *generator) groupings(out *scope) *groupings {
	x := &groupings{}
	var names []string
	for i := range out.terms {
		t := &out.terms[i]
		x.keys, names = append(x.keys, t.sql), append(names, t.sql.ours)
		first := slices.Index(names, t.sql.ours) // the same key may be there twice
		t.sql.sqlite = fmt.Sprint(keyMark, first, " ", t.sql.sqlite, endMark)
	}
	n := len(names)
	for i := range n {
		mark := fmt.Sprint(groupingMark, slices.Index(names, names[i]), endMark)
		out.terms = append(out.terms, term{kind: kInt, small: true, sql: phrase{"GROUPING(" + x.keys[i].ours + ")", mark, "GROUPING(" + x.keys[i].duckdb + ")"}})
	}
	list := func(keys []int) phrase { return join(", ", plan.Pick(x.keys, keys)) }
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	switch g.pick(4) {
	case 0:
		x.sql = both("ROLLUP (%s)", list(all))
		for k := n; k >= 0; k-- {
			x.sets = append(x.sets, all[:k])
		}
	case 1:
		x.sql = both("CUBE (%s)", list(all))
		for bits := range 1 << n {
			var set []int
			for k := range n {
				if bits>>k&1 == 1 {
					set = append(set, k)
				}
			}
			x.sets = append(x.sets, set)
		}
	case 2:
		always := all[:max(1, n-1)]
		x.sql = both("%s, ROLLUP (%s)", list(always), list(all[n-1:]))
		x.sets = [][]int{slices.Concat(always, all[n-1:]), always}
	default:
		x.sets = [][]int{all, nil, all[:1], all[n-1:]}[:2+g.pick(3)]
		var parts []phrase
		for _, set := range x.sets {
			parts = append(parts, both("(%s)", list(set)))
		}
		x.sql = both("GROUPING SETS (%s)", join(", ", parts))
	}
	return x
}

// apart reports whether no two keys can be one column under two names, as USING makes them.
func apart(keys []phrase) bool {
	for i, k := range keys {
		for _, other := range keys[:i] {
			if k != other && k.ours[strings.LastIndexByte(k.ours, '.')+1:] == other.ours[strings.LastIndexByte(other.ours, '.')+1:] {
				return false
			}
		}
	}
	return true
}

// selects returns SQLite's selects of texts with marks: a select list, FROM and WHERE, and a HAVING.
func (x *groupings) selects(list []phrase, rest, having string) string {
	var parts []string
	var columns, items []string
	for i, it := range list {
		columns, items = append(columns, fmt.Sprint("c", i)), append(items, it.sqlite)
	}
	text := "SELECT " + strings.Join(items, ", ") + ", COUNT(*) AS many" + rest // or () would not be grouped
	for _, set := range x.sets {
		by := join(", ", plan.Pick(x.keys, set)).sqlite
		if by != "" {
			by = " GROUP BY " + by
		}
		parts = append(parts, x.unmarked(text, set)+by+x.unmarked(having, set))
	}
	return "SELECT " + strings.Join(columns, ", ") + " FROM (" + strings.Join(parts, " UNION ALL ") + ")"
}

// unmarked returns a text for one way to group.
func (x *groupings) unmarked(text string, set []int) string {
	present := func(name string) bool {
		return slices.ContainsFunc(set, func(k int) bool { return x.keys[k].ours == name })
	}
	var out strings.Builder
	for {
		i := strings.IndexAny(text, keyMark+groupingMark)
		if i < 0 {
			return out.String() + text
		}
		out.WriteString(text[:i])
		j := strings.Index(text, endMark)
		key := x.keys[text[i+1]-'0']
		switch there := present(key.ours); {
		case text[i:i+1] == groupingMark:
			out.WriteString(map[bool]string{true: "0", false: "1"}[there])
		case there:
			out.WriteString(key.sqlite)
		default:
			out.WriteString("NULL")
		}
		text = text[j+1:]
	}
}
