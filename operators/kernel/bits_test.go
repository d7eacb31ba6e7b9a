package kernel

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/millrace-dev/millrace/sdk/batch"
)

func randomBits(r *rand.Rand, n int) batch.Bitmap {
	m := batch.NewBitmap(n)
	for i := range m {
		m[i] = byte(r.Uint32())
	}
	return m
}

func TestBitmaps(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 3))
	for n := range 200 {
		a, b := randomBits(r, n), randomBits(r, n)
		switch n % 5 {
		case 0:
			a = nil
		case 1:
			b = nil
		}
		has := func(m batch.Bitmap, i int) bool { return m == nil || m.Has(i) }
		dst := make(batch.Bitmap, (n+7)/8)
		check := func(op string, want func(x, y bool) bool) {
			for i := range n {
				if dst.Has(i) != want(has(a, i), has(b, i)) {
					t.Fatalf("%s over %d bits: bit %d is %v", op, n, i, dst.Has(i))
				}
			}
		}
		And(dst, a, b, n)
		check("and", func(x, y bool) bool { return x && y })
		Or(dst, a, b, n)
		check("or", func(x, y bool) bool { return x || y })
		AndNot(dst, a, b, n)
		check("and not", func(x, y bool) bool { return x && !y })
		Xor(dst, a, b, n)
		check("xor", func(x, y bool) bool { return x != y })
		Not(dst, a, n)
		check("not", func(x, _ bool) bool { return !x })

		var want []int32
		for i := range n {
			if has(a, i) && has(b, i) {
				want = append(want, int32(i))
			}
		}
		if got := Select(nil, a, b, n); !slices.Equal(got, want) {
			t.Fatalf("select over %d bits: %v, want %v", n, got, want)
		}
		And(dst, a, b, n)
		if Any(dst, n) != (len(want) > 0) {
			t.Fatalf("any over %d bits: %v", n, Any(dst, n))
		}
	}
}

func TestFilter(t *testing.T) {
	col := column(t, batch.T(batch.Bool), true, false, nil, true, true)
	if got := Filter([]int32{0, 1, 2, 4}, &col); !slices.Equal(got, []int32{0, 4}) {
		t.Errorf("got %v", got)
	}
	m := batch.NewBitmap(5)
	MarkBits(m, []int32{1, 4})
	if m[0] != 0b10010 {
		t.Errorf("marked %b", m[0])
	}
}
