package over

import (
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/relation/running"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// part is rows that are in a frame one after another as its row moves: from start up to, but not, end. Start never passes
// end, and neither goes back.
type part struct {
	start, end cursor
	extremes   []extreme // of the frame's extremes
	reaches    []reach   // of the frame's reaches
	last       place     // the row before end
	idle       bool      // it only says where a frame begins and ends
}

// reach is a cursor that goes ahead of start: to the row of nth_value, or to one that is not null.
type reach struct{ cursor }

func newPart(f *frameSpec) part {
	return part{extremes: make([]extreme, len(f.extremes)), reaches: make([]reach, len(f.reaches))}
}

// open begins without rows, where at stands.
func (p *part) open(at *cursor) {
	p.start.copyFrom(at)
	p.end.copyFrom(at)
	for i := range p.reaches {
		p.reaches[i].copyFrom(at)
	}
	for i := range p.extremes {
		p.extremes[i].reset()
	}
	p.last = place{}
}

func (p *part) empty() bool { return p.start.pos >= p.end.pos }

// push takes rows in up to position to.
func (f *frame) push(p *part, to int64, budget *int) bool {
	for !p.end.done && p.end.pos < to {
		if *budget <= 0 {
			return false
		}
		s, row := p.end.row()
		rows, copies := p.end.stretch(min(to-p.end.pos, f.most(p, *budget)))
		if rows > 0 {
			f.add(p, rowsOf{place{s.seg, row, s.group}, rows, s.weights, 1}, p.end.pos)
			p.end.pass(rows, copies)
			*budget -= int(rows)/4 + 1 + int(rows)*f.cost(p)
			continue
		}
		n := batch.Weight(min(int64(p.end.weight-p.end.used), to-p.end.pos))
		f.add(p, rowsOf{place{s.seg, row, s.group}, 1, nil, n}, p.end.pos)
		p.end.take(n)
		*budget -= 1 + f.cost(p)
	}
	return true
}

// cost returns that of a row that comes into a part or leaves it, beyond that of a simple one.
func (f *frame) cost(p *part) int {
	if p.idle {
		return 0
	}
	return f.spec.cost
}

// most returns how many rows may come or leave at once.
func (f *frame) most(p *part, budget int) int64 { return int64(max(1, budget/(1+f.cost(p)))) }

// rowsOf is rows of a segment from place on.
type rowsOf struct {
	place
	rows    int32
	weights []batch.Weight // nil: all are times
	times   batch.Weight
}

// add takes rows in, the first of which has position pos.
func (f *frame) add(p *part, r rowsOf, pos int64) {
	f.sum(p, r)
	for i := range p.extremes {
		p.extremes[i].add(&f.spec.extremes[i], r, pos)
	}
	p.last = place{r.seg, r.row + r.rows - 1, r.group}
}

// sum adds rows to the sums, or takes them back.
func (f *frame) sum(p *part, r rowsOf) {
	if p.idle {
		return
	}
	for _, s := range f.sums {
		s.Add(running.Rows{Cols: r.seg.Values(), Range: kernel.Range{From: int(r.row), To: int(r.row + r.rows)}, Weights: r.weights, Times: r.times})
	}
}

// drop takes rows out up to position to.
func (f *frame) drop(p *part, to int64, budget *int) bool {
	for p.start.pos < to {
		if *budget <= 0 {
			return false
		}
		s, row := p.start.row()
		rows, copies := p.start.stretch(min(to-p.start.pos, f.most(p, *budget)))
		if rows > 0 {
			f.sum(p, rowsOf{place{s.seg, row, s.group}, rows, s.weights, -1})
			p.start.pass(rows, copies)
			*budget -= int(rows)/4 + 1 + int(rows)*f.cost(p)
			continue
		}
		n := batch.Weight(min(int64(p.start.weight-p.start.used), to-p.start.pos))
		f.sum(p, rowsOf{place{s.seg, row, s.group}, 1, nil, -n})
		p.start.take(n)
		*budget -= 1 + f.cost(p)
	}
	for i := range p.extremes {
		p.extremes[i].drop(p.start.pos)
	}
	return true
}

// ahead moves the reaches to their rows, as far as the budget allows, and reports whether they are there.
func (p *part) ahead(s *spec, f *frameSpec, budget *int) bool {
	for i, c := range f.reaches {
		if !p.reach(&p.reaches[i], &s.calls[c], budget) {
			return false
		}
	}
	return true
}

// reach moves a cursor to the row of nth_value, or to the first that is not null: to end if there is none.
func (p *part) reach(r *reach, c *call, budget *int) bool {
	if !r.skip(p.start.pos, budget) {
		return false
	}
	if c.Func == "nth_value" {
		to := p.end.pos
		if c.N-1 < p.end.pos-p.start.pos {
			to = p.start.pos + c.N - 1
		}
		return r.skip(to, budget)
	}
	for ; r.pos < p.end.pos && r.place().null(c.arg); *budget-- {
		if *budget <= 0 {
			return false
		}
		r.take(min(r.weight-r.used, batch.Weight(p.end.pos-r.pos)))
	}
	return true
}

// forget drops what refers to segments.
func (p *part) forget() {
	p.start.forget()
	p.end.forget()
	p.last = place{}
	for i := range p.reaches {
		p.reaches[i].forget()
	}
	for i := range p.extremes {
		p.extremes[i] = extreme{}
	}
}
