package law

import (
	"fmt"
	"slices"
)

// first makes a query that gives the first rows of another one, by an order that tells all rows apart.
func (g *generator) first(columns []kind, depth int) phrase {
	order := make([]phrase, len(columns))
	start := g.pick(len(columns))
	for i := range columns {
		c := fmt.Sprint("c", (start+i)%len(columns))
		order[i] = text(c + []string{" NULLS LAST", " DESC NULLS FIRST", " NULLS FIRST", " DESC NULLS LAST"}[g.pick(4)])
	}
	g.aliases++
	limit := text(fmt.Sprint(" LIMIT ", g.pick(6)))
	offset := fmt.Sprint(" OFFSET ", g.pick(4))
	switch g.pick(6) {
	case 2, 3:
		limit = both("%s"+offset, limit)
	case 4:
		limit = each(offset, " LIMIT -1"+offset)
	case 5:
		return g.tied(columns, order[:1+g.pick(len(order))], depth)
	}
	return both(fmt.Sprintf("SELECT * FROM (%%s) AS t%d ORDER BY %%s%%s", g.aliases), g.query(columns, depth, false), join(", ", order), limit)
}

// tied makes a query that gives the first rows of another one with those that the order does not tell apart from the last.
// The oracles get the definition of that.
func (g *generator) tied(columns []kind, order []phrase, depth int) phrase {
	var names, canonical []phrase
	for i := range columns {
		c := fmt.Sprint("c", i)
		names, canonical = append(names, text(c)), append(canonical, text(c+" NULLS LAST"))
	}
	limit, offset := 1+g.pick(4), g.pick(3)
	q := fmt.Sprintf(" FROM (%%[1]s) AS t%d", g.aliases)
	theirs := fmt.Sprintf("SELECT %%[3]s FROM (SELECT *, RANK() OVER (ORDER BY %%[2]s) AS tie, ROW_NUMBER() OVER (ORDER BY %%[2]s, %%[4]s) AS place%s) WHERE place > %d AND tie <= %d", q, offset, offset+limit)
	return three(fmt.Sprintf("SELECT *%s ORDER BY %%[2]s OFFSET %d ROWS FETCH FIRST %d ROWS WITH TIES", q, offset, limit), theirs, theirs,
		g.query(columns, depth, false), join(", ", order), join(", ", names), join(", ", canonical))
}

// marked makes a condition in which a subquery is only a part.
func (g *generator) marked(outer *scope, depth int) phrase {
	sub := g.subquery(outer, depth)
	switch g.pick(4) {
	case 0:
		return both("(%s) OR %s", sub, g.expr(outer, kBool, 1))
	case 1:
		return both("(%s) IS "+[]string{"NOT TRUE", "NOT FALSE", "NULL", "NOT NULL"}[g.pick(4)], sub)
	case 2:
		return both("CASE WHEN %s THEN %s ELSE %s END", sub, g.expr(outer, kBool, 1), g.expr(outer, kBool, 1))
	}
	return both("(%s) OR NOT (%s)", sub, g.subquery(outer, depth))
}

// firstPairs makes a query that keeps, of the pairs of a join, for each key the first by the order of one side, which tells
// its rows apart. The columns of the other side can be read if it has one row for each key.
func (g *generator) firstPairs(columns []kind) phrase {
	ranked, other := g.sources[g.pick(len(g.sources))], g.sources[g.pick(len(g.sources))]
	g.aliases += 3
	a, b, q := fmt.Sprint("t", g.aliases-2), fmt.Sprint("t", g.aliases-1), fmt.Sprint("t", g.aliases)
	left, right := qualified(ranked, a), qualified(other, b)
	keys := (&scope{terms: left}).of(kInt)
	key, match := keys[g.pick(len(keys))].sql, (&scope{terms: right}).of(kInt)[0].sql
	on := both("%s = %s", key, match)
	if g.pick(2) == 0 {
		on = both("%s AND %s", on, g.expr(&scope{terms: slices.Concat(left, right)}, kBool, 1))
	}
	var order, items []phrase
	var out []term
	for i, t := range left {
		order = append(order, g.sorted(t))
		out, items = append(out, term{sql: text(fmt.Sprintf("%s.x%d", q, i)), kind: t.kind}), append(items, both(fmt.Sprintf("%%s AS x%d", i), t.sql))
	}
	for i, t := range right {
		if other.keyed {
			out, items = append(out, term{sql: text(fmt.Sprintf("%s.y%d", q, i)), kind: t.kind}), append(items, both(fmt.Sprintf("%%s AS y%d", i), t.sql))
		}
	}
	if n := g.pick(len(order)); n > 0 {
		order = append(order[n:], order[:n]...)
	}
	by := []phrase{key, match}[g.pick(2)]
	pairs := both("SELECT %s, ROW_NUMBER() OVER (PARTITION BY %s ORDER BY %s) AS rn FROM "+ranked.name+" AS "+a+" JOIN "+other.name+" AS "+b+" ON %s",
		join(", ", items), by, join(", ", order), on)
	var list []phrase
	for i, k := range columns {
		list = append(list, both(fmt.Sprintf("%%s AS c%d", i), g.expr(&scope{terms: out}, k, 1)))
	}
	return both("SELECT %s FROM (%s) AS "+q+" WHERE rn <= %s", join(", ", list), pairs, text(fmt.Sprint(1+g.pick(3))))
}
