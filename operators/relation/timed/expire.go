// Package timed holds the operators that look at the time: the pipeline's clock, or the order in which rows were.
package timed

import (
	"math"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/fault"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Bound says from when on, or until when, a row is there. The time is that of a column, Offset later, and then the next
// multiple of Unit: at or after it, or, with After, behind it. It is cut to what a timestamp can hold.
type Bound struct {
	// Column is a timestamp.
	Column int
	// Offset and Unit are in microseconds; Unit is at least 1.
	Offset, Unit int64
	// After takes the next multiple even of a time that is one.
	After bool
	// Until says that the row is there before the bound; else it is there from the bound on.
	Until bool
	// Required makes a dead letter of a row without a time. Else such a row is never there.
	Required bool
}

// ExpireOptions says what an Expire does.
type ExpireOptions struct {
	// Types are those of the input's columns.
	Types []batch.Type
	// Bounds all have to hold.
	Bounds []Bound
	// Output are the input's columns that come out.
	Output []int
	// Owner are the columns of the output by which rows are placed; nil: all on one worker.
	Owner []int
	// Dead takes rows without a time that is required. Nil drops them.
	Dead port.Dead
	// Late is told how many rows came when their time was over already. Nil: nobody asks.
	Late func(rows int64)
}

// Expire lets rows through while they are current.
//
//	expire(a, clock)[x] = a[x]   if from(x) <= clock < until(x), else 0
//
// For one clock it is linear and answers as rows come. It keeps, arranged by the time of their next change, only rows
// that will appear or disappear: those that do when the clock moves are taken from the front, and rows that have passed
// are neither kept nor heeded.
type Expire struct {
	o        ExpireOptions
	now      int64
	coming   *timeline // rows that are not there yet, by from; then until and the output's columns
	current  *timeline // rows that are there, by until; then the output's columns
	limits   [2][]int64
	sel      [3][]int32
	cols     []batch.Column
	vecs     [2]*batch.Vector
	passed   port.Output
	appeared port.Output // rows from coming: until, then the output's columns
	changed  port.Output
	done     bool
}

// NewExpire returns an expire.
func NewExpire(o ExpireOptions) *Expire {
	if o.Dead == nil {
		o.Dead = port.Drop
	}
	stamp, out := batch.T(batch.Timestamp), port.Project(o.Types, o.Output)
	one := append([]batch.Type{stamp}, out...)
	return &Expire{
		o: o, now: math.MinInt64, coming: newTimeline(append([]batch.Type{stamp}, one...), o.Owner, 2), current: newTimeline(one, o.Owner, 1),
		vecs: [2]*batch.Vector{batch.NewVector(stamp), batch.NewVector(stamp)}, appeared: port.NewOutput(one), changed: port.NewOutput(out),
	}
}

// SetClock sets the time.
func (x *Expire) SetClock(at int64) { x.now = max(x.now, at) }

// Due returns when the next row appears or disappears.
func (x *Expire) Due() int64 { return min(x.coming.first(), x.current.first()) }

// Apply emits the rows that are there now and keeps those that will change.
func (x *Expire) Apply(_ int, b *batch.Batch, out operators.Emit) error {
	x.bounds(b)
	x.sort(b)
	x.cols = append(x.cols[:0], batch.Column{}, batch.Column{})
	for i := range x.vecs {
		x.vecs[i].Reset()
		copy(batch.Extend[int64](x.vecs[i], b.Rows), x.limits[i])
		x.cols[i] = x.vecs[i].Peek()
	}
	for _, c := range x.o.Output {
		x.cols = append(x.cols, b.Cols[c])
	}
	x.coming.add(&batch.Batch{Cols: x.cols, Rows: b.Rows, Weights: b.Weights}, x.sel[isComing])
	x.current.add(&batch.Batch{Cols: x.cols[1:], Rows: b.Rows, Weights: b.Weights}, x.sel[isEnding])
	rows := &batch.Batch{Cols: x.cols[2:], Rows: b.Rows, Weights: b.Weights}
	switch len(x.sel[isCurrent]) {
	case 0:
		return nil
	case b.Rows:
		return out(rows)
	}
	return out(x.passed.Take(rows, x.sel[isCurrent]))
}

// What a row of the input can be.
const (
	isComing  = iota // not there yet
	isCurrent        // there
	isEnding         // there, but not for ever
)

// bounds computes from and until of each row; one without a time is never there.
func (x *Expire) bounds(b *batch.Batch) {
	for i, start := range []int64{math.MinInt64, operators.Never} {
		x.limits[i] = x.limits[i][:0]
		for range b.Rows {
			x.limits[i] = append(x.limits[i], start)
		}
	}
	from, until := x.limits[0], x.limits[1]
	for i := range x.o.Bounds {
		bound := &x.o.Bounds[i]
		col := &b.Cols[bound.Column]
		times := batch.Values[int64](col)
		for row := range b.Rows {
			switch {
			case col.Null(row):
				until[row] = math.MinInt64
			case bound.Until:
				until[row] = min(until[row], bound.at(times[row]))
			default:
				from[row] = max(from[row], bound.at(times[row]))
			}
		}
		if !bound.Required || col.Valid == nil {
			continue
		}
		for row := range b.Rows {
			if col.Null(row) {
				x.o.Dead(b, row, b.Weight(row), fault.Reason(fault.Time, "the time of a TTL is NULL"))
			}
		}
	}
}

// at returns the time of the bound for a value of its column.
func (b *Bound) at(v int64) int64 {
	v = plus(v, b.Offset)
	rest := v % b.Unit
	if rest < 0 {
		rest += b.Unit
	}
	if rest == 0 && !b.After {
		return v
	}
	return plus(v, b.Unit-rest)
}

// plus adds, cut to the range of the type.
func plus(a, b int64) int64 {
	sum := a + b
	switch {
	case b > 0 && sum < a:
		return math.MaxInt64
	case b < 0 && sum > a:
		return math.MinInt64
	}
	return sum
}

// sort puts the rows where they belong. A row of which until lies before from is never there.
func (x *Expire) sort(b *batch.Batch) {
	for i := range x.sel {
		x.sel[i] = x.sel[i][:0]
	}
	from, until := x.limits[0], x.limits[1]
	late := int64(0)
	for row := range int32(b.Rows) {
		switch f, u := from[row], until[row]; {
		case u <= x.now:
			if u > math.MinInt64 && b.Weight(int(row)) > 0 {
				late++
			}
		case u <= f || f == operators.Never:
		case f > x.now:
			x.sel[isComing] = append(x.sel[isComing], row)
		default:
			x.sel[isCurrent] = append(x.sel[isCurrent], row)
			if u < operators.Never {
				x.sel[isEnding] = append(x.sel[isEnding], row)
			}
		}
	}
	if late > 0 && x.o.Late != nil {
		x.o.Late(late)
	}
}

// Push is not called in a circuit.
func (x *Expire) Push(port int, b *batch.Batch) error {
	return x.Apply(port, b, func(rows *batch.Batch) error {
		for c, v := range x.changed.Cols {
			v.AppendColumn(&rows.Cols[c], 0, rows.Rows)
		}
		for i, room := 0, x.changed.Room(rows.Rows); i < rows.Rows; i++ {
			room[i] = rows.Weight(i)
		}
		return nil
	})
}

// Done ends the epoch's input.
func (x *Expire) Done(int) { x.done = true }

// Step moves rows over that have appeared, then takes back those that have disappeared.
func (x *Expire) Step(budget operators.Budget, out operators.Emit) (bool, error) {
	if !x.done {
		return false, x.changed.Flush(out)
	}
	more := x.coming.take(x.now, budget.Rows, x.appear)
	if x.appeared.N > 0 {
		x.current.addAll(x.appeared.Rows())
		x.appeared.Reset()
	}
	if !more {
		more = x.current.take(x.now, budget.Rows, x.disappear)
	}
	x.done = more
	return more, x.changed.Flush(out)
}

// appear emits rows that are there from now on, and keeps those that will disappear.
func (x *Expire) appear(seg *arrange.Segment, lo, hi int32) {
	cols := seg.Values()
	until := batch.Values[int64](&cols[0])
	for row := lo; row < hi; row++ {
		if until[row] <= x.now {
			continue
		}
		i, w := int(row), seg.RowWeight(row)
		for c, v := range x.changed.Cols {
			v.AppendColumn(&cols[c+1], i, i+1)
		}
		x.changed.Room(1)[0] = w
		if until[row] < operators.Never {
			for c, v := range x.appeared.Cols {
				v.AppendColumn(&cols[c], i, i+1)
			}
			x.appeared.Room(1)[0] = w
		}
	}
}

// disappear takes rows back.
func (x *Expire) disappear(seg *arrange.Segment, lo, hi int32) {
	for c, v := range x.changed.Cols {
		v.AppendColumn(&seg.Values()[c], int(lo), int(hi))
	}
	for i, room := 0, x.changed.Room(int(hi-lo)); i < len(room); i++ {
		room[i] = -seg.RowWeight(lo + int32(i))
	}
}

// Arrangements returns the rows that will appear, and those that will disappear.
func (x *Expire) Arrangements() []*arrange.Arrangement {
	return []*arrange.Arrangement{x.coming.rows, x.current.rows}
}

// Release frees all memory.
func (x *Expire) Release() {
	x.coming.release()
	x.current.release()
}
