package calendar

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// kind is what an item of a pattern stands for.
type kind byte

const (
	literal kind = iota
	year
	commaYear // 2,024
	isoYear
	century
	era // AD or BC
	quarter
	month
	monthName
	monthRoman
	isoWeek
	week      // counted in sevens from January 1
	monthWeek // counted in sevens from the first
	sundayWeek
	mondayWeek
	longWeek // the ISO week, counted on from or before this year's
	fullWeek // that of Sundays, the days before the first one being the last week of the year before
	fullYear // the year of the fullWeek
	day
	yearDay
	isoYearDay    // counted from the Monday of the first ISO week
	isoWeekday    // Monday is 1
	sundayWeekday // Sunday is 1
	weekday0      // Sunday is 0
	dayName
	hour24
	hour12
	minute
	second
	fraction
	daySeconds
	half // AM or PM
	zone
	epoch
	julian
)

// item is a piece of a pattern.
type item struct {
	kind  kind
	text  string // of a literal
	width int    // digits; of names the length that they are filled up to; 0: as long as it is
	last  int    // of a year: only so many of its last digits, whatever the width; 0: as the width says
	blank bool   // filled up with blanks instead of zeros
	short bool   // a name of three letters; a zone without a colon
	style byte   // of names and halves: U capitals, l small letters, else as names are written
	th    string // st, nd, rd, th behind a number
	dots  bool   // A.M. instead of AM
	era   bool   // a year counted in AD and BC, the pattern having these
}

// Pattern is a way to write times, and to read them.
type Pattern []item

// maxPattern bounds the text of a pattern.
const maxPattern = 1000

var (
	errLong     = errors.New("the pattern is longer than 1000 bytes")
	errSequence = errors.New("the pattern has an unknown %-sequence")
)

// compile reads a pattern of TO_CHAR, TO_DATE and TO_TIMESTAMP: with a % in it it is one of strftime, else one of
// PostgreSQL, and one of Java if it tells MM and mm apart.
func compile(text string) (Pattern, error) {
	switch {
	case len(text) > maxPattern:
		return nil, errLong
	case strings.Contains(text, "%"):
		return compilePercent(text, strftimeItems)
	case strings.Contains(text, "mm") && (strings.Contains(text, "MM") || strings.Contains(text, "HH") || strings.Contains(text, "hh")) && !strings.Contains(text, "MI"):
		return compileJava(text)
	}
	return compilePostgres(text), nil
}

// compileFormat reads a pattern of DATE_FORMAT and its kin: with a % in it it is one of MySQL, else one of Java.
func compileFormat(text string) (Pattern, error) {
	switch {
	case len(text) > maxPattern:
		return nil, errLong
	case strings.Contains(text, "%"):
		return compilePercent(text, mysqlItems)
	}
	return compileJava(text)
}

// add appends an item; literals next to each other become one.
func (p Pattern) add(it item) Pattern {
	if n := len(p); it.kind == literal && n > 0 && p[n-1].kind == literal {
		p[n-1].text += it.text
		return p
	}
	return append(p, it)
}

func (p Pattern) literal(text string) Pattern { return p.add(item{text: text}) }

// postgres are the words of PostgreSQL's patterns in capitals, longer ones before their beginnings.
var postgres = []struct {
	word string
	item item
}{
	{"IYYY", item{kind: isoYear, width: 4}},
	{"IYY", item{kind: isoYear, width: 3}},
	{"IY", item{kind: isoYear, width: 2}},
	{"IDDD", item{kind: isoYearDay, width: 3}},
	{"IW", item{kind: isoWeek, width: 2}},
	{"ID", item{kind: isoWeekday, width: 1}},
	{"I", item{kind: isoYear, width: 1}},
	{"Y,YYY", item{kind: commaYear}},
	{"YYYY", item{kind: year, width: 4}},
	{"YYY", item{kind: year, width: 3}},
	{"YY", item{kind: year, width: 2}},
	{"Y", item{kind: year, width: 1}},
	{"AD", item{kind: era}},
	{"BC", item{kind: era}},
	{"A.D.", item{kind: era, dots: true}},
	{"B.C.", item{kind: era, dots: true}},
	{"MONTH", item{kind: monthName, width: 9}},
	{"MON", item{kind: monthName, short: true}},
	{"MM", item{kind: month, width: 2}},
	{"RM", item{kind: monthRoman, width: 4}},
	{"MI", item{kind: minute, width: 2}},
	{"MS", item{kind: fraction, width: 3}},
	{"DAY", item{kind: dayName, width: 9}},
	{"DDD", item{kind: yearDay, width: 3}},
	{"DD", item{kind: day, width: 2}},
	{"DY", item{kind: dayName, short: true}},
	{"D", item{kind: sundayWeekday, width: 1}},
	{"WW", item{kind: week, width: 2}},
	{"W", item{kind: monthWeek, width: 1}},
	{"CC", item{kind: century, width: 2}},
	{"J", item{kind: julian}},
	{"Q", item{kind: quarter, width: 1}},
	{"HH24", item{kind: hour24, width: 2}},
	{"HH12", item{kind: hour12, width: 2}},
	{"HH", item{kind: hour12, width: 2}},
	{"SSSSS", item{kind: daySeconds}},
	{"SSSS", item{kind: daySeconds}},
	{"SS", item{kind: second, width: 2}},
	{"US", item{kind: fraction, width: 6}},
	{"FF1", item{kind: fraction, width: 1}},
	{"FF2", item{kind: fraction, width: 2}},
	{"FF3", item{kind: fraction, width: 3}},
	{"FF4", item{kind: fraction, width: 4}},
	{"FF5", item{kind: fraction, width: 5}},
	{"FF6", item{kind: fraction, width: 6}},
	{"AM", item{kind: half}},
	{"PM", item{kind: half}},
	{"A.M.", item{kind: half, dots: true}},
	{"P.M.", item{kind: half, dots: true}},
	{"TZH:TZM", item{kind: zone}},
	{"TZH", item{kind: zone, width: 2}},
	{"TZ", item{kind: zone, style: 'n'}},
	{"OF", item{kind: zone, width: 2}},
}

// compilePostgres knows FM, TM and TH, and text in double quotes. What is no word stands for itself.
func compilePostgres(text string) Pattern {
	var p Pattern
	fill := true
	for text != "" {
		switch {
		case text[0] == '"':
			inside, rest, _ := strings.Cut(text[1:], `"`)
			p, text = p.literal(inside), rest
			continue
		case text[0] == '\\' && len(text) > 1:
			p, text = p.literal(text[1:2]), text[2:]
			continue
		case hasWord(text, "FM"):
			fill, text = false, text[2:]
			continue
		case hasWord(text, "TM") && (hasWord(text[2:], "MON") || hasWord(text[2:], "DAY") || hasWord(text[2:], "DY")):
			fill, text = false, text[2:]
			continue
		case hasWord(text, "FX"):
			text = text[2:]
			continue
		}
		it, size := postgresItem(text)
		if size == 0 {
			p, text = p.literal(text[:1]), text[1:]
			continue
		}
		if !fill {
			if it.kind == year || it.kind == isoYear {
				it.last = it.width
			}
			it.width = 0
			fill = true
			if it.kind == fraction {
				it.width = map[string]int{"MS": 3, "US": 6}[strings.ToUpper(text[:2])]
			}
		}
		word := text[:size]
		text = text[size:]
		if !it.numeric() && it.kind != zone {
			it.style = styleOf(word)
		} else if hasWord(text, "TH") && !hasWord(text, "THH") && it.kind != zone {
			it.th, text = text[:2], text[2:]
		}
		p = p.add(it)
	}
	if slices.ContainsFunc(p, func(it item) bool { return it.kind == era }) {
		for i := range p {
			p[i].era = p[i].kind == year || p[i].kind == commaYear
		}
	}
	return p
}

// hasWord reports whether a text begins with a word in capitals or in small letters, as it were.
func hasWord(text, word string) bool {
	return len(text) >= len(word) && strings.EqualFold(text[:len(word)], word)
}

func postgresItem(text string) (it item, size int) {
	for _, w := range postgres {
		if hasWord(text, w.word) {
			return w.item, len(w.word)
		}
	}
	return it, 0
}

// styleOf says how a name is written that a word like MONTH, Month or month stands for.
func styleOf(word string) byte {
	switch {
	case word == strings.ToUpper(word):
		return 'U'
	case word == strings.ToLower(word):
		return 'l'
	}
	return 'M'
}

// compileJava reads yyyy-MM-dd HH:mm:ss.SSS, with text in single quotes.
func compileJava(text string) (Pattern, error) {
	var p Pattern
	for text != "" {
		c := text[0]
		switch {
		case strings.HasPrefix(text, "''"):
			p, text = p.literal("'"), text[2:]
			continue
		case c == '\'':
			inside, rest, ok := strings.Cut(text[1:], "'")
			if !ok {
				return nil, errors.New("the pattern has a quote without an end")
			}
			p, text = p.literal(inside), rest
			continue
		case c < 'A' || c > 'z' || c > 'Z' && c < 'a':
			p, text = p.literal(text[:1]), text[1:]
			continue
		}
		n := 1
		for n < len(text) && text[n] == c {
			n++
		}
		it, ok := javaItem(c, n)
		if !ok {
			return nil, fmt.Errorf("the pattern has the unknown letter %q", c)
		}
		p, text = p.add(it), text[n:]
	}
	return p, nil
}

// javaItem is a switch over the letters.
func javaItem(c byte, n int) (item, bool) {
	width := n
	if n == 1 {
		width = 0
	}
	switch c {
	case 'y', 'u':
		return item{kind: year, width: map[bool]int{true: 2, false: 4}[n == 2]}, true
	case 'Y':
		return item{kind: isoYear, width: 4}, true
	case 'M', 'L':
		if n > 2 {
			return item{kind: monthName, short: n == 3, style: 'M'}, true
		}
		return item{kind: month, width: width}, true
	case 'd':
		return item{kind: day, width: width}, true
	case 'D':
		return item{kind: yearDay, width: width}, true
	case 'E':
		return item{kind: dayName, short: n <= 3, style: 'M'}, true
	case 'e':
		return item{kind: isoWeekday, width: width}, true
	case 'w':
		return item{kind: isoWeek, width: width}, true
	case 'q', 'Q':
		return item{kind: quarter, width: width}, true
	case 'H':
		return item{kind: hour24, width: width}, true
	case 'h':
		return item{kind: hour12, width: width}, true
	case 'm':
		return item{kind: minute, width: width}, true
	case 's':
		return item{kind: second, width: width}, true
	case 'S':
		return item{kind: fraction, width: min(n, 9)}, true
	case 'a':
		return item{kind: half, style: 'U'}, true
	case 'z', 'V':
		return item{kind: zone, style: 'n'}, true
	case 'Z':
		return item{kind: zone, short: true}, true
	case 'X':
		return item{kind: zone, style: 'Z', short: n < 3}, true
	case 'x':
		return item{kind: zone, short: n < 3}, true
	}
	return item{}, false
}

// named are the items that most letters behind a % mean everywhere.
var named = map[byte]item{
	'Y': {kind: year, width: 4}, 'y': {kind: year, width: 2}, 'm': {kind: month, width: 2}, 'd': {kind: day, width: 2}, 'e': {kind: day},
	'H': {kind: hour24, width: 2}, 'k': {kind: hour24}, 'I': {kind: hour12, width: 2}, 'l': {kind: hour12},
	'S': {kind: second, width: 2}, 'p': {kind: half, style: 'U'}, 'j': {kind: yearDay, width: 3},
	'a': {kind: dayName, short: true, style: 'M'}, 'b': {kind: monthName, short: true, style: 'M'}, 'w': {kind: weekday0, width: 1},
}

// strftimeItems reads a letter of strftime's patterns.
func strftimeItems(c byte) (Pattern, bool) {
	if all, ok := composed[c]; ok {
		p, err := compilePercent(all, strftimeItems)
		return p, err == nil
	}
	if it, ok := named[c]; ok {
		return Pattern{it}, true
	}
	it, ok := map[byte]item{
		'M': {kind: minute, width: 2}, 'f': {kind: fraction}, 'P': {kind: half, style: 'l'}, 'h': {kind: monthName, short: true, style: 'M'},
		'B': {kind: monthName, style: 'M'}, 'A': {kind: dayName, style: 'M'}, 'z': {kind: zone, short: true}, 'Z': {kind: zone, style: 'n'},
		's': {kind: epoch}, 'u': {kind: isoWeekday, width: 1}, 'V': {kind: isoWeek, width: 2}, 'G': {kind: isoYear, width: 4},
		'U': {kind: sundayWeek, width: 2}, 'W': {kind: mondayWeek, width: 2}, 'C': {kind: century, width: 2}, 'q': {kind: quarter, width: 1},
	}[c]
	return Pattern{it}, ok
}

// mysqlItems reads a letter of MySQL's patterns. An unknown one stands for itself.
func mysqlItems(c byte) (Pattern, bool) {
	if it, ok := named[c]; ok {
		return Pattern{it}, true
	}
	switch c {
	case 'r':
		return Pattern{named['I'], {text: ":"}, {kind: minute, width: 2}, {text: ":"}, named['S'], {text: " "}, named['p']}, true
	case 'T':
		return Pattern{named['H'], {text: ":"}, {kind: minute, width: 2}, {text: ":"}, named['S']}, true
	}
	it, ok := map[byte]item{
		'M': {kind: monthName, style: 'M'}, 'W': {kind: dayName, style: 'M'}, 'c': {kind: month}, 'D': {kind: day, th: "th"}, 'h': named['I'],
		'i': {kind: minute, width: 2}, 's': named['S'], 'f': {kind: fraction, width: 6}, 'U': {kind: sundayWeek, width: 2}, 'u': {kind: longWeek, width: 2},
		'v': {kind: isoWeek, width: 2}, 'x': {kind: isoYear, width: 4}, 'V': {kind: fullWeek, width: 2}, 'X': {kind: fullYear, width: 4},
	}[c]
	if !ok {
		it = item{text: string(rune(c))}
	}
	return Pattern{it}, c < 0x80
}

// compilePercent reads a pattern of sequences that begin with %.
func compilePercent(text string, of func(c byte) (Pattern, bool)) (Pattern, error) {
	var p Pattern
	for {
		before, rest, found := strings.Cut(text, "%")
		if before != "" {
			p = p.literal(before)
		}
		switch {
		case !found:
			return p, nil
		case rest == "":
			return nil, errors.New("the pattern ends with a %")
		case rest[0] == '%':
			p, text = p.literal("%"), rest[1:]
			continue
		case rest[0] == '-' && len(rest) > 1:
			rest = rest[1:]
		case strings.HasPrefix(rest, ".f"):
			p, text = p.literal(".").add(item{kind: fraction}), rest[2:]
			continue
		case len(rest) > 2 && rest[0] == '.' && rest[1] >= '1' && rest[1] <= '9' && rest[2] == 'f':
			p, text = p.literal(".").add(item{kind: fraction, width: int(rest[1] - '0')}), rest[3:]
			continue
		}
		items, ok := of(rest[0])
		if !ok {
			return nil, fmt.Errorf("the pattern has the unknown sequence %%%c", rest[0])
		}
		for _, it := range items {
			p = p.add(it)
		}
		text = rest[1:]
	}
}

// Names of months and days in English.
var (
	monthNames = names(12, func(i int) string { return time.Month(i + 1).String() })
	dayNames   = names(7, func(i int) string { return time.Weekday(i).String() })
	romanNames = []string{"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"}
)

func names(n int, of func(i int) string) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = of(i)
	}
	return out
}
