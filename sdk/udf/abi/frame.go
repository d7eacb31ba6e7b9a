package abi

import "github.com/millrace-dev/millrace/sdk/batch"

// Frame is what one call sees, in Go's terms: the same fields as in linear memory. All memory is
// borrowed for the length of the call; the result's is the function's and good until its next call.
type Frame struct {
	// Rows is how many rows the arguments have.
	Rows int
	// Args are the arguments.
	Args []batch.Column
	// Run has a bit set for each row to compute; nil: all rows.
	Run batch.Bitmap
	// Groups is how many groups State has.
	Groups int
	// Group has the group of each row.
	Group []uint32
	// Weights has the weight of each row; nil: all +1.
	Weights []batch.Weight
	// State has the state of each group, as Binary.
	State batch.Column
	// Result is where the result goes: one value a row, or a group.
	Result batch.Column
	// Errors takes the rows that failed.
	Errors batch.RowErrors
	// Row is where the function notes which row it is working on. It is never nil.
	Row *uint32
}

// Runs reports whether row i is to be computed.
func (f *Frame) Runs(i int) bool { return f.Run == nil || f.Run.Has(i) }

// Run returns the rows on which f is to be called: those where no argument is null that f does not
// want to see as null. Nil means all rows.
func (f *Function) Run(rows int, args []batch.Column) batch.Bitmap {
	var run batch.Bitmap
	for i := range args {
		valid := args[i].Valid
		if valid == nil || f.Args[i].Nullable {
			continue
		}
		if run == nil {
			run = batch.NewBitmap(rows)
			run.Fill(rows)
		}
		for k := range run {
			run[k] &= valid[k]
		}
	}
	return run
}
