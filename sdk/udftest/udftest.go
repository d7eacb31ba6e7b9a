// Package udftest checks a module of functions against the laws that the host relies on:
//
//	func TestLaws(t *testing.T) { udftest.Module(t, ".") }
//
// It builds the module for WebAssembly and calls its functions there and natively, over values of all
// sorts: extremes, nulls, empty and long text. The test must be in the module's own package, so that
// the native functions are at hand.
//
// For a scalar function:
//
//   - the guest gives what the native function gives, row by row, and fails on the same rows for the same
//     reason (floats may differ in the last digits: some processors compute them a little differently);
//   - another instance agrees to the last bit, although it sees another clock, other random numbers and
//     has done other work before: so retractions cancel;
//   - any cut of the batch agrees;
//   - a null argument makes the result null, unless the function asked to see it;
//   - with too little fuel a row fails or is right.
//
// For an aggregate the same, and:
//
//   - rows may come in any order;
//   - when all rows have been taken back, in another order, every group's state is the empty one.
package udftest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/udf"
	"github.com/millrace-dev/millrace/sdk/udf/abi"
	"github.com/millrace-dev/millrace/wasm"
)

// Module builds the module in a folder and checks all of its functions.
func Module(t *testing.T, dir string) {
	t.Helper()
	subjects := load(t, dir, udf.Registered().Functions())
	for _, s := range subjects {
		t.Run(s.native.Name, func(t *testing.T) {
			for _, violation := range s.check() {
				t.Error(violation)
			}
		})
	}
}

// subject is one function in all its forms.
type subject struct {
	native udf.Function
	guest  *wasm.Function
	other  *wasm.Function // in an instance that lives in another world
	poor   *wasm.Function // with little fuel
}

func (s *subject) check() []string {
	l := &laws{subject: s}
	if s.native.Kind == abi.Aggregate {
		l.aggregate()
	} else {
		l.scalar()
	}
	return l.violations
}

func load(t *testing.T, dir string, native []udf.Function) []*subject {
	t.Helper()
	if len(native) == 0 {
		t.Fatal("no functions: the test must be in the package that calls udf.Module")
	}
	code, cache := build(t, dir), t.TempDir()
	open := func(opts wasm.Options) []*wasm.Function {
		opts.Name, opts.CacheDir, opts.Timeout = filepath.Base(dir), cache, 5*time.Minute
		m, err := wasm.Load(context.Background(), code, opts)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = m.Close(context.Background()) })
		return m.Functions()
	}
	guests := open(wasm.Options{})
	others := open(wasm.Options{Seed: 42, Clock: time.Date(2031, 2, 3, 4, 5, 6, 7, time.UTC)})
	poor := open(wasm.Options{Fuel: 2000})
	if len(guests) != len(native) {
		t.Fatalf("%s describes %d functions, this package has %d", dir, len(guests), len(native))
	}
	subjects := make([]*subject, len(native))
	for i, f := range native {
		described := abi.Function{Name: guests[i].Name, Kind: guests[i].Kind, Result: abi.Type{Type: guests[i].Result, Nullable: guests[i].Nullable}}
		for a, arg := range guests[i].Args {
			described.Args = append(described.Args, abi.Type{Type: arg, Nullable: guests[i].Nulls[a]})
		}
		if !reflect.DeepEqual(described, f.Function) {
			t.Fatalf("%s describes %v, this package has %v", dir, described, f.Function)
		}
		subjects[i] = &subject{native: f, guest: guests[i], other: others[i], poor: poor[i]}
	}
	return subjects
}

func build(t *testing.T, dir string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "guest.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-ldflags=-s -w", "-o", out, ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s does not build for wasip1: %v\n%s", dir, err, text)
	}
	code, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// outcome is what a batch came to: a value or a reason for each row.
type outcome struct {
	values  []any
	reasons []string // empty: the row did not fail
}

func gather(out *batch.Column, rows int, errs *batch.RowErrors) outcome {
	o := outcome{values: make([]any, rows), reasons: make([]string, rows)}
	for i := range rows {
		o.values[i] = out.Value(i)
	}
	for i, row := range errs.Rows {
		o.reasons[row], o.values[row] = errs.Reasons[i], nil
	}
	return o
}

func (o outcome) row(i int) string {
	if o.reasons[i] != "" {
		return fmt.Sprintf("the error %q", o.reasons[i])
	}
	return fmt.Sprintf("%.200v", o.values[i])
}

// callGuest runs a scalar function in WebAssembly.
func callGuest(f *wasm.Function, in *batch.Batch) (outcome, error) {
	var out batch.Column
	var errs batch.RowErrors
	if err := f.Call(context.Background(), in.Rows, in.Cols, &out, &errs); err != nil {
		return outcome{}, err
	}
	return gather(&out, in.Rows, &errs), nil
}
