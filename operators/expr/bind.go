package expr

import (
	"github.com/millrace-dev/millrace/sdk/batch"
)

// exactly checks the number of arguments.
func exactly(e Expr, n int) error {
	if len(e.Args) != n {
		return failAt(codeArguments, e.Pos, "", "%s takes %d arguments, not %d", e.Func, n, len(e.Args))
	}
	return nil
}

// typed sets the type of e and casts all its arguments to one type.
func typed(e Expr, args, result batch.Type) (Expr, error) {
	out := make([]Expr, len(e.Args))
	for i, a := range e.Args {
		c, err := Cast(a, args, false)
		if err != nil {
			return Expr{}, err
		}
		out[i] = c
	}
	e.Args, e.Type = out, result
	return e, nil
}

// bindArithmetic types a + b, a - b, a * b, a / b and a % b.
func bindArithmetic(e Expr) (Expr, error) {
	if e.Func == "-" && len(e.Args) == 1 {
		e.Func = "neg"
		return bindMinus(e)
	}
	if e.Func == "+" && len(e.Args) == 1 && e.Args[0].Type.Numeric() {
		return e.Args[0], nil
	}
	if err := exactly(e, 2); err != nil {
		return Expr{}, err
	}
	a, b := e.Args[0], e.Args[1]
	if a.IsCall("months") || b.IsCall("months") {
		return bindMonths(e)
	}
	if untyped(a) || untyped(b) {
		return bindUntyped(e)
	}
	x, y := a.Type, b.Type
	switch {
	case x.Numeric() && y.Numeric():
		return bindNumbers(e)
	case e.Func == "/float":
		e.Func = "/"
	}
	if x.Kind >= batch.Date && x.Kind <= batch.Duration || y.Kind >= batch.Date && y.Kind <= batch.Duration {
		return bindTimes(e)
	}
	return Expr{}, errorAt(e.Pos, "cast the operands to numbers", "%s: cannot be applied to %v and %v", e.Func, x, y)
}

// bindUntyped gives a NULL or a text literal the type of the other operand.
func bindUntyped(e Expr) (Expr, error) {
	a, b := e.Args[0], e.Args[1]
	if untyped(a) && untyped(b) {
		t := batch.T(batch.Int64)
		if !a.Null && !b.Null || e.Func == "/float" {
			t = batch.T(batch.Float64)
		}
		return typed(e, t, t)
	}
	if untyped(a) {
		a, b = b, a
	}
	t := a.Type
	switch {
	case t.Kind == batch.Utf8: // the literal would stay as it is
		return Expr{}, errorAt(e.Pos, "cast the operands to numbers, or join texts by ||", "%s: cannot be applied to %v and %v", e.Func, t, t)
	case t.Kind == batch.Date && b.Null:
		t = batch.T(batch.Int64)
	case t.Kind == batch.Timestamp && (b.Null || e.Func == "+"):
		t = batch.T(batch.Duration)
	}
	c, err := Cast(b, t, false)
	if err != nil {
		return Expr{}, err
	}
	if untyped(e.Args[0]) {
		return Call(e.Func, c, a)
	}
	return Call(e.Func, a, c)
}

// bindNumbers gives integers of up to 64 bits an int64, or a uint64 when both are unsigned; / and % of
// integers stay integers, cut towards zero, and "/float" gives a float64; a float makes float64 of
// everything; decimals stay exact: the scale of a product is the sum of the scales, that of a quotient has
// six digits more than the operands'.
func bindNumbers(e Expr) (Expr, error) {
	x, y := e.Args[0].Type, e.Args[1].Type
	t := commonNumber(x, y)
	switch e.Func {
	case "/float":
		e.Func = "/"
		if t.Integer() {
			t = batch.T(batch.Float64)
		}
	case "div":
		e.Func = "/"
		if !t.Integer() {
			q, err := Call("/", e.Args...)
			if err != nil {
				return Expr{}, err
			}
			return Call("trunc", q)
		}
	}
	switch {
	case t.Float():
		t = batch.T(batch.Float64)
	case t.Kind == batch.Decimal:
		return bindDecimals(e, t)
	case x.Unsigned() && y.Unsigned():
		t = batch.T(batch.Uint64)
	case x.Width() <= 8 && y.Width() <= 8:
		t = batch.T(batch.Int64)
	}
	return typed(e, t, t)
}

// maxProductScale is where the scale of a product stops growing, so that digits remain before the point.
const maxProductScale = 18

func bindDecimals(e Expr, t batch.Type) (Expr, error) {
	switch e.Func {
	case "*", "/":
	default:
		return typed(e, t, t)
	}
	args := make([]Expr, 2)
	for i, a := range e.Args {
		scale := a.Type.Scale // integers have scale 0
		c, err := Cast(a, batch.DecimalType(scale), false)
		if err != nil {
			return Expr{}, err
		}
		args[i] = c
	}
	x, y := args[0].Type.Scale, args[1].Type.Scale
	if up := min(t.Scale+6, max(t.Scale, maxProductScale)) + y - x; e.Func == "/" && up > 38 {
		return Expr{}, errorAt(e.Pos, "cast the divisor to a decimal of a smaller scale", "/: too many digits after the point in %v / %v", args[0].Type, args[1].Type)
	}
	if e.Args = args; e.Func == "*" {
		e.Type = batch.DecimalType(min(x+y, max(t.Scale, maxProductScale)))
	} else {
		e.Type = batch.DecimalType(min(t.Scale+6, max(t.Scale, maxProductScale)))
	}
	return e, nil
}

// bindTimes types arithmetic of dates, timestamps and durations.
func bindTimes(e Expr) (Expr, error) {
	a, b := e.Args[0], e.Args[1]
	x, y := a.Type.Kind, b.Type.Kind
	if e.Func == "+" && (y == batch.Date || y == batch.Timestamp) {
		a, b, x, y = b, a, y, x
	}
	if e.Func == "*" && y == batch.Duration {
		a, b, x, y = b, a, y, x
	}
	plus := e.Func == "+" || e.Func == "-"
	date, stamp, dur, integer := batch.T(batch.Date), batch.T(batch.Timestamp), batch.T(batch.Duration), batch.T(batch.Int64)
	pick := func(at, bt, result batch.Type) (Expr, error) {
		ca, err := Cast(a, at, false)
		if err != nil {
			return Expr{}, err
		}
		cb, err := Cast(b, bt, false)
		e.Args, e.Type = []Expr{ca, cb}, result
		return e, err
	}
	switch {
	case plus && x == batch.Date && b.Type.Integer():
		return pick(date, integer, date)
	case e.Func == "-" && x == batch.Date && y == batch.Date:
		return pick(date, date, integer)
	case plus && (x == batch.Date || x == batch.Timestamp) && y == batch.Duration:
		return pick(stamp, dur, stamp)
	case e.Func == "-" && (x == batch.Timestamp || x == batch.Date) && (y == batch.Timestamp || y == batch.Date):
		return pick(stamp, stamp, dur)
	case plus && x == batch.Duration && y == batch.Duration:
		return pick(dur, dur, dur)
	case (e.Func == "*" || e.Func == "/") && x == batch.Duration && b.Type.Integer():
		return pick(dur, integer, dur)
	case (e.Func == "*" || e.Func == "/") && x == batch.Duration && b.Type.Numeric():
		return pick(dur, batch.T(batch.Float64), dur)
	case e.Func == "/" && x == batch.Duration && y == batch.Duration:
		e.Args = []Expr{a, b}
		return pick(dur, dur, batch.T(batch.Float64))
	}
	return Expr{}, errorAt(e.Pos, "", "%s: cannot be applied to %v and %v", e.Func, e.Args[0].Type, e.Args[1].Type)
}

// bindMinus types -a. An unsigned integer becomes a signed one.
func bindMinus(e Expr) (Expr, error) {
	if err := exactly(e, 1); err != nil {
		return Expr{}, err
	}
	t := e.Args[0].Type
	switch {
	case e.Args[0].IsCall("months"):
		return timesMonths(e.Args[0], Int(-1))
	case untyped(e.Args[0]):
		t = batch.T(batch.Float64)
	case t.Kind == batch.Uint128:
		t = batch.T(batch.Int128)
	case t.Integer() && t.Width() <= 8:
		t = batch.T(batch.Int64)
	case t.Kind == batch.Float32:
		t = batch.T(batch.Float64)
	case !t.Numeric() && t.Kind != batch.Duration:
		return Expr{}, errorAt(e.Pos, "", "-: cannot be applied to %v", t)
	}
	e, err := typed(e, t, t)
	if err != nil || e.Args[0].Op != LiteralOp {
		return e, err
	}
	return Fold(e)
}

// bindComparison brings both sides to one type. A text literal is read as the other side's type, and so
// is a text column compared with something else; there a text that cannot be read makes the row bad.
func bindComparison(e Expr) (Expr, error) {
	if err := exactly(e, 2); err != nil {
		return Expr{}, err
	}
	a, b := e.Args[0], e.Args[1]
	if _, ok := Common(a.Type, b.Type); !ok {
		switch text := batch.T(batch.Utf8); {
		case a.Type == text && !untyped(a) && Castable(text, b.Type):
			c, err := Cast(a, b.Type, false)
			if err != nil {
				return Expr{}, err
			}
			e.Args = []Expr{c, b}
		case b.Type == text && !untyped(b) && Castable(text, a.Type):
			c, err := Cast(b, a.Type, false)
			if err != nil {
				return Expr{}, err
			}
			e.Args = []Expr{a, c}
		}
	}
	args, _, err := unify(e.Func, e.Args)
	e.Args, e.Type = args, batch.T(batch.Bool)
	return e, err
}

// bindLogic types AND, OR and NOT. Nested ANDs and ORs become one.
func bindLogic(e Expr) (Expr, error) {
	if len(e.Args) == 0 || e.Func == "not" && len(e.Args) != 1 {
		return Expr{}, failAt(codeArguments, e.Pos, "", "%s: %d arguments", e.Func, len(e.Args))
	}
	var args []Expr
	for _, a := range e.Args {
		c, err := condition(e.Func, a)
		if err != nil {
			return Expr{}, err
		}
		if e.Func != "not" && c.IsCall(e.Func) {
			args = append(args, c.Args...)
		} else {
			args = append(args, c)
		}
	}
	if e.Func != "not" && len(args) == 1 {
		return args[0], nil
	}
	e.Args, e.Type = args, batch.T(batch.Bool)
	return e, nil
}

// condition checks that a is a bool.
func condition(what string, a Expr) (Expr, error) {
	if untyped(a) {
		return Cast(a, batch.T(batch.Bool), false)
	}
	if a.Type.Kind != batch.Bool {
		return Expr{}, failAt(codeCondition, a.Pos, "compare it with something", "%s: %v is no condition", what, a.Type)
	}
	return a, nil
}

func bindTruth(e Expr) (Expr, error) {
	if err := exactly(e, 1); err != nil {
		return Expr{}, err
	}
	c, err := condition(e.Func, e.Args[0])
	e.Args, e.Type = []Expr{c}, batch.T(batch.Bool)
	return e, err
}

func bindNullTest(e Expr) (Expr, error) {
	if err := exactly(e, 1); err != nil {
		return Expr{}, err
	}
	if e.Args[0].Type.Kind == batch.Invalid {
		e.Args = []Expr{Null(batch.T(batch.Utf8))}
	}
	e.Type = batch.T(batch.Bool)
	return e, nil
}

// bindCase types CASE: conditions and values in turn, then perhaps a last value.
func bindCase(e Expr) (Expr, error) {
	if len(e.Args) < 2 {
		return Expr{}, failAt(codeArguments, e.Pos, "write CASE WHEN condition THEN value END", "CASE: no branch")
	}
	var vals []Expr
	args := make([]Expr, len(e.Args), len(e.Args)+1)
	for i, a := range e.Args {
		if i%2 == 1 || i == len(e.Args)-1 {
			vals = append(vals, a)
			continue
		}
		c, err := condition("WHEN", a)
		if err != nil {
			return Expr{}, err
		}
		args[i] = c
	}
	vals, t, err := unify("CASE", vals)
	if err != nil {
		return Expr{}, err
	}
	for i, v := range vals {
		args[min(2*i+1, len(e.Args)-1)] = v
	}
	if len(args)%2 == 0 {
		args = append(args, Null(t))
	}
	e.Args, e.Type = args, t
	return e, nil
}

// bindSame types functions whose arguments all have one type.
func bindSame(least int, result batch.Kind) func(Expr) (Expr, error) {
	return func(e Expr) (Expr, error) {
		if len(e.Args) < least {
			return Expr{}, failAt(codeArguments, e.Pos, "", "%s takes at least %d arguments", e.Func, least)
		}
		args, t, err := unify(e.Func, e.Args)
		if e.Args, e.Type = args, t; result != batch.Invalid {
			e.Type = batch.T(result)
		}
		return e, err
	}
}
