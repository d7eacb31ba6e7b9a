package view

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/cespare/xxhash/v2"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// codec knows how the rows of one schema are written. A row is
//
//	null bits | fixed-width values | lengths of the variable-width values (uvarint) | their bytes
//
// with -0 written as 0 and every NaN as one, so rows that are equal in canonical order are equal bytes.
type codec struct {
	schema batch.Schema
	types  []batch.Type
	at     []int // where a fixed-width value stands in the row; for a variable-width one: its number
	vars   []int // the variable-width columns
	head   int   // bytes before the lengths
}

func newCodec(schema batch.Schema) *codec {
	c := &codec{schema: schema, types: schema.Types(), at: make([]int, len(schema.Fields))}
	c.head = (len(c.types) + 7) / 8
	for i, t := range c.types {
		switch {
		case t.Variable():
			c.at[i] = len(c.vars)
			c.vars = append(c.vars, i)
		default:
			c.at[i] = c.head
			c.head += max(1, t.Width()) // a Bool takes a byte
		}
	}
	return c
}

func (c *codec) keyed() bool { return c.schema.Key != nil }

// check reports a batch whose columns are not the schema's.
func (c *codec) check(b *batch.Batch) error {
	if len(b.Cols) != len(c.types) {
		return fmt.Errorf("%d columns instead of %d", len(b.Cols), len(c.types))
	}
	for i := range b.Cols {
		if b.Cols[i].Type != c.types[i] {
			return fmt.Errorf("column %q: %v instead of %v", c.schema.Fields[i].Name, b.Cols[i].Type, c.types[i])
		}
	}
	return nil
}

// rowSizes adds the bytes that the rows of b take to sizes.
func (c *codec) rowSizes(b *batch.Batch, sizes []int) {
	for i := range sizes {
		sizes[i] += c.head
	}
	for _, v := range c.vars {
		col := &b.Cols[v]
		offsets := col.Offsets[:len(sizes)+1]
		for i := range sizes {
			n := int(offsets[i+1] - offsets[i])
			if col.Null(i) {
				n = 0
			}
			sizes[i] += n + uvarintLen(n)
		}
	}
}

// putRows writes row i of b to dst from at[i] on and moves at[i] behind it.
func (c *codec) putRows(b *batch.Batch, dst []byte, at []int) {
	for i := range at {
		clear(dst[at[i] : at[i]+c.head])
	}
	for f := range b.Cols {
		col := &b.Cols[f]
		if col.Valid != nil {
			bit := byte(1 << (f & 7))
			for i, p := range at {
				if !col.Valid.Has(i) {
					dst[p+f>>3] |= bit
				}
			}
		}
		if !col.Type.Variable() {
			c.putFixed(col, dst, at, c.at[f])
		}
	}
	for i := range at {
		at[i] += c.head
	}
	for _, v := range c.vars {
		col := &b.Cols[v]
		for i, p := range at {
			n := int(col.Offsets[i+1] - col.Offsets[i])
			if col.Null(i) {
				n = 0
			}
			if n < 0x80 {
				dst[p] = byte(n)
				at[i] = p + 1
				continue
			}
			at[i] = p + binary.PutUvarint(dst[p:], uint64(n))
		}
	}
	for _, v := range c.vars {
		col := &b.Cols[v]
		for i, p := range at {
			if col.Null(i) {
				continue
			}
			at[i] = p + copy(dst[p:], col.Data[col.Offsets[i]:col.Offsets[i+1]])
		}
	}
}

// putFixed writes the values of one column, each off bytes behind its row's start. Nulls stay zero.
func (c *codec) putFixed(col *batch.Column, dst []byte, at []int, off int) { //nolint:gocyclo // a switch over the kinds
	switch k := col.Type.Kind; {
	case k == batch.Bool:
		for i, p := range at {
			if !col.Null(i) && col.Bool(i) {
				dst[p+off] = 1
			}
		}
	case k == batch.Float64:
		for i, v := range batch.Values[float64](col)[:len(at)] {
			if !col.Null(i) {
				binary.LittleEndian.PutUint64(dst[at[i]+off:], canonical64(v))
			}
		}
	case k == batch.Float32:
		for i, v := range batch.Values[float32](col)[:len(at)] {
			if !col.Null(i) {
				binary.LittleEndian.PutUint32(dst[at[i]+off:], canonical32(v))
			}
		}
	case k == batch.Point:
		for i, v := range batch.Values[[2]float64](col)[:len(at)] {
			if !col.Null(i) {
				binary.LittleEndian.PutUint64(dst[at[i]+off:], canonical64(v[0]))
				binary.LittleEndian.PutUint64(dst[at[i]+off+8:], canonical64(v[1]))
			}
		}
	case col.Type.Width() == 8 && col.Valid == nil:
		for i, v := range batch.Values[uint64](col)[:len(at)] {
			binary.LittleEndian.PutUint64(dst[at[i]+off:], v)
		}
	case col.Type.Width() == 4 && col.Valid == nil:
		for i, v := range batch.Values[uint32](col)[:len(at)] {
			binary.LittleEndian.PutUint32(dst[at[i]+off:], v)
		}
	default:
		w := col.Type.Width()
		for i, p := range at {
			if !col.Null(i) {
				copy(dst[p+off:p+off+w], col.Data[i*w:i*w+w])
			}
		}
	}
}

// canonical64 returns the bits of v with one zero and one NaN.
func canonical64(v float64) uint64 {
	switch {
	case v == 0:
		return 0
	case v != v:
		return 0x7ff8000000000000
	}
	return math.Float64bits(v)
}

func canonical32(v float32) uint32 {
	switch {
	case v == 0:
		return 0
	case v != v:
		return 0x7fc00000
	}
	return math.Float32bits(v)
}

func uvarintLen(n int) int {
	size := 1
	for n >= 0x80 {
		n >>= 7
		size++
	}
	return size
}

// Row is one stored row, read in place: its fields share the store's memory.
type Row struct {
	codec *codec
	data  []byte
	ends  []int // of the variable-width values
	first int   // where the first of them starts
}

// load makes r stand for the given bytes and reports bytes that are no row.
func (r *Row) load(c *codec, data []byte) error {
	r.codec, r.data = c, data
	if len(data) < c.head {
		return fmt.Errorf("a stored row has %d bytes, its schema needs %d", len(data), c.head)
	}
	if len(c.vars) == 0 && len(data) == c.head {
		return nil
	}
	if cap(r.ends) < len(c.vars) {
		r.ends = make([]int, len(c.vars))
	}
	r.ends = r.ends[:len(c.vars)]
	at, end := c.head, 0
	for i := range r.ends {
		if at < len(data) && data[at] < 0x80 {
			end += int(data[at])
			at++
		} else {
			n, size := binary.Uvarint(data[at:])
			if size <= 0 || n > uint64(len(data)) {
				return fmt.Errorf("a stored row is damaged at byte %d", at)
			}
			end += int(n)
			at += size
		}
		r.ends[i] = end
	}
	if at+end != len(data) {
		return fmt.Errorf("a stored row has %d bytes, its lengths say %d", len(data), at+end)
	}
	r.first = at
	for i := range r.ends {
		r.ends[i] += at
	}
	return nil
}

// Null reports whether column col is null.
func (r *Row) Null(col int) bool { return r.data[col>>3]&(1<<(col&7)) != 0 }

// Field returns the bytes of column col, which is not null: little-endian for the fixed-width types (a
// Bool is a byte, 0 or 1), the text or bytes for the others.
func (r *Row) Field(col int) []byte {
	at := r.codec.at[col]
	if w := r.codec.types[col]; !w.Variable() {
		return r.data[at : at+max(1, w.Width())]
	}
	start := r.first
	if at > 0 {
		start = r.ends[at-1]
	}
	return r.data[start:r.ends[at]:r.ends[at]]
}

// appendTo appends column col to v.
func (r *Row) appendTo(v *batch.Vector, col int) {
	if r.Null(col) {
		v.AppendNull()
		return
	}
	f := r.Field(col)
	if v.Type.Variable() {
		v.AppendBytes(f)
		return
	}
	switch v.Type.Width() {
	case 0:
		v.AppendBool(f[0] != 0)
	case 1:
		batch.Append(v, f[0])
	case 2:
		batch.Append(v, binary.LittleEndian.Uint16(f))
	case 4:
		batch.Append(v, binary.LittleEndian.Uint32(f))
	case 8:
		batch.Append(v, binary.LittleEndian.Uint64(f))
	default:
		batch.Append(v, [16]byte(f))
	}
}

// CompareField compares two fields of a type, as Row.Field returns them, in canonical order.
func CompareField(t batch.Type, a, b []byte) int { //nolint:gocyclo // a switch over the kinds
	le := binary.LittleEndian
	switch t.Kind {
	case batch.Bool, batch.Uint8:
		return int(a[0]) - int(b[0])
	case batch.Int8:
		return int(int8(a[0])) - int(int8(b[0]))
	case batch.Int16:
		return int(int16(le.Uint16(a))) - int(int16(le.Uint16(b)))
	case batch.Uint16:
		return int(le.Uint16(a)) - int(le.Uint16(b))
	case batch.Int32, batch.Date:
		return int(int32(le.Uint32(a))) - int(int32(le.Uint32(b)))
	case batch.Uint32:
		return int(le.Uint32(a)) - int(le.Uint32(b))
	case batch.Int64, batch.Timestamp, batch.Duration:
		return compareUint(le.Uint64(a)^1<<63, le.Uint64(b)^1<<63)
	case batch.Uint64:
		return compareUint(le.Uint64(a), le.Uint64(b))
	case batch.Float32:
		return int(int64(ordered32(le.Uint32(a))) - int64(ordered32(le.Uint32(b))))
	case batch.Float64:
		return compareUint(ordered64(le.Uint64(a)), ordered64(le.Uint64(b)))
	case batch.Point:
		if n := compareUint(ordered64(le.Uint64(a)), ordered64(le.Uint64(b))); n != 0 {
			return n
		}
		return compareUint(ordered64(le.Uint64(a[8:])), ordered64(le.Uint64(b[8:])))
	case batch.Decimal, batch.Int128, batch.Uint128:
		flip := uint64(1 << 63)
		if t.Kind == batch.Uint128 {
			flip = 0
		}
		if n := compareUint(le.Uint64(a[8:])^flip, le.Uint64(b[8:])^flip); n != 0 {
			return n
		}
		return compareUint(le.Uint64(a), le.Uint64(b))
	}
	return bytes.Compare(a, b)
}

func compareUint(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// compareRows compares two rows in canonical order. It is for the rare ties of duplicates.
func (c *codec) compareRows(a, b []byte) int {
	var x, y Row
	if x.load(c, a) != nil || y.load(c, b) != nil {
		return bytes.Compare(a, b)
	}
	for i, t := range c.types {
		switch nx, ny := x.Null(i), y.Null(i); {
		case nx && ny:
		case nx:
			return 1
		case ny:
			return -1
		default:
			if n := CompareField(t, x.Field(i), y.Field(i)); n != 0 {
				return n
			}
		}
	}
	return 0
}

// recordID returns a row's public id: the xxhash64 of its key, without the generation's prefix.
func (c *codec) recordID(key []byte) uint64 {
	if !c.keyed() {
		return binary.BigEndian.Uint64(key) // such a key begins with the hash of the row
	}
	return xxhash.Sum64(key)
}
