package expr

import (
	"fmt"
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr/calendar"
	"github.com/millrace-dev/millrace/operators/expr/convert"
	"github.com/millrace-dev/millrace/operators/expr/example"
	"github.com/millrace-dev/millrace/operators/expr/fn"
	"github.com/millrace-dev/millrace/operators/expr/geo"
	"github.com/millrace-dev/millrace/operators/expr/json"
	"github.com/millrace-dev/millrace/operators/expr/logic"
	"github.com/millrace-dev/millrace/operators/expr/number"
	"github.com/millrace-dev/millrace/operators/expr/text"
)

// Function is a built-in function or operator as people see it.
type Function struct {
	// Name is in lower case: "upper", "+", "is null".
	Name string
	// Group is what it is about: "text", "time".
	Group string
	// Signature is for example "substring(text, int[, int]) -> text"; overloads are separated by "; ".
	Signature string
	// Help is one line.
	Help string
	// Examples are expressions in SQL with what they give: "upper('abc') -> ABC". A row that cannot be
	// computed gives "error".
	Examples []string
}

// group is a part of the table.
type group struct {
	name      string
	functions []fn.Function
}

// groups are the built-in functions.
func groups() []group {
	return []group{
		{"operators", number.Operators()},
		{"conditions", append(logic.Functions(), derivedConditions()...)},
		{"casts", convert.Functions()},
		{"numbers", number.Functions()},
		{"text", text.Functions()},
		{"time", append(calendar.Functions(), derivedTimes()...)},
		{"points", geo.Functions()},
		{"json", json.Functions()},
	}
}

// Functions returns the built-in functions and operators that SQL can name, by name.
func Functions() []Function {
	var out []Function
	for name, f := range builtins().named {
		if !internal[name] {
			out = append(out, Function{name, f.group, infix(name, f.Signature), f.Help, example.Of(name)})
		}
	}
	for name, of := range builtins().aliases {
		f := builtins().named[of]
		out = append(out, Function{name, f.group, infix(name, strings.ReplaceAll(f.Signature, of+"(", name+"(")), "The same as " + of + ".", example.Of(name)})
	}
	slices.SortFunc(out, func(a, b Function) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// internal are the functions that SQL writes in another way: the planner calls them.
var internal = map[string]bool{"single": true, "/float": true, "neg": true, "months": true, "bit_not": true, "is current": true, "precise": true}

// infix writes a signature with its result behind an arrow, and that of an operator with its sign between the operands.
func infix(name, signature string) string {
	if name[0] >= 'a' && name[0] <= 'z' && !strings.Contains(name, " time zone") {
		return strings.ReplaceAll(signature, ") ", ") -> ")
	}
	return strings.NewReplacer(name+"(", "", ", ", " "+name+" ", ")", " ->").Replace(signature)
}

// refused are functions that people look for here and that cannot be had, with the reason and the way round.
var refused = map[string][2]string{
	"age":             {"there is no type for a length of time in months and days", "subtract the times for the exact duration, or use TIMESTAMPDIFF(MONTH, a, b)"},
	"user":            {"a view has no user: it is the same for everybody who reads it", "filter in the request"},
	"convert":         {"other systems disagree about its arguments", "write CAST(x AS type)"},
	"to_number":       {"there are no patterns of numbers", "write CAST(x AS DECIMAL(38, 2))"},
	"string_to_array": {"there is no type of arrays", "take one part by SPLIT_PART(x, ',', 1)"},
	"sleep":           {"an expression cannot wait", "leave it out"},
}

// refusedAs are further names of refused functions.
var refusedAs = map[string]string{"current_user": "user", "session_user": "user", "pg_sleep": "sleep"}

// NotOffered says why a function that people look for is not there, and the way round; "" of all others.
func NotOffered(name string) (why, fix string) {
	lower := strings.ToLower(name)
	if as, ok := refusedAs[lower]; ok {
		lower = as
	}
	r, ok := refused[lower]
	if !ok {
		return "", ""
	}
	return fmt.Sprintf("function %q is not offered: %s", name, r[0]), r[1]
}

// unknown is the error of a call of something that is not in the table.
func unknown(name string, pos int, names []string) error {
	if why, fix := NotOffered(name); why != "" {
		return failAt(codeFunction, pos, fix, "%s", why)
	}
	return failAt(codeFunction, pos, suggest(name, names), "unknown function %q", name)
}
