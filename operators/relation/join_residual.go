package relation

import (
	"slices"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// residual holds the pairs of an inner join until their condition is computed.
type residual struct {
	program *expr.Program
	cols    []int // of the pairs: what the program reads, then the output
	reads   int   // how many of cols the program reads
	rows    port.Output
	passed  port.Output
	sel     []int32
	errs    batch.RowErrors
}

func newResidual(o JoinOptions, all []batch.Type) residual {
	if o.Residual == nil {
		return residual{}
	}
	cols := slices.Concat(o.ResidualCols, o.Output)
	return residual{program: o.Residual, cols: cols, reads: len(o.ResidualCols), rows: port.NewOutput(port.Project(all, cols))}
}

// flush emits the pairs gathered whose condition is true. Those whose condition cannot be computed
// become dead letters with their weight (I5).
func (r *residual) flush(j *Join, out operators.Emit) error {
	if r.program == nil || r.rows.N == 0 {
		return nil
	}
	b := r.rows.Rows()
	read := &batch.Batch{Cols: b.Cols[:r.reads], Rows: b.Rows, Weights: b.Weights}
	r.errs.Reset()
	sel, err := r.program.Select(j.o.Context, read, r.sel[:0], &r.errs)
	if err != nil {
		return err
	}
	r.sel = sel
	for i, row := range r.errs.Rows {
		j.o.Dead(read, int(row), b.Weight(int(row)), r.errs.Reasons[i])
	}
	pairs := &batch.Batch{Cols: b.Cols[r.reads:], Rows: b.Rows, Weights: b.Weights}
	if len(sel) < b.Rows {
		pairs = r.passed.Take(pairs, sel)
	}
	if pairs.Rows > 0 {
		err = out(pairs)
	}
	r.rows.Reset()
	return err
}
