package expr

import (
	"errors"
	"fmt"

	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// Error is a mistake in an expression, found before any row is seen.
type Error struct {
	// Code is the kind of mistake, as in the catalogue of package problem.
	Code string
	// Pos is where in the SQL text the wrong part stands, in bytes; 0 when no part had a position.
	Pos int
	// Literal says that what stands at Pos is a literal, and wrong.
	Literal bool
	// Msg names the thing and the cause.
	Msg string
	// Fix says what to do instead; it may be empty.
	Fix string
}

// Error returns the message and the fix.
func (e *Error) Error() string {
	if e.Fix == "" {
		return e.Msg
	}
	return e.Msg + ": " + e.Fix
}

// IsUnknown reports whether an error says that there is no such function.
func IsUnknown(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Code == codeFunction
}

// The kinds of mistakes.
const (
	codeFunction  = "E2004" // unknown function
	codeType      = "E2005" // types that do not fit
	codeArguments = "E2015" // wrong number of arguments
	codeTypeName  = "E2016" // unknown type
	codeLiteral   = "E2017" // a literal that has no such value
	codeCast      = "E2018" // a cast that cannot be
	codeCondition = "E2019" // a condition is needed
	codeFails     = "E2030" // a constant that cannot be computed
	codeConstant  = "E2031" // a constant is needed
	codeField     = "E2032" // unknown field of a time
)

// errorAt returns the error of types that do not fit; failAt that of another kind.
func errorAt(pos int, fix, format string, args ...any) error {
	return &Error{Code: codeType, Pos: pos, Msg: fmt.Sprintf(format, args...), Fix: fix}
}

func failAt(code string, pos int, fix, format string, args ...any) error {
	return &Error{Code: code, Pos: pos, Msg: fmt.Sprintf(format, args...), Fix: fix}
}

// suggest returns `did you mean "x"?` for the name nearest to the given one, or "".
func suggest(name string, names []string) string {
	if word := near.Word(name, names); word != "" {
		return fmt.Sprintf("did you mean %q?", word)
	}
	return ""
}
