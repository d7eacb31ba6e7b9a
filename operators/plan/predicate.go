package plan

import (
	"cmp"
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
)

// Predicate compares a column of a table with a constant; Op is =, <, <=, > or >=.
type Predicate struct {
	Column int // of the table's schema
	Op     string
	Value  string
}

// Predicates returns simple conditions that every reader of a table's rows tests first: a connector need not
// deliver rows for which one of them is not true.
func (p *Plan) Predicates(table string) []Predicate {
	var common []Predicate
	first := true
	for n := range Readers(p.Views) {
		for _, in := range n.Inputs {
			if in.Kind != Scan || in.Scan.Table != table {
				continue
			}
			found := predicates(n, in)
			if first {
				common, first = found, false
			}
			common = slices.DeleteFunc(common, func(c Predicate) bool { return !slices.Contains(found, c) })
		}
	}
	for _, v := range p.Views {
		if v.Node.Kind == Scan && v.Node.Scan.Table == table {
			return nil
		}
	}
	slices.SortFunc(common, func(a, b Predicate) int {
		return cmp.Or(cmp.Compare(a.Column, b.Column), cmp.Compare(a.Op, b.Op), cmp.Compare(a.Value, b.Value))
	})
	return slices.Compact(common)
}

// predicates returns the simple conditions of a filter right above a scan.
func predicates(n, scan *Node) []Predicate {
	if n.Kind != Map || slices.ContainsFunc(n.Map.Filter, expr.Fallible) {
		return nil // a row that is left out could not become the dead letter that it has to be
	}
	var out []Predicate
	for _, c := range n.Map.Filter {
		for _, op := range []string{"=", "<", "<=", ">", ">="} {
			if !c.IsCall(op) {
				continue
			}
			if p, ok := predicate(op, c.Args[0], c.Args[1], scan); ok {
				out = append(out, p)
			} else if p, ok := predicate(Mirrored[op], c.Args[1], c.Args[0], scan); ok {
				out = append(out, p)
			}
		}
	}
	return out
}

// Mirrored is the operator that says the same with the sides exchanged.
var Mirrored = map[string]string{"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

func predicate(op string, x, value expr.Expr, scan *Node) (Predicate, bool) {
	if x.IsCall("cast") && x.Type.Signed() && x.Args[0].Type.Signed() {
		x = x.Args[0] // widened for the comparison
	}
	c, ok := x.IsColumn()
	if !ok || value.Op != expr.LiteralOp || value.Null || !x.Type.Signed() || !value.Type.Signed() {
		return Predicate{}, false
	}
	return Predicate{Column: scan.Scan.Columns[c], Op: op, Value: value.Value}, true
}
