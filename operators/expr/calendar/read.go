package calendar

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// found collects what was read of a time.
type found struct {
	year, month, day, yearDay, hour, minute, second, micros, offset int64
	hour12, afternoon, epoch, before                                bool
	seconds                                                         int64 // since 1970
}

// read reads a time by the pattern. Blanks in the pattern match any number of blanks; any other character
// that is no letter or digit matches any such character.
func (p Pattern) read(s string) (micros int64, err error) {
	f := found{year: 1970, month: 1, day: 1}
	rest := s
	for i := range p {
		it := &p[i]
		tight := i+1 < len(p) && p[i+1].numeric() // digits follow at once
		if rest, err = it.read(rest, &f, tight); err != nil {
			return 0, err
		}
	}
	if rest = strings.TrimSpace(rest); rest != "" {
		return 0, fmt.Errorf("nothing of the pattern matches %q", clip(rest))
	}
	return f.time()
}

func clip(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "..."
	}
	return s
}

func (it *item) numeric() bool {
	switch it.kind {
	case literal, monthName, monthRoman, dayName, half, era, zone:
		return false
	}
	return true
}

// read takes the item off the start of s. It is a switch over the kinds.
func (it *item) read(s string, f *found, tight bool) (rest string, err error) {
	switch it.kind {
	case literal:
		return readLiteral(s, it.text)
	case monthName, dayName:
		list := monthNames
		if it.kind == dayName {
			list = dayNames
		}
		k, rest, err := readName(strings.TrimLeft(s, " "), list)
		if it.kind == monthName {
			f.month = int64(k + 1)
		}
		return rest, err
	case half:
		second, rest, err := it.readPair(s, "AM", "PM")
		f.hour12, f.afternoon = true, second
		return rest, err
	case era:
		second, rest, err := it.readPair(s, "AD", "BC")
		f.before = second
		return rest, err
	case monthRoman, commaYear, isoYear, isoYearDay:
		return s, errUnread
	case zone:
		return f.readZone(s)
	case fraction:
		return f.readFraction(s, it, tight)
	}
	n, rest, err := it.readNumber(s, tight)
	if err != nil {
		return s, err
	}
	switch it.kind {
	case year:
		f.year = near2020(n, max(it.width, it.last))
	case month:
		f.month = n
	case day:
		f.day = n
	case yearDay:
		f.yearDay = n
	case hour24:
		f.hour = n
	case hour12:
		f.hour, f.hour12 = n, true
	case minute:
		f.minute = n
	case second:
		f.second = n
	case daySeconds:
		f.second = n
		if n < 0 || n > 86400 {
			return s, fmt.Errorf("%d is no second of a day", n)
		}
		f.hour, f.minute, f.second = n/3600, n/60%60, n%60
	case epoch:
		f.epoch, f.seconds = true, n
	case isoWeekday, sundayWeekday, weekday0, quarter: // the date says the same
	default:
		return s, errUnread
	}
	if len(it.th) > 0 {
		rest = strings.TrimLeft(rest, "sndrthSNDRTH")
	}
	return rest, nil
}

var errUnread = errors.New("the pattern has something that times can be written with but not read")

// near2020 completes a year that a pattern gives fewer than four digits: the one nearest to 2020.
func near2020(n int64, digits int) int64 {
	switch {
	case digits == 0 || digits > 3 || n < 0 || n > 999:
		return n
	case n < 70 || n >= 100 && n < 520:
		return n + 2000
	case n < 100:
		return n + 1900
	}
	return n + 1000
}

// readPair reads one of two abbreviations, perhaps with dots, and reports whether it is the second.
func (it *item) readPair(s, first, second string) (isSecond bool, rest string, err error) {
	s = strings.TrimLeft(s, " ")
	for i, word := range []string{first, second} {
		for _, w := range []string{word, word[:1] + "." + word[1:] + "."} {
			if hasWord(s, w) {
				return i == 1, s[len(w):], nil
			}
		}
	}
	return false, s, fmt.Errorf("no %s or %s at %q", first, second, clip(s))
}

func readLiteral(s, text string) (string, error) {
	for _, r := range text {
		switch {
		case r == ' ':
			s = strings.TrimLeft(s, " ")
		case s == "":
			return s, fmt.Errorf("the text ends before the %q of the pattern", r)
		default:
			c := rune(s[0])
			alike := c == r || !letterOrDigit(r) && !letterOrDigit(c) && r < 0x80 && c < 0x80
			if r >= 0x80 {
				alike = strings.HasPrefix(s, string(r))
			}
			if !alike {
				return s, fmt.Errorf("no %q at %q", r, clip(s))
			}
			size := 1
			if r >= 0x80 {
				size = len(string(r))
			}
			s = s[size:]
		}
	}
	return s, nil
}

func letterOrDigit(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// readNumber reads as many digits as the item has at most: four for a year, more if no digits follow it.
func (it *item) readNumber(s string, tight bool) (n int64, rest string, err error) {
	s = strings.TrimLeft(s, " ")
	most := 2
	switch it.kind {
	case year, isoYear:
		digits := max(it.width, it.last)
		if most = 6; tight || digits > 0 && digits < 4 {
			most = max(digits, 2)
		}
	case yearDay:
		most = 3
	case daySeconds:
		most = 5
	case epoch:
		most = 12
	case isoWeekday, sundayWeekday, weekday0, quarter, monthWeek:
		most = 1
	}
	negative := false
	if len(s) > 0 && s[0] == '-' && (it.kind == epoch || it.kind == year && !tight) {
		negative, s = true, s[1:]
	}
	digits := 0
	for digits < len(s) && digits < most && s[digits] >= '0' && s[digits] <= '9' {
		n = 10*n + int64(s[digits]-'0')
		digits++
	}
	if digits == 0 {
		return 0, s, fmt.Errorf("no number at %q", clip(s))
	}
	if negative {
		n = -n
	}
	return n, s[digits:], nil
}

// readFraction reads digits of a fraction of a second, those after the sixth being dropped.
func (f *found) readFraction(s string, it *item, tight bool) (string, error) {
	most, digits, scale := 9, 0, int64(100000)
	if tight {
		most = max(it.width, 1)
	}
	f.micros = 0
	for digits < len(s) && digits < most && s[digits] >= '0' && s[digits] <= '9' {
		f.micros += int64(s[digits]-'0') * scale
		scale /= 10
		digits++
	}
	if digits == 0 {
		return s, fmt.Errorf("no fraction of a second at %q", clip(s))
	}
	return s[digits:], nil
}

// readName reads a name of a list, or its first three letters, in any case.
func readName(s string, list []string) (int, string, error) {
	for k, name := range list {
		if hasWord(s, name) {
			return k, s[len(name):], nil
		}
	}
	for k, name := range list {
		if hasWord(s, name[:3]) {
			return k, s[3:], nil
		}
	}
	return 0, s, fmt.Errorf("no name of a month or a day at %q", clip(s))
}

// readZone reads Z, UTC, GMT, +02, +0200 or +02:00.
func (f *found) readZone(s string) (string, error) {
	s = strings.TrimLeft(s, " ")
	for _, word := range []string{"UTC", "GMT", "Z"} {
		if hasWord(s, word) {
			return s[len(word):], nil
		}
	}
	end := 0
	for end < len(s) && end < 6 && (end == 0 && (s[0] == '+' || s[0] == '-') || end > 0 && (s[end] >= '0' && s[end] <= '9' || s[end] == ':')) {
		end++
	}
	minutes, ok := parseOffset(s[:end])
	if !ok {
		return s, fmt.Errorf("no offset of a time zone at %q", clip(s))
	}
	f.offset = minutes
	return s[end:], nil
}

// parseOffset reads +02, +0200 or +02:00 as minutes.
func parseOffset(s string) (minutes int64, ok bool) {
	if len(s) < 2 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	digits := strings.Replace(s[1:], ":", "", 1)
	if len(digits) == 1 || len(digits) == 3 {
		digits = "0" + digits
	}
	if len(digits) != 2 && len(digits) != 4 {
		return 0, false
	}
	n := int64(0)
	for i := range digits {
		if digits[i] < '0' || digits[i] > '9' {
			return 0, false
		}
		n = 10*n + int64(digits[i]-'0')
	}
	if len(digits) == 2 {
		n *= 100
	}
	minutes = n/100*60 + n%100
	if n%100 > 59 || minutes > 18*60 {
		return 0, false
	}
	if s[0] == '-' {
		minutes = -minutes
	}
	return minutes, true
}

// time puts together what was read.
func (f *found) time() (int64, error) {
	if f.epoch {
		return f.seconds*1e6 + f.micros, nil
	}
	if f.hour12 {
		if f.hour < 1 || f.hour > 12 {
			return 0, fmt.Errorf("%d is no hour of 12", f.hour)
		}
		if f.hour %= 12; f.afternoon {
			f.hour += 12
		}
	}
	days, err := f.days()
	if err != nil {
		return 0, err
	}
	if f.hour > 24 || f.minute > 59 || f.second > 59 || f.hour == 24 && f.minute+f.second+f.micros > 0 {
		return 0, fmt.Errorf("%02d:%02d:%02d is no time of the day", f.hour, f.minute, f.second)
	}
	return days*DayMicros + (f.hour*3600+f.minute*60+f.second)*1e6 + f.micros - f.offset*60e6, nil
}

// days returns the day since 1970.
func (f *found) days() (int64, error) {
	if f.before {
		f.year = 1 - f.year
	}
	if f.year < -290000 || f.year > 290000 {
		return 0, fmt.Errorf("the year %d is out of range", f.year)
	}
	if f.yearDay > 0 {
		t := time.Date(int(f.year), 1, int(f.yearDay), 0, 0, 0, 0, time.UTC)
		if int64(t.Year()) != f.year {
			return 0, fmt.Errorf("%04d has no day %d", f.year, f.yearDay)
		}
		return FloorDiv(t.Unix(), 86400), nil
	}
	day, ok := DayOf(f.year, f.month, f.day)
	if !ok {
		return 0, fmt.Errorf("%04d-%02d-%02d is no day in the calendar", f.year, f.month, f.day)
	}
	return int64(day), nil
}
