package expr

import (
	"errors"
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Common returns the type that values of a and b are brought to when they meet in a CASE, a UNION or a
// comparison, and whether there is one. The type of NULL, batch.Invalid, goes with every other.
//
// Integers widen; an unsigned one meets a signed one in the next wider signed type; with a float they
// are float64; decimals take the larger scale; a date becomes a timestamp; JSON becomes text.
func Common(a, b batch.Type) (batch.Type, bool) {
	switch {
	case a == b:
		return a, true
	case a.Kind == batch.Invalid:
		return b, true
	case b.Kind == batch.Invalid:
		return a, true
	case a.Numeric() && b.Numeric():
		return commonNumber(a, b), true
	case pair(a, b, batch.Date, batch.Timestamp):
		return batch.T(batch.Timestamp), true
	case pair(a, b, batch.Utf8, batch.JSON):
		return batch.T(batch.Utf8), true
	}
	return batch.Type{}, false
}

func pair(a, b batch.Type, x, y batch.Kind) bool {
	return a.Kind == x && b.Kind == y || a.Kind == y && b.Kind == x
}

func commonNumber(a, b batch.Type) batch.Type {
	switch {
	case a.Float() || b.Float():
		return batch.T(batch.Float64)
	case a.Kind == batch.Decimal || b.Kind == batch.Decimal:
		return batch.DecimalType(max(a.Scale, b.Scale))
	case a.Kind == batch.Uint128 && b.Unsigned() || b.Kind == batch.Uint128 && a.Unsigned():
		return batch.T(batch.Uint128)
	case a.Width() == 16 || b.Width() == 16:
		return batch.T(batch.Int128)
	case a.Signed() == b.Signed():
		return batch.T(max(a.Kind, b.Kind))
	}
	if a.Unsigned() {
		a, b = b, a
	}
	need := [...]batch.Kind{batch.Int16, batch.Int32, batch.Int64, batch.Int128}[b.Kind-batch.Uint8]
	return batch.T(max(a.Kind, need))
}

// Castable reports whether CAST can make a value of type to from one of type from.
func Castable(from, to batch.Type) bool {
	f, t := from.Kind, to.Kind
	switch {
	case from == to, f == batch.Invalid, f == batch.Utf8, t == batch.Utf8:
		return t != batch.Invalid
	case from.Numeric() && to.Numeric():
		return true
	case from.Numeric() && t == batch.Bool, f == batch.Bool && to.Numeric():
		return true
	case pair(from, to, batch.Date, batch.Timestamp):
		return true
	case f == batch.JSON:
		return to.Numeric() || slices.Contains([]batch.Kind{batch.Bool, batch.Date, batch.Timestamp, batch.Duration, batch.UUID}, t)
	case t == batch.JSON:
		return true
	}
	return false
}

// Cast returns e as a value of type t. With try a value that cannot be cast gives NULL, otherwise its row
// is bad. A constant is cast now.
func Cast(e Expr, t batch.Type, try bool) (Expr, error) {
	switch {
	case e.Type == t:
		return e, nil
	case e.Op == LiteralOp && e.Null:
		return Null(t).At(e.Pos), nil
	case !Castable(e.Type, t):
		return Expr{}, failAt(codeCast, e.Pos, "", "CAST: %v cannot be cast to %v", e.Type, t)
	}
	name := "cast"
	if try {
		name = "try_cast"
	}
	c := Expr{Op: CallOp, Type: t, Func: name, Args: []Expr{e}, Pos: e.Pos}
	c.Nullable = nullable(c)
	if e.Op == LiteralOp {
		folded, err := Fold(c)
		if err, ok := errors.AsType[*Error](err); ok {
			err.Code, err.Literal = codeLiteral, true
			if _, why, ok := strings.Cut(err.Msg, "): "); ok {
				err.Msg = why
			}
		}
		return folded, err
	}
	return c, nil
}

// typeNames are the SQL names of types, beside those of batch.Type.
var typeNames = map[string]batch.Kind{
	"boolean": batch.Bool, "tinyint": batch.Int8, "smallint": batch.Int16, "int2": batch.Int16,
	"int": batch.Int64, "integer": batch.Int64, "bigint": batch.Int64, "int4": batch.Int32,
	"signed": batch.Int64, "signed int": batch.Int64, "signed integer": batch.Int64, "signed bigint": batch.Int64,
	"uint": batch.Uint64, "unsigned": batch.Uint64, "utinyint": batch.Uint8, "usmallint": batch.Uint16, "uinteger": batch.Uint32,
	"ubigint": batch.Uint64, "hugeint": batch.Int128, "i128": batch.Int128, "u128": batch.Uint128,
	"float": batch.Float64, "double": batch.Float64, "double precision": batch.Float64, "real": batch.Float32,
	"float4": batch.Float32, "float8": batch.Float64, "numeric": batch.Decimal, "dec": batch.Decimal,
	"decimal": batch.Decimal, "string": batch.Utf8, "text": batch.Utf8, "varchar": batch.Utf8,
	"char": batch.Utf8, "character": batch.Utf8, "character varying": batch.Utf8, "nvarchar": batch.Utf8, "bytea": batch.Binary,
	"blob": batch.Binary, "varbinary": batch.Binary, "bytes": batch.Binary, "datetime": batch.Timestamp,
	"timestamptz": batch.Timestamp, "timestamp with time zone": batch.Timestamp, "jsonb": batch.JSON, "interval": batch.Duration,
	"timestamp without time zone": batch.Timestamp, "unsigned int": batch.Uint64, "unsigned integer": batch.Uint64,
	"int unsigned": batch.Uint64, "integer unsigned": batch.Uint64, "bigint unsigned": batch.Uint64,
}

// DefaultScale is the scale of a DECIMAL that is given neither precision nor scale.
const DefaultScale = 10

// TypeNamed returns the type that SQL calls name, in any case, with its parameters: precision and scale
// of a DECIMAL. INT and INTEGER are int64. INT8 to INT64, UINT8 and so on are named by their bits.
func TypeNamed(name string, params ...int) (batch.Type, error) {
	lower := strings.ToLower(strings.Join(strings.Fields(name), " "))
	kind, ok := typeNames[lower]
	if !ok {
		t, err := batch.ParseType(lower)
		if err != nil {
			return t, failAt(codeTypeName, 0, suggest(lower, allTypeNames()), "unknown type %q", name)
		}
		kind = t.Kind
	}
	switch {
	case kind == batch.Decimal:
		return decimalNamed(params)
	case len(params) == 0 || kind == batch.Timestamp:
		return batch.T(kind), nil
	case kind == batch.Utf8:
		return batch.Type{}, failAt(codeTypeName, 0, "write the type without a length, and LEFT(x, n) to shorten", "type %s: a length is not supported", name)
	}
	return batch.Type{}, failAt(codeTypeName, 0, "", "type %s has no parameters", name)
}

func decimalNamed(params []int) (batch.Type, error) {
	precision, scale := 38, DefaultScale
	switch len(params) {
	case 0:
	case 1:
		precision, scale = params[0], 0
	default:
		precision, scale = params[0], params[1]
	}
	if len(params) > 2 || precision < 1 || precision > 38 || scale < 0 || scale > precision {
		return batch.Type{}, failAt(codeTypeName, 0, "write DECIMAL(38, 2)", "DECIMAL has a precision of 1..38 and a scale of 0..precision")
	}
	return batch.DecimalType(uint8(scale)), nil
}

func allTypeNames() []string {
	var names []string
	for n := range typeNames {
		names = append(names, n)
	}
	for k := batch.Bool; k <= batch.Point; k++ {
		names = append(names, k.String())
	}
	slices.Sort(names)
	return names
}

// unify brings the arguments to one type: literals take the type of the others where they fit it.
func unify(what string, args []Expr) ([]Expr, batch.Type, error) {
	var t batch.Type
	for _, a := range args {
		if untyped(a) || smallLiteral(a) {
			continue
		}
		c, ok := Common(t, a.Type)
		if !ok {
			return nil, t, errorAt(a.Pos, "cast one of them", "%s: %v and %v do not go together", what, t, a.Type)
		}
		t = c
	}
	for _, a := range args { // whole numbers that do not fit widen the type
		if !smallLiteral(a) {
			continue
		}
		if t.Integer() {
			if _, err := Literal(t, a.Value); err == nil {
				continue
			}
		}
		c, ok := Common(t, a.Type)
		if !ok {
			return nil, t, errorAt(a.Pos, "cast one of them", "%s: %v and %v do not go together", what, t, a.Type)
		}
		t = c
	}
	if t.Kind == batch.Invalid {
		t = batch.T(batch.Utf8)
	}
	out := make([]Expr, len(args))
	for i, a := range args {
		c, err := Cast(a, t, false)
		if err != nil {
			return nil, t, err
		}
		out[i] = c
	}
	return out, t, nil
}

// smallLiteral reports whether a is a whole number written as such: it may take a narrower type.
func smallLiteral(a Expr) bool { return a.Op == LiteralOp && !a.Null && a.Type.Kind == batch.Int64 }
