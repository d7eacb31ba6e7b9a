package law

import (
	"fmt"
	"slices"
	"strings"
)

// bare reports whether a term has no table before it: inside a subquery its name may mean something else.
func bare(t term) bool { return !strings.Contains(t.sql.ours, ".") }

// dependent makes a condition with a query of its own, which may read the columns of the outer one anywhere. Aggregates
// in it read a column of their own query, or they would be the outer one's.
func (g *generator) dependent(outer *scope, depth int) phrase {
	k := kind(g.pick(int(kinds)))
	not := []string{"", "NOT "}[g.pick(2)]
	op := []string{"=", "<", ">", "<>"}[g.pick(4)]
	from, inner, _ := g.item(0)
	outer = &scope{terms: slices.DeleteFunc(slices.Clone(outer.terms), bare)}
	both2 := &scope{terms: append(slices.Clone(inner), outer.terms...)}
	in := &scope{terms: inner}
	where := g.expr(both2, kBool, 2)
	if depth > 0 && g.rarely(3) {
		where = both("%s AND %s", where, g.dependent(both2, depth-1))
	}
	switch g.pick(14) {
	case 10, 11:
		return g.derived(outer, inner, from, where)
	case 12, 13:
		return g.rowIn(outer, both2, both("FROM %s WHERE %s", from, where))
	case 8, 9:
		return g.quantified(outer, both2, k, both("FROM %s WHERE %s", from, where))
	case 0:
		return both(not+"EXISTS (SELECT 1 FROM %s WHERE %s)", from, where)
	case 1:
		return both("%s "+not+"IN (SELECT %s FROM %s WHERE %s)", g.expr(outer, k, 1), g.expr(both2, k, 2), from, where)
	case 2:
		return both("%s "+op+" (SELECT %s FROM %s WHERE %s)", g.expr(outer, k, 1), g.aggregate(&scope{inner: in}, k), from, where)
	case 3:
		key := inner[g.pick(len(inner))]
		grouped := &scope{terms: append([]term{key}, outer.terms...), inner: in}
		return both(not+"EXISTS (SELECT %s FROM %s WHERE %s GROUP BY %s HAVING %s)", key.sql, from, where, key.sql, g.expr(grouped, kBool, 1))
	case 4:
		return both(not+"EXISTS (SELECT COUNT(*) FROM %s WHERE %s HAVING COUNT(*) "+op+" "+fmt.Sprint(g.pick(3))+")", from, where)
	case 5:
		return both("%s "+not+"IN (SELECT %s FROM %s WHERE %s UNION SELECT %s FROM %s)", g.expr(outer, k, 1), g.expr(both2, k, 1), from, where, g.expr(in, k, 1), from)
	case 6:
		return both("%s "+op+" (SELECT SUM(%s + %s) FROM %s WHERE %s)", g.expr(outer, kInt, 1), in.of(kInt)[0].sql, g.expr(outer, kInt, 0), from, where)
	}
	return both("%s "+op+" (SELECT DISTINCT %s AS v FROM %s WHERE %s ORDER BY v NULLS LAST LIMIT 1)", g.expr(outer, k, 1), g.expr(both2, k, 1), from, where)
}

// quantified compares with ANY or ALL rows of a query. SQLite gets the definition of that.
func (g *generator) quantified(outer, in *scope, k kind, from phrase) phrase {
	op := []string{"<", "<=", ">", ">=", "=", "<>"}[g.pick(6)]
	x, v := g.expr(outer, k, 1), g.expr(in, k, 1)
	if g.pick(2) == 0 {
		return each("(%s %s ANY (SELECT %s %s))", "CASE WHEN EXISTS (SELECT 1 %[4]s AND %[1]s %[2]s %[3]s) THEN TRUE "+
			"WHEN EXISTS (SELECT 1 %[4]s AND (%[1]s %[2]s %[3]s) IS NULL) THEN NULL ELSE FALSE END", x, text(op), v, from)
	}
	return each("(%s %s ALL (SELECT %s %s))", "CASE WHEN EXISTS (SELECT 1 %[4]s AND NOT (%[1]s %[2]s %[3]s)) THEN FALSE "+
		"WHEN EXISTS (SELECT 1 %[4]s AND (%[1]s %[2]s %[3]s) IS NULL) THEN NULL ELSE TRUE END", x, text(op), v, from)
}
