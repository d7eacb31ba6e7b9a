package arrange

import (
	"cmp"
	"slices"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Segment is a part of a run: rows of distinct keys in the order of the keys' hashes, immutable.
// Each key is stored once and owns a span of rows. Only the first and the last key of a segment may
// also stand in its neighbours.
type Segment struct {
	keys, vals   []batch.Column
	hashed       int  // how many of keys make up the hash
	ordered      bool // by the key instead of its hash
	groups, rows int
	offs         []int32        // where the rows of each group begin, and their number; nil: one row a group
	weights      []batch.Weight // nil: all +1
	dir          kernel.Directory
	last         uint64 // hash of the last key
	mem, dirMem  *region
	bytes        int
	name         string // of the file that holds it; "" until it was written
}

// Keys returns the key columns: one row for each group.
func (s *Segment) Keys() []batch.Column { return s.keys }

// Values returns the columns behind the key.
func (s *Segment) Values() []batch.Column { return s.vals }

// Weights returns the weights of the rows, or nil: all are +1.
func (s *Segment) Weights() []batch.Weight { return s.weights }

// Groups returns how many keys there are.
func (s *Segment) Groups() int { return s.groups }

// Rows returns how many rows there are.
func (s *Segment) Rows() int { return s.rows }

// Span returns the rows of group g: lo to hi.
func (s *Segment) Span(g int32) (lo, hi int32) {
	if s.offs == nil {
		return g, g + 1
	}
	return s.offs[g], s.offs[g+1]
}

// Weight returns the sum of the weights of the rows of group g.
func (s *Segment) Weight(g int32) batch.Weight {
	lo, hi := s.Span(g)
	if s.weights == nil {
		return batch.Weight(hi - lo)
	}
	sum := batch.Weight(0)
	for _, w := range s.weights[lo:hi] {
		sum += w
	}
	return sum
}

// RowWeight returns the weight of one row.
func (s *Segment) RowWeight(row int32) batch.Weight {
	if s.weights == nil {
		return 1
	}
	return s.weights[row]
}

// Hashes sets dst to the hashes of the groups lo to hi, and returns it.
func (s *Segment) Hashes(dst []uint64, lo, hi int) []uint64 {
	dst = grow(dst, hi-lo)
	hash(dst, slice(s.keys[:s.hashed], lo, hi), hi-lo, s.ordered)
	return dst
}

func (s *Segment) hash(g int32) uint64 {
	var h [1]uint64
	s.Hashes(h[:], int(g), int(g)+1)
	return h[0]
}

// lower returns the first group whose hash is at least h.
func (s *Segment) lower(h uint64) int32 {
	if s.ordered { // the values may lie in any clusters, which a directory cannot tell apart
		at, _ := slices.BinarySearchFunc(batch.Values[int64](&s.keys[0])[:s.groups], h, func(v int64, h uint64) int {
			return cmp.Compare(orderedHash(v), h)
		})
		return int32(at)
	}
	return s.dir.Lower(h, s.groups, s.hash)
}

// index builds the directory, and reports whether the keys are in the order of their hashes.
func (s *Segment) index() (ordered bool) {
	const block = 4096
	first := s.hash(0)
	s.last = s.hash(int32(s.groups - 1))
	if first > s.last {
		return false
	}
	entries, shift := kernel.DirectorySize(s.groups, first, s.last)
	s.dirMem = newRegion(4 * entries)
	s.dir = kernel.Directory{Base: first, Shift: shift, Starts: cutInts[int32](s.dirMem, entries)}
	var hashes []uint64
	next, prior := 0, first
	for at := 0; at < s.groups; at += block {
		hashes = s.Hashes(hashes, at, min(at+block, s.groups))
		if prior > hashes[0] || hashes[len(hashes)-1] > s.last || !slices.IsSorted(hashes) {
			return false
		}
		prior = hashes[len(hashes)-1]
		next = s.dir.Fill(hashes, at, next)
	}
	for ; next < entries; next++ {
		s.dir.Starts[next] = int32(s.groups)
	}
	return true
}

// measure sets how many bytes the segment takes, its directory included.
func (s *Segment) measure() {
	s.bytes = 4*len(s.offs) + 8*len(s.weights) + 4*len(s.dir.Starts)
	for i := range s.keys {
		s.bytes += s.keys[i].Bytes()
	}
	for i := range s.vals {
		s.bytes += s.vals[i].Bytes()
	}
}

// release gives the memory back.
func (s *Segment) release() {
	s.mem.release()
	s.dirMem.release()
	s.keys, s.vals, s.offs, s.weights, s.dir.Starts = nil, nil, nil, nil, nil
}

// Run is an immutable consolidated Z-set: segments in the order of their keys' hashes. It is
// counted by its users, all on the goroutine that owns the arrangement; the last one frees it.
type Run struct {
	segs  []*Segment
	from  int32      // of an ordered one: the first row of segs[0] that was not taken away
	gone  []*Segment // those before segs[0], of which all was, and which a reader or a merge may still use
	rows  int
	bytes int
	refs  int
}

func newRun(segs []*Segment) *Run {
	r := &Run{segs: segs, refs: 1}
	for _, s := range segs {
		r.rows += s.rows
		r.bytes += s.bytes
	}
	return r
}

// Segments returns the parts in order.
func (r *Run) Segments() []*Segment { return r.segs }

// Rows returns how many rows there are.
func (r *Run) Rows() int { return r.rows }

// Bytes returns how much memory the run takes.
func (r *Run) Bytes() int { return r.bytes }

// Retain adds a user.
func (r *Run) Retain() *Run {
	r.refs++
	return r
}

// Release takes a user away.
func (r *Run) Release() {
	r.refs--
	if r.refs == 0 {
		for _, s := range append(r.segs, r.gone...) {
			s.release()
		}
	}
	if r.refs < 0 {
		panic("arrange: a run was released too often")
	}
}

// grow returns s with length n, whatever it holds.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}

// slice returns rows i to j of the columns, sharing their memory where it can.
func slice(cols []batch.Column, i, j int) []batch.Column {
	out := make([]batch.Column, len(cols))
	for c := range cols {
		out[c] = cols[c].Slice(i, j)
	}
	return out
}

// Offsets returns where the rows of each group begin, followed by their number, or nil: group g is
// row g.
func (s *Segment) Offsets() []int32 { return s.offs }
