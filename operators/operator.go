// Package operators holds the operator contract. An operator turns the changes of one epoch into
// the changes of its output; everything else about SQL lives in the folders below.
package operators

import (
	"math"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Operator turns the changes of one epoch into the changes of its output.
//
// One goroutine owns an Operator; none of its methods is called concurrently, none blocks, and none
// refuses input, so a circuit of operators cannot deadlock. Between epochs an operator keeps nothing
// but arrangements, which the circuit checkpoints.
//
// An epoch is: any number of Push and Step calls in any order, then Done once for each port (pushes
// to other ports may follow), then Step until it reports no more. After that the next epoch begins.
type Operator interface {
	// Push hands over changes that arrived at the given port. The batch is borrowed: the operator
	// copies what it needs later.
	Push(port int, b *batch.Batch) error

	// Done says that the port has all its input of this epoch.
	Done(port int)

	// Step does a bounded piece of work and emits what it has: as a rule at most about 200 us or
	// 1 MiB of output. It reports whether more is left to do for the input so far. When all ports
	// are done and it reports false, the epoch's output is complete.
	Step(budget Budget, out Emit) (more bool, err error)
}

// Emit passes output changes on. The batch is the callee's until Emit returns; the operator may
// then reuse its memory.
type Emit func(*batch.Batch) error

// Budget bounds the work of one Step.
type Budget struct {
	// Rows is about how many rows a Step may read or emit.
	Rows int
}

// DefaultBudget is what a circuit gives: about 200 us of work for simple rows.
var DefaultBudget = Budget{Rows: 16 << 10}

// Applier is what an operator offers that answers a batch at once: a circuit then calls Apply in
// place of Push, and rows pass through it without being copied. Step follows when all ports are
// done.
type Applier interface {
	// Apply emits the answer to the changes that arrived at the given port. Both batches are
	// borrowed.
	Apply(port int, b *batch.Batch, out Emit) error
}

// Timed is what an operator offers whose output depends on the clock as well as on its input.
type Timed interface {
	// SetClock says what time it is, in microseconds since 1970: of the rows that follow, and, when the last
	// port is done, of the epoch's output. It never decreases.
	SetClock(at int64)

	// Due returns, between epochs, when the output changes although no rows come, or Never.
	Due() int64
}

// Never is the time of what is not to happen.
const Never = math.MaxInt64
