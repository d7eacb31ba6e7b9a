package expr

import (
	"errors"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr/calendar"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Bool returns the literal TRUE or FALSE.
func Bool(v bool) Expr {
	return Expr{Op: LiteralOp, Type: batch.T(batch.Bool), Value: strconv.FormatBool(v)}
}

// Int returns an integer literal.
func Int(v int64) Expr {
	return Expr{Op: LiteralOp, Type: batch.T(batch.Int64), Value: strconv.FormatInt(v, 10)}
}

// Float returns a literal of type float64.
func Float(v float64) Expr {
	return wide(batch.T(batch.Float64), v)
}

// Text returns a text literal. It becomes a value of whatever type it is compared or combined with.
func Text(v string) Expr {
	return Expr{Op: LiteralOp, Type: batch.T(batch.Utf8), Value: v}
}

// Null returns the null of a type. The null of batch.Invalid is that of SQL's NULL: it takes the type
// of whatever it is combined with, and that of text where nothing says more.
func Null(t batch.Type) Expr {
	return Expr{Op: LiteralOp, Type: t, Nullable: true, Null: true}
}

// Literal returns the literal of a type given in the text form of batch.AppendText.
func Literal(t batch.Type, text string) (Expr, error) {
	v := batch.NewVector(t)
	if err := v.AppendText(text); err != nil {
		return Expr{}, &Error{Code: codeLiteral, Msg: err.Error()}
	}
	col := v.Take()
	return fromColumn(&col, 0), nil
}

// Value returns the literal of a type given in the wide form of batch.Column.Value; nil is null.
func Value(t batch.Type, v any) (Expr, error) {
	vec := batch.NewVector(t)
	if err := vec.AppendValue(v); err != nil {
		return Expr{}, &Error{Code: codeLiteral, Msg: err.Error()}
	}
	col := vec.Take()
	return fromColumn(&col, 0), nil
}

func wide(t batch.Type, v any) Expr {
	e, err := Value(t, v)
	if err != nil {
		panic("expr: literal: " + err.Error()) // the callers' types fit
	}
	return e
}

// fromColumn returns row i of a column as a literal.
func fromColumn(c *batch.Column, i int) Expr {
	if c.Null(i) {
		return Null(c.Type)
	}
	return Expr{Op: LiteralOp, Type: c.Type, Value: string(batch.AppendText(nil, c, i))}
}

// Number returns the literal of a number as written in SQL, perhaps with a sign: an integer is an
// int64, or a uint64 or int128 if it needs that; a number with a point is an exact decimal; one with
// an exponent, or with more digits than a decimal has, is a float64.
func Number(text string) (Expr, error) {
	if !strings.ContainsAny(text, ".eE") {
		for _, k := range []batch.Kind{batch.Int64, batch.Uint64, batch.Int128} {
			if e, err := Literal(batch.T(k), text); err == nil {
				return e, nil
			}
		}
	}
	if _, fraction, ok := strings.Cut(text, "."); ok && !strings.ContainsAny(text, "eE") && len(fraction) <= 38 {
		if e, err := Literal(batch.DecimalType(uint8(len(fraction))), text); err == nil {
			return e, nil
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return Expr{}, &Error{Code: codeLiteral, Msg: "number " + strconv.Quote(text) + ": " + reason(err)}
	}
	return Float(f), nil
}

func reason(err error) string {
	if strings.HasSuffix(err.Error(), strconv.ErrRange.Error()) {
		return "out of range"
	}
	return "not a number"
}

// untyped reports whether e takes the type of what it is combined with: SQL's NULL or a text literal.
func untyped(e Expr) bool {
	return e.Op == LiteralOp && (e.Null && e.Type.Kind == batch.Invalid || !e.Null && e.Type.Kind == batch.Utf8)
}

// Interval returns INTERVAL 'text' unit TO to. With an empty unit the text has the units: '1 day 2 hours'; to may
// be empty, too. Days and shorter units make a duration. Months, quarters and years make an expression that can
// be multiplied, and be added to or subtracted from a date or a timestamp, but is no value.
func Interval(text, unit, to string) (Expr, error) {
	i, err := calendar.ParseInterval(text, unit, to)
	if err != nil {
		e := &Error{Code: codeLiteral, Msg: "interval " + strconv.Quote(text) + ": " + err.Error()}
		var unknown *calendar.UnitError
		switch {
		case errors.Is(err, calendar.ErrPairs):
			e.Fix = "write INTERVAL '1 day 2 hours' or INTERVAL '1' DAY"
		case errors.As(err, &unknown):
			e.Code, e.Fix = codeField, suggest(unknown.Unit, calendar.UnitNames)
		}
		return Expr{}, e
	}
	if !i.Calendar {
		return duration(i.Micros), nil
	}
	e := Expr{Op: CallOp, Func: "months", Args: []Expr{Int(i.Months)}}
	if i.Micros != 0 {
		e.Args = append(e.Args, duration(i.Micros))
	}
	return e, nil
}

func duration(micros int64) Expr { return wide(batch.T(batch.Duration), micros) }

func must(e Expr, err error) Expr {
	if err != nil {
		panic("expr: " + err.Error()) // arguments of known types
	}
	return e
}
