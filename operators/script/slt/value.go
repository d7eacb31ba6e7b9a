package slt

import (
	"math"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/sdk/batch"
)

const null = "NULL"

// cellText returns row i of a column as an answer has it, under a letter of the types: I, R, or any other for text.
func cellText(c *batch.Column, i int, letter byte) string {
	if c.Null(i) {
		return null
	}
	text := string(batch.AppendText(nil, c, i))
	switch letter {
	case 'I':
		return integerText(c.Type, text)
	case 'R':
		return strconv.FormatFloat(number(c.Type, text), 'f', 3, 64)
	}
	return printable(text)
}

// natural returns row i of a column as it is written everywhere else.
func natural(c *batch.Column, i int) string {
	if c.Null(i) {
		return null
	}
	return printable(string(batch.AppendText(nil, c, i)))
}

func printable(text string) string {
	if text == "" {
		return "(empty)"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '@'
		}
		return r
	}, text)
}

// integerText returns the text of a value as an integer: truncated, and of a text the number that it begins with.
func integerText(t batch.Type, text string) string {
	switch {
	case t.Kind == batch.Bool && text == "true":
		return "1"
	case t.Kind == batch.Bool:
		return "0"
	case t.Float():
		f := number(t, text)
		if math.IsNaN(f) || math.Abs(f) >= 1<<63 {
			return text
		}
		return strconv.FormatInt(int64(f), 10)
	}
	digits := leading(text, false)
	if digits == "" || digits == "-" {
		return "0"
	}
	return digits
}

// number returns the number that a value is or, as a text, begins with.
func number(t batch.Type, text string) float64 {
	if t.Kind == batch.Bool {
		return map[bool]float64{true: 1}[text == "true"]
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return f
	}
	f, _ := strconv.ParseFloat(leading(text, true), 64) // 0 for a text without a number
	return f
}

// leading returns the sign and the digits that a text begins with, and with point also a fraction.
func leading(text string, point bool) string {
	end := 0
	for end < len(text) {
		switch c := text[end]; {
		case c >= '0' && c <= '9', c == '-' && end == 0:
		case c == '.' && point:
			point = false
		default:
			return text[:end]
		}
		end++
	}
	return text[:end]
}
