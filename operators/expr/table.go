package expr

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/millrace-dev/millrace/operators/expr/fn"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// builtin is a row of the table of functions.
type builtin struct {
	fn.Function
	group     string
	overloads []overload
	// bind types a call that signatures cannot describe; it gets the arguments and completes e.
	bind func(e Expr) (Expr, error)
}

// overload is a parsed signature.
type overload struct {
	params   []string // classes
	required int
	variadic bool
	result   string
}

// functionTable is the one table of built-in functions. It is filled at its first use: its rows call
// functions that look into it.
type functionTable struct {
	once    sync.Once
	named   map[string]*builtin
	aliases map[string]string
	names   []string
	binders map[string]func(e Expr) (Expr, error)
}

var theTable functionTable

func builtins() *functionTable {
	theTable.once.Do(func() {
		theTable.named, theTable.aliases, theTable.binders = map[string]*builtin{}, map[string]string{}, binders()
		for _, g := range groups() {
			theTable.add(g)
		}
		for of, names := range aliases {
			for _, name := range names {
				theTable.aliases[name] = of
				theTable.names = append(theTable.names, name)
			}
		}
		slices.Sort(theTable.names)
	})
	return &theTable
}

// aliases are further names of functions.
var aliases = map[string][]string{
	"upper": {"ucase"}, "lower": {"lcase"}, "length": {"char_length", "character_length", "len"},
	"substring": {"substr", "mid"}, "trim": {"btrim"}, "ceil": {"ceiling"}, "power": {"pow", "^"},
	"coalesce": {"ifnull", "nvl"}, "extract": {"date_part"}, "%": {"mod"}, "chr": {"char"}, "trunc": {"truncate"},
	"strpos": {"instr"}, "locate": {"charindex"}, "sha1": {"sha"}, "regexp_like": {"rlike", "regexp"},
	"starts_with": {"startswith"}, "ends_with": {"endswith"}, "octet_length": {"lengthb"},
	"date_add": {"adddate"}, "date_sub": {"subdate"}, "dateadd": {"timestampadd"}, "if": {"iif"}, "at time zone": {"from_utc_timestamp"},
	"now":     {"current_timestamp", "localtimestamp"},
	"to_char": {"strftime"}, "json_extract": {"jsonb_extract"}, "json_typeof": {"jsonb_typeof"}, "json_array_length": {"jsonb_array_length"},
	"json_object": {"json_build_object", "jsonb_build_object"}, "json_array": {"json_build_array", "jsonb_build_array"}, "to_json": {"to_jsonb"},
	"json_extract_path": {"jsonb_extract_path"}, "json_extract_path_text": {"jsonb_extract_path_text"}, "json_text": {"json_extract_string"},
}

// add enters functions. Those that binders has are typed by that, the others by their signatures.
func (t *functionTable) add(g group) {
	for _, f := range g.functions {
		name, _, _ := strings.Cut(f.Signature, "(")
		f.Name = cmp.Or(f.Name, name)
		row := &builtin{Function: f, group: g.name, bind: t.binders[f.Name]}
		if row.bind == nil || mixed[f.Name] {
			for s := range strings.SplitSeq(f.Signature, "; ") {
				row.overloads = append(row.overloads, parseSignature(s))
			}
		}
		if t.named[f.Name] != nil {
			panic("expr: two functions " + f.Name)
		}
		t.named[f.Name] = row
		t.names = append(t.names, f.Name)
	}
}

// find returns the function of a name in any case, or nil.
func (t *functionTable) find(name string) *builtin {
	name = strings.ToLower(name)
	return t.named[cmp.Or(t.aliases[name], name)]
}

func parseSignature(s string) overload {
	_, rest, _ := strings.Cut(s, "(")
	inside, result, ok := strings.Cut(rest, ")")
	if !ok {
		panic("expr: signature " + s)
	}
	o := overload{result: strings.TrimSpace(result)}
	required, optional, _ := strings.Cut(inside, "[")
	for i, part := range []string{required, strings.ReplaceAll(strings.ReplaceAll(optional, "]", ""), "[", "")} {
		for p := range strings.SplitSeq(part, ",") {
			if p = strings.TrimSpace(p); p == "" {
				continue
			}
			if class, many := strings.CutSuffix(p, "..."); many {
				p, o.variadic = class, true
			}
			o.params = append(o.params, p)
			if i == 0 {
				o.required++
			}
		}
	}
	return o
}

// Call returns the call of a built-in function or operator, named in any case: it checks the arguments,
// chooses the overload and inserts casts. Operators are called by their sign: "+", "=", "and", "is null".
// "case" takes conditions and values in turn and perhaps a last value for ELSE; "/float" divides integers
// into a float.
func Call(name string, args ...Expr) (Expr, error) {
	f := builtins().find(name)
	if f == nil {
		return Expr{}, unknown(name, position(args), builtins().names)
	}
	e := Expr{Op: CallOp, Func: f.Name, Args: args, Pos: position(args)}
	for _, a := range args {
		if a.IsCall("months") && !slices.Contains(monthsOps, f.Name) {
			return Expr{}, errorAt(a.Pos, "", "%s: an interval of months has no fixed length: it can be multiplied, and added to or subtracted from a date or a timestamp", f.Name)
		}
	}
	var err error
	switch {
	case f.bind != nil:
		e, err = f.bind(e)
	case f.Words != nil:
		e, err = f.resolveWord(e)
	default:
		e, err = f.resolve(e)
	}
	if err != nil {
		return Expr{}, err
	}
	if e.Op == CallOp {
		e.Nullable = nullable(e)
	}
	if f.Check != nil {
		if err := f.Check(shape(e)); err != nil {
			return Expr{}, failAt(codeLiteral, e.Pos, "", "%s: %v", f.Name, err)
		}
	}
	return shorter(e)
}

// shorter leaves out the digits of a rounded decimal that are zeros anyway, as PostgreSQL and MySQL do.
func shorter(e Expr) (Expr, error) {
	if e.Op != CallOp || e.Type.Kind != batch.Decimal || !slices.Contains([]string{"round", "trunc", "ceil", "floor"}, e.Func) {
		return e, nil
	}
	digits := 0
	if len(e.Args) > 1 {
		n, err := strconv.Atoi(e.Args[1].Value)
		if e.Args[1].Op != LiteralOp || err != nil {
			return e, nil //nolint:nilerr // the digits are those of each row
		}
		digits = max(n, 0)
	}
	if digits >= int(e.Type.Scale) {
		return e, nil
	}
	return Cast(e, batch.DecimalType(uint8(digits)), false)
}

// takes reports whether the overload has so many parameters.
func (o overload) takes(args int) bool {
	return args >= o.required && (args <= len(o.params) || o.variadic)
}

// arguments counts arguments in words.
func arguments(n int) string {
	switch n {
	case 0:
		return "no argument"
	case 1:
		return "1 argument"
	}
	return strconv.Itoa(n) + " arguments"
}

// resolve picks the overload with the fewest casts.
func (f *builtin) resolve(e Expr) (Expr, error) {
	best, bestCost := overload{}, 1<<30
	for _, o := range f.overloads {
		if cost, ok := o.fits(e.Args); ok && cost < bestCost {
			best, bestCost = o, cost
		}
	}
	if bestCost == 1<<30 {
		if !slices.ContainsFunc(f.overloads, func(o overload) bool { return o.takes(len(e.Args)) }) {
			return Expr{}, failAt(codeArguments, e.Pos, "the signature is "+f.Signature, "%s with %s", f.Name, arguments(len(e.Args)))
		}
		return Expr{}, errorAt(e.Pos, "the signature is "+f.Signature, "%s of %s", f.Name, typeList(e.Args))
	}
	args := make([]Expr, len(e.Args))
	for i, a := range e.Args {
		var err error
		if args[i], err = Cast(a, target(best.param(i), a.Type), false); err != nil {
			return Expr{}, err
		}
	}
	e.Args = args
	switch best.result {
	case "same":
		e.Type = args[0].Type
	default:
		e.Type = target(best.result, batch.Type{})
	}
	return e, nil
}

func (o overload) param(i int) string { return o.params[min(i, len(o.params)-1)] }

func (o overload) fits(args []Expr) (cost int, ok bool) {
	if !o.takes(len(args)) {
		return 0, false
	}
	for i, a := range args {
		c, ok := accepts(o.param(i), a)
		if !ok {
			return 0, false
		}
		cost += c
	}
	return cost, true
}

// classes are the words of signatures that stand for one type.
var classes = map[string]batch.Type{
	"text": batch.T(batch.Utf8), "int": batch.T(batch.Int64), "float": batch.T(batch.Float64),
	"bool": batch.T(batch.Bool), "date": batch.T(batch.Date), "timestamp": batch.T(batch.Timestamp),
	"duration": batch.T(batch.Duration), "json": batch.T(batch.JSON), "point": batch.T(batch.Point),
	"binary": batch.T(batch.Binary), "uuid": batch.T(batch.UUID),
}

// target returns the type an argument of type t is cast to for a class.
func target(class string, t batch.Type) batch.Type {
	if typ, ok := classes[class]; ok {
		return typ
	}
	if t.Kind == batch.Invalid {
		if class == "number" {
			return batch.T(batch.Int64)
		}
		return batch.T(batch.Utf8)
	}
	return t
}

// accepts reports whether a class takes an argument, and how far the cast goes.
func accepts(class string, a Expr) (cost int, ok bool) {
	t := a.Type
	want, one := classes[class]
	switch {
	case t.Kind == batch.Invalid:
		return 0, true
	case class == "any":
		return 3, true
	case class == "number":
		return 0, t.Numeric()
	case class == "decimal":
		return 0, t.Kind == batch.Decimal
	case !one:
		panic("expr: class " + class)
	case t == want:
		return 0, true
	case untyped(a):
		return 2, class != "int" && class != "float"
	}
	switch class {
	case "text":
		return 4, t.Kind == batch.JSON
	case "int":
		return 1, t.Integer()
	case "float":
		return 2, t.Numeric()
	case "timestamp":
		return 1, t.Kind == batch.Date
	case "json":
		return 5, t.Kind == batch.Utf8
	}
	return 0, false
}

func typeList(args []Expr) string {
	if len(args) == 0 {
		return "no arguments"
	}
	names := make([]string, len(args))
	for i, a := range args {
		names[i] = a.Type.String()
		if a.Type.Kind == batch.Invalid {
			names[i] = "NULL"
		}
	}
	return fmt.Sprint(strings.Join(names, ", "))
}
