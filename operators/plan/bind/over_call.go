package bind

import (
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
	case e.Distinct:
		return expr.Expr{}, b.unsupported(e, "DISTINCT in a window function", "leave the copies out in a derived table")
	case len(e.OrderBy) > 0 || len(e.WithinGroup) > 0:
		return expr.Expr{}, b.unsupported(e, "a window function of arguments in an order of their own", "write the order in OVER")
	case form == "" && !isAggregate(c.Func):
		return expr.Expr{}, b.fail(e, plan.CodeOver, "leave out OVER", "%s is neither an aggregate nor a window function", e.Func())
	case form == "":
		return b.windowAggregate(e, c, env, o)
	case e.Filter != nil:
		return expr.Expr{}, b.fail(e, plan.CodeOver, "write FILTER only behind an aggregate", "%s takes no FILTER", e.Func())
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
	c.arg, c.Type, c.nullable = &x, x.Type, true
	switch c.Func {
	case "lag", "lead":
		return b.shifted(e, c, env, o)
	case "nth_value":
		if c.N, err = b.whole(e.Args[1], "the place of NTH_VALUE", 1); err != nil {
			return expr.Expr{}, err
		}
		if e.Nulls == "IGNORE NULLS" {
			return expr.Expr{}, b.unsupported(e, "NTH_VALUE with IGNORE NULLS", "leave the rows where it is NULL out in a derived table")
		}
	}
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

// shifted binds LAG and LEAD: the first value of a frame of one row.
func (b *binder) shifted(e *ast.Call, c overCall, env *env, o *overs) (expr.Expr, error) {
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
		d, err := b.expr(e.Args[2], env)
		if err != nil {
			return d, err
		}
		if !d.Null {
			if err := b.likeEach(e, c.arg, &d); err != nil {
				return d, err
			}
			c.defaults, c.Type = &d, c.arg.Type
			c.nullable = c.arg.Nullable || d.Nullable
		}
	}
	if e.Nulls == "IGNORE NULLS" {
		return b.shiftedToValue(e, c, by, o)
	}
	at := over.Bound{Unit: over.Rows, Offset: by}
	c.Func, c.Frame = "first_value", over.Frame{Start: at, End: at}
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

// shiftedToValue binds LAG and LEAD with IGNORE NULLS: the last value before the row, or the first after it.
func (b *binder) shiftedToValue(e *ast.Call, c overCall, by int64, o *overs) (expr.Expr, error) {
	end := over.Bound{Unit: over.Unbounded}
	at := over.Bound{Unit: over.Rows, Offset: by}
	switch by {
	case -1:
		c.Func, c.Frame = "last_value", over.Frame{Start: end, End: at}
	case 1:
		c.Func, c.Frame = "first_value", over.Frame{Start: at, End: end}
	default:
		return expr.Expr{}, b.unsupported(e, e.Func()+" with IGNORE NULLS by more than 1", "leave the rows where it is NULL out in a derived table")
	}
	c.IgnoreNulls, c.nullable = true, true
	d := c.defaults
	c.defaults = nil
	x := o.add(c, e)
	if d == nil {
		return x, nil
	}
	return b.made(e)(expr.Call("coalesce", x, *d))
}

// extremes are aggregates that are the least or the greatest value.
var extremes = map[string]string{
	plan.AnyValue: "min", "min_append_only": "min", "max_append_only": "max", "bool_and": "min", "bool_or": "max",
}

// windowAggregate binds an aggregate over a frame.
func (b *binder) windowAggregate(e *ast.Call, c overCall, env *env, o *overs) (expr.Expr, error) {
	if e.Nulls != "" {
		return expr.Expr{}, b.fail(e, plan.CodeOver, "leave it out: aggregates leave NULL out", "%s takes no %s", e.Func(), e.Nulls)
	}
	args, err := b.filtered(e, env)
	if err != nil {
		return expr.Expr{}, err
	}
	a, ok := expr.AggregateNamed(c.Func, len(args) == 0)
	if !ok {
		return expr.Expr{}, b.fail(e, plan.CodeArguments, "name what to aggregate", "%s takes no * for an argument", c.Func)
	}
	args, c.Type, _, err = a.Bind(args...)
	if err != nil {
		return expr.Expr{}, b.mistake(e, err)
	}
	if c.Func = a.Canonical(); extremes[c.Func] != "" {
		c.Func = extremes[c.Func]
	}
	if c.Func == "count_if" {
		if args[0], err = b.made(e)(expr.Call("case", args[0], expr.Int(1))); err != nil {
			return expr.Expr{}, err
		}
		c.Func = "count"
	}
	arg := batch.Type{}
	if len(args) > 0 {
		c.arg, arg = &args[0], args[0].Type
	}
	if !over.Supported(c.Call, arg) || len(args) > 1 {
		return expr.Expr{}, b.unsupported(e, e.Func()+" OVER", "join the table with a derived table that groups it")
	}
	c.nullable = c.Func != "count" && c.Func != "count(*)"
	return o.add(c, e), nil
}

// filtered binds the arguments of an aggregate, with NULL in the place of those that FILTER leaves out.
func (b *binder) filtered(e *ast.Call, env *env) ([]expr.Expr, error) {
	var args []expr.Expr
	for _, a := range e.Args {
		x, err := b.expr(a, env)
		if err != nil {
			return nil, err
		}
		args = append(args, x)
	}
	if e.Filter == nil {
		return args, nil
	}
	filter, err := b.conditionIn(e.Filter, env, "FILTER")
	if err != nil {
		return nil, err
	}
	if e.Star {
		args = []expr.Expr{expr.Int(1)}
	}
	for i := range args {
		if args[i], err = b.made(e)(expr.Call("case", filter, args[i])); err != nil {
			return nil, err
		}
	}
	return args, nil
}
