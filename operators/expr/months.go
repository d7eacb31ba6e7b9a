package expr

import "github.com/millrace-dev/millrace/sdk/batch"

// monthsOps are the functions that take an interval of months.
var monthsOps = []string{"+", "-", "*", "neg", "date_add", "date_sub"}

// bindMonths types arithmetic with intervals of months. Such an interval is no value: it is written into
// what it is added to.
func bindMonths(e Expr) (Expr, error) {
	a, b := e.Args[0], e.Args[1]
	switch {
	case e.Func == "*" && b.IsCall("months"):
		return timesMonths(b, a)
	case e.Func == "*":
		return timesMonths(a, b)
	case e.Func != "+" && e.Func != "-":
		return Expr{}, errorAt(e.Pos, "", "%s: an interval of months can only be multiplied, added or subtracted", e.Func)
	case a.IsCall("months") && (b.IsCall("months") || b.Type.Kind == batch.Duration), b.IsCall("months") && a.Type.Kind == batch.Duration:
		return sumMonths(e.Func, a, b)
	}
	if a.IsCall("months") && e.Func == "+" {
		a, b = b, a
	}
	if untyped(a) {
		c, err := Cast(a, batch.T(batch.Timestamp), false)
		if err != nil {
			return Expr{}, err
		}
		a = c
	}
	if !b.IsCall("months") || a.Type.Kind != batch.Date && a.Type.Kind != batch.Timestamp {
		return Expr{}, errorAt(e.Pos, "", "an interval of months can only be added to or subtracted from a date or a timestamp")
	}
	if e.Func == "-" {
		negative, err := timesMonths(b, Int(-1))
		if err != nil {
			return Expr{}, err
		}
		b = negative
	}
	sum, err := Call("add_months", a, b.Args[0])
	if err != nil || len(b.Args) == 1 {
		return sum, err
	}
	return Call("+", sum, b.Args[1])
}

// timesMonths multiplies an interval of months.
func timesMonths(months, by Expr) (Expr, error) {
	if untyped(by) {
		c, err := Cast(by, batch.T(batch.Int64), false)
		if err != nil {
			return Expr{}, err
		}
		by = c
	}
	if !by.Type.Integer() {
		return Expr{}, errorAt(by.Pos, "cast it to an integer", "an interval of months can only be multiplied by a whole number, and this is %v", by.Type)
	}
	out := months
	out.Args = make([]Expr, len(months.Args))
	for i, a := range months.Args {
		product, err := Call("*", a, by)
		if err == nil {
			product, err = Fold(product)
		}
		if err != nil {
			return Expr{}, err
		}
		out.Args[i] = product
	}
	return out, nil
}

// sumMonths adds or subtracts two intervals, of which one at least has months.
func sumMonths(op string, a, b Expr) (Expr, error) {
	parts := func(e Expr) [2]Expr {
		switch {
		case !e.IsCall("months"):
			return [2]Expr{Int(0), e}
		case len(e.Args) == 1:
			return [2]Expr{e.Args[0], duration(0)}
		}
		return [2]Expr{e.Args[0], e.Args[1]}
	}
	x, y := parts(a), parts(b)
	out := Expr{Op: CallOp, Func: "months", Pos: a.Pos}
	for i := range x {
		sum, err := Call(op, x[i], y[i])
		if err == nil {
			sum, err = Fold(sum)
		}
		if err != nil {
			return Expr{}, err
		}
		out.Args = append(out.Args, sum)
	}
	return out, nil
}
