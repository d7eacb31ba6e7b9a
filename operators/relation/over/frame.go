package over

import (
	"math"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/relation/running"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// frame is the rows of a frame as its row moves. Where it leaves rows out its own part is idle, and those of the gap have
// the rows.
type frame struct {
	spec *frameSpec
	part
	gap   *gap
	sums  []running.Running // of spec.sums
	peers int64             // main.peers at the last move
	moved bool
}

// newFrame returns a frame without rows.
func newFrame(s *spec, f *frameSpec) frame {
	out := frame{spec: f, part: newPart(f), gap: newGap(f)}
	if out.gap != nil {
		out.part = part{idle: true}
	}
	for _, c := range f.running {
		r, ok := running.New(c, s.stored)
		if !ok {
			panic("over: no function " + c.Func)
		}
		out.sums = append(out.sums, r)
	}
	return out
}

// open begins at the rows from which on the spans are, which have the given position and number of peers before them.
func (f *frame) open(spans []span, pos, peers int64) {
	counts := f.spec.Start.Unit == Groups || f.spec.End.Unit == Groups
	f.start.open(spans, counts)
	f.start.pos, f.start.peers = pos, peers
	f.part.open(&f.start)
	if f.gap != nil {
		f.gap.open(&f.start)
	}
	for _, s := range f.sums {
		s.Reset()
	}
	f.moved = false
}

// move goes to the frame of the row of main, as far as the budget allows, and reports whether it got there.
func (f *frame) move(s *spec, main *cursor, budget *int) bool {
	if f.spec.byPeers && f.moved && f.peers == main.peers {
		return true
	}
	if !f.moveEnd(s, main, budget) || !f.moveStart(s, main, budget) {
		return false
	}
	if f.gap == nil {
		if !f.ahead(s, f.spec, budget) {
			return false
		}
	} else {
		if !f.leaveOut(main, budget) {
			return false
		}
		for i := range f.gap.parts {
			if !f.gap.parts[i].ahead(s, f.spec, budget) {
				return false
			}
		}
	}
	f.moved, f.peers = true, main.peers
	return true
}

func (f *frame) moveEnd(s *spec, main *cursor, budget *int) bool {
	b := &f.spec.End
	switch b.Unit {
	case Unbounded:
		return f.push(&f.part, math.MaxInt64, budget)
	case Rows:
		return f.push(&f.part, main.pos+b.Offset+1, budget)
	case Groups:
		for !f.end.done && f.upTo(main, b) {
			if !f.push(&f.part, f.end.pos+int64(f.end.weight-f.end.used), budget) {
				return false
			}
		}
		return true
	}
	e := s.edge(main, b)
	for !f.end.done && s.compare(f.end.place(), &e) <= 0 {
		if !f.push(&f.part, f.end.pos+int64(f.end.weight-f.end.used), budget) {
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
		return f.drop(&f.part, min(main.pos+b.Offset, f.end.pos), budget)
	case Groups:
		for f.start.pos < f.end.pos && f.start.peers < main.peers+b.Offset {
			if !f.drop(&f.part, f.start.pos+int64(f.start.weight-f.start.used), budget) {
				return false
			}
		}
		return true
	}
	e := s.edge(main, b)
	for f.start.pos < f.end.pos && s.compare(f.start.place(), &e) < 0 {
		if !f.drop(&f.part, f.start.pos+int64(f.start.weight-f.start.used), budget) {
			return false
		}
	}
	return true
}

// result appends the result of a call. False: it does not fit.
func (f *frame) result(c *call, out *batch.Vector, main *cursor) bool {
	if c.sum >= 0 {
		return f.sums[c.sum].Result(out)
	}
	p, column := f.find(c), c.arg
	if p.seg == nil && c.defaults >= 0 && f.empty() {
		p, column = main.place(), c.defaults
	}
	if p.seg == nil {
		out.AppendNull()
	} else {
		out.AppendColumn(&p.seg.Values()[column], int(p.row), int(p.row)+1)
	}
	return true
}

// find returns the row that has the result of a call.
func (f *frame) find(c *call) (found place) {
	if f.gap == nil {
		return f.part.find(c, f.spec)
	}
	for i := range f.gap.parts {
		p := f.gap.parts[i].find(c, f.spec)
		if p.seg == nil {
			continue
		}
		switch {
		case found.seg == nil || c.Func == "last_value":
			found = p
		case c.Func == "min" || c.Func == "max":
			sign := f.spec.extremes[c.extreme].sign
			if sign*kernel.Compare(&p.seg.Values()[c.arg], int(p.row), &found.seg.Values()[c.arg], int(found.row)) > 0 {
				found = p
			}
		}
	}
	return found
}

// find returns the row of a part that has the result of a call.
func (p *part) find(c *call, f *frameSpec) place {
	switch {
	case c.extreme >= 0:
		return p.extremes[c.extreme].best()
	case p.empty():
	case c.reach >= 0:
		if r := &p.reaches[c.reach]; r.pos < p.end.pos && (c.Func != "nth_value" || r.pos == p.start.pos+c.N-1) {
			return r.place()
		}
	case c.Func == "first_value":
		return p.start.place()
	default:
		return p.last
	}
	return place{}
}

// equal reports whether two frames that begin with their partition, and go on with the same rows, have the same sums and,
// where a call depends on it, the same number of rows.
// Where rows are left out it says no: what they add is not seen.
func (f *frame) equal(g *frame) bool {
	if f.gap != nil {
		return false
	}
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

// forget drops what refers to segments.
func (f *frame) forget() {
	f.part.forget()
	f.gap.forget()
	for _, s := range f.sums {
		s.Reset()
	}
}
