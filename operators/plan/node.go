package plan

import (
	"github.com/millrace-dev/millrace/operators/expr"
)

// Reference returns a node with the rows of n under other column names. It is a node of its own, so
// that n stays shared by those who read it by its own names.
func Reference(n *Node, fields []Field) *Node {
	return Compute(n, Columns(n), fields)
}

// Column returns a reference to a column of n.
func Column(n *Node, i int) expr.Expr {
	return expr.Column(i, n.Fields[i].Type, n.Fields[i].Nullable)
}

// Columns returns references to all columns of n.
func Columns(n *Node) []expr.Expr {
	out := make([]expr.Expr, len(n.Fields))
	for i := range out {
		out[i] = Column(n, i)
	}
	return out
}

// Compute returns a node that computes exprs over the rows of in.
func Compute(in *Node, exprs []expr.Expr, fields []Field) *Node {
	return &Node{Kind: Map, Fields: fields, Inputs: []*Node{in}, Map: &MapSpec{Exprs: exprs}, Rows: in.Rows}
}

// Keep returns a node with the rows of in for which all conditions are true.
func Keep(in *Node, conditions ...expr.Expr) *Node {
	return &Node{Kind: Map, Fields: in.Fields, Inputs: []*Node{in}, Map: &MapSpec{Filter: conditions}, Rows: -1}
}

// Mapping returns where the columns of a Map's input come out unchanged.
func Mapping(n *Node) func(c int) []int {
	to := map[int][]int{}
	for i := range n.Map.Exprs {
		if from, ok := n.Map.Exprs[i].IsColumn(); ok {
			to[from] = append(to[from], i)
		}
	}
	return func(c int) []int { return to[c] }
}

// Renamed returns the columns by which rows are placed under the numbers in which they come out; nil if any
// does not.
func Renamed(by []int, to func(int) []int) []int {
	if len(by) == 0 { // all on one worker: single says so
		return nil
	}
	out := make([]int, len(by))
	for i, c := range by {
		t := to(c)
		if len(t) == 0 {
			return nil
		}
		out[i] = t[0]
	}
	return out
}

// Names returns the names of the columns of n.
func Names(n *Node) []string {
	out := make([]string, len(n.Fields))
	for i, f := range n.Fields {
		out[i] = f.Name
	}
	return out
}

// Pick returns the elements of from at the given places.
func Pick[T any](from []T, at []int) []T {
	out := make([]T, len(at))
	for i, c := range at {
		out[i] = from[c]
	}
	return out
}

// Narrowest returns the column of n that takes the fewest bytes.
func Narrowest(n *Node) int {
	best := 0
	for i, f := range n.Fields {
		if fieldWidth(f.Type) < fieldWidth(n.Fields[best].Type) {
			best = i
		}
	}
	return best
}
