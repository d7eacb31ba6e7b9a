package rule

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
)

// maxRows bounds estimates, so that they can be written as integers.
const maxRows = 1e18

// cheapest returns the pair of trees to join where no equality connects any two: the one with the fewest pairs of
// rows, of those for which that is meant, by CROSS JOIN or by another condition on the pair, or does no harm, because
// a side has one row at most.
func (r *reorderer) cheapest(g *joinGroup, trees []*tree, conditions []expr.Expr) (bi, bj int) {
	compared := func(a, b *tree) bool {
		return slices.ContainsFunc(conditions, func(c expr.Expr) bool {
			m := g.members(c)
			return m&a.members != 0 && m&b.members != 0
		})
	}
	bi, bj = 0, 1
	rows, meant := 0.0, false
	for i := range trees {
		for j := i + 1; j < len(trees); j++ {
			allowed := g.crosses > 0 || compared(trees[i], trees[j]) || r.single(trees[i]) || r.single(trees[j])
			if n := trees[i].rows * trees[j].rows; allowed && (!meant || n < rows) {
				bi, bj, rows, meant = i, j, n, true
			}
		}
	}
	if !meant && !r.crossed {
		r.crossed, r.cross = true, trees[bj].at
	}
	return bi, bj
}

func (r *reorderer) single(t *tree) bool { return r.keys.Of(t.node).Proves(nil) }
