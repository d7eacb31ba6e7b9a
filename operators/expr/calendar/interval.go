package calendar

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// Interval is a length of time. Its months have no fixed length: they are counted in the calendar.
type Interval struct {
	Months, Micros int64
	// Calendar says that months were named, even if it is none.
	Calendar bool
}

// unit is one of the months, or so many thousandths of a microsecond.
type unit struct{ months, nanos int64 }

var intervalUnits = func() map[string]unit {
	all := map[string]unit{}
	for words, u := range map[string]unit{
		"nanosecond ns": {nanos: 1}, "microsecond us usec": {nanos: 1e3}, "millisecond ms msec": {nanos: 1e6},
		"second s sec": {nanos: 1e9}, "minute m min": {nanos: 60e9}, "hour h hr": {nanos: 3600e9},
		"day d": {nanos: 86400e9}, "week w": {nanos: 7 * 86400e9}, "month mon": {months: 1}, "quarter": {months: 3},
		"year y yr": {months: 12}, "decade": {months: 120}, "century centurie c": {months: 1200}, "millennium mil": {months: 12000},
	} {
		for w := range strings.FieldsSeq(words) {
			all[w] = u
			if len(w) > 1 && !strings.HasSuffix(w, "s") { // ms are thousandths of seconds, not minutes
				all[w+"s"] = u
			}
		}
	}
	return all
}()

// UnitNames are the units of intervals.
var UnitNames = []string{"year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond", "microsecond"}

// maxInterval bounds the text of an interval.
const maxInterval = 200

// UnitError is a unit that is unknown.
type UnitError struct{ Unit string }

// Error names the unit.
func (e *UnitError) Error() string { return fmt.Sprintf("unknown unit %q", e.Unit) }

// ParseInterval reads INTERVAL 'text' unit TO to. Without a unit the text is one of PostgreSQL: '1 year 2 months
// 3 days', '1-2', '1 02:03:04', '02:03', '1h30m', or one of ISO 8601: 'P1Y2M3DT4H5M6S'; perhaps with "ago" behind.
func ParseInterval(text, from, to string) (Interval, error) {
	if len(text) > maxInterval {
		return Interval{}, errors.New("the text is too long")
	}
	p := intervalParser{}
	text = strings.ToLower(strings.TrimSpace(text))
	var err error
	switch {
	case from != "" && to != "":
		err = p.fields(text, strings.ToLower(from), strings.ToLower(to))
	case from != "" && !strings.ContainsAny(text, " :"):
		err = p.amount(text, strings.ToLower(from))
	case strings.HasPrefix(text, "p"):
		err = p.iso(text[1:])
	default:
		err = p.words(text, strings.ToLower(from))
	}
	if err != nil {
		return Interval{}, err
	}
	return p.interval()
}

// intervalParser adds up an interval, the time in nanoseconds.
type intervalParser struct {
	months, nanos big.Rat
	calendar      bool
	any           bool
}

// ErrPairs says that a text is no list of numbers with units.
var ErrPairs = errors.New("numbers and units do not pair")

func (p *intervalParser) interval() (Interval, error) {
	if !p.any {
		return Interval{}, ErrPairs
	}
	if !p.months.IsInt() {
		return Interval{}, errors.New("the months must be a whole number")
	}
	limit := big.NewRat(1<<24, 1)
	if new(big.Rat).Abs(&p.months).Cmp(limit) > 0 {
		return Interval{}, errors.New("too many months")
	}
	half := big.NewRat(1, 2)
	micros := new(big.Rat).Quo(&p.nanos, big.NewRat(1000, 1))
	if micros.Sign() < 0 {
		half.Neg(half)
	}
	micros.Add(micros, half)
	n := new(big.Int).Quo(micros.Num(), micros.Denom())
	if !n.IsInt64() {
		return Interval{}, errors.New("the interval is too long")
	}
	return Interval{Months: p.months.Num().Int64(), Micros: n.Int64(), Calendar: p.calendar}, nil
}

// number reads digits with a sign and a point.
func number(s string) (*big.Rat, bool) {
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || digits == "" || digits == "." || strings.Trim(digits, "0123456789.") != "" || strings.Count(digits, ".") > 1 {
		return nil, false
	}
	return new(big.Rat).SetString(strings.TrimPrefix(s, "+"))
}

// amount adds a number of a unit.
func (p *intervalParser) amount(text, unit string) error {
	n, ok := number(text)
	if !ok {
		return fmt.Errorf("%q is no number", text)
	}
	u, ok := intervalUnits[unit]
	if !ok {
		return &UnitError{unit}
	}
	p.any = true
	if u.months > 0 {
		p.calendar = true
		p.months.Add(&p.months, n.Mul(n, big.NewRat(u.months, 1)))
	} else {
		p.nanos.Add(&p.nanos, n.Mul(n, big.NewRat(u.nanos, 1)))
	}
	return nil
}

// words reads numbers with units, and the short forms between them.
func (p *intervalParser) words(text, last string) error {
	text = strings.TrimSpace(strings.TrimPrefix(text, "@"))
	text, ago := strings.CutSuffix(text, "ago")
	words := strings.Fields(separate(text))
	if last != "" && len(words) > 0 {
		if _, ok := number(words[len(words)-1]); ok {
			words = append(words, last)
		}
	}
	for i := 0; i < len(words); i++ {
		w := words[i]
		var err error
		switch dash := strings.LastIndexByte(w, '-'); {
		case strings.Contains(w, ":"):
			err = p.clock(w, "hour")
		case dash > 0:
			err = p.yearMonth(w)
		case i+1 < len(words) && !strings.Contains(words[i+1], ":"):
			err = p.amount(w, words[i+1])
			i++
		case i+1 < len(words): // days before a time
			err = p.amount(w, "day")
		default:
			return ErrPairs
		}
		if err != nil {
			return err
		}
	}
	if ago {
		p.months.Neg(&p.months)
		p.nanos.Neg(&p.nanos)
	}
	return nil
}

// separate puts a blank between a number and the letters behind it, and behind them.
func separate(text string) string {
	var out strings.Builder
	before := byte(' ')
	for i := range len(text) {
		c := text[i]
		letter := c >= 'a' && c <= 'z'
		digit := c >= '0' && c <= '9' || c == '.'
		was := before >= 'a' && before <= 'z'
		if letter && (before >= '0' && before <= '9' || before == '.') || was && (digit || c == '-' || c == '+') {
			out.WriteByte(' ')
		}
		out.WriteByte(c)
		before = c
	}
	return out.String()
}

// yearMonth reads 1-2: a year and two months.
func (p *intervalParser) yearMonth(w string) error {
	negative := strings.HasPrefix(w, "-")
	years, months, _ := strings.Cut(strings.TrimLeft(w, "+-"), "-")
	if negative {
		years, months = "-"+years, "-"+months
	}
	if err := p.amount(years, "year"); err != nil {
		return err
	}
	return p.amount(months, "month")
}

// clock reads hours:minutes:seconds, or what follows from a smaller unit on; the sign is that of the whole.
func (p *intervalParser) clock(w, from string) error {
	parts := strings.Split(strings.TrimLeft(w, "+-"), ":")
	units := map[string][]string{"hour": {"hour", "minute", "second"}, "minute": {"minute", "second"}}[from]
	if len(parts) > len(units) || len(w)-len(strings.TrimLeft(w, "+-")) > 1 {
		return fmt.Errorf("%q is no time", w)
	}
	for i, part := range parts {
		if strings.ContainsAny(part, "+-") || i+1 < len(parts) && strings.Contains(part, ".") {
			return fmt.Errorf("%q is no time", w)
		}
		if strings.HasPrefix(w, "-") {
			part = "-" + part
		}
		if err := p.amount(part, units[i]); err != nil {
			return err
		}
	}
	return nil
}

// fields reads the texts of INTERVAL '1-2' YEAR TO MONTH, '1 02:03:04' DAY TO SECOND and their kin.
func (p *intervalParser) fields(text, from, to string) error {
	bad := fmt.Errorf("%q is no interval of %s to %s", text, strings.ToUpper(from), strings.ToUpper(to))
	count := map[string]int{"day hour": 1, "day minute": 2, "day second": 3, "hour minute": 2, "hour second": 3, "minute second": 2}[from+" "+to]
	switch {
	case from == "year" && to == "month":
		if strings.LastIndexByte(text, '-') < 1 {
			return bad
		}
		return p.yearMonth(text)
	case count == 0:
		return fmt.Errorf("there is no interval of %s to %s", strings.ToUpper(from), strings.ToUpper(to))
	case from == "day":
		days, rest, ok := strings.Cut(text, " ")
		if !ok {
			return bad
		}
		if err := p.amount(days, "day"); err != nil {
			return err
		}
		text, from = strings.TrimSpace(rest), "hour"
		if strings.HasPrefix(days, "-") {
			text = "-" + text
		}
	}
	if strings.Count(text, ":") != count-1 {
		return bad
	}
	return p.clock(text, from)
}

// iso reads what follows the P of P1Y2M3DT4H5M6S.
func (p *intervalParser) iso(text string) error {
	date, clock, timed := strings.Cut(text, "t")
	if timed && clock == "" {
		return ErrPairs
	}
	for i, part := range []string{date, clock} {
		names := map[byte]string{'y': "year", 'm': "month", 'w': "week", 'd': "day"}
		if i == 1 {
			names = map[byte]string{'h': "hour", 'm': "minute", 's': "second"}
		}
		for part != "" {
			end := strings.IndexAny(part, "abcdefghijklmnopqrstuvwxyz")
			if end < 1 || names[part[end]] == "" {
				return ErrPairs
			}
			if err := p.amount(part[:end], names[part[end]]); err != nil {
				return err
			}
			part = part[end+1:]
		}
	}
	return nil
}
