// Package udf is what the author of a WebAssembly function writes against. A function is an ordinary Go
// function; its Go types are its SQL types:
//
//	var _ = udf.Module(
//		udf.Scalar2("add", func(a, b int64) (int64, error) { return a + b, nil }),
//	)
//
//	func main() {} // a library: the host calls its functions
//
// Build it with
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o name.wasm
//
// and test it with package udftest. The types are
//
//	bool, int8 .. int64, uint8 .. uint64   the same; int is int64, uint is uint64
//	float32, float64                       the same
//	string, []byte                         utf8, binary
//	time.Time, time.Duration               timestamp, duration (both in microseconds)
//	udf.Date, udf.JSON                     date, json
//	[16]byte, [2]float64                   uuid, point
//	udf.Opt[T]                             T where null is a value of its own
//
// A row with a null argument has a null result and the function does not see it, unless the argument
// is an Opt. An error, and a panic of a scalar function, belong to their row: it becomes a dead letter
// with the error as its reason.
//
// A function must depend on nothing but its arguments: the same rows must give the same results in
// any order and in any other instance. There is no clock, no randomness, no file and no network.
package udf

import (
	"github.com/millrace-dev/millrace/sdk/udf/abi"
)

// Function is a function of a module. Scalar1 to Scalar6, Aggregate and Columns make one.
type Function struct {
	abi.Function
	call func(op abi.Op, f *abi.Frame) error
}

// Call runs the function over a frame. An error fails the call as a whole; rows that fail on their
// own are in f.Errors.
func (f *Function) Call(op abi.Op, frame *abi.Frame) error { return f.call(op, frame) }

// Library is the functions of a module.
type Library struct {
	functions []Function
}

// Functions returns the functions in the order in which they were given.
func (l *Library) Functions() []Function { return l.functions }

// library is the program's module: a guest has exactly one, and its exports find it here.
var library Library

// Module makes the functions callable by the host. A program calls it once, to initialise a variable.
// It panics on a mistake in a name or a type, so that the module does not load.
func Module(functions ...Function) *Library {
	if library.functions != nil {
		panic("udf: Module is called twice; give all functions to one call")
	}
	seen := map[string]bool{}
	for i := range functions {
		if err := functions[i].Check(); err != nil {
			panic("udf: " + err.Error())
		}
		if seen[functions[i].Name] {
			panic("udf: two functions are named " + functions[i].Name)
		}
		seen[functions[i].Name] = true
	}
	library.functions = functions
	return &library
}

// Registered returns the program's module, which is empty if Module was not called.
func Registered() *Library { return &library }

// unknownOp is a call that the function's kind does not have.
type unknownOp struct{}

func (unknownOp) Error() string { return "the function has no such operation" }

// attempt runs the loop from the given row on. A panic fails the row that was in work; next is the
// row after it.
func attempt(f *abi.Frame, from int, loop func(from int)) (next int) {
	defer func() {
		if v := recover(); v != nil {
			row := int(*f.Row)
			f.Errors.Add(row, "panic: "+panicText(v))
			next = row + 1
		}
	}()
	loop(from)
	return f.Rows
}

// guard runs the loop over all rows; rows that panic fail and the loop goes on behind them.
func guard(f *abi.Frame, loop func(from int)) {
	for from := 0; from < f.Rows; {
		from = attempt(f, from, loop)
	}
}

// panicText does without fmt, which would double the size of a small guest.
func panicText(v any) string {
	switch v := v.(type) {
	case error:
		return v.Error()
	case string:
		return v
	case interface{ String() string }:
		return v.String()
	}
	return "a value without text"
}
