package expr

import (
	"math"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

func mathFunctions() []builtin {
	f := func(signature, help string, build func(*node), fallible func(Expr) bool) builtin {
		return builtin{Function: Function{Signature: signature, Help: help}, build: build, fallible: fallible}
	}
	float1 := func(name, help string, op func(float64) float64) builtin {
		return f(name+"(float) float", help, func(n *node) {
			n.run = func(fr *frame, n *node) {
				kernel.Map(fixed[float64](n, fr.rows), values[float64](n.args[0], fr.rows), op)
			}
		}, nil)
	}
	partial := func(name, help string, op func(float64) (float64, bool)) builtin {
		return f(name+"(float) float", help, func(n *node) {
			n.why = outside
			map1(n, op)
		}, always)
	}
	return []builtin{
		f("abs(number) same", "The number without its sign.", buildAbs, func(e Expr) bool { return !e.Type.Float() && !e.Type.Unsigned() }),
		f("sign(number) int", "-1, 0 or 1.", buildSign, nil),
		f("round(number[, int]) same", "The number rounded to so many digits after the point, half away from zero; the digits may be negative.", rounding(0), roundFails),
		f("trunc(number[, int]) same", "The number cut after so many digits after the point.", rounding(2), roundFails),
		f("ceil(number) same", "The least whole number that is not less.", rounding(1), roundFails),
		f("floor(number) same", "The greatest whole number that is not greater.", rounding(-1), roundFails),
		partial("sqrt", "The square root.", func(x float64) (float64, bool) { return math.Sqrt(x), !(x < 0) }),
		float1("cbrt", "The cube root.", math.Cbrt),
		float1("exp", "e to a power.", math.Exp),
		partial("ln", "The natural logarithm.", func(x float64) (float64, bool) { return math.Log(x), !(x <= 0) }),
		partial("log10", "The logarithm to base 10.", func(x float64) (float64, bool) { return math.Log10(x), !(x <= 0) }),
		partial("log2", "The logarithm to base 2.", func(x float64) (float64, bool) { return math.Log2(x), !(x <= 0) }),
		f("log(float[, float]) float", "The logarithm to base 10; with two arguments that of the second to base the first.", buildLog, always),
		f("power(float, float) float", "The first to the power of the second.", func(n *node) {
			n.why = outside
			map2(n, func(x, y float64) (float64, bool) {
				z := math.Pow(x, y)
				return z, z == z || x != x || y != y
			})
		}, always),
		f("pi() float", "The number pi.", func(n *node) {
			n.run = func(fr *frame, n *node) {
				dst := fixed[float64](n, fr.rows)
				for i := range dst {
					dst[i] = math.Pi
				}
			}
		}, nil),
		float1("sin", "The sine of an angle in radians.", math.Sin),
		float1("cos", "The cosine of an angle in radians.", math.Cos),
		float1("tan", "The tangent of an angle in radians.", math.Tan),
		partial("asin", "The angle in radians of a sine.", func(x float64) (float64, bool) { return math.Asin(x), !(math.Abs(x) > 1) }),
		partial("acos", "The angle in radians of a cosine.", func(x float64) (float64, bool) { return math.Acos(x), !(math.Abs(x) > 1) }),
		float1("atan", "The angle in radians of a tangent.", math.Atan),
		f("atan2(float, float) float", "The angle in radians of a point, given y and x.", func(n *node) {
			map2(n, func(y, x float64) (float64, bool) { return math.Atan2(y, x), true })
		}, nil),
		float1("degrees", "An angle in degrees, given in radians.", func(x float64) float64 { return x * (180 / math.Pi) }),
		float1("radians", "An angle in radians, given in degrees.", func(x float64) float64 { return x * (math.Pi / 180) }),
	}
}

func outside(*node, int) string { return "the argument is outside the function's range" }

func buildLog(n *node) {
	n.why = outside
	if len(n.args) == 1 {
		map1(n, func(x float64) (float64, bool) { return math.Log10(x), !(x <= 0) })
		return
	}
	map2(n, func(base, x float64) (float64, bool) {
		return math.Log(x) / math.Log(base), !(x <= 0) && !(base <= 0) && base != 1
	})
}

// buildAbs is a switch over the kinds.
func buildAbs(n *node) {
	n.why = whyArithmetic
	switch n.e.Type.Kind {
	case batch.Int8:
		absInt[int8](n)
	case batch.Int16:
		absInt[int16](n)
	case batch.Int32:
		absInt[int32](n)
	case batch.Int64:
		absInt[int64](n)
	case batch.Uint8, batch.Uint16, batch.Uint32, batch.Uint64, batch.Uint128:
		n.run = same
	case batch.Float32:
		map1(n, func(x float32) (float32, bool) { return float32(math.Abs(float64(x))), true })
	case batch.Float64:
		map1(n, func(x float64) (float64, bool) { return math.Abs(x), true })
	default:
		map1(n, func(x kernel.Wide) (kernel.Wide, bool) {
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
}](n *node) {
	map1(n, func(x T) (T, bool) {
		if x < 0 {
			x = -x
		}
		return x, x >= 0
	})
}

// same hands the argument through.
func same(_ *frame, n *node) { n.col = n.args[0].col }

func buildSign(n *node) {
	zero := batch.NewVector(n.args[0].e.Type)
	if err := zero.AppendText("0"); err != nil {
		panic("expr: zero of " + zero.Type.String())
	}
	col := zero.Take()
	n.run = func(f *frame, n *node) {
		dst := fixed[int64](n, f.rows)
		for i := range dst {
			if !n.args[0].col.Null(i) {
				dst[i] = int64(kernel.Compare(&n.args[0].col, i, &col, 0))
			}
		}
	}
}

// roundFails: a decimal or an integer may not fit after rounding up.
func roundFails(e Expr) bool {
	return !e.Type.Float() && (e.Type.Kind == batch.Decimal || len(e.Args) > 1)
}

// rounding builds ROUND (0), CEIL (1), FLOOR (-1) and TRUNC (2).
func rounding(mode int) func(*node) {
	return func(n *node) {
		n.why = whyArithmetic
		switch t := n.e.Type; {
		case t.Kind == batch.Float64:
			roundFloats[float64](n, mode)
		case t.Kind == batch.Float32:
			roundFloats[float32](n, mode)
		case t.Kind == batch.Decimal:
			scale := int(t.Scale)
			if len(n.args) == 1 {
				map1(n, func(x kernel.Wide) (kernel.Wide, bool) { return kernel.RoundDecimal(x, scale, 0, mode) })
				return
			}
			map2(n, func(x kernel.Wide, digits int64) (kernel.Wide, bool) {
				return kernel.RoundDecimal(x, scale, clampDigits(digits), mode)
			})
		case len(n.args) == 1 || t.Kind == batch.Uint128 || t.Kind == batch.Int128:
			n.run = same
		default:
			roundInts(n, mode)
		}
	}
}

func clampDigits(d int64) int { return int(max(-400, min(400, d))) }

func roundFloats[T float](n *node, mode int) {
	if len(n.args) == 1 {
		n.run = func(f *frame, n *node) {
			kernel.Map(fixed[T](n, f.rows), values[T](n.args[0], f.rows), func(x T) T { return T(roundFloat(float64(x), 0, mode)) })
		}
		return
	}
	map2(n, func(x T, digits int64) (T, bool) { return T(roundFloat(float64(x), clampDigits(digits), mode)), true })
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
func roundInts(n *node, mode int) {
	t := n.e.Type
	vec := batch.NewVector(t)
	n.run = func(f *frame, n *node) {
		vec.Reset()
		c, digits := &n.args[0].col, values[int64](n.args[1], f.rows)
		for i := range f.rows {
			if n.col.Valid != nil && !n.col.Valid.Has(i) {
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
				n.mark(f.rows).Set(i)
			}
		}
		valid := n.col.Valid
		n.col = vec.Peek()
		n.col.Valid = valid
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
