package wasm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/udf/abi"
)

// Function is a function of a module. It may be called by many goroutines at once.
type Function struct {
	// Name is the function's SQL name, in lower case.
	Name string
	// Kind says whether Call computes it, or Add and Results do.
	Kind abi.Kind
	// Args are the types of the arguments. A call takes columns of exactly these types.
	Args []batch.Type
	// Nulls says for each argument whether the function sees its nulls. A null in any other makes the
	// result null.
	Nulls []bool
	// SeesNulls says that there is such an argument.
	SeesNulls bool
	// Result is the type of the result.
	Result batch.Type
	// Nullable says that the result may be null although no argument was, or, if SeesNulls, at all.
	Nullable bool
	// Volatile would say that the same arguments may give another result. A guest's never do.
	Volatile bool

	module *Module
	index  uint32
	entry  abi.Function
	result abi.Type
	// perRow is what a row took lately, in fuel: how many rows go into a call. The cut changes no result.
	perRow atomic.Uint64
}

func newFunction(m *Module, index uint32, entry abi.Function) *Function {
	f := &Function{
		Name: entry.Name, Kind: entry.Kind, Result: entry.Result.Type, Nullable: entry.Result.Nullable,
		module: m, index: index, entry: entry, result: entry.Result,
	}
	for _, arg := range entry.Args {
		f.Args, f.Nulls = append(f.Args, arg.Type), append(f.Nulls, arg.Nullable)
		f.SeesNulls = f.SeesNulls || arg.Nullable
	}
	f.Nullable = f.Nullable || f.SeesNulls && slices.Contains(f.Nulls, false)
	return f
}

// Module returns the name of the function's module.
func (f *Function) Module() string { return f.module.opts.Name }

// stateType is how the states of an aggregate's groups are kept.
var stateType = batch.T(batch.Binary)

// Call computes a scalar function over the rows of args into out, whose memory is then the caller's
// alone. Rows that fail are null in out and added to errs. An error means that nothing was computed (errs
// is then of no use) and is not the rows' fault: the context ended, or the call took longer than
// Options.Timeout.
func (f *Function) Call(ctx context.Context, rows int, args []batch.Column, out *batch.Column, errs *batch.RowErrors) error {
	j := &job{function: f, op: abi.Compute, frame: abi.Frame{Rows: rows, Args: args}, errs: errs}
	if err := j.run(ctx); err != nil {
		return err
	}
	*out = j.column()
	return nil
}

// Groups are what Add adds to.
type Groups struct {
	// States has the state of each group, as Binary; no bytes: a group without rows.
	States batch.Column
	// Count is how many groups there are.
	Count int
	// Group has the group of each row.
	Group []uint32
	// Weights has the weight of each row; nil: all +1.
	Weights []batch.Weight
}

// Add adds the rows of args to their groups' states and replaces g.States, whose memory is then the
// caller's alone. Rows that fail change no state and are added to errs. After an error the states are
// as they were.
func (f *Function) Add(ctx context.Context, rows int, args []batch.Column, g *Groups, errs *batch.RowErrors) error {
	j := &job{function: f, op: abi.Add, errs: errs}
	j.frame = abi.Frame{Rows: rows, Args: args, Groups: g.Count, Group: g.Group, Weights: g.Weights, State: g.States}
	if err := j.run(ctx); err != nil {
		return err
	}
	g.States = j.frame.State
	return nil
}

// Results computes the results of groups from their states. Groups that fail are null in out and
// added to errs.
func (f *Function) Results(ctx context.Context, groups int, states *batch.Column, out *batch.Column, errs *batch.RowErrors) error {
	j := &job{function: f, op: abi.Result, frame: abi.Frame{Rows: groups, Groups: groups, State: *states}, errs: errs}
	if err := j.run(ctx); err != nil {
		return err
	}
	*out = j.column()
	return nil
}

// check reports a call that does not fit the function: a mistake in the host.
func (j *job) check() error {
	f, frame := j.function, &j.frame
	if (f.Kind == abi.Scalar) != (j.op == abi.Compute) {
		return fmt.Errorf("it is a function of kind %v", f.Kind)
	}
	if j.op == abi.Result {
		return nil
	}
	if len(frame.Args) != len(f.Args) {
		return fmt.Errorf("%d arguments for %d", len(frame.Args), len(f.Args))
	}
	for i := range frame.Args {
		if frame.Args[i].Type != f.Args[i] {
			return fmt.Errorf("argument %d is %v, not %v", i+1, frame.Args[i].Type, f.Args[i])
		}
	}
	if j.op == abi.Add {
		if len(frame.Group) < frame.Rows {
			return errors.New("rows without a group")
		}
		for _, g := range frame.Group[:frame.Rows] {
			if int64(g) >= int64(frame.Groups) {
				return fmt.Errorf("group %d of %d", g, frame.Groups)
			}
		}
	}
	return nil
}
