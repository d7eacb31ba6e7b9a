// Package calendar has the functions of dates, timestamps and durations.
package calendar

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/millrace-dev/millrace/operators/expr/fn"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// DayMicros is a day in microseconds.
const DayMicros = 24 * 3600 * 1000000

// FloorDiv returns a divided by b > 0, cut towards minus infinity.
func FloorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// Functions returns the functions of dates and times.
func Functions() []fn.Function {
	own := []fn.Function{
		{
			Signature: "extract(text, timestamp) int; extract(text, date) int; extract(text, duration) int",
			Help:      "A field of a time: year, month, day, hour, minute, second, quarter, week (ISO), doy, dow (Monday is 0), isodow (Monday is 1), epoch, century, decade, millennium; milliseconds, microseconds and nanoseconds since 1970.",
			Words:     fieldNames(), Build: buildExtract, Check: checkField, Fallible: func(n *fn.Node) bool { return n.Args[0].Value == "nanosecond" },
		},
		{
			Signature: "date_trunc(text, timestamp) timestamp; date_trunc(text, date) date",
			Help:      "The beginning of the unit that a time lies in.", Words: truncNames, Build: buildTrunc,
		},
		{
			Signature: "make_date(int, int, int) date", Help: "The date of a year, a month and a day.",
			Build: buildMakeDate, Fallible: fn.Always,
		},
		{
			Name: "add_months", Signature: "add_months(date or timestamp, int)",
			Help:  "The time so many months later; the day is cut to the length of the month.",
			Build: buildAddMonths, Fallible: fn.Always,
		},
	}
	return slices.Concat(own, clockFunctions(), patterns(), differences(), zones())
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
	"decade":     func(t time.Time) int64 { return -FloorDiv(-int64(t.Year()), 10) },
	"century":    func(t time.Time) int64 { return -FloorDiv(-int64(t.Year()), 100) },
	"millennium": func(t time.Time) int64 { return -FloorDiv(-int64(t.Year()), 1000) },
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

// durationFields are the fields of a duration: how long one is, and how many there are at most.
var durationFields = map[string][2]int64{
	"day": {DayMicros, 1 << 62}, "hour": {3600e6, 24}, "minute": {60e6, 60}, "second": {1e6, 60},
	"epoch": {1e6, 1 << 62}, "millisecond": {1e3, 1 << 62}, "microsecond": {1, 1 << 62},
}

func checkField(n *fn.Node) error {
	if n.Args[1].Type.Kind == batch.Duration && durationFields[n.Args[0].Value][0] == 0 {
		return fmt.Errorf("a duration has no %s: it has days, hours, minutes, seconds, and an epoch", n.Args[0].Value)
	}
	return nil
}

// buildExtract: durations are taken apart into days, hours and so on.
func buildExtract(n *fn.Node) {
	name := n.Args[0].Value
	get := fields[name]
	n.Why = fn.Unfit
	switch n.Args[1].Type.Kind {
	case batch.Timestamp:
		if name == "nanosecond" {
			n.Run = func(f *fn.Frame, n *fn.Node) {
				kernel.MapBad(fn.Fixed[int64](n, f.Rows), fn.Values[int64](n.Args[1], f.Rows), n.Col.Valid, n.Mark(f.Rows), func(us int64) (int64, bool) {
					return us * 1000, us*1000/1000 == us
				})
			}
			return
		}
		n.Run = func(f *fn.Frame, n *fn.Node) {
			kernel.Map(fn.Fixed[int64](n, f.Rows), fn.Values[int64](n.Args[1], f.Rows), func(us int64) int64 { return get(time.UnixMicro(us).UTC()) })
		}
	case batch.Date:
		n.Run = func(f *fn.Frame, n *fn.Node) {
			kernel.Map(fn.Fixed[int64](n, f.Rows), fn.Values[int32](n.Args[1], f.Rows), func(day int32) int64 {
				if name == "nanosecond" {
					return int64(day) * DayMicros * 1000
				}
				return get(DayTime(day))
			})
		}
	case batch.Duration:
		size := durationFields[name]
		n.Run = func(f *fn.Frame, n *fn.Node) {
			kernel.Map(fn.Fixed[int64](n, f.Rows), fn.Values[int64](n.Args[1], f.Rows), func(us int64) int64 { return us / size[0] % size[1] })
		}
	}
}

// DayTime returns the start of a day.
func DayTime(day int32) time.Time { return time.Unix(int64(day)*86400, 0).UTC() }

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
		y, m, d = y-int(Modulo(int64(y), 10)), 1, 1
	case "century":
		y, m, d = y-int(Modulo(int64(y)-1, 100)), 1, 1
	case "millennium":
		y, m, d = y-int(Modulo(int64(y)-1, 1000)), 1, 1
	}
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// Modulo returns a - FloorDiv(a, b) * b: 0 <= it < b.
func Modulo(a, b int64) int64 { return a - FloorDiv(a, b)*b }

func buildTrunc(n *fn.Node) {
	unit := n.Args[0].Value
	step := map[string]int64{"microsecond": 1, "millisecond": 1e3, "second": 1e6, "minute": 60e6, "hour": 3600e6, "day": DayMicros}[unit]
	if n.Type.Kind == batch.Date {
		n.Run = func(f *fn.Frame, n *fn.Node) {
			kernel.Map(fn.Fixed[int32](n, f.Rows), fn.Values[int32](n.Args[1], f.Rows), func(day int32) int32 {
				if step > 0 {
					return day
				}
				return int32(FloorDiv(truncate(unit, DayTime(day)).Unix(), 86400))
			})
		}
		return
	}
	n.Run = func(f *fn.Frame, n *fn.Node) {
		kernel.Map(fn.Fixed[int64](n, f.Rows), fn.Values[int64](n.Args[1], f.Rows), func(us int64) int64 {
			if step > 0 {
				return us - Modulo(us, step)
			}
			return truncate(unit, time.UnixMicro(us).UTC()).UnixMicro()
		})
	}
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

func buildAddMonths(n *fn.Node) {
	n.Why = fn.Unfit
	if n.Type.Kind == batch.Date {
		fn.Map2(n, func(day int32, months int64) (int32, bool) {
			t, ok := addMonths(DayTime(day), months)
			days := FloorDiv(t.Unix(), 86400)
			return int32(days), ok && days == int64(int32(days))
		})
		return
	}
	fn.Map2(n, func(us, months int64) (int64, bool) {
		t, ok := addMonths(time.UnixMicro(us).UTC(), months)
		return t.UnixMicro(), ok && t.Unix() > math.MinInt64/1000000 && t.Unix() < math.MaxInt64/1000000
	})
}

// DayOf returns the day of a year, a month and a day since 1970, if there is such a day.
func DayOf(year, month, day int64) (int32, bool) {
	if year < -290000 || year > 290000 || month < 1 || month > 12 || day < 1 || day > 31 {
		return 0, false
	}
	t := time.Date(int(year), time.Month(month), int(day), 0, 0, 0, 0, time.UTC)
	return int32(FloorDiv(t.Unix(), 86400)), t.Day() == int(day)
}

func buildMakeDate(n *fn.Node) {
	n.Why = func(*fn.Node, int) string { return "no such day in the calendar" }
	n.Run = func(f *fn.Frame, n *fn.Node) {
		y, m, d := fn.Values[int64](n.Args[0], f.Rows), fn.Values[int64](n.Args[1], f.Rows), fn.Values[int64](n.Args[2], f.Rows)
		dst := fn.Fixed[int32](n, f.Rows)
		for i := range dst {
			day, ok := DayOf(y[i], m[i], d[i])
			if dst[i] = day; !ok {
				n.Mark(f.Rows).Set(i)
			}
		}
	}
}
