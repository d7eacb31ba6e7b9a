package bind

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// typed returns a node without columns that have no type: those of NULLs of which nothing says what they are. They are
// texts. err is that of making the node.
func typed(n *plan.Node, err error) (*plan.Node, error) {
	if err != nil || n.Kind != plan.Map || n.Map.Exprs == nil || !slices.ContainsFunc(n.Fields, untyped) {
		return n, err
	}
	exprs, fields := slices.Clone(n.Map.Exprs), slices.Clone(n.Fields)
	for i := range fields {
		if !untyped(fields[i]) {
			continue
		}
		fields[i].Type = batch.T(batch.Utf8)
		if exprs[i], err = expr.Cast(exprs[i], fields[i].Type, false); err != nil {
			return nil, err
		}
	}
	out := *n
	out.Fields, out.Map = fields, &plan.MapSpec{Filter: n.Map.Filter, Exprs: exprs}
	return &out, nil
}

func untyped(f plan.Field) bool { return f.Type.Kind == batch.Invalid }
