package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
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
	feed   *feed
	reader *ipc.Reader
	types  []batch.Type
}

// NewDecoder returns the decoder of a stream that was opened by the given body, whose columns have to be of
// the given types.
func NewDecoder(schema []byte, want []batch.Type) (d *Decoder, err error) {
	defer garbage(&err)
	f := &feed{body: schema}
	reader, err := ipc.NewReaderFromMessageReader(f)
	if err != nil {
		return nil, err
	}
	fields, err := arrow.Fields(reader.Schema())
	if err != nil {
		return nil, err
	}
	s := batch.Schema{Fields: fields}
	if got := s.Types(); !slices.Equal(got, want) {
		return nil, fmt.Errorf("columns %v instead of %v", got, want)
	}
	return &Decoder{feed: f, reader: reader, types: want}, nil
}

// Rows returns the batch of a body, sharing its memory.
func (d *Decoder) Rows(body []byte) (b *batch.Batch, err error) {
	defer garbage(&err)
	d.feed.body = body
	rec, err := d.reader.Read()
	if err != nil {
		return nil, err
	}
	if b, err = arrow.Batch(rec, d.types); err != nil {
		return nil, err
	}
	return b, arrow.Check(b)
}

// garbage turns a panic of the Arrow reader into an error: a plugin must not take the host down (I6), and
// the reader's own recovery does not reach all of its flatbuffer accesses.
func garbage(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("not an Arrow message: %v", v)
	}
}

// feed gives the Arrow reader the one message in body.
type feed struct{ body []byte }

var errBody = errors.New("not an Arrow message")

// Message takes the message apart without copying.
func (f *feed) Message() (*ipc.Message, error) {
	body := f.body
	f.body = nil
	if len(body) < 8 || binary.LittleEndian.Uint32(body) != 0xffffffff {
		return nil, errBody
	}
	size := int64(binary.LittleEndian.Uint32(body[4:]))
	if body = body[8:]; size < 8 || size > int64(len(body)) {
		return nil, errBody
	}
	return ipc.NewMessage(memory.NewBufferBytes(body[:size:size]), memory.NewBufferBytes(body[size:])), nil
}

// Retain and Release have nothing to count.
func (f *feed) Retain() {}

// Release has nothing to free.
func (f *feed) Release() {}
