package relation

import (
	"encoding/binary"
	"math"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// OrderKey is a column to order by.
type OrderKey struct {
	Col        int
	Desc       bool
	NullsFirst bool
}

// AppendOrder appends the keys of a row as bytes whose order is theirs: a byte for null, then the value's bytes,
// all inverted when descending.
func AppendOrder(dst []byte, b *batch.Batch, row int, keys []OrderKey) []byte {
	for _, k := range keys {
		col := &b.Cols[k.Col]
		if col.Null(row) {
			dst = append(dst, map[bool]byte{true: 0, false: 2}[k.NullsFirst])
			continue
		}
		dst = append(dst, 1)
		start := len(dst)
		dst = appendOrdered(dst, col, row)
		if k.Desc {
			for i := start; i < len(dst); i++ {
				dst[i] = ^dst[i]
			}
		}
	}
	return dst
}

// appendOrdered appends a value as bytes in the canonical order of its type. It is a switch over the kinds.
func appendOrdered(dst []byte, col *batch.Column, row int) []byte {
	be := binary.BigEndian
	const sign32, sign64 = 1 << 31, 1 << 63
	switch col.Type.Kind {
	case batch.Bool:
		if col.Bool(row) {
			return append(dst, 1)
		}
		return append(dst, 0)
	case batch.Int8:
		return append(dst, byte(batch.Values[int8](col)[row])^0x80)
	case batch.Int16:
		return be.AppendUint16(dst, uint16(batch.Values[int16](col)[row])^0x8000)
	case batch.Int32, batch.Date:
		return be.AppendUint32(dst, uint32(batch.Values[int32](col)[row])^sign32)
	case batch.Int64, batch.Timestamp, batch.Duration:
		return be.AppendUint64(dst, uint64(batch.Values[int64](col)[row])^sign64)
	case batch.Uint8:
		return append(dst, batch.Values[uint8](col)[row])
	case batch.Uint16:
		return be.AppendUint16(dst, batch.Values[uint16](col)[row])
	case batch.Uint32:
		return be.AppendUint32(dst, batch.Values[uint32](col)[row])
	case batch.Uint64:
		return be.AppendUint64(dst, batch.Values[uint64](col)[row])
	case batch.Float32:
		return appendFloat(dst, float64(batch.Values[float32](col)[row]))
	case batch.Float64:
		return appendFloat(dst, batch.Values[float64](col)[row])
	case batch.Decimal, batch.Int128:
		w := batch.Values[[2]uint64](col)[row]
		return be.AppendUint64(be.AppendUint64(dst, w[1]^sign64), w[0])
	case batch.Uint128:
		w := batch.Values[[2]uint64](col)[row]
		return be.AppendUint64(be.AppendUint64(dst, w[1]), w[0])
	case batch.UUID:
		return append(dst, col.Data[16*row:16*row+16]...)
	case batch.Point:
		p := batch.Values[[2]float64](col)[row]
		return appendFloat(appendFloat(dst, p[0]), p[1])
	case batch.Utf8, batch.Binary, batch.JSON:
		return appendText(dst, col.View(row))
	}
	panic("relation: order of " + col.Type.String())
}

// appendFloat makes NaN the greatest and -0 equal to 0.
func appendFloat(dst []byte, x float64) []byte {
	bits := math.Float64bits(x)
	switch {
	case x != x:
		bits = math.MaxUint64
	case x == 0:
		bits = 1 << 63
	case x < 0:
		bits = ^bits
	default:
		bits |= 1 << 63
	}
	return binary.BigEndian.AppendUint64(dst, bits)
}

// appendText ends a text so that none is the beginning of another.
func appendText(dst, text []byte) []byte {
	for _, c := range text {
		if dst = append(dst, c); c == 0 {
			dst = append(dst, 0xff)
		}
	}
	return append(dst, 0, 0)
}
