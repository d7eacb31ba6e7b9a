package batch

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The binary form of a batch, for spools and ledgers of one host: rows, weights flag, columns; then the
// weights; then for each column its type, whether it has nulls, its validity, offsets and values.
// Integers are unsigned varints, values are the columns' own bytes. On a wire between programs
// batches travel as Arrow IPC instead.

var errCut = errors.New("batch: the encoding ends too early")

// AppendBinary appends the binary form of b to dst.
func AppendBinary(dst []byte, b *Batch) []byte {
	dst = binary.AppendUvarint(dst, uint64(b.Rows))
	if b.Weights == nil {
		dst = append(dst, 0)
	} else {
		dst = append(dst, 1)
		for _, w := range b.Weights {
			dst = binary.AppendVarint(dst, int64(w))
		}
	}
	dst = binary.AppendUvarint(dst, uint64(len(b.Cols)))
	for i := range b.Cols {
		dst = appendColumn(dst, &b.Cols[i], b.Rows)
	}
	return dst
}

func appendColumn(dst []byte, c *Column, rows int) []byte {
	dst = append(dst, byte(c.Type.Kind), c.Type.Scale)
	if c.Valid == nil {
		dst = append(dst, 0)
	} else {
		dst = append(append(dst, 1), c.Valid[:(rows+7)/8]...)
	}
	switch w := c.Type.Width(); {
	case c.Type.Variable():
		for i := range rows {
			dst = binary.AppendUvarint(dst, uint64(c.Offsets[i+1]-c.Offsets[i]))
		}
		if rows > 0 {
			dst = append(dst, c.Data[c.Offsets[0]:c.Offsets[rows]]...)
		}
	case w > 0:
		dst = append(dst, c.Data[:rows*w]...)
	default:
		dst = append(dst, c.Data[:(rows+7)/8]...)
	}
	return dst
}

// DecodeBinary reads a batch that AppendBinary wrote from the start of src and returns what follows it.
// The batch shares no memory with src. It reports damaged input and never panics.
func DecodeBinary(src []byte) (*Batch, []byte, error) {
	d := decoder{src: src}
	b := &Batch{Rows: d.count(maxDecodedRows)}
	if d.byte() == 1 {
		if d.need(b.Rows); d.err == nil {
			b.Weights = make([]Weight, b.Rows)
			for i := range b.Weights {
				b.Weights[i] = Weight(d.varint())
			}
		}
	}
	cols := d.count(1 << 16)
	for range cols {
		c := d.column(b.Rows)
		if d.err != nil {
			return nil, nil, d.err
		}
		b.Cols = append(b.Cols, c)
	}
	if d.err != nil {
		return nil, nil, d.err
	}
	return b, d.src, nil
}

const maxDecodedRows = 1 << 30

// decoder reads from src and keeps the first error.
type decoder struct {
	src []byte
	err error
}

func (d *decoder) need(n int) {
	if d.err == nil && (n < 0 || n > len(d.src)) {
		d.err = errCut
	}
}

func (d *decoder) byte() byte {
	if d.need(1); d.err != nil {
		return 0
	}
	x := d.src[0]
	d.src = d.src[1:]
	return x
}

func (d *decoder) count(limit uint64) int {
	x, n := binary.Uvarint(d.src)
	if d.err == nil && (n <= 0 || x > limit) {
		d.err = errCut
	}
	if d.err != nil {
		return 0
	}
	d.src = d.src[n:]
	return int(x)
}

func (d *decoder) varint() int64 {
	x, n := binary.Varint(d.src)
	if d.err == nil && n <= 0 {
		d.err = errCut
	}
	if d.err != nil {
		return 0
	}
	d.src = d.src[n:]
	return x
}

// take returns a copy of the next n bytes, aligned for words.
func (d *decoder) take(n int) []byte {
	if d.need(n); d.err != nil {
		return nil
	}
	out := Alloc(n)
	copy(out, d.src)
	d.src = d.src[n:]
	return out
}

func (d *decoder) column(rows int) Column {
	kind, scale := Kind(d.byte()), d.byte()
	if d.err == nil && (kind == Invalid || kind >= kinds || scale > 38 || (scale != 0 && kind != Decimal)) {
		d.err = fmt.Errorf("batch: unknown column type %d, scale %d", kind, scale)
	}
	c := Column{Type: Type{Kind: kind, Scale: scale}}
	if d.byte() == 1 {
		c.Valid = d.take((rows + 7) / 8)
	}
	if d.err != nil {
		return c
	}
	switch w := c.Type.Width(); {
	case c.Type.Variable():
		d.need(rows) // a length takes at least a byte
		if d.err != nil {
			return c
		}
		c.Offsets = make([]int32, rows+1)
		total := 0
		for i := range rows {
			total += d.count(1 << 31)
			if total > 1<<31-1 {
				d.err = errCut
			}
			c.Offsets[i+1] = int32(total)
		}
		c.Data = d.take(total)
	case w > 0:
		c.Data = d.take(rows * w)
	default:
		c.Data = d.take((rows + 7) / 8)
	}
	return c
}
