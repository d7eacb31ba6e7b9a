package arrow

import (
	"fmt"
	"unicode/utf8"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Array returns the first rows of a column as an Arrow array that shares its memory.
func Array(c *batch.Column, rows int) arrow.Array {
	buffers := make([]*memory.Buffer, 2, 3)
	nulls := 0
	if c.Valid != nil {
		nulls = rows - c.Valid.Count(rows)
		buffers[0] = memory.NewBufferBytes(c.Valid)
	}
	if c.Type.Variable() {
		buffers[1] = memory.NewBufferBytes(offsetBytes(c.Offsets))
		buffers = append(buffers, memory.NewBufferBytes(c.Data))
	} else {
		buffers[1] = memory.NewBufferBytes(c.Data)
	}
	data := array.NewData(DataType(c.Type), rows, buffers, nil, nulls, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

func offsetBytes(offsets []int32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(offsets))), 4*len(offsets))
}

// Record returns a batch as an Arrow record that shares its memory. The schema is one of Schema for
// the batch's types; a weighted one needs weights.
func Record(b *batch.Batch, s *arrow.Schema) arrow.RecordBatch {
	cols := make([]arrow.Array, len(b.Cols), len(b.Cols)+1)
	for i := range b.Cols {
		cols[i] = Array(&b.Cols[i], b.Rows)
	}
	if s.NumFields() > len(b.Cols) {
		raw := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(b.Weights))), 8*len(b.Weights))
		cols = append(cols, Array(&batch.Column{Type: batch.T(batch.Int64), Data: raw}, b.Rows))
	}
	return array.NewRecordBatch(s, cols, int64(b.Rows))
}

// Batch returns an Arrow record as a batch of the wanted types, which shares its memory where the
// layouts agree; see Column.
func Batch(rec arrow.RecordBatch, want []batch.Type) (*batch.Batch, error) {
	out := &batch.Batch{Cols: make([]batch.Column, 0, len(want)), Rows: int(rec.NumRows())}
	for i := range int(rec.NumCols()) {
		if extensionOf(rec.Schema().Field(i)) == extWeight {
			c, err := Column(rec.Column(i), batch.T(batch.Int64))
			if err != nil || c.Valid != nil {
				return nil, fmt.Errorf("weights have to be int64 without nulls")
			}
			out.Weights = batch.Values[batch.Weight](&c)
			continue
		}
		if len(out.Cols) == len(want) {
			return nil, fmt.Errorf("a record of more than %d columns", len(want))
		}
		c, err := Column(rec.Column(i), want[len(out.Cols)])
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", rec.ColumnName(i), err)
		}
		out.Cols = append(out.Cols, c)
	}
	if len(out.Cols) != len(want) {
		return nil, fmt.Errorf("a record of %d columns, not %d", len(out.Cols), len(want))
	}
	return out, nil
}

// Buffers are the buffers of a column as they came from another process.
type Buffers struct {
	Valid, Offsets, Data []byte // Valid is nil when there are no nulls
}

// Column makes a column of the buffers, after verifying what Check verifies. It shares their memory
// where it is aligned.
func (b Buffers) Column(t batch.Type, rows int) (batch.Column, error) {
	c := batch.Column{Type: t, Data: b.Data}
	if len(b.Valid) > 0 {
		c.Valid = batch.Bitmap(b.Valid)
	}
	switch {
	case !t.Variable():
		c.Data = aligned(b.Data, min(max(t.Width(), 1), 8))
	case rows == 0:
		c.Offsets = []int32{0}
	default:
		raw := aligned(b.Offsets, 4)
		c.Offsets = unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(raw))), len(raw)/4)
	}
	if err := check(&c, rows); err != nil {
		return c, err
	}
	if w := t.Width(); w > 0 {
		c.Data = c.Data[:rows*w]
	} else if t.Variable() {
		c.Offsets = c.Offsets[:rows+1]
	}
	return c, nil
}

// Check verifies what a batch from another process promises: buffers long enough for its rows, offsets that
// do not leave the data, and valid UTF-8.
func Check(b *batch.Batch) error {
	if b.Weights != nil && len(b.Weights) < b.Rows {
		return fmt.Errorf("%d weights for %d rows", len(b.Weights), b.Rows)
	}
	for i := range b.Cols {
		if err := check(&b.Cols[i], b.Rows); err != nil {
			return fmt.Errorf("column %d: %w", i, err)
		}
	}
	return nil
}

func check(c *batch.Column, rows int) error {
	if c.Valid != nil && len(c.Valid) < (rows+7)/8 {
		return fmt.Errorf("validity of %d bytes for %d rows", len(c.Valid), rows)
	}
	switch {
	case !c.Type.Variable() && len(c.Data) < need(c.Type, rows):
		return fmt.Errorf("%d bytes of data for %d rows", len(c.Data), rows)
	case !c.Type.Variable():
		return nil
	case len(c.Offsets) < rows+1:
		return fmt.Errorf("%d offsets for %d rows", len(c.Offsets), rows)
	}
	last := c.Offsets[0]
	if last < 0 || int(c.Offsets[rows]) > len(c.Data) {
		return fmt.Errorf("offsets %d to %d leave the %d bytes of data", last, c.Offsets[rows], len(c.Data))
	}
	for i, end := range c.Offsets[1 : rows+1] {
		if end < last {
			return fmt.Errorf("the offsets of row %d go back", i)
		}
		last = end
	}
	if c.Type.Kind == batch.Binary {
		return nil
	}
	return checkText(c, rows)
}

// checkText looks at all values at once; only then can a rune still span two values.
func checkText(c *batch.Column, rows int) error {
	all := c.Data[c.Offsets[0]:c.Offsets[rows]]
	if !utf8.Valid(all) {
		return fmt.Errorf("the text is not valid UTF-8")
	}
	for i, at := range c.Offsets[1:max(rows, 1)] {
		if int(at) < len(c.Data) && !utf8.RuneStart(c.Data[at]) && at < c.Offsets[rows] {
			return fmt.Errorf("the text of row %d is not valid UTF-8", i+1)
		}
	}
	return nil
}
