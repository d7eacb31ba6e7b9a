package batch

import (
	"encoding/binary"
	"math"
	"unsafe"
)

// Column is one typed vector in Arrow's layout. It does not know its length: the batch does.
type Column struct {
	Type Type
	// Valid has a bit set for each row that is not null; nil: no row is null. What Data holds at
	// a null row is undefined but readable (a variable-width null has an empty range).
	Valid Bitmap
	// Data holds the values: fixed-width ones little-endian and 8-byte aligned at its start,
	// Bool as bits, variable-width ones end to end.
	Data []byte
	// Offsets has one entry more than there are rows; value i is Data[Offsets[i]:Offsets[i+1]].
	// Offsets[0] need not be 0. Only for variable-width types.
	Offsets []int32
}

// Fixed are the Go types in which fixed-width columns are seen by Values.
type Fixed interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64 | [16]byte | [2]uint64 | [2]float64
}

// Values returns the fixed-width values of c without copying. T's size must be the type's width;
// Date is seen as int32, Timestamp and Duration as int64, Decimal, Int128 and Uint128 as [2]uint64
// (low word first) and Point as [2]float64.
func Values[T Fixed](c *Column) []T {
	var zero T
	size := int(unsafe.Sizeof(zero))
	if len(c.Data) == 0 {
		return nil
	}
	if size != c.Type.Width() {
		panic("batch: Values of " + c.Type.String() + " seen with a wrong width")
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(c.Data))), len(c.Data)/size)
}

// Bytes returns how much memory the column takes.
func (c *Column) Bytes() int {
	n := len(c.Data) + len(c.Valid) + 4*len(c.Offsets)
	if c.Type.Variable() && len(c.Offsets) > 0 {
		n += int(c.Offsets[len(c.Offsets)-1]-c.Offsets[0]) - len(c.Data)
	}
	return n
}

// Null reports whether row i is null.
func (c *Column) Null(i int) bool { return c.Valid != nil && !c.Valid.Has(i) }

// Bool returns row i of a Bool column.
func (c *Column) Bool(i int) bool { return Bitmap(c.Data).Has(i) }

// View returns the bytes of row i of a variable-width column, without copying.
func (c *Column) View(i int) []byte { return c.Data[c.Offsets[i]:c.Offsets[i+1]:c.Offsets[i+1]] }

// Text returns row i of a variable-width column as a string that shares the column's memory: it
// is valid as long as the column is.
func (c *Column) Text(i int) string {
	v := c.View(i)
	return unsafe.String(unsafe.SliceData(v), len(v))
}

// Slice returns rows i to j, sharing memory wherever i allows it.
func (c *Column) Slice(i, j int) Column {
	out := Column{Type: c.Type, Valid: c.Valid.slice(i, j)}
	switch w := c.Type.Width(); {
	case c.Type.Variable():
		out.Data, out.Offsets = c.Data, c.Offsets[i:j+1]
	case w > 0:
		out.Data = c.Data[i*w : j*w]
	default:
		out.Data = Bitmap(c.Data).slice(i, j)
	}
	return out
}

// Dec is a 128-bit integer, low word first in two's complement, and the digits after its point.
type Dec struct {
	Hi    int64
	Lo    uint64
	Scale uint8
}

// Value returns row i in wide form: nil for null, bool, int64 for the signed integers, Date (days),
// Timestamp and Duration (microseconds), uint64 for the unsigned, float64, Dec for Decimal, Int128
// and Uint128, string for Utf8 and JSON, []byte for Binary (a copy), [16]byte for UUID and
// [2]float64 for Point.
func (c *Column) Value(i int) any { //nolint:gocyclo // a switch over the kinds
	if c.Null(i) {
		return nil
	}
	if c.Type.Variable() {
		if c.Type.Kind == Binary {
			return append([]byte{}, c.View(i)...)
		}
		return string(c.View(i))
	}
	if c.Type.Kind == Bool {
		return c.Bool(i)
	}
	w := c.Type.Width()
	d := c.Data[i*w : i*w+w]
	switch c.Type.Kind {
	case Int8:
		return int64(int8(d[0]))
	case Int16:
		return int64(int16(binary.LittleEndian.Uint16(d)))
	case Int32, Date:
		return int64(int32(binary.LittleEndian.Uint32(d)))
	case Int64, Timestamp, Duration:
		return int64(binary.LittleEndian.Uint64(d))
	case Uint8:
		return uint64(d[0])
	case Uint16:
		return uint64(binary.LittleEndian.Uint16(d))
	case Uint32:
		return uint64(binary.LittleEndian.Uint32(d))
	case Uint64:
		return binary.LittleEndian.Uint64(d)
	case Float32:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(d)))
	case Float64:
		return math.Float64frombits(binary.LittleEndian.Uint64(d))
	case Decimal, Int128, Uint128:
		return Dec{Lo: binary.LittleEndian.Uint64(d), Hi: int64(binary.LittleEndian.Uint64(d[8:])), Scale: c.Type.Scale}
	case UUID:
		return [16]byte(d)
	case Point:
		return [2]float64{
			math.Float64frombits(binary.LittleEndian.Uint64(d)),
			math.Float64frombits(binary.LittleEndian.Uint64(d[8:])),
		}
	}
	panic("batch: value of " + c.Type.String())
}
