package problem

import (
	"fmt"
	"strings"
)

// Report is a mistake as it is shown to whoever made it.
type Report struct {
	// Place is file:line:column, as far as they are known.
	Place string
	// Msg names the thing and the cause, behind the code if it has one: "E2002: unknown column".
	Msg string
	// Fix says how to mend it; it may be empty.
	Fix string
	// Line and Col say where in the file Text, the line of the mistake, and in it the mistake begin, both from 1. With
	// a Line of 0 no text is shown.
	Line, Col int
	Text      string
	// Width is how many characters are marked, at least one.
	Width int
	// Warning says that nothing stops for it.
	Warning bool
}

// maxShown is how many characters of a line are shown around a mistake.
const maxShown = 100

// The colours of a terminal.
const (
	bold, red, yellow, blue, plain = "\x1b[1m", "\x1b[31;1m", "\x1b[33;1m", "\x1b[34m", "\x1b[0m"
)

// Render returns the mistake with the line of the text and a mark below the place, perhaps in the colours of a
// terminal:
//
//	views.sql:2:8: E1010: unexpected FROM
//	  2 | SELECT FROM t
//	    |        ^^^^
//	  fix: expected an expression
func (r Report) Render(colour bool) string {
	paint := func(how, text string) string {
		if !colour || text == "" {
			return text
		}
		return how + text + plain
	}
	mark := red
	if r.Warning {
		mark = yellow
	}
	var b strings.Builder
	if r.Place != "" {
		b.WriteString(paint(bold, r.Place+":") + " ")
	}
	code, rest, ok := strings.Cut(r.Msg, ": ")
	if ok && IsCode(code) {
		b.WriteString(paint(mark, code+":") + " " + rest + "\n")
	} else {
		b.WriteString(r.Msg + "\n")
	}
	if r.Line > 0 {
		line, blank, marks := r.excerpt()
		margin := fmt.Sprintf("%3d", r.Line)
		fmt.Fprintf(&b, "%s %s\n", paint(blue, margin+" |"), line)
		fmt.Fprintf(&b, "%s %s%s\n", paint(blue, strings.Repeat(" ", len(margin))+" |"), blank, paint(mark, marks))
	}
	if r.Fix != "" {
		fmt.Fprintf(&b, "  %s %s\n", paint(bold, "fix:"), r.Fix)
	}
	return b.String()
}

// excerpt returns the part of the line around the mistake, what stands below it up to the mistake, and the marks.
func (r Report) excerpt() (text, blank, marks string) {
	line := []rune(strings.Map(printable, strings.ToValidUTF8(r.Text, "\ufffd")))
	first := max(0, min(r.Col-1, len(line)))
	length := max(1, min(r.Width, len(line)-first))
	if cut := first - maxShown/2; cut > 0 && len(line) > maxShown {
		line = append([]rune("..."), line[cut:]...)
		first += 3 - cut
	}
	if len(line) > maxShown {
		line = append(line[:maxShown:maxShown], []rune("...")...)
		length = max(1, min(length, maxShown-first))
	}
	below := strings.Map(func(c rune) rune {
		switch {
		case c == '\t':
			return c
		case wide(c):
			return '\u3000' // a blank of two columns
		}
		return ' '
	}, string(line[:min(first, len(line))]))
	return string(line), below, strings.Repeat("^", length)
}

// printable keeps what a terminal would take for a command from it.
func printable(c rune) rune {
	if c < ' ' && c != '\t' || c == 0x7f || c >= 0x80 && c < 0xa0 {
		return '\ufffd'
	}
	return c
}

// wide reports whether a terminal gives a character two columns: those of Chinese, Japanese and Korean, and the
// full-width forms.
func wide(c rune) bool {
	return c >= 0x1100 && c <= 0x115f || c >= 0x2e80 && c <= 0xa4cf || c >= 0xac00 && c <= 0xd7a3 ||
		c >= 0xf900 && c <= 0xfaff || c >= 0xfe30 && c <= 0xfe6f || c >= 0xff00 && c <= 0xff60 || c >= 0x1f300 && c <= 0x1faff || c >= 0x20000 && c <= 0x3fffd
}
