package relation

import (
	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Values gives a fixed list of rows for each row that comes.
//
//	values(a)[x] = rows[x] * (the sum of a's weights)
//
// It is linear and keeps nothing. Its input is one row that is there from the first epoch on.
type Values struct {
	rows    *batch.Batch
	weights []batch.Weight
	waiting port.Waiting
}

// NewValues returns a Values of rows, which it shares.
func NewValues(rows *batch.Batch) *Values { return &Values{rows: rows} }

// Apply emits the list with the weight of the rows that came.
func (v *Values) Apply(_ int, b *batch.Batch, out operators.Emit) error {
	total := batch.Weight(0)
	for i := range b.Rows {
		total += b.Weight(i)
	}
	if total == 0 || v.rows.Rows == 0 {
		return nil
	}
	v.weights = v.weights[:0]
	for i := range v.rows.Rows {
		v.weights = append(v.weights, total*v.rows.Weight(i))
	}
	return out(&batch.Batch{Cols: v.rows.Cols, Rows: v.rows.Rows, Weights: v.weights})
}

// Push keeps rows for the next Step.
func (v *Values) Push(port int, b *batch.Batch) error {
	v.waiting.Push(port, b)
	return nil
}

// Done has nothing to note.
func (v *Values) Done(int) {}

// Step answers to what was pushed.
func (v *Values) Step(_ operators.Budget, out operators.Emit) (bool, error) {
	return false, v.waiting.Step(v, out)
}
