package timed

import (
	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// sealRows and sealBytes are how much a timeline gathers before it makes a run of it: so little that this is
// done at once.
const (
	sealRows  = 16 << 10
	sealBytes = 1 << 20
)

// timeline is rows in the order of a time, their first column, that are taken from the front.
type timeline struct {
	builder *arrange.Builder
	rows    *arrange.Arrangement
}

// newTimeline returns an empty timeline of rows with columns of the given types. Owner are the columns by which rows
// are placed, counted from column number from on.
func newTimeline(types []batch.Type, owner []int, from int) *timeline {
	spec := arrange.Spec{Types: types, Key: 1, Ordered: true, Owner: []int{}, SegmentBytes: port.SegmentBytes}
	for _, c := range owner {
		spec.Owner = append(spec.Owner, from+c)
	}
	return &timeline{builder: arrange.NewBuilder(spec), rows: arrange.New(spec)}
}

// add keeps the rows sel of b.
func (t *timeline) add(b *batch.Batch, sel []int32) {
	if len(sel) == 0 {
		return
	}
	t.builder.AppendSelected(b, nil, sel)
	t.sealFull()
}

func (t *timeline) addAll(b *batch.Batch) {
	t.builder.Append(b, nil)
	t.sealFull()
}

func (t *timeline) sealFull() {
	if t.builder.Rows() >= sealRows || t.builder.Bytes() >= sealBytes {
		t.seal()
	}
}

func (t *timeline) seal() {
	if t.builder.Rows() == 0 {
		return
	}
	run, done := t.builder.Seal(sealRows)
	for !done {
		run, done = t.builder.Seal(sealRows)
	}
	t.rows.Add(run)
}

// take takes about so many rows away whose time has come, and reports whether there are more.
func (t *timeline) take(now int64, rows int, yield func(seg *arrange.Segment, lo, hi int32)) (more bool) {
	t.seal()
	if now == operators.Never {
		now--
	}
	return t.rows.Take(now+1, rows, yield)
}

// first returns the first time, or operators.Never.
func (t *timeline) first() int64 {
	if at, ok := t.rows.First(); ok {
		return at
	}
	return operators.Never
}

func (t *timeline) release() {
	t.builder.Release()
	t.rows.Release()
}
