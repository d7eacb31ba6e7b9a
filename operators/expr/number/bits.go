package number

import (
	"math"
	"math/bits"

	"github.com/millrace-dev/millrace/operators/expr/fn"
)

// bitwise are the operators on the bits of an int64.
func bitwise() []fn.Function {
	f := func(name, help string, op func(x, y int64) (int64, bool), fallible func(*fn.Node) bool) fn.Function {
		return fn.Function{
			Name: name, Signature: name + "(int, int) int", Help: help, Fallible: fallible,
			Build: func(n *fn.Node) {
				n.Why = func(*fn.Node, int) string { return "the distance is not 0 to 63" }
				fn.Map2(n, op)
			},
		}
	}
	one := func(name, help string, op func(x int64) int64) fn.Function {
		return fn.Function{
			Name: name, Signature: name + "(int) int", Help: help,
			Build: func(n *fn.Node) { fn.Map1(n, func(x int64) (int64, bool) { return op(x), true }) },
		}
	}
	return []fn.Function{
		f("&", "The bits that are set in both integers.", func(x, y int64) (int64, bool) { return x & y, true }, nil),
		f("|", "The bits that are set in one of the integers.", func(x, y int64) (int64, bool) { return x | y, true }, nil),
		f("#", "The bits that are set in exactly one of the integers.", func(x, y int64) (int64, bool) { return x ^ y, true }, nil),
		f("<<", "The bits of the first integer moved up by the second.", func(x, y int64) (int64, bool) { return x << uint(y&63), y >= 0 && y < 64 }, fn.Always),
		f(">>", "The bits of the first integer moved down by the second, the sign staying.", func(x, y int64) (int64, bool) { return x >> uint(y&63), y >= 0 && y < 64 }, fn.Always),
		one("bit_not", "The bits that are not set in the integer.", func(x int64) int64 { return ^x }),
		one("bit_count", "How many bits are set in the integer.", func(x int64) int64 { return int64(bits.OnesCount64(uint64(x))) }),
	}
}

// whole are the functions of whole numbers, and of places among others.
func whole() []fn.Function {
	pair := func(name, help string, op func(x, y int64) (int64, bool)) fn.Function {
		return fn.Function{
			Signature: name + "(int, int) int", Help: help, Fallible: fn.Always,
			Build: func(n *fn.Node) {
				n.Why = fn.Unfit
				fn.Map2(n, op)
			},
		}
	}
	return []fn.Function{
		pair("gcd", "The greatest common divisor.", func(x, y int64) (int64, bool) {
			d := divisor(x, y)
			return int64(d), d <= math.MaxInt64
		}),
		pair("lcm", "The least common multiple.", func(x, y int64) (int64, bool) {
			if x == 0 || y == 0 {
				return 0, true
			}
			hi, lo := bits.Mul64(size(x)/divisor(x, y), size(y))
			return int64(lo), hi == 0 && lo <= math.MaxInt64
		}),
		{
			Signature: "factorial(int) int", Help: "The product of the whole numbers up to one.", Fallible: fn.Always,
			Build: func(n *fn.Node) {
				n.Why = func(*fn.Node, int) string { return "the number is negative, or the result does not fit int64" }
				fn.Map1(n, func(x int64) (int64, bool) {
					if x < 0 || x > 20 {
						return 0, false
					}
					f := int64(1)
					for k := int64(2); k <= x; k++ {
						f *= k
					}
					return f, true
				})
			},
		},
		{
			Signature: "width_bucket(float, float, float, int) int", Fallible: fn.Always, Build: buildBucket,
			Help: "Which of n equal parts between the second and the third number the first lies in: 0 below them, n + 1 above.",
		},
	}
}

func size(x int64) uint64 {
	if x < 0 {
		return -uint64(x)
	}
	return uint64(x)
}

func divisor(x, y int64) uint64 {
	a, b := size(x), size(y)
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func buildBucket(n *fn.Node) {
	n.Why = func(*fn.Node, int) string {
		return "there are no parts: the count must be positive, and the bounds two different finite numbers"
	}
	n.Run = func(f *fn.Frame, n *fn.Node) {
		x, low, high := fn.Values[float64](n.Args[0], f.Rows), fn.Values[float64](n.Args[1], f.Rows), fn.Values[float64](n.Args[2], f.Rows)
		count := fn.Values[int64](n.Args[3], f.Rows)
		dst := fn.Fixed[int64](n, f.Rows)
		for i := range dst {
			k, ok := bucket([3]float64{x[i], low[i], high[i]}, count[i])
			if dst[i] = k; !ok {
				n.Mark(f.Rows).Set(i)
			}
		}
	}
}

// bucket is the part of a number between two bounds; the bounds may also descend.
func bucket(at [3]float64, count int64) (int64, bool) {
	x, low, high := at[0], at[1], at[2]
	width := high - low
	if count < 1 || count > 1<<53 || width == 0 || math.IsInf(low, 0) || math.IsInf(high, 0) || x != x || width != width {
		return 0, false
	}
	if width < 0 {
		x, low, high = -x, -low, -high
	}
	switch {
	case x < low:
		return 0, true
	case x >= high:
		return count + 1, true
	}
	part := (x/2 - low/2) / (high/2 - low/2)
	return min(int64(part*float64(count)), count-1) + 1, true
}
