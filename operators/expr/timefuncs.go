package expr

import (
	"math"
	"strings"
	"time"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

const microsPerDay = 24 * 3600 * 1000000

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func timeFunctions() []builtin {
	f := func(signature, help string, build func(*node)) builtin {
		return builtin{Function: Function{Signature: signature, Help: help}, build: build}
	}
	fails := func(fallible func(Expr) bool, b builtin) builtin {
		b.fallible = fallible
		return b
	}
	word := func(b builtin, words []string) builtin {
		b.overloads, b.bind = nil, nil
		signature := b.Signature
		inner := builtin{Function: Function{Name: "", Signature: signature}}
		for s := range strings.SplitSeq(signature, "; ") {
			inner.overloads = append(inner.overloads, parseSignature(s))
		}
		name, _, _ := strings.Cut(signature, "(")
		b.Name, inner.Name = name, name
		b.bind = func(e Expr) (Expr, error) { return bindWord(e, &inner, words) }
		return b
	}
	return []builtin{
		fails(func(e Expr) bool { return e.Args[0].Value == "nanosecond" }, word(f("extract(text, timestamp) int; extract(text, date) int; extract(text, duration) int",
			"A field of a time: year, month, day, hour, minute, second, quarter, week (ISO), doy, dow (Monday is 0), isodow (Monday is 1), epoch, century, decade, millennium; milliseconds, microseconds and nanoseconds since 1970.", buildExtract), fieldNames())),
		word(f("date_trunc(text, timestamp) timestamp; date_trunc(text, date) date",
			"The beginning of the unit that a time lies in.", buildTrunc), truncNames),
		fails(patternFails, f("to_char(timestamp, text) text; to_char(date, text) text", "The time written by a pattern such as '%Y-%m-%d %H:%M'.", buildFormat)),
		fails(always, f("to_timestamp(float) timestamp", "The time so many seconds after 1970-01-01.", func(n *node) {
			n.why = whyArithmetic
			map1(n, func(s float64) (int64, bool) {
				us := math.Round(s * 1e6)
				return int64(us), us >= -1<<63 && us < 1<<63
			})
		})),
		fails(always, f("make_date(int, int, int) date", "The date of a year, a month and a day.", buildMakeDate)),
	}
}

// bindWord checks that the first argument is one of the words, in any case, perhaps in the plural.
func bindWord(e Expr, f *builtin, words []string) (Expr, error) {
	if len(e.Args) == 0 || e.Args[0].Op != LiteralOp || e.Args[0].Type.Kind != batch.Utf8 || e.Args[0].Null {
		return Expr{}, errorAt(e.Pos, "the signature is "+f.Signature, "%s: the field must be a literal", e.Func)
	}
	word := strings.ToLower(e.Args[0].Value)
	for _, w := range words {
		if word == w || strings.TrimSuffix(word, "s") == strings.TrimSuffix(w, "s") {
			args := append([]Expr{Text(w).At(e.Args[0].Pos)}, e.Args[1:]...)
			e.Args = args
			return f.resolve(e)
		}
	}
	return Expr{}, errorAt(e.Args[0].Pos, suggest(word, words), "%s: unknown field %q", e.Func, e.Args[0].Value)
}

// field computes a field of a point in time, in UTC.
type field func(t time.Time) int64

var fields = map[string]field{
	"year":       func(t time.Time) int64 { return int64(t.Year()) },
	"quarter":    func(t time.Time) int64 { return int64(t.Month()-1)/3 + 1 },
	"month":      func(t time.Time) int64 { return int64(t.Month()) },
	"day":        func(t time.Time) int64 { return int64(t.Day()) },
	"hour":       func(t time.Time) int64 { return int64(t.Hour()) },
	"minute":     func(t time.Time) int64 { return int64(t.Minute()) },
	"second":     func(t time.Time) int64 { return int64(t.Second()) },
	"dow":        func(t time.Time) int64 { return int64(t.Weekday()+6) % 7 },
	"isodow":     func(t time.Time) int64 { return int64(t.Weekday()+6)%7 + 1 },
	"doy":        func(t time.Time) int64 { return int64(t.YearDay()) },
	"week":       func(t time.Time) int64 { _, w := t.ISOWeek(); return int64(w) },
	"isoyear":    func(t time.Time) int64 { y, _ := t.ISOWeek(); return int64(y) },
	"epoch":      func(t time.Time) int64 { return t.Unix() },
	"decade":     func(t time.Time) int64 { return -floorDiv(-int64(t.Year()), 10) },
	"century":    func(t time.Time) int64 { return -floorDiv(-int64(t.Year()), 100) },
	"millennium": func(t time.Time) int64 { return -floorDiv(-int64(t.Year()), 1000) },
	"timezone":   func(time.Time) int64 { return 0 },

	"millisecond": func(t time.Time) int64 { return t.UnixMilli() },
	"microsecond": func(t time.Time) int64 { return t.UnixMicro() },
	"nanosecond":  func(t time.Time) int64 { return t.UnixMicro() },
}

func fieldNames() []string {
	return []string{
		"year", "quarter", "month", "day", "hour", "minute", "second", "dow", "isodow", "doy", "week", "isoyear", "epoch",
		"decade", "century", "millennium", "timezone", "millisecond", "microsecond", "nanosecond",
	}
}

// buildExtract: durations are taken apart into days, hours and so on.
func buildExtract(n *node) {
	name := n.args[0].e.Value
	get := fields[name]
	n.why = whyArithmetic
	switch n.args[1].e.Type.Kind {
	case batch.Timestamp:
		if name == "nanosecond" {
			n.run = func(f *frame, n *node) {
				kernel.MapBad(fixed[int64](n, f.rows), values[int64](n.args[1], f.rows), n.col.Valid, n.mark(f.rows), func(us int64) (int64, bool) {
					return us * 1000, us*1000/1000 == us
				})
			}
			return
		}
		n.run = func(f *frame, n *node) {
			kernel.Map(fixed[int64](n, f.rows), values[int64](n.args[1], f.rows), func(us int64) int64 { return get(time.UnixMicro(us).UTC()) })
		}
	case batch.Date:
		n.run = func(f *frame, n *node) {
			kernel.Map(fixed[int64](n, f.rows), values[int32](n.args[1], f.rows), func(day int32) int64 {
				if name == "nanosecond" {
					return int64(day) * microsPerDay * 1000
				}
				return get(dayTime(day))
			})
		}
	case batch.Duration:
		size := map[string][2]int64{
			"day": {microsPerDay, 1 << 62}, "hour": {3600e6, 24}, "minute": {60e6, 60}, "second": {1e6, 60},
			"epoch": {1e6, 1 << 62}, "millisecond": {1e3, 1 << 62}, "microsecond": {1, 1 << 62},
		}[name]
		if size[0] == 0 {
			return
		}
		n.run = func(f *frame, n *node) {
			kernel.Map(fixed[int64](n, f.rows), values[int64](n.args[1], f.rows), func(us int64) int64 { return us / size[0] % size[1] })
		}
	}
}

func dayTime(day int32) time.Time { return time.Unix(int64(day)*86400, 0).UTC() }

var truncNames = []string{
	"microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year", "decade", "century", "millennium",
}

// truncate returns the beginning of the unit that t lies in.
func truncate(unit string, t time.Time) time.Time {
	y, m, d := t.Date()
	switch unit {
	case "week":
		d -= int(t.Weekday()+6) % 7
	case "month":
		d = 1
	case "quarter":
		m, d = m-(m-1)%3, 1
	case "year":
		m, d = 1, 1
	case "decade":
		y, m, d = y-int(modulo(int64(y), 10)), 1, 1
	case "century":
		y, m, d = y-int(modulo(int64(y)-1, 100)), 1, 1
	case "millennium":
		y, m, d = y-int(modulo(int64(y)-1, 1000)), 1, 1
	}
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

func modulo(a, b int64) int64 { return a - floorDiv(a, b)*b }

func buildTrunc(n *node) {
	unit := n.args[0].e.Value
	step := map[string]int64{"microsecond": 1, "millisecond": 1e3, "second": 1e6, "minute": 60e6, "hour": 3600e6, "day": microsPerDay}[unit]
	if n.e.Type.Kind == batch.Date {
		n.run = func(f *frame, n *node) {
			kernel.Map(fixed[int32](n, f.rows), values[int32](n.args[1], f.rows), func(day int32) int32 {
				if step > 0 {
					return day
				}
				return int32(floorDiv(truncate(unit, dayTime(day)).Unix(), 86400))
			})
		}
		return
	}
	n.run = func(f *frame, n *node) {
		kernel.Map(fixed[int64](n, f.rows), values[int64](n.args[1], f.rows), func(us int64) int64 {
			if step > 0 {
				return us - modulo(us, step)
			}
			return truncate(unit, time.UnixMicro(us).UTC()).UnixMicro()
		})
	}
}

func bindAddMonths(e Expr) (Expr, error) {
	if err := exactly(e, 2); err != nil {
		return Expr{}, err
	}
	a := e.Args[0]
	if untyped(a) {
		c, err := Cast(a, batch.T(batch.Timestamp), false)
		if err != nil {
			return Expr{}, err
		}
		a = c
	}
	if k := a.Type.Kind; k != batch.Date && k != batch.Timestamp || !e.Args[1].Type.Integer() {
		return Expr{}, errorAt(e.Pos, "", "add_months: cannot be applied to %s", typeList(e.Args))
	}
	months, err := Cast(e.Args[1], batch.T(batch.Int64), false)
	e.Args, e.Type = []Expr{a, months}, a.Type
	return e, err
}

// addMonths keeps the day, or takes the month's last.
func addMonths(t time.Time, months int64) (time.Time, bool) {
	if months > 1<<23 || months < -1<<23 {
		return t, false
	}
	y, m, d := t.Date()
	first := time.Date(y, m+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	rest := t.Sub(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
	return first.AddDate(0, 0, min(d, last)-1).Add(rest), true
}

func buildAddMonths(n *node) {
	n.why = whyArithmetic
	if n.e.Type.Kind == batch.Date {
		map2(n, func(day int32, months int64) (int32, bool) {
			t, ok := addMonths(dayTime(day), months)
			days := floorDiv(t.Unix(), 86400)
			return int32(days), ok && days == int64(int32(days))
		})
		return
	}
	map2(n, func(us, months int64) (int64, bool) {
		t, ok := addMonths(time.UnixMicro(us).UTC(), months)
		return t.UnixMicro(), ok && t.Unix() > math.MinInt64/1000000 && t.Unix() < math.MaxInt64/1000000
	})
}

func buildMakeDate(n *node) {
	n.why = func(*node, int) string { return "no such day in the calendar" }
	n.run = func(f *frame, n *node) {
		y, m, d := values[int64](n.args[0], f.rows), values[int64](n.args[1], f.rows), values[int64](n.args[2], f.rows)
		dst := fixed[int32](n, f.rows)
		for i := range dst {
			dst[i] = 0
			if y[i] < -290000 || y[i] > 290000 || m[i] < 1 || m[i] > 12 || d[i] < 1 || d[i] > 31 {
				n.mark(f.rows).Set(i)
				continue
			}
			t := time.Date(int(y[i]), time.Month(m[i]), int(d[i]), 0, 0, 0, 0, time.UTC)
			if t.Day() != int(d[i]) {
				n.mark(f.rows).Set(i)
				continue
			}
			dst[i] = int32(floorDiv(t.Unix(), 86400))
		}
	}
}

// patternFails: a literal pattern is known to be right.
func patternFails(e Expr) bool {
	_, ok := strftime(nil, time.Time{}, e.Args[1].Value)
	return e.Args[1].Op != LiteralOp || !ok
}

func buildFormat(n *node) {
	isDate := n.args[0].e.Type.Kind == batch.Date
	textsWith(func(dst []byte, args []batch.Column, i int) ([]byte, bool) {
		var t time.Time
		if isDate {
			t = dayTime(batch.Values[int32](&args[0])[i])
		} else {
			t = time.UnixMicro(intAt(&args[0], i)).UTC()
		}
		return strftime(dst, t, args[1].Text(i))
	})(n)
	n.why = func(*node, int) string { return "the pattern has an unknown %-sequence" }
}
