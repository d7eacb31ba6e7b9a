package bind

import (
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// call is an aggregate call that is being bound. Its parts are over the input of its group.
type call struct {
	*binder
	at     *ast.Call
	g      calls
	agg    expr.Aggregate
	filter *expr.Expr // nil: all rows
	args   []expr.Expr
	given  []expr.Expr // the arguments as written, without casts
	order  []ordering
	typ    batch.Type
}

// calls takes the calls that an aggregate is made of.
type calls interface {
	// arg returns the number by which calls name an expression.
	arg(e expr.Expr) int
	// call returns the result of a call.
	call(c plan.Call, nullable bool) expr.Expr
	// ordering is the order that the rows have, if the aggregate gives none.
	ordering() []ordering
}

// ordering is an expression to order by.
type ordering struct {
	by         expr.Expr
	desc       bool
	nullsFirst bool
}

// aggregate binds an aggregate call.
func (b *binder) aggregate(c *ast.Call, g *group) (expr.Expr, error) {
	x, err := b.aggregateIn(c, g, &env{scope: g.scope, inside: strings.ToLower(c.Func()), rows: g.rows})
	if err != nil {
		return expr.Expr{}, err
	}
	if g.scope.outside(x.args) {
		return expr.Expr{}, b.refuse(c, plan.CodeCorrelated, "an aggregate of columns of the query around the subquery alone", "compute it in the query around")
	}
	return x.result()
}

// aggregateIn binds the arguments of an aggregate call and what stands around them.
func (b *binder) aggregateIn(c *ast.Call, g calls, env *env) (*call, error) {
	name := strings.ToLower(c.Func())
	a, ok := expr.AggregateNamed(name, len(c.Args) == 0 && len(c.WithinGroup) == 0)
	if !ok {
		return nil, b.fail(c, plan.CodeArguments, "name what to aggregate", "%s takes no * for an argument", name)
	}
	x := &call{binder: b, at: c, g: g, agg: a}
	if err := x.decorations(); err != nil {
		return nil, err
	}
	return x, x.bind(env)
}

// result makes the calls of an aggregate whose arguments are bound.
func (x *call) result() (expr.Expr, error) {
	c := x.at
	if x.agg.Name == "count" && len(x.args) > 1 {
		if c.Distinct {
			return x.countTuples()
		}
		if c.Filter == nil {
			return x.countOf(len(x.args))
		}
	}
	x.given = x.args
	args, t, _, err := x.agg.Bind(x.args...)
	if err != nil {
		return expr.Expr{}, x.mistake(c, err)
	}
	x.args, x.typ = args, t
	return x.finish()
}

// decorations refuses what stands around the arguments and has no meaning for the aggregate.
func (x *call) decorations() error {
	c, name := x.at, x.agg.Name
	percentile := strings.HasPrefix(name, "percentile_")
	switch {
	case len(c.OrderBy) > 0 && !x.agg.Ordered:
		return x.fail(c.OrderBy[0], plan.CodePlain, "leave it out", "%s with an ORDER BY: its result does not depend on the order", name)
	case len(c.WithinGroup) > 0 && !x.agg.Within:
		return x.fail(c.WithinGroup[0], plan.CodePlain, "leave it out", "%s with a WITHIN GROUP", name)
	case len(c.WithinGroup) > 0 && len(c.OrderBy) > 0:
		return x.fail(c.OrderBy[0], plan.CodePlain, "leave one out", "%s with two orders", name)
	case percentile && len(c.WithinGroup) != 1:
		return x.fail(c, plan.CodeArguments, "write "+name+"(0.5) WITHIN GROUP (ORDER BY x), or QUANTILE"+strings.TrimPrefix(strings.ToUpper(name), "PERCENTILE")+"(x, 0.5)",
			"%s without one expression to order by", name)
	case c.Nulls != "" && name != "first_value" && name != "last_value":
		return x.fail(c, plan.CodePlain, "leave it out", "%s with %s", name, c.Nulls)
	}
	return nil
}

// bind binds the filter, the arguments and the order.
func (x *call) bind(env *env) error {
	c := x.at
	if c.Filter != nil {
		f, err := x.conditionIn(c.Filter, env, "FILTER")
		if err != nil {
			return err
		}
		x.filter = &f
	}
	valued := x.agg.Within && x.agg.Canonical() != "string_agg" // the value stands in WITHIN GROUP
	for _, o := range slices.Concat(c.OrderBy, c.WithinGroup) {
		e, err := x.expr(o.Expr, env)
		if err != nil {
			return err
		}
		spec := orderSpec(o, 0)
		if valued {
			x.args = append(x.args, e)
			if !o.Desc {
				continue
			}
		}
		x.order = append(x.order, ordering{e, spec.Desc, spec.NullsFirst})
	}
	for _, a := range c.Args {
		e, err := x.expr(a, env)
		if err != nil {
			return err
		}
		x.args = append(x.args, e)
	}
	if c.Star || len(x.args) == 0 {
		if c.Filter != nil {
			x.agg, _ = expr.AggregateNamed("count", false)
			x.args = []expr.Expr{expr.Int(1)}
		}
	}
	return nil
}

// finish is a switch over the aggregates.
func (x *call) finish() (expr.Expr, error) {
	name := x.agg.Canonical()
	distinct := x.at.Distinct
	switch name {
	case "count(*)":
		return x.g.call(plan.Call{Func: name, Arg: -1, Type: x.typ}, false), nil
	case "count", "sum", "avg":
		return x.plain(name, distinct)
	case "approx_count_distinct":
		return x.plain("count", true)
	case "min", "max", plan.AnyValue:
		return x.plain(name, false)
	case "min_append_only", "max_append_only":
		plain := name[:3]
		x.warn(x.at, plan.WarnAppend, "write "+strings.ToUpper(plain), "%s is exact although rows may be taken back: it keeps all values, as %s does", name, plain)
		return x.plain(plain, false)
	case "count_if":
		if distinct {
			return expr.Expr{}, x.refuseDistinct()
		}
		return x.countTrue(x.args[0])
	case "bool_and", "bool_or":
		return x.truth(name)
	case "corr", "covar_pop", "covar_samp", "regr_avgx", "regr_avgy", "regr_count", "regr_intercept", "regr_r2", "regr_slope", "regr_sxx", "regr_sxy", "regr_syy":
		if distinct {
			return expr.Expr{}, x.refuseDistinct()
		}
		return x.pairs(name)
	case "var_pop", "var_samp", "stddev_pop", "stddev_samp":
		return x.plain(name, distinct)
	}
	return x.kept(name)
}

func (x *call) refuseDistinct() error {
	return x.fail(x.at, plan.CodePlain, "leave it out", "%s with DISTINCT", x.agg.Name)
}

// plain binds an aggregate of one argument that does not count where it is null.
func (x *call) plain(name string, distinct bool) (expr.Expr, error) {
	arg, err := x.where(x.args[0])
	if err != nil {
		return arg, err
	}
	return x.g.call(plan.Call{Func: name, Arg: x.g.arg(arg), Distinct: distinct, Type: x.typ}, name != "count"), nil
}

// where returns e where the conditions and the filter are true, and else null.
func (x *call) where(e expr.Expr, conditions ...expr.Expr) (expr.Expr, error) {
	if x.filter != nil {
		conditions = append([]expr.Expr{*x.filter}, conditions...)
	}
	if len(conditions) == 0 {
		return e, nil
	}
	return x.made(x.at)(expr.Call("case", expr.All(conditions), e))
}

// countTrue counts the rows for which a condition is true.
func (x *call) countTrue(condition expr.Expr) (expr.Expr, error) {
	one, err := x.made(x.at)(expr.Call("case", condition, expr.Int(1)))
	if err == nil {
		one, err = x.where(one)
	}
	if err != nil {
		return one, err
	}
	return x.g.call(plan.Call{Func: "count", Arg: x.g.arg(one), Type: batch.T(batch.Int64)}, false), nil
}

// truth binds BOOL_AND and BOOL_OR, by how many values there are and how many of them are true.
func (x *call) truth(name string) (expr.Expr, error) {
	yes, err := x.countTrue(x.args[0])
	if err != nil {
		return yes, err
	}
	x.typ = batch.T(batch.Int64)
	all, err := x.plain("count", false)
	if err != nil {
		return all, err
	}
	made := x.made(x.at)
	some, err := made(expr.Call(">", all, expr.Int(0)))
	if err != nil {
		return some, err
	}
	op, than := ">=", all
	if name == "bool_or" {
		op, than = ">", expr.Int(0)
	}
	is, err := made(expr.Call(op, yes, than))
	if err != nil {
		return is, err
	}
	return made(expr.Call("case", some, is))
}

// pairs binds an aggregate of two arguments, neither of them null.
func (x *call) pairs(name string) (expr.Expr, error) {
	both := make([]expr.Expr, 2)
	for i := range both {
		other := x.args[1-i]
		var conditions []expr.Expr
		if other.Nullable {
			there, err := x.made(x.at)(expr.Call("is not null", other))
			if err != nil {
				return there, err
			}
			conditions = []expr.Expr{there}
		}
		e, err := x.where(x.args[i], conditions...)
		if err != nil {
			return e, err
		}
		both[i] = e
	}
	switch name {
	case "regr_count":
		return x.g.call(plan.Call{Func: "count", Arg: x.g.arg(both[0]), Type: x.typ}, false), nil
	case "regr_avgx", "regr_avgy":
		return x.g.call(plan.Call{Func: "avg", Arg: x.g.arg(both[map[string]int{"regr_avgx": 1}[name]]), Type: x.typ}, true), nil
	}
	return x.g.call(plan.Call{Func: name, Arg: x.g.arg(both[0]), More: []int{x.g.arg(both[1])}, Type: x.typ}, true), nil
}

// countTuples binds COUNT(DISTINCT a, b): rows in which any of them is null do not count.
func (x *call) countTuples() (expr.Expr, error) {
	c := plan.Call{Func: "count", Distinct: true, Type: batch.T(batch.Int64)}
	for i, a := range x.args {
		if a.Null && a.Type.Kind == batch.Invalid {
			a = expr.Null(c.Type)
		}
		if i > 0 {
			c.More = append(c.More, x.g.arg(a))
			continue
		}
		a, err := x.where(a)
		if err != nil {
			return a, err
		}
		c.Arg = x.g.arg(a)
	}
	return x.g.call(c, false), nil
}

// countOf binds COUNT of several arguments, which for Dozer is their number for each row.
func (x *call) countOf(args int) (expr.Expr, error) {
	const hint = "write COUNT(*), or COUNT of one of them"
	if !x.options.Loose {
		return expr.Expr{}, x.fail(x.at, plan.CodeArguments, hint, "count takes one argument, not %d", args)
	}
	x.warn(x.at, plan.WarnCount, hint, "count of %d arguments counts every row %d times", args, args)
	rows := x.g.call(plan.Call{Func: "count(*)", Arg: -1, Type: batch.T(batch.Int64)}, false)
	return x.made(x.at)(expr.Call("*", rows, expr.Int(int64(args))))
}

func isAggregate(name string) bool {
	_, ok := expr.AggregateNamed(name, false)
	return ok
}
