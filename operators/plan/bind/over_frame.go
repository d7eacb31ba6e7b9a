package bind

import (
	"math"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/relation/over"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// frame binds the frame of a window whose order is bound.
func (b *binder) frame(w *ast.Window, to *overWindow) (over.Frame, error) {
	all := over.Bound{Unit: over.Unbounded}
	f := w.Frame
	if f == nil {
		if len(to.order) == 0 {
			return over.Frame{Start: all, End: all}, nil
		}
		return over.Frame{Start: all, End: over.Bound{Unit: over.Groups}}, nil
	}
	if f.Unit == "GROUPS" && len(w.OrderBy) == 0 {
		return over.Frame{}, b.fail(f, plan.CodeFrame, "add ORDER BY, or write ROWS", "a frame of GROUPS without an ORDER BY")
	}
	start, err := b.bound(&f.Start, f.Unit, to)
	if err != nil {
		return over.Frame{}, err
	}
	end, err := b.bound(&f.End, f.Unit, to)
	return over.Frame{Start: start, End: end, Exclude: over.Exclude(strings.ToLower(f.Exclude))}, err
}

func (b *binder) bound(at *ast.Bound, unit string, to *overWindow) (over.Bound, error) {
	sign := int64(1)
	switch at.Kind {
	case ast.UnboundedPreceding, ast.UnboundedFollowing:
		return over.Bound{Unit: over.Unbounded}, nil
	case ast.CurrentRow:
		if unit == "ROWS" {
			return over.Bound{Unit: over.Rows}, nil
		}
		return over.Bound{Unit: over.Groups}, nil
	case ast.Preceding:
		sign = -1
	}
	if unit == "RANGE" {
		return b.distance(at, sign, to)
	}
	n, err := b.whole(at.Value, "the offset of a frame", 0)
	return over.Bound{Unit: map[string]over.Unit{"ROWS": over.Rows, "GROUPS": over.Groups}[unit], Offset: sign * n}, err
}

// distance binds an offset of RANGE, which is a difference of values of the order.
func (b *binder) distance(at *ast.Bound, sign int64, to *overWindow) (over.Bound, error) {
	out := over.Bound{Unit: over.Range}
	if len(to.order) != 1 {
		return out, b.fail(at, plan.CodeFrame, "order by one column, or write ROWS", "a distance of RANGE needs an ORDER BY of one value, and there are %d", len(to.order))
	}
	t := to.order[0].Type
	if !over.Ranges(t) {
		return out, b.fail(at, plan.CodeFrame, "order by a number or a time, or write ROWS", "a distance of RANGE between values of type %v", t)
	}
	const hint = "write a number or an interval"
	if !constant(at.Value) {
		return out, b.fail(at, plan.CodeConstant, hint, "the offset of a frame is no constant")
	}
	x, err := b.part(at.Value, &env{scope: &scope{}, clause: "a frame"})
	if err != nil {
		return out, err
	}
	if x.IsCall("months") {
		n, err := strconv.ParseInt(x.Args[0].Value, 10, 64)
		if err != nil || n < 0 || t.Kind != batch.Date {
			return out, b.farAway(at, t)
		}
		if out.Months = sign * n; n == 0 {
			out.Unit = over.Groups
		}
		return out, nil
	}
	if x, err = expr.Fold(x); err != nil {
		return out, b.mistake(at.Value, err)
	}
	if x.Op != expr.LiteralOp || x.Null {
		return out, b.fail(at, plan.CodeConstant, hint, "the offset of a frame is no constant")
	}
	if t.Float() {
		f, err := strconv.ParseFloat(x.Value, 64)
		if err != nil || !x.Type.Numeric() || !(f >= 0) || math.IsInf(f, 0) {
			return out, b.farAway(at, t)
		}
		if out.Float = float64(sign) * f; f == 0 {
			out.Unit = over.Groups
		}
		return out, nil
	}
	n, ok := offset(x, t)
	if !ok || n < 0 {
		return out, b.farAway(at, t)
	}
	if out.Offset = sign * n; n == 0 {
		out.Unit = over.Groups
	}
	return out, nil
}

func (b *binder) farAway(at *ast.Bound, t batch.Type) error {
	hint := "write a number from 0 on"
	switch t.Kind {
	case batch.Date:
		hint = "write INTERVAL '1' DAY, or another whole number of days or months"
	case batch.Timestamp:
		hint = "write INTERVAL '1' HOUR, or another interval from 0 on that is not of months: these are not all equally long"
	case batch.Duration:
		hint = "write INTERVAL '1' HOUR, or another interval from 0 on"
	}
	return b.fail(at, plan.CodeFrame, hint, "this is no distance between values of type %v", t)
}

// offset returns a literal in the units of a type that is not of floats: days of a date, microseconds of times, the last
// digits of decimals.
func offset(x expr.Expr, t batch.Type) (int64, bool) {
	const day = 86400e6
	whole := func(as batch.Type) (int64, bool) {
		v := batch.NewVector(as)
		if v.AppendText(x.Value) != nil {
			return 0, false
		}
		col := v.Take()
		if as.Kind == batch.Decimal {
			w := batch.Values[[2]uint64](&col)[0]
			return int64(w[0]), w[1] == uint64(int64(w[0])>>63)
		}
		return batch.Values[int64](&col)[0], true
	}
	duration := x.Type.Kind == batch.Duration
	switch {
	case t.Kind == batch.Date && duration:
		us, ok := whole(x.Type)
		return us / day, ok && us%day == 0
	case t.Kind == batch.Date:
		n, ok := whole(plan.Number)
		return n, ok && x.Type.Integer()
	case t.Kind == batch.Timestamp || t.Kind == batch.Duration:
		if !duration {
			return 0, false
		}
		return whole(x.Type)
	case t.Kind == batch.Decimal:
		n, ok := whole(t)
		return n, ok && x.Type.Numeric()
	}
	n, ok := whole(plan.Number)
	return n, ok && x.Type.Integer()
}
