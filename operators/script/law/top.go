package law

import "fmt"

// first makes a query that gives the first rows of another one, by an order that tells all rows apart.
func (g *generator) first(columns []kind, depth int) phrase {
	order := make([]phrase, len(columns))
	start := g.pick(len(columns))
	for i := range columns {
		c := fmt.Sprint("c", (start+i)%len(columns))
		order[i] = text(c + []string{" NULLS LAST", " DESC NULLS FIRST", " NULLS FIRST", " DESC NULLS LAST"}[g.pick(4)])
	}
	g.aliases++
	limit := fmt.Sprint(" LIMIT ", g.pick(6))
	if g.rarely(3) {
		limit += fmt.Sprint(" OFFSET ", g.pick(4))
	}
	return both(fmt.Sprintf("SELECT * FROM (%%s) AS t%d ORDER BY %%s%%s", g.aliases), g.query(columns, depth, false), join(", ", order), text(limit))
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
