package arrange

import "github.com/millrace-dev/millrace/operators/kernel"

// Scan goes through the groups of a run in order, a block at a time.
type Scan struct {
	segs  []*Segment
	cut   bool // segs[0] begins with the last key of the segment before
	at    int
	block Block
}

// Block is a range of groups of a segment. Its keys can be probed as they are.
type Block struct {
	Probed
	Segment *Segment
	Lo, Hi  int
	// Continued says that the first group has the key of the last group of the block before:
	// the end of a segment cut through its rows.
	Continued bool
	// Cut says that the last group goes on in the next block.
	Cut bool
}

// Len returns the number of groups.
func (b *Block) Len() int { return b.Hi - b.Lo }

// NewScan returns a scan of a run, which must live as long.
func NewScan(run *Run) *Scan { return &Scan{segs: run.segs} }

// Next returns the next block of at most most groups, valid until the next call, or false.
func (s *Scan) Next(most int) (*Block, bool) {
	if len(s.segs) == 0 {
		return nil, false
	}
	seg := s.segs[0]
	b := &s.block
	b.Segment, b.Lo, b.Hi = seg, s.at, min(s.at+most, seg.groups)
	b.Keys = slice(seg.keys, b.Lo, b.Hi)
	b.Hashes = seg.Hashes(b.Hashes, b.Lo, b.Hi)
	b.Continued, b.Cut = s.at == 0 && s.cut, false
	if s.at = b.Hi; s.at == seg.groups {
		s.segs, s.at = s.segs[1:], 0
		b.Cut = len(s.segs) > 0 && kernel.CompareRows(seg.keys, s.segs[0].keys, seg.groups-1, 0) == 0
		s.cut = b.Cut
	}
	return b, true
}
