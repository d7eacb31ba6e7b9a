package plan

import (
	"fmt"

	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// Problem is a mistake in a script, or something worth a warning, at its place in the text.
type Problem struct {
	Span ast.Span
	// Code is stable: E2xxx are errors of names and types, W2xxx warnings.
	Code string
	Msg  string
	// Hint says how to mend it; "" if nothing can be said.
	Hint string
	// Warning says that the script runs all the same.
	Warning bool
}

// Error returns the message and the hint.
func (p *Problem) Error() string {
	if p.Hint == "" {
		return p.Msg
	}
	return p.Msg + "; " + p.Hint
}

// The codes of problems.
const (
	codeTable       = "E2001" // unknown table
	codeColumn      = "E2002" // unknown column
	codeAmbiguous   = "E2003" // ambiguous column
	codeFunction    = "E2004" // unknown function or wrong arguments
	codeType        = "E2005" // types do not fit
	codeGroup       = "E2006" // column is neither grouped nor aggregated
	codeName        = "E2007" // a name is missing, used twice, or goes in a circle
	codeJoin        = "E2008" // a join that cannot be computed
	codeShape       = "E2009" // inputs of UNION or of a column list do not fit
	codeKey         = "E2010" // a declared key does not fit
	codeState       = "E2011" // state is predicted to exceed the memory budget
	codeUnsupported = "E2900" // not supported yet
	warnGroup       = "W2001" // undetermined column beside GROUP BY
	warnUnused      = "W2002" // a result that nothing uses
	warnCount       = "W2003" // COUNT of several arguments
	warnOrder       = "W2004" // an order that a view does not keep
	warnStream      = "W2005" // state grows with every row of a stream
	warnPairs       = "W2006" // a join that compares all pairs of rows
)

// errBind says that a problem was noted where it occurred.
type errBind struct{}

func (errBind) Error() string { return "see the problems noted" }

// fail notes a problem and returns the error that unwinds to the end of the statement.
func (b *binder) fail(at ast.Node, code, hint, format string, args ...any) error {
	b.problems = append(b.problems, &Problem{Span: at.Span(), Code: code, Msg: fmt.Sprintf(format, args...), Hint: hint})
	return errBind{}
}

func (b *binder) warn(at ast.Node, code, hint, format string, args ...any) {
	b.problems = append(b.problems, &Problem{
		Span: at.Span(), Code: code, Msg: fmt.Sprintf(format, args...), Hint: hint, Warning: true,
	})
}

func (b *binder) unsupported(at ast.Node, what, hint string) error {
	return b.fail(at, codeUnsupported, hint, "%s is not supported yet", what)
}
