package wasm

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/udf/abi"
	"github.com/millrace-dev/millrace/wasm/internal/asm"
)

// guest is the module of internal/testguest, built once for all tests.
var guest = sync.OnceValues(func() ([]byte, error) { return build("./internal/testguest") })

// geo is the example's module.
var geo = sync.OnceValues(func() ([]byte, error) { return build("../examples/distance") })

func build(dir string) ([]byte, error) {
	tmp, err := os.MkdirTemp("", "millrace-guest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	out := filepath.Join(tmp, "guest.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-ldflags=-s -w", "-o", out, dir)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	return os.ReadFile(out)
}

// open loads a module that must be good, with compiled code kept for the length of the test run.
func open(t testing.TB, code []byte, opts Options) *Module {
	t.Helper()
	opts.CacheDir = cacheDir
	m, err := Load(context.Background(), code, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close(context.Background()) })
	return m
}

var cacheDir string

func TestMain(m *testing.M) {
	var err error
	if cacheDir, err = os.MkdirTemp("", "millrace-wasm-cache"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(cacheDir)
	os.Exit(code)
}

func must(t testing.TB, get func() ([]byte, error)) []byte {
	t.Helper()
	code, err := get()
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// columns builds columns from rows in wide form.
func columns(t testing.TB, types []batch.Type, rows ...[]any) *batch.Batch {
	t.Helper()
	b := batch.NewBuilder(types)
	for _, row := range rows {
		if err := b.AppendValues(1, row...); err != nil {
			t.Fatal(err)
		}
	}
	return b.Take()
}

func types(kinds ...batch.Kind) []batch.Type {
	out := make([]batch.Type, len(kinds))
	for i, k := range kinds {
		out[i] = batch.T(k)
	}
	return out
}

// call runs a function and returns its results in wide form and the failed rows' reasons.
func call(t testing.TB, f *Function, in *batch.Batch) (values []any, failed map[int]string) {
	t.Helper()
	var out batch.Column
	var errs batch.RowErrors
	if err := f.Call(context.Background(), in.Rows, in.Cols, &out, &errs); err != nil {
		t.Fatal(err)
	}
	for i := range in.Rows {
		values = append(values, out.Value(i))
	}
	failed = map[int]string{}
	for i, row := range errs.Rows {
		failed[int(row)] = errs.Reasons[i]
	}
	return values, failed
}

// The layout of hand-made guests: their description, then room for a frame.
const (
	descriptionAt = 1024
	roomAt        = 1 << 16
)

// handmade returns a guest with one function f(int64) int64 and the given body of call, whose
// parameters are 0: function, 1: operation, 2: frame. Its room is all of its memory but the first page.
func handmade(code []byte, locals ...byte) *asm.Module {
	i32 := []byte{asm.I32}
	int64Type := abi.Type{Type: batch.T(batch.Int64)}
	return &asm.Module{
		Memory: []uint32{4},
		At:     descriptionAt,
		Data: abi.AppendDescription(nil, []abi.Function{
			{Name: "f", Kind: abi.Scalar, Args: []abi.Type{int64Type}, Result: int64Type},
		}),
		Funcs: []asm.Func{
			{Export: "describe", Results: i32, Code: asm.Code(int32(descriptionAt), 0x0b)},
			{Export: "alloc", Params: i32, Results: i32, Code: asm.Code(int32(roomAt), 0x0b)},
			{Export: "call", Params: []byte{asm.I32, asm.I32, asm.I32}, Results: i32, Locals: locals, Code: code},
		},
	}
}

// Offsets of the argument's and the result's addresses in a frame.
const (
	argValues    = abi.OffsetColumns + abi.ColumnValues
	resultValues = abi.OffsetResult + abi.ColumnValues
)

// Instructions with a frame's field: load and store a word.
func loadField(offset int) []byte { return asm.Code(0x20, 2, 0x28, 2, asm.U32(uint32(offset))) }

func storeField(offset int, value []byte) []byte {
	return asm.Code(0x20, 2, value, 0x36, 2, asm.U32(uint32(offset)))
}

// eachRow is the body of call for a guest that handles rows one by one: with local 3 the row's number
// and local 4 its byte offset, it runs code, which leaves the row's result, an i64, on the stack. The
// argument's value is pushed by argument.
func eachRow(code []byte) []byte {
	return asm.Code(
		0x03, 0x40, // loop
		storeField(abi.OffsetRow, []byte{0x20, 3}),
		loadField(resultValues), 0x20, 4, 0x6a, code, 0x37, 3, 0, // result[row] = ...
		0x20, 4, int32(8), 0x6a, 0x21, 4,
		0x20, 3, int32(1), 0x6a, 0x22, 3, loadField(abi.OffsetRows), 0x49, 0x0d, 0, // row++ < rows
		0x0b, int32(0), 0x0b)
}

// argument pushes the row's argument.
func argument() []byte { return asm.Code(loadField(argValues), 0x20, 4, 0x6a, 0x29, 3, 0) }

var rowLocals = []byte{asm.I32, asm.I32}
