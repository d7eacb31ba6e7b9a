// Package arrange keeps arrangements: keyed Z-sets that joins and aggregates read, as a few
// immutable runs.
//
// A run is ordered by the hash of the key, then by the key's columns, then by the other columns, in
// canonical order, and is consolidated. Rows are gathered by a Builder and sealed into a run; an
// Arrangement holds runs, oldest first, whose sum is its Z-set, and merges them as they grow; a
// Reader holds the runs of one moment; a Prober finds keys in it. The large memory lies outside the
// Go heap and is freed by hand: whoever holds a Run or a Reader releases it.
//
// All of an arrangement belongs to one goroutine.
package arrange

import (
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Spec says what an arrangement holds.
type Spec struct {
	// Types are those of the columns, the key's first.
	Types []batch.Type
	// Key is how many columns the key has. The values behind it are in canonical order.
	Key int
	// Hashed is how many of the key's columns, from the first, make up its hash: enough of them to
	// tell nearly all keys apart. Zero means all.
	Hashed int
	// Owner are the columns whose hash says which worker has a row; nil: those of the key's hash.
	// It is asked when state moves to another number of workers.
	Owner []int
	// Ordered keeps the runs in the order of the key, which is one column of timestamps without nulls: the rows that
	// come first can be taken away (Arrangement.Take). Owner must be set.
	Ordered bool
	// Loose leaves the rows of a key in any order, and equal ones apart. A loose run cannot be part of
	// an Arrangement.
	Loose bool
	// SegmentBytes bounds a segment. Zero means 56 MiB, so that all of it stays below 64.
	SegmentBytes int
}

// hashed returns how many columns make up the hash.
func (s Spec) hashed() int {
	if s.Hashed == 0 {
		return s.Key
	}
	return s.Hashed
}

// hash sets dst to the hashes of n keys in cols; those of an ordered key are in its order.
func (s Spec) hash(dst []uint64, cols []batch.Column, n int) {
	hash(dst, cols[:s.hashed()], n, s.Ordered)
}

func hash(dst []uint64, cols []batch.Column, n int, ordered bool) {
	if !ordered {
		kernel.Hash(dst, cols, n)
		return
	}
	for i, v := range batch.Values[int64](&cols[0])[:n] {
		dst[i] = orderedHash(v)
	}
}

// orderedHash is the number that stands for a value of an ordered key in the order of a run.
func orderedHash(v int64) uint64 { return uint64(v) ^ 1<<63 }

// Owners returns the columns whose hash says which worker has a row.
func (s Spec) Owners() []int {
	if s.Owner != nil {
		return s.Owner
	}
	cols := make([]int, s.hashed())
	for i := range cols {
		cols[i] = i
	}
	return cols
}

// Arrangement is a keyed Z-set: the sum of a few runs.
type Arrangement struct {
	spec   Spec
	runs   []*Run // oldest first
	taken  uint64 // of an ordered one: the rows below this hash were taken away
	merge  *merge
	sealer sealer
}

// New returns an empty arrangement.
func New(spec Spec) *Arrangement {
	return &Arrangement{spec: spec, sealer: sealer{spec: spec}}
}

// Spec returns what the arrangement holds.
func (a *Arrangement) Spec() Spec { return a.spec }

// Add adds the rows of run, which is the arrangement's from now on. Runs too small to be worth a
// run of their own are merged at once.
func (a *Arrangement) Add(run *Run) {
	if run.rows == 0 {
		run.Release()
		return
	}
	a.runs = append(a.runs, run)
	a.mergeSmall()
}

// Reader returns the arrangement as it is now. It does not change when runs are added or merged,
// and is to be closed.
func (a *Arrangement) Reader() *Reader {
	r := &Reader{spec: a.spec, runs: append([]*Run(nil), a.runs...)}
	for _, run := range r.runs {
		run.Retain()
	}
	return r
}

// Stats is how large an arrangement is.
type Stats struct {
	Rows, Bytes, Runs int
}

// Stats returns how large the arrangement is. Rows that cancel each other count until they merge.
func (a *Arrangement) Stats() Stats {
	s := Stats{Runs: len(a.runs)}
	for _, run := range a.runs {
		s.Rows += run.rows
		s.Bytes += run.bytes
	}
	return s
}

// Release empties the arrangement and gives its memory back.
func (a *Arrangement) Release() {
	if a.merge != nil {
		a.merge.abort()
		a.merge = nil
	}
	for _, run := range a.runs {
		run.Release()
	}
	a.runs = nil
}
