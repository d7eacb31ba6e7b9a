package udf_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/udf"
	"github.com/millrace-dev/millrace/sdk/udf/abi"
)

// frame builds a frame of rows for a function, as a host does.
func frame(t *testing.T, f udf.Function, rows ...[]any) *abi.Frame {
	t.Helper()
	var types []batch.Type
	for _, arg := range f.Args {
		types = append(types, arg.Type)
	}
	b := batch.NewBuilder(types)
	for _, row := range rows {
		if err := b.AppendValues(1, row...); err != nil {
			t.Fatal(err)
		}
	}
	in := b.Take()
	result := batch.Column{Type: f.Result.Type, Data: batch.Alloc(16 * len(rows))}
	return &abi.Frame{Rows: in.Rows, Args: in.Cols, Run: f.Run(in.Rows, in.Cols), Row: new(uint32), Result: result}
}

func TestSignature(t *testing.T) {
	f := udf.Scalar3("f", func(a string, b udf.Opt[time.Time], c [16]byte) (udf.Opt[[]byte], error) {
		return udf.None[[]byte](), nil
	})
	want := abi.Function{
		Name: "f", Kind: abi.Scalar,
		Args:   []abi.Type{{Type: batch.T(batch.Utf8)}, {Type: batch.T(batch.Timestamp), Nullable: true}, {Type: batch.T(batch.UUID)}},
		Result: abi.Type{Type: batch.T(batch.Binary), Nullable: true},
	}
	if !reflect.DeepEqual(f.Function, want) {
		t.Errorf("got %v, want %v", f.Function, want)
	}
}

type celsius float64

// A mistake is found when the module is made, and says where it is.
func TestMistakes(t *testing.T) {
	one := udf.Scalar1("one", func(x int64) (int64, error) { return x, nil })
	for _, c := range []struct {
		want string
		make func()
	}{ // in this order: the last one registers a function
		{"udf: f: argument 2: its Go type has no SQL type; use bool", func() {
			udf.Scalar2("f", func(int64, celsius) (int64, error) { return 0, nil })
		}},
		{"udf: f: result: its Go type", func() { udf.Scalar1("f", func(int64) (error, error) { return nil, nil }) }},
		{"udf: f: argument 1: its Go", func() {
			udf.Scalar1("f", func(udf.Opt[udf.Opt[int64]]) (int64, error) { return 0, nil })
		}},
		{"udf: f: the state is not a bool", func() {
			udf.Aggregate("f", func(*celsius, int64, int64) {}, func(*celsius) int64 { return 0 })
		}},
		{`udf: the name "Bad Name"`, func() { udf.Module(udf.Scalar1("Bad Name", func(x int64) (int64, error) { return x, nil })) }},
		{"udf: two functions are named one", func() { udf.Module(one, one) }},
		{"udf: Module is called twice", func() { udf.Module(one); udf.Module(one) }},
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.HasPrefix(got, c.want) {
					t.Errorf("got %s, want %s", got, c.want)
				}
			}()
			c.make()
		}()
	}
	if n := len(udf.Registered().Functions()); n != 1 {
		t.Errorf("%d functions are registered", n)
	}
}

// Strings may be kept: they do not share the host's memory.
func TestTextMayBeKept(t *testing.T) {
	var kept []string
	f := udf.Scalar1("f", func(s string) (string, error) { kept = append(kept, s); return s, nil })
	in := frame(t, f, []any{"one"}, []any{nil}, []any{"two"})
	if err := f.Call(abi.Compute, in); err != nil {
		t.Fatal(err)
	}
	for i := range in.Args[0].Data {
		in.Args[0].Data[i] = '#'
	}
	if !reflect.DeepEqual(kept, []string{"one", "two"}) {
		t.Errorf("kept %q", kept)
	}
	if got := in.Result.Text(0) + in.Result.Text(2); got != "onetwo" {
		t.Errorf("result %q", got)
	}
}

func TestRowInWork(t *testing.T) {
	var in *abi.Frame
	f := udf.Scalar1("f", func(x int64) (int64, error) {
		if int64(*in.Row) != x {
			t.Errorf("row %d is in work, noted is %d", x, *in.Row)
		}
		if x%2 == 1 {
			panic("odd")
		}
		return x, nil
	})
	in = frame(t, f, []any{int64(0)}, []any{int64(1)}, []any{int64(2)}, []any{int64(3)})
	if err := f.Call(abi.Compute, in); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(in.Errors.Rows, []int32{1, 3}) || in.Errors.Reasons[0] != "panic: odd" {
		t.Errorf("failed: %v %v", in.Errors.Rows, in.Errors.Reasons)
	}
	if err := f.Call(abi.Add, in); err == nil {
		t.Error("a scalar function can be added to")
	}
}

// What a function over columns returns is checked on the author's side of the border.
func TestColumnsAreChecked(t *testing.T) {
	for want, spoil := range map[string]func(*batch.Column) error{
		"on purpose":            func(*batch.Column) error { return errors.New("on purpose") },
		"panic: runtime error":  func(c *batch.Column) error { c.Data = nil; _ = c.Data[3]; return nil },
		"the result is int64":   func(c *batch.Column) error { c.Type = batch.T(batch.Int64); return nil },
		"validity has too few":  func(c *batch.Column) error { c.Valid = batch.Bitmap{}; return nil },
		"one offset more":       func(c *batch.Column) error { c.Offsets = []int32{0}; return nil },
		"offsets point outside": func(c *batch.Column) error { c.Offsets = []int32{0, 9}; return nil },
		"":                      func(c *batch.Column) error { c.Offsets, c.Data = []int32{0, 1}, []byte("x"); return nil },
	} {
		sig := udf.Signature{Args: []batch.Type{batch.T(batch.Int64)}, Result: batch.T(batch.Utf8)}
		f := udf.Columns("f", sig, func(_ int, _ []batch.Column, out *batch.Column) error { return spoil(out) })
		err := f.Call(abi.Compute, frame(t, f, []any{int64(1)}))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func Example() {
	add := udf.Scalar2("add", func(a, b int64) (int64, error) { return a + b, nil })
	fmt.Println(add.Name, add.Args[0], add.Args[1], add.Result)
	// Output: add int64 int64 int64
}
