package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// ascending holds, for every type, values in canonical order.
var ascending = map[batch.Type][]any{
	batch.T(batch.Bool):      {false, true, nil},
	batch.T(batch.Int8):      {int64(-128), int64(-1), int64(0), int64(127), nil},
	batch.T(batch.Int16):     {int64(-300), int64(0), int64(300), nil},
	batch.T(batch.Int32):     {int64(math.MinInt32), int64(-1), int64(0), int64(1), nil},
	batch.T(batch.Int64):     {int64(math.MinInt64), int64(-1), int64(0), int64(math.MaxInt64), nil},
	batch.T(batch.Uint8):     {uint64(0), uint64(200), nil},
	batch.T(batch.Uint16):    {uint64(0), uint64(40000), nil},
	batch.T(batch.Uint32):    {uint64(0), uint64(1 << 31), nil},
	batch.T(batch.Uint64):    {uint64(0), uint64(1), uint64(math.MaxUint64), nil},
	batch.T(batch.Float32):   {math.Inf(-1), -1.5, 0.0, 1.5, math.Inf(1), math.NaN(), nil},
	batch.T(batch.Float64):   {math.Inf(-1), -1e300, 0.0, 5e-324, math.Inf(1), math.NaN(), nil},
	batch.DecimalType(2):     {batch.Dec{Hi: -1, Lo: 0, Scale: 2}, batch.Dec{Hi: -1, Lo: 5, Scale: 2}, batch.Dec{Scale: 2}, batch.Dec{Hi: 1, Scale: 2}, nil},
	batch.T(batch.Int128):    {batch.Dec{Hi: -1, Lo: 9}, batch.Dec{}, batch.Dec{Hi: 1}, nil},
	batch.T(batch.Uint128):   {batch.Dec{}, batch.Dec{Lo: math.MaxUint64}, batch.Dec{Hi: -1}, nil},
	batch.T(batch.Utf8):      {"", "a", "ab", "b", "é", nil},
	batch.T(batch.Binary):    {[]byte{}, []byte{0}, []byte{0, 1}, []byte{255}, nil},
	batch.T(batch.JSON):      {"1", "2", nil},
	batch.T(batch.Date):      {int64(-5), int64(0), int64(5), nil},
	batch.T(batch.Timestamp): {int64(-5), int64(0), int64(5), nil},
	batch.T(batch.Duration):  {int64(-5), int64(0), int64(5), nil},
	batch.T(batch.UUID):      {[16]byte{0, 9}, [16]byte{1, 0}, [16]byte{255}, nil},
	batch.T(batch.Point):     {[2]float64{0, 1}, [2]float64{1, -1}, [2]float64{1, 0}, [2]float64{math.NaN(), 0}, nil},
}

func TestCanonicalOrder(t *testing.T) {
	for typ, vals := range ascending {
		col := column(t, typ, vals...)
		cols := []batch.Column{col}
		order := NewOrder(cols, cols)
		for i := range vals {
			for j := range vals {
				want := compareInts(i, j)
				if got := Compare(&col, i, &col, j); got != want {
					t.Errorf("%v: Compare(%v, %v) = %d, want %d", typ, vals[i], vals[j], got, want)
				}
				if got := order(int32(i), int32(j)); got != want {
					t.Errorf("%v: Order(%v, %v) = %d, want %d", typ, vals[i], vals[j], got, want)
				}
				equal := batch.Bitmap{1}
				EqualRows(equal, cols, cols, []int32{int32(i)}, []int32{int32(j)})
				if equal.Has(0) != (want == 0) {
					t.Errorf("%v: EqualRows(%v, %v) = %v", typ, vals[i], vals[j], equal.Has(0))
				}
			}
		}
	}
	zero := column(t, batch.T(batch.Float64), 0.0, math.Copysign(0, -1))
	if Compare(&zero, 0, &zero, 1) != 0 {
		t.Error("-0 differs from 0")
	}
}

// TestOrdersAgree holds the typed orders against CompareRows over one to three random columns.
func TestOrdersAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	kinds := []batch.Kind{batch.Int32, batch.Int64, batch.Date, batch.Uint32, batch.Float64, batch.Utf8, batch.Bool, batch.Timestamp}
	for range 300 {
		const rows = 30
		types := make([]batch.Type, 1+r.IntN(3))
		for c := range types {
			types[c] = batch.T(kinds[r.IntN(len(kinds))])
		}
		nulls := r.IntN(2) == 0
		a, b := randomRows(r, types, rows, nulls), randomRows(r, types, rows, nulls)
		order := NewOrder(a.Cols, b.Cols)
		var ai, bi []int32
		for i := range int32(rows) {
			for j := range int32(rows) {
				if got, want := order(i, j), CompareRows(a.Cols, b.Cols, int(i), int(j)); got != want {
					t.Fatalf("%v: order of %v and %v is %d, want %d", types, a.Row(int(i)), b.Row(int(j)), got, want)
				}
				ai, bi = append(ai, i), append(bi, j)
			}
		}
		equal := batch.NewBitmap(len(ai))
		equal.Fill(len(ai))
		EqualRows(equal, a.Cols, b.Cols, ai, bi)
		for k := range ai {
			if equal.Has(k) != (order(ai[k], bi[k]) == 0) {
				t.Fatalf("%v: EqualRows disagrees at %v and %v", types, a.Row(int(ai[k])), b.Row(int(bi[k])))
			}
		}
	}
}

// randomRows returns rows of few distinct values.
func randomRows(r *rand.Rand, types []batch.Type, rows int, nulls bool) *batch.Batch {
	b := batch.NewBuilder(types)
	row := make([]any, len(types))
	for range rows {
		for c, typ := range types {
			switch n := r.IntN(4); {
			case nulls && n == 3:
				row[c] = nil
			case typ.Kind == batch.Utf8:
				row[c] = fmt.Sprint(n)
			case typ.Kind == batch.Bool:
				row[c] = n&1 == 1
			case typ.Float():
				row[c] = float64(n)
			default:
				row[c] = int64(n)
			}
		}
		if err := b.AppendValues(batch.Weight(r.IntN(5)-2), row...); err != nil {
			panic(err)
		}
	}
	return b.Take()
}

func TestGather(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for typ, vals := range ascending {
		for _, nulls := range []bool{false, true} {
			vals := vals
			if !nulls {
				vals = vals[:len(vals)-1]
			}
			src := column(t, typ, vals...)
			dst := batch.NewVector(typ)
			var want []any
			for range 5 {
				sel := make([]int32, r.IntN(20))
				for k := range sel {
					sel[k] = int32(r.IntN(len(vals)+1)) - 1
					if sel[k] < 0 {
						want = append(want, nil)
					} else {
						want = append(want, vals[sel[k]])
					}
				}
				GatherOuter(dst, &src, sel)
			}
			got, all := dst.Take(), column(t, typ, want...)
			for i := range want {
				if Compare(&got, i, &all, i) != 0 {
					t.Errorf("%v: row %d is %v, want %v", typ, i, got.Value(i), want[i])
				}
			}
		}
	}
}

func TestGatherRows(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 3))
	types := []batch.Type{batch.T(batch.Int32), batch.T(batch.Utf8), batch.T(batch.Bool)}
	src := randomRows(r, types, 50, true)
	sel := []int32{49, 3, 3, 0}
	dst := batch.NewBuilder(types)
	GatherRows(dst, src, sel)
	got := dst.Take()
	for k, i := range sel {
		if !slices.Equal(got.Row(k), src.Row(int(i))) || got.Weight(k) != src.Weight(int(i)) {
			t.Errorf("row %d: %v, want %v", k, got.Row(k), src.Row(int(i)))
		}
	}
}

func BenchmarkGather(b *testing.B) {
	const rows = 4096
	v := batch.NewVector(batch.T(batch.Int64))
	sel := make([]int32, rows)
	for i := range sel {
		batch.Append(v, int64(i))
		sel[i] = int32(i*2654435761) & (rows - 1)
	}
	src, dst := v.Take(), batch.NewVector(batch.T(batch.Int64))
	for b.Loop() {
		dst.Reset()
		Gather(dst, &src, sel)
	}
	b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkOrder(b *testing.B) {
	const rows = 4096
	types := []batch.Type{batch.T(batch.Int32), batch.T(batch.Int32)}
	for n := range types {
		b.Run(fmt.Sprint(n+1, " columns"), func(b *testing.B) {
			src := randomRows(rand.New(rand.NewPCG(1, 1)), types[:n+1], rows, false)
			order, sum := NewOrder(src.Cols, src.Cols), 0
			for b.Loop() {
				for i := range int32(rows) {
					sum += order(i, rows-1-i)
				}
			}
			b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
