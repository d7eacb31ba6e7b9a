package parse

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// Diag is a mistake in a script: where it is, what it is and how to mend it.
type Diag struct {
	// Code is stable: E1xxx for the front end. Explain tells more about it.
	Code string
	// Script is the name of the script.
	Script string
	// Pos and End are the bytes of the script that the mistake is about.
	Pos, End int
	// Line and Col are the place of Pos, both from 1; a column is a character.
	Line, Col int
	// Msg names the thing and the cause.
	Msg string
	// Hint says how to mend it; it may be empty.
	Hint string
}

// NewDiag makes a Diag for a place of a script.
func NewDiag(src *ast.Source, at ast.Span, code, msg, hint string) Diag {
	line, col := src.Position(at.Pos)
	return Diag{Code: code, Script: src.Name, Pos: at.Pos, End: max(at.Pos, at.End), Line: line, Col: col, Msg: msg, Hint: hint}
}

// Error returns "script:line:col: message; hint".
func (d Diag) Error() string {
	s := fmt.Sprintf("%s:%d:%d: %s", d.Script, d.Line, d.Col, d.Msg)
	if d.Hint != "" {
		s += "; " + d.Hint
	}
	return s
}

// Span returns the bytes of the script that the mistake is about.
func (d Diag) Span() ast.Span { return ast.Span{Pos: d.Pos, End: d.End} }

// maxShown is how many characters of a line are shown around a mistake.
const maxShown = 100

// Render returns the error with its code, the line of the text and a mark below the place:
//
//	views.sql:2:8: E1010: unexpected FROM
//	  2 | SELECT FROM t
//	    |        ^^^^
//	  fix: ...
func (d Diag) Render(src *ast.Source) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: %s: %s\n", d.Script, d.Line, d.Col, d.Code, d.Msg)
	line := []rune(src.Line(d.Line))
	first := min(d.Col-1, len(line))
	end := max(d.Pos, min(d.End, len(src.Text)))
	length := max(1, min(utf8.RuneCountInString(src.Text[min(d.Pos, end):end]), len(line)-first))
	if cut := first - maxShown/2; cut > 0 && len(line) > maxShown {
		line = append([]rune("..."), line[cut:]...)
		first += 3 - cut
	}
	if len(line) > maxShown {
		line = append(line[:maxShown:maxShown], []rune("...")...)
		length = max(1, min(length, maxShown-first))
	}
	margin := fmt.Sprintf("%3d", d.Line)
	fmt.Fprintf(&b, "%s | %s\n", margin, string(line))
	fmt.Fprintf(&b, "%*s | ", len(margin), "")
	for _, r := range line[:min(first, len(line))] {
		if r != '\t' {
			r = ' '
		}
		b.WriteRune(r)
	}
	b.WriteString(strings.Repeat("^", length) + "\n")
	if d.Hint != "" {
		fmt.Fprintf(&b, "  fix: %s\n", d.Hint)
	}
	return b.String()
}
