package law

import (
	"fmt"
	"slices"
	"strings"
)

// windows are those that the items of a select list may be over: of all functions only one, whose order tells all rows
// apart that differ. The others are for functions that have the same result for peers.
type windows struct {
	total phrase
	parts []phrase // PARTITION BY and ORDER BY
	order []term   // of parts, the first of ORDER BY
}

// window makes up the windows of a select whose rows have the given terms.
func (g *generator) window(terms []term) *windows {
	w := &windows{}
	total := slices.Clone(terms)
	if n := g.pick(len(total)); n > 0 {
		total = append(total[n:], total[:n]...)
	}
	var order []phrase
	for _, t := range total {
		order = append(order, g.sorted(t))
	}
	w.total = both("%sORDER BY %s", g.partition(terms), join(", ", order))
	for range 1 + g.pick(2) {
		t := terms[g.pick(len(terms))]
		w.parts = append(w.parts, both("%sORDER BY %s", g.partition(terms), g.sorted(t)))
		w.order = append(w.order, t)
	}
	return w
}

func (g *generator) partition(terms []term) phrase {
	if g.pick(3) == 0 {
		return text("")
	}
	return both("PARTITION BY %s ", g.key(terms).sql)
}

func (g *generator) sorted(t term) phrase {
	return both("%s"+[]string{" NULLS LAST", " DESC NULLS FIRST", " NULLS FIRST", " DESC NULLS LAST"}[g.pick(4)], t.sql)
}

// over makes a window function. It is a switch over the functions.
func (g *generator) over(s *scope, k kind) phrase {
	w := s.windows
	plain := *s
	plain.windows = nil
	arg := func(k kind) phrase { return g.expr(&plain, k, g.pick(2)) }
	spec, frame := w.total, g.frame("ROWS", "GROUPS")
	at := g.pick(len(w.parts) + 1)
	if at > 0 {
		spec, frame = w.parts[at-1], g.frame("GROUPS")
		if k := w.order[at-1].kind; (k == kInt || k == kFloat) && g.pick(3) == 0 {
			frame = g.frame("RANGE")
		}
	} else if g.rarely(4) {
		spec = w.total
		frame = g.frame("GROUPS")
	}
	call := func(f phrase) phrase { return both("%s OVER (%s)", f, spec) }
	over := both(" OVER (%s%s)", spec, text(frame))
	framed := func(f phrase) phrase { return both("%s%s", f, over) }
	condition := phrase{}
	if g.rarely(5) {
		condition = arg(kBool)
	}
	filter := filtered(condition)
	if g.pick(3) == 2 || g.windows && g.pick(2) == 0 {
		if p, ok := g.overFrame(s, k, &frameCall{over: over, filter: condition, total: at == 0, arg: arg}); ok {
			return p
		}
	}
	n := g.pick(8)
	switch {
	case at == 0 && n == 0:
		by := text("")
		if g.pick(2) == 0 {
			if by = text(fmt.Sprint(", ", g.pick(4))); g.pick(2) == 0 {
				by = both("%s, %s", by, arg(k))
			}
		}
		return call(both([]string{"LAG", "LEAD"}[g.pick(2)]+"(%s%s)", arg(k), by))
	case at == 0 && n == 1:
		return framed(both([]string{"FIRST_VALUE", "LAST_VALUE"}[g.pick(2)]+"(%s)", arg(k)))
	case at == 0 && n == 2:
		return framed(both("NTH_VALUE(%s, %s)", arg(k), text(fmt.Sprint(1+g.pick(3)))))
	case at == 0 && n == 3 && k == kInt:
		return call(text([]string{"ROW_NUMBER()", "NTILE(3)", "NTILE(1)"}[g.pick(3)]))
	case n == 4 && k == kInt:
		return call(text([]string{"RANK()", "DENSE_RANK()"}[g.pick(2)]))
	case n == 4 && k == kFloat && s.top:
		return call(text([]string{"PERCENT_RANK()", "CUME_DIST()"}[g.pick(2)]))
	case n == 5 && k == kInt:
		return framed(both("COUNT(%s)%s", []phrase{text("*"), arg(kind(g.pick(int(kinds))))}[g.pick(2)], filter))
	case n == 6 && (k == kInt || k == kFloat):
		return framed(both("SUM(%s)%s", arg(k), filter))
	case n == 7 && k == kFloat && s.top:
		return framed(each("AVG(CAST(%s AS DOUBLE))%s", "AVG(%s)%s", arg([]kind{kInt, kFloat}[g.pick(2)]), filter))
	}
	return framed(both([]string{"MIN", "MAX"}[g.pick(2)]+"(%s)%s", arg(k), filter))
}

// frame makes up a frame in one of the units, or none.
func (g *generator) frame(units ...string) string {
	if g.pick(3) == 0 {
		return ""
	}
	unit := units[g.pick(len(units))]
	bounds := []string{"UNBOUNDED PRECEDING", "2 PRECEDING", "1 PRECEDING", "CURRENT ROW", "1 FOLLOWING", "3 FOLLOWING", "UNBOUNDED FOLLOWING"}
	start := g.pick(6)
	end := max(1, start) + g.pick(7-max(1, start))
	if start >= 4 && g.rarely(3) {
		end = 4 // before the start
	}
	exclude := ""
	if g.rarely(3) {
		exclude = " EXCLUDE " + []string{"NO OTHERS", "CURRENT ROW", "GROUP", "TIES"}[g.pick(4)]
	}
	return " " + unit + " BETWEEN " + bounds[start] + " AND " + bounds[end] + exclude
}

// numbered makes a query that keeps the first rows of each partition of another one, in one of the ways to say that.
func (g *generator) numbered(columns []kind, depth int) phrase {
	g.aliases++
	t := fmt.Sprint("t", g.aliases)
	part := g.pick(len(columns))
	var order, names []string
	for i := range columns {
		names = append(names, fmt.Sprint("c", i))
		if i != part {
			order = append(order, fmt.Sprint("c", i, []string{" NULLS LAST", " DESC NULLS FIRST", " NULLS FIRST"}[g.pick(3)]))
		}
	}
	p := fmt.Sprint("c", part)
	order = append(order, p)
	rows := fmt.Sprintf("ROW_NUMBER() OVER (PARTITION BY %s ORDER BY %s)", p, strings.Join(order, ", "))
	list := strings.Join(names, ", ")
	from := both("(%s) AS "+t, g.query(columns, depth, false))
	limit := fmt.Sprint([]string{" <= ", " < ", " = ", " >= "}[g.pick(4)], g.pick(4))
	theirs := func(limit string) string {
		return "SELECT " + list + " FROM (SELECT *, " + rows + " AS rn FROM %s) AS q WHERE rn" + limit
	}
	switch g.pick(4) {
	case 0:
		return each("SELECT "+list+" FROM %s QUALIFY "+rows+limit, theirs(limit), from)
	case 1:
		return each("SELECT DISTINCT ON ("+p+") "+list+" FROM %s ORDER BY "+p+", "+strings.Join(order, ", "), theirs(" = 1"), from)
	case 2: // the number is read
		if columns[0] == kInt {
			return both("SELECT rn AS c0"+list[2:]+" FROM (SELECT *, "+rows+" AS rn FROM %s) AS q WHERE rn"+limit, from)
		}
	}
	return both(theirs(limit), from)
}
