// Package over computes window functions: for each row of a partition something about the rows around it. It keeps them up
// to date, looking only at that part of a partition whose results a change can reach.
package over

import (
	"slices"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Options says what an Over does.
type Options struct {
	// Types are those of the input's columns.
	Types []batch.Type
	// Keys are the columns that divide the rows into partitions; none: all rows are one.
	Keys []int
	// Order says how the rows of a partition follow each other. Rows that it does not tell apart are peers, and follow
	// each other in canonical order.
	Order []relation.OrderKey
	// Calls are the results.
	Calls []Call
	// Output are the columns of the input that come out, before the results.
	Output []int
	// Dead takes rows, as the columns Output, for which a result does not fit its type. Nil drops them.
	Dead port.Dead
}

// Over adds to each row the results of window functions.
//
//	over(a)[x, f(x, the frame of x)] = 1   for each of the a[x] copies of a row x
//
// where the copies of all rows of a partition with a[x] > 0 stand one after another, and a frame is a range of them.
//
// It keeps all rows, arranged by the partition, then by their place. In an epoch it goes through the partitions that have
// changes, from the first row that a change can reach to the last one, before and after side by side, and emits the rows
// whose results differ.
type Over struct {
	o      Options
	input  port.Input
	ranks  relation.Ranks
	store  []int // columns of the input that the values behind the ranks are
	state  *arrange.Arrangement
	old    *arrange.Reader
	delta  *arrange.Reader
	scan   *arrange.Scan
	prober arrange.Prober
	spans  [][]span // of the partitions of a block
	block  int      // partitions of the block
	at     int      // the next of them
	walk   walk
}

// partitionBlock is how many partitions are looked up at a time.
const partitionBlock = 1 << 10

// New returns an over.
func New(o Options) *Over {
	if o.Dead == nil {
		o.Dead = port.Drop
	}
	v := &Over{o: o, ranks: relation.NewRanks(o.Order)}
	v.walk = newWalk(&v.o, v.value)
	types := append(port.Project(o.Types, o.Keys), relation.RankTypes()...)
	types = append(types, port.Project(o.Types, v.store)...)
	spec := arrange.Spec{Types: types, Key: len(o.Keys), SegmentBytes: port.SegmentBytes}
	v.input, v.state = port.NewInput(spec), arrange.New(spec)
	return v
}

// value returns which of the values a column of the input is.
func (v *Over) value(column int) int {
	i := slices.Index(v.store, column)
	if i < 0 {
		i = len(v.store)
		v.store = append(v.store, column)
	}
	return i + 2
}

// Push gathers rows with the bytes of their order.
func (v *Over) Push(_ int, b *batch.Batch) error {
	rank, rest := v.ranks.Of(b)
	cols := make([]batch.Column, 0, len(v.o.Keys)+2+len(v.store))
	for _, c := range v.o.Keys {
		cols = append(cols, b.Cols[c])
	}
	cols = append(cols, rank, rest)
	for _, c := range v.store {
		cols = append(cols, b.Cols[c])
	}
	v.input.Builder.Append(&batch.Batch{Cols: cols, Rows: b.Rows, Weights: b.Weights}, nil)
	return nil
}

// Done ends the epoch's input.
func (v *Over) Done(int) { v.input.Done = true }

// Step seals the input, then goes through the partitions that have rows in it.
func (v *Over) Step(budget operators.Budget, out operators.Emit) (bool, error) {
	if ready, more := v.input.Seal(budget); !ready {
		return more, nil
	}
	if v.scan == nil {
		v.old = v.state.Reader()
		v.delta = arrange.NewReader(v.state.Spec(), v.input.Run)
		v.scan = arrange.NewScan(v.input.Run)
		v.block, v.at = 0, 0
	}
	for rows := budget.Rows; rows > 0; {
		if v.walk.open {
			v.walk.step(&rows)
			if err := v.walk.emit(out, false); err != nil {
				return false, err
			}
			continue
		}
		if v.at < v.block {
			rows--
			v.walk.start(v.spans[v.at])
			v.at++
			continue
		}
		block, ok := v.scan.Next(max(1, min(partitionBlock, rows)))
		if !ok {
			return false, v.end(out)
		}
		rows -= block.Len()
		v.look(block)
	}
	return true, nil
}

// look finds the rows of a block's partitions: those of the epoch's changes first.
func (v *Over) look(b *arrange.Block) {
	v.spans = port.Grown(v.spans, b.Len())
	v.block, v.at = b.Len(), 0
	if b.Continued {
		v.at = 1 // it was looked at with the block before
	}
	for i := range v.spans {
		v.spans[i] = v.spans[i][:0]
	}
	for _, r := range []*arrange.Reader{v.delta, v.old} {
		v.prober.Start(r, b.Probed)
		for m, ok := v.prober.Next(); ok; m, ok = v.prober.Next() {
			for i, hit := range m.Hits {
				v.spans[hit] = append(v.spans[hit], newSpan(m.Segment, m.Groups[i], r == v.delta))
			}
		}
	}
}

// end adds the changes to the state and ends the epoch.
func (v *Over) end(out operators.Emit) error {
	err := v.walk.emit(out, true)
	v.walk.forget()
	v.old.Close()
	v.delta.Close()
	v.old, v.delta, v.scan = nil, nil, nil
	v.state.Add(v.input.Run.Retain())
	v.input.Reset()
	return err
}

// Arrangements returns all rows.
func (v *Over) Arrangements() []*arrange.Arrangement { return []*arrange.Arrangement{v.state} }

// Release frees all memory.
func (v *Over) Release() {
	v.walk.forget()
	v.old.Close()
	v.delta.Close()
	v.input.Release()
	v.state.Release()
}
