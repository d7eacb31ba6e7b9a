package expr

import (
	"maps"

	"github.com/millrace-dev/millrace/operators/expr/calendar"
	"github.com/millrace-dev/millrace/operators/expr/fn"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// mixed are functions with a binder that leaves some calls to their signatures.
var mixed = map[string]bool{"decode": true, "from_unixtime": true, "floor": true, "ceil": true}

// derivedTimes are functions of times that stand for others.
func derivedTimes() []fn.Function {
	rows := []fn.Function{
		{Signature: "date_add(timestamp, interval) timestamp", Help: "The time so much later; a whole number counts days."},
		{Signature: "date_sub(timestamp, interval) timestamp", Help: "The time so much earlier; a whole number counts days."},
		{Signature: "dateadd(unit, int, timestamp) timestamp", Help: "The time so many units later.", Words: calendar.UnitNames},
		{Signature: "datediff(date, date) int; datediff(unit, timestamp, timestamp) int", Help: "The days from the second date to the first; with a unit, how many beginnings of it lie between the first time and the second."},
		{Signature: "date(any) date", Help: "CAST(x AS DATE)."},
		{Signature: "timestamp(any) timestamp", Help: "CAST(x AS TIMESTAMP)."},
		{Signature: "dayofweek(timestamp) int", Help: "The day of the week; Sunday is 1."},
		{Signature: "weekday(timestamp) int", Help: "The day of the week; Monday is 0."},
	}
	for _, name := range fieldFunctions {
		rows = append(rows, fn.Function{Signature: name + "(timestamp) int", Help: "EXTRACT(" + fieldOf(name) + " FROM x)."})
	}
	return rows
}

// fieldFunctions are named like the fields of EXTRACT that they give, but for fieldNames.
var fieldFunctions = []string{"year", "quarter", "month", "week", "weekofyear", "day", "dayofmonth", "dayofyear", "hour", "minute", "second", "microsecond"}

func fieldOf(function string) string {
	switch function {
	case "dayofmonth":
		return "day"
	case "dayofyear":
		return "doy"
	case "weekofyear":
		return "week"
	}
	return function
}

// derivedConditions are functions of conditions that stand for others.
func derivedConditions() []fn.Function {
	return []fn.Function{
		{Signature: "nvl2(any, any, any) any", Help: "The second value if the first is not null, else the third."},
		{Signature: "isnull(any) bool; isnull(any, any) any", Help: "Whether the value is null; with two, the first that is not."},
	}
}

// derive adds the binders of the functions that stand for others.
func derive(all map[string]func(e Expr) (Expr, error)) {
	maps.Copy(all, map[string]func(e Expr) (Expr, error){
		"date_add": bindShift("+"), "date_sub": bindShift("-"), "dateadd": bindDateAdd, "datediff": bindDateDiff,
		"date": bindCastTo(batch.Date), "timestamp": bindCastTo(batch.Timestamp), "dayofweek": bindDayOfWeek, "weekday": bindField("dow"),
		"nvl2": bindNvl2, "isnull": bindIsNull, "decode": bindDecode, "from_unixtime": bindFromUnixTime,
		"floor": bindToUnit, "ceil": bindToUnit,
	})
	for _, name := range fieldFunctions {
		field := fieldOf(name)
		if name == "microsecond" { // not those since 1970
			all[name] = bindMicrosecond
			continue
		}
		all[name] = bindField(field)
	}
}

// plain resolves a call by the signatures of its function.
func plain(e Expr) (Expr, error) { return builtins().named[e.Func].resolve(e) }

func bindField(field string) func(e Expr) (Expr, error) {
	return func(e Expr) (Expr, error) {
		if err := exactly(e, 1); err != nil {
			return Expr{}, err
		}
		return Call("extract", Text(field), timeOf(e.Args[0]))
	}
}

// timeOf reads a text as a timestamp.
func timeOf(e Expr) Expr {
	if e.Type.Kind == batch.Utf8 || untyped(e) {
		if c, err := Cast(e, batch.T(batch.Timestamp), false); err == nil {
			return c
		}
	}
	return e
}

// compute calls operators with constants, one after the other.
func compute(e Expr, err error, ops string, by ...int64) (Expr, error) {
	for i, n := range by {
		if err == nil {
			e, err = Call(ops[i:i+1], e, Int(n))
		}
	}
	return e, err
}

func bindMicrosecond(e Expr) (Expr, error) {
	micros, err := bindField("microsecond")(e)
	return compute(micros, err, "%+%", 1e6, 1e6, 1e6)
}

func bindDayOfWeek(e Expr) (Expr, error) {
	day, err := bindField("isodow")(e)
	return compute(day, err, "%+", 7, 1)
}

func bindShift(op string) func(e Expr) (Expr, error) {
	return func(e Expr) (Expr, error) {
		if err := exactly(e, 2); err != nil {
			return Expr{}, err
		}
		t, by := timeOf(e.Args[0]), e.Args[1]
		if by.Type.Integer() && t.Type.Kind != batch.Date {
			days, err := Call("*", by, duration(86400e6))
			if err != nil {
				return Expr{}, err
			}
			by = days
		}
		return Call(op, t, by)
	}
}

// unitOf returns the interval of one unit that a literal names.
func unitOf(e Expr) (Expr, error) {
	if e.Op != LiteralOp || e.Type.Kind != batch.Utf8 || e.Null {
		return Expr{}, errorAt(e.Pos, "write DAY, HOUR or the like", "the unit must be a word")
	}
	one, err := Interval("1", e.Value, "")
	if err != nil {
		return Expr{}, errorAt(e.Pos, "write DAY, HOUR or the like", "unknown unit %q", e.Value)
	}
	return one, nil
}

func bindDateAdd(e Expr) (Expr, error) {
	if err := exactly(e, 3); err != nil {
		return Expr{}, err
	}
	one, err := unitOf(e.Args[0])
	if err != nil {
		return Expr{}, err
	}
	by, err := Call("*", e.Args[1], one)
	if err != nil {
		return Expr{}, err
	}
	return Call("+", timeOf(e.Args[2]), by)
}

func bindDateDiff(e Expr) (Expr, error) {
	if len(e.Args) == 3 {
		return Call("date_diff", e.Args...)
	}
	if err := exactly(e, 2); err != nil {
		return Expr{}, err
	}
	a, err := Cast(timeOf(e.Args[0]), batch.T(batch.Date), false)
	if err != nil {
		return Expr{}, err
	}
	b, err := Cast(timeOf(e.Args[1]), batch.T(batch.Date), false)
	if err != nil {
		return Expr{}, err
	}
	return Call("-", a, b)
}

func bindCastTo(kind batch.Kind) func(e Expr) (Expr, error) {
	return func(e Expr) (Expr, error) {
		if err := exactly(e, 1); err != nil {
			return Expr{}, err
		}
		return Cast(e.Args[0], batch.T(kind), false)
	}
}

func bindNvl2(e Expr) (Expr, error) {
	if err := exactly(e, 3); err != nil {
		return Expr{}, err
	}
	cond, err := Call("is not null", e.Args[0])
	if err != nil {
		return Expr{}, err
	}
	return Call("case", cond, e.Args[1], e.Args[2])
}

func bindIsNull(e Expr) (Expr, error) {
	if len(e.Args) == 2 {
		return Call("coalesce", e.Args...)
	}
	return Call("is null", e.Args...)
}

// bindDecode writes DECODE(x, a, b, ..., z) as CASE WHEN x IS NOT DISTINCT FROM a THEN b ... ELSE z END.
func bindDecode(e Expr) (Expr, error) {
	if len(e.Args) < 3 {
		return plain(e)
	}
	var args []Expr
	for i := 1; i+1 < len(e.Args); i += 2 {
		equal, err := Call("is not distinct from", e.Args[0], e.Args[i])
		if err != nil {
			return Expr{}, err
		}
		args = append(args, equal, e.Args[i+1])
	}
	if len(e.Args)%2 == 0 {
		args = append(args, e.Args[len(e.Args)-1])
	}
	return Call("case", args...)
}

func bindFromUnixTime(e Expr) (Expr, error) {
	if len(e.Args) != 2 {
		return plain(e)
	}
	t, err := Call("from_unixtime", e.Args[0])
	if err != nil {
		return Expr{}, err
	}
	return Call("date_format", t, e.Args[1])
}

// bindToUnit types FLOOR and CEIL, also FLOOR(time TO unit).
func bindToUnit(e Expr) (Expr, error) {
	if len(e.Args) != 2 {
		return plain(e)
	}
	t, unit := timeOf(e.Args[0]), e.Args[1]
	floor, err := Call("date_trunc", unit, t)
	if err != nil || e.Func == "floor" {
		return floor, err
	}
	one, err := unitOf(floor.Args[0])
	if err != nil {
		return Expr{}, err
	}
	same, err := Call("=", floor, t)
	if err != nil {
		return Expr{}, err
	}
	next, err := Call("+", floor, one)
	if err != nil {
		return Expr{}, err
	}
	return Call("case", same, t, next)
}
