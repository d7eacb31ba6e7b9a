package law

import (
	"fmt"
	"slices"
)

// kind is a class of types that mean the same in both engines.
type kind int

const (
	kInt kind = iota
	kText
	kFloat
	kBool
	kDate
	kinds
)

// term is a value with a name.
type term struct {
	sql   phrase
	kind  kind
	small bool // may be multiplied without overflow
}

// source is something that FROM can name.
type source struct {
	name  string
	terms []term // sql holds bare names
	keyed bool   // the first column is the key of a table
}

// generator makes queries.
type generator struct {
	*choices
	sources []source
	aliases int
	large   bool // tables are: rows are joined by values of which there are many only
	windows bool // most of what is selected is window functions
}

// scope is what an expression may read: terms, or, beside GROUP BY, aggregates over inner terms, too.
type scope struct {
	terms []term
	inner *scope
	top   bool // results may be inexact: nothing computes with them
	// windows are what window functions may be over; nil: there may be none.
	windows *windows
}

func (s *scope) of(k kind) []term {
	return slices.DeleteFunc(slices.Clone(s.terms), func(t term) bool { return t.kind != k })
}

func (g *generator) literal(k kind) phrase {
	if g.rarely(12) {
		return each("CAST(NULL AS "+[...]string{"INT", "TEXT", "DOUBLE", "BOOLEAN", "DATE"}[k]+")", "NULL")
	}
	switch k {
	case kText:
		return text([]string{"'a'", "'b'", "''", "'ab'", "'B'", "'a%'", "'abc'"}[g.pick(7)])
	case kFloat:
		f := []string{"0.5", "0.25", "1.5", "0.0", "(-2.25)", "4.0"}[g.pick(6)]
		return each("CAST(%s AS DOUBLE)", "%s", text(f)) // alone it is a decimal
	case kBool:
		return text([]string{"TRUE", "FALSE"}[g.pick(2)])
	case kDate:
		d := fmt.Sprintf("'2022-0%d-%02d'", 1+g.pick(3), []int{1, 2, 15, 28}[g.pick(4)])
		return each("DATE %s", "%s", text(d))
	}
	return text([]string{"0", "1", "2", "3", "(-1)", "(-2)", "5", "7", "70000", "(-200)"}[g.pick(10)])
}

func (g *generator) leaf(s *scope, k kind) phrase {
	terms := s.of(k)
	if s.windows != nil && (g.pick(3) == 0 || g.windows) {
		return g.over(s, k)
	}
	if s.inner != nil && (len(terms) == 0 || g.pick(2) == 0) && g.pick(4) < 3 {
		return g.aggregate(s, k)
	}
	if len(terms) > 0 && g.pick(5) < 4 {
		return terms[g.pick(len(terms))].sql
	}
	return g.literal(k)
}

// expr is a switch over the kinds.
func (g *generator) expr(s *scope, k kind, depth int) phrase {
	if depth <= 0 || g.pick(3) == 0 {
		return g.leaf(s, k)
	}
	sub := func(k kind) phrase { return g.expr(s, k, depth-1) }
	switch g.pick(9) {
	case 1:
		return both("CASE WHEN %s THEN %s ELSE %s END", sub(kBool), sub(k), sub(k))
	case 2:
		return both("COALESCE(%s, %s)", sub(k), sub(k))
	case 3:
		return both("NULLIF(%s, %s)", sub(k), sub(k))
	case 4:
		o := kind(g.pick(int(kinds)))
		return both("CASE %s WHEN %s THEN %s END", sub(o), g.literal(o), sub(k))
	case 5:
		return g.function(k, sub)
	}
	switch k {
	case kInt:
		return g.integer(s, sub)
	case kFloat:
		return g.float(sub)
	case kText:
		return g.text(sub)
	case kDate:
		n := text(fmt.Sprint(g.pick(40)))
		return each("(%s + %s)", "date(%s, '+%s days')", sub(kDate), n)
	}
	return g.condition(sub)
}

func (g *generator) integer(s *scope, sub func(kind) phrase) phrase {
	divisor := text([]string{"2", "3", "(-2)", "7"}[g.pick(4)])
	switch g.pick(12) {
	case 0, 1:
		return both("(%s + %s)", sub(kInt), sub(kInt))
	case 2, 3:
		return both("(%s - %s)", sub(kInt), sub(kInt))
	case 4:
		return three("(%s / %s)", "(%s / %s)", "(%s // %s)", sub(kInt), divisor)
	case 5:
		return both("(%s %% %s)", sub(kInt), divisor)
	case 6:
		return three("(%s / NULLIF(%s, 0))", "(%s / NULLIF(%s, 0))", "(%s // NULLIF(%s, 0))", sub(kInt), sub(kInt))
	case 7:
		return both("LENGTH(%s)", sub(kText))
	case 8:
		return both("ABS(%s)", sub(kInt))
	case 9:
		return each("EXTRACT(DAY FROM %s)", "CAST(strftime('%%d', %s) AS INTEGER)", sub(kDate))
	case 10:
		return each("(%s - %s)", "CAST(julianday(%s) - julianday(%s) AS INTEGER)", sub(kDate), sub(kDate))
	}
	if small := slices.DeleteFunc(s.of(kInt), func(t term) bool { return !t.small }); len(small) > 0 {
		return both("(%s * %s)", small[g.pick(len(small))].sql, small[g.pick(len(small))].sql)
	}
	return both("(- %s)", sub(kInt))
}

func (g *generator) float(sub func(kind) phrase) phrase {
	switch g.pick(6) {
	case 0:
		return both("(%s + %s)", sub(kFloat), sub(kFloat))
	case 1:
		return both("(%s - %s)", sub(kFloat), sub(kFloat))
	case 2:
		return both("(%s / %s)", sub(kFloat), text([]string{"2", "0.5", "4.0"}[g.pick(3)]))
	case 3:
		return both("ABS(%s)", sub(kFloat))
	case 4:
		return both("(%s + %s)", sub(kFloat), sub(kInt))
	}
	return each("CAST(%s AS DOUBLE)", "CAST(%s AS REAL)", sub(kInt))
}

func (g *generator) text(sub func(kind) phrase) phrase {
	switch g.pick(8) {
	case 0:
		return three("(%s || %s)", "(%s || %s)", "CAST(%s || %s AS TEXT)", sub(kText), sub(kText)) // of NULL and a text DuckDB makes no text
	case 1:
		return both("UPPER(%s)", sub(kText))
	case 2:
		return both("LOWER(%s)", sub(kText))
	case 3:
		return both("SUBSTR(%s, %s, %s)", sub(kText), text(fmt.Sprint(1+g.pick(3))), text(fmt.Sprint(g.pick(3))))
	case 4:
		return both("REPLACE(%s, 'a', %s)", sub(kText), sub(kText))
	case 5:
		return both("TRIM(%s)", sub(kText))
	case 6:
		return each("CAST(%s AS TEXT)", "%s", sub(kDate))
	}
	return both("CAST(%s AS TEXT)", sub(kInt))
}

func (g *generator) condition(sub func(kind) phrase) phrase {
	k := kind(g.pick(int(kinds)))
	switch g.pick(13) {
	case 12:
		return g.rowCompared(sub)
	case 0, 1, 2:
		op := []string{"=", "<", ">", "<=", ">=", "<>"}[g.pick(6)]
		other := k
		if (k == kInt || k == kFloat) && g.rarely(4) {
			other = kInt + kFloat - k
		}
		return both("(%s "+op+" %s)", sub(k), sub(other))
	case 3:
		return both("(%s AND %s)", sub(kBool), sub(kBool))
	case 4:
		return both("(%s OR %s)", sub(kBool), sub(kBool))
	case 5:
		return both("(NOT %s)", sub(kBool))
	case 6:
		return both("(%s IS "+[]string{"", "NOT "}[g.pick(2)]+"NULL)", sub(k))
	case 7:
		return both("(%s "+[]string{"", "NOT "}[g.pick(2)]+"IN (%s, %s, %s))", sub(k), g.literal(k), g.literal(k), sub(k))
	case 8:
		return both("(%s "+[]string{"", "NOT "}[g.pick(2)]+"BETWEEN %s AND %s)", sub(k), sub(k), sub(k))
	case 9:
		pattern := []string{"'a%%'", "'%%b'", "'_'", "'%%'", "'a_'", "''"}[g.pick(6)]
		return both("(%s "+[]string{"", "NOT "}[g.pick(2)]+"LIKE "+pattern+")", sub(kText))
	case 10:
		return both("(%s IS "+[]string{"", "NOT "}[g.pick(2)]+"DISTINCT FROM %s)", sub(k), sub(k))
	}
	return both("(%s IS "+[]string{"TRUE", "FALSE", "NOT TRUE", "NOT FALSE"}[g.pick(4)]+")", sub(kBool))
}

// aggregate is a switch over the kinds.
func (g *generator) aggregate(s *scope, k kind) phrase {
	arg := func(k kind) phrase { return g.expr(s.inner, k, g.pick(3)) }
	condition := phrase{}
	if g.rarely(5) {
		condition = arg(kBool)
	}
	filter := filtered(condition)
	if g.rarely(3) {
		if a, ok := g.moreAggregates(s, k, condition, arg); ok {
			return a
		}
	}
	distinct := []string{"", "", "DISTINCT "}[g.pick(3)]
	switch n := g.pick(5); {
	case k == kInt && n == 0:
		return both("COUNT(*)%s", filter)
	case k == kInt && n == 1:
		return both("COUNT("+distinct+"%s)%s", arg(kind(g.pick(int(kinds)))), filter)
	case k == kInt && n == 2, k == kFloat && n == 2:
		return both("SUM("+distinct+"%s)%s", arg(k), filter)
	case k == kFloat && n == 0 && s.top:
		return each("AVG("+distinct+"CAST(%s AS DOUBLE))%s", "AVG("+distinct+"%s)%s", arg([]kind{kInt, kFloat}[g.pick(2)]), filter) // of decimals it has four digits more
	case n == 3:
		return three("ANY_VALUE(%s)%s", "MIN(%s)%s", "MIN(%s)%s", arg(k), filter)
	}
	return both([]string{"MIN", "MAX"}[g.pick(2)]+"(%s)%s", arg(k), filter)
}
