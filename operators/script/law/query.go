package law

import (
	"fmt"
	"slices"
)

// query makes a query whose columns have the given kinds, the names c0, c1 and so on.
func (g *generator) query(want []kind, depth int, top bool) phrase {
	switch g.pick(8) {
	case 6:
		if depth > 0 {
			word := []string{"UNION ALL", "UNION", "UNION ALL", "EXCEPT", "INTERSECT"}[g.pick(5)]
			left := g.query
			if word == "INTERSECT" {
				left = g.selection // SQLite reads a UNION b INTERSECT c from the left
			}
			return both("%s "+word+" %s", left(want, depth-1, false), g.selection(want, depth-1, false))
		}
	case 7:
		if depth > 0 && top {
			with := g.kinds()
			body := g.query(with, depth-1, false)
			g.aliases++
			name := fmt.Sprint("w", g.aliases)
			g.sources = append(g.sources, named(name, with))
			outside := g.sources[:len(g.sources)-1]
			defer func() { g.sources = outside }()
			if columns := ""; g.rarely(4) {
				for i := range with {
					columns += fmt.Sprint(", c", i)
				}
				name += " (" + columns[2:] + ")"
				body = g.values(with)
			}
			return both("WITH "+name+" AS (%s) %s", body, g.query(want, depth-1, false))
		}
	}
	return g.selection(want, depth, top)
}

// values lists rows.
func (g *generator) values(want []kind) phrase {
	var rows []phrase
	for range 1 + g.pick(3) {
		var row []phrase
		for _, k := range want {
			row = append(row, g.literal(k))
		}
		rows = append(rows, both("(%s)", join(", ", row)))
	}
	return both("VALUES %s", join(", ", rows))
}

// kinds makes up columns. There is always an integer to join by.
func (g *generator) kinds() []kind {
	out := []kind{kInt}
	for range g.pick(4) {
		out = append(out, kind(g.pick(int(kinds))))
	}
	return out
}

// named returns a source with columns c0, c1 and so on.
func named(name string, columns []kind) source {
	s := source{name: name}
	for i, k := range columns {
		s.terms = append(s.terms, term{sql: text(fmt.Sprint("c", i)), kind: k})
	}
	return s
}

func (g *generator) selection(want []kind, depth int, top bool) phrase {
	from, terms := g.from(depth)
	in := &scope{terms: terms, top: top}
	where := text("")
	switch g.pick(7) {
	case 3, 4, 5:
		where = both(" WHERE %s", g.expr(in, kBool, 2))
	case 6:
		where = both(" WHERE %s", g.subquery(in, depth))
		switch g.pick(6) {
		case 3:
			where = both("%s AND %s", where, g.expr(in, kBool, 1))
		case 4, 5:
			where = both(" WHERE %s", g.marked(in, depth))
		}
	}
	if g.rarely(6) {
		if where.ours == "" {
			where = both(" WHERE %s", g.current(in))
		} else {
			const word = len(" WHERE ")
			rest := phrase{where.ours[word:], where.sqlite[word:], where.duckdb[word:]}
			where = both(" WHERE (%s) AND %s", rest, g.current(in))
		}
	}
	tail, out, distinct := text(""), in, ""
	var sets *groupings
	switch g.pick(5) {
	case 2, 3:
		out = &scope{inner: in, top: top}
		var keys []phrase
		for range 1 + g.pick(3) {
			k := g.key(terms)
			out.terms = append(out.terms, k)
			keys = append(keys, k.sql)
		}
		tail = both(" GROUP BY %s", join(", ", keys))
		column := func(k phrase) bool { return slices.ContainsFunc(terms, func(t term) bool { return t.sql == k }) }
		if g.rarely(5) && !slices.ContainsFunc(keys, func(k phrase) bool { return !column(k) }) && apart(keys) {
			sets = g.groupings(out)
			tail = both(" GROUP BY %s", sets.sql)
		}
	case 4:
		out = &scope{inner: in, top: top}
	case 1:
		distinct = []string{"", "DISTINCT "}[g.pick(2)]
	}
	having := text("")
	if out.inner != nil && g.rarely(3) {
		having = both(" HAVING %s", g.expr(out, kBool, 2))
	}
	var items []phrase
	list := *out
	if len(out.terms) > 0 && (g.rarely(4) || g.windows) && sets == nil {
		list.windows = g.window(out.terms)
	}
	for i, k := range want {
		e := g.expr(&list, k, g.pick(3))
		if i == 0 && out.inner != nil && len(out.terms) == 0 {
			e = g.aggregate(out, k) // or it would not be grouped
		}
		items = append(items, both("%s AS "+fmt.Sprint("c", i), e))
	}
	rest := both(" FROM %s%s", from, where)
	q := both("SELECT "+distinct+"%s%s%s%s", join(", ", items), rest, tail, having)
	if sets != nil {
		q.sqlite = sets.selects(items, rest.sqlite, having.sqlite)
	}
	return q
}

// key makes something to group by, which reads a column.
func (g *generator) key(terms []term) term {
	t := terms[g.pick(len(terms))]
	switch n := g.pick(8); {
	case n == 5 && t.kind == kInt:
		return term{sql: both("(%s %% 2)", t.sql), kind: kInt}
	case n == 5 && t.kind == kText:
		return term{sql: both("UPPER(%s)", t.sql), kind: kText}
	case n == 6:
		return term{sql: both("COALESCE(%s, %s)", t.sql, g.literal(t.kind)), kind: t.kind}
	case n == 7:
		return term{sql: both("(%s IS NULL)", t.sql), kind: kBool}
	}
	return t
}

// from makes a FROM list and returns what can be read of it.
func (g *generator) from(depth int) (phrase, []term) {
	sql, terms, bare := g.item(depth)
	joins := []int{0, 0, 1, 1, 2}[g.pick(5)]
	if joins > 0 && g.rarely(4) && bare != nil {
		return g.using(sql, bare)
	}
	for range joins {
		right, more, _ := g.item(depth)
		kind := g.pick(5)
		if kind == 4 { // a comma, and the condition in a WHERE of its own
			all := append(slices.Clone(terms), more...)
			return g.filtered(both("%s, %s", sql, right), terms, more, all)
		}
		on := g.equality(terms, more)
		terms = append(slices.Clone(terms), more...)
		if joins == 1 && kind <= 1 && g.rarely(6) && !g.large { // no condition, or one without a key
			if kind == 0 {
				return both("%s CROSS JOIN %s", sql, right), terms
			}
			on = g.expr(&scope{terms: terms}, kBool, 2)
		}
		if g.rarely(3) {
			on = both("%s AND %s", on, g.expr(&scope{terms: terms}, kBool, 2))
		}
		if depth > 0 && g.rarely(8) { // a subquery reads one side, or of an inner join both
			sides := [][]term{terms[:len(terms)-len(more)], more, terms}[:[]int{3, 2, 2, 2}[kind]]
			on = both("%s AND (%s)", on, g.subquery(&scope{terms: sides[g.pick(len(sides))]}, depth))
		}
		word := []string{"JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"}[kind]
		sql = both("%s "+word+" %s ON %s", sql, right, on)
	}
	return sql, terms
}

// filtered makes a derived table of a comma join.
func (g *generator) filtered(from phrase, left, right, all []term) (phrase, []term) {
	g.aliases++
	name := fmt.Sprint("d", g.aliases)
	var items []phrase
	var out []term
	for i, t := range all {
		items = append(items, both(fmt.Sprintf("%%s AS c%d", i), t.sql))
		out = append(out, term{sql: text(fmt.Sprintf("%s.c%d", name, i)), kind: t.kind, small: t.small})
	}
	where := g.equality(left, right)
	return both("(SELECT %s FROM %s WHERE %s) AS "+name, join(", ", items), from, where), out
}

// equality compares a value of each side.
func (g *generator) equality(left, right []term) phrase {
	k := kind(g.pick(int(kinds)))
	if g.large && k != kText && k != kFloat {
		k = kInt
	}
	l, r := (&scope{terms: left}).of(k), (&scope{terms: right}).of(k)
	if len(l) == 0 || len(r) == 0 {
		l, r = (&scope{terms: left}).of(kInt), (&scope{terms: right}).of(kInt)
		k = kInt
	}
	x, y := l[g.pick(len(l))].sql, r[g.pick(len(r))].sql
	switch n := g.pick(10); {
	case n == 8 && k == kInt:
		y = both("(%s + 1)", y)
	case n == 8 && k == kText:
		x = both("LOWER(%s)", x)
	case n == 9:
		return both("%s = %s AND %s", y, x, g.equality(left, right))
	}
	return both("%s = %s", x, y)
}

// using joins two sources by common columns.
func (g *generator) using(left phrase, bare *source) (phrase, []term) {
	var tables []source
	for _, s := range g.sources {
		if len(shared(*bare, s)) > 0 {
			tables = append(tables, s)
		}
	}
	other := tables[g.pick(len(tables))]
	g.aliases++
	alias := fmt.Sprint("t", g.aliases)
	common := shared(*bare, other)
	word := []string{"JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"}[g.pick(4)]
	var sql phrase
	if g.rarely(3) {
		sql = both("%s NATURAL "+word+" "+other.name+" AS "+alias, left)
	} else {
		common = common[:1+g.pick(len(common))]
		var names []phrase
		for _, c := range common {
			names = append(names, c.sql)
		}
		sql = both("%s "+word+" "+other.name+" AS "+alias+" USING (%s)", left, join(", ", names))
	}
	var terms []term
	leftAlias := left.ours[len(bare.name)+len(" AS "):]
	for _, c := range common {
		// DuckDB would rather read an item of the select list that has the name.
		c.sql.duckdb = fmt.Sprintf("COALESCE(%s.%s, %s.%[2]s)", leftAlias, c.sql.duckdb, alias)
		terms = append(terms, term{sql: c.sql, kind: c.kind, small: c.small})
	}
	for i, s := range []source{*bare, other} {
		for _, t := range s.terms {
			t.sql = both([]string{leftAlias, alias}[i]+".%s", t.sql)
			terms = append(terms, t)
		}
	}
	return sql, terms
}

func shared(a, b source) (out []term) {
	for _, t := range a.terms {
		if slices.ContainsFunc(b.terms, func(u term) bool { return u.sql == t.sql && u.kind == t.kind }) {
			out = append(out, t)
		} else if slices.ContainsFunc(b.terms, func(u term) bool { return u.sql == t.sql }) {
			return nil // the same name for another kind
		}
	}
	return out
}

// item makes an element of FROM with an alias. bare is set for a source that is named.
func (g *generator) item(depth int) (sql phrase, terms []term, bare *source) {
	g.aliases++
	alias := fmt.Sprint("t", g.aliases)
	if depth > 0 && g.rarely(5) {
		columns := g.kinds()
		s := named(alias, columns)
		switch g.pick(6) {
		case 5:
			return both("(%s) AS "+alias, g.firstPairs(columns)), qualified(s, alias), nil
		case 3:
			return both("(%s) AS "+alias, g.first(columns, depth-1)), qualified(s, alias), nil
		case 4:
			return both("(%s) AS "+alias, g.numbered(columns, depth-1)), qualified(s, alias), nil
		}
		return both("(%s) AS "+alias, g.query(columns, depth-1, false)), qualified(s, alias), nil
	}
	s := g.sources[g.pick(len(g.sources))]
	if g.rarely(9) {
		if sql, terms, ok := g.windowed(s, alias); ok {
			return sql, terms, nil
		}
	}
	if g.rarely(8) {
		if sql, ok := g.ttl(s, alias); ok {
			return sql, qualified(s, alias), nil
		}
	}
	return text(s.name + " AS " + alias), qualified(s, alias), &s
}

func qualified(s source, alias string) []term {
	out := slices.Clone(s.terms)
	for i := range out {
		out[i].sql = both(alias+".%s", out[i].sql)
	}
	return out
}

// subquery makes a condition with a query of its own, which may read the columns of the outer one.
func (g *generator) subquery(outer *scope, depth int) phrase {
	outer = &scope{terms: slices.DeleteFunc(slices.Clone(outer.terms), bare), top: outer.top}
	k := kind(g.pick(int(kinds)))
	not := []string{"", "NOT "}[g.pick(2)]
	from, inner, _ := g.item(0)
	in := &scope{terms: inner}
	correlated := both(" WHERE %s", g.equality(inner, outer.terms))
	if g.rarely(3) {
		correlated = both("%s AND %s", correlated, g.expr(in, kBool, 1))
	}
	if g.rarely(3) {
		return g.dependent(outer, 1)
	}
	switch g.pick(8) {
	case 6, 7:
		if g.pick(2) == 0 {
			correlated = both(" WHERE %s", g.expr(in, kBool, 1))
		}
		return g.rowIn(outer, in, both("FROM %s%s", from, correlated))
	case 0:
		return both("%s "+not+"IN (%s)", g.expr(outer, k, 1), g.query([]kind{k}, min(depth-1, 1), false))
	case 1:
		return both("%s "+not+"IN (SELECT %s FROM %s%s)", g.expr(outer, k, 1), g.expr(in, k, 1), from, correlated)
	case 2:
		return both(not+"EXISTS (SELECT 1 FROM %s%s)", from, correlated)
	case 3:
		return both(not+"EXISTS (SELECT 1 FROM %s WHERE %s)", from, g.expr(in, kBool, 1))
	case 4:
		op := []string{"=", "<", ">", "<>"}[g.pick(4)]
		return both("%s "+op+" (SELECT %s FROM %s)", g.expr(outer, k, 1), g.aggregate(&scope{inner: in}, k), from)
	}
	op := []string{"=", "<", ">", "<>"}[g.pick(4)]
	return both("%s "+op+" (SELECT %s FROM %s%s)", g.expr(outer, k, 1), g.aggregate(&scope{inner: in}, k), from, correlated)
}
