package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/operators/relation/aggregate"
)

// AnyValue is the aggregate that gives the first value of a group in canonical order, nulls last.
const AnyValue = "any_value"

// Columns returns the columns of the input that a call reads.
func (c *Call) Columns() (cols []int) {
	if c.Arg >= 0 {
		cols = append(cols, c.Arg)
	}
	cols = append(cols, c.More...)
	cols = append(cols, c.Where...)
	for _, o := range c.Order {
		cols = append(cols, o.Column)
	}
	return cols
}

// Remapped returns a call over other columns.
func (c Call) Remapped(at func(c int) int) Call {
	if c.Arg >= 0 {
		c.Arg = at(c.Arg)
	}
	c.More, c.Where, c.Order = slices.Clone(c.More), slices.Clone(c.Where), slices.Clone(c.Order)
	for i := range c.More {
		c.More[i] = at(c.More[i])
	}
	for i := range c.Where {
		c.Where[i] = at(c.Where[i])
	}
	for i := range c.Order {
		c.Order[i].Column = at(c.Order[i].Column)
	}
	return c
}

// Equal reports whether two calls compute the same of the same input.
func (c Call) Equal(d Call) bool {
	return c.Func == d.Func && c.Arg == d.Arg && c.Distinct == d.Distinct && c.Text == d.Text && c.Type == d.Type &&
		slices.Equal(c.More, d.More) && slices.Equal(c.Where, d.Where) && slices.Equal(c.Order, d.Order)
}

// text writes a call as SQL does, more or less.
func (c *Call) text(in *Node) string {
	if c.Arg < 0 {
		return c.Func
	}
	text := c.Func + "("
	if c.Distinct {
		text += "distinct "
	}
	text += strings.Join(Pick(Names(in), append([]int{c.Arg}, c.More...)), ", ")
	if c.Text != "" {
		text += ", " + strconv.Quote(c.Text)
	}
	if len(c.Order) > 0 {
		text += " order by " + orderText(c.Order, in)
	}
	return text + ")"
}

// Operation returns the call as the operator takes it.
func (c *Call) Operation() aggregate.Call {
	out := aggregate.Call{Func: c.Func, Arg: c.Arg, More: c.More, Where: c.Where, Distinct: c.Distinct, Text: c.Text, Type: c.Type, Order: OrderKeys(c.Order)}
	if c.Func == AnyValue {
		out.Func = "min" // the first in canonical order, nulls last
	}
	return out
}
