package relation

import (
	"math"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// WindowOptions says what a Window does. Times are in microseconds.
type WindowOptions struct {
	// Time is the column, a timestamp, that says when a row was.
	Time int
	// Hop is the distance from one window to the next, and Size, a multiple of it, how long each is.
	Hop, Size int64
	// Dead takes rows without a time. Nil drops them.
	Dead Dead
}

// Window puts each row into all windows that its time lies in, and adds two columns for the window's start and end.
//
//	window(a)[x, s, s + size] = a[x]   for each s = n * hop with s <= time(x) < s + size
//
// With hop = size each row is in one window. It is linear and keeps nothing.
type Window struct {
	o          WindowOptions
	start, end *batch.Vector
	first      []int64
	sel        []int32
	timed      port.Output
	waiting    port.Waiting
}

// NewWindow returns a window.
func NewWindow(o WindowOptions) *Window {
	if o.Dead == nil {
		o.Dead = port.Drop
	}
	return &Window{o: o, start: batch.NewVector(batch.T(batch.Timestamp)), end: batch.NewVector(batch.T(batch.Timestamp))}
}

// Apply emits one batch for each window that a row is in.
func (w *Window) Apply(_ int, b *batch.Batch, out operators.Emit) error {
	b = w.withTime(b)
	if b.Rows == 0 {
		return nil
	}
	w.first = w.first[:0]
	for _, at := range batch.Values[int64](&b.Cols[w.o.Time])[:b.Rows] {
		w.first = append(w.first, w.firstStart(at))
	}
	cols := make([]batch.Column, len(b.Cols)+2)
	copy(cols, b.Cols)
	for before := int64(0); before < w.o.Size; before += w.o.Hop {
		w.start.Reset()
		w.end.Reset()
		for _, s := range w.first {
			batch.Append(w.start, s+before)
			batch.Append(w.end, s+before+w.o.Size)
		}
		cols[len(b.Cols)], cols[len(b.Cols)+1] = w.start.Peek(), w.end.Peek()
		if err := out(&batch.Batch{Cols: cols, Rows: b.Rows, Weights: b.Weights}); err != nil {
			return err
		}
	}
	return nil
}

// inRange reports whether all windows of a time have a start and an end.
func (w *Window) inRange(at int64) bool {
	return at >= math.MinInt64+w.o.Size+w.o.Hop && at <= math.MaxInt64-w.o.Size-w.o.Hop
}

// firstStart returns where the first window with a time begins.
func (w *Window) firstStart(at int64) int64 {
	rest := at % w.o.Hop
	if rest < 0 {
		rest += w.o.Hop
	}
	return at - rest - w.o.Size + w.o.Hop
}

// withTime returns the rows of b that have a time and hands the others over (I5).
func (w *Window) withTime(b *batch.Batch) *batch.Batch {
	col := &b.Cols[w.o.Time]
	times := batch.Values[int64](col)
	w.sel = w.sel[:0]
	for row := range b.Rows {
		switch {
		case col.Null(row):
			w.o.Dead(b, row, b.Weight(row), "the time of a window is NULL")
		case !w.inRange(times[row]):
			w.o.Dead(b, row, b.Weight(row), "the time of a window is out of range")
		default:
			w.sel = append(w.sel, int32(row))
		}
	}
	if len(w.sel) == b.Rows {
		return b
	}
	return w.timed.Take(b, w.sel)
}

// Push keeps rows for the next Step.
func (w *Window) Push(port int, b *batch.Batch) error {
	w.waiting.Push(port, b)
	return nil
}

// Done has nothing to note.
func (w *Window) Done(int) {}

// Step puts what was pushed into windows.
func (w *Window) Step(_ operators.Budget, out operators.Emit) (bool, error) {
	return false, w.waiting.Step(w, out)
}
