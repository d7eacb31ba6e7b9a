package relation

import (
	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Spread adds a column to its rows, an int32 from 0 to shares-1, so that a join without keys can be made on it
// by all workers: the rows of one side are dealt out, those of the other are copied to every share.
//
//	deal(a)[x, hash(x) mod shares] = a[x]
//	copies(a)[x, i]                = a[x]      for each share i
//
// It is linear and keeps nothing.
type Spread struct {
	shares  int
	copies  bool
	hashes  []uint64
	column  *batch.Vector
	waiting port.Waiting
}

// NewSpread returns a spread that deals rows out, or one that copies them.
func NewSpread(shares int, copies bool) *Spread {
	return &Spread{shares: shares, copies: copies, column: batch.NewVector(batch.T(batch.Int32))}
}

// Apply adds the column to one batch.
func (s *Spread) Apply(_ int, b *batch.Batch, out operators.Emit) error {
	if !s.copies {
		if cap(s.hashes) < b.Rows {
			s.hashes = make([]uint64, b.Rows)
		}
		s.hashes = s.hashes[:b.Rows]
		kernel.Hash(s.hashes, b.Cols, b.Rows)
		return s.emit(b, out, func(row int) int32 { return int32(s.hashes[row] % uint64(s.shares)) })
	}
	for share := range int32(s.shares) {
		if err := s.emit(b, out, func(int) int32 { return share }); err != nil {
			return err
		}
	}
	return nil
}

// emit passes a batch on with the share of each row.
func (s *Spread) emit(b *batch.Batch, out operators.Emit, share func(row int) int32) error {
	s.column.Reset()
	for row := range b.Rows {
		batch.Append(s.column, share(row))
	}
	cols := make([]batch.Column, 0, len(b.Cols)+1)
	cols = append(append(cols, b.Cols...), s.column.Peek())
	return out(&batch.Batch{Cols: cols, Rows: b.Rows, Weights: b.Weights})
}

// Push keeps rows for the next Step.
func (s *Spread) Push(port int, b *batch.Batch) error {
	s.waiting.Push(port, b)
	return nil
}

// Done has nothing to note.
func (s *Spread) Done(int) {}

// Step answers to what was pushed.
func (s *Spread) Step(_ operators.Budget, out operators.Emit) (bool, error) {
	return false, s.waiting.Step(s, out)
}
