package udf

import (
	"strconv"
	"time"

	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/udf/abi"
)

// Opt is a value that may be null, for functions that want to see nulls or to return one.
type Opt[T any] struct {
	Value T
	Valid bool // false: null
}

// Some returns a value that is not null.
func Some[T any](value T) Opt[T] { return Opt[T]{value, true} }

// None returns the null of a type.
func None[T any]() Opt[T] { return Opt[T]{} }

// Date is a day, counted from 1970-01-01.
type Date int32

// JSON is the text of a JSON document.
type JSON string

// column moves the values of a column between the batch's layout and slices of the author's type.
// It keeps its buffers for the next batch.
type column[T any] interface {
	typ() abi.Type
	// load returns the values of c's rows.
	load(c *batch.Column, rows int) []T
	// begin returns where the results of the rows go, all zero.
	begin(out *batch.Column, rows int) []T
	// end puts what was begun into out.
	end(values []T, out *batch.Column)
}

// columnOf returns the column of a Go type, or nil. Where Go's and the batch's layout are the same
// there is nothing to move.
func columnOf[T any]() column[T] { //nolint:gocyclo // a switch over the types
	var c any
	switch p := any((*T)(nil)).(type) {
	case interface{ column() any }:
		c = p.column()
	case *bool:
		c = &bools{}
	case *int8:
		c = same[int8]{batch.Int8}
	case *int16:
		c = same[int16]{batch.Int16}
	case *int32:
		c = same[int32]{batch.Int32}
	case *int64:
		c = same[int64]{batch.Int64}
	case *uint8:
		c = same[uint8]{batch.Uint8}
	case *uint16:
		c = same[uint16]{batch.Uint16}
	case *uint32:
		c = same[uint32]{batch.Uint32}
	case *uint64:
		c = same[uint64]{batch.Uint64}
	case *float32:
		c = same[float32]{batch.Float32}
	case *float64:
		c = same[float64]{batch.Float64}
	case *Date:
		c = same[Date]{batch.Date}
	case *[16]byte:
		c = same[[16]byte]{batch.UUID}
	case *[2]float64:
		c = same[[2]float64]{batch.Point}
	case *int:
		c = &mapped[int, int64]{kind: batch.Int64, from: func(x int64) int { return int(x) }, to: func(x int) int64 { return int64(x) }}
	case *uint:
		c = &mapped[uint, uint64]{kind: batch.Uint64, from: func(x uint64) uint { return uint(x) }, to: func(x uint) uint64 { return uint64(x) }}
	case *time.Time:
		c = &mapped[time.Time, int64]{kind: batch.Timestamp, from: fromMicros, to: time.Time.UnixMicro}
	case *time.Duration:
		c = &mapped[time.Duration, int64]{kind: batch.Duration, from: func(x int64) time.Duration { return time.Duration(x) * time.Microsecond }, to: time.Duration.Microseconds}
	case *string:
		c = &texts[string]{kind: batch.Utf8}
	case *JSON:
		c = &texts[JSON]{kind: batch.JSON}
	case *[]byte:
		c = &bytesColumn{}
	}
	found, _ := c.(column[T])
	return found
}

func fromMicros(x int64) time.Time { return time.UnixMicro(x).UTC() }

const typeHint = ": its Go type has no SQL type; use bool, an integer, a float, string, []byte, time.Time, time.Duration, " +
	"udf.Date, udf.JSON, [16]byte, [2]float64 or udf.Opt of one of these"

// argument returns the column of argument n, from 1.
func argument[T any](name string, n int) column[T] {
	c := columnOf[T]()
	if c == nil {
		panic("udf: " + name + ": argument " + strconv.Itoa(n) + typeHint)
	}
	return c
}

func resultOf[T any](name string) column[T] {
	c := columnOf[T]()
	if c == nil {
		panic("udf: " + name + ": result" + typeHint)
	}
	return c
}

// resize returns n zero values, in buf's memory if they fit.
func resize[T any](buf []T, n int) []T {
	if n > cap(buf) {
		return make([]T, n)
	}
	buf = buf[:n]
	clear(buf)
	return buf
}

func plain(k batch.Kind) abi.Type { return abi.Type{Type: batch.T(k)} }

// same is a type that lies in the column as it does in Go.
type same[T batch.Fixed] struct{ kind batch.Kind }

func (s same[T]) typ() abi.Type { return plain(s.kind) }

func (s same[T]) load(c *batch.Column, rows int) []T { return batch.Values[T](c)[:rows] }

func (s same[T]) begin(out *batch.Column, rows int) []T { return batch.Values[T](out)[:rows] }

func (s same[T]) end([]T, *batch.Column) {}

// mapped is a type that is converted value by value.
type mapped[T any, F batch.Fixed] struct {
	kind batch.Kind
	from func(F) T
	to   func(T) F
	buf  []T
}

func (m *mapped[T, F]) typ() abi.Type { return plain(m.kind) }

func (m *mapped[T, F]) load(c *batch.Column, rows int) []T {
	m.buf = resize(m.buf, rows)
	for i, x := range batch.Values[F](c)[:rows] {
		m.buf[i] = m.from(x)
	}
	return m.buf
}

func (m *mapped[T, F]) begin(_ *batch.Column, rows int) []T {
	m.buf = resize(m.buf, rows)
	return m.buf
}

func (m *mapped[T, F]) end(values []T, out *batch.Column) {
	dst := batch.Values[F](out)
	for i, v := range values {
		dst[i] = m.to(v)
	}
}

type bools struct{ buf []bool }

func (b *bools) typ() abi.Type { return plain(batch.Bool) }

func (b *bools) load(c *batch.Column, rows int) []bool {
	b.buf = resize(b.buf, rows)
	for i := range b.buf {
		b.buf[i] = c.Bool(i)
	}
	return b.buf
}

func (b *bools) begin(_ *batch.Column, rows int) []bool {
	b.buf = resize(b.buf, rows)
	return b.buf
}

func (b *bools) end(values []bool, out *batch.Column) {
	for i, v := range values {
		if v {
			batch.Bitmap(out.Data).Set(i)
		}
	}
}

// texts hands out strings that share one copy of the column, so that an author may keep them.
type texts[T ~string] struct {
	kind batch.Kind
	buf  []T
	out  ranges
}

func (t *texts[T]) typ() abi.Type { return plain(t.kind) }

func (t *texts[T]) load(c *batch.Column, rows int) []T {
	t.buf = resize(t.buf, rows)
	first := c.Offsets[0]
	all := T(c.Data[first:c.Offsets[rows]])
	for i := range t.buf {
		t.buf[i] = all[c.Offsets[i]-first : c.Offsets[i+1]-first]
	}
	return t.buf
}

func (t *texts[T]) begin(_ *batch.Column, rows int) []T {
	t.buf = resize(t.buf, rows)
	return t.buf
}

func (t *texts[T]) end(values []T, out *batch.Column) {
	t.out.reset()
	for _, v := range values {
		t.out.data = append(t.out.data, v...)
		t.out.mark()
	}
	t.out.put(out)
}

type bytesColumn struct {
	buf [][]byte
	out ranges
}

func (b *bytesColumn) typ() abi.Type { return plain(batch.Binary) }

func (b *bytesColumn) load(c *batch.Column, rows int) [][]byte {
	b.buf = resize(b.buf, rows)
	first := c.Offsets[0]
	all := append([]byte(nil), c.Data[first:c.Offsets[rows]]...)
	for i := range b.buf {
		from, to := c.Offsets[i]-first, c.Offsets[i+1]-first
		b.buf[i] = all[from:to:to]
	}
	return b.buf
}

func (b *bytesColumn) begin(_ *batch.Column, rows int) [][]byte {
	b.buf = resize(b.buf, rows)
	return b.buf
}

func (b *bytesColumn) end(values [][]byte, out *batch.Column) {
	b.out.reset()
	for _, v := range values {
		b.out.data = append(b.out.data, v...)
		b.out.mark()
	}
	b.out.put(out)
}

// ranges builds a variable-width column and keeps its memory for the next.
type ranges struct {
	data    []byte
	offsets []int32
}

func (r *ranges) reset() { r.data, r.offsets = r.data[:0], append(r.offsets[:0], 0) }

func (r *ranges) mark() { r.offsets = append(r.offsets, int32(len(r.data))) }

func (r *ranges) put(out *batch.Column) { out.Data, out.Offsets = r.data, r.offsets }

func (*Opt[T]) column() any {
	inner := columnOf[T]()
	if inner == nil || inner.typ().Nullable {
		return nil
	}
	return &opts[T]{inner: inner}
}

// opts is a column that may have nulls.
type opts[T any] struct {
	inner column[T]
	buf   []Opt[T]
	valid batch.Bitmap
}

func (o *opts[T]) typ() abi.Type {
	t := o.inner.typ()
	t.Nullable = true
	return t
}

func (o *opts[T]) load(c *batch.Column, rows int) []Opt[T] {
	o.buf = resize(o.buf, rows)
	for i, v := range o.inner.load(c, rows) {
		if !c.Null(i) {
			o.buf[i] = Opt[T]{v, true}
		}
	}
	return o.buf
}

func (o *opts[T]) begin(_ *batch.Column, rows int) []Opt[T] {
	o.buf = resize(o.buf, rows)
	return o.buf
}

func (o *opts[T]) end(values []Opt[T], out *batch.Column) {
	o.valid = resize(o.valid, (len(values)+7)/8)
	dst := o.inner.begin(out, len(values))
	for i, v := range values {
		if v.Valid {
			dst[i] = v.Value
			o.valid.Set(i)
		}
	}
	o.inner.end(dst, out)
	out.Valid = o.valid
}
