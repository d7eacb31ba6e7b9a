package relation

import (
	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// TopNOptions says what a TopN does.
type TopNOptions struct {
	// Types are those of the input's columns.
	Types []batch.Type
	// Keys are the columns that divide the rows into groups, each with a top of its own; none: all rows are one.
	Keys []int
	// Order says which rows come first. Rows that it does not tell apart come in canonical order.
	Order []OrderKey
	// Limit is how many rows of a group there are in the output, after the first Offset.
	Limit, Offset int64
	// Ties says that the rows which the order does not tell apart from the last of them are in the output, too.
	Ties bool
	// Output are the columns of the output.
	Output []int
}

// TopN keeps the first rows of each group.
//
//	topn(a)[x] = how many of the a[x] equal rows x lie at the places offset to offset + limit of their group
//
// With Ties the end is behind the rows that are as good as the last one.
//
// It keeps all rows, arranged by the group, then by their place, which is bytes in the order asked for. In an epoch it
// compares the first rows of the groups that have changes with those before.
type TopN struct {
	o        TopNOptions
	input    port.Input
	ranks    Ranks
	state    *arrange.Arrangement
	old, new *arrange.Reader
	scan     *arrange.Scan
	prober   arrange.Prober
	spans    [2][][]arrange.Span // before and after, of the groups of a block
	tops     [2][]place
	out      port.Output
}

// place is a row that lies in the output, and how often.
type place struct {
	seg *arrange.Segment
	row int32
	w   batch.Weight
}

// NewTopN returns a top-N.
func NewTopN(o TopNOptions) *TopN {
	types := append(port.Project(o.Types, o.Keys), RankTypes()...)
	types = append(types, port.Project(o.Types, o.Output)...)
	spec := arrange.Spec{Types: types, Key: len(o.Keys), SegmentBytes: port.SegmentBytes}
	return &TopN{
		o: o, input: port.NewInput(spec), state: arrange.New(spec), out: port.NewOutput(port.Project(o.Types, o.Output)),
		ranks: NewRanks(o.Order),
	}
}

// Push gathers rows with the bytes of their order.
func (t *TopN) Push(_ int, b *batch.Batch) error {
	rank, rest := t.ranks.Of(b)
	cols := make([]batch.Column, 0, len(t.o.Keys)+2+len(t.o.Output))
	for _, c := range t.o.Keys {
		cols = append(cols, b.Cols[c])
	}
	cols = append(cols, rank, rest)
	for _, c := range t.o.Output {
		cols = append(cols, b.Cols[c])
	}
	t.input.Builder.Append(&batch.Batch{Cols: cols, Rows: b.Rows, Weights: b.Weights}, nil)
	return nil
}

// Done ends the epoch's input.
func (t *TopN) Done(int) { t.input.Done = true }

// Step seals the input, then goes through the groups that have rows in it.
func (t *TopN) Step(budget operators.Budget, out operators.Emit) (bool, error) {
	if ready, more := t.input.Seal(budget); !ready {
		return more, nil
	}
	if t.scan == nil {
		t.old = t.state.Reader()
		t.state.Add(t.input.Run.Retain())
		t.new = t.state.Reader()
		t.scan = arrange.NewScan(t.input.Run)
	}
	for rows := budget.Rows; rows > 0; {
		block, ok := t.scan.Next(max(1, min(keyBlock, rows)))
		if !ok {
			t.old.Close()
			t.new.Close()
			t.old, t.new, t.scan = nil, nil, nil
			t.input.Reset()
			return false, t.out.Flush(out)
		}
		t.block(block)
		if t.out.N >= port.OutRows {
			if err := t.out.Flush(out); err != nil {
				return false, err
			}
		}
		rows -= block.Len() + len(t.tops[0]) + len(t.tops[1])
	}
	return true, nil
}

// block compares the tops of a block's groups before and after.
func (t *TopN) block(b *arrange.Block) {
	for which, r := range []*arrange.Reader{t.old, t.new} {
		spans := port.Grown(t.spans[which], b.Len())
		for i := range spans {
			spans[i] = spans[i][:0]
		}
		t.prober.Start(r, b.Probed)
		for m, ok := t.prober.Next(); ok; m, ok = t.prober.Next() {
			for i, hit := range m.Hits {
				spans[hit] = append(spans[hit], m.Span(i))
			}
		}
		t.spans[which] = spans
	}
	for i := range b.Len() {
		if i == 0 && b.Continued {
			continue // it was compared with the block before
		}
		for which := range t.spans {
			t.tops[which] = t.top(t.spans[which][i], t.tops[which][:0])
		}
		t.compare()
	}
}

// top returns the rows that lie in the output. It uses the spans up.
func (t *TopN) top(spans []arrange.Span, into []place) []place {
	var last arrange.Span // the row at the end, if those that are as good are wanted
	for at, end := int64(0), t.o.Offset+t.o.Limit; at < end || last.Seg != nil; {
		head, sum, ok := arrange.Next(spans)
		if !ok {
			break
		}
		if sum <= 0 {
			continue
		}
		stop := end
		switch {
		case last.Seg != nil && !tied(last, head):
			return into
		case t.o.Ties && t.o.Limit > 0 && at+int64(sum) >= end:
			last, stop = head, at+int64(sum)
		}
		if w := min(at+int64(sum), stop) - max(at, t.o.Offset); w > 0 {
			into = append(into, place{head.Seg, head.Lo, batch.Weight(w)})
		}
		at += int64(sum)
	}
	return into
}

// tied reports whether the order does not tell two rows apart.
func tied(x, y arrange.Span) bool {
	return kernel.CompareRows(x.Seg.Values()[:2], y.Seg.Values()[:2], int(x.Lo), int(y.Lo)) == 0
}

// compare emits how the top after differs from the one before; both are in order.
func (t *TopN) compare() {
	before, after := t.tops[0], t.tops[1]
	for len(before) > 0 || len(after) > 0 {
		d := 0
		switch {
		case len(before) == 0:
			d = 1
		case len(after) == 0:
			d = -1
		default:
			x, y := &before[0], &after[0]
			d = kernel.CompareRows(x.seg.Values(), y.seg.Values(), int(x.row), int(y.row))
		}
		var p place
		w := batch.Weight(0)
		if d <= 0 {
			p, w, before = before[0], w-before[0].w, before[1:]
		}
		if d >= 0 {
			p, w, after = after[0], w+after[0].w, after[1:]
		}
		if w == 0 {
			continue
		}
		for c, v := range t.out.Cols {
			v.AppendColumn(&p.seg.Values()[c+2], int(p.row), int(p.row)+1)
		}
		t.out.Room(1)[0] = w
	}
}

// Arrangements returns all rows.
func (t *TopN) Arrangements() []*arrange.Arrangement { return []*arrange.Arrangement{t.state} }

// Release frees all memory.
func (t *TopN) Release() {
	t.old.Close()
	t.new.Close()
	t.input.Release()
	t.state.Release()
}
