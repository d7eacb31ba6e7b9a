package law

import (
	"fmt"
	"strings"
)

// rowCompared compares rows of two values. DuckDB, which orders null in rows, gets the definition of that.
func (g *generator) rowCompared(sub func(kind) phrase) phrase {
	k, l := kind(g.pick(int(kinds))), kind(g.pick(int(kinds)))
	a, b, c, d := sub(k), sub(l), sub(k), sub(l)
	op := []string{"=", "<>", "<", "<=", ">", ">="}[g.pick(6)]
	ours := "((%[1]s, %[2]s) " + op + " (%[3]s, %[4]s))"
	plain := "(%[1]s " + op[:1] + " %[3]s OR (%[1]s = %[3]s AND %[2]s " + op + " %[4]s))"
	switch op {
	case "=":
		plain = "(%[1]s = %[3]s AND %[2]s = %[4]s)"
	case "<>":
		plain = "(%[1]s <> %[3]s OR %[2]s <> %[4]s)"
	}
	return three(ours, ours, plain, a, b, c, d)
}

// rowIn asks whether a row of values is one of a query that ends with a condition. DuckDB gets the definition of that.
func (g *generator) rowIn(outer, in *scope, rest phrase) phrase {
	var xs, values, same []phrase
	for range 2 + g.pick(2) {
		k := kind(g.pick(int(kinds)))
		x, value := g.expr(outer, k, g.pick(2)), g.expr(in, k, g.pick(2))
		xs, values, same = append(xs, x), append(values, value), append(same, both("%s = %s", x, value))
	}
	not := []string{"", "NOT "}[g.pick(2)]
	ours := "(%[1]s) " + not + "IN (SELECT %[2]s %[3]s)"
	plain := "CASE WHEN EXISTS (SELECT 1 %[3]s AND %[4]s) THEN " + truth(not == "") +
		" WHEN EXISTS (SELECT 1 %[3]s AND (%[4]s) IS NULL) THEN NULL ELSE " + truth(not != "") + " END"
	return three(ours, ours, plain, join(", ", xs), join(", ", values), rest, join(" AND ", same))
}

func truth(b bool) string { return strings.ToUpper(fmt.Sprint(b)) }

// derived makes a condition with a query of its own that reads a derived table, which may read the columns of the outer
// query, as may the condition of the join with it.
func (g *generator) derived(outer *scope, inner []term, from, where phrase) phrase {
	k := kind(g.pick(int(kinds)))
	beside := &scope{terms: append(append([]term(nil), inner...), outer.terms...)}
	g.aliases++
	name := fmt.Sprint("d", g.aliases)
	table := both("(SELECT %s AS c0, %s AS c1 FROM %s WHERE %s) AS "+name, (&scope{terms: inner}).of(kInt)[0].sql, g.expr(beside, k, 1), from, where)
	terms := []term{{sql: text(name + ".c0"), kind: kInt}, {sql: text(name + ".c1"), kind: k}}
	if g.rarely(2) {
		right, more, _ := g.item(0)
		on := g.equality(terms, more)
		terms = append(terms, more...)
		if g.rarely(3) {
			on = both("%s AND %s", on, g.expr(&scope{terms: append(append([]term(nil), terms...), outer.terms...)}, kBool, 1))
		}
		word := []string{"JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"}[g.pick(4)]
		if g.rarely(2) {
			table, right = right, table
		}
		table = both("%s "+word+" %s ON %s", table, right, on)
	}
	in := &scope{terms: terms}
	condition := g.expr(&scope{terms: append(append([]term(nil), terms...), outer.terms...)}, kBool, 1)
	if g.pick(2) == 0 {
		return both([]string{"", "NOT "}[g.pick(2)]+"EXISTS (SELECT 1 FROM %s WHERE %s)", table, condition)
	}
	op := []string{"=", "<", ">", "<>"}[g.pick(4)]
	return both("%s "+op+" (SELECT %s FROM %s WHERE %s)", g.expr(outer, k, 1), g.aggregate(&scope{inner: in}, k), table, condition)
}
