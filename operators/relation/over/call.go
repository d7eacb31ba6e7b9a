package over

import (
	"github.com/millrace-dev/millrace/operators/relation/aggregate"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Call is a window function.
type Call struct {
	// Func is row_number, rank, dense_rank, percent_rank, cume_dist, ntile, first_value, last_value, nth_value, or an
	// aggregate that has a running form, min or max.
	Func string `json:"func"`
	// Arg is the column that it is of, -1: none.
	Arg int `json:"arg"`
	// Default is the column whose value first_value has where the frame is empty, -1: NULL.
	Default int `json:"default"`
	// N is the number of ntile and nth_value.
	N int64 `json:"n,omitempty"`
	// IgnoreNulls makes first_value and last_value look only at rows where the argument is not null.
	IgnoreNulls bool `json:"ignore_nulls,omitempty"`
	// Frame is the range of rows that the function is of. Those that are about a row's place have none.
	Frame Frame `json:"frame,omitzero"`
	// Type is that of the result.
	Type batch.Type `json:"type"`
}

// Frame is a range of rows around a row.
type Frame struct {
	Start Bound `json:"start"`
	End   Bound `json:"end"`
}

// Unit is what the offset of a bound counts.
type Unit string

// The units of bounds.
const (
	Unbounded Unit = "unbounded" // the partition's first or last row
	Rows      Unit = "rows"      // rows
	Groups    Unit = "groups"    // groups of peers, all of whose rows are in the frame
	Range     Unit = "range"     // what the value of the only column of the order is away from the row's
)

// Bound is where a frame begins or ends. Offsets below 0 are before the row.
type Bound struct {
	Unit   Unit  `json:"unit"`
	Offset int64 `json:"offset,omitempty"`
	// Months and Float are the offset of dates by months and of floats.
	Months int64   `json:"months,omitempty"`
	Float  float64 `json:"float,omitempty"`
}

// Placed reports whether a function is about the row's place and has no frame.
func Placed(name string) bool {
	switch name {
	case "row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile":
		return true
	}
	return false
}

// Supported reports whether an Over can compute a function of an argument of a type.
func Supported(c Call, arg batch.Type) bool {
	switch c.Func {
	case "first_value", "last_value", "nth_value", "min", "max":
		return true
	}
	_, running := aggregate.NewRunning(c.aggregate(), arg)
	return Placed(c.Func) || running
}

func (c *Call) aggregate() aggregate.Call {
	return aggregate.Call{Func: c.Func, Arg: c.Arg, Type: c.Type}
}
