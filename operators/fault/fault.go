// Package fault has the codes of what can be wrong with a single row, which then becomes a dead letter: its reason begins
// with one. Package problem explains them.
package fault

// The codes. They are stable: who counts dead letters or looks for some goes by them.
const (
	DivisionByZero = "E4001" // a number is divided by zero
	Overflow       = "E4002" // a result does not fit its type
	Cast           = "E4003" // a value has no counterpart in another type
	TooLong        = "E4004" // a text or JSON has more than 16 MiB
	Argument       = "E4005" // a function does not take such a value
	ManyRows       = "E4006" // a subquery that is used as a value has more than one row
	Function       = "E4007" // a function of the configuration failed
	DuplicateKey   = "E4008" // another row has the same key
	AbsentRow      = "E4009" // there is no row to take back
	Time           = "E4010" // the time of a window is null or out of range
)

// Reason writes a code before what is known.
func Reason(code, text string) string { return code + ": " + text }
