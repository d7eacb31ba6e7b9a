package arrange

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Reader is an arrangement at one moment.
type Reader struct {
	spec Spec
	runs []*Run // oldest first
}

// NewReader returns a reader of one run, which it shares.
func NewReader(spec Spec, run *Run) *Reader {
	return &Reader{spec: spec, runs: []*Run{run.Retain()}}
}

// Close gives the runs back. A nil reader has nothing to give back.
func (r *Reader) Close() {
	if r == nil {
		return
	}
	for _, run := range r.runs {
		run.Release()
	}
	r.runs = nil
}

// Share returns another reader of the same moment, to be closed on its own.
func (r *Reader) Share() *Reader {
	out := &Reader{spec: r.spec, runs: slices.Clone(r.runs)}
	for _, run := range out.runs {
		run.Retain()
	}
	return out
}

// Empty reports whether there are no rows.
func (r *Reader) Empty() bool { return len(r.runs) == 0 }

// All calls yield with all rows, consolidated over the runs and in the order of a run, in batches
// of bounded size that are valid until yield returns.
func (r *Reader) All(yield func(b *batch.Batch) error) error {
	if len(r.runs) == 0 {
		return nil
	}
	s, seal := newSlicer(r.spec, r.runs, sliceRows), sealer{spec: r.spec}
	out := batch.NewBuilder(r.spec.Types)
	for b := s.next(); b != nil; b = s.next() {
		g := seal.order(b)
		whole := batch.Batch{Cols: b.Cols, Rows: b.Rows}
		out.Reset()
		if g.Weights == nil {
			kernel.GatherRows(out, &whole, g.Rows)
		} else {
			for c, v := range out.Cols {
				kernel.Gather(v, &b.Cols[c], g.Rows)
			}
			for _, w := range g.Weights {
				out.End(w)
			}
		}
		if out.Rows() == 0 {
			continue
		}
		if err := yield(out.Peek()); err != nil {
			return err
		}
	}
	return nil
}

// Probed is a set of distinct keys to look for, ordered by their hashes.
type Probed struct {
	Keys   []batch.Column
	Hashes []uint64
}

// Match says which of the probed keys a segment has: Hits[i] is the number of a key and Groups[i]
// the group of Segment that has it. A key may be matched several times: once for each run, and twice
// where its rows are cut by the end of a segment.
type Match struct {
	Run          int // of the reader's runs, the youngest has the highest number
	Segment      *Segment
	Hits, Groups []int32
}

// Prober finds keys in a reader: Start, then Next until it says that there is no more.
type Prober struct {
	runs  []*Run
	keys  Probed
	run   int // of runs, the youngest first
	segs  []*Segment
	found kernel.Found
	match Match
}

// Start begins to look for the keys in r. It holds them until the last match.
func (p *Prober) Start(r *Reader, keys Probed) {
	p.runs, p.keys = r.runs, keys
	p.run, p.segs = len(r.runs), nil
}

// Next returns the next match, valid until the next call. All matches of a younger run come before
// those of an older one.
func (p *Prober) Next() (*Match, bool) {
	if len(p.keys.Hashes) == 0 {
		return nil, false
	}
	first, last := p.keys.Hashes[0], p.keys.Hashes[len(p.keys.Hashes)-1]
	for {
		for len(p.segs) == 0 || p.segs[0].dir.Base > last {
			if p.run == 0 {
				return nil, false
			}
			p.run--
			segs := p.runs[p.run].segs
			at, _ := slices.BinarySearchFunc(segs, first, func(s *Segment, h uint64) int {
				if s.last < h {
					return -1
				}
				return 1
			})
			p.segs = segs[at:]
		}
		seg := p.segs[0]
		p.segs = p.segs[1:]
		if p.probe(seg) {
			return &p.match, true
		}
	}
}

// probe looks for the keys in one segment.
func (p *Prober) probe(seg *Segment) bool {
	lo, _ := slices.BinarySearch(p.keys.Hashes, seg.dir.Base)
	hi := len(p.keys.Hashes)
	if seg.last != ^uint64(0) {
		hi, _ = slices.BinarySearch(p.keys.Hashes, seg.last+1)
	}
	if lo >= hi {
		return false
	}
	keys := p.keys.Keys
	if lo > 0 || hi < len(p.keys.Hashes) {
		keys = slice(keys, lo, hi)
	}
	p.found.Hits, p.found.Groups = p.found.Hits[:0], p.found.Groups[:0]
	seg.dir.Find(&p.found, seg.keys, keys, p.keys.Hashes[lo:hi])
	if lo > 0 {
		for i := range p.found.Hits {
			p.found.Hits[i] += int32(lo)
		}
	}
	p.match = Match{Run: p.run, Segment: seg, Hits: p.found.Hits, Groups: p.found.Groups}
	return len(p.match.Hits) > 0
}

// Weights adds, for each of the keys, the sum of the weights of its rows to dst.
func (p *Prober) Weights(dst []batch.Weight, r *Reader, keys Probed) {
	p.Start(r, keys)
	for m, ok := p.Next(); ok; m, ok = p.Next() {
		for i, hit := range m.Hits {
			dst[hit] += m.Segment.Weight(m.Groups[i])
		}
	}
}
