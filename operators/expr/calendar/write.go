package calendar

import (
	"strconv"
	"strings"
	"time"
)

// write appends a time by a pattern.
func (p Pattern) write(dst []byte, t time.Time) []byte {
	for i := range p {
		dst = p[i].write(dst, t)
	}
	return dst
}

// write is a switch over the kinds.
func (it *item) write(dst []byte, t time.Time) []byte {
	switch it.kind {
	case literal:
		return append(dst, it.text...)
	case monthName:
		return it.name(dst, monthNames[t.Month()-1])
	case dayName:
		return it.name(dst, dayNames[t.Weekday()])
	case half:
		return it.name(dst, it.dotted([2]string{"AM", "PM"}[t.Hour()/12]))
	case era:
		if t.Year() > 0 {
			return it.name(dst, it.dotted("AD"))
		}
		return it.name(dst, it.dotted("BC"))
	case monthRoman:
		return it.name(dst, romanNames[t.Month()-1])
	case fraction:
		width := it.width
		if width == 0 {
			width = 6
		}
		return appendFraction(dst, t, width)
	case zone:
		return it.zone(dst)
	}
	n := it.number(t)
	if it.era && n <= 0 {
		n = 1 - n
	}
	switch last := max(it.last, it.width); {
	case it.kind == commaYear:
		return padded(append(padded(dst, int(n/1000), 1, '0'), ','), int(Modulo(n, 1000)), 3, '0')
	case (it.kind == year || it.kind == isoYear) && last > 0 && last < 4:
		n = Modulo(n, [...]int64{1, 10, 100, 1000}[last])
	}
	padding := byte('0')
	if it.blank {
		padding = ' '
	}
	dst = padded(dst, int(n), it.width, padding)
	if it.th != "" {
		dst = append(dst, ordinal(n, it.th)...)
	}
	return dst
}

// number is a switch over the kinds that are numbers.
func (it *item) number(t time.Time) int64 {
	n := 0
	switch it.kind {
	case year, commaYear:
		n = t.Year()
	case isoYear:
		n, _ = t.ISOWeek()
	case century:
		return fields["century"](t)
	case quarter:
		n = int(t.Month()-1)/3 + 1
	case month:
		n = int(t.Month())
	case isoWeek:
		_, n = t.ISOWeek()
	case week:
		n = (t.YearDay()-1)/7 + 1
	case monthWeek:
		n = (t.Day()-1)/7 + 1
	case sundayWeek:
		n = (t.YearDay() + 6 - int(t.Weekday())) / 7
	case longWeek:
		switch y, w := t.ISOWeek(); {
		case y > t.Year():
			n = 53
		case y == t.Year():
			n = w
		}
	case fullWeek, fullYear:
		if n = (t.YearDay() + 6 - int(t.Weekday())) / 7; n == 0 {
			t = time.Date(t.Year()-1, 12, 31, 0, 0, 0, 0, time.UTC)
			n = (t.YearDay() + 6 - int(t.Weekday())) / 7
		}
		if it.kind == fullYear {
			n = t.Year()
		}
	case mondayWeek:
		n = (t.YearDay() + 6 - int(t.Weekday()+6)%7) / 7
	case day:
		n = t.Day()
	case yearDay:
		n = t.YearDay()
	case isoYearDay:
		_, n = t.ISOWeek()
		n = 7*(n-1) + int(t.Weekday()+6)%7 + 1
	case isoWeekday:
		n = int(t.Weekday()+6)%7 + 1
	case sundayWeekday:
		n = int(t.Weekday()) + 1
	case weekday0:
		n = int(t.Weekday())
	case hour24:
		n = t.Hour()
	case hour12:
		n = (t.Hour()+11)%12 + 1
	case minute:
		n = t.Minute()
	case second:
		n = t.Second()
	case daySeconds:
		n = 3600*t.Hour() + 60*t.Minute() + t.Second()
	case epoch:
		return t.Unix()
	case julian:
		return FloorDiv(t.Unix(), 86400) + 2440588
	}
	return int64(n)
}

// dotted returns two letters, each with a dot behind it if the item has dots.
func (it *item) dotted(letters string) string {
	if it.dots {
		return letters[:1] + "." + letters[1:] + "."
	}
	return letters
}

// name appends a name, shortened, in its style and filled up with blanks.
func (it *item) name(dst []byte, name string) []byte {
	if it.short {
		name = name[:3]
	}
	switch it.style {
	case 'U':
		name = strings.ToUpper(name)
	case 'l':
		name = strings.ToLower(name)
	}
	dst = append(dst, name...)
	for n := len(name); n < it.width; n++ {
		dst = append(dst, ' ')
	}
	return dst
}

// zone appends that of all timestamps, UTC.
func (it *item) zone(dst []byte) []byte {
	switch {
	case it.style == 'n':
		return append(dst, "UTC"...)
	case it.style == 'Z':
		return append(dst, 'Z')
	case it.width == 2:
		return append(dst, "+00"...)
	case it.short:
		return append(dst, "+0000"...)
	}
	return append(dst, "+00:00"...)
}

// ordinal returns st, nd, rd or th, in capitals if th is.
func ordinal(n int64, th string) string {
	end := "th"
	if n = Modulo(n, 100); n < 11 || n > 13 {
		switch n % 10 {
		case 1:
			end = "st"
		case 2:
			end = "nd"
		case 3:
			end = "rd"
		}
	}
	if th == strings.ToUpper(th) {
		return strings.ToUpper(end)
	}
	return end
}

// padded appends n filled up to width with zeros or blanks, or not at all.
func padded(dst []byte, n, width int, padding byte) []byte {
	if n < 0 {
		dst, n = append(dst, '-'), -n
	}
	digits := strconv.AppendInt(make([]byte, 0, 20), int64(n), 10)
	for i := len(digits); padding != 0 && i < width; i++ {
		dst = append(dst, padding)
	}
	return append(dst, digits...)
}

// appendFraction appends the first digits, up to nine, of the fraction of a second.
func appendFraction(dst []byte, t time.Time, digits int) []byte {
	var nine [9]byte
	n := t.Nanosecond()
	for i := len(nine) - 1; i >= 0; i-- {
		nine[i], n = byte('0'+n%10), n/10
	}
	return append(dst, nine[:digits]...)
}
