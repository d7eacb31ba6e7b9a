package kernel

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// anyInt returns integers of T of which many are at its limits.
func anyInt[T Integer](r *rand.Rand) T {
	low, high := limits[T]()
	switch r.IntN(5) {
	case 0:
		return T(r.IntN(7)) - 3
	case 1:
		return T(low) + T(r.IntN(3))
	case 2:
		return T(uint64(math.Nextafter(high, 0))) + T(r.IntN(3)) - 1
	case 3:
		return T(r.Uint64() >> (32 + r.IntN(20)))
	}
	return T(r.Uint64())
}

func checkInts[T Integer](t *testing.T) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 5))
	low, high := limits[T]()
	fits := func(v *big.Int) bool {
		l, _ := big.NewFloat(low).Int(nil)
		h, _ := big.NewFloat(high).Int(nil)
		return v.Cmp(l) >= 0 && v.Cmp(h) < 0
	}
	toBig := func(v T) *big.Int {
		if v < 0 {
			return big.NewInt(int64(v))
		}
		return new(big.Int).SetUint64(uint64(v))
	}
	const rows = 50
	for range 300 {
		a, b, dst := make([]T, rows), make([]T, rows), make([]T, rows)
		for i := range a {
			a[i], b[i] = anyInt[T](r), anyInt[T](r)
		}
		check := func(op string, bad batch.Bitmap, want func(z, x, y *big.Int) *big.Int) {
			t.Helper()
			for i := range a {
				if (op == "/" || op == "%") && b[i] == 0 {
					if !bad.Has(i) {
						t.Fatalf("%T: %v %s 0 is not bad", a[i], a[i], op)
					}
					continue
				}
				w := want(new(big.Int), toBig(a[i]), toBig(b[i]))
				if bad.Has(i) == fits(w) || fits(w) && toBig(dst[i]).Cmp(w) != 0 {
					t.Fatalf("%T: %v %s %v = %v, bad %v; want %v", a[i], a[i], op, b[i], dst[i], bad.Has(i), w)
				}
			}
		}
		bad := func() batch.Bitmap { return batch.NewBitmap(rows) }
		marked := func(suspect bool, mark func(batch.Bitmap)) batch.Bitmap {
			m := bad()
			if suspect {
				mark(m)
			}
			return m
		}
		over := Add(dst, a, b)
		check("+", marked(over, func(m batch.Bitmap) { MarkAdd(m, a, b) }), (*big.Int).Add)
		over = Sub(dst, a, b)
		check("-", marked(over, func(m batch.Bitmap) { MarkSub(m, a, b) }), (*big.Int).Sub)
		over = Mul(dst, a, b)
		check("*", marked(over, func(m batch.Bitmap) { MarkMul(m, a, b) }), (*big.Int).Mul)
		m := bad()
		Div(dst, a, b, nil, m)
		check("/", m, (*big.Int).Quo)
		m = bad()
		Mod(dst, a, b, nil, m)
		check("%", m, (*big.Int).Rem)
		for i := range a { // few large ones, so that the fast way of Mul is taken, too
			a[i], b[i] = T(r.IntN(11)), T(r.IntN(11))
		}
		over = Mul(dst, a, b)
		check("*", marked(over, func(m batch.Bitmap) { MarkMul(m, a, b) }), (*big.Int).Mul)
	}
}

func TestIntegerArithmetic(t *testing.T) {
	checkInts[int8](t)
	checkInts[int16](t)
	checkInts[int32](t)
	checkInts[int64](t)
	checkInts[uint8](t)
	checkInts[uint16](t)
	checkInts[uint32](t)
	checkInts[uint64](t)
}

func TestDivLeavesNullsAlone(t *testing.T) {
	dst, bad := []int64{7, 7}, batch.NewBitmap(2)
	Div(dst, []int64{1, 4}, []int64{0, 2}, batch.Bitmap{0b10}, bad)
	if dst[0] != 7 || dst[1] != 2 || bad[0] != 0 {
		t.Errorf("%v, bad %b", dst, bad[0])
	}
}

func TestFloatArithmetic(t *testing.T) {
	a, b, dst, bad := []float64{1, -7, 2.5}, []float64{0, 2, math.Copysign(0, -1)}, make([]float64, 3), batch.NewBitmap(3)
	DivFloat(dst, a, b, bad)
	if bad[0] != 0b101 || dst[1] != -3.5 {
		t.Errorf("%v, bad %b", dst, bad[0])
	}
	bad[0] = 0
	ModFloat(dst, a, b, bad)
	if bad[0] != 0b101 || dst[1] != -1 {
		t.Errorf("%v, bad %b", dst, bad[0])
	}
}

func checkConvert[D, S Integer](t *testing.T) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 6))
	low, high := limits[D]()
	l, _ := big.NewFloat(low).Int(nil)
	h, _ := big.NewFloat(high).Int(nil)
	a, dst := make([]S, 2000), make([]D, 2000)
	for i := range a {
		a[i] = anyInt[S](r)
	}
	bad := batch.NewBitmap(len(a))
	over := ConvertInt(dst, a)
	MarkConvertInt[D](bad, a)
	if over != Any(bad, len(a)) {
		t.Errorf("%T to %T: overflow %v", a[0], dst[0], over)
	}
	for i := range a {
		v := new(big.Int).SetUint64(uint64(a[i]))
		if a[i] < 0 {
			v = big.NewInt(int64(a[i]))
		}
		if fits := v.Cmp(l) >= 0 && v.Cmp(h) < 0; fits == bad.Has(i) || fits && S(dst[i]) != a[i] {
			t.Fatalf("%T %v to %T: %v, bad %v", a[i], a[i], dst[i], dst[i], bad.Has(i))
		}
	}
}

func TestConvertInt(t *testing.T) {
	checkConvert[int8, int64](t)
	checkConvert[uint8, int8](t)
	checkConvert[int64, uint64](t)
	checkConvert[uint64, int64](t)
	checkConvert[int64, int32](t)
	checkConvert[uint16, uint32](t)
	checkConvert[int32, uint32](t)
}

func TestConvertFloat(t *testing.T) {
	in := []float64{1.9, -1.9, 127.9, 128, -128.9, -129, math.NaN(), math.Inf(1)}
	dst, bad := make([]int8, len(in)), batch.NewBitmap(len(in))
	ConvertFloat(dst, in, bad)
	if bad[0] != 0b11101000 || dst[0] != 1 || dst[1] != -1 || dst[2] != 127 || dst[4] != -128 {
		t.Errorf("%v, bad %08b", dst, bad[0])
	}
}

func TestComparisonBits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 7))
	for n := range 70 {
		a, b := make([]int32, n), make([]int32, n)
		x, y := make([]float64, n), make([]float64, n)
		special := []float64{0, math.Copysign(0, -1), 1, math.NaN(), math.Inf(1)}
		for i := range a {
			a[i], b[i] = int32(r.IntN(3)-1), int32(r.IntN(3)-1)
			x[i], y[i] = special[r.IntN(5)], special[r.IntN(5)]
		}
		dst := batch.NewBitmap(n)
		check := func(op string, want func(i int) bool) {
			t.Helper()
			for i := range n {
				if dst.Has(i) != want(i) {
					t.Fatalf("%s of row %d of %d is %v: %v %v, %v %v", op, i, n, dst.Has(i), a[i], b[i], x[i], y[i])
				}
			}
		}
		Equal(dst, a, b)
		check("equal", func(i int) bool { return a[i] == b[i] })
		Less(dst, a, b)
		check("less", func(i int) bool { return a[i] < b[i] })
		EqualFloat(dst, x, y)
		check("equal float", func(i int) bool { return compareFloats(x[i], y[i]) == 0 })
		LessFloat(dst, x, y)
		check("less float", func(i int) bool { return compareFloats(x[i], y[i]) < 0 })
		ca, cb := batch.NewVector(batch.T(batch.Int32)), batch.NewVector(batch.T(batch.Int32))
		batch.Append(ca, a...)
		batch.Append(cb, b...)
		va, vb := ca.Take(), cb.Take()
		CompareBits(dst, &va, &vb, n, 1|4)
		check("differs", func(i int) bool { return a[i] != b[i] })
	}
}

func benchmarkRows(b *testing.B, run func(dst, x, y []int64)) {
	const rows = 4096
	x, y, dst := make([]int64, rows), make([]int64, rows), make([]int64, rows)
	for i := range x {
		x[i], y[i] = int64(i), int64(i%17)+1
	}
	for b.Loop() {
		run(dst, x, y)
	}
	b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
	b.ReportAllocs()
}

func BenchmarkAdd(b *testing.B) {
	benchmarkRows(b, func(dst, x, y []int64) { Add(dst, x, y) })
}

func BenchmarkMul(b *testing.B) {
	benchmarkRows(b, func(dst, x, y []int64) { Mul(dst, x, y) })
}

func BenchmarkDiv(b *testing.B) {
	bad := batch.NewBitmap(4096)
	benchmarkRows(b, func(dst, x, y []int64) { Div(dst, x, y, nil, bad) })
}

func BenchmarkLess(b *testing.B) {
	bits := batch.NewBitmap(4096)
	benchmarkRows(b, func(_, x, y []int64) { Less(bits, x, y) })
}
