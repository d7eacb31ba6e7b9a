package rule

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// semiJoin is a semi or anti join of a join group: a filter on the rows of some of its relations that asks for rows
// of another node. It commutes with the inner joins.
type semiJoin struct {
	kind    plan.JoinKind
	right   *plan.Node
	on      []expr.Expr // over the group's columns and, from firstOuter on, those of right
	members uint64
	share   float64 // of the rows that it keeps
	clause  ast.Span
}

// movable reports whether n is a semi or anti join that may be done earlier or later.
func movable(n *plan.Node) bool {
	return n.Kind == plan.Join && (n.Join.Kind == plan.Semi || n.Join.Kind == plan.Anti) && len(n.Join.Left) > 0 && !n.Join.Nulls &&
		!slices.ContainsFunc(n.Join.Residual, expr.Fallible)
}

// collectSemi adds the relations on the left of a semi join to the group, and the semi join.
func (r *reorderer) collectSemi(n *plan.Node, g *joinGroup) []expr.Expr {
	left := r.collect(n.Inputs[0], g, false)
	s := semiJoin{kind: n.Join.Kind, clause: n.Clause, right: r.rewrite(n.Inputs[1])}
	both := slices.Clone(left)
	for i, f := range n.Inputs[1].Fields {
		both = append(both, expr.Column(plan.FirstOuter+i, f.Type, f.Nullable))
	}
	keys := 1.0
	for i, l := range n.Join.Left {
		eq, err := expr.Call("=", both[l], both[len(left)+n.Join.Right[i]])
		if err != nil {
			panic("plan: join keys of unlike types: " + err.Error())
		}
		s.on = append(s.on, eq)
		for _, c := range expr.Columns(both[l]) {
			keys = max(keys, g.relations[g.owner[c]].base)
		}
	}
	for _, c := range n.Join.Residual {
		s.on = append(s.on, substitute(c, both))
	}
	for _, e := range s.on {
		for _, c := range expr.Columns(e) {
			if c < plan.FirstOuter {
				s.members |= 1 << g.owner[c]
			}
		}
	}
	s.share = min(max(plan.Estimate(s.right)/keys, 0.05), 0.5)
	if s.kind == plan.Anti {
		s.share = 1 - s.share
	}
	g.semis = append(g.semis, s)
	out := make([]expr.Expr, len(n.Join.Output))
	for i, c := range n.Join.Output {
		out[i] = left[c]
	}
	return out
}

// earliest returns which semi join can be done on which tree with the smallest result, and that result; nil: none. One
// that keeps most rows waits for the joins.
func earliest(semis []semiJoin, trees []*tree) (at int, best *tree, i int) {
	for k, s := range semis {
		for j, t := range trees {
			if s.members&^t.members != 0 || s.share > 0.5 && len(trees) > 1 {
				continue
			}
			if filtered := s.filter(t); best == nil || filtered.cost() < best.cost() {
				at, best, i = k, filtered, j
			}
		}
	}
	return at, best, i
}

// filter does the semi join on a tree.
func (s *semiJoin) filter(t *tree) *tree {
	out := *t
	out.many = false
	on := make([]expr.Expr, len(s.on))
	for i, c := range s.on {
		on[i] = expr.Remap(c, func(c int) int {
			if c >= plan.FirstOuter {
				return c - plan.FirstOuter + len(t.columns)
			}
			return slices.Index(t.columns, c)
		})
	}
	out.rows = max(t.rows*s.share, 1)
	out.node = plan.Tie(s.kind, t.node, s.right, on)
	out.node.Rows, out.node.Clause = int64(min(out.rows, maxRows)), s.clause
	return &out
}
