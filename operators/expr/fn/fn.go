// Package fn says what a built-in function is: a row of the table with its signature, its help and its
// kernels, and how they are computed, a column at a time. It knows no expressions: groups of functions stand
// in packages beside it, and package expr puts them into one table.
package fn

// Function is a row of the table of functions.
type Function struct {
	// Name is in lower case; "" if it is the word before the parenthesis of the signature.
	Name string
	// Signature is for example "substring(text, int[, int]) text"; overloads are separated by "; ". The
	// classes of arguments are text, int, float, bool, date, timestamp, duration, json, point, binary and uuid;
	// number, decimal and any; "..." after the last means any number of it. The result is a class or "same".
	Signature string
	// Help is one line.
	Help string
	// Words are what the first argument, a literal, may be: the fields of EXTRACT.
	Words []string
	// Check finds what is wrong with the literals of a call before any row is seen; nil: nothing can be. The
	// error says what, without the function's name.
	Check func(n *Node) error
	// Build chooses the kernels of a call whose types are known.
	Build func(n *Node)
	// Fallible reports whether a call may mark rows bad; nil: never.
	Fallible func(n *Node) bool
	// Nullable reports whether a call may be null; nil: if an argument may.
	Nullable func(n *Node) bool
}

// Always and Never are values of Fallible and Nullable.
func Always(*Node) bool { return true }

// Never is the opposite of Always.
func Never(*Node) bool { return false }

// AllNullable is the nullability of a call that is null only if all its arguments are.
func AllNullable(n *Node) bool {
	for _, a := range n.Args {
		if !a.Nullable {
			return false
		}
	}
	return true
}
