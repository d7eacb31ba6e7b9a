package wasm

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/udf/abi"
)

// view reads what a guest left in its memory, and believes none of it. The first thing that does not
// hold is kept.
type view struct {
	mem    []byte
	broken string
}

// bytes returns n bytes at an address, or nil.
func (v *view) bytes(what string, at uint32, n uint64) []byte {
	if uint64(at)+n > uint64(len(v.mem)) {
		if v.broken == "" {
			v.broken = fmt.Sprintf("it broke the ABI: %s: %d bytes at %#x lie outside of its memory of %d", what, n, at, len(v.mem))
		}
		return nil
	}
	return v.mem[at : uint64(at)+n]
}

func (v *view) fail(format string, args ...any) {
	if v.broken == "" {
		v.broken = "it broke the ABI: " + fmt.Sprintf(format, args...)
	}
}

func word(data []byte, offset int) uint32 { return binary.LittleEndian.Uint32(data[offset:]) }

// read takes the result and the failed rows of a call out of the guest's memory, all of it copied.
// Rows that did not run and rows that failed are null in the result.
func (f *Function) read(v *view, frame *abi.Frame, op abi.Op, at uint32) (batch.Column, error) {
	rows := resultRows(frame, op)
	head := v.bytes("frame", at, abi.OffsetColumns)
	if head == nil {
		return batch.Column{}, &fault{reason: v.broken, row: abi.NoRow}
	}
	f.readErrors(v, frame, head[abi.OffsetFailed:])
	if op == abi.Add {
		out := f.readColumn(v, frame, head[abi.OffsetResult:], rows, nil)
		return out, v.fault()
	}
	valid := f.readValidity(v, frame, word(head[abi.OffsetResult:], abi.ColumnValidity))
	out := f.readColumn(v, frame, head[abi.OffsetResult:], rows, valid)
	return out, v.fault()
}

func (v *view) fault() error {
	if v.broken == "" {
		return nil
	}
	return &fault{reason: v.broken, row: abi.NoRow}
}

// readValidity returns which results stand: nil for all.
func (f *Function) readValidity(v *view, frame *abi.Frame, at uint32) batch.Bitmap {
	n := bits(frame.Rows)
	if at == 0 && frame.Run == nil && frame.Errors.Len() == 0 {
		return nil
	}
	valid := batch.NewBitmap(frame.Rows)
	valid.Fill(frame.Rows)
	if at != 0 {
		for i, b := range v.bytes("the result's validity", at, uint64(n)) {
			valid[i] &= b
		}
		for i := range frame.Rows {
			if !f.result.Nullable && frame.Runs(i) && !valid.Has(i) && !frame.Errors.Has(i) {
				v.fail("row %d is null, but the result of %s is declared as never null", i, f.Name)
				break
			}
		}
	}
	for i := range frame.Run {
		valid[i] &= frame.Run[i]
	}
	for _, row := range frame.Errors.Rows {
		valid.Clear(int(row))
	}
	if valid.Count(frame.Rows) == frame.Rows {
		return nil
	}
	return valid
}

func (f *Function) readColumn(v *view, frame *abi.Frame, head []byte, rows int, valid batch.Bitmap) batch.Column {
	t := frame.Result.Type
	out := batch.Column{Type: t, Valid: valid}
	if batch.Kind(head[0]) != t.Kind || head[1] != t.Scale {
		v.fail("the result has type %d/%d, declared is %v", head[0], head[1], t)
		return out
	}
	at, length := word(head, abi.ColumnValues), uint64(word(head, abi.ColumnBytes))
	if t.Variable() {
		f.readRanges(v, frame, &out, rangesAt{values: at, length: length, offsets: word(head, abi.ColumnOffsets), rows: rows})
		return out
	}
	size := uint64(bits(rows))
	if w := t.Width(); w > 0 {
		size = uint64(rows * w)
	}
	if length < size {
		v.fail("the result has %d bytes of values, %d rows of %v take %d", length, rows, t, size)
		return out
	}
	out.Data = batch.Alloc(int(size))
	copy(out.Data, v.bytes("the result's values", at, size))
	return out
}

type rangesAt struct {
	values, offsets uint32
	length          uint64
	rows            int
}

// readRanges copies values of variable width, without those of null rows.
func (f *Function) readRanges(v *view, frame *abi.Frame, out *batch.Column, at rangesAt) {
	values := v.bytes("the result's values", at.values, at.length)
	ends := v.bytes("the result's offsets", at.offsets, 4*uint64(at.rows+1))
	if v.broken != "" {
		return
	}
	limit := uint32(f.module.opts.MaxValue)
	text := out.Type.Kind == batch.Utf8 || out.Type.Kind == batch.JSON
	offsets := make([]int32, 1, at.rows+1)
	data := make([]byte, 0, len(values))
	for i := range at.rows {
		from, to := word(ends, 4*i), word(ends, 4*i+4)
		if from > to || uint64(to) > at.length {
			v.fail("the result's row %d lies at %d..%d of %d bytes", i, from, to, at.length)
			return
		}
		if out.Null(i) {
			offsets = append(offsets, int32(len(data)))
			continue
		}
		value := values[from:to]
		switch {
		case to-from > limit:
			f.reject(v, frame, out, i, fmt.Sprintf("its result has %d bytes, allowed are %d; raise max_value", to-from, limit))
		case text && !utf8.Valid(value):
			f.reject(v, frame, out, i, "its result is not valid UTF-8")
		case out.Type.Kind == batch.JSON && !json.Valid(value):
			f.reject(v, frame, out, i, "its result is not valid JSON")
		default:
			data = append(data, value...)
		}
		if len(data) > maxColumn {
			v.fail("the results of one call take more than %d bytes", maxColumn)
			return
		}
		offsets = append(offsets, int32(len(data)))
	}
	out.Data, out.Offsets = data, offsets
}

// maxColumn bounds a column so that its offsets fit. Ranges may overlap, so the guest's memory does
// not bound it.
const maxColumn = 1 << 30

// reject fails one row for its result. A state has no row of its own: the call fails.
func (f *Function) reject(v *view, frame *abi.Frame, out *batch.Column, row int, reason string) {
	if out.Type == stateType && f.Kind == abi.Aggregate && frame.Group != nil {
		v.fail("group %d: %s", row, reason)
		return
	}
	if out.Valid == nil {
		out.Valid = batch.NewBitmap(frame.Rows)
		out.Valid.Fill(frame.Rows)
	}
	out.Valid.Clear(row)
	frame.Errors.Add(row, reason)
}

// readErrors reads the rows that failed.
func (f *Function) readErrors(v *view, frame *abi.Frame, head []byte) {
	n := word(head, 0)
	if n == 0 {
		return
	}
	if int64(n) > int64(frame.Rows) {
		v.fail("%d of %d rows failed", n, frame.Rows)
		return
	}
	rows := v.bytes("the failed rows", word(head, 4), 4*uint64(n))
	ends := v.bytes("the reasons' offsets", word(head, 8), 4*uint64(n)+4)
	if v.broken != "" {
		return
	}
	text := v.bytes("the reasons", word(head, 12), uint64(word(ends, 4*int(n))))
	for i := range int(n) {
		row, from, to := word(rows, 4*i), word(ends, 4*i), word(ends, 4*i+4)
		if int64(row) >= int64(frame.Rows) || from > to || uint64(to) > uint64(len(text)) {
			v.fail("failed row %d of %d has its reason at %d..%d of %d bytes", row, frame.Rows, from, to, len(text))
			return
		}
		if frame.Runs(int(row)) {
			frame.Errors.Add(int(row), clean(text[from:to]))
		}
	}
}

// clean makes a guest's text fit for a message.
func clean(text []byte) string {
	if len(text) == 0 {
		return "no reason given"
	}
	return strings.ToValidUTF8(string(text[:min(len(text), maxReason)]), "\uFFFD")
}
