package arrange

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

const (
	// fanout is how many times larger a run is than the next younger one, at least, when no merge
	// is due: 8^8 rows make eight runs.
	fanout = 8
	// smallRows is how many rows are merged at once, within the step that adds them.
	smallRows = 8 << 10
	// MaxRuns is how many runs a reader should have to probe. An owner whose arrangement has
	// more maintains it before it goes on.
	MaxRuns = 16
)

// Maintain merges runs that have come close in size, and does about as much work as rows says. It
// reports whether more is to be done.
func (a *Arrangement) Maintain(rows int) (more bool) {
	if a.merge == nil {
		from := a.due(0)
		if from < 0 {
			return false
		}
		a.merge = newMerge(a.spec, a.runs[from:])
	}
	if !a.merge.step(&a.sealer, rows) {
		return true
	}
	m := a.merge
	a.merge = nil
	a.replace(m)
	return a.due(0) >= 0
}

// due returns where the youngest runs begin that are to be merged into one, not before floor, or
// -1. It takes the longest tail of runs in which each is less than fanout times as large as what
// follows it.
func (a *Arrangement) due(floor int) int {
	from, younger := -1, 0
	for i := len(a.runs) - 1; i >= floor; i-- {
		if younger > 0 && a.runs[i].rows < fanout*younger || a.runs[i].worn() {
			from = i
		} else if from >= 0 {
			break
		}
		younger += a.runs[i].rows
	}
	return from
}

// mergeSmall merges what is due among the smallest runs. A merge of older ones may be under way.
func (a *Arrangement) mergeSmall() {
	floor := 0
	if a.merge != nil {
		floor = slices.Index(a.runs, a.merge.runs[0]) + len(a.merge.runs)
	}
	from, rows := a.due(floor), 0
	if from < 0 {
		return
	}
	for _, run := range a.runs[from:] {
		rows += run.rows
	}
	for ; rows > smallRows && from < len(a.runs)-2; from++ {
		rows -= a.runs[from].rows // leave the large ones to Maintain
	}
	if rows > smallRows {
		return
	}
	m := newMerge(a.spec, a.runs[from:])
	for !m.step(&a.sealer, rows) {
	}
	a.replace(m)
}

// replace puts the merged run in the place of those it was made of.
func (a *Arrangement) replace(m *merge) {
	run := m.w.run()
	at := slices.Index(a.runs, m.runs[0])
	a.runs = slices.Replace(a.runs, at, at+len(m.runs), run)
	if run.rows == 0 {
		a.runs = slices.Delete(a.runs, at, at+1)
		run.Release()
	}
	for _, old := range m.runs {
		old.Release()
	}
	if a.taken > 0 { // rows may have been taken away while they were merged
		a.drop(a.taken)
	}
}

// merge is a merge under way. It goes through the hashes in slices: the rows of a slice are taken
// from all runs, sorted and consolidated, which is as fast as the sealing of new rows.
type merge struct {
	runs []*Run
	w    *writer
	s    slicer
}

func newMerge(spec Spec, runs []*Run) *merge {
	var z sizes
	z.bytes = make([]int, len(spec.Types))
	for _, run := range runs {
		for _, seg := range run.segs {
			z.rows += seg.rows
			for c := range spec.Types {
				z.bytes[c] += seg.textBytes(c, spec.Key)
			}
		}
	}
	runs = slices.Clone(runs)
	return &merge{runs: runs, w: newWriter(spec, z), s: newSlicer(spec, runs, smallRows)}
}

// textBytes bounds the bytes of the variable-width values of column c, keys repeated.
func (s *Segment) textBytes(c, key int) int {
	if c < key {
		if col := &s.keys[c]; col.Type.Variable() {
			return int(col.Offsets[s.groups]-col.Offsets[0]) + s.rows
		}
		return 0
	}
	if col := &s.vals[c-key]; col.Type.Variable() {
		return int(col.Offsets[s.rows] - col.Offsets[0])
	}
	return 0
}

// step merges about rows rows and reports whether that was all.
func (m *merge) step(s *sealer, rows int) (done bool) {
	for rows > 0 {
		n := m.s.step(s, m.w)
		if n < 0 {
			return true
		}
		rows -= max(n, 1)
	}
	return m.s.done
}

func (m *merge) abort() { m.w.abort() }

// slicer takes the rows of several runs a slice of the hashes at a time, each slice with all rows
// of its keys, but for large keys, which have slices of their own.
type slicer struct {
	at     []place // of each run
	flat   flat
	key    int
	rows   int // of a slice
	done   bool
	within bool  // the last slice ended within a large key
	with   []int // the runs that have it
}

// place is how far a run has been read.
type place struct {
	segs  []*Segment
	group int32 // of segs[0]
	row   int32 // of the group, within a large key
	left  int   // rows of the large key
}

func newSlicer(spec Spec, runs []*Run, rows int) slicer {
	s := slicer{rows: rows, flat: newFlat(spec), key: spec.Key, at: make([]place, len(runs))}
	for i, run := range runs {
		s.at[i] = place{segs: run.segs, group: run.group()}
	}
	return s
}

// next returns the rows of the next slice, valid until the next call, or nil at the end.
func (s *slicer) next() *batch.Batch {
	if s.done {
		return nil
	}
	s.flat.reset()
	if s.within || s.large() {
		s.part()
		return s.flat.rows()
	}
	if s.done = len(s.with) == 0; s.done {
		return nil
	}
	limit, last := s.limit()
	for i := range s.at {
		s.at[i].take(&s.flat, limit, last)
	}
	s.done = last
	return s.flat.rows()
}

// limit returns the hash at which the slice ends: no run gives much more than its share of
// the slice's rows below it. The last slice takes everything.
func (s *slicer) limit() (limit uint64, last bool) {
	last = true
	live := 0
	for i := range s.at {
		if len(s.at[i].segs) > 0 {
			live++
		}
	}
	for i := range s.at {
		if len(s.at[i].segs) == 0 {
			continue
		}
		if h, more := s.at[i].ahead(s.rows / live); more && (last || h < limit) {
			limit, last = h, false
		}
	}
	least := &s.at[s.with[0]] // a large key behind it has slices of its own
	for i := range s.at {
		p := &s.at[i]
		if len(p.segs) == 0 || p.keyRows(largeRows/live) <= largeRows/live {
			continue
		}
		if h := p.segs[0].hash(p.group); h > least.segs[0].hash(least.group) && (last || h < limit) {
			limit, last = h, false
		}
	}
	return limit, last
}

// ahead returns a hash above that of the current group such that about rows rows lie below it; more
// is false when the run ends before.
func (p *place) ahead(rows int) (h uint64, more bool) {
	current := p.segs[0].hash(p.group)
	group := p.group
	for _, seg := range p.segs {
		lo, _ := seg.Span(group)
		if rows < seg.rows-int(lo) {
			for g := seg.groupOf(lo + int32(rows)); int(g) < seg.groups; g++ {
				if h := seg.hash(g); h > current {
					return h, true
				}
			}
		}
		rows = max(rows-(seg.rows-int(lo)), 0)
		group = 0
	}
	return 0, false
}

// groupOf returns the group of a row.
func (s *Segment) groupOf(row int32) int32 {
	if s.offs == nil {
		return row
	}
	g, found := slices.BinarySearch(s.offs, row)
	if !found {
		g--
	}
	return int32(g)
}

// take moves on to the first group whose hash is at least limit, or to the end, and adds the rows
// before it.
func (p *place) take(f *flat, limit uint64, last bool) {
	for len(p.segs) > 0 {
		seg := p.segs[0]
		end := int32(seg.groups)
		if !last && seg.last >= limit {
			end = seg.lower(limit)
		}
		f.addGroups(seg, p.group, max(end, p.group))
		p.group = max(end, p.group)
		if int(p.group) < seg.groups {
			return
		}
		p.segs, p.group = p.segs[1:], 0
	}
}

// addGroups appends the rows of groups g to h of a segment, each with its key.
func (f *flat) addGroups(s *Segment, g, h int32) {
	if g == h {
		return
	}
	lo, _ := s.Span(g)
	_, hi := s.Span(h - 1)
	if s.offs == nil {
		for c := range s.keys {
			f.cols[c].AppendColumn(&s.keys[c], int(g), int(h))
		}
	} else {
		f.sel = f.sel[:0]
		for ; g < h; g++ {
			for n := s.offs[g+1] - s.offs[g]; n > 0; n-- {
				f.sel = append(f.sel, g)
			}
		}
		for c := range s.keys {
			kernel.Gather(f.cols[c], &s.keys[c], f.sel)
		}
	}
	for c := range s.vals {
		f.cols[len(s.keys)+c].AppendColumn(&s.vals[c], int(lo), int(hi))
	}
	f.weigh(s.weights, int(lo), int(hi))
}
