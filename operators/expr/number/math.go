package number

import (
	"math"
	"slices"

	"github.com/millrace-dev/millrace/operators/expr/fn"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Functions returns the functions of numbers.
func Functions() []fn.Function {
	f := func(signature, help string, build func(*fn.Node), fallible func(*fn.Node) bool) fn.Function {
		return fn.Function{Signature: signature, Help: help, Build: build, Fallible: fallible}
	}
	float1 := func(name, help string, op func(float64) float64) fn.Function {
		return f(name+"(float) float", help, func(n *fn.Node) {
			n.Run = func(fr *fn.Frame, n *fn.Node) {
				kernel.Map(fn.Fixed[float64](n, fr.Rows), fn.Values[float64](n.Args[0], fr.Rows), op)
			}
		}, nil)
	}
	partial := func(name, help string, op func(float64) (float64, bool)) fn.Function {
		return f(name+"(float) float", help, func(n *fn.Node) {
			n.Why = outside
			fn.Map1(n, op)
		}, fn.Always)
	}
	angle := func(name, help string, op func(float64) float64) fn.Function {
		return partial(name, help, func(x float64) (float64, bool) { return op(x), !math.IsInf(x, 0) })
	}
	own := []fn.Function{
		f("abs(number) same", "The number without its sign.", buildAbs, func(e *fn.Node) bool { return !e.Type.Float() && !e.Type.Unsigned() }),
		f("sign(number) int", "-1, 0 or 1.", buildSign, nil),
		f("round(number[, int]) same", "The number rounded to so many digits after the point, half away from zero; the digits may be negative. A decimal then has no more than these.", rounding(0), roundFails),
		f("trunc(number[, int]) same", "The number cut after so many digits after the point.", rounding(2), roundFails),
		f("ceil(number) same", "The least whole number that is not less.", rounding(1), roundFails),
		f("floor(number) same", "The greatest whole number that is not greater.", rounding(-1), roundFails),
		partial("sqrt", "The square root.", func(x float64) (float64, bool) { return math.Sqrt(x), !(x < 0) }),
		float1("cbrt", "The cube root.", math.Cbrt),
		float1("exp", "e to a power.", math.Exp),
		partial("ln", "The natural logarithm.", func(x float64) (float64, bool) { return log(x), !(x <= 0) }),
		partial("log10", "The logarithm to base 10.", func(x float64) (float64, bool) { return log10(x), !(x <= 0) }),
		partial("log2", "The logarithm to base 2.", func(x float64) (float64, bool) { return math.Log2(x), !(x <= 0) }),
		f("log(float[, float]) float", "The logarithm to base 10; with two arguments that of the second to base the first.", buildLog, fn.Always),
		f("power(float, float) float", "The first to the power of the second.", func(n *fn.Node) {
			n.Why = outside
			fn.Map2(n, func(x, y float64) (float64, bool) {
				z := power(x, y)
				return z, z == z || x != x || y != y
			})
		}, fn.Always),
		f("pi() float", "The number pi.", func(n *fn.Node) {
			n.Run = func(fr *fn.Frame, n *fn.Node) {
				dst := fn.Fixed[float64](n, fr.Rows)
				for i := range dst {
					dst[i] = math.Pi
				}
			}
		}, nil),
		angle("sin", "The sine of an angle in radians.", math.Sin),
		angle("cos", "The cosine of an angle in radians.", math.Cos),
		angle("tan", "The tangent of an angle in radians.", math.Tan),
		partial("asin", "The angle in radians of a sine.", func(x float64) (float64, bool) { return math.Asin(x), !(math.Abs(x) > 1) }),
		partial("acos", "The angle in radians of a cosine.", func(x float64) (float64, bool) { return math.Acos(x), !(math.Abs(x) > 1) }),
		float1("atan", "The angle in radians of a tangent.", math.Atan),
		f("atan2(float, float) float", "The angle in radians of a point, given y and x.", func(n *fn.Node) {
			fn.Map2(n, func(y, x float64) (float64, bool) { return math.Atan2(y, x), true })
		}, nil),
		float1("degrees", "An angle in degrees, given in radians.", func(x float64) float64 { return x * (180 / math.Pi) }),
		float1("radians", "An angle in radians, given in degrees.", func(x float64) float64 { return x * (math.Pi / 180) }),
		float1("sinh", "The hyperbolic sine.", math.Sinh),
		float1("cosh", "The hyperbolic cosine.", math.Cosh),
		float1("tanh", "The hyperbolic tangent.", math.Tanh),
		float1("asinh", "The number of a hyperbolic sine.", math.Asinh),
		partial("acosh", "The number of a hyperbolic cosine.", func(x float64) (float64, bool) { return math.Acosh(x), !(x < 1) }),
		partial("atanh", "The number of a hyperbolic tangent.", func(x float64) (float64, bool) { return math.Atanh(x), !(math.Abs(x) > 1) }),
		partial("cot", "The cotangent of an angle in radians.", func(x float64) (float64, bool) { return 1 / math.Tan(x), x != 0 && !math.IsInf(x, 0) }),
		f("isnan(float) bool", "Whether the number is NaN.", floatTest(math.IsNaN), nil),
		f("isinf(float) bool", "Whether the number is infinite.", floatTest(func(x float64) bool { return math.IsInf(x, 0) }), nil),
	}
	return slices.Concat(own, whole())
}

// normal is the least number of full precision: below it, math.Log and what is made of it are wrong on amd64.
const normal = 0x1p-1022

func log(x float64) float64 {
	if x < normal && x > 0 {
		return math.Log(x*0x1p54) - 54*math.Ln2
	}
	return math.Log(x)
}

func log10(x float64) float64 {
	if x < normal && x > 0 {
		return math.Log10(x*0x1p54) - 54*(math.Ln2/math.Ln10)
	}
	return math.Log10(x)
}

func power(x, y float64) float64 {
	if size := math.Abs(x); size < normal && size > 0 && y != math.Trunc(y) {
		return math.Pow(x*0x1p54, y) * math.Pow(2, -54*y)
	}
	return math.Pow(x, y)
}

func outside(*fn.Node, int) string { return "the argument is outside the function's range" }

func buildLog(n *fn.Node) {
	n.Why = outside
	if len(n.Args) == 1 {
		fn.Map1(n, func(x float64) (float64, bool) { return log10(x), !(x <= 0) })
		return
	}
	fn.Map2(n, func(base, x float64) (float64, bool) {
		return log(x) / log(base), !(x <= 0) && !(base <= 0) && base != 1
	})
}

// buildAbs is a switch over the kinds.
func buildAbs(n *fn.Node) {
	n.Why = whyArithmetic
	switch n.Type.Kind {
	case batch.Int8:
		absInt[int8](n)
	case batch.Int16:
		absInt[int16](n)
	case batch.Int32:
		absInt[int32](n)
	case batch.Int64:
		absInt[int64](n)
	case batch.Uint8, batch.Uint16, batch.Uint32, batch.Uint64, batch.Uint128:
		n.Run = fn.Same
	case batch.Float32:
		fn.Map1(n, func(x float32) (float32, bool) { return float32(math.Abs(float64(x))), true })
	case batch.Float64:
		fn.Map1(n, func(x float64) (float64, bool) { return math.Abs(x), true })
	default:
		fn.Map1(n, func(x kernel.Wide) (kernel.Wide, bool) {
			if int64(x[1]) < 0 {
				return kernel.NegWide(x)
			}
			return x, true
		})
	}
}

func absInt[T interface {
	kernel.Signed
	batch.Fixed
}](n *fn.Node) {
	fn.Map1(n, func(x T) (T, bool) {
		if x < 0 {
			x = -x
		}
		return x, x >= 0
	})
}

func buildSign(n *fn.Node) {
	zero := batch.NewVector(n.Args[0].Type)
	if err := zero.AppendText("0"); err != nil {
		panic("expr: zero of " + zero.Type.String())
	}
	col := zero.Take()
	n.Run = func(f *fn.Frame, n *fn.Node) {
		dst := fn.Fixed[int64](n, f.Rows)
		for i := range dst {
			if !n.Args[0].Col.Null(i) {
				dst[i] = int64(kernel.Compare(&n.Args[0].Col, i, &col, 0))
			}
		}
	}
}

// roundFails: a decimal or an integer may not fit after rounding up.
func roundFails(e *fn.Node) bool {
	return !e.Type.Float() && (e.Type.Kind == batch.Decimal || len(e.Args) > 1)
}

// rounding builds ROUND (0), CEIL (1), FLOOR (-1) and TRUNC (2).
func rounding(mode int) func(*fn.Node) {
	return func(n *fn.Node) {
		n.Why = whyArithmetic
		switch t := n.Type; {
		case t.Kind == batch.Float64:
			roundFloats[float64](n, mode)
		case t.Kind == batch.Float32:
			roundFloats[float32](n, mode)
		case t.Kind == batch.Decimal:
			scale := int(t.Scale)
			if len(n.Args) == 1 {
				fn.Map1(n, func(x kernel.Wide) (kernel.Wide, bool) { return kernel.RoundDecimal(x, scale, 0, mode) })
				return
			}
			fn.Map2(n, func(x kernel.Wide, digits int64) (kernel.Wide, bool) {
				return kernel.RoundDecimal(x, scale, clampDigits(digits), mode)
			})
		case len(n.Args) == 1 || t.Kind == batch.Uint128 || t.Kind == batch.Int128:
			n.Run = fn.Same
		default:
			roundInts(n, mode)
		}
	}
}

func clampDigits(d int64) int { return int(max(-400, min(400, d))) }

func roundFloats[T fn.Float](n *fn.Node, mode int) {
	if len(n.Args) == 1 {
		n.Run = func(f *fn.Frame, n *fn.Node) {
			kernel.Map(fn.Fixed[T](n, f.Rows), fn.Values[T](n.Args[0], f.Rows), func(x T) T { return T(roundFloat(float64(x), 0, mode)) })
		}
		return
	}
	fn.Map2(n, func(x T, digits int64) (T, bool) { return T(roundFloat(float64(x), clampDigits(digits), mode)), true })
}

// roundFloat rounds the shortest digits that x is written with, so that ROUND(1.005, 2) is 1.01.
func roundFloat(x float64, digits, mode int) float64 {
	if digits == 0 {
		switch mode {
		case 0:
			return math.Round(x)
		case 1:
			return math.Ceil(x)
		case -1:
			return math.Floor(x)
		}
		return math.Trunc(x)
	}
	if digits >= 0 && digits < 20 && math.Abs(x) < 1e17 {
		if d, ok := kernel.FloatDecimal(x, kernel.MaxScale-18); ok {
			if d, ok = kernel.RoundDecimal(d, kernel.MaxScale-18, digits, mode); ok {
				return kernel.DecimalFloat(d, kernel.MaxScale-18)
			}
		}
		return x
	}
	if digits > 0 || math.IsInf(x, 0) || x != x {
		return x // no digit that far down
	}
	p := math.Pow(10, float64(-digits))
	if math.IsInf(p, 0) {
		return 0
	}
	return roundFloat(x/p, 0, mode) * p
}

// roundInts rounds integers to tens, hundreds and so on.
func roundInts(n *fn.Node, mode int) {
	t := n.Type
	vec := batch.NewVector(t)
	n.Run = func(f *fn.Frame, n *fn.Node) {
		vec.Reset()
		c, digits := &n.Args[0].Col, fn.Values[int64](n.Args[1], f.Rows)
		for i := range f.Rows {
			if n.Col.Valid != nil && !n.Col.Valid.Has(i) {
				vec.AppendNull()
				continue
			}
			v := c.Value(i)
			if d := clampDigits(digits[i]); d < 0 {
				w := kernel.Wide{}
				switch x := v.(type) {
				case int64:
					w = kernel.WideInt(x)
				case uint64:
					w = kernel.WideUint(x)
				}
				w, _ = kernel.RoundDecimal(w, 0, d, mode)
				v = narrow(w, t)
			}
			if vec.AppendValue(v) != nil {
				vec.AppendNull()
				n.Mark(f.Rows).Set(i)
			}
		}
		valid := n.Col.Valid
		n.Col = vec.Peek()
		n.Col.Valid = valid
	}
}

// narrow returns 128 bits as the wide form of a type's values; what does not fit, as they are.
func narrow(w kernel.Wide, t batch.Type) any {
	switch {
	case t.Signed() && kernel.WideInt(int64(w[0])) == w:
		return int64(w[0])
	case t.Unsigned() && w[1] == 0:
		return w[0]
	}
	return w
}

func floatTest(op func(float64) bool) func(*fn.Node) {
	return fn.Test(func(args []batch.Column, i int) (bool, bool) {
		return op(batch.Values[float64](&args[0])[i]), true
	})
}
