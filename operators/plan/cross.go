package plan

import (
	"slices"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// shares is over how many shares the rows of a join without keys are dealt out: enough for all workers to have some,
// few enough to copy the smaller side to each.
const shares = 16

// shareType is that of the column that says which share a row is in.
var shareType = batch.T(batch.Int32)

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

func (r *reorderer) single(t *tree) bool { return r.keys.of(t.node).proves(nil) }

// spread gives the sides of a join without keys a key: the rows of one side are dealt out to shares, those of the
// other are copied to each. Rows of which the output has to have those without a match are dealt out; a full join,
// which has such rows on both sides, is not spread.
func (w *builder) spread(n *Node, left, right placed) (*Node, placed, placed) {
	copies := 1
	if n.Join.Kind == Right || n.Join.Kind == Inner && estimate(n.Inputs[0]) < estimate(n.Inputs[1]) {
		copies = 0
	}
	out, width := *n, len(n.Inputs[0].Fields)
	shift := func(c int) int {
		if c >= width {
			c++
		}
		return c
	}
	spec := *n.Join
	spec.Left, spec.Right, spec.Output, spec.Residual = []int{width}, []int{len(n.Inputs[1].Fields)}, nil, nil
	for _, c := range n.Join.Output {
		spec.Output = append(spec.Output, shift(c))
	}
	for _, c := range n.Join.Residual {
		spec.Residual = append(spec.Residual, expr.Remap(c, shift))
	}
	out.Join, out.Inputs = &spec, make([]*Node, 2)
	sides := [2]placed{left, right}
	for i, in := range n.Inputs {
		wide := *in
		wide.Fields = append(slices.Clone(in.Fields), Field{Name: "share", Type: shareType})
		out.Inputs[i] = &wide
		name := "deal"
		if i == copies {
			name = "copies"
		}
		sides[i] = placed{id: w.g.Add(circuit.Node{
			Name: name, Types: wide.Types(), Inputs: []circuit.Edge{{From: sides[i].id}},
			New: func(int) operators.Operator { return relation.NewSpread(shares, i == copies) },
		})}
	}
	return &out, sides[0], sides[1]
}
