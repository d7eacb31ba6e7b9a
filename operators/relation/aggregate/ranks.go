package aggregate

import (
	"slices"
	"sort"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// tally counts the rows that a group keeps in order, by their weights: total is the sum of those above 0, negative is how
// many rows have one below, as long as they are missing and were taken back already.
type tally struct{ total, negative int64 }

// few is how many times more rows a group has than an epoch changes, for each of these to be looked up.
const few = 64

// change brings a tally up to date: spans are what the group has now, and fresh are those of its rows that have changed.
// It returns how many rows it has gone through.
func (t *tally) change(spans, fresh []span) (walked int) {
	rows, changed := length(spans), length(fresh)
	if *t == (tally{}) { // no row had a weight
		for _, s := range fresh {
			for row := s.lo; row < s.hi; row++ {
				t.add(s.seg.RowWeight(row), 1)
			}
		}
		return changed
	}
	if changed*few > rows {
		*t = tally{}
		w := walk{spans: slices.Clone(spans)}
		for row, ok := w.next(); ok; row, ok = w.next() {
			t.add(row.weight, 1)
		}
		t.negative = int64(w.negative)
		return w.rows
	}
	for _, s := range fresh {
		for row := s.lo; row < s.hi; row++ {
			after := batch.Weight(0)
			for _, in := range spans {
				if at := in.search(s, row, false); at < in.hi && in.compare(at, s, row) == 0 {
					after += in.seg.RowWeight(at)
				}
			}
			t.add(after-s.seg.RowWeight(row), -1)
			t.add(after, 1)
		}
	}
	return changed * len(spans)
}

// add counts a row of weight w, or with sign -1 no longer.
func (t *tally) add(w batch.Weight, sign int64) {
	if w > 0 {
		t.total += sign * int64(w)
	} else if w < 0 {
		t.negative += sign
	}
}

func length(spans []span) (rows int) {
	for _, s := range spans {
		rows += int(s.hi - s.lo)
	}
	return rows
}

// compare compares a row with one of another span.
func (s *span) compare(at int32, t span, row int32) int {
	return kernel.CompareRows(s.seg.Values(), t.seg.Values(), int(at), int(row))
}

// search returns the first row that is not below a row of another span, or with above set the first above it.
func (s *span) search(t span, row int32, above bool) int32 {
	return s.lo + int32(sort.Search(int(s.hi-s.lo), func(i int) bool {
		d := s.compare(s.lo+int32(i), t, row)
		return d > 0 || d == 0 && !above
	}))
}

// weight returns the sum of the weights of the rows lo to hi.
func (s *span) weight(lo, hi int32) (sum int64) {
	weights := s.seg.Weights()
	if weights == nil {
		return int64(hi - lo)
	}
	for _, w := range weights[lo:hi] {
		sum += int64(w)
	}
	return sum
}

// ranks finds the rows of a group that stand at a place of their order.
type ranks struct {
	spans []span
	tally
	distinct bool // every row counts once
	walked   int
}

// at returns the row at a rank, which is below the total, and how many of its equals stand behind it. While no row has a
// weight below 0 the weights up to a row only grow, so the rank is found by halving; else by going through all rows.
func (r *ranks) at(rank int64) (p place, after int64) {
	if r.distinct || r.negative > 0 {
		w := walk{spans: slices.Clone(r.spans)}
		for {
			p, ok := w.next()
			if r.distinct {
				p.weight = 1
			}
			if rank -= int64(p.weight); rank < 0 || !ok {
				r.walked += w.rows
				return p, -rank - 1
			}
		}
	}
	open := slices.Clone(r.spans)
	for {
		widest := 0
		for i := range open {
			if open[i].hi-open[i].lo > open[widest].hi-open[widest].lo {
				widest = i
			}
		}
		s := open[widest]
		middle := s.lo + (s.hi-s.lo)/2
		below, same := int64(0), int64(0)
		lows, highs := make([]int32, len(open)), make([]int32, len(open))
		for i := range open {
			t := &open[i]
			lows[i], highs[i] = t.search(s, middle, false), t.search(s, middle, true)
			below += t.weight(t.lo, lows[i])
			same += t.weight(lows[i], highs[i])
			r.walked += 2
		}
		if rank >= below && rank < below+same {
			return place{seg: s.seg, row: middle, weight: batch.Weight(same)}, below + same - rank - 1
		}
		for i := range open {
			if rank < below {
				open[i].hi = lows[i]
			} else {
				open[i].lo = highs[i]
			}
		}
		if rank >= below {
			rank -= below + same
		}
	}
}
