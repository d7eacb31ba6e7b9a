package kernel

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func toBig(x Wide) *big.Int {
	v := new(big.Int).SetInt64(int64(x[1]))
	return v.Add(v.Lsh(v, 64), new(big.Int).SetUint64(x[0]))
}

func toUbig(x Wide) *big.Int {
	v := new(big.Int).SetUint64(x[1])
	return v.Add(v.Lsh(v, 64), new(big.Int).SetUint64(x[0]))
}

func anyWide(r *rand.Rand) Wide {
	x := Wide{r.Uint64(), r.Uint64()}
	switch r.IntN(8) {
	case 0:
		return WideInt(int64(r.IntN(21) - 10))
	case 1:
		return Wide{0, 1 << 63}
	case 2:
		return Wide{math.MaxUint64, math.MaxUint64 >> uint(r.IntN(64))}
	case 3:
		return Wide{x[0], 0}
	}
	shift := uint(r.IntN(64))
	return Wide{x[0], uint64(int64(x[1]) >> shift)}
}

var (
	minSigned   = new(big.Int).Neg(new(big.Int).Lsh(big.NewInt(1), 127))
	maxSigned   = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 127), big.NewInt(1))
	maxUnsigned = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 128), big.NewInt(1))
	tooLarge    = new(big.Int).Exp(big.NewInt(10), big.NewInt(38), nil)
)

func TestWideArithmetic(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	ops := map[string]struct {
		signed, unsigned func(x, y Wide) (Wide, bool)
		want             func(z, x, y *big.Int) *big.Int
	}{
		"+": {AddWide, AddUwide, (*big.Int).Add},
		"-": {SubWide, SubUwide, (*big.Int).Sub},
		"*": {MulWide, MulUwide, (*big.Int).Mul},
		"/": {DivWide, DivUwide, (*big.Int).Quo},
		"%": {ModWide, ModUwide, (*big.Int).Rem},
	}
	for range 20000 {
		x, y := anyWide(r), anyWide(r)
		for op, f := range ops {
			if y == (Wide{}) && (op == "/" || op == "%") {
				if _, ok := f.signed(x, y); ok {
					t.Fatalf("%s by zero", op)
				}
				continue
			}
			want := f.want(new(big.Int), toBig(x), toBig(y))
			got, ok := f.signed(x, y)
			if fits := want.Cmp(minSigned) >= 0 && want.Cmp(maxSigned) <= 0; fits != ok || ok && toBig(got).Cmp(want) != 0 {
				t.Fatalf("%v %s %v = %v, %v; want %v", toBig(x), op, toBig(y), toBig(got), ok, want)
			}
			want = f.want(new(big.Int), toUbig(x), toUbig(y))
			got, ok = f.unsigned(x, y)
			if fits := want.Sign() >= 0 && want.Cmp(maxUnsigned) <= 0; fits != ok || ok && toUbig(got).Cmp(want) != 0 {
				t.Fatalf("%v %s %v = %v, %v; want %v", toUbig(x), op, toUbig(y), toUbig(got), ok, want)
			}
		}
	}
}

func anyDecimal(r *rand.Rand) Wide {
	for {
		if x := anyWide(r); IsDecimal(x) {
			return x
		}
	}
}

// halfAway divides and rounds half away from zero.
func halfAway(x, d *big.Int) *big.Int {
	q, rem := new(big.Int).QuoRem(x, d, new(big.Int))
	if rem.Abs(rem).Lsh(rem, 1).CmpAbs(d) >= 0 {
		q.Add(q, big.NewInt(int64(x.Sign()*d.Sign())))
	}
	return q
}

func TestDecimalArithmetic(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 10))
	check := func(what string, got Wide, ok bool, want *big.Int) {
		t.Helper()
		if fits := want.CmpAbs(tooLarge) < 0; fits != ok || ok && toBig(got).Cmp(want) != 0 {
			t.Fatalf("%s = %v, %v; want %v", what, toBig(got), ok, want)
		}
	}
	ten := func(n int) *big.Int { return toBig(Pow10(n)) }
	for range 20000 {
		x, y, n := anyDecimal(r), anyDecimal(r), r.IntN(MaxScale+1)
		bx, by := toBig(x), toBig(y)
		got, ok := AddDecimal(x, y)
		check("add", got, ok, new(big.Int).Add(bx, by))
		got, ok = SubDecimal(x, y)
		check("sub", got, ok, new(big.Int).Sub(bx, by))
		if r.IntN(3) == 0 {
			n = 0
		}
		got, ok = MulDecimal(x, y, n)
		check("mul", got, ok, halfAway(new(big.Int).Mul(bx, by), ten(n)))
		if by.Sign() != 0 {
			got, ok = DivDecimal(x, y, n)
			check("div", got, ok, halfAway(new(big.Int).Mul(bx, ten(n)), by))
		}
		got, ok = Rescale(x, 0, n)
		check("rescale up", got, ok, new(big.Int).Mul(bx, ten(n)))
		got, ok = Rescale(x, n, 0)
		check("rescale down", got, ok, halfAway(bx, ten(n)))
		got, ok = RoundDecimal(x, n, 0, 0)
		check("round", got, ok, new(big.Int).Mul(halfAway(bx, ten(n)), ten(n)))
		floor := new(big.Int).Div(bx, ten(n)) // Euclid: towards minus infinity for a positive divisor
		got, ok = RoundDecimal(x, n, 0, -1)
		check("floor", got, ok, new(big.Int).Mul(floor, ten(n)))
		got, ok = RoundDecimal(x, n, 0, 2)
		check("trunc", got, ok, new(big.Int).Mul(new(big.Int).Quo(bx, ten(n)), ten(n)))
		negx, _ := NegWide(x)
		got, ok = RoundDecimal(negx, n, 0, 1)
		check("ceil", got, ok, new(big.Int).Neg(new(big.Int).Mul(floor, ten(n))))
	}
	if _, ok := DivDecimal(Wide{1}, Wide{}, 0); ok {
		t.Error("division by zero")
	}
}

func TestDecimalFloat(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 11))
	for range 20000 {
		x, scale := anyDecimal(r), r.IntN(MaxScale+1)
		want, _ := new(big.Rat).SetFrac(toBig(x), toBig(Pow10(scale))).Float64()
		if got := DecimalFloat(x, scale); got != want {
			t.Fatalf("%v e-%d is %v, want %v", toBig(x), scale, got, want)
		}
	}
	for f, want := range map[float64]int64{0.1: 10, -0.1: -10, 1.005: 101, 2.675: 268, -1e-9: 0, 1e-300: 0, 123: 12300, 0.005: 1, 0: 0} {
		if got, ok := FloatDecimal(f, 2); !ok || got != WideInt(want) {
			t.Errorf("%v as decimal(2) is %v, %v; want %d", f, toBig(got), ok, want)
		}
	}
	for _, f := range []float64{math.NaN(), math.Inf(1), 1e39, 1e37} {
		if _, ok := FloatDecimal(f, 2); ok {
			t.Errorf("%v fits", f)
		}
	}
	if got, ok := FloatDecimal(1e37, 0); !ok || toBig(got).Cmp(new(big.Int).Exp(big.NewInt(10), big.NewInt(37), nil)) != 0 {
		t.Errorf("1e37 is %v, %v", toBig(got), ok)
	}
}

func BenchmarkDecimal(b *testing.B) {
	const rows = 4096
	x, y, dst := make([]Wide, rows), make([]Wide, rows), make([]Wide, rows)
	for i := range x {
		x[i], y[i] = WideInt(int64(i)*12345), WideInt(int64(i)+99)
	}
	ops := map[string]func(x, y Wide) (Wide, bool){
		"add": AddDecimal,
		"mul": func(x, y Wide) (Wide, bool) { return MulDecimal(x, y, 0) },
		"div": func(x, y Wide) (Wide, bool) { return DivDecimal(x, y, 6) },
	}
	for name, op := range ops {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				for i := range dst {
					dst[i], _ = op(x[i], y[i])
				}
			}
			b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
