package over

import (
	"math"
	"slices"
)

// begin is where a partition is begun: behind the rows that no change can reach.
type begin struct {
	at     []int32 // the first row of each span; nil: the partition's first
	before cursor  // counts the rows before at
	opened bool
	pos    int64
	peers  int64

	steps, changed []int32 // scratch
	start          []span
}

// few is how many rows a partition has at most that is gone through from its first row. Tests make it small.
var few = 64

// find looks for the first row whose results a change can reach.
func (g *begin) find(s *spec, spans []span) {
	g.pos, g.peers, g.opened, g.at = 0, 0, false, g.at[:0]
	if len(before(spans)) == 0 || s.whole {
		return
	}
	rows := 0
	for i := range spans {
		rows += int(spans[i].hi - spans[i].lo)
	}
	if rows >= few {
		g.findFrom(s, spans, spans[0])
	}
}

// findFrom looks for the first row whose results the changes can reach of which head begins with the first.
func (g *begin) findFrom(s *spec, spans []span, head span) {
	first := &head
	g.at = g.at[:0]
	for i := range spans {
		t := &spans[i]
		g.at = append(g.at, t.search(t.first, func(row int32) bool { return t.compare(row, first, first.lo) >= 0 }))
	}
	if s.peers {
		g.toPeers(spans)
	}
	g.changed = append(g.changed[:0], g.at...)
	for i := range s.frames {
		g.steps = append(g.steps[:0], g.changed...)
		b := &s.frames[i].End
		switch {
		case b.Unit == Rows && b.Offset > 0:
			back(spans, g.steps, b.Offset)
		case b.Unit == Groups && b.Offset > 0:
			backGroups(spans, g.steps, b.Offset)
		case b.Unit == Range:
			p := place{first.seg, first.lo, first.group}
			for i := range spans {
				t := &spans[i]
				g.steps[i] = min(g.steps[i], t.search(t.first, func(row int32) bool {
					e := s.edgeOf(place{t.seg, row, t.group}, b)
					return s.compare(p, &e) <= 0
				}))
			}
		}
		for i, row := range g.steps {
			g.at[i] = min(g.at[i], row)
		}
	}
	if s.peers {
		g.toPeers(spans)
	}
}

// leap looks for the first row that the changes not left behind can reach, if it lies behind the current row of now, which
// no change has reached, nor the frames around it.
func (g *begin) leap(s *spec, spans []span, old, now *version) bool {
	rows, at := now.main.left(), now.main.spans[now.main.at]
	if rows == 0 || at.unsettled || g.whole() || s.absolute {
		return false
	}
	for i := range s.frames {
		f, g := &old.frames[i], &now.frames[i]
		for _, c := range [][2]*cursor{{&f.start, &g.start}, {&f.end, &g.end}} {
			if c[1].left() != rows || c[0].done || c[1].done || c[0].place() != c[1].place() || c[0].used != c[1].used {
				return false
			}
		}
	}
	next := slices.IndexFunc(now.main.spans, func(t span) bool { return t.unsettled })
	g.findFrom(s, spans, now.main.spans[next])
	t, row := head(spans, g.at)
	return t != nil && t.compare(row, &at, at.lo) > 0
}

// head returns the least of the rows that spans begin with at the rows at.
func head(spans []span, at []int32) (s *span, row int32) {
	for i := range spans {
		t := &spans[i]
		if at[i] < t.hi && (s == nil || t.compare(at[i], s, row) < 0) {
			s, row = t, at[i]
		}
	}
	return s, row
}

// toPeers goes back to the first of the peers.
func (g *begin) toPeers(spans []span) { toPeers(spans, g.at) }

func toPeers(spans []span, at []int32) {
	s, first := head(spans, at)
	if s == nil {
		return
	}
	for i := range spans {
		t := &spans[i]
		at[i] = min(at[i], t.search(t.first, func(row int32) bool { return t.peers(row, s, first) >= 0 }))
	}
}

// back goes back over n rows that are there, or to the first, and returns how many they were.
func back(spans []span, at []int32, n int64) (steps int64) {
	for steps < n {
		best := -1
		for i := range spans {
			if at[i] > spans[i].first && (best < 0 || spans[i].compare(at[i]-1, &spans[best], at[best]-1) > 0) {
				best = i
			}
		}
		if best < 0 {
			return steps
		}
		s, row, sum := &spans[best], at[best]-1, int64(0)
		for i := range spans {
			if t := &spans[i]; at[i] > t.first && t.compare(at[i]-1, s, row) == 0 {
				at[i]--
				sum += int64(t.seg.RowWeight(at[i]))
			}
		}
		steps += max(sum, 0)
	}
	return steps
}

// backGroups goes back from the first of some peers over n groups of peers that are there, or to the first, and returns how
// many they were.
func backGroups(spans []span, at []int32, n int64) (steps int64) {
	for ; steps < n && back(spans, at, 1) > 0; steps++ {
		toPeers(spans, at)
	}
	return steps
}

// whole reports whether the partition is gone through from its first row.
func (g *begin) whole() bool { return len(g.at) == 0 }

// skip counts the rows before, if that is wanted, as far as the budget allows, and reports whether all are counted.
func (g *begin) skip(s *spec, spans []span, budget *int) bool {
	if g.whole() || !s.absolute {
		return true
	}
	if !g.opened {
		g.start = append(g.start[:0], spans...)
		for i := range g.start {
			g.start[i].hi = g.at[i]
		}
		g.before.open(g.start, s.peers)
		g.opened = true
	}
	if !g.before.skip(math.MaxInt64, budget) {
		return false
	}
	if g.pos = g.before.pos; g.pos > 0 && s.peers {
		g.peers = g.before.peers + 1
	}
	return true
}

// place opens the cursors of a version. Its spans are the last of those that were looked at.
func (g *begin) place(s *spec, v *version, spans []span) {
	v.group = -1
	if g.whole() {
		v.main.open(spans, s.peers)
		for i := range v.frames {
			v.frames[i].open(spans, 0, 0)
		}
		return
	}
	at := g.at[len(g.at)-len(spans):]
	v.main.open(g.from(spans, at), s.peers)
	v.main.pos, v.main.peers = g.pos, g.peers
	for i := range v.frames {
		f := &v.frames[i]
		if f.spec.Start.Unit == Unbounded {
			f.open(spans, 0, 0)
			continue
		}
		pos, peers := g.pos, g.peers
		g.steps = append(g.steps[:0], at...)
		switch b := &f.spec.Start; {
		case b.Unit == Rows && b.Offset < 0:
			pos -= back(spans, g.steps, -b.Offset)
		case b.Unit == Groups && b.Offset < 0:
			peers -= backGroups(spans, g.steps, -b.Offset)
		case b.Unit == Range:
			g.seek(s, spans, b)
		}
		if f.gap != nil { // it is around the row
			for i := range g.steps {
				g.steps[i] = min(g.steps[i], at[i])
			}
		}
		f.open(g.from(spans, g.steps), pos, peers)
	}
}

// seek sets steps to where a frame begins that is bounded by a distance from the row at.
func (g *begin) seek(s *spec, spans []span, b *Bound) {
	t, row := head(spans, g.steps)
	if t == nil {
		return
	}
	e := s.edgeOf(place{t.seg, row, t.group}, b)
	for i := range spans {
		t := &spans[i]
		g.steps[i] = t.search(t.first, func(row int32) bool { return s.compare(place{t.seg, row, t.group}, &e) >= 0 })
	}
}

// from returns spans that begin at the rows at.
func (g *begin) from(spans []span, at []int32) []span {
	g.start = append(g.start[:0], spans...)
	for i := range g.start {
		g.start[i].lo = at[i]
	}
	return g.start
}
