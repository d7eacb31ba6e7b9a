package plan

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// Problem is a mistake in a script, or something worth a warning, at its place in the text.
type Problem struct {
	Span ast.Span
	// Code is one of the catalogue in package problem.
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

// The codes of problems. Each has a row in operators/sql/problem and a case in testdata/errors.
const (
	codeTable       = "E2001" // unknown table
	codeColumn      = "E2002" // unknown column
	codeAmbiguous   = "E2003" // ambiguous column
	codeFunction    = "E2004" // unknown function
	codeType        = "E2005" // types do not fit
	codeGroup       = "E2006" // column is neither grouped nor aggregated
	codeName        = "E2007" // a name that is taken
	codeShape       = "E2009" // inputs of UNION or of a column list do not fit
	codeUnnamed     = "E2011" // a result without a name
	codeCircle      = "E2012" // a circle of results
	codeNoTable     = "E2013" // a result that reads no table
	codeTwins       = "E2014" // two columns of one name
	codeArguments   = "E2015" // wrong number of arguments
	codeCondition   = "E2019" // a condition is needed
	codeAggregate   = "E2020" // an aggregate in the wrong place
	codePlain       = "E2021" // only an aggregate takes that
	codeOrdinal     = "E2022" // a number that is no column's
	codeOrder       = "E2023" // an order by something that the result does not have
	codeWindow      = "E2025" // a window function without what it needs
	codeTime        = "E2026" // a window over something that is no time
	codeSpan        = "E2027" // a length that no window can have
	codeTableFunc   = "E2028" // unknown table function
	codeWidth       = "E2029" // a subquery with too many columns
	codeConstant    = "E2031" // a constant is needed
	codeStar        = "E2033" // * without columns
	codeClock       = "E2034" // NOW() where a result cannot be kept up to date
	codeOver        = "E2035" // a window function in the wrong place, or without a window
	codeWindowName  = "E2036" // unknown or ambiguous window
	codeFrame       = "E2037" // a frame that its order cannot have
	codeUnsupported = "E2900" // not supported yet
	codeRecursive   = "E2901" // recursive WITH
	codeVolatile    = "E2902" // a function without one answer
	codeChange      = "E2903" // a statement that changes a table
	codeDeclare     = "E2904" // a declaration that belongs in the config
	codeCorrelated  = "E2905" // a subquery that is tied to the query around it in another way than by =
	codePlace       = "E2906" // a subquery at a place where there can be none
	codeNotIn       = "E2907" // NOT IN of rows that may be null
	codeOffset      = "E2908" // OFFSET without LIMIT
	codeQuantified  = "E2909" // ANY or ALL with another comparison than =
	codeLateral     = "E2910" // LATERAL
	codeGroupings   = "E2911" // GROUPING SETS, ROLLUP and CUBE
	codeCross       = "E3001" // tables without a condition between them
	codeKeyColumn   = "E3002" // a key of a column that the result does not have
	codeSize        = "E3003" // too large to plan
	warnGroup       = "W2001" // undetermined column beside GROUP BY
	warnCount       = "W2003" // COUNT of several arguments
	warnOrder       = "W2004" // an order that a view does not keep
	warnPairs       = "W2006" // a join that compares all pairs of rows
	warnAppend      = "W2010" // MIN or MAX that Dozer kept without the values
)

// errBind says that a problem was noted where it occurred.
type errBind struct{}

func (errBind) Error() string { return "see the problems noted" }

// errOn says that a problem of a join's condition was noted: the columns of the join are known all the same.
type errOn struct{}

func (errOn) Error() string { return "see the problems noted" }

// incomplete reports whether columns are missing because of an error.
func incomplete(err error) bool { return errors.As(err, new(errBind)) }

// inOrder returns problems in the order of their places, each once.
func inOrder(all []*Problem) []*Problem {
	seen := map[Problem]bool{}
	all = slices.DeleteFunc(all, func(p *Problem) bool {
		twice := seen[*p]
		seen[*p] = true
		return twice
	})
	slices.SortStableFunc(all, func(x, y *Problem) int { return x.Span.Pos - y.Span.Pos })
	return all
}

// fail notes a problem and returns the error that unwinds to the end of the statement.
func (b *binder) fail(at ast.Node, code, hint, format string, args ...any) error {
	if len(b.problems) < maxProblems {
		b.problems = append(b.problems, &Problem{Span: at.Span(), Code: code, Msg: fmt.Sprintf(format, args...), Hint: hint})
	}
	return errBind{}
}

func (b *binder) warn(at ast.Node, code, hint, format string, args ...any) {
	b.problems = append(b.problems, &Problem{
		Span: at.Span(), Code: code, Msg: fmt.Sprintf(format, args...), Hint: hint, Warning: true,
	})
}

// unsupported refuses what is valid SQL and has no code of its own. What has one is refused by refuse.
func (b *binder) unsupported(at ast.Node, what, hint string) error {
	return b.refuse(at, codeUnsupported, what, hint)
}

func (b *binder) refuse(at ast.Node, code, what, hint string) error {
	return b.fail(at, code, hint, "%s is not supported yet", what)
}

// errProblems are several problems in one error.
type errProblems []*Problem

func (e errProblems) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Problems returns the problems in an error of this package.
func Problems(err error) []*Problem {
	if all, ok := errors.AsType[errProblems](err); ok {
		return all
	}
	if one, ok := errors.AsType[*Problem](err); ok {
		return []*Problem{one}
	}
	return nil
}

// count writes a number of things.
func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
