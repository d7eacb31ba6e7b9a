package over

import (
	"bytes"
	"cmp"
	"slices"
	"sort"

	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// span is rows of a partition in one segment, in their order.
type span struct {
	seg       *arrange.Segment
	ranks     []uint64
	rests     *batch.Column
	weights   []batch.Weight
	first     int32 // of the partition's rows
	lo, hi    int32
	group     int32 // of the segment
	unsettled bool  // rows of the epoch's changes
}

// newSpan returns the rows of a group of a segment.
func newSpan(seg *arrange.Segment, group int32, unsettled bool) span {
	values := seg.Values()
	lo, hi := seg.Span(group)
	return span{
		seg: seg, ranks: batch.Values[uint64](&values[0]), rests: &values[1], weights: seg.Weights(),
		first: lo, lo: lo, hi: hi, group: group, unsettled: unsettled,
	}
}

// compare compares row i with row j of another span: by the order, then in canonical order.
func (s *span) compare(i int32, t *span, j int32) int {
	if d := cmp.Compare(s.ranks[i], t.ranks[j]); d != 0 {
		return d
	}
	return kernel.CompareRows(s.seg.Values()[1:], t.seg.Values()[1:], int(i), int(j))
}

// peers compares row i with row j of another span by the order alone.
func (s *span) peers(i int32, t *span, j int32) int {
	if d := cmp.Compare(s.ranks[i], t.ranks[j]); d != 0 {
		return d
	}
	return bytes.Compare(s.rests.View(int(i)), t.rests.View(int(j)))
}

// search returns the first row from lo on for which reached holds, which then holds for all after it.
func (s *span) search(lo int32, reached func(row int32) bool) int32 {
	return lo + int32(sort.Search(int(s.hi-lo), func(i int) bool { return reached(lo + int32(i)) }))
}

// gallop returns the first row from lo on that is not before row j of t. It is fast where that is near.
func (s *span) gallop(lo int32, t *span, j int32) int32 {
	step := int32(1)
	for lo+step < s.hi && s.compare(lo+step, t, j) < 0 {
		lo += step
		step *= 2
	}
	high := min(lo+step, s.hi)
	return lo + 1 + int32(sort.Search(int(high-lo-1), func(i int) bool { return s.compare(lo+1+int32(i), t, j) >= 0 }))
}

// place is a row of a segment, and the group that it is in; the segment is nil where there is no row.
type place struct {
	seg        *arrange.Segment
	row, group int32
}

// null reports whether a column of the values is.
func (p place) null(column int) bool { return p.seg.Values()[column].Null(int(p.row)) }

// cursor goes through the rows of a partition in their order, over all its spans. Equal rows are one, as often as their
// weights sum to; those whose weights do not sum to above 0 are left out.
type cursor struct {
	spans     []span // those with rows left; those of the epoch's changes first
	at        int    // the span of the current row
	end       int32  // its rows before end come before those of all other spans, and each is alone
	weight    batch.Weight
	used      batch.Weight // copies of the current row that lie behind
	pos       int64        // copies of rows that lie behind
	peers     int64        // changes of the order that lie behind
	counts    bool         // keeps peers
	combined  bool         // the current row's weight is that of several spans
	done      bool
	unsettled int // spans of the epoch's changes that have rows left, the current one among them
}

// open starts at the rows from which on the spans are.
func (c *cursor) open(spans []span, counts bool) {
	c.spans = c.spans[:0]
	c.unsettled = 0
	for i := range spans {
		if spans[i].lo < spans[i].hi {
			c.spans = append(c.spans, spans[i])
			if spans[i].unsettled {
				c.unsettled++
			}
		}
	}
	c.at, c.end, c.used, c.pos, c.peers, c.counts, c.done = 0, 0, 0, 0, 0, counts, false
	c.settle()
}

// copyFrom makes c stand where d does.
func (c *cursor) copyFrom(d *cursor) {
	spans := append(c.spans[:0], d.spans...)
	*c = *d
	c.spans = spans
}

// row returns the current row.
func (c *cursor) row() (s *span, row int32) {
	s = &c.spans[c.at]
	return s, s.lo
}

// place returns where the current row is.
func (c *cursor) place() place {
	s := &c.spans[c.at]
	return place{s.seg, s.lo, s.group}
}

// same reports whether the cursor of a partition before the epoch and that of the partition after it, d, go through the same
// rows from now on.
func (c *cursor) same(d *cursor) bool {
	if d.unsettled > 0 || c.done != d.done {
		return false
	}
	return c.done || c.place() == d.place() && c.used == d.used
}

// left returns how many rows of the epoch's changes have not been left behind.
func (c *cursor) left() (rows int) {
	for i := range c.spans {
		if s := &c.spans[i]; s.unsettled {
			rows += int(s.hi - s.lo)
		}
	}
	return rows
}

// settle finds the row at or behind the heads of the spans.
func (c *cursor) settle() {
	for {
		c.combined = false
		if c.at < len(c.spans) {
			s := &c.spans[c.at]
			for ; s.lo < c.end; s.lo++ {
				if c.weight = 1; s.weights != nil {
					c.weight = s.weights[s.lo]
				}
				if c.weight > 0 {
					return
				}
			}
		}
		if c.choose(); c.done || c.combined {
			return
		}
	}
}

// choose finds the span with the least head, and how far its rows come before all others. Where several have that head, it
// is a combined row, or none.
func (c *cursor) choose() {
	for i := 0; i < len(c.spans); {
		if s := &c.spans[i]; s.lo < s.hi {
			i++
			continue
		}
		if c.spans[i].unsettled {
			c.unsettled--
		}
		c.spans = slices.Delete(c.spans, i, i+1)
	}
	if c.done = len(c.spans) == 0; c.done {
		return
	}
	best, next, equal := 0, -1, false
	for i := 1; i < len(c.spans); i++ {
		s, b := &c.spans[i], &c.spans[best]
		switch d := s.compare(s.lo, b, b.lo); {
		case d < 0:
			best, next, equal = i, best, false
		case d == 0:
			equal = true
		case next < 0 || s.compare(s.lo, &c.spans[next], c.spans[next].lo) < 0:
			next = i
		}
	}
	b := &c.spans[best]
	c.at = best
	switch {
	case equal:
		c.combine(b)
	case next < 0:
		c.end = b.hi
	default:
		c.end = b.gallop(b.lo, &c.spans[next], c.spans[next].lo)
	}
}

// combine adds up the heads that are equal to that of b, and leaves those of the other spans behind.
func (c *cursor) combine(b *span) {
	c.weight = b.seg.RowWeight(b.lo)
	for i := range c.spans {
		if s := &c.spans[i]; i != c.at && s.lo < s.hi && s.compare(s.lo, b, b.lo) == 0 {
			c.weight += s.seg.RowWeight(s.lo)
			s.lo++
		}
	}
	c.combined, c.end = c.weight > 0, b.lo
	if !c.combined {
		b.lo++
	}
}

// next leaves the current row behind.
func (c *cursor) next() {
	s := &c.spans[c.at]
	rank, rest := uint64(0), []byte(nil)
	if c.counts {
		rank, rest = s.ranks[s.lo], s.rests.View(int(s.lo))
	}
	c.pos += int64(c.weight - c.used)
	c.used = 0
	s.lo++
	c.settle()
	if c.counts && !c.done {
		s, row := c.row()
		if s.ranks[row] != rank || !bytes.Equal(s.rests.View(int(row)), rest) {
			c.peers++
		}
	}
}

// take leaves n copies of the current row behind, at most as many as there are.
func (c *cursor) take(n batch.Weight) {
	if c.used+n >= c.weight {
		c.next()
		return
	}
	c.used += n
	c.pos += int64(n)
}

// stretch returns how many rows from the current one on lie one after another in its segment and are there, at most most,
// and how many copies they are; 0: the row is one of several spans, or begun.
func (c *cursor) stretch(most int64) (rows int32, copies int64) {
	if c.combined || c.used > 0 {
		return 0, 0
	}
	s := &c.spans[c.at]
	limit := s.lo + int32(min(most, int64(c.end-s.lo)))
	if s.weights == nil {
		return limit - s.lo, int64(limit - s.lo)
	}
	row := s.lo
	for ; row < limit && s.weights[row] > 0 && copies+int64(s.weights[row]) <= most; row++ {
		copies += int64(s.weights[row])
	}
	return row - s.lo, copies
}

// pass leaves the rows of a stretch behind.
func (c *cursor) pass(rows int32, copies int64) {
	s := &c.spans[c.at]
	if c.counts {
		for row := s.lo + 1; row < s.lo+rows; row++ {
			if s.ranks[row] != s.ranks[row-1] || !bytes.Equal(s.rests.View(int(row)), s.rests.View(int(row-1))) {
				c.peers++
			}
		}
	}
	s.lo += rows - 1
	c.weight = s.seg.RowWeight(s.lo)
	c.pos += copies - int64(c.weight)
	c.next()
}

// skip leaves rows behind, as many as the budget allows and at most up to position to. It reports whether it got there.
func (c *cursor) skip(to int64, budget *int) bool {
	for !c.done && c.pos < to {
		if *budget <= 0 {
			return false
		}
		rows, copies := c.stretch(min(to-c.pos, int64(*budget)*8))
		if rows > 0 {
			c.pass(rows, copies)
			*budget -= int(rows)/8 + 1
			continue
		}
		c.take(batch.Weight(min(int64(c.weight-c.used), to-c.pos)))
		*budget--
	}
	return true
}

// forget drops what refers to segments.
func (c *cursor) forget() {
	clear(c.spans[:cap(c.spans)])
	c.spans = c.spans[:0]
}
