package expr

import (
	"strings"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Aggregate is a built-in aggregate of the table that the planner and the operators share.
type Aggregate struct {
	// Name is the name in lower case. "count(*)" counts rows and takes no argument.
	Name string
	// Signature and Help are for people: "sum(number) -> number", one line.
	Signature, Help string
	// Linear aggregates are sums over rows: their state can be combined, and taken back, without
	// the rows. The others need the values of a group.
	Linear bool

	args   int
	result func(t batch.Type) (batch.Type, bool)
}

// Aggregates returns the built-in aggregates, by name.
//
// Sums are exact: integers are added up in 128 bits and a sum that does not fit its result type at the end
// of an epoch is a bad row; floats are added up without rounding and rounded once. Nulls do not count. An
// aggregate over no values is null, COUNT 0.
func Aggregates() []Aggregate { return aggregates }

var aggregates = []Aggregate{
	{Name: "avg", Signature: "avg(number) -> float64, decimal or duration", Help: "The mean of the values that are not null. Of integers a float64, of decimals a decimal with 4 digits more.", Linear: true, args: 1, result: avgType},
	{Name: "count", Signature: "count(any) -> int64", Help: "How many values are not null.", Linear: true, args: 1, result: countType},
	{Name: "count(*)", Signature: "count(*) -> int64", Help: "How many rows there are.", Linear: true, result: countType},
	{Name: "max", Signature: "max(any) -> same", Help: "The greatest value that is not null.", args: 1, result: sameType},
	{Name: "min", Signature: "min(any) -> same", Help: "The least value that is not null.", args: 1, result: sameType},
	{Name: "sum", Signature: "sum(number) -> number", Help: "The sum of the values that are not null. Of signed integers an int64, of unsigned a uint64.", Linear: true, args: 1, result: sumType},
}

// AggregateNamed returns the aggregate of a name in any case. With star it is the form name(*).
func AggregateNamed(name string, star bool) (Aggregate, bool) {
	name = strings.ToLower(name)
	if star {
		name += "(*)"
	}
	for _, a := range aggregates {
		if a.Name == name {
			return a, true
		}
	}
	return Aggregate{}, false
}

// Bind checks the arguments of an aggregate, inserts casts, and returns them with the type of the result
// and whether it may be null in a group that has rows.
func (a Aggregate) Bind(args ...Expr) (out []Expr, t batch.Type, nullable bool, err error) {
	if len(args) != a.args {
		return nil, t, false, failAt(codeArguments, position(args), "the signature is "+a.Signature, "%s with %s", a.Name, arguments(len(args)))
	}
	if a.args == 0 {
		return nil, batch.T(batch.Int64), false, nil
	}
	arg := args[0]
	if arg.Null && arg.Type.Kind == batch.Invalid {
		arg = Null(batch.T(batch.Int64)).At(arg.Pos)
	}
	t, ok := a.result(arg.Type)
	if !ok {
		return nil, t, false, errorAt(arg.Pos, "the signature is "+a.Signature, "%s of %v", a.Name, arg.Type)
	}
	return []Expr{arg}, t, arg.Nullable && a.Name != "count", nil
}

func countType(batch.Type) (batch.Type, bool) { return batch.T(batch.Int64), true }

func sameType(t batch.Type) (batch.Type, bool) { return t, t.Kind != batch.Invalid }

func sumType(t batch.Type) (batch.Type, bool) {
	switch {
	case t.Signed():
		return batch.T(batch.Int64), true
	case t.Unsigned():
		return batch.T(batch.Uint64), true
	case t.Float():
		return batch.T(batch.Float64), true
	}
	return t, t.Numeric() || t.Kind == batch.Duration
}

func avgType(t batch.Type) (batch.Type, bool) {
	switch t.Kind {
	case batch.Decimal:
		return batch.DecimalType(min(38, max(6, t.Scale+4))), true
	case batch.Duration:
		return t, true
	}
	return batch.T(batch.Float64), t.Numeric()
}

// position returns the first position that is known.
func position(args []Expr) int {
	for _, a := range args {
		if a.Pos != 0 {
			return a.Pos
		}
	}
	return 0
}
