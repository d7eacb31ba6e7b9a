package calendar

import (
	"strconv"
	"time"
)

// composed are the sequences that stand for others.
var composed = map[byte]string{
	'F': "%Y-%m-%d", 'T': "%H:%M:%S", 'D': "%m/%d/%y", 'R': "%H:%M", 'r': "%I:%M:%S %p", 'c': "%a %b %e %H:%M:%S %Y",
	'x': "%m/%d/%y", 'X': "%H:%M:%S", 'v': "%e-%b-%Y", '+': "%Y-%m-%dT%H:%M:%S+00:00",
}

// strftime appends t by a pattern, and reports a pattern with an unknown sequence. %f is the fraction in
// nanoseconds, %.3f with a point and so many digits; %-d leaves the zeros out that %d begins with.
func strftime(dst []byte, t time.Time, pattern string) ([]byte, bool) {
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '%' {
			dst = append(dst, pattern[i])
			continue
		}
		if i++; i == len(pattern) {
			return dst, false
		}
		padding := byte('0')
		switch pattern[i] {
		case '-':
			padding = 0
			i++
		case '_':
			padding = ' '
			i++
		case '.':
			n := i + 1
			digits := 6
			if n < len(pattern) && (pattern[n] == '3' || pattern[n] == '6' || pattern[n] == '9') {
				digits = int(pattern[n] - '0')
				n++
			}
			if n >= len(pattern) || pattern[n] != 'f' {
				return dst, false
			}
			dst = appendFraction(append(dst, '.'), t, digits)
			i = n
			continue
		}
		if i == len(pattern) {
			return dst, false
		}
		if all, ok := composed[pattern[i]]; ok {
			dst, _ = strftime(dst, t, all)
			continue
		}
		longer, ok := sequence(dst, t, pattern[i], padding)
		if !ok {
			return dst, false
		}
		dst = longer
	}
	return dst, true
}

// sequence is a switch over the letters.
func sequence(dst []byte, t time.Time, letter, padding byte) ([]byte, bool) {
	hour12 := (t.Hour()+11)%12 + 1
	isoYear, isoWeek := t.ISOWeek()
	switch letter {
	case 'Y':
		return padded(dst, t.Year(), 4, padding), true
	case 'C':
		return padded(dst, int(FloorDiv(int64(t.Year()), 100)), 2, padding), true
	case 'y':
		return padded(dst, int(Modulo(int64(t.Year()), 100)), 2, padding), true
	case 'm':
		return padded(dst, int(t.Month()), 2, padding), true
	case 'd':
		return padded(dst, t.Day(), 2, padding), true
	case 'e':
		return padded(dst, t.Day(), 2, ' '), true
	case 'j':
		return padded(dst, t.YearDay(), 3, padding), true
	case 'H':
		return padded(dst, t.Hour(), 2, padding), true
	case 'k':
		return padded(dst, t.Hour(), 2, ' '), true
	case 'I':
		return padded(dst, hour12, 2, padding), true
	case 'l':
		return padded(dst, hour12, 2, ' '), true
	case 'M':
		return padded(dst, t.Minute(), 2, padding), true
	case 'S':
		return padded(dst, t.Second(), 2, padding), true
	case 'f':
		return appendFraction(dst, t, 9), true
	case 'p':
		return t.AppendFormat(dst, "PM"), true
	case 'P':
		return t.AppendFormat(dst, "pm"), true
	case 'a':
		return t.AppendFormat(dst, "Mon"), true
	case 'A':
		return t.AppendFormat(dst, "Monday"), true
	case 'b', 'h':
		return t.AppendFormat(dst, "Jan"), true
	case 'B':
		return t.AppendFormat(dst, "January"), true
	case 'u':
		return strconv.AppendInt(dst, int64(t.Weekday()+6)%7+1, 10), true
	case 'w':
		return strconv.AppendInt(dst, int64(t.Weekday()), 10), true
	case 'U':
		return padded(dst, (t.YearDay()+6-int(t.Weekday()))/7, 2, padding), true
	case 'W':
		return padded(dst, (t.YearDay()+6-int(t.Weekday()+6)%7)/7, 2, padding), true
	case 'V':
		return padded(dst, isoWeek, 2, padding), true
	case 'G':
		return padded(dst, isoYear, 4, padding), true
	case 's':
		return strconv.AppendInt(dst, t.Unix(), 10), true
	case 'z':
		return append(dst, "+0000"...), true
	case 'Z':
		return append(dst, "UTC"...), true
	case 'n':
		return append(dst, '\n'), true
	case 't':
		return append(dst, '\t'), true
	case '%':
		return append(dst, '%'), true
	}
	return dst, false
}
