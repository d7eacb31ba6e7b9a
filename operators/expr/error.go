package expr

import (
	"fmt"
	"strings"
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
	best, near := "", max(2, len(name)/3)+1
	for _, n := range names {
		if d := distance(strings.ToLower(name), n, near); d < near {
			best, near = n, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// distance is how many letters must be inserted, dropped, replaced or swapped with their neighbour to
// make b of a; at most limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	var before []int
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
