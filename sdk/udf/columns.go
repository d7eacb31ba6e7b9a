package udf

import (
	"errors"

	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/udf/abi"
)

// Signature is the SQL signature of a function over whole columns.
type Signature struct {
	Args   []batch.Type
	Result batch.Type
	// Nulls says that the function handles nulls: it is called on all rows and decides which
	// results are null. Otherwise a row with a null argument has a null result.
	Nulls bool
}

// Columns makes a scalar function of one that computes whole columns: the way to types that have no Go
// type of their own, and past the call for each row. out comes with its type and with room for the
// results, all zero; of a variable-width type it has neither values nor offsets. The function fills it
// or replaces its slices; what it puts there it must leave alone until its next call.
//
// An error fails the batch; the host then looks for the rows to blame by calling with fewer.
func Columns(name string, sig Signature, fn func(rows int, args []batch.Column, out *batch.Column) error) Function {
	args := make([]abi.Type, len(sig.Args))
	for i, t := range sig.Args {
		args[i] = abi.Type{Type: t, Nullable: sig.Nulls}
	}
	result := abi.Type{Type: sig.Result, Nullable: sig.Nulls}
	return Function{
		Function: abi.Function{Name: name, Kind: abi.Scalar, Args: args, Result: result},
		call: func(op abi.Op, f *abi.Frame) (err error) {
			if op != abi.Compute {
				return unknownOp{}
			}
			defer func() {
				if v := recover(); v != nil {
					err = errors.New("panic: " + panicText(v))
				}
			}()
			if sig.Result.Variable() {
				f.Result.Data, f.Result.Offsets = nil, nil
			}
			if err := fn(f.Rows, f.Args, &f.Result); err != nil {
				return err
			}
			return checkColumn(&f.Result, sig.Result, f.Rows)
		},
	}
}

// checkColumn turns a result that would not fit its type into a readable error on the author's side.
func checkColumn(c *batch.Column, t batch.Type, rows int) error {
	switch w := t.Width(); {
	case c.Type != t:
		return errors.New("the result is " + c.Type.String() + ", declared is " + t.String())
	case c.Valid != nil && len(c.Valid) < (rows+7)/8:
		return errors.New("the result's validity has too few bits")
	case t.Variable() && len(c.Offsets) != rows+1:
		return errors.New("the result must have one offset more than rows")
	case t.Variable() && (c.Offsets[0] < 0 || int(c.Offsets[rows]) > len(c.Data)):
		return errors.New("the result's offsets point outside its values")
	case !t.Variable() && w > 0 && len(c.Data) < rows*w, !t.Variable() && w == 0 && len(c.Data) < (rows+7)/8:
		return errors.New("the result has too few values")
	}
	return nil
}
