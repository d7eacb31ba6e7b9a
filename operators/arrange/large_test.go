package arrange

import (
	"math/rand/v2"
	"testing"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// TestLargeKeys: the other tests hold where nearly all keys are sealed and merged in parts.
func TestLargeKeys(t *testing.T) {
	before := largeRows
	largeRows = 3
	t.Cleanup(func() { largeRows = before })
	for _, test := range []func(*testing.T){TestBuilder, TestArrangement, TestMergedRowsVanish, TestCheckpoint, TestTake} {
		t.Run("", test)
	}
}

// TestLargeKeyInSteps: neither sealing nor merging the rows of one key is a single step.
func TestLargeKeyInSteps(t *testing.T) {
	spec := Spec{Types: []batch.Type{batch.T(batch.Int32), batch.T(batch.Int64)}, Key: 1}
	r := rand.New(rand.NewPCG(1, 22))
	const rows = 400_000
	a := New(spec)
	defer a.Release()
	for range 3 {
		b := NewBuilder(spec)
		key, value := batch.NewVector(spec.Types[0]), batch.NewVector(spec.Types[1])
		batch.Extend[int32](key, rows)
		for i, values := 0, batch.Extend[int64](value, rows); i < rows; i++ {
			values[i] = r.Int64N(1 << 40)
		}
		b.Append(&batch.Batch{Cols: []batch.Column{key.Take(), value.Take()}, Rows: rows}, nil)
		run, done, steps := (*Run)(nil), false, 0
		for ; !done; steps++ {
			run, done = b.Seal(1000)
		}
		if steps < 10 || run.rows < rows-100 {
			t.Errorf("%d rows sealed in %d steps", run.rows, steps)
		}
		a.runs = append(a.runs, run)
	}
	steps := 1
	for a.Maintain(1000) {
		steps++
	}
	if steps < 100 || len(a.runs) != 1 {
		t.Errorf("merged in %d steps into %d runs", steps, len(a.runs))
	}
	n := 0
	for _, s := range a.runs[0].segs {
		if s.groups != 1 {
			t.Errorf("a segment of %d groups", s.groups)
		}
		for row := 1; row < s.rows; row++ {
			if kernel.CompareRows(s.vals, s.vals, row-1, row) >= 0 {
				t.Fatalf("row %d is not behind the one before", row)
			}
		}
		n += s.rows
	}
	if n < 3*rows-1000 {
		t.Errorf("%d rows", n)
	}
}
