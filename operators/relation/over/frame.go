package over

import (
	"math"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/relation/aggregate"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// frame is the rows of a frame as its row moves: from start up to, but not, end. Start never passes end.
type frame struct {
	spec       *frameSpec
	start, end cursor
	sums       []aggregate.Running // of spec.sums
	extremes   []extreme           // of spec.extremes
	reaches    []reach             // of spec.reaches
	last       place               // the row before end
	peers      int64               // main.peers at the last move
	moved      bool
}

// reach is a cursor that goes ahead of start: to the row of nth_value, or to one that is not null.
type reach struct{ cursor }

// newFrame returns a frame without rows.
func newFrame(s *spec, f *frameSpec) frame {
	out := frame{spec: f, extremes: make([]extreme, len(f.extremes)), reaches: make([]reach, len(f.reaches))}
	for _, c := range f.sums {
		arg := batch.Type{}
		if s.calls[c].Arg >= 0 {
			arg = s.types[s.calls[c].Arg]
		}
		running, ok := aggregate.NewRunning(s.calls[c].aggregate(), arg)
		if !ok {
			panic("over: no function " + s.calls[c].Func)
		}
		out.sums = append(out.sums, running)
	}
	return out
}

// open begins at the rows from which on the spans are, which have the given position and number of peers before them.
func (f *frame) open(spans []span, pos, peers int64) {
	counts := f.spec.Start.Unit == Groups || f.spec.End.Unit == Groups
	f.start.open(spans, counts)
	f.start.pos, f.start.peers = pos, peers
	f.end.copyFrom(&f.start)
	for i := range f.reaches {
		f.reaches[i].copyFrom(&f.start)
	}
	for _, s := range f.sums {
		s.Reset()
	}
	for i := range f.extremes {
		f.extremes[i].reset()
	}
	f.last, f.moved = place{}, false
}

// move goes to the frame of the row of main, as far as the budget allows, and reports whether it got there.
func (f *frame) move(s *spec, main *cursor, budget *int) bool {
	if f.spec.byPeers && f.moved && f.peers == main.peers {
		return true
	}
	if !f.moveEnd(s, main, budget) || !f.moveStart(s, main, budget) {
		return false
	}
	for i, c := range f.spec.reaches {
		if !f.ahead(&f.reaches[i], &s.calls[c], budget) {
			return false
		}
	}
	f.moved, f.peers = true, main.peers
	return true
}

func (f *frame) moveEnd(s *spec, main *cursor, budget *int) bool {
	b := &f.spec.End
	switch b.Unit {
	case Unbounded:
		return f.push(math.MaxInt64, budget)
	case Rows:
		return f.push(main.pos+b.Offset+1, budget)
	case Groups:
		for !f.end.done && f.upTo(main, b) {
			if !f.push(f.end.pos+int64(f.end.weight-f.end.used), budget) {
				return false
			}
		}
		return true
	}
	e := s.edge(main, b)
	for !f.end.done && s.compare(f.end.place(), &e) <= 0 {
		if !f.push(f.end.pos+int64(f.end.weight-f.end.used), budget) {
			return false
		}
	}
	return true
}

// upTo reports whether the peers at end are in a frame that ends with a group. Beside a bound of values end may have begun
// anywhere, and its peers are not counted as those of main are.
func (f *frame) upTo(main *cursor, b *Bound) bool {
	if f.spec.Start.Unit != Range {
		return f.end.peers <= main.peers+b.Offset
	}
	s, i := f.end.row()
	t, j := main.row()
	return s.peers(i, t, j) <= 0
}

func (f *frame) moveStart(s *spec, main *cursor, budget *int) bool {
	b := &f.spec.Start
	switch b.Unit {
	case Unbounded:
		return true
	case Rows:
		return f.drop(min(main.pos+b.Offset, f.end.pos), budget)
	case Groups:
		for f.start.pos < f.end.pos && f.start.peers < main.peers+b.Offset {
			if !f.drop(f.start.pos+int64(f.start.weight-f.start.used), budget) {
				return false
			}
		}
		return true
	}
	e := s.edge(main, b)
	for f.start.pos < f.end.pos && s.compare(f.start.place(), &e) < 0 {
		if !f.drop(f.start.pos+int64(f.start.weight-f.start.used), budget) {
			return false
		}
	}
	return true
}

// push takes rows in up to position to.
func (f *frame) push(to int64, budget *int) bool {
	for !f.end.done && f.end.pos < to {
		if *budget <= 0 {
			return false
		}
		s, row := f.end.row()
		rows, copies := f.end.stretch(min(to-f.end.pos, int64(*budget)))
		if rows > 0 {
			f.add(rowsOf{place{s.seg, row, s.group}, rows, s.weights, 1}, f.end.pos)
			f.end.pass(rows, copies)
			*budget -= int(rows)/4 + 1
			continue
		}
		n := batch.Weight(min(int64(f.end.weight-f.end.used), to-f.end.pos))
		f.add(rowsOf{place{s.seg, row, s.group}, 1, nil, n}, f.end.pos)
		f.end.take(n)
		*budget--
	}
	return true
}

// rowsOf is rows of a segment from place on.
type rowsOf struct {
	place
	rows    int32
	weights []batch.Weight // nil: all are times
	times   batch.Weight
}

// add takes rows in, the first of which has position pos.
func (f *frame) add(r rowsOf, pos int64) {
	f.sum(r)
	for i := range f.extremes {
		f.extremes[i].add(&f.spec.extremes[i], r, pos)
	}
	f.last = place{r.seg, r.row + r.rows - 1, r.group}
}

// sum adds rows to the sums, or takes them back.
func (f *frame) sum(r rowsOf) {
	for i, c := range f.spec.args {
		var col *batch.Column
		if c >= 0 {
			col = &r.seg.Values()[c]
		}
		f.sums[i].Add(col, aggregate.Rows{Range: kernel.Range{From: int(r.row), To: int(r.row + r.rows)}, Weights: r.weights, Times: r.times})
	}
}

// drop takes rows out up to position to.
func (f *frame) drop(to int64, budget *int) bool {
	for f.start.pos < to {
		if *budget <= 0 {
			return false
		}
		s, row := f.start.row()
		rows, copies := f.start.stretch(min(to-f.start.pos, int64(*budget)))
		if rows > 0 {
			f.sum(rowsOf{place{s.seg, row, s.group}, rows, s.weights, -1})
			f.start.pass(rows, copies)
			*budget -= int(rows)/4 + 1
			continue
		}
		n := batch.Weight(min(int64(f.start.weight-f.start.used), to-f.start.pos))
		f.sum(rowsOf{place{s.seg, row, s.group}, 1, nil, -n})
		f.start.take(n)
		*budget--
	}
	for i := range f.extremes {
		f.extremes[i].drop(f.start.pos)
	}
	return true
}

// ahead moves a cursor to the row of nth_value, or to the first that is not null: to end if there is none.
func (f *frame) ahead(r *reach, c *call, budget *int) bool {
	if !r.skip(f.start.pos, budget) {
		return false
	}
	if c.Func == "nth_value" {
		to := f.end.pos
		if c.N-1 < f.end.pos-f.start.pos {
			to = f.start.pos + c.N - 1
		}
		return r.skip(to, budget)
	}
	for ; r.pos < f.end.pos && r.place().null(c.arg); *budget-- {
		if *budget <= 0 {
			return false
		}
		r.take(min(r.weight-r.used, batch.Weight(f.end.pos-r.pos)))
	}
	return true
}

// result appends the result of a call. False: it does not fit.
func (f *frame) result(c *call, out *batch.Vector, main *cursor) bool {
	p, column := place{}, c.arg
	switch {
	case c.sum >= 0:
		return f.sums[c.sum].Result(out)
	case c.extreme >= 0:
		p = f.extremes[c.extreme].best()
	case f.start.pos >= f.end.pos:
		if column = c.defaults; column >= 0 {
			p = main.place()
		}
	case c.reach >= 0:
		if r := &f.reaches[c.reach]; r.pos < f.end.pos && (c.Func != "nth_value" || r.pos == f.start.pos+c.N-1) {
			p = r.place()
		}
	case c.Func == "first_value":
		p = f.start.place()
	default:
		p = f.last
	}
	if p.seg == nil {
		out.AppendNull()
	} else {
		out.AppendColumn(&p.seg.Values()[column], int(p.row), int(p.row)+1)
	}
	return true
}

// equal reports whether two frames that begin with their partition, and go on with the same rows, have the same sums and,
// where a call depends on it, the same number of rows.
func (f *frame) equal(g *frame) bool {
	for i := range f.sums {
		if !f.sums[i].Equal(g.sums[i]) {
			return false
		}
	}
	if f.spec.numbered {
		return f.end.pos == g.end.pos
	}
	return (f.start.pos < f.end.pos) == (g.start.pos < g.end.pos)
}
