package plan

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Estimate returns about how many rows a node has.
func Estimate(n *Node) float64 {
	const unknown = 1000
	if n.Rows > 0 || n.Rows == 0 && n.Kind != Scan {
		return float64(n.Rows)
	}
	switch n.Kind {
	case Scan: // a count of 0 is that of a stream
		return unknown
	case Map:
		rows := Estimate(n.Inputs[0])
		shares := NewKept(n.Inputs[0].Fields, rows)
		for _, c := range n.Map.Filter {
			shares.Add(c)
		}
		return max(rows*shares.All, 1)
	case Join:
		if n.Join.Kind == Semi || n.Join.Kind == Anti {
			return max(Estimate(n.Inputs[0])/2, 1)
		}
		return max(Estimate(n.Inputs[0]), Estimate(n.Inputs[1]))
	case Aggregate:
		if n.Aggregate.Global {
			return 1
		}
		return max(Estimate(n.Inputs[0])/3, 1)
	case Top:
		if len(n.Top.Keys) > 0 {
			return max(Estimate(n.Inputs[0])/3, 1)
		}
		return min(Estimate(n.Inputs[0]), float64(n.Top.Limit))
	case TopJoin:
		return max(Estimate(n.joined())/3, 1)
	case Window:
		return Estimate(n.Inputs[0]) * float64(n.Window.Windows())
	case Union:
		rows := 0.0
		for _, in := range n.Inputs {
			rows += Estimate(in)
		}
		return rows
	}
	return Estimate(n.Inputs[0])
}

// selectivityOf is the share of so many rows that a condition is taken to keep. A small table has a row for each value.
func selectivityOf(c expr.Expr, rows float64) float64 {
	if c.IsCall("=") && rows >= 1 && rows <= 100 {
		return 1 / rows
	}
	return Selectivity(c)
}

// Selectivity is the share of rows that a condition is taken to keep. It is a switch over the functions.
func Selectivity(c expr.Expr) float64 {
	switch {
	case c.IsCall("=") && slices.ContainsFunc(c.Args, flag):
		return 0.3
	case c.IsCall("=") || c.IsCall("is null") || c.IsCall("like") || c.IsCall("ilike"):
		return 0.1
	case c.IsCall("in"):
		return min(0.1*float64(len(c.Args)-1), 0.5)
	case c.IsCall("not"):
		return max(1-Selectivity(c.Args[0]), 0.1)
	case c.IsCall("<>") || c.IsCall("is not null"):
		return 0.9
	case c.IsCall("and"):
		all := 1.0
		for _, a := range c.Args {
			all *= Selectivity(a)
		}
		return all
	case c.IsCall("or"):
		all := 0.0
		for _, a := range c.Args {
			all += Selectivity(a)
		}
		return min(all, 0.9)
	}
	return 0.4
}

// flag reports whether an expression is a constant of a type or length that says that there are few others.
func flag(e expr.Expr) bool {
	return e.Op == expr.LiteralOp && (e.Type.Kind == batch.Bool || e.Type.Kind == batch.Utf8 && len(e.Value) == 1)
}

// Width estimates the bytes of a row.
func Width(n *Node) int {
	bytes := 0
	for _, f := range n.Fields {
		bytes += fieldWidth(f.Type)
	}
	return bytes
}

func fieldWidth(t batch.Type) int {
	if t.Variable() {
		return 24
	}
	return max(t.Width(), 1)
}
