package calendar

import (
	"math"
	"time"

	"github.com/millrace-dev/millrace/operators/expr/fn"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// differences are the functions that count units between times, and those of parts of the calendar.
func differences() []fn.Function {
	name := func(signature, help string, of func(t time.Time) string) fn.Function {
		return fn.Function{
			Signature: signature + "(timestamp) text; " + signature + "(date) text", Help: help,
			Build: fn.TextsWith(func(dst []byte, args []batch.Column, i int) ([]byte, bool) {
				return append(dst, of(timeAt(&args[0], i))...), true
			}),
		}
	}
	return []fn.Function{
		{
			Signature: "timestampdiff(text, timestamp, timestamp) int", Words: units,
			Help:  "How many whole units lie between the first time and the second.",
			Build: func(n *fn.Node) { buildDifference(n, elapsed) },
		},
		{
			Signature: "date_diff(text, timestamp, timestamp) int", Words: units,
			Help:  "How many beginnings of units lie between the first time and the second.",
			Build: func(n *fn.Node) { buildDifference(n, boundaries) },
		},
		{
			Signature: "date_bin(duration, timestamp[, timestamp]) timestamp", Fallible: fn.Always, Build: buildBin,
			Help: "The beginning of the interval of so long that a time lies in, counted from the third time or from 1970.",
		},
		{
			Signature: "last_day(date) date; last_day(timestamp) date", Help: "The last day of the month.", Fallible: fn.Always, Build: buildLastDay,
		},
		{
			Signature: "make_timestamp(int, int, int, int, int, float) timestamp", Fallible: fn.Always, Build: buildMakeTimestamp,
			Help: "The time of a year, month, day, hour, minute and second.",
		},
		name("monthname", "The name of the month.", func(t time.Time) string { return monthNames[t.Month()-1] }),
		name("dayname", "The name of the day of the week.", func(t time.Time) string { return dayNames[t.Weekday()] }),
	}
}

// units are those that differences are counted in.
var units = []string{"microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year", "decade", "century", "millennium"}

// micros are the units of a fixed length.
var micros = map[string]int64{"microsecond": 1, "millisecond": 1e3, "second": 1e6, "minute": 60e6, "hour": 3600e6, "day": DayMicros, "week": 7 * DayMicros}

// months are the units of several months.
var months = map[string]int64{"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1200, "millennium": 12000}

func buildDifference(n *fn.Node, of func(unit string, a, b int64) int64) {
	unit := n.Args[0].Value
	n.Run = func(f *fn.Frame, n *fn.Node) {
		a, b := fn.Values[int64](n.Args[1], f.Rows), fn.Values[int64](n.Args[2], f.Rows)
		dst := fn.Fixed[int64](n, f.Rows)
		for i := range dst {
			dst[i] = of(unit, a[i], b[i])
		}
	}
}

// minus returns (b - a) / unit, cut towards zero, without overflow.
func minus(a, b, unit int64) int64 {
	if d, over := b-a, (b^a)&((b-a)^b) < 0; !over {
		return d / unit
	}
	x, y := FloorDiv(a, unit), FloorDiv(b, unit)
	d := y - x
	if d > 0 && b-y*unit < a-x*unit {
		d--
	}
	if d < 0 && b-y*unit > a-x*unit {
		d++
	}
	return d
}

// elapsed counts whole units from a to b; it is negative if b is earlier.
func elapsed(unit string, a, b int64) int64 {
	if size := micros[unit]; size > 0 {
		return minus(a, b, size)
	}
	if a > b {
		return -elapsed(unit, b, a)
	}
	s, t := time.UnixMicro(a).UTC(), time.UnixMicro(b).UTC()
	n := monthOf(t) - monthOf(s)
	if t.Day() < s.Day() || t.Day() == s.Day() && Modulo(b, DayMicros) < Modulo(a, DayMicros) {
		n--
	}
	return n / months[unit]
}

func monthOf(t time.Time) int64 { return 12*int64(t.Year()) + int64(t.Month()) - 1 }

// boundaries counts the beginnings of units that lie after a and not after b.
func boundaries(unit string, a, b int64) int64 {
	switch size := micros[unit]; {
	case unit == "week": // weeks begin on Monday, and 1970 began on a Thursday
		return FloorDiv(FloorDiv(b, DayMicros)+3, 7) - FloorDiv(FloorDiv(a, DayMicros)+3, 7)
	case size == 1:
		return minus(a, b, 1)
	case size > 0:
		return FloorDiv(b, size) - FloorDiv(a, size)
	}
	first := int64(0)
	if unit == "century" || unit == "millennium" {
		first = 12 // they begin with the year 1
	}
	size := months[unit]
	return FloorDiv(monthOf(time.UnixMicro(b).UTC())-first, size) - FloorDiv(monthOf(time.UnixMicro(a).UTC())-first, size)
}

func buildBin(n *fn.Node) {
	n.Why = func(*fn.Node, int) string { return "the interval is not positive, or the result does not fit" }
	n.Run = func(f *fn.Frame, n *fn.Node) {
		size, at := fn.Values[int64](n.Args[0], f.Rows), fn.Values[int64](n.Args[1], f.Rows)
		dst := fn.Fixed[int64](n, f.Rows)
		for i := range dst {
			origin := int64(0)
			if len(n.Args) > 2 {
				origin = fn.Int(&n.Args[2].Col, i)
			}
			if dst[i] = at[i]; size[i] <= 0 {
				n.Mark(f.Rows).Set(i)
				continue
			}
			back := Modulo(Modulo(at[i], size[i])-Modulo(origin, size[i]), size[i])
			if dst[i] -= back; dst[i] > at[i] {
				n.Mark(f.Rows).Set(i)
			}
		}
	}
}

func buildLastDay(n *fn.Node) {
	n.Why = fn.Unfit
	last := func(t time.Time) (int32, bool) {
		day := FloorDiv(time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC).Unix(), 86400)
		return int32(day), day == int64(int32(day))
	}
	if n.Args[0].Type.Kind == batch.Date {
		fn.Map1(n, func(day int32) (int32, bool) { return last(DayTime(day)) })
		return
	}
	fn.Map1(n, func(us int64) (int32, bool) { return last(time.UnixMicro(us).UTC()) })
}

func buildMakeTimestamp(n *fn.Node) {
	n.Why = func(*fn.Node, int) string { return "no such time" }
	n.Run = func(f *fn.Frame, n *fn.Node) {
		var parts [5][]int64
		for k := range parts {
			parts[k] = fn.Values[int64](n.Args[k], f.Rows)
		}
		seconds := fn.Values[float64](n.Args[5], f.Rows)
		dst := fn.Fixed[int64](n, f.Rows)
		for i := range dst {
			day, ok := DayOf(parts[0][i], parts[1][i], parts[2][i])
			h, m, s := parts[3][i], parts[4][i], seconds[i]
			if !ok || h < 0 || h > 23 || m < 0 || m > 59 || !(s >= 0 && s < 60) {
				dst[i] = 0
				n.Mark(f.Rows).Set(i)
				continue
			}
			dst[i] = int64(day)*DayMicros + (h*3600+m*60)*1e6 + int64(math.Round(s*1e6))
		}
	}
}
