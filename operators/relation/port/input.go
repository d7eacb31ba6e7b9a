package port

import (
	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/arrange"
)

// Input gathers the rows of one port and, when the port is done, seals them into a run.
type Input struct {
	// Builder takes the rows.
	Builder *arrange.Builder
	// Done says that the port is.
	Done bool
	// Run is nil until it is sealed.
	Run *arrange.Run
}

// NewInput returns an input whose runs fit arrangements of spec.
func NewInput(spec arrange.Spec) Input { return Input{Builder: arrange.NewBuilder(spec)} }

// Seal works on the run. It reports whether the run is there and, if not, whether there is more to
// do for it now.
func (i *Input) Seal(budget operators.Budget) (ready, more bool) {
	if i.Run != nil {
		return true, false
	}
	if !i.Done {
		return false, false
	}
	run, sealed := i.Builder.Seal(budget.Rows)
	if sealed {
		i.Run = run
	}
	return sealed, !sealed
}

// Reset ends the epoch.
func (i *Input) Reset() {
	i.Run.Release()
	i.Run, i.Done = nil, false
}

// Release frees all memory.
func (i *Input) Release() {
	i.Builder.Release()
	if i.Run != nil {
		i.Run.Release()
	}
}
