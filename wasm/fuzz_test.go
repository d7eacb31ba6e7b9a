package wasm

import (
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/udf/abi"
)

// FuzzResult reads results out of memories that a guest might leave. The frame stands at address 0. What
// is taken must be a column that no reader of columns can stumble over.
func FuzzResult(f *testing.F) {
	good := make([]byte, 256)
	for kind, offset := range map[batch.Kind]uint32{batch.Int64: 0, batch.Utf8: 200} {
		put32(good, abi.OffsetResult, uint32(kind))
		put32(good, resultValues, 208)
		put32(good, abi.OffsetResult+abi.ColumnBytes, 48)
		put32(good, abi.OffsetResult+abi.ColumnOffsets, offset)
		f.Add(append([]byte(nil), good...), byte(kind), byte(0xff), byte(6))
		put32(good, abi.OffsetFailed, 1)
		f.Add(append([]byte(nil), good...), byte(kind), byte(0x0f), byte(9))
	}
	f.Fuzz(func(t *testing.T, mem []byte, kind, run, rows byte) {
		typ, err := batch.ParseType(batch.T(batch.Kind(kind)).String())
		if err != nil || rows == 0 {
			return
		}
		fn := &Function{module: &Module{opts: Options{MaxValue: 100}}, result: abi.Type{Type: typ, Nullable: rows%2 == 0}, Kind: abi.Scalar}
		frame := &abi.Frame{Rows: int(rows)}
		frame.Result.Type = typ
		if run != 0xff {
			frame.Run = batch.NewBitmap(frame.Rows)
			for i := range frame.Run {
				frame.Run[i] = run
			}
		}
		out, err := fn.read(&view{mem: mem}, frame, abi.Compute, 0)
		if err != nil {
			if wrong := (*fault)(nil); !errors.As(err, &wrong) {
				t.Fatalf("an error that is no fault: %v", err)
			}
			return
		}
		for i := range frame.Rows {
			value := out.Value(i)
			if !frame.Runs(i) && (value != nil || frame.Errors.Has(i)) {
				t.Errorf("row %d did not run, but is %v", i, value)
			}
			if frame.Errors.Has(i) && value != nil {
				t.Errorf("row %d failed, but is %v", i, value)
			}
			if text, ok := value.(string); ok && (!utf8.ValidString(text) || len(text) > 100) {
				t.Errorf("row %d is %q", i, text)
			}
		}
		for _, reason := range frame.Errors.Reasons {
			if !utf8.ValidString(reason) || len(reason) > 3*maxReason {
				t.Errorf("reason %q", reason)
			}
		}
	})
}
