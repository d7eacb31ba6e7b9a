package arrange

import (
	"slices"
	"sort"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// largeRows is how many rows a key has at least that is sealed and merged in parts, in the order of its values: to sort
// all of it would take too long for a step. Tests make it small.
var largeRows = 64 << 10

// keyRows returns how many rows the current key has left in a run, or more than most.
func (p *place) keyRows(most int) int {
	n, group := 0, p.group
	for i, seg := range p.segs {
		lo, hi := seg.Span(group)
		if n += int(hi - lo); i == 0 {
			n -= int(p.row)
		}
		if n > most || !p.goesOn(i, group) {
			break
		}
		group = 0
	}
	return n
}

// goesOn reports whether a group of segment i has more rows in the next segment.
func (p *place) goesOn(i int, group int32) bool {
	seg := p.segs[i]
	return int(group) == seg.groups-1 && i+1 < len(p.segs) && kernel.CompareRows(seg.keys, p.segs[i+1].keys, int(group), 0) == 0
}

// compareKeys compares the current keys of two runs in the order of runs.
func (p *place) compareKeys(q *place) int {
	a, b := p.segs[0], q.segs[0]
	if x, y := a.hash(p.group), b.hash(q.group); x != y {
		if x < y {
			return -1
		}
		return 1
	}
	return kernel.CompareRows(a.keys, b.keys, int(p.group), int(q.group))
}

// large reports whether the least of the current keys is large, and notes which runs have it.
func (s *slicer) large() bool {
	var least *place
	s.with = s.with[:0]
	for i := range s.at {
		p := &s.at[i]
		if len(p.segs) == 0 {
			continue
		}
		d := -1
		if least != nil {
			d = p.compareKeys(least)
		}
		if d < 0 {
			least, s.with = p, s.with[:0]
		}
		if d <= 0 {
			s.with = append(s.with, i)
		}
	}
	rows := 0
	for _, i := range s.with {
		rows += s.at[i].keyRows(largeRows)
	}
	return rows > largeRows
}

// part takes the next rows of a large key: those of all runs that come before some row. With the last of them the key is
// done.
func (s *slicer) part() {
	if s.within {
		s.with = slices.DeleteFunc(s.with, func(i int) bool { return s.at[i].left == 0 })
	}
	total, most := 0, 0
	for k, i := range s.with {
		if !s.within {
			s.at[i].left = s.at[i].keyRows(int(^uint(0) >> 1))
		}
		total += s.at[i].left
		if s.at[i].left > s.at[s.with[most]].left {
			most = k
		}
	}
	rows := min(s.rows, largeRows/4+1)
	longest := &s.at[s.with[most]]
	ahead := min(max(1, rows/len(s.with)), longest.left-1)
	s.within = total > rows && ahead > 0
	var seg *Segment
	row := int32(0)
	if s.within {
		seg, row = longest.rowAhead(ahead)
	}
	for _, i := range s.with {
		s.at[i].takeRows(&s.flat, seg, row)
	}
	s.done = !s.within && !slices.ContainsFunc(s.at, func(p place) bool { return len(p.segs) > 0 })
}

// rowAhead returns the row of the current key that is n rows ahead.
func (p *place) rowAhead(n int) (*Segment, int32) {
	group, first := p.group, int(p.row)
	for _, seg := range p.segs {
		lo, hi := seg.Span(group)
		if at := int(lo) + first + n; at < int(hi) {
			return seg, int32(at)
		}
		n -= int(hi-lo) - first
		group, first = 0, 0
	}
	panic("arrange: a key ends before its rows do")
}

// takeRows adds the rows of the current key that come before a row of seg, or with nil all that are left.
func (p *place) takeRows(f *flat, seg *Segment, row int32) {
	for p.left > 0 {
		own := p.segs[0]
		first, hi := own.Span(p.group)
		lo := first + p.row
		end := hi
		if seg != nil {
			end = lo + int32(sort.Search(int(hi-lo), func(i int) bool {
				return kernel.CompareRows(own.vals, seg.vals, int(lo)+i, int(row)) >= 0
			}))
		}
		f.addRows(own, p.group, lo, end)
		p.left -= int(end - lo)
		if p.row = end - first; end < hi {
			return
		}
		if p.left > 0 || int(p.group) == own.groups-1 {
			p.segs, p.group, p.row = p.segs[1:], 0, 0
		} else {
			p.group, p.row = p.group+1, 0
		}
	}
}

// addRows appends rows of one group of a segment, each with its key.
func (f *flat) addRows(s *Segment, g, lo, hi int32) {
	if lo == hi {
		return
	}
	f.sel = f.sel[:0]
	for range hi - lo {
		f.sel = append(f.sel, g)
	}
	for c := range s.keys {
		kernel.Gather(f.cols[c], &s.keys[c], f.sel)
	}
	for c := range s.vals {
		f.cols[len(s.keys)+c].AppendColumn(&s.vals[c], int(lo), int(hi))
	}
	f.weigh(s.weights, int(lo), int(hi))
}

// goesOn reports whether the rows to write begin with the key that was written last.
func (w *writer) goesOn(cols []batch.Column, g *kernel.Groups) bool {
	return w.keys != nil && w.groups > 0 && len(g.First) > 0 &&
		kernel.CompareRows(peek(w.keys), cols[:w.spec.Key], w.groups-1, int(g.First[0])) == 0
}

// largePart seals a part of the piles that is too large to be sorted at once: the rows of each pile become a run, and these
// are merged.
type largePart struct {
	end  int // of the parts that it is, from that of the sealing on
	pile int
	runs []*Run
	s    *slicer
}

// step does about as much work as rows says and reports whether the part is written to w.
func (l *largePart) step(b *Builder, rows int) (done bool) {
	for part := b.sealing.part; l.pile < len(b.piles); l.pile++ {
		if rows <= 0 {
			return false
		}
		p := &b.piles[l.pile]
		own := p.rows.Slice(int(p.starts[part]), int(p.starts[l.end]))
		rows -= own.Rows
		if own.Rows > 0 {
			var z sizes
			z.add(own)
			w := newWriter(b.spec, z)
			b.sealer.seal(own, w)
			l.runs = append(l.runs, w.run())
		}
	}
	if l.s == nil {
		s := newSlicer(b.spec, l.runs, sliceRows)
		l.s = &s
	}
	for ; rows > 0; rows-- {
		next := l.s.step(&b.sealer, b.sealing.w)
		if next < 0 {
			l.release()
			return true
		}
		rows -= next
	}
	return false
}

func (l *largePart) release() {
	for _, run := range l.runs {
		run.Release()
	}
	l.runs = nil
}

// step seals the next slice and returns how many rows it had, or -1 at the end.
func (s *slicer) step(seal *sealer, w *writer) int {
	within := s.within
	b := s.next()
	if b == nil {
		return -1
	}
	if b.Rows > 0 {
		g := seal.order(b)
		w.write(b.Cols, g, within && w.goesOn(b.Cols, g))
	}
	return b.Rows
}
