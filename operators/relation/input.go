package relation

import (
	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/arrange"
)

// input gathers the rows of one port and, when the port is done, seals them into a run.
type input struct {
	builder *arrange.Builder
	done    bool
	run     *arrange.Run // nil until it is sealed
}

func newInput(spec arrange.Spec) input { return input{builder: arrange.NewBuilder(spec)} }

// seal works on the run. It reports whether the run is there and, if not, whether there is more to
// do for it now.
func (i *input) seal(budget operators.Budget) (ready, more bool) {
	if i.run != nil {
		return true, false
	}
	if !i.done {
		return false, false
	}
	run, sealed := i.builder.Seal(budget.Rows)
	if sealed {
		i.run = run
	}
	return sealed, !sealed
}

// reset ends the epoch.
func (i *input) reset() {
	i.run.Release()
	i.run, i.done = nil, false
}

func (i *input) release() {
	i.builder.Release()
	if i.run != nil {
		i.run.Release()
	}
}
