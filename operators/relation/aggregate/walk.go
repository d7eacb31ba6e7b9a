package aggregate

import (
	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// span is rows of a group in one segment, in their order.
type span struct {
	seg    *arrange.Segment
	lo, hi int32
}

// head returns the first row, or with last set the last one.
func (s *span) head(last bool) int32 {
	if last {
		return s.hi - 1
	}
	return s.lo
}

func (s *span) drop(last bool) {
	if last {
		s.hi--
	} else {
		s.lo++
	}
}

func compareHeads(a, b *span, last bool) int {
	return kernel.CompareRows(a.seg.Values(), b.seg.Values(), int(a.head(last)), int(b.head(last)))
}

// walk goes through the rows of spans together, in their order or, with back set, from the last one: those whose weights
// sum to above 0. It uses the spans up.
type walk struct {
	spans []span
	back  bool
	// rows is how many were gone through so far, negative how many of them have a weight below 0.
	rows, negative int
}

// place is a row of a group, and its weight.
type place struct {
	seg    *arrange.Segment
	row    int32
	weight batch.Weight
}

// column returns a column of the row's values.
func (p place) column(at int) *batch.Column { return &p.seg.Values()[at] }

// next returns the next row, or false.
func (w *walk) next() (place, bool) {
	for {
		best := -1
		for i := range w.spans {
			if w.spans[i].lo == w.spans[i].hi {
				continue
			}
			if best < 0 {
				best = i
				continue
			}
			if d := compareHeads(&w.spans[i], &w.spans[best], w.back); d < 0 && !w.back || d > 0 && w.back {
				best = i
			}
		}
		if best < 0 {
			return place{}, false
		}
		head := w.spans[best]
		p := place{seg: head.seg, row: head.head(w.back)}
		for i := range w.spans {
			s := &w.spans[i]
			if s.lo < s.hi && (i == best || compareHeads(s, &head, w.back) == 0) {
				p.weight += s.seg.RowWeight(s.head(w.back))
				s.drop(w.back)
				w.rows++
			}
		}
		if p.weight > 0 {
			return p, true
		}
		if p.weight < 0 {
			w.negative++
		}
	}
}
