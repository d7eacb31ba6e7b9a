package relation

import (
	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// ArrangedOptions says what an Arranged keeps.
type ArrangedOptions struct {
	// Types are those of the rows, Key the columns to arrange them by. Columns are those that are kept behind the key.
	Types        []batch.Type
	Key, Columns []int
	// Readers is how many sides of joins read it.
	Readers int
}

// Arranged keeps a table arranged by a key for several sides of joins on the same worker.
//
//	arranged(a) = a where key(a) has no NULL
//
// It emits nothing: an epoch's delta is handed over as the run that it was sealed into, with the table before the epoch
// and after it, when its output is complete.
type Arranged struct {
	side
	readers int
	run     *arrange.Run    // of the epoch; nil once all readers are through with it
	prior   *arrange.Reader // the table before the epoch; nil with run
	sealed  int             // epochs that have been sealed
	left    int             // readers that are through with the last one
}

// NewArranged returns an arranged table.
func NewArranged(o ArrangedOptions) *Arranged {
	needed := append(append([]int{}, o.Key...), o.Columns...)
	return &Arranged{side: newSide(JoinSide{Types: o.Types, Key: o.Key}, needed, 0), readers: o.Readers}
}

// Push gathers rows. Those with a NULL in their key are not kept.
func (a *Arranged) Push(_ int, b *batch.Batch) error {
	a.gather(b)
	return nil
}

// Done ends the epoch's input.
func (a *Arranged) Done(int) { a.input.Done = true }

// Step seals the input.
func (a *Arranged) Step(budget operators.Budget, _ operators.Emit) (bool, error) {
	ready, more := a.input.Seal(budget)
	if !ready {
		return more, nil
	}
	a.forget() // a reader that has not asked in the last epoch does not either
	a.prior, a.run, a.left = a.state.Reader(), a.input.Run, 0
	a.input.Run, a.input.Done = nil, false
	a.state.Add(a.run.Retain())
	a.sealed++
	return false, nil
}

// leave says that a reader is through with the epoch.
func (a *Arranged) leave() {
	if a.left++; a.left == a.readers {
		a.forget()
	}
}

func (a *Arranged) forget() {
	if a.run != nil {
		a.prior.Close()
		a.run.Release()
	}
	a.prior, a.run = nil, nil
}

// Arrangements returns the table.
func (a *Arranged) Arrangements() []*arrange.Arrangement { return []*arrange.Arrangement{a.state} }

// Release frees all memory.
func (a *Arranged) Release() {
	a.forget()
	a.release()
}

// sharedSide returns a side that reads an Arranged. Its columns have numbers from first on.
func sharedSide(s JoinSide, first int) side {
	out := side{shared: s.Shared, key: s.Key, state: s.Shared.state, where: map[int]int{}}
	for c, at := range s.At {
		if at >= 0 {
			out.where[first+c] = at
		}
	}
	return out
}

// seal works on the side's run of the epoch, as Input.Seal does.
func (s *side) seal(budget operators.Budget) (ready, more bool) {
	if s.shared == nil {
		return s.input.Seal(budget)
	}
	if s.input.Done {
		s.input.Run = s.shared.run.Retain()
	}
	return s.input.Done, false
}

// before returns the table before the epoch.
func (s *side) before() *arrange.Reader {
	if s.shared != nil && s.shared.sealed > s.epochs {
		return s.shared.prior.Share()
	}
	return s.state.Reader() // it is not sealed
}

// after returns the table after the epoch, once its run is sealed.
func (s *side) after() *arrange.Reader {
	if s.shared == nil {
		s.state.Add(s.input.Run.Retain())
	}
	return s.state.Reader()
}

// reset ends the epoch.
func (s *side) reset() {
	s.input.Reset()
	if s.shared != nil {
		s.epochs++
		s.shared.leave()
	}
}

// release frees what the side has of its own.
func (s *side) release() {
	if s.shared == nil {
		s.input.Release()
		s.state.Release()
		return
	}
	if s.input.Run != nil {
		s.input.Run.Release()
	}
}
