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
	CodeTable       = "E2001" // unknown table
	CodeColumn      = "E2002" // unknown column
	CodeAmbiguous   = "E2003" // ambiguous column
	CodeFunction    = "E2004" // unknown function
	CodeType        = "E2005" // types do not fit
	CodeGroup       = "E2006" // column is neither grouped nor aggregated
	CodeName        = "E2007" // a name that is taken
	CodeShape       = "E2009" // inputs of UNION or of a column list do not fit
	CodeUnnamed     = "E2011" // a result without a name
	CodeCircle      = "E2012" // a circle of results
	CodeNoTable     = "E2013" // a result that reads no table
	CodeTwins       = "E2014" // two columns of one name
	CodeArguments   = "E2015" // wrong number of arguments
	CodeCondition   = "E2019" // a condition is needed
	CodeAggregate   = "E2020" // an aggregate in the wrong place
	CodePlain       = "E2021" // only an aggregate takes that
	CodeOrdinal     = "E2022" // a number that is no column's
	CodeOrder       = "E2023" // an order by something that the result does not have
	CodeWindow      = "E2025" // a window function without what it needs
	CodeTime        = "E2026" // a window over something that is no time
	CodeSpan        = "E2027" // a length that no window can have
	CodeTableFunc   = "E2028" // unknown table function
	CodeWidth       = "E2029" // a subquery with too many columns
	CodeConstant    = "E2031" // a constant is needed
	CodeStar        = "E2033" // * without columns
	CodeClock       = "E2034" // NOW() where a result cannot be kept up to date
	CodeOver        = "E2035" // a window function in the wrong place, or without a window
	CodeWindowName  = "E2036" // unknown or ambiguous window
	CodeFrame       = "E2037" // a frame that its order cannot have
	CodeTies        = "E2040" // WITH TIES without an order
	CodeUnsupported = "E2900" // not supported yet
	CodeRecursive   = "E2901" // recursive WITH
	CodeVolatile    = "E2902" // a function without one answer
	CodeChange      = "E2903" // a statement that changes a table
	CodeDeclare     = "E2904" // a declaration that belongs in the config
	CodeCorrelated  = "E2905" // a subquery that is tied to the query around it in another way than by =
	CodePlace       = "E2906" // a subquery at a place where there can be none
	CodeNotIn       = "E2907" // IN of many values that may be null inside an expression
	CodeQuantified  = "E2909" // ANY or ALL with another comparison than =
	CodeLateral     = "E2910" // LATERAL
	CodeGroupings   = "E2911" // GROUPING SETS, ROLLUP and CUBE
	CodeCross       = "E3001" // tables without a condition between them
	codeKeyColumn   = "E3002" // a key of a column that the result does not have
	CodeSize        = "E3003" // too large to plan
	WarnGroup       = "W2001" // undetermined column beside GROUP BY
	WarnCount       = "W2003" // COUNT of several arguments
	WarnOrder       = "W2004" // an order that a view does not keep
	WarnPairs       = "W2006" // a join that compares all pairs of rows
	WarnAppend      = "W2010" // MIN or MAX that Dozer kept without the values
)

// ErrBind says that a problem was noted where it occurred.
type ErrBind struct{}

// Error says where to look.
func (ErrBind) Error() string { return "see the problems noted" }

// ErrOn says that a problem of a join's condition was noted: the columns of the join are known all the same.
type ErrOn struct{}

// Error says where to look.
func (ErrOn) Error() string { return "see the problems noted" }

// Incomplete reports whether columns are missing because of an error.
func Incomplete(err error) bool { return errors.As(err, new(ErrBind)) }

// InOrder returns problems in the order of their places, each once.
func InOrder(all []*Problem) []*Problem {
	seen := map[Problem]bool{}
	all = slices.DeleteFunc(all, func(p *Problem) bool {
		twice := seen[*p]
		seen[*p] = true
		return twice
	})
	slices.SortStableFunc(all, func(x, y *Problem) int { return x.Span.Pos - y.Span.Pos })
	return all
}

// ErrProblems are several problems in one error.
type ErrProblems []*Problem

// Error returns the problems, a line each.
func (e ErrProblems) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Problems returns the problems in an error of this package.
func Problems(err error) []*Problem {
	if all, ok := errors.AsType[ErrProblems](err); ok {
		return all
	}
	if one, ok := errors.AsType[*Problem](err); ok {
		return []*Problem{one}
	}
	return nil
}

// Count writes a number of things.
func Count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
