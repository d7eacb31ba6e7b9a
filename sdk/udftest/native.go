package udftest

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/udf"
	"github.com/millrace-dev/millrace/sdk/udf/abi"
)

// prepare makes room for a result as a host does.
func prepare(t batch.Type, rows int) batch.Column {
	c := batch.Column{Type: t}
	switch w := t.Width(); {
	case t.Variable():
		c.Offsets = make([]int32, rows+1)
	case w > 0:
		c.Data = batch.Alloc(rows * w)
	default:
		c.Data = batch.Alloc((rows + 7) / 8)
	}
	return c
}

// callNative runs a scalar function as the Go function it is. A function over columns that fails as a
// whole is asked for fewer rows at a time, as the host does.
func callNative(f udf.Function, in *batch.Batch) outcome {
	var row uint32
	frame := abi.Frame{Rows: in.Rows, Args: in.Cols, Run: f.Run(in.Rows, in.Cols), Row: &row, Result: prepare(f.Result.Type, in.Rows)}
	if err := f.Call(abi.Compute, &frame); err != nil {
		if in.Rows > 1 {
			half := in.Rows / 2
			a, b := callNative(f, in.Slice(0, half)), callNative(f, in.Slice(half, in.Rows))
			return outcome{append(a.values, b.values...), append(a.reasons, b.reasons...)}
		}
		if frame.Runs(0) {
			return outcome{[]any{nil}, []string{err.Error()}}
		}
		return outcome{[]any{nil}, []string{""}}
	}
	o := gather(&frame.Result, in.Rows, &frame.Errors)
	for i := range in.Rows {
		if !frame.Runs(i) {
			o.values[i], o.reasons[i] = nil, ""
		} else if o.values[i] != nil {
			o.reasons[i] = unfit(f.Result.Type, &frame.Result, i)
		}
		if o.reasons[i] != "" {
			o.values[i] = nil
		}
	}
	return o
}

// unfit says why a host would not take a result.
func unfit(t batch.Type, c *batch.Column, i int) string {
	switch {
	case (t.Kind == batch.Utf8 || t.Kind == batch.JSON) && !utf8.Valid(c.View(i)):
		return "its result is not valid UTF-8"
	case t.Kind == batch.JSON && !json.Valid(c.View(i)):
		return "its result is not valid JSON"
	}
	return ""
}

// nativeResults adds the rows to their groups natively and returns the groups' results.
func nativeResults(f udf.Function, in *batch.Batch, group []uint32, groups int) (outcome, error) {
	var row uint32
	states := batch.NewVector(batch.T(batch.Binary))
	for range groups {
		states.AppendBytes(nil)
	}
	add := abi.Frame{
		Rows: in.Rows, Args: in.Cols, Run: f.Run(in.Rows, in.Cols), Row: &row, Groups: groups, Group: group, Weights: in.Weights,
		State: states.Take(), Result: prepare(batch.T(batch.Binary), groups),
	}
	if err := f.Call(abi.Add, &add); err != nil {
		return outcome{}, err
	}
	result := abi.Frame{Rows: groups, Groups: groups, State: add.Result, Row: &row, Result: prepare(f.Result.Type, groups)}
	if err := f.Call(abi.Result, &result); err != nil {
		return outcome{}, err
	}
	return gather(&result.Result, groups, &result.Errors), nil
}
