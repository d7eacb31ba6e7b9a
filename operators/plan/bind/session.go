package bind

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// session binds SESSION(table, time, gap, keys), where the keys may stand behind PARTITION BY, too.
func (b *binder) session(f *ast.TableFunc, with *ctes) (*plan.Node, error) {
	a, err := b.timeArgs(f, with)
	if err != nil {
		return nil, err
	}
	gap, keys := a.spans[0], a.keys
	if len(gap.Columns) > 0 && len(keys) > 0 { // SESSION(TABLE t, DESCRIPTOR(time), DESCRIPTOR(key), gap)
		last := len(keys) - 1
		gap, keys = keys[last], append([]*ast.TableArg{gap}, keys[:last]...)
	}
	spec := &plan.SessionSpec{}
	if spec.Time, err = b.timeColumn(f, a.in, a.time); err != nil {
		return nil, err
	}
	if spec.Gap, err = b.span(gap); err != nil {
		return nil, err
	}
	for _, k := range keys {
		if err := b.sessionKeys(spec, a.in, k); err != nil {
			return nil, err
		}
	}
	for _, e := range f.Args[0].Partition {
		if err := b.sessionKeys(spec, a.in, &ast.TableArg{At: ast.At(e.Span()), Expr: e}); err != nil {
			return nil, err
		}
	}
	return b.labelled(placed(spec.Node(a.in), f), f)
}

// sessionKeys adds the columns of an argument.
func (b *binder) sessionKeys(spec *plan.SessionSpec, in *plan.Node, a *ast.TableArg) error {
	parts := []*ast.TableArg{a}
	if len(a.Columns) > 1 {
		parts = nil
		for _, c := range a.Columns {
			parts = append(parts, &ast.TableArg{At: c.At, Columns: []ast.Ident{c}})
		}
	}
	for _, part := range parts {
		c, err := b.argColumn(part, in)
		switch {
		case err != nil:
			return err
		case c < 0:
			return b.fail(part, plan.CodeTime, "compute it in a derived table", "a SESSION is divided by columns, and this is none")
		case c == spec.Time:
			return b.fail(part, plan.CodeTime, "name other columns, or none", "a SESSION cannot be divided by its time")
		case !slices.Contains(spec.Keys, c):
			spec.Keys = append(spec.Keys, c)
		}
	}
	return nil
}
