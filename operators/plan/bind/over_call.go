package bind

import (
	"slices"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/relation/over"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// windowForms are the functions that need OVER, and how they are written.
var windowForms = map[string]string{
	"row_number": "ROW_NUMBER()", "rank": "RANK()", "dense_rank": "DENSE_RANK()", "percent_rank": "PERCENT_RANK()",
	"cume_dist": "CUME_DIST()", "ntile": "NTILE(4)", "lag": "LAG(x, 1, default)", "lead": "LEAD(x, 1, default)",
	"first_value": "FIRST_VALUE(x)", "last_value": "LAST_VALUE(x)", "nth_value": "NTH_VALUE(x, 2)",
}

// windowOnly reports whether a function means nothing without OVER.
func windowOnly(name string) bool {
	return windowForms[strings.ToLower(name)] != "" && !isAggregate(name)
}

// windowCall binds the function before OVER; its window is bound.
func (b *binder) windowCall(e *ast.Call, c overCall, env *env, o *overs) (expr.Expr, error) {
	form := windowForms[c.Func]
	switch {
	case form == "" && !isAggregate(c.Func):
		return expr.Expr{}, b.fail(e, plan.CodeOver, "leave out OVER", "%s is neither an aggregate nor a window function", e.Func())
	case form == "" || isAggregate(c.Func) && len(e.OrderBy) > 0:
		return b.windowAggregate(e, c, env, o)
	case e.Distinct:
		return expr.Expr{}, b.fail(e, plan.CodeOver, "leave it out", "%s takes no DISTINCT", e.Func())
	case len(e.OrderBy) > 0 || len(e.WithinGroup) > 0:
		return expr.Expr{}, b.fail(e, plan.CodeOver, "write the order in OVER", "%s takes no order of its own", e.Func())
	case e.Filter != nil:
		return expr.Expr{}, b.fail(e, plan.CodeOver, "write FILTER only behind an aggregate", "%s takes no FILTER", e.Func())
	}
	if e.FromLast && c.Func != "nth_value" {
		return expr.Expr{}, b.fail(e, plan.CodeOver, "write it behind NTH_VALUE, or turn the ORDER BY around", "%s takes no FROM LAST", e.Func())
	}
	low, high := arguments(c.Func)
	if e.Star || len(e.Args) < low || len(e.Args) > high {
		return expr.Expr{}, b.fail(e, plan.CodeArguments, "write "+form, "%s with %s", e.Func(), plan.Count(len(e.Args), "argument"))
	}
	if e.Nulls != "" && over.Placed(c.Func) {
		return expr.Expr{}, b.fail(e, plan.CodeOver, "leave it out", "%s takes no %s", e.Func(), e.Nulls)
	}
	switch c.Func {
	case "percent_rank", "cume_dist":
		c.Type, c.Frame = batch.T(batch.Float64), over.Frame{}
		return o.add(c, e), nil
	case "row_number", "rank", "dense_rank", "ntile":
		c.Type, c.Frame = plan.Number, over.Frame{}
		if c.Func == "ntile" {
			n, err := b.whole(e.Args[0], "the number of parts of NTILE", 1)
			if err != nil {
				return expr.Expr{}, err
			}
			c.N = n
		}
		return o.add(c, e), nil
	}
	x, err := b.expr(e.Args[0], env)
	if err != nil {
		return x, err
	}
	x = withType(x)
	c.Type, c.nullable = x.Type, true
	switch c.Func {
	case "lag", "lead":
		return b.shifted(e, c, &shift{x: x, env: env}, o)
	case "nth_value":
		if c.N, err = b.whole(e.Args[1], "the place of NTH_VALUE", 1); err != nil {
			return expr.Expr{}, err
		}
		if e.FromLast {
			c.N = -c.N
		}
	}
	c.Arg = c.read(x)
	c.IgnoreNulls = e.Nulls == "IGNORE NULLS"
	return o.add(c, e), nil
}

// arguments returns how many arguments a function takes.
func arguments(name string) (low, high int) {
	switch name {
	case "ntile", "first_value", "last_value":
		return 1, 1
	case "nth_value":
		return 2, 2
	case "lag", "lead":
		return 1, 3
	}
	return 0, 0
}

// withType gives NULL a type.
func withType(x expr.Expr) expr.Expr {
	if x.Null && x.Type.Kind == batch.Invalid {
		return expr.Null(plan.Number).At(x.Pos)
	}
	return x
}

// whole returns a constant number that is at least low.
func (b *binder) whole(e ast.Expr, what string, low int64) (int64, error) {
	if !constant(e) {
		return 0, b.fail(e, plan.CodeConstant, "write a number", "%s is no constant", what)
	}
	x, err := b.expr(e, &env{scope: &scope{}, clause: what})
	if err != nil {
		return 0, err
	}
	if x, err = expr.Fold(x); err != nil {
		return 0, b.mistake(e, err)
	}
	n, err := strconv.ParseInt(x.Value, 10, 64)
	if x.Op != expr.LiteralOp || x.Null || !x.Type.Integer() || err != nil || n < low || n > 1<<40 {
		from := ""
		if low >= 0 {
			from = " from " + strconv.FormatInt(low, 10) + " on"
		}
		return 0, b.fail(e, plan.CodeConstant, "write a number", "%s is no constant number%s", what, from)
	}
	return n, nil
}

// shift is what LAG and LEAD read.
type shift struct {
	x, defaults expr.Expr
	there       bool // a default is
	env         *env
}

// shifted binds LAG and LEAD: the first value of a frame of one row.
func (b *binder) shifted(e *ast.Call, c overCall, s *shift, o *overs) (expr.Expr, error) {
	by := int64(1)
	if len(e.Args) > 1 {
		n, err := b.whole(e.Args[1], "the distance of "+e.Func(), -1<<40)
		if err != nil {
			return expr.Expr{}, err
		}
		by = n
	}
	if c.Func == "lag" {
		by = -by
	}
	if len(e.Args) > 2 {
		d, err := b.expr(e.Args[2], s.env)
		if err != nil {
			return d, err
		}
		if !d.Null {
			if err := b.likeEach(e, &s.x, &d); err != nil {
				return d, err
			}
			s.defaults, s.there, c.Type = d, true, s.x.Type
			c.nullable = s.x.Nullable || d.Nullable
		}
	}
	c.Arg = c.read(s.x)
	if e.Nulls == "IGNORE NULLS" && by != 0 {
		return b.shiftedToValue(e, c, s, by, o)
	}
	at := over.Bound{Unit: over.Rows, Offset: by}
	c.Func, c.Frame = "first_value", over.Frame{Start: at, End: at}
	if s.there {
		c.Default = c.read(s.defaults)
	}
	return o.add(c, e), nil
}

// likeEach casts two values to the type that they have in common.
func (b *binder) likeEach(at *ast.Call, x, y *expr.Expr) error {
	both, err := expr.Call("coalesce", *x, *y)
	if err != nil {
		return b.fail(at, plan.CodeType, "cast one of them", "%s of %v with a default of %v", at.Func(), x.Type, y.Type)
	}
	for _, e := range []*expr.Expr{x, y} {
		if e.Type != both.Type {
			if *e, err = b.made(at)(expr.Cast(*e, both.Type, false)); err != nil {
				return err
			}
		}
	}
	return nil
}

// shiftedToValue binds LAG and LEAD with IGNORE NULLS: of the values before the row, or after it, that are not null, the one
// so many away.
func (b *binder) shiftedToValue(e *ast.Call, c overCall, s *shift, by int64, o *overs) (expr.Expr, error) {
	end := over.Bound{Unit: over.Unbounded}
	switch by {
	case -1:
		c.Func = "last_value"
	case 1:
		c.Func = "first_value"
	default:
		c.Func, c.N = "nth_value", by
	}
	if by < 0 {
		c.Frame = over.Frame{Start: end, End: over.Bound{Unit: over.Rows, Offset: -1}}
	} else {
		c.Frame = over.Frame{Start: over.Bound{Unit: over.Rows, Offset: 1}, End: end}
	}
	c.IgnoreNulls, c.nullable = true, true
	x := o.add(c, e)
	if !s.there {
		return x, nil
	}
	return b.made(e)(expr.Call("coalesce", x, s.defaults))
}

// windowAggregate binds an aggregate over a frame, as one over a group.
func (b *binder) windowAggregate(e *ast.Call, c overCall, env *env, o *overs) (expr.Expr, error) {
	if e.FromLast {
		return expr.Expr{}, b.fail(e, plan.CodeOver, "leave it out", "%s takes no FROM LAST", e.Func())
	}
	x, err := b.aggregateIn(e, &frameCalls{window: c, overs: o, at: e}, env)
	if err != nil {
		return expr.Expr{}, err
	}
	return x.result()
}

// frameCalls takes the calls that an aggregate over a frame is made of.
type frameCalls struct {
	window overCall // without a function
	overs  *overs
	at     *ast.Call
	args   []expr.Expr
}

func (f *frameCalls) arg(e expr.Expr) int {
	f.args = append(f.args, e)
	return len(f.args) - 1
}

func (f *frameCalls) call(c plan.Call, nullable bool) expr.Expr {
	x := f.window
	x.nullable = nullable
	op := c.Operation()
	x.Call = over.Call{
		Func: op.Func, Arg: op.Arg, More: op.More, Default: -1, Order: op.Order, Where: op.Where, Distinct: op.Distinct, Text: op.Text,
		Frame: x.Frame, Type: op.Type,
	}
	x.args = nil
	x.Call = x.Remapped(func(arg int) int {
		i := slices.IndexFunc(x.args, func(e expr.Expr) bool { return expr.Equal(e, f.args[arg]) })
		if i < 0 {
			i = x.read(f.args[arg])
		}
		return i
	})
	return f.overs.add(x, f.at)
}

// ordering is the order of the window.
func (f *frameCalls) ordering() (out []ordering) {
	for _, o := range f.window.window.order {
		out = append(out, ordering{by: o.Expr, desc: o.desc, nullsFirst: o.nullsFirst})
	}
	return out
}
