package plan

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// push returns the rows of n for which a condition that cannot fail is true, testing it as early as
// the operations below n allow.
func push(n *Node, c expr.Expr) *Node {
	into := func(i int, c expr.Expr) *Node {
		out := *n
		out.Inputs = slices.Clone(n.Inputs)
		out.Inputs[i] = push(n.Inputs[i], c)
		return &out
	}
	switch n.Kind {
	case Map:
		if stays(n) && !slices.ContainsFunc(n.Map.Exprs, expr.Fallible) {
			if n.Map.Exprs != nil {
				c = substitute(c, n.Map.Exprs)
			}
			if !current(c) {
				return into(0, c)
			}
			out := *n
			out.Map = &MapSpec{Filter: append(slices.Clone(n.Map.Filter), c), Exprs: n.Map.Exprs}
			return &out
		}
		if n.Map.Exprs == nil {
			if in := n.Inputs[0]; in.Kind == Session {
				if below := push(in, c); below.Kind == Session {
					out := *n
					out.Inputs = []*Node{below}
					return &out
				}
			}
			out := *n
			out.Map = &MapSpec{Filter: append(slices.Clone(n.Map.Filter), c)}
			return &out
		}
		if !slices.ContainsFunc(n.Map.Exprs, expr.Fallible) && !slices.ContainsFunc(n.Map.Filter, expr.Fallible) {
			return into(0, substitute(c, n.Map.Exprs))
		}
	case Distinct, Combine, Positive:
		return into(0, c)
	case Union:
		out := *n
		out.Inputs = make([]*Node, len(n.Inputs))
		for i, in := range n.Inputs {
			out.Inputs[i] = push(in, c)
		}
		return &out
	case Window:
		if cols := expr.Columns(c); len(cols) > 0 && slices.Max(cols) < len(n.Inputs[0].Fields) {
			return into(0, c)
		}
	case Top:
		if cols := expr.Columns(c); len(cols) > 0 && !slices.ContainsFunc(cols, func(c int) bool { return !slices.Contains(n.Top.Keys, c) }) {
			return into(0, c)
		}
	case Session: // whole partitions, or what ties their rows together is gone
		if cols := expr.Columns(c); len(cols) > 0 && !slices.ContainsFunc(cols, func(c int) bool { return !slices.Contains(n.Session.Keys, c) }) {
			return into(0, c)
		}
	case Aggregate:
		s := n.Aggregate
		if cols := expr.Columns(c); len(cols) > 0 && slices.Max(cols) < len(s.Keys) {
			return into(0, expr.Remap(c, func(c int) int { return s.Keys[c] }))
		}
	case Join:
		j, width := n.Join, len(n.Inputs[0].Fields)
		at := expr.Remap(c, func(c int) int { return j.Output[c] })
		switch s := side(at, width); {
		case s < 0 && (j.Kind == Left || j.Kind == Semi || j.Kind == Anti || j.Kind == Inner):
			return into(0, at)
		case s > 0 && (j.Kind == Right || j.Kind == Inner):
			return into(1, expr.Remap(at, func(c int) int { return c - width }))
		}
	}
	return keep(n, c)
}

// estimate returns about how many rows a node has.
func estimate(n *Node) float64 {
	const unknown = 1000
	if n.Rows > 0 || n.Rows == 0 && n.Kind != Scan {
		return float64(n.Rows)
	}
	switch n.Kind {
	case Scan: // a count of 0 is that of a stream
		return unknown
	case Map:
		rows := estimate(n.Inputs[0])
		for _, c := range n.Map.Filter {
			rows *= selectivity(c)
		}
		return max(rows, 1)
	case Join:
		if n.Join.Kind == Semi || n.Join.Kind == Anti {
			return max(estimate(n.Inputs[0])/2, 1)
		}
		return max(estimate(n.Inputs[0]), estimate(n.Inputs[1]))
	case Aggregate:
		if n.Aggregate.Global {
			return 1
		}
		return max(estimate(n.Inputs[0])/3, 1)
	case Top:
		if len(n.Top.Keys) > 0 {
			return max(estimate(n.Inputs[0])/3, 1)
		}
		return min(estimate(n.Inputs[0]), float64(n.Top.Limit))
	case Window:
		return estimate(n.Inputs[0]) * float64(n.Window.windows())
	case Union:
		rows := 0.0
		for _, in := range n.Inputs {
			rows += estimate(in)
		}
		return rows
	}
	return estimate(n.Inputs[0])
}

// selectivity is the share of rows that a condition is taken to keep.
func selectivity(c expr.Expr) float64 {
	if c.IsCall("=") {
		return 0.1
	}
	return 0.4
}

// width estimates the bytes of a row.
func width(n *Node) int {
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
