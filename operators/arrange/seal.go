package arrange

import (
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// sealer turns rows in any order into rows in the order of a run, consolidated. Everything that
// makes or merges runs goes through it, a slice of the hashes at a time. It keeps its scratch
// memory for the next slice.
type sealer struct {
	spec   Spec
	sort   kernel.Sorter
	tied   kernel.TieSorter
	hashes []uint64
	perm   []int32
	ties   [2][]kernel.Tie
	keys   []kernel.Tie
	groups kernel.Groups
}

// order sorts and consolidates the rows of b. The result is valid until the next call.
func (s *sealer) order(b *batch.Batch) *kernel.Groups {
	n := b.Rows
	s.hashes, s.perm = grow(s.hashes, n), grow(s.perm, n)
	s.spec.hash(s.hashes, b.Cols, n)
	for i := range s.perm {
		s.perm[i] = int32(i)
	}
	s.sort.SortByHash(s.hashes, s.perm)
	ties := kernel.HashTies(s.ties[0][:0], s.hashes)
	s.ties[0] = ties
	for c := range b.Cols[:s.spec.Key] {
		ties = s.refine(c, ties, &b.Cols[c])
	}
	s.keys = append(s.keys[:0], ties...)
	if s.spec.Loose {
		s.groups.Consolidate(s.perm, s.keys, nil, b.Weights)
		return &s.groups
	}
	for c := s.spec.Key; c < len(b.Cols); c++ {
		ties = s.refine(c, ties, &b.Cols[c])
	}
	s.groups.Consolidate(s.perm, s.keys, ties, b.Weights)
	return &s.groups
}

// refine sorts within ties by column c, and returns the ties left.
func (s *sealer) refine(c int, ties []kernel.Tie, col *batch.Column) []kernel.Tie {
	out := s.tied.Sort(s.ties[(c+1)%2][:0], ties, s.perm, col)
	s.ties[(c+1)%2] = out
	return out
}

// seal writes the rows of b.
func (s *sealer) seal(b *batch.Batch, w *writer) {
	if b.Rows > 0 {
		w.write(b.Cols, s.order(b), false)
	}
}
