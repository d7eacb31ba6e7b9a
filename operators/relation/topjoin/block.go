package topjoin

import (
	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// block is some of the keys that have changes.
type block struct {
	groups   []group
	searches []search // of all groups, in their order
	pending  []int    // the searches that have not found all they look for
}

// group is a key, before and after the epoch.
type group struct {
	spans [2][2][]arrange.Span // by moment, then by side
	first [2]int               // its searches: from first on, so many
	count [2]int
}

// spot is a row of a segment and the group that it lies in.
type spot struct {
	seg        *arrange.Segment
	row, group int32
}

// pair is a pair of rows, and how often it is there.
type pair struct {
	at [2]spot // by side
	w  batch.Weight
}

// search looks for the first pairs of a plain row.
type search struct {
	plain spot
	w     batch.Weight
	spans []arrange.Span // ranked rows that were not looked at
	need  int64
	look  int // how many pairs it looks at next
	found []pair
}

// candidate is a pair that is looked at.
type candidate struct {
	search int
	pair
}

// open looks the keys of b up on both sides, before and after.
func (t *TopJoin) open(b *arrange.Block) {
	t.working = true
	k := &t.block
	k.groups = port.Grown(k.groups, b.Len())
	for i := range k.groups {
		g := &k.groups[i]
		g.count = [2]int{}
		for which := range g.spans {
			for side := range g.spans[which] {
				g.spans[which][side] = g.spans[which][side][:0]
			}
		}
	}
	for side := range t.sides {
		for which, r := range t.sides[side].read {
			t.prober.Start(r, b.Probed)
			for m, ok := t.prober.Next(); ok; m, ok = t.prober.Next() {
				for i, hit := range m.Hits {
					list := &k.groups[hit].spans[which][side]
					*list = append(*list, m.Span(i))
				}
			}
		}
	}
	skip := make([]bool, b.Len())
	skip[0] = b.Continued // it was compared with the block before
	if t.second {
		t.prober.Start(t.ranked, b.Probed)
		for m, ok := t.prober.Next(); ok; m, ok = t.prober.Next() {
			for _, hit := range m.Hits {
				skip[hit] = true // it was compared with the ranked side's changes
			}
		}
	}
	k.searches, k.pending = k.searches[:0], k.pending[:0]
	for i := range k.groups {
		if !skip[i] {
			t.look(&k.groups[i])
		}
	}
}

// look begins the searches of a group.
func (t *TopJoin) look(g *group) {
	k := &t.block
	for which := range g.spans {
		g.first[which] = len(k.searches)
		plain, ranked := g.spans[which][1-t.o.Ranked], g.spans[which][t.o.Ranked]
		for len(ranked) > 0 {
			head, w, ok := arrange.Next(plain)
			if !ok {
				break
			}
			if w <= 0 {
				continue
			}
			n := len(k.searches)
			if n == cap(k.searches) {
				k.searches = append(k.searches, search{})
			}
			k.searches = k.searches[:n+1] // with its memory
			s := &k.searches[n]
			s.plain, s.w = spot{head.Seg, head.Lo, head.Group}, w
			s.spans = append(s.spans[:0], ranked...)
			s.need, s.look, s.found = t.o.Offset+t.o.Limit, 4, s.found[:0]
			if s.need > 0 {
				k.pending = append(k.pending, n)
			}
		}
		g.count[which] = len(k.searches) - g.first[which]
	}
}

// work looks at about so many pairs of the block, or ends it, and returns how many there were.
func (t *TopJoin) work(rows int) (n int, err error) {
	k := &t.block
	if len(k.pending) == 0 {
		for i := range k.groups {
			t.compare(&k.groups[i])
		}
		t.working = false
		return len(k.groups), nil
	}
	t.looked = t.looked[:0]
	for _, v := range t.rows {
		v.Reset()
	}
	at := 0
	for ; at < len(k.pending) && len(t.looked) < rows; at++ {
		t.pairs(k.pending[at])
	}
	if err := t.take(); err != nil {
		return 0, err
	}
	left := k.pending[:0]
	for i, s := range k.pending {
		if i >= at || k.searches[s].need > 0 && more(k.searches[s].spans) {
			left = append(left, s)
		}
	}
	k.pending = left
	return max(len(t.looked), at), nil
}

func more(spans []arrange.Span) bool {
	for i := range spans {
		if spans[i].Lo < spans[i].Hi {
			return true
		}
	}
	return false
}

// maxLook is how many pairs of a search are looked at in one go, at most.
const maxLook = 1 << 10

// pairs takes the next pairs of a search to look at.
func (t *TopJoin) pairs(n int) {
	s := &t.block.searches[n]
	most := s.look
	if t.o.Residual == nil {
		most = int(min(s.need, maxLook))
	}
	s.look = min(2*s.look, maxLook)
	for range most {
		head, w, ok := arrange.Next(s.spans)
		if !ok {
			return
		}
		if w <= 0 {
			continue
		}
		p := pair{w: s.w * w}
		p.at[t.o.Ranked], p.at[1-t.o.Ranked] = spot{head.Seg, head.Lo, head.Group}, s.plain
		t.looked = append(t.looked, candidate{n, p})
		for i, v := range t.rows {
			col, row := p.column(t.residual[i])
			v.AppendColumn(col, row, row+1)
		}
	}
}

// take hands the pairs that meet the condition to their searches.
func (t *TopJoin) take() error {
	if t.o.Residual == nil {
		for i := range t.looked {
			t.found(&t.looked[i])
		}
		return nil
	}
	b := batch.Batch{Cols: make([]batch.Column, len(t.rows)), Rows: len(t.looked)}
	for i, v := range t.rows {
		b.Cols[i] = v.Peek()
	}
	t.errs.Reset()
	passed, err := t.o.Residual.Select(t.o.Context, &b, t.passed[:0], &t.errs)
	if err != nil {
		return err
	}
	t.passed = passed
	for _, i := range passed {
		t.found(&t.looked[i])
	}
	return nil
}

func (t *TopJoin) found(c *candidate) {
	if s := &t.block.searches[c.search]; s.need > 0 {
		s.found = append(s.found, c.pair)
		s.need -= int64(c.w)
	}
}

// column returns where a column of the pair lies.
func (p *pair) column(r ref) (*batch.Column, int) {
	s := &p.at[r.side]
	if r.key {
		return &s.seg.Keys()[r.at], int(s.group)
	}
	return &s.seg.Values()[r.at], int(s.row)
}

// order compares the places of two pairs of a key.
func (t *TopJoin) order(p, q *pair) int {
	x, y := &p.at[t.o.Ranked], &q.at[t.o.Ranked]
	if d := kernel.CompareRows(x.seg.Values()[:2], y.seg.Values()[:2], int(x.row), int(y.row)); d != 0 {
		return d
	}
	for _, r := range t.output {
		if r.key {
			continue
		}
		x, y := &p.at[r.side], &q.at[r.side]
		if d := kernel.CompareRows(x.seg.Values()[r.at:r.at+1], y.seg.Values()[r.at:r.at+1], int(x.row), int(y.row)); d != 0 {
			return d
		}
	}
	return 0
}

// top yields the pairs of a group that lie in the output, at one moment, in order.
type top struct {
	searches []search
	at, end  int64 // places
	from     int64
}

// next returns the next pair, with its weight in the output.
func (t *TopJoin) next(o *top) (p pair, ok bool) {
	for o.at < o.end {
		best := -1
		for i := range o.searches {
			if len(o.searches[i].found) > 0 && (best < 0 || t.order(&o.searches[i].found[0], &o.searches[best].found[0]) < 0) {
				best = i
			}
		}
		if best < 0 {
			return p, false
		}
		s := &o.searches[best]
		p, s.found = s.found[0], s.found[1:]
		at := o.at
		o.at += int64(p.w)
		if w := min(o.at, o.end) - max(at, o.from); w > 0 {
			p.w = batch.Weight(w)
			return p, true
		}
	}
	return p, false
}

// compare emits how the first pairs of a group after the epoch differ from those before.
func (t *TopJoin) compare(g *group) {
	var tops [2]top
	var heads [2]pair
	var ok [2]bool
	for which := range tops {
		from := g.first[which]
		tops[which] = top{searches: t.block.searches[from : from+g.count[which]], end: t.o.Offset + t.o.Limit, from: t.o.Offset}
		if g.count[which] > 0 {
			heads[which], ok[which] = t.next(&tops[which])
		}
	}
	for ok[0] || ok[1] {
		d := 0
		switch {
		case !ok[0]:
			d = 1
		case !ok[1]:
			d = -1
		default:
			d = t.order(&heads[0], &heads[1])
		}
		p, w := &heads[0], batch.Weight(0)
		if d > 0 {
			p = &heads[1]
		}
		if d <= 0 {
			w -= heads[0].w
		}
		if d >= 0 {
			w += heads[1].w
		}
		if w != 0 {
			t.emit(p, w)
		}
		if d <= 0 {
			heads[0], ok[0] = t.next(&tops[0])
		}
		if d >= 0 {
			heads[1], ok[1] = t.next(&tops[1])
		}
	}
}

func (t *TopJoin) emit(p *pair, w batch.Weight) {
	for i, v := range t.out.Cols {
		col, row := p.column(t.output[i])
		v.AppendColumn(col, row, row+1)
	}
	t.out.Room(1)[0] = w
}
