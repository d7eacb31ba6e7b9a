package bind

import (
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// windowed binds TUMBLE(table, time, size), HOP(table, time, hop, size) and CUMULATE(table, time, step, size): the rows
// of the table, once for each window that their time lies in, with the columns window_start and window_end.
func (b *binder) windowed(f *ast.TableFunc, with *ctes) (*plan.Node, error) {
	name := f.Func()
	a, err := b.timeArgs(f, with)
	if err != nil {
		return nil, err
	}
	spec, err := b.windowSpec(name, a.spans)
	if err != nil {
		return nil, err
	}
	if spec.Time, err = b.timeColumn(f, a.in, a.time); err != nil {
		return nil, err
	}
	return b.labelled(spec.Node(a.in), f)
}

// windowSpec reads the lengths of a window function.
func (b *binder) windowSpec(name string, args []*ast.TableArg) (*plan.WindowSpec, error) {
	spans := make([]int64, len(args))
	for i := range args {
		var err error
		if spans[i], err = b.span(args[i]); err != nil {
			return nil, err
		}
	}
	last := args[len(args)-1]
	spec := &plan.WindowSpec{Hop: spans[0], Size: spans[len(spans)-1], Cumulate: name == "CUMULATE"}
	step := map[bool]string{true: "step", false: "hop"}[spec.Cumulate]
	switch {
	case spec.Hop > spec.Size:
		return nil, b.fail(last, plan.CodeSpan, "the "+step+" comes first", "the size of a %s is less than its %s", name, step)
	case spec.Cumulate && spec.Size%spec.Hop != 0:
		return nil, b.fail(last, plan.CodeSpan, "take one that is", "the size of a %s is no multiple of its %s", name, step)
	case spec.Windows() > maxWindows:
		return nil, b.fail(args[0], plan.CodeSpan, "take a longer one", "a row would be in %d windows, and %d is the most", spec.Windows(), maxWindows)
	}
	return spec, nil
}

// maxWindows is in how many windows a row may be.
const maxWindows = 10_000
