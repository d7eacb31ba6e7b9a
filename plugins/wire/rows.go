package wire

import (
	"bytes"
	"fmt"
	"slices"

	goarrow "github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc/mem"

	"github.com/millrace-dev/millrace/sdk/arrow"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// MaxFrame bounds the bytes of a frame, unless a single row is larger.
const MaxFrame = 1 << 20

// Encoder turns batches of one schema into bodies.
type Encoder struct {
	schema *goarrow.Schema
	types  []batch.Type
}

// NewEncoder returns an encoder of batches with the given columns, and with or without weights.
func NewEncoder(fields []batch.Field, weighted bool) *Encoder {
	s := batch.Schema{Fields: fields}
	return &Encoder{schema: arrow.Schema(fields, weighted), types: s.Types()}
}

// Schema returns the body that opens a stream.
func (e *Encoder) Schema() ([]byte, error) {
	payload := ipc.GetSchemaPayload(e.schema, memory.DefaultAllocator)
	defer payload.Release()
	var body bytes.Buffer
	_, err := payload.WritePayload(&body)
	return body.Bytes(), err
}

// Rows returns the body of a batch, a copy in a buffer of the pool that Codec.Marshal gives back.
func (e *Encoder) Rows(b *batch.Batch) ([]byte, error) {
	if got := b.Types(); !slices.Equal(got, e.types) {
		return nil, fmt.Errorf("a batch of columns %v instead of %v", got, e.types)
	}
	payload, err := ipc.GetRecordBatchPayload(arrow.Record(b, e.schema))
	if err != nil {
		return nil, err
	}
	defer payload.Release()
	body := appender{*mem.DefaultBufferPool().Get(b.Bytes() + 1024 + 64*len(b.Cols))}
	body.b = body.b[:0]
	_, err = payload.WritePayload(&body)
	return body.b, err
}

type appender struct{ b []byte }

func (a *appender) Write(p []byte) (int, error) {
	a.b = append(a.b, p...)
	return len(p), nil
}

// Split cuts a batch into pieces of at most MaxFrame bytes, or of one row, in order.
func Split(b *batch.Batch, yield func(*batch.Batch) error) error {
	if b.Rows == 0 {
		return nil
	}
	if size := b.Bytes(); size > MaxFrame && b.Rows > 1 {
		rows := max(1, b.Rows*(MaxFrame/2)/size)
		rows = max(min((rows+7)&^7, b.Rows/2), 1) // bits are shared at multiples of 8
		for from := 0; from < b.Rows; from += rows {
			if err := Split(b.Slice(from, min(from+rows, b.Rows)), yield); err != nil {
				return err
			}
		}
		return nil
	}
	return yield(b)
}

// Decoder turns the bodies of one stream into batches.
type Decoder struct {
	types    []batch.Type
	weighted bool
}

// NewDecoder returns the decoder of a stream that was opened by the given body, whose columns have to be of
// the given types.
func NewDecoder(schema []byte, want []batch.Type) (d *Decoder, err error) {
	if err := checkSchema(schema); err != nil {
		return nil, err
	}
	// The fields of a flatbuffer can still point anywhere in it; a plugin must not take the host down (I6).
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%w: %v", errBody, v)
		}
	}()
	reader, err := ipc.NewReader(bytes.NewReader(schema))
	if err != nil {
		return nil, err
	}
	defer reader.Release()
	fields, err := arrow.Fields(reader.Schema())
	if err != nil {
		return nil, err
	}
	s := batch.Schema{Fields: fields}
	if got := s.Types(); !slices.Equal(got, want) {
		return nil, fmt.Errorf("columns %v instead of %v", got, want)
	}
	for i, f := range fields {
		if !goarrow.TypeEqual(reader.Schema().Field(i).Type, arrow.DataType(f.Type)) {
			return nil, fmt.Errorf("column %q: %v is to be sent as %v", f.Name, reader.Schema().Field(i).Type, arrow.DataType(f.Type))
		}
	}
	weighted := reader.Schema().NumFields() == len(want)+1
	if !weighted && reader.Schema().NumFields() != len(want) {
		return nil, fmt.Errorf("%d columns instead of %d", reader.Schema().NumFields(), len(want))
	}
	return &Decoder{types: want, weighted: weighted}, nil
}

// Rows returns the batch of a body, sharing its memory if it is aligned. Whatever comes back can be
// read without a panic.
func (d *Decoder) Rows(body []byte) (*batch.Batch, error) {
	rec, err := readRows(body)
	if err != nil {
		return nil, err
	}
	types := d.types
	if d.weighted {
		types = append(slices.Clip(types), batch.T(batch.Int64))
	}
	if len(rec.nulls) != len(types) {
		return nil, fmt.Errorf("%d columns instead of %d", len(rec.nulls), len(types))
	}
	b := &batch.Batch{Cols: make([]batch.Column, len(types)), Rows: rec.rows}
	for i, t := range types {
		n := 2
		if t.Variable() {
			n = 3
		}
		if len(rec.buffers) < n {
			return nil, errBody
		}
		raw := arrow.Buffers{Valid: rec.buffers[0], Data: rec.buffers[n-1]}
		if t.Variable() {
			raw.Offsets = rec.buffers[1]
		}
		rec.buffers = rec.buffers[n:]
		if !rec.nulls[i] {
			raw.Valid = nil
		}
		if b.Cols[i], err = raw.Column(t, rec.rows); err != nil {
			return nil, fmt.Errorf("column %d: %w", i, err)
		}
	}
	if last := len(d.types); d.weighted {
		if b.Cols[last].Valid != nil {
			return nil, fmt.Errorf("a weight is null")
		}
		b.Weights, b.Cols = batch.Values[batch.Weight](&b.Cols[last])[:b.Rows:b.Rows], b.Cols[:last]
	}
	return b, nil
}
