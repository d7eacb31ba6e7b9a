// Package number has arithmetic and the functions of numbers.
package number

import (
	"fmt"
	"math"

	"github.com/millrace-dev/millrace/operators/expr/fn"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Operators returns the operators of arithmetic.
func Operators() []fn.Function {
	op := func(name, signature, help string) fn.Function {
		return fn.Function{
			Name: name, Signature: signature, Help: help,
			Build: buildArithmetic, Fallible: arithmeticFails,
		}
	}
	return append([]fn.Function{
		op("+", "number + number; date + int; timestamp + duration", "The sum. Of integers an int64, of unsigned ones a uint64."),
		op("-", "number - number; date - date; timestamp - timestamp; timestamp - duration", "The difference. Of dates in days, of timestamps a duration."),
		op("*", "number * number; duration * number", "The product. The scales of decimals add up."),
		op("/", "number / number; duration / number", "The quotient. Of integers cut towards zero; of decimals with six digits more."),
		op("/float", "number /float number", "The quotient, of integers a float64."),
		op("div", "number div number", "The quotient cut towards zero."),
		op("%", "number % number", "The remainder, with the sign of the first operand."),
		{
			Name: "neg", Signature: "- number", Help: "The number with the other sign.",
			Build: buildMinus, Fallible: arithmeticFails,
		},
	}, bitwise()...)
}

// arithmeticFails: of floats only division, everything else may overflow.
func arithmeticFails(e *fn.Node) bool {
	if !e.Type.Float() {
		return true
	}
	if e.Func != "/" && e.Func != "%" {
		return false
	}
	d := e.Args[1]
	return !d.Literal || d.Null || parseFloat(d.Value) == 0
}

func parseFloat(s string) float64 {
	f := 0.0
	_, _ = fmt.Sscan(s, &f)
	return f
}

// buildArithmetic is a switch over the operands' types.
func buildArithmetic(n *fn.Node) {
	n.Why = whyArithmetic
	x, y := n.Args[0].Type.Kind, n.Args[1].Type.Kind
	op := n.Func
	switch {
	case x == batch.Date && y == batch.Int64:
		sign := int64(1)
		if op == "-" {
			sign = -1
		}
		fn.Map2(n, func(day int32, days int64) (int32, bool) {
			sum := int64(day) + sign*days
			return int32(sum), days == int64(int32(days)) && sum == int64(int32(sum))
		})
	case x == batch.Date:
		fn.Map2(n, func(a, b int32) (int64, bool) { return int64(a) - int64(b), true })
	case x == batch.Duration && y == batch.Float64:
		fn.Map2(n, func(d int64, by float64) (int64, bool) {
			f := float64(d) * by
			if op == "/" {
				f = float64(d) / by
			}
			f = math.Round(f)
			return int64(f), f >= -1<<63 && f < 1<<63 && (op != "/" || by != 0)
		})
	case x == batch.Duration && n.Type.Kind == batch.Float64:
		fn.Map2(n, func(a, b int64) (float64, bool) { return float64(a) / float64(b), b != 0 })
	case x == batch.Int64 || x == batch.Timestamp || x == batch.Duration:
		ints[int64](n, op)
	case x == batch.Uint64:
		ints[uint64](n, op)
	case x == batch.Float64:
		floats(n, op)
	case x == batch.Decimal:
		wides(n, decimalOp(n, op))
	case x == batch.Int128:
		wides(n, map[string]wideOp{"+": kernel.AddWide, "-": kernel.SubWide, "*": kernel.MulWide, "/": kernel.DivWide, "%": kernel.ModWide}[op])
	case x == batch.Uint128:
		wides(n, map[string]wideOp{"+": kernel.AddUwide, "-": kernel.SubUwide, "*": kernel.MulUwide, "/": kernel.DivUwide, "%": kernel.ModUwide}[op])
	}
}

type wideOp func(x, y kernel.Wide) (kernel.Wide, bool)

func wides(n *fn.Node, op wideOp) { fn.Map2(n, op) }

func decimalOp(n *fn.Node, op string) wideOp {
	x, y, z := int(n.Args[0].Type.Scale), int(n.Args[1].Type.Scale), int(n.Type.Scale)
	switch op {
	case "+":
		return kernel.AddDecimal
	case "-":
		return kernel.SubDecimal
	case "*":
		return func(a, b kernel.Wide) (kernel.Wide, bool) { return kernel.MulDecimal(a, b, x+y-z) }
	case "/":
		return func(a, b kernel.Wide) (kernel.Wide, bool) { return kernel.DivDecimal(a, b, z+y-x) }
	}
	return kernel.ModDecimal
}

func whyArithmetic(n *fn.Node, row int) string {
	if len(n.Args) == 2 && (n.Func == "/" || n.Func == "%") && fn.IsZero(&n.Args[1].Col, row) {
		return fn.DivisionByZero
	}
	return fn.Unfit(n, row)
}

// ints is a switch over the operators.
func ints[T int64 | uint64](n *fn.Node, op string) {
	run := func(compute func(dst, a, b []T) bool, mark func(bad batch.Bitmap, a, b []T)) {
		n.Run = func(f *fn.Frame, n *fn.Node) {
			a, b := fn.Values[T](n.Args[0], f.Rows), fn.Values[T](n.Args[1], f.Rows)
			if compute(fn.Fixed[T](n, f.Rows), a, b) {
				mark(n.Mark(f.Rows), a, b)
			}
		}
	}
	switch op {
	case "+":
		run(kernel.Add[T], kernel.MarkAdd[T])
	case "-":
		run(kernel.Sub[T], kernel.MarkSub[T])
	case "*":
		run(kernel.Mul[T], kernel.MarkMul[T])
	case "/":
		n.Run = func(f *fn.Frame, n *fn.Node) {
			a, b := fn.Values[T](n.Args[0], f.Rows), fn.Values[T](n.Args[1], f.Rows)
			kernel.Div(fn.Fixed[T](n, f.Rows), a, b, n.Col.Valid, n.Mark(f.Rows))
		}
	case "%":
		n.Run = func(f *fn.Frame, n *fn.Node) {
			a, b := fn.Values[T](n.Args[0], f.Rows), fn.Values[T](n.Args[1], f.Rows)
			kernel.Mod(fn.Fixed[T](n, f.Rows), a, b, n.Col.Valid, n.Mark(f.Rows))
		}
	}
}

func floats(n *fn.Node, op string) {
	n.Run = func(f *fn.Frame, n *fn.Node) {
		a, b := fn.Values[float64](n.Args[0], f.Rows), fn.Values[float64](n.Args[1], f.Rows)
		dst := fn.Fixed[float64](n, f.Rows)
		switch op {
		case "+":
			kernel.AddFloat(dst, a, b)
		case "-":
			kernel.SubFloat(dst, a, b)
		case "*":
			kernel.MulFloat(dst, a, b)
		case "/":
			kernel.DivFloat(dst, a, b, n.Mark(f.Rows))
		case "%":
			kernel.ModFloat(dst, a, b, n.Mark(f.Rows))
		}
	}
}

func buildMinus(n *fn.Node) {
	n.Why = whyArithmetic
	switch n.Type.Kind {
	case batch.Int64, batch.Duration:
		n.Run = func(f *fn.Frame, n *fn.Node) {
			a := fn.Values[int64](n.Args[0], f.Rows)
			if kernel.Neg(fn.Fixed[int64](n, f.Rows), a) {
				kernel.MarkNeg(n.Mark(f.Rows), a)
			}
		}
	case batch.Float64:
		n.Run = func(f *fn.Frame, n *fn.Node) {
			kernel.NegFloat(fn.Fixed[float64](n, f.Rows), fn.Values[float64](n.Args[0], f.Rows))
		}
	default:
		fn.Map1(n, kernel.NegWide)
	}
}
