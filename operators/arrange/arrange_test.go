package arrange

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// kinds is the types of the tests: a key of two columns, values of several widths.
var kinds = []batch.Type{
	batch.T(batch.Int32), batch.T(batch.Utf8), // key
	batch.T(batch.Float64), batch.T(batch.Utf8), batch.T(batch.Bool), batch.T(batch.Int64),
}

// randomBatch returns rows over a small domain, so that many are equal, with nulls and weights.
func randomBatch(r *rand.Rand, types []batch.Type, rows, domain int) *batch.Batch {
	b := batch.NewBuilder(types)
	for range rows {
		for _, v := range b.Cols {
			n := r.IntN(domain)
			switch {
			case n == 0:
				v.AppendNull()
			case v.Type.Variable():
				v.AppendString(fmt.Sprintf("text%d", n))
			case v.Type.Kind == batch.Bool:
				v.AppendBool(n%2 == 0)
			case v.Type.Kind == batch.Float64:
				batch.Append(v, []float64{0, math.Copysign(0, -1), math.NaN(), 1.5, float64(n)}[n%5])
			case v.Type.Kind == batch.Int32:
				batch.Append(v, int32(n-domain/2))
			default:
				batch.Append(v, int64(n-domain/2))
			}
		}
		b.End(batch.Weight(r.IntN(5) - 2))
	}
	return b.Take()
}

// zset is the plain meaning of an arrangement.
type zset map[string]batch.Weight

func (z zset) add(b *batch.Batch) {
	for i := range b.Rows {
		row := text(b.Row(i))
		if z[row] += b.Weight(i); z[row] == 0 {
			delete(z, row)
		}
	}
}

func text(row []any) string {
	for c, v := range row {
		if f, ok := v.(float64); ok && f == 0 {
			row[c] = 0.0 // -0 prints as -0
		}
	}
	return fmt.Sprintf("%v", row)
}

func equal(t *testing.T, got, want zset) {
	t.Helper()
	for row, w := range want {
		if got[row] != w {
			t.Errorf("row %s: weight %d, want %d", row, got[row], w)
		}
	}
	for row, w := range got {
		if want[row] == 0 {
			t.Errorf("row %s: weight %d, want none", row, w)
		}
	}
}

func seal(b *Builder, budget int) *Run {
	for {
		if run, done := b.Seal(budget); done {
			return run
		}
	}
}

// rowsOf reads a run as it is, checking that it is in order, consolidated, and findable.
func rowsOf(t *testing.T, spec Spec, run *Run) zset {
	t.Helper()
	out := batch.NewBuilder(spec.Types)
	for _, seg := range run.Segments() {
		f := newFlat(spec)
		for g := range int32(seg.Groups()) {
			if lo, hi := seg.Span(g); lo >= hi {
				t.Fatalf("group %d has no rows", g)
			}
			f.addGroups(seg, g, g+1)
		}
		for row := range int32(seg.Rows()) {
			if seg.RowWeight(row) == 0 {
				t.Fatalf("row %d has weight 0", row)
			}
		}
		out.AppendBatch(f.rows())
		if seg.bytes > 64<<20 {
			t.Errorf("segment of %d bytes", seg.bytes)
		}
	}
	rows := out.Take()
	hashes := make([]uint64, rows.Rows)
	kernel.Hash(hashes, rows.Cols[:spec.hashed()], rows.Rows)
	order := kernel.NewOrder(rows.Cols, rows.Cols)
	for i := int32(1); int(i) < rows.Rows; i++ {
		if hashes[i-1] > hashes[i] || hashes[i-1] == hashes[i] && order(i-1, i) >= 0 {
			t.Fatalf("rows %v and %v are out of order", rows.Row(int(i-1)), rows.Row(int(i)))
		}
	}
	z := zset{}
	z.add(rows)
	if len(z) != rows.Rows {
		t.Errorf("%d rows, %d of them different", rows.Rows, len(z))
	}
	return z
}

func TestBuilder(t *testing.T) {
	for _, test := range []struct {
		name         string
		rows, domain int
		key, limit   int
		types        []batch.Type
	}{
		{"empty", 0, 2, 2, 0, kinds},
		{"tiny", 3, 3, 2, 0, kinds},
		{"tail", 3000, 6, 2, 0, kinds},
		{"no key", 500, 3, 0, 0, kinds},
		{"all key", 3000, 4, 6, 0, kinds},
		{"piles", 200_000, 5, 2, 0, kinds},
		{"segments", 200_000, 100, 1, 64 << 10, kinds[:4]},
		{"one key in many segments", 150_000, 50_000, 0, 32 << 10, kinds[5:]},
		{"two ints", 300_000, 100_000, 1, 0, []batch.Type{batch.T(batch.Int32), batch.T(batch.Int32)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(7, uint64(test.rows)))
			spec := Spec{Types: test.types, Key: test.key, SegmentBytes: test.limit}
			b, want := NewBuilder(spec), zset{}
			for left := test.rows; left > 0; {
				n := min(left, 1+r.IntN(20_000))
				rows := randomBatch(r, test.types, n, test.domain)
				want.add(rows)
				b.Append(rows, nil)
				left -= n
			}
			if b.Rows() != test.rows {
				t.Errorf("%d rows appended, want %d", b.Rows(), test.rows)
			}
			run := seal(b, 1000)
			equal(t, rowsOf(t, spec, run), want)
			if b.Rows() != 0 || run.Rows() != len(want) {
				t.Errorf("%d rows left, %d in the run, want %d", b.Rows(), run.Rows(), len(want))
			}
			if test.limit > 0 && len(run.Segments()) < 3 {
				t.Errorf("%d segments", len(run.Segments()))
			}
			run.Release()
		})
	}
	if Mapped() != 0 {
		t.Errorf("%d bytes are still mapped", Mapped())
	}
}

func TestBuilderProjects(t *testing.T) {
	spec := Spec{Types: []batch.Type{kinds[1], kinds[0]}, Key: 1}
	rows := randomBatch(rand.New(rand.NewPCG(1, 1)), kinds, 100, 4)
	b, want := NewBuilder(spec), zset{}
	b.AppendSelected(rows, []int{1, 0}, []int32{5, 3, 5})
	b.Append(rows, []int{1, 0})
	part := rows.Project([]int{1, 0})
	want.add(part)
	for _, i := range []int{5, 3, 5} {
		want.add(part.Slice(i, i+1))
	}
	run := seal(b, 1)
	equal(t, rowsOf(t, spec, run), want)
}

// TestArrangement adds many runs, maintains now and then, and compares all reads with a plain map.
func TestArrangement(t *testing.T) {
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 2))
		spec := Spec{Types: kinds, Key: 2, SegmentBytes: 40 << 10}
		a, b, want := New(spec), NewBuilder(spec), zset{}
		domain := 2 + r.IntN(8)
		var early *Reader
		var earlyWant zset
		for epoch := range 60 {
			rows := randomBatch(r, kinds, 1+r.IntN(1<<r.IntN(14)), domain)
			want.add(rows)
			b.Append(rows, nil)
			a.Add(seal(b, 1<<20))
			if r.IntN(3) == 0 {
				a.Maintain(1 + r.IntN(5000))
			}
			if epoch == 30 {
				early, earlyWant = a.Reader(), zset{}
				maps.Copy(earlyWant, want)
			}
		}
		for a.Maintain(10_000) {
		}
		if n := a.Stats().Runs; n > MaxRuns {
			t.Errorf("%d runs", n)
		}
		equal(t, all(t, early), earlyWant)
		early.Close()
		now := a.Reader()
		equal(t, all(t, now), want)
		checkProbe(t, now, r, domain)
		now.Close()
		a.Release()
	}
	if Mapped() != 0 {
		t.Errorf("%d bytes are still mapped", Mapped())
	}
}

func all(t *testing.T, r *Reader) zset {
	t.Helper()
	z := zset{}
	rows := 0
	if err := r.All(func(b *batch.Batch) error {
		z.add(b)
		rows += b.Rows
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if rows != len(z) {
		t.Errorf("%d rows, %d of them different", rows, len(z))
	}
	return z
}

// checkProbe looks for keys that exist and keys that do not.
func checkProbe(t *testing.T, r *Reader, random *rand.Rand, domain int) {
	t.Helper()
	want := map[string]batch.Weight{}
	if err := r.All(func(b *batch.Batch) error {
		for i := range b.Rows {
			want[text(b.Row(i)[:2])] += b.Weight(i)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	b := NewBuilder(Spec{Types: kinds[:2], Key: 2})
	some := randomBatch(random, kinds[:2], 300, domain+2)
	some.Weights = nil
	b.Append(some, nil)
	run := seal(b, 1<<20)
	for _, seg := range run.Segments() {
		hashes := seg.Hashes(nil, 0, seg.Groups())
		got := make([]batch.Weight, seg.Groups())
		var p Prober
		p.Weights(got, r, Probed{Keys: seg.Keys(), Hashes: hashes})
		for g := range got {
			key := text((&batch.Batch{Cols: seg.Keys()}).Row(g))
			if got[g] != want[key] {
				t.Errorf("key %s: weight %d, want %d", key, got[g], want[key])
			}
		}
	}
}

func TestMergedRowsVanish(t *testing.T) {
	spec := Spec{Types: kinds, Key: 2}
	a, b := New(spec), NewBuilder(spec)
	rows := randomBatch(rand.New(rand.NewPCG(3, 3)), kinds, 20_000, 40)
	b.Append(rows, nil)
	a.Add(seal(b, 1<<20))
	for i := range rows.Weights {
		rows.Weights[i] = -rows.Weights[i]
	}
	b.Append(rows, nil)
	a.Add(seal(b, 1<<20))
	for a.Maintain(1000) {
	}
	if s := a.Stats(); s != (Stats{}) {
		t.Errorf("left: %+v", s)
	}
}
