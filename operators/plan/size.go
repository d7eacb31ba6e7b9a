package plan

import (
	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// How large a statement may get, so that planning ends soon.
const (
	maxParts     = 1_000   // tables and SELECTs of a statement
	maxPlan      = 20_000  // nodes of a plan, those that are read twice counted twice
	maxExpr      = 200_000 // parts of an expression over the columns of tables
	maxRelations = 64      // tables that are ordered together
	maxProblems  = 200     // of a script
)

// partsOf counts the tables and SELECTs of a query.
func partsOf(q *ast.Query) int {
	n := 0
	ast.Walk(q, func(node ast.Node) bool {
		switch node.(type) {
		case *ast.Table, *ast.Select:
			n++
		}
		return true
	})
	return n
}

// extent is what a node comes to where nothing is shared: how many nodes, and how large the expression behind each
// of its columns is. Both are bounded by twice their limits.
type extent struct {
	nodes int
	exprs []int
}

// extentOf returns the extent of a node; that of each node is found once.
func (b *binder) extentOf(n *Node) *extent {
	if e, ok := b.extents[n]; ok {
		return e
	}
	e := &extent{nodes: 1, exprs: make([]int, len(n.Fields))}
	var in []int // behind the columns of all inputs
	for _, input := range n.Inputs {
		below := b.extentOf(input)
		e.nodes = min(e.nodes+below.nodes, 2*maxPlan)
		in = append(in, below.exprs...)
	}
	for i := range e.exprs {
		e.exprs[i] = 1
		switch {
		case n.Kind == Map && n.Map.Exprs != nil:
			e.exprs[i] = expanded(n.Map.Exprs[i], in)
		case n.Kind == Join && n.Join.Output[i] < len(in):
			e.exprs[i] = in[n.Join.Output[i]]
		case (n.Kind == Map || n.Kind == Distinct || n.Kind == Positive || n.Kind == Top || n.Kind == Union) && i < len(in):
			e.exprs[i] = in[i]
		}
	}
	b.extents[n] = e
	return e
}

// expanded returns the size of an expression over columns that stand for expressions.
func expanded(e expr.Expr, in []int) int {
	size := 0
	expr.Walk(e, func(e expr.Expr) bool {
		if e.Op == expr.ColumnOp && e.Column < len(in) {
			size += in[e.Column]
		} else {
			size++
		}
		size = min(size, 2*maxExpr)
		return true
	})
	return size
}

// fewParts refuses a statement that would take too long to bind.
func (b *binder) fewParts(s *statement) error {
	if partsOf(s.query) <= maxParts {
		return nil
	}
	return b.fail(s.name, codeSize, "divide it: another statement may read its INTO, and long lists belong into a table",
		"%q has more than %d tables and SELECTs", s.name.Text, maxParts)
}

// bounded refuses a statement that would take too long to plan.
func (b *binder) bounded(s *statement) error {
	const hint = "divide it: another statement may read its INTO, and long lists belong into a table"
	e := b.extentOf(s.node)
	if e.nodes > maxPlan {
		return b.fail(s.name, codeSize, hint, "%q reads its parts more than %d times in all", s.name.Text, maxPlan)
	}
	for i, size := range e.exprs {
		if size > maxExpr {
			return b.fail(s.name, codeSize, hint, "column %q of %q is computed of more than %d parts", s.node.Fields[i].Name, s.name.Text, maxExpr)
		}
	}
	return nil
}

// together joins the conditions that read the same columns, which therefore go the same way, by AND.
func together(conditions []expr.Expr) []expr.Expr {
	type way struct {
		columns string
		current bool
	}
	at := map[way]int{}
	var groups [][]expr.Expr
	for _, c := range conditions {
		var columns []byte
		for _, col := range expr.Columns(c) {
			columns = append(columns, byte(col), byte(col>>8), byte(col>>16), byte(col>>24))
		}
		w := way{string(columns), current(c)}
		i, ok := at[w]
		if !ok {
			i = len(groups)
			at[w] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], c)
	}
	out := make([]expr.Expr, len(groups))
	for i, g := range groups {
		out[i] = expr.All(g)
	}
	return out
}

// relations counts the tables that are joined below n in one group, up to most.
func (r *reorderer) relations(n *Node, top bool, most int) int {
	private := top || r.readers[n] <= 1
	switch {
	case private && n.Kind == Join && n.Join.Kind == Inner:
		right := r.relations(n.Inputs[1], false, most)
		if right >= most {
			return right
		}
		return right + r.relations(n.Inputs[0], false, most-right)
	case private && n.Kind == Map:
		return r.relations(n.Inputs[0], false, most)
	}
	return 1
}

// untied reports whether a join of the group below n needs a condition that stands above it.
func (r *reorderer) untied(n *Node, top bool) bool {
	private := top || r.readers[n] <= 1
	switch {
	case private && n.Kind == Join && n.Join.Kind == Inner:
		return !n.Join.Cross && len(n.Join.Left) == 0 || r.untied(n.Inputs[0], false) || r.untied(n.Inputs[1], false)
	case private && n.Kind == Map:
		return r.untied(n.Inputs[0], false)
	}
	return false
}
