package parse

import (
	"fmt"
	"unicode/utf8"

	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/operators/sql/problem"
)

// Diag is a mistake in a script: where it is, what it is and how to mend it.
type Diag struct {
	// Code is stable: E1xxx for the front end. Package problem tells more about it.
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
	// Result is the name of the result that the statement would have made; empty if it cannot be told.
	Result string
}

// At returns the Diag with the place filled in.
func (d Diag) At(src *ast.Source, at ast.Span) Diag {
	d.Script, d.Pos, d.End = src.Name, at.Pos, max(at.Pos, at.End)
	d.Line, d.Col = src.Position(at.Pos)
	return d
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

// Render returns the error with its code, the line of the text and a mark below the place, as problem.Report does.
func (d Diag) Render(src *ast.Source) string {
	end := max(d.Pos, min(d.End, len(src.Text)))
	return problem.Report{
		Place: fmt.Sprintf("%s:%d:%d", d.Script, d.Line, d.Col), Msg: d.Code + ": " + d.Msg, Fix: d.Hint,
		Line: d.Line, Col: d.Col, Text: src.Line(d.Line), Width: utf8.RuneCountInString(src.Text[min(d.Pos, end):end]),
	}.Render(false)
}
