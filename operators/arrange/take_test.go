package arrange

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// TestTake adds rows, takes the first ones away, merges and restores at random: what was handed over and what is left
// are together what was added, and nothing comes twice.
func TestTake(t *testing.T) {
	for seed := range uint64(60) {
		takeHistory(t, seed)
	}
}

func takeHistory(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 3))
	spec := Spec{Types: []batch.Type{batch.T(batch.Timestamp), batch.T(batch.Utf8)}, Key: 1, Owner: []int{1}, Ordered: true, SegmentBytes: 1 << 9}
	if seed%3 == 0 {
		spec.SegmentBytes = 0
	}
	a := New(spec)
	defer func() { a.Release() }()
	left, clock, files := zset{}, int64(-50), disk{}
	for step := range 40 {
		switch r.IntN(6) {
		case 0, 1:
			b := randomTimes(r, spec, clock, 1+r.IntN([]int{10, 300, 20000}[step%3]))
			left.add(b)
			build := NewBuilder(spec)
			build.Append(b, nil)
			run, done := build.Seal(math.MaxInt)
			if !done {
				t.Fatal("a small run was not sealed at once")
			}
			a.Add(run)
		case 2, 3:
			clock += r.Int64N(30)
			taken := zset{}
			for more := true; more; {
				more = a.Take(clock+1, 1+r.IntN(50), func(seg *Segment, lo, hi int32) {
					for row := lo; row < hi; row++ {
						key := batch.Values[int64](&seg.Keys()[0])[seg.groupOf(row)]
						one := batch.NewBuilder(spec.Types)
						batch.Append(one.Cols[0], key)
						one.Cols[1].AppendColumn(&seg.Values()[0], int(row), int(row)+1)
						one.End(-seg.RowWeight(row))
						taken.add(one.Peek())
						left.add(one.Peek())
						if key > clock {
							t.Fatalf("seed %d: took the key %d at %d", seed, key, clock)
						}
					}
				})
			}
		case 4:
			a.Maintain(r.IntN(5000))
		case 5:
			m, err := a.Checkpoint(files, func() string { return fmt.Sprint(len(files)) })
			if err != nil {
				t.Fatal(err)
			}
			a.Release()
			a = New(spec)
			if err := a.Restore(files, m); err != nil {
				t.Fatal(err)
			}
		}
		checkLeft(t, a, left, clock, seed)
	}
}

// randomTimes returns rows of which some expire soon, many at once, and some never in the test.
func randomTimes(r *rand.Rand, spec Spec, clock int64, rows int) *batch.Batch {
	b := batch.NewBuilder(spec.Types)
	for range rows {
		key := clock + 1 + r.Int64N(40)
		if r.IntN(10) == 0 {
			key = math.MaxInt64 - r.Int64N(3)
		}
		batch.Append(b.Cols[0], key)
		b.Cols[1].AppendString([]string{"a", "b", "much longer"}[r.IntN(3)])
		b.End(batch.Weight(r.IntN(4) - 1))
	}
	return b.Take()
}

func checkLeft(t *testing.T, a *Arrangement, left zset, clock int64, seed uint64) {
	t.Helper()
	got := zset{}
	r := a.Reader()
	defer r.Close()
	if err := r.All(func(b *batch.Batch) error { got.add(b); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(got) != len(left) {
		t.Fatalf("seed %d: %d rows are there, not %d", seed, len(got), len(left))
	}
	for row, w := range left {
		if got[row] != w {
			t.Fatalf("seed %d: %s has the weight %d, not %d", seed, row, got[row], w)
		}
	}
	first, ok := a.First()
	if len(left) > 0 && (!ok || first <= clock) {
		t.Fatalf("seed %d: the first key is %d at %d", seed, first, clock)
	}
	if ok && a.Stats().Rows == 0 {
		t.Fatalf("seed %d: a key %d and no rows", seed, first)
	}
}

// TestTakeFrees takes everything away while a merge is under way: neither rows nor memory stay.
func TestTakeFrees(t *testing.T) {
	spec := Spec{Types: []batch.Type{batch.T(batch.Timestamp), batch.T(batch.Int64)}, Key: 1, Owner: []int{1}, Ordered: true}
	a, before := New(spec), Mapped()
	for run := range int64(8) {
		rows := batch.NewBuilder(spec.Types)
		for i := range int64(30000) {
			batch.Append(rows.Cols[0], i%5000)
			batch.Append(rows.Cols[1], run<<32+i)
			rows.End(1)
		}
		build := NewBuilder(spec)
		build.Append(rows.Take(), nil)
		a.Add(seal(build, math.MaxInt))
		a.Maintain(10000)
	}
	if Mapped() == before {
		t.Fatal("the rows are too few to be mapped")
	}
	taken := 0
	count := func(_ *Segment, lo, hi int32) { taken += int(hi - lo) }
	for a.Take(2500, 5000, count) {
	}
	if taken != 120_000 || a.Stats().Rows != 120_000 {
		t.Errorf("%d rows were taken, %d are left", taken, a.Stats().Rows)
	}
	for a.Take(math.MaxInt64, 5000, count) {
	}
	for a.Maintain(1 << 20) {
	}
	if s := a.Stats(); taken != 240_000 || s != (Stats{}) {
		t.Errorf("%d rows were taken, %+v is left", taken, s)
	}
	if Mapped() != before {
		t.Errorf("%d bytes are mapped", Mapped()-before)
	}
}
