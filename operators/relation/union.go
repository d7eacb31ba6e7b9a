package relation

import (
	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Union adds up its inputs, which have the same types.
//
//	union(a, b, ...) = a + b + ...
//
// It is linear and keeps nothing.
type Union struct {
	// Negate says for each port whether its rows are taken away: union(a, -b) = a - b. Nil: none.
	Negate []bool

	waiting port.Waiting
	weights []batch.Weight
}

// Apply passes rows on.
func (u *Union) Apply(port int, b *batch.Batch, out operators.Emit) error {
	if u.Negate == nil || !u.Negate[port] {
		return out(b)
	}
	u.weights = u.weights[:0]
	for i := range b.Rows {
		u.weights = append(u.weights, -b.Weight(i))
	}
	return out(&batch.Batch{Cols: b.Cols, Rows: b.Rows, Weights: u.weights})
}

// Push keeps rows for the next Step.
func (u *Union) Push(port int, b *batch.Batch) error {
	u.waiting.Push(port, b)
	return nil
}

// Done has nothing to note.
func (u *Union) Done(int) {}

// Step passes on what was pushed.
func (u *Union) Step(_ operators.Budget, out operators.Emit) (bool, error) {
	return false, u.waiting.Step(u, out)
}
