package expr

import (
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Aggregate is a built-in aggregate of the table that the planner and the operators share.
type Aggregate struct {
	// Name is the name in lower case. "count(*)" counts rows and takes no argument.
	Name string
	// Alias is the aggregate that this is another name of; "" if it has a meaning of its own.
	Alias string
	// Signature and Help are for people: "sum(number) -> number", one line.
	Signature, Help string
	// Linear aggregates are sums over rows: their state can be combined, and taken back, without
	// the rows. The others need the values of a group.
	Linear bool
	// Ordered aggregates take an ORDER BY inside their parentheses, Within ones need or take a WITHIN GROUP (ORDER BY ..),
	// whose expression is then their first argument.
	Ordered, Within bool

	least, most int // arguments
	bind        aggregateBinding
}

// aggregateBinding checks the arguments, casts them in place, and returns the type of the result. wrong is the number of an
// argument that does not fit, or -1.
type aggregateBinding func(args []Expr) (t batch.Type, wrong int)

// Aggregates returns the built-in aggregates, by name.
//
// Sums are exact: integers are added up in 128 bits and a sum that does not fit its result type at the end
// of an epoch is a bad row; floats, and the squares and products of statistics, are added up without rounding and the
// result is rounded once. Nulls do not count unless the help says so. An aggregate over no values is null, COUNT 0.
//
// Every type has an order: numbers by size with NaN the greatest, false before true, times by time, texts, JSON and
// binaries by their bytes, UUIDs by theirs, points by x and then y. What depends on the order of rows and gives none has
// them in that order.
func Aggregates() []Aggregate { return aggregates }

// AggregateNamed returns the aggregate of a name in any case. With star it is the form name(*).
func AggregateNamed(name string, star bool) (Aggregate, bool) {
	name = strings.ToLower(name)
	if star {
		name += "(*)"
	}
	i, ok := slices.BinarySearchFunc(aggregates, name, func(a Aggregate, name string) int { return strings.Compare(a.Name, name) })
	if !ok {
		return Aggregate{}, false
	}
	return aggregates[i], true
}

// Canonical returns the name without aliases.
func (a Aggregate) Canonical() string {
	if a.Alias != "" {
		return a.Alias
	}
	return a.Name
}

// Bind checks the arguments of an aggregate, inserts casts, and returns them with the type of the result
// and whether it may be null in a group that has rows. The expression of a WITHIN GROUP comes before the arguments.
func (a Aggregate) Bind(args ...Expr) (out []Expr, t batch.Type, nullable bool, err error) {
	hint := "the signature is " + a.Signature
	if len(args) < a.least || len(args) > a.most {
		return nil, t, false, failAt(codeArguments, position(args), hint, "%s with %s", a.Name, arguments(len(args)))
	}
	if a.most == 0 {
		return nil, batch.T(batch.Int64), false, nil
	}
	out = slices.Clone(args)
	for i, arg := range out {
		if arg.Null && arg.Type.Kind == batch.Invalid {
			out[i] = Null(batch.T(batch.Int64)).At(arg.Pos)
		}
		nullable = nullable || arg.Nullable
	}
	t, wrong := a.bind(out)
	switch {
	case wrong < 0:
		return out, t, nullable && a.Canonical() != "count", nil
	case wrong > 0 && a.Canonical() == "string_agg":
		return nil, t, false, failAt(codeConstant, args[wrong].Pos, "write a text", "%s: the separator is no constant text", a.Name)
	case wrong > 0 && strings.HasPrefix(a.Canonical(), "percentile"):
		return nil, t, false, failAt(codeConstant, args[wrong].Pos, "write a number from 0 to 1", "%s: the fraction is no constant from 0 to 1", a.Name)
	}
	return nil, t, false, errorAt(args[wrong].Pos, hint, "%s of %v", a.Name, out[wrong].Type)
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
