package calendar

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // a machine without a database of time zones gives the same results

	"github.com/millrace-dev/millrace/operators/expr/fn"
)

// zones are the functions of time zones. Timestamps are instants; a zone's wall clock is written as the
// timestamp that has the same digits in UTC.
func zones() []fn.Function {
	f := func(name, signature, help string, wall bool) fn.Function {
		return fn.Function{
			Name: name, Signature: signature, Help: help, Fallible: fn.Always, Check: checkZone,
			Build: func(n *fn.Node) { buildZone(n, wall) },
		}
	}
	return []fn.Function{
		f("at time zone", "at time zone(timestamp, text) timestamp", "What the clocks of a zone, such as 'UTC', '+02:00' or 'Europe/Berlin', show at that instant.", true),
		f("to_utc_timestamp", "to_utc_timestamp(timestamp, text) timestamp", "The instant at which the clocks of a zone show that time.", false),
	}
}

// ParseZone returns a zone by its name, or by its offset from UTC, east being positive: +02:00.
func ParseZone(name string) (*time.Location, error) {
	if minutes, ok := parseOffset(name); ok {
		return time.FixedZone(name, int(minutes)*60), nil
	}
	switch strings.ToUpper(name) {
	case "UTC", "Z", "GMT":
		return time.UTC, nil
	}
	if name == "" || name == "Local" || len(name) > 64 || strings.ContainsAny(name, `.\`) || name[0] == '/' {
		return nil, fmt.Errorf("unknown time zone %q", clip(name))
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("unknown time zone %q: write a name such as 'Europe/Berlin' or an offset such as '+02:00'", clip(name))
	}
	return loc, nil
}

func checkZone(n *fn.Node) error {
	if !n.Args[1].Literal || n.Args[1].Null {
		return nil
	}
	_, err := ParseZone(n.Args[1].Value)
	return err
}

// maxZones is how many zones a call keeps that does not have a literal one.
const maxZones = 1000

// buildZone gives the wall clock of an instant, or the instant of a wall clock. Where clocks are put back, the earlier
// of the two instants is meant; where they are put forward, what is skipped counts on.
func buildZone(n *fn.Node, wall bool) {
	known := map[string]*time.Location{}
	n.Why = func(n *fn.Node, row int) string {
		if _, err := ParseZone(n.Args[1].Col.Text(row)); err != nil {
			return err.Error()
		}
		return "the result does not fit timestamp"
	}
	n.Run = func(f *fn.Frame, n *fn.Node) {
		dst, bad := fn.Fixed[int64](n, f.Rows), n.Mark(f.Rows)
		for i, us := range fn.Values[int64](n.Args[0], f.Rows) {
			if n.Skips(i) {
				continue
			}
			name := n.Args[1].Col.Text(i)
			loc, ok := known[name]
			if !ok {
				loc, _ = ParseZone(name)
				if len(known) >= maxZones {
					clear(known)
				}
				known[strings.Clone(name)] = loc
			}
			if loc == nil || us > 1<<62 || us < -1<<62 {
				bad.Set(i)
				continue
			}
			if wall {
				_, offset := time.UnixMicro(us).In(loc).Zone()
				dst[i] = us + int64(offset)*1e6
				continue
			}
			t := time.UnixMicro(us).UTC()
			dst[i] = time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), loc).UnixMicro()
		}
	}
}
