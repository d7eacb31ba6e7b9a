package over

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Call is a window function.
type Call struct {
	// Func is row_number, rank, dense_rank, percent_rank, cume_dist, ntile, first_value, last_value, nth_value, min, max,
	// or another aggregate that has a running form.
	Func string `json:"func"`
	// Arg is the column that it is of, -1: none. More are further arguments.
	Arg  int   `json:"arg"`
	More []int `json:"more,omitempty"`
	// Default is the column whose value first_value has where the frame is empty, -1: NULL.
	Default int `json:"default"`
	// N is the number of ntile and nth_value; of nth_value below 0 it counts from the last row back.
	N int64 `json:"n,omitempty"`
	// IgnoreNulls makes first_value, last_value and nth_value look only at rows where the argument is not null.
	IgnoreNulls bool `json:"ignore_nulls,omitempty"`
	// Order is that of the values for aggregates that need one. Those that it does not tell apart are in canonical order of
	// the arguments.
	Order []relation.OrderKey `json:"order,omitempty"`
	// Where are columns: a row with a null in one of them does not count for an aggregate that keeps values in order.
	Where []int `json:"where,omitempty"`
	// Distinct counts each value of the frame once.
	Distinct bool `json:"distinct,omitempty"`
	// Text is what stands between texts, or the fraction of a percentile.
	Text string `json:"text,omitempty"`
	// Frame is the range of rows that the function is of. Those that are about a row's place have none.
	Frame Frame `json:"frame,omitzero"`
	// Type is that of the result.
	Type batch.Type `json:"type"`
}

// Equal reports whether two calls compute the same of the same input.
func (c Call) Equal(d Call) bool {
	return c.Func == d.Func && c.Arg == d.Arg && c.Default == d.Default && c.N == d.N && c.IgnoreNulls == d.IgnoreNulls && c.Distinct == d.Distinct &&
		c.Text == d.Text && c.Frame == d.Frame && c.Type == d.Type && slices.Equal(c.More, d.More) && slices.Equal(c.Order, d.Order) && slices.Equal(c.Where, d.Where)
}

// Columns returns the columns that a call reads.
func (c Call) Columns() (cols []int) {
	for _, col := range []int{c.Arg, c.Default} {
		if col >= 0 {
			cols = append(cols, col)
		}
	}
	cols = append(cols, c.More...)
	for _, o := range c.Order {
		cols = append(cols, o.Col)
	}
	return append(cols, c.Where...)
}

// Remapped returns a call over other columns.
func (c Call) Remapped(at func(c int) int) Call {
	for _, col := range []*int{&c.Arg, &c.Default} {
		if *col >= 0 {
			*col = at(*col)
		}
	}
	c.More, c.Order, c.Where = slices.Clone(c.More), slices.Clone(c.Order), slices.Clone(c.Where)
	for i := range c.More {
		c.More[i] = at(c.More[i])
	}
	for i := range c.Order {
		c.Order[i].Col = at(c.Order[i].Col)
	}
	for i := range c.Where {
		c.Where[i] = at(c.Where[i])
	}
	return c
}

// Frame is a range of rows around a row, but for those that it leaves out.
type Frame struct {
	Start   Bound   `json:"start"`
	End     Bound   `json:"end"`
	Exclude Exclude `json:"exclude,omitempty"`
}

// Exclude is what a frame leaves out.
type Exclude string

// What frames leave out.
const (
	CurrentRow Exclude = "current row" // the row itself
	Group      Exclude = "group"       // the row and its peers
	Ties       Exclude = "ties"        // the peers of the row, not itself
)

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

// ByPeers reports whether peers have the same result.
func (c Call) ByPeers() bool {
	if Placed(c.Func) {
		return c.Func != "row_number" && c.Func != "ntile"
	}
	f := c.Frame
	return f.Start.Unit != Rows && f.End.Unit != Rows && (f.Exclude == "" || f.Exclude == Group)
}

// Placed reports whether a function is about the row's place and has no frame.
func Placed(name string) bool {
	switch name {
	case "row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile":
		return true
	}
	return false
}
