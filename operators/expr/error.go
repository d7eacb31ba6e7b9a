package expr

import (
	"fmt"

	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// Error is a mistake in an expression, found before any row is seen.
type Error struct {
	// Pos is where in the SQL text the wrong part stands, in bytes; 0 when no part had a position.
	Pos int
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

func errorAt(pos int, fix, format string, args ...any) error {
	return &Error{Pos: pos, Msg: fmt.Sprintf(format, args...), Fix: fix}
}

// suggest returns `did you mean "x"?` for the name nearest to the given one, or "".
func suggest(name string, names []string) string {
	if word := near.Word(name, names); word != "" {
		return fmt.Sprintf("did you mean %q?", word)
	}
	return ""
}
