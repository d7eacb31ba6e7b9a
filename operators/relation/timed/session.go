package timed

import (
	"math"
	"slices"
	"sort"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/fault"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// SessionOptions says what a Session does.
type SessionOptions struct {
	// Types are those of the input's columns.
	Types []batch.Type
	// Keys are the columns that divide the rows into partitions, each with sessions of its own; none: all rows are one.
	Keys []int
	// Time is the column, a timestamp, that says when a row was. It is none of Keys.
	Time int
	// Gap is how long, in microseconds, a session lasts behind its last row.
	Gap int64
	// Dead takes rows without a time. Nil drops them.
	Dead port.Dead
}

// Session puts each row into the session that its time lies in, and adds two columns for the session's start and end.
//
//	session(a)[x, s, e] = a[x]   if s and e - gap are the first and the last time of the longest chain of times of rows
//	                             of x's partition around time(x) in which each is less than gap behind the one before
//
// It keeps all rows, arranged by partition, then by time. In an epoch it looks, from each time at which a row changed, as
// far to both sides as the chain goes before or after: sessions that end before or begin behind are not touched. A row
// whose weight is not positive is absent, and ties nothing together.
type Session struct {
	o          SessionOptions
	cols       []int // of the input, in the order of the arrangement
	from       []int // for each column of the input, its place there
	input      port.Input
	state      *arrange.Arrangement
	old, delta *arrange.Reader
	scan       *arrange.Scan
	block      *arrange.Block
	prober     arrange.Prober
	spans      [][]span // of the groups of the block
	group      int      // of the block, the one that is worked on
	done       int64    // up to where the group's changes were seen, if any was
	seen       bool
	rows       []sessionRow
	sel        []int32
	out        port.Output
}

// span is rows of one partition in one segment, and which of them are worked on.
type span struct {
	seg        *arrange.Segment
	group      int32
	lo, hi     int32
	begin, end int32
	times      []int64
	isOld      bool
	head       int32
}

// sessionRow is a row with its weights and sessions before and after.
type sessionRow struct {
	at       *span
	row      int32
	weight   [2]batch.Weight
	from, to [2]int64
}

// NewSession returns a session.
func NewSession(o SessionOptions) *Session {
	if o.Dead == nil {
		o.Dead = port.Drop
	}
	cols := append(slices.Clone(o.Keys), o.Time)
	from := make([]int, len(o.Types))
	for c := range o.Types {
		if !slices.Contains(cols, c) {
			cols = append(cols, c)
		}
	}
	for i, c := range cols {
		from[c] = i
	}
	spec := arrange.Spec{Types: port.Project(o.Types, cols), Key: len(o.Keys), SegmentBytes: port.SegmentBytes}
	stamp := batch.T(batch.Timestamp)
	return &Session{
		o: o, cols: cols, from: from, input: port.NewInput(spec), state: arrange.New(spec),
		out: port.NewOutput(append(slices.Clone(o.Types), stamp, stamp)),
	}
}

// Push gathers the rows that have a time.
func (s *Session) Push(_ int, b *batch.Batch) error {
	col := &b.Cols[s.o.Time]
	times := batch.Values[int64](col)
	s.sel = s.sel[:0]
	for row := range b.Rows {
		switch {
		case col.Null(row):
			s.o.Dead(b, row, b.Weight(row), fault.Reason(fault.Time, "the time of a session is NULL"))
		case times[row] > math.MaxInt64-s.o.Gap:
			s.o.Dead(b, row, b.Weight(row), fault.Reason(fault.Time, "the time of a session is out of range"))
		default:
			s.sel = append(s.sel, int32(row))
		}
	}
	if len(s.sel) > 0 { // nil would be all
		s.input.Builder.AppendSelected(b, s.cols, s.sel)
	}
	return nil
}

// Done ends the epoch's input.
func (s *Session) Done(int) { s.input.Done = true }

// Step seals the input, then goes through the partitions that have changes, from change to change.
func (s *Session) Step(budget operators.Budget, out operators.Emit) (bool, error) {
	if ready, more := s.input.Seal(budget); !ready {
		return more, nil
	}
	if s.scan == nil {
		s.old, s.delta = s.state.Reader(), arrange.NewReader(s.state.Spec(), s.input.Run)
		s.scan = arrange.NewScan(s.input.Run)
	}
	for rows := budget.Rows; rows > 0; {
		if s.block == nil && !s.next(rows) {
			s.finish()
			return false, s.out.Flush(out)
		}
		if s.group == s.block.Len() {
			s.block = nil
			continue
		}
		n := s.change(s.spans[s.group])
		if n == 0 {
			s.group, s.seen = s.group+1, false
		}
		if s.out.N >= port.OutRows {
			if err := s.out.Flush(out); err != nil {
				return false, err
			}
		}
		rows -= n + 1
	}
	return true, nil
}

// sessionBlock is how many partitions are looked up at once.
const sessionBlock = 512

// next takes the next block of partitions with changes, and finds their rows.
func (s *Session) next(rows int) bool {
	block, ok := s.scan.Next(max(1, min(sessionBlock, rows)))
	if !ok {
		return false
	}
	s.block, s.group, s.seen = block, 0, false
	if block.Continued {
		s.group = 1 // it was done with the block before
	}
	s.spans = port.Grown(s.spans, block.Len())
	for i := range s.spans {
		s.spans[i] = s.spans[i][:0]
	}
	for _, r := range []*arrange.Reader{s.old, s.delta} {
		s.prober.Start(r, block.Probed)
		for m, ok := s.prober.Next(); ok; m, ok = s.prober.Next() {
			times := batch.Values[int64](&m.Segment.Values()[0])
			for i, hit := range m.Hits {
				lo, hi := m.Segment.Span(m.Groups[i])
				s.spans[hit] = append(s.spans[hit], span{seg: m.Segment, group: m.Groups[i], lo: lo, hi: hi, times: times, isOld: r == s.old})
			}
		}
	}
	return true
}

func (s *Session) finish() {
	s.old.Close()
	s.delta.Close()
	s.state.Add(s.input.Run.Retain())
	s.old, s.delta, s.scan = nil, nil, nil
	if cap(s.rows) > port.OutRows { // of a huge session
		s.rows = nil
	}
	s.input.Reset()
}

// change emits how the sessions around the next change of a partition differ, and returns how many rows it looked at: none
// when there is no change left.
func (s *Session) change(spans []span) int {
	at, found := int64(0), false
	for i := range spans {
		p := &spans[i]
		if p.isOld {
			continue
		}
		row := p.lo
		if s.seen {
			row = p.above(s.done)
		}
		if row < p.hi && (!found || p.times[row] < at) {
			at, found = p.times[row], true
		}
	}
	if !found {
		return 0
	}
	s.done, s.seen = s.reach(spans, at), true
	s.merge(spans)
	for which := range 2 {
		s.divide(which)
	}
	for i := range s.rows {
		s.differ(&s.rows[i])
	}
	return max(len(s.rows), 1)
}

// below returns the first row at or behind a time, above the first one behind it.
func (p *span) below(at int64) int32 {
	return p.lo + int32(sort.Search(int(p.hi-p.lo), func(i int) bool { return p.times[p.lo+int32(i)] >= at }))
}

func (p *span) above(at int64) int32 {
	return p.lo + int32(sort.Search(int(p.hi-p.lo), func(i int) bool { return p.times[p.lo+int32(i)] > at }))
}

// reach finds the rows that the chain of times around at goes through, before or after the changes, and returns the last
// of these times.
func (s *Session) reach(spans []span, at int64) (last int64) {
	for i := range spans {
		spans[i].begin, spans[i].end = spans[i].below(at), spans[i].above(at)
	}
	for now := at; ; {
		before, found := int64(0), false
		for i := range spans {
			if p := &spans[i]; p.begin > p.lo && (!found || p.times[p.begin-1] > before) {
				before, found = p.times[p.begin-1], true
			}
		}
		if !found || uint64(now)-uint64(before) >= uint64(s.o.Gap) {
			break
		}
		for i := range spans {
			for p := &spans[i]; p.begin > p.lo && p.times[p.begin-1] == before; {
				p.begin--
			}
		}
		now = before
	}
	for last = at; ; {
		behind, found := int64(0), false
		for i := range spans {
			if p := &spans[i]; p.end < p.hi && (!found || p.times[p.end] < behind) {
				behind, found = p.times[p.end], true
			}
		}
		if !found || uint64(behind)-uint64(last) >= uint64(s.o.Gap) {
			return last
		}
		for i := range spans {
			for p := &spans[i]; p.end < p.hi && p.times[p.end] == behind; {
				p.end++
			}
		}
		last = behind
	}
}

// merge lists the different rows of the spans in order, with their weights before and after.
func (s *Session) merge(spans []span) {
	s.rows = s.rows[:0]
	for i := range spans {
		spans[i].head = spans[i].begin
	}
	for {
		best := -1
		for i := range spans {
			if spans[i].head < spans[i].end && (best < 0 || compareHeads(&spans[i], &spans[best]) < 0) {
				best = i
			}
		}
		if best < 0 {
			return
		}
		r := sessionRow{at: &spans[best], row: spans[best].head}
		for i := range spans {
			p := &spans[i]
			if p.head == p.end || i != best && kernel.CompareRows(p.seg.Values(), r.at.seg.Values(), int(p.head), int(r.row)) != 0 {
				continue
			}
			w := p.seg.RowWeight(p.head)
			if r.weight[1] += w; p.isOld {
				r.weight[0] += w
			}
			p.head++
		}
		s.rows = append(s.rows, r)
	}
}

func compareHeads(a, b *span) int {
	return kernel.CompareRows(a.seg.Values(), b.seg.Values(), int(a.head), int(b.head))
}

// divide finds the sessions of the rows that are there, before or after.
func (s *Session) divide(which int) {
	first, last := -1, int64(0)
	end := func(to int) {
		for i := max(first, 0); first >= 0 && i < to; i++ {
			s.rows[i].to[which] = last + s.o.Gap
		}
	}
	for i := range s.rows {
		r := &s.rows[i]
		if r.weight[which] <= 0 {
			continue
		}
		at := r.at.times[r.row]
		if first < 0 || uint64(at)-uint64(last) >= uint64(s.o.Gap) {
			end(i)
			first = i
		}
		last = at
		r.from[which] = s.rows[first].at.times[s.rows[first].row]
	}
	end(len(s.rows))
}

// differ emits how a row in its session differs.
func (s *Session) differ(r *sessionRow) {
	before, after := max(r.weight[0], 0), max(r.weight[1], 0)
	if before > 0 && after > 0 && r.from[0] == r.from[1] && r.to[0] == r.to[1] {
		after -= before
		before = 0
	}
	for which, w := range []batch.Weight{-before, after} {
		if w == 0 {
			continue
		}
		n := len(s.o.Keys)
		for c, place := range s.from {
			if place < n {
				s.out.Cols[c].AppendColumn(&r.at.seg.Keys()[place], int(r.at.group), int(r.at.group)+1)
			} else {
				s.out.Cols[c].AppendColumn(&r.at.seg.Values()[place-n], int(r.row), int(r.row)+1)
			}
		}
		batch.Append(s.out.Cols[len(s.from)], r.from[which])
		batch.Append(s.out.Cols[len(s.from)+1], r.to[which])
		s.out.Room(1)[0] = w
	}
}

// Arrangements returns all rows.
func (s *Session) Arrangements() []*arrange.Arrangement { return []*arrange.Arrangement{s.state} }

// Release frees all memory.
func (s *Session) Release() {
	s.old.Close()
	s.delta.Close()
	s.input.Release()
	s.state.Release()
}
