package relation

import (
	"context"
	"slices"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// MapOptions says what a Map does. The zero value passes rows on as they are.
type MapOptions struct {
	// Where is a condition over the input. Nil: every row passes.
	Where *expr.Filter
	// Exprs computes the output columns from those of Cols in the rows that pass. Nil: these are the output.
	Exprs *expr.Program
	// Cols are columns of the input and, behind them, of what Where keeps. Nil: all of the input.
	Cols []int
	// Context goes to functions that come from elsewhere. Nil: one that never ends.
	Context context.Context //nolint:containedctx // operators have no context of their own
	// Dead takes rows that could not be computed. Nil drops them.
	Dead Dead
}

// Map selects rows and computes columns from each.
//
//	map(a)[f(x)] += a[x]   for each x with p(x)
//
// It is linear and keeps nothing. A row whose predicate or columns cannot be computed becomes a dead
// letter with its weight, so its retraction takes the dead letter back (I5).
type Map struct {
	MapOptions
	sel      []int32
	errs     batch.RowErrors
	passed   port.Output
	computed port.Output
	waiting  port.Waiting
}

// NewMap returns a map.
func NewMap(o MapOptions) *Map {
	if o.Context == nil {
		o.Context = context.Background()
	}
	if o.Dead == nil {
		o.Dead = port.Drop
	}
	return &Map{MapOptions: o}
}

// Apply computes one batch.
func (m *Map) Apply(_ int, b *batch.Batch, out operators.Emit) error {
	in, rows := b, []int32(nil) // rows of the input that pass; nil: all
	if m.Where != nil {
		m.errs.Reset()
		sel, err := m.Where.Select(m.Context, b, m.sel[:0], &m.errs)
		if err != nil {
			return err
		}
		m.sel = sel
		m.bury(b, nil)
		if len(sel) == 0 {
			return nil
		}
		if m.Cols != nil {
			b = m.Where.Kept(b)
		}
		if len(sel) < b.Rows {
			rows = sel
		}
	}
	if m.Cols != nil {
		b = b.Project(m.Cols)
	}
	if rows != nil {
		b = m.passed.Take(b, rows)
	}
	if m.Exprs == nil {
		return out(b)
	}
	m.errs.Reset()
	cols, err := m.Exprs.Eval(m.Context, b, &m.errs)
	if err != nil {
		return err
	}
	computed := &batch.Batch{Cols: cols, Rows: b.Rows, Weights: b.Weights}
	if m.errs.Len() > 0 {
		m.bury(in, rows)
		computed = m.computed.Take(computed, m.good(b.Rows))
	}
	if computed.Rows == 0 {
		return nil
	}
	return out(computed)
}

// bury hands the bad rows over, in their order. Their numbers are places in rows, or, where that is nil, rows of b.
func (m *Map) bury(b *batch.Batch, rows []int32) {
	for i, row := range m.errs.Rows {
		if rows != nil {
			row = rows[row]
		}
		m.Dead(b, int(row), b.Weight(int(row)), m.errs.Reasons[i])
	}
}

// good returns the rows that are not bad.
func (m *Map) good(rows int) []int32 {
	bad := slices.Clone(m.errs.Rows)
	slices.Sort(bad)
	m.sel = m.sel[:0]
	for i := range int32(rows) {
		if len(bad) > 0 && bad[0] == i {
			bad = bad[1:]
			continue
		}
		m.sel = append(m.sel, i)
	}
	return m.sel
}

// Push keeps rows for the next Step.
func (m *Map) Push(port int, b *batch.Batch) error {
	m.waiting.Push(port, b)
	return nil
}

// Done has nothing to note.
func (m *Map) Done(int) {}

// Step computes what was pushed.
func (m *Map) Step(_ operators.Budget, out operators.Emit) (bool, error) {
	return false, m.waiting.Step(m, out)
}
