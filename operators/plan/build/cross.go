package build

import (
	"slices"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// shares is over how many shares the rows of a join without keys are dealt out: enough for all workers to have some,
// few enough to copy the smaller side to each.
const shares = 16

// shareType is that of the column that says which share a row is in.
var shareType = batch.T(batch.Int32)

// spread gives the sides of a join without keys a key: the rows of one side are dealt out to shares, those of the
// other are copied to each. Rows of which the output has to have those without a match are dealt out; a full join,
// which has such rows on both sides, is not spread.
func (w *builder) spread(n *plan.Node, left, right placed) (*plan.Node, placed, placed) {
	copies := 1
	if n.Join.Kind == plan.Right || n.Join.Kind == plan.Inner && plan.Estimate(n.Inputs[0]) < plan.Estimate(n.Inputs[1]) {
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
	out.Join, out.Inputs = &spec, make([]*plan.Node, 2)
	sides := [2]placed{left, right}
	for i, in := range n.Inputs {
		wide := *in
		wide.Fields = append(slices.Clone(in.Fields), plan.Field{Name: "share", Type: shareType})
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
