package bind

import (
	"math/big"
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// kept binds an aggregate of the rows of a group in order. It is a switch over them.
func (x *call) kept(name string) (expr.Expr, error) {
	c := plan.Call{Func: name, Distinct: x.at.Distinct, Type: x.typ}
	value := x.args[0]
	switch name {
	case "string_agg":
		c.Text = ","
		if len(x.args) > 1 {
			c.Text = x.args[1].Value
		}
		if !expr.Equal(value, x.given[0]) && len(x.order) == 0 {
			x.order = []ordering{{by: x.given[0]}} // numbers by their size
		}
		return x.ordered(c, value)
	case "mode", "percentile_cont", "percentile_disc":
		if len(x.args) > 1 {
			c.Text = fraction(x.args[1])
		}
		return x.ordered(c, value)
	case "median":
		c.Func, c.Text = "percentile_cont", "1/2"
		return x.ordered(c, value)
	case "bit_and", "bit_or", "bit_xor":
		return x.ordered(c, value)
	case "json_arrayagg":
		c.Func = "array_agg"
		return x.ordered(c, value)
	case "array_agg":
		return x.everyRow(c, value)
	case "first_value", "last_value":
		if c.Func = "first"; name == "last_value" {
			c.Func = "last"
		}
		c.Distinct = false
		if x.at.Nulls == "IGNORE NULLS" {
			return x.ordered(c, value)
		}
		return x.everyRow(c, value)
	case "json_objectagg":
		name, err := x.where(value)
		if err != nil {
			return name, err
		}
		at := x.g.arg(name)
		c.Arg, c.More, c.Where, c.Distinct = at, []int{x.g.arg(x.args[1])}, []int{at}, false
		return x.g.call(c, true), nil
	case "min_value", "max_value", "arg_min", "arg_max":
		key, of := value, x.args[1]
		if name[:3] == "arg" {
			key, of = of, key
		}
		key, err := x.where(key)
		if err != nil {
			return key, err
		}
		at := x.g.arg(key)
		c.Func, c.Distinct, c.Arg, c.Where = "first", false, x.g.arg(of), []int{at}
		c.Order = []plan.OrderSpec{{Column: at, Desc: name == "max_value" || name == "arg_max"}}
		return x.g.call(c, true), nil
	}
	return expr.Expr{}, x.unsupported(x.at, name, "")
}

// ordered binds an aggregate of the values that are not null, in the order given.
func (x *call) ordered(c plan.Call, value expr.Expr) (expr.Expr, error) {
	value, err := x.where(value)
	if err != nil {
		return value, err
	}
	c.Arg = x.g.arg(value)
	c.Where = []int{c.Arg}
	return x.inOrder(c)
}

// everyRow binds an aggregate of all values in the order given, null or not.
func (x *call) everyRow(c plan.Call, value expr.Expr) (expr.Expr, error) {
	c.Arg = x.g.arg(value)
	if x.filter != nil {
		counts, err := x.where(expr.Bool(true))
		if err != nil {
			return counts, err
		}
		c.Where = []int{x.g.arg(counts)}
	}
	return x.inOrder(c)
}

func (x *call) inOrder(c plan.Call) (expr.Expr, error) {
	written := slices.Concat(x.at.OrderBy, x.at.WithinGroup)
	if len(written) == 0 && !c.Distinct && (c.Func == "string_agg" || c.Func == "array_agg") {
		x.order = slices.Concat(x.g.ordering(), x.order)
	}
	for i, o := range x.order {
		by := o.by
		if c.Distinct && !expr.Equal(by, x.given[0]) && !expr.Equal(by, x.args[0]) {
			return expr.Expr{}, x.fail(written[i], plan.CodeOrder, "order by the argument, or leave DISTINCT out",
				"%s of DISTINCT values, ordered by something else than them", x.agg.Name)
		}
		if by.Null && by.Type.Kind == batch.Invalid {
			continue
		}
		c.Order = append(c.Order, plan.OrderSpec{Column: x.g.arg(by), Desc: o.desc, NullsFirst: o.nullsFirst})
	}
	return x.g.call(c, true), nil
}

// fraction writes a constant exactly.
func fraction(e expr.Expr) string {
	v, _ := new(big.Rat).SetString(e.Value)
	return v.RatString()
}
