package relation

import (
	"math"
	"slices"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/fault"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// WindowOptions says what a Window does. Times are in microseconds.
type WindowOptions struct {
	// Time is the column, a timestamp, that says when a row was.
	Time int
	// Hop is the distance from one window to the next, and Size how long each is.
	Hop, Size int64
	// Cumulate makes windows that all begin where one of Size does and end a Hop apart, up to Size, a multiple of Hop.
	Cumulate bool
	// Dead takes rows without a time. Nil drops them.
	Dead Dead
}

// Window puts each row into all windows that its time lies in, and adds two columns for the window's start and end.
//
//	window(a)[x, s, s + size] = a[x]          for each s = n * hop with s <= time(x) < s + size
//	cumulate(a)[x, s, s + n * hop] = a[x]     for s = m * size <= time(x) and each n with time(x) < s + n * hop <= s + size
//
// With hop = size each row is in one window. It is linear and keeps nothing.
type Window struct {
	o          WindowOptions
	start, end *batch.Vector
	rest       []int64 // how long after the begin of a hop, or of a size, the time is
	sel        []int32
	timed      port.Output
	inside     port.Output
	waiting    port.Waiting
}

// NewWindow returns a window.
func NewWindow(o WindowOptions) *Window {
	if o.Dead == nil {
		o.Dead = port.Drop
	}
	return &Window{o: o, start: batch.NewVector(batch.T(batch.Timestamp)), end: batch.NewVector(batch.T(batch.Timestamp))}
}

// Apply emits a batch for the first window of each row, then one for the second, and so on.
func (w *Window) Apply(_ int, b *batch.Batch, out operators.Emit) error {
	b = w.withTime(b)
	if b.Rows == 0 {
		return nil
	}
	w.rest = w.rest[:0]
	period := w.o.Hop
	if w.o.Cumulate {
		period = w.o.Size
	}
	for _, at := range batch.Values[int64](&b.Cols[w.o.Time])[:b.Rows] {
		rest := at % period
		if rest < 0 {
			rest += period
		}
		w.rest = append(w.rest, rest)
	}
	for before := int64(0); before < w.o.Size; before += w.o.Hop {
		if rows := w.windowsAt(b, before); rows.Rows > 0 {
			if err := out(rows); err != nil {
				return err
			}
		}
	}
	return nil
}

// windowsAt returns the rows that have a window which begins so long before the last one that they have, or, of those
// that cumulate, that ends with the hop so long after the begin.
func (w *Window) windowsAt(b *batch.Batch, before int64) *batch.Batch {
	w.start.Reset()
	w.end.Reset()
	w.sel = w.sel[:0]
	for row, at := range batch.Values[int64](&b.Cols[w.o.Time])[:b.Rows] {
		start := at - w.rest[row]
		end := start + before + w.o.Hop
		if !w.o.Cumulate {
			start -= before
			end = start + w.o.Size
		}
		if end > at {
			w.sel = append(w.sel, int32(row))
			batch.Append(w.start, start)
			batch.Append(w.end, end)
		}
	}
	rows := b
	if len(w.sel) < b.Rows {
		rows = w.inside.Take(b, w.sel)
	}
	cols := append(slices.Clone(rows.Cols), w.start.Peek(), w.end.Peek())
	return &batch.Batch{Cols: cols, Rows: rows.Rows, Weights: rows.Weights}
}

// inRange reports whether all windows of a time have a start and an end.
func (w *Window) inRange(at int64) bool {
	return at >= math.MinInt64+w.o.Size+w.o.Hop && at <= math.MaxInt64-w.o.Size-w.o.Hop
}

// withTime returns the rows of b that have a time and hands the others over (I5).
func (w *Window) withTime(b *batch.Batch) *batch.Batch {
	col := &b.Cols[w.o.Time]
	times := batch.Values[int64](col)
	w.sel = w.sel[:0]
	for row := range b.Rows {
		switch {
		case col.Null(row):
			w.o.Dead(b, row, b.Weight(row), fault.Reason(fault.Time, "the time of a window is NULL"))
		case !w.inRange(times[row]):
			w.o.Dead(b, row, b.Weight(row), fault.Reason(fault.Time, "the time of a window is out of range"))
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
