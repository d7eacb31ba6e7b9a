package expr

import (
	"fmt"
	"math"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

func arithmetic() []builtin {
	op := func(name, signature, help string) builtin {
		return builtin{
			Function: Function{Name: name, Signature: signature, Help: help},
			bind:     bindArithmetic, build: buildArithmetic, fallible: arithmeticFails,
		}
	}
	return []builtin{
		op("+", "number + number; date + int; timestamp + duration", "The sum. Of integers an int64, of unsigned ones a uint64."),
		op("-", "number - number; date - date; timestamp - timestamp; timestamp - duration", "The difference. Of dates in days, of timestamps a duration."),
		op("*", "number * number; duration * number", "The product. The scales of decimals add up."),
		op("/", "number / number; duration / number", "The quotient. Of integers cut towards zero; of decimals with six digits more."),
		op("/float", "number /float number", "The quotient, of integers a float64."),
		op("div", "number div number", "The quotient cut towards zero."),
		op("%", "number % number", "The remainder, with the sign of the first operand."),
		{
			Function: Function{Name: "neg", Signature: "- number", Help: "The number with the other sign."},
			bind:     bindMinus, build: buildMinus, fallible: arithmeticFails,
		},
		{
			Function: Function{Name: "add_months", Signature: "add_months(date or timestamp, int)", Help: "The time so many months later; the day is cut to the length of the month."},
			bind:     bindAddMonths, build: buildAddMonths, fallible: always,
		},
	}
}

// arithmeticFails: of floats only division, everything else may overflow.
func arithmeticFails(e Expr) bool {
	if !e.Type.Float() {
		return true
	}
	if e.Func != "/" && e.Func != "%" {
		return false
	}
	d := e.Args[1]
	return d.Op != LiteralOp || d.Null || parseFloat(d.Value) == 0
}

func parseFloat(s string) float64 {
	f := 0.0
	_, _ = fmt.Sscan(s, &f)
	return f
}

// buildArithmetic is a switch over the operands' types.
func buildArithmetic(n *node) {
	n.why = whyArithmetic
	x, y := n.args[0].e.Type.Kind, n.args[1].e.Type.Kind
	op := n.e.Func
	switch {
	case x == batch.Date && y == batch.Int64:
		sign := int64(1)
		if op == "-" {
			sign = -1
		}
		map2(n, func(day int32, days int64) (int32, bool) {
			sum := int64(day) + sign*days
			return int32(sum), days == int64(int32(days)) && sum == int64(int32(sum))
		})
	case x == batch.Date:
		map2(n, func(a, b int32) (int64, bool) { return int64(a) - int64(b), true })
	case x == batch.Duration && y == batch.Float64:
		map2(n, func(d int64, by float64) (int64, bool) {
			f := float64(d) * by
			if op == "/" {
				f = float64(d) / by
			}
			f = math.Round(f)
			return int64(f), f >= -1<<63 && f < 1<<63 && (op != "/" || by != 0)
		})
	case x == batch.Duration && n.e.Type.Kind == batch.Float64:
		map2(n, func(a, b int64) (float64, bool) { return float64(a) / float64(b), b != 0 })
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

func wides(n *node, op wideOp) { map2(n, op) }

func decimalOp(n *node, op string) wideOp {
	x, y, z := int(n.args[0].e.Type.Scale), int(n.args[1].e.Type.Scale), int(n.e.Type.Scale)
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

func whyArithmetic(n *node, row int) string {
	if len(n.args) == 2 && (n.e.Func == "/" || n.e.Func == "%") && isZero(&n.args[1].col, row) {
		return "division by zero"
	}
	return fmt.Sprintf("the result does not fit %v", n.e.Type)
}

func isZero(c *batch.Column, row int) bool {
	w := c.Type.Width()
	for i, b := range c.Data[row*w : row*w+w] {
		if b != 0 && (!c.Type.Float() || i != w-1 || b != 0x80) {
			return false
		}
	}
	return true
}

// ints is a switch over the operators.
func ints[T int64 | uint64](n *node, op string) {
	run := func(compute func(dst, a, b []T) bool, mark func(bad batch.Bitmap, a, b []T)) {
		n.run = func(f *frame, n *node) {
			a, b := values[T](n.args[0], f.rows), values[T](n.args[1], f.rows)
			if compute(fixed[T](n, f.rows), a, b) {
				mark(n.mark(f.rows), a, b)
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
		n.run = func(f *frame, n *node) {
			a, b := values[T](n.args[0], f.rows), values[T](n.args[1], f.rows)
			kernel.Div(fixed[T](n, f.rows), a, b, n.col.Valid, n.mark(f.rows))
		}
	case "%":
		n.run = func(f *frame, n *node) {
			a, b := values[T](n.args[0], f.rows), values[T](n.args[1], f.rows)
			kernel.Mod(fixed[T](n, f.rows), a, b, n.col.Valid, n.mark(f.rows))
		}
	}
}

func floats(n *node, op string) {
	n.run = func(f *frame, n *node) {
		a, b := values[float64](n.args[0], f.rows), values[float64](n.args[1], f.rows)
		dst := fixed[float64](n, f.rows)
		switch op {
		case "+":
			kernel.AddFloat(dst, a, b)
		case "-":
			kernel.SubFloat(dst, a, b)
		case "*":
			kernel.MulFloat(dst, a, b)
		case "/":
			kernel.DivFloat(dst, a, b, n.mark(f.rows))
		case "%":
			kernel.ModFloat(dst, a, b, n.mark(f.rows))
		}
	}
}

func buildMinus(n *node) {
	n.why = whyArithmetic
	switch n.e.Type.Kind {
	case batch.Int64, batch.Duration:
		n.run = func(f *frame, n *node) {
			a := values[int64](n.args[0], f.rows)
			if kernel.Neg(fixed[int64](n, f.rows), a) {
				kernel.MarkNeg(n.mark(f.rows), a)
			}
		}
	case batch.Float64:
		n.run = func(f *frame, n *node) {
			kernel.NegFloat(fixed[float64](n, f.rows), values[float64](n.args[0], f.rows))
		}
	default:
		map1(n, kernel.NegWide)
	}
}

// map1 computes a value of one argument of fixed width, or marks the row.
func map1[D, S batch.Fixed](n *node, op func(S) (D, bool)) {
	n.run = func(f *frame, n *node) {
		kernel.MapBad(fixed[D](n, f.rows), values[S](n.args[0], f.rows), n.col.Valid, n.mark(f.rows), op)
	}
}

// map2 computes a value of two arguments of fixed width, or marks the row.
func map2[D, S, T batch.Fixed](n *node, op func(S, T) (D, bool)) {
	n.run = func(f *frame, n *node) {
		a, b := values[S](n.args[0], f.rows), values[T](n.args[1], f.rows)
		kernel.Map2Bad(fixed[D](n, f.rows), a, b, n.col.Valid, n.mark(f.rows), op)
	}
}
