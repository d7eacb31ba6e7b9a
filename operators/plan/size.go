package plan

import (
	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// How large a statement may get, so that planning ends soon.
const (
	MaxParts     = 1_000   // tables and SELECTs of a statement
	MaxSelects   = 50_000  // SELECTs bound, those of subqueries that read queries around them as often as it takes
	MaxPlan      = 20_000  // nodes of a plan, those that are read twice counted twice
	MaxExpr      = 200_000 // parts of an expression over the columns of tables
	MaxRelations = 64      // tables that are ordered together
	MaxProblems  = 200     // of a script
)

// PartsOf counts the tables and SELECTs of a query.
func PartsOf(q *ast.Query) int {
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

// Extent is what a node comes to where nothing is shared: how many nodes, and how large the expression behind each
// of its columns is. Both are bounded by twice their limits.
type Extent struct {
	Nodes int
	Exprs []int
}

// Expanded returns the size of an expression over columns that stand for expressions.
func Expanded(e expr.Expr, in []int) int {
	size := 0
	expr.Walk(e, func(e expr.Expr) bool {
		if e.Op == expr.ColumnOp && e.Column < len(in) {
			size += in[e.Column]
		} else {
			size++
		}
		size = min(size, 2*MaxExpr)
		return true
	})
	return size
}

// Together joins the conditions that read the same columns, which therefore go the same way, by AND.
func Together(conditions []expr.Expr) []expr.Expr {
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
		w := way{string(columns), Current(c)}
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
