package expr

import (
	"context"
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr/fn"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Filter finds the rows of a batch for which a condition is true, and keeps what it has computed on the way and
// those rows need again.
type Filter struct {
	program *Program
	kept    []*fn.Node
	exprs   []Expr // what the kept nodes compute
}

// CompileFilter makes a filter of a condition, and returns the given expressions, over the rows that pass and have width
// columns, with what the filter keeps in place of their equal parts: kept value k is column width+k.
//
// A part is kept if no row that passes can be bad in it: it cannot fail, or a row in which it failed would not have
// passed. A call of a function from elsewhere is kept if it was made for all rows that pass.
func CompileFilter(condition Expr, exprs []Expr, width int, r Resolver) (*Filter, []Expr, error) {
	p, err := Compile([]Expr{condition}, r)
	if err != nil {
		return nil, nil, err
	}
	f := &Filter{program: p}
	known := f.known()
	places := map[*fn.Node]int{}
	out := make([]Expr, len(exprs))
	for i, e := range exprs {
		out[i] = substitute(e, func(e Expr) (Expr, bool) {
			n := known[textOf(e)]
			if n == nil {
				return e, false
			}
			k, ok := places[n]
			if !ok {
				k = len(f.kept)
				places[n] = k
				f.kept, f.exprs = append(f.kept, n), append(f.exprs, e)
			}
			return Column(width+k, e.Type, e.Nullable).At(e.Pos), true
		})
	}
	return f, out, nil
}

// substitute returns e with its largest parts replaced for which by has a replacement.
func substitute(e Expr, by func(Expr) (Expr, bool)) Expr {
	if e.Op == ColumnOp || e.Op == LiteralOp {
		return e
	}
	if other, ok := by(e); ok {
		return other
	}
	args := make([]Expr, len(e.Args))
	for i, a := range e.Args {
		args[i] = substitute(a, by)
	}
	e.Args = args
	return e
}

// known returns the nodes that can be kept, by what they compute.
func (f *Filter) known() map[string]*fn.Node {
	sure := map[*fn.Node]bool{}
	f.needed(f.program.out[0], true, sure)
	known := map[string]*fn.Node{}
	for _, n := range f.program.nodes {
		if e := f.program.exprs[n]; e.Op != ColumnOp && e.Op != LiteralOp && (sure[n] || !Fallible(e)) {
			known[textOf(e)] = n
		}
	}
	return known
}

// needed notes the nodes that a row that passes has needed: where they are bad, it is. true says that the node was true.
func (f *Filter) needed(n *fn.Node, isTrue bool, sure map[*fn.Node]bool) {
	sure[n] = true
	args, e := n.Args, f.program.exprs[n]
	isTrue = isTrue && (e.IsCall("and") || e.IsCall("is true"))
	switch {
	case isTrue || len(args) == 0 || e.Op == ExternalOp:
	case e.IsCall("and") || e.IsCall("or") || e.IsCall("case") || e.IsCall("coalesce"):
		args = args[:1]
	case n.Lazy && !e.IsCall("in"):
		return // it may look at what it likes
	}
	for _, a := range args {
		f.needed(a, isTrue, sure)
	}
}

// textOf returns a text that only expressions have that compute the same.
func textOf(e Expr) string {
	var out strings.Builder
	writeText(&out, e)
	return out.String()
}

func writeText(out *strings.Builder, e Expr) {
	head := e
	head.Args = nil
	out.WriteString(keyOf(head, nil))
	for _, a := range e.Args {
		writeText(out, a)
	}
	out.WriteByte(')')
}

// Name gives the input's columns names for the reasons of bad rows, and returns names for the columns of the rows that pass.
func (f *Filter) Name(columns []string) []string {
	f.program.Name(columns)
	names := slices.Clip(columns)
	for _, e := range f.exprs {
		names = append(names, operand(e, columns))
	}
	return names
}

// Select appends to sel the rows of in for which the condition is true. Bad rows go into errs and are not selected.
func (f *Filter) Select(ctx context.Context, in *batch.Batch, sel []int32, errs *batch.RowErrors) ([]int32, error) {
	start := len(sel)
	sel, err := f.program.Select(ctx, in, sel, errs)
	for _, n := range f.kept {
		if err != nil || in.Rows == 0 || n.Bad == nil {
			continue
		}
		passed := sel[:start]
		for _, i := range sel[start:] { // none but texts that are longer than any may be
			if !n.IsBad(int(i)) {
				passed = append(passed, i)
				continue
			}
			errs.Add(int(i), f.program.reason(n, int(i)))
		}
		sel = passed
	}
	return sel, err
}

// Kept returns in with the columns of what the filter keeps behind its own, in its rows before the selection, of which those
// that do not pass are undefined. It is valid until the next Select, of which in was the input.
func (f *Filter) Kept(in *batch.Batch) *batch.Batch {
	if len(f.kept) == 0 {
		return in
	}
	out := &batch.Batch{Cols: make([]batch.Column, 0, len(in.Cols)+len(f.kept)), Rows: in.Rows, Weights: in.Weights}
	out.Cols = append(out.Cols, in.Cols...)
	for _, n := range f.kept {
		out.Cols = append(out.Cols, n.Col)
	}
	return out
}
