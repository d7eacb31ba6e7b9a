package calendar

import (
	"testing"
	"time"
)

// FuzzPattern: no pattern panics, what is written is bounded, and a pattern with all of a time in it reads what it wrote.
func FuzzPattern(f *testing.F) {
	for _, p := range []string{"YYYY-MM-DD HH24:MI:SS.US", "FMDay, DDth \"x\" J Q CC TZH:TZM", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "%W %M %D %r %f", "%Y%m%d %s %", "D W WW ID IW"} {
		f.Add(p, "2024-02-29 12:34:56", int64(1709210096000000))
	}
	f.Fuzz(func(t *testing.T, text, in string, us int64) {
		at := time.UnixMicro(us % (1 << 56)).UTC()
		for _, compile := range []func(string) (Pattern, error){compile, compileFormat} {
			p, err := compile(text)
			if err != nil {
				continue
			}
			out := p.write(nil, at)
			if len(out) > 40*len(text)+40 {
				t.Errorf("%q writes %d bytes", text, len(out))
			}
			_, _ = p.read(in)
			_, _ = p.read(string(out))
		}
		whole := Pattern{{kind: year, width: 4}, {text: "-"}, {kind: month, width: 2}, {text: "-"}, {kind: day, width: 2}, {text: " "}, {kind: hour24}, {text: ":"}, {kind: minute}, {text: ":"}, {kind: second}, {text: "."}, {kind: fraction, width: 6}}
		if at.Year() > 0 && at.Year() < 10000 {
			if back, err := whole.read(string(whole.write(nil, at))); err != nil || back != at.UnixMicro() {
				t.Errorf("%v is read as %d, %v", at, back, err)
			}
		}
	})
}

func FuzzParseInterval(f *testing.F) {
	for _, s := range []string{"1 year 2 months 3 days 04:05:06.7", "1-2", "P1Y2M3DT4H5M6S", "-1 02:03:04", "1h30m", "@ 3 mons ago", "1.5", "1e9 days"} {
		f.Add(s, "", "")
		f.Add(s, "DAY", "SECOND")
	}
	f.Fuzz(func(t *testing.T, text, from, to string) {
		i, err := ParseInterval(text, from, to)
		if err == nil && (i.Months > 1<<24 || i.Months < -1<<24 || !i.Calendar && i.Months != 0) {
			t.Errorf("%q %s %s: %+v", text, from, to, i)
		}
	})
}

func FuzzZone(f *testing.F) {
	f.Add("Europe/Berlin")
	f.Add("+02:00")
	f.Add("../../etc/passwd")
	f.Fuzz(func(t *testing.T, name string) {
		if loc, err := ParseZone(name); (loc == nil) != (err != nil) {
			t.Errorf("%q: %v, %v", name, loc, err)
		}
	})
}

func TestParseInterval(t *testing.T) {
	day := int64(DayMicros)
	for _, c := range []struct {
		text, from, to string
		want           Interval
	}{
		{"1 year 2 months 3 days 4 hours 5 minutes 6 seconds", "", "", Interval{14, 3*day + (4*3600+5*60+6)*1e6, true}},
		{"1 year 2 mons 3 days 04:05:06.5", "", "", Interval{14, 3*day + (4*3600+5*60+6)*1e6 + 500000, true}},
		{"P1Y2M3DT4H5M6S", "", "", Interval{14, 3*day + (4*3600+5*60+6)*1e6, true}},
		{"PT0.000001S", "", "", Interval{0, 1, false}},
		{"1-2", "", "", Interval{14, 0, true}},
		{"-1-2", "YEAR", "MONTH", Interval{-14, 0, true}},
		{"1 02:03:04", "DAY", "SECOND", Interval{0, day + (2*3600+3*60+4)*1e6, false}},
		{"-1 02:03:04", "DAY", "SECOND", Interval{0, -day - (2*3600+3*60+4)*1e6, false}},
		{"1 02", "DAY", "HOUR", Interval{0, day + 2*3600e6, false}},
		{"02:03", "HOUR", "MINUTE", Interval{0, (2*3600 + 3*60) * 1e6, false}},
		{"02:03.5", "MINUTE", "SECOND", Interval{0, 2*60e6 + 3500000, false}},
		{"2 days ago", "", "", Interval{0, -2 * day, false}},
		{"1.5", "YEAR", "", Interval{18, 0, true}},
		{"0.5", "DAY", "", Interval{0, day / 2, false}},
		{"-90", "MINUTE", "", Interval{0, -5400e6, false}},
		{"1h30m", "", "", Interval{0, 5400e6, false}},
		{"500 ms", "", "", Interval{0, 500000, false}},
		{"2 hrs 3 mins", "", "", Interval{0, 2*3600e6 + 3*60e6, false}},
		{"1 day 2", "HOUR", "", Interval{0, day + 2*3600e6, false}},
		{"0", "MONTH", "", Interval{0, 0, true}},
	} {
		if got, err := ParseInterval(c.text, c.from, c.to); err != nil || got != c.want {
			t.Errorf("%q %s %s: %+v, %v, want %+v", c.text, c.from, c.to, got, err, c.want)
		}
	}
	for _, text := range []string{"", "1", "day", "1 day 2", "1 fortnight", "1.5 months", "1e3 days", "99999999 years", "1:2:3:4", "--1 day", "P", "PT", "1 day day", "999999999999 days"} {
		if got, err := ParseInterval(text, "", ""); err == nil {
			t.Errorf("%q is %+v", text, got)
		}
	}
}
