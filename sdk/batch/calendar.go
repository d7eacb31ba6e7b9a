package batch

import (
	"errors"
	"strconv"
	"strings"
)

const microsPerDay = 24 * 3600 * 1e6

// civil returns the date of a day since 1970-01-01 in the proleptic Gregorian calendar. The year is
// counted from March in steps of 400 years (146097 days), so that the leap day comes last.
func civil(day int64) (year int64, month, dayOfMonth int) {
	day += 719468 // 0000-03-01
	era := floorDiv(day, 146097)
	doe := day - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	year, month, dayOfMonth = yoe+era*400, int(mp)+3, int(doy-(153*mp+2)/5)+1
	if month > 12 {
		year, month = year+1, month-12
	}
	return year, month, dayOfMonth
}

// days is the inverse of civil.
func days(year int64, month, dayOfMonth int) int64 {
	if month <= 2 {
		year, month = year-1, month+12
	}
	era := floorDiv(year, 400)
	yoe := year - era*400
	doy := int64((153*(month-3)+2)/5 + dayOfMonth - 1)
	return era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 719468
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// appendPadded appends n with zeros in front up to width digits.
func appendPadded(dst []byte, n int64, width int) []byte {
	for width--; width > 0 && n < pow10s[width]; width-- {
		dst = append(dst, '0')
	}
	return strconv.AppendInt(dst, n, 10)
}

var pow10s = [...]int64{1, 10, 100, 1000, 1e4, 1e5}

// appendDate appends YYYY-MM-DD; a year outside 0..9999 has a sign and as many digits as it needs.
func appendDate(dst []byte, day int64) []byte {
	year, month, dom := civil(day)
	switch {
	case year < 0:
		dst, year = append(dst, '-'), -year
	case year > 9999:
		dst = append(dst, '+')
	}
	dst = appendPadded(dst, year, 4)
	dst = appendPadded(append(dst, '-'), int64(month), 2)
	return appendPadded(append(dst, '-'), int64(dom), 2)
}

// appendTimestamp appends RFC 3339 in UTC, with a fraction of at least digits (0 or 3) digits, and of
// as many of 0, 3 and 6 as the value needs.
func appendTimestamp(dst []byte, micros int64, digits int) []byte {
	day := floorDiv(micros, microsPerDay)
	rest := micros - day*microsPerDay
	dst = append(appendDate(dst, day), 'T')
	seconds, fraction := rest/1e6, rest%1e6
	dst = append(appendPadded(dst, seconds/3600, 2), ':')
	dst = append(appendPadded(dst, seconds/60%60, 2), ':')
	dst = appendPadded(dst, seconds%60, 2)
	switch {
	case fraction%1000 != 0:
		dst = appendPadded(append(dst, '.'), fraction, 6)
	case fraction != 0 || digits == 3:
		dst = appendPadded(append(dst, '.'), fraction/1000, 3)
	}
	return append(dst, 'Z')
}

var errDate = errors.New("dates are written YYYY-MM-DD")

// parseDate reads YYYY-MM-DD at the start of s and returns what follows.
func parseDate(s string) (day int64, rest string, err error) {
	sign := int64(1)
	digits, long := s, false
	if s != "" && (s[0] == '-' || s[0] == '+') {
		digits, long = s[1:], true
		if s[0] == '-' {
			sign = -1
		}
	}
	width := strings.IndexByte(digits, '-')
	if width < 4 || width > 7 || width > 4 && !long || len(digits) < width+6 || digits[width+3] != '-' {
		return 0, "", errDate
	}
	year, ok1 := number(digits[:width])
	month, ok2 := number(digits[width+1 : width+3])
	dom, ok3 := number(digits[width+4 : width+6])
	if !ok1 || !ok2 || !ok3 {
		return 0, "", errDate
	}
	year *= sign
	if month < 1 || month > 12 || dom < 1 || dom > daysIn(year, int(month)) {
		return 0, "", errors.New("no such day in the calendar")
	}
	return days(year, int(month), int(dom)), digits[width+6:], nil
}

func daysIn(year int64, month int) int64 {
	if month == 2 {
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 30 + int64(month+month/8)&1
}

// number reads a short unsigned number of digits only.
func number(s string) (n int64, ok bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	return n, s != ""
}

var errTimestamp = errors.New("timestamps are written 2006-01-02T15:04:05.999999Z")

// parseTimestamp reads a date, a time and an offset as microseconds. A blank may stand for the T, a
// missing time is midnight, a missing offset is UTC, and digits past microseconds are dropped.
func parseTimestamp(s string) (int64, error) {
	day, rest, err := parseDate(s)
	if err != nil {
		return 0, errTimestamp
	}
	if rest == "" {
		return scaleMicros(day, 0)
	}
	if rest[0] != 'T' && rest[0] != 't' && rest[0] != ' ' || len(rest) < 6 || rest[3] != ':' {
		return 0, errTimestamp
	}
	hour, ok1 := number(rest[1:3])
	minute, ok2 := number(rest[4:6])
	rest = rest[6:]
	second, micros, ok3 := int64(0), int64(0), true
	if len(rest) >= 3 && rest[0] == ':' {
		second, ok3 = number(rest[1:3])
		rest = rest[3:]
		if ok3 && rest != "" && (rest[0] == '.' || rest[0] == ',') {
			micros, rest, ok3 = parseFraction(rest[1:])
		}
	}
	offset, ok4 := parseOffset(rest)
	if !ok1 || !ok2 || !ok3 || !ok4 || hour > 23 || minute > 59 || second > 59 {
		return 0, errTimestamp
	}
	return scaleMicros(day, ((hour*60+minute)*60+second-offset)*1e6+micros)
}

// scaleMicros returns day and micros, which are less than two days, as one number.
func scaleMicros(day, micros int64) (int64, error) {
	day, micros = day+floorDiv(micros, microsPerDay), micros-floorDiv(micros, microsPerDay)*microsPerDay
	if day < 0 {
		day, micros = day+1, micros-microsPerDay // so that the product of the first day fits, too
	}
	const limit = 106751991 // whole days in 63 bits of microseconds
	if day < -limit || day > limit {
		return 0, errRange
	}
	start := day * microsPerDay
	if sum := start + micros; (sum < start) == (micros < 0) {
		return sum, nil
	}
	return 0, errRange
}

// parseFraction reads digits as millionths and returns what follows.
func parseFraction(s string) (micros int64, rest string, ok bool) {
	n := 0
	for ; n < len(s) && s[n] >= '0' && s[n] <= '9'; n++ {
		if n < 6 {
			micros = micros*10 + int64(s[n]-'0')
		}
	}
	for i := n; i < 6; i++ {
		micros *= 10
	}
	return micros, s[n:], n > 0
}

// parseOffset reads "", Z, +02, +0200 or +02:00 as seconds east of UTC.
func parseOffset(s string) (seconds int64, ok bool) {
	if s == "" || s == "Z" || s == "z" {
		return 0, true
	}
	sign := int64(1)
	switch s[0] {
	case '+':
	case '-':
		sign = -1
	default:
		return 0, false
	}
	digits := strings.Replace(s[1:], ":", "", 1)
	if len(digits) == 2 {
		digits += "00"
	}
	if len(digits) != 4 {
		return 0, false
	}
	hour, ok1 := number(digits[:2])
	minute, ok2 := number(digits[2:])
	return sign * (hour*60 + minute) * 60, ok1 && ok2 && hour < 24 && minute < 60
}

// appendDuration appends a duration as Go writes it: 1h30m0.5s.
func appendDuration(dst []byte, micros int64) []byte {
	size := uint64(micros)
	if micros < 0 {
		dst, size = append(dst, '-'), -size
	}
	hours, minutes := size/3600e6, size/60e6%60
	if hours > 0 {
		dst = append(strconv.AppendUint(dst, hours, 10), 'h')
	}
	if hours > 0 || minutes > 0 {
		dst = append(strconv.AppendUint(dst, minutes, 10), 'm')
	}
	dst = strconv.AppendUint(dst, size/1e6%60, 10)
	if fraction := size % 1e6; fraction != 0 {
		dst = appendPadded(append(dst, '.'), int64(fraction), 6)
		for dst[len(dst)-1] == '0' {
			dst = dst[:len(dst)-1]
		}
	}
	return append(dst, 's')
}

var errDuration = errors.New("durations are written 1h30m0.5s")

// parseDuration reads numbers with units, as microseconds; what is smaller must be zero.
func parseDuration(s string) (int64, error) {
	neg, rest := false, s
	if rest != "" && (rest[0] == '-' || rest[0] == '+') {
		neg, rest = rest[0] == '-', rest[1:]
	}
	if rest == "" {
		return 0, errDuration
	}
	total := u128{}
	for rest != "" {
		n := strings.IndexFunc(rest, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
		if n <= 0 {
			return 0, errDuration
		}
		digits := rest[:n]
		rest = rest[n:]
		m := strings.IndexAny(rest, "0123456789.")
		if m < 0 {
			m = len(rest)
		}
		scale, factor, ok := unit(rest[:m])
		if !ok {
			return 0, errDuration
		}
		rest = rest[m:]
		_, size, err := parseDigits(digits, scale, pow10(20))
		if err != nil {
			return 0, err
		}
		size, ok1 := size.mulAdd(factor, total.lo)
		if !ok1 || size.hi != 0 {
			return 0, errRange
		}
		total = size
	}
	if total.lo > 1<<63 || total.lo == 1<<63 && !neg {
		return 0, errRange
	}
	if neg {
		return int64(-total.lo), nil
	}
	return int64(total.lo), nil
}

// unit returns a unit as 10^scale times factor microseconds.
func unit(s string) (scale int, factor uint64, ok bool) {
	switch s {
	case "ns":
		return -3, 1, true
	case "us", "µs", "μs":
		return 0, 1, true
	case "ms":
		return 3, 1, true
	case "s":
		return 6, 1, true
	case "m":
		return 6, 60, true
	case "h":
		return 6, 3600, true
	}
	return 0, 0, false
}
