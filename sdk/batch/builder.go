package batch

import (
	"fmt"
	"math"
	"slices"
	"unsafe"
)

// Vector builds one column by appending. The zero value is not ready: use NewVector.
type Vector struct {
	Type    Type
	rows    int
	nulls   int
	data    []byte
	offsets []int32
	valid   Bitmap // nil until the first null
}

// NewVector returns an empty vector of the given type.
func NewVector(t Type) *Vector {
	v := &Vector{Type: t}
	if t.Variable() {
		v.offsets = []int32{0}
	}
	return v
}

// Rows returns how many values were appended.
func (v *Vector) Rows() int { return v.rows }

// Bytes returns how much memory the values take.
func (v *Vector) Bytes() int { return len(v.data) + 4*len(v.offsets) + len(v.valid) }

// Append appends values of a fixed-width type; T's size must be its width.
func Append[T Fixed](v *Vector, values ...T) {
	var zero T
	size := int(unsafe.Sizeof(zero))
	if size != v.Type.Width() {
		panic("batch: Append of a wrong width to " + v.Type.String())
	}
	if len(values) == 0 {
		return
	}
	v.data = append(v.grow(len(values)*size), unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(values)*size)...)
	v.mark(len(values))
}

// AppendBytes appends a value of a variable-width type.
func (v *Vector) AppendBytes(value []byte) {
	v.data = append(v.data, value...)
	v.offsets = append(v.offsets, int32(len(v.data)))
	v.mark(1)
}

// AppendString appends a value of a variable-width type.
func (v *Vector) AppendString(value string) {
	v.data = append(v.data, value...)
	v.offsets = append(v.offsets, int32(len(v.data)))
	v.mark(1)
}

// AppendBool appends to a Bool vector.
func (v *Vector) AppendBool(value bool) {
	v.bit(value)
	v.mark(1)
}

// AppendNull appends a null.
func (v *Vector) AppendNull() {
	if v.valid == nil {
		v.valid = make(Bitmap, (v.rows+8)/8, max(16, (v.rows+8)/8))
		v.valid.Fill(v.rows)
	}
	switch w := v.Type.Width(); {
	case v.Type.Variable():
		v.offsets = append(v.offsets, int32(len(v.data)))
	case w > 0:
		v.data = append(v.grow(w), make([]byte, w)...)
	default:
		v.bit(false)
	}
	if v.rows&7 == 0 && v.rows>>3 == len(v.valid) {
		v.valid = append(v.valid, 0)
	}
	v.rows++
	v.nulls++
}

// AppendColumn appends rows i to j of c, which has v's type.
func (v *Vector) AppendColumn(c *Column, i, j int) {
	if c.Type != v.Type {
		panic(fmt.Sprintf("batch: column %v appended to vector %v", c.Type, v.Type))
	}
	if c.Valid != nil || v.Type.Kind == Bool {
		for ; i < j; i++ {
			v.appendFrom(c, i)
		}
		return
	}
	if w := v.Type.Width(); w > 0 {
		v.data = append(v.grow((j-i)*w), c.Data[i*w:j*w]...)
	} else {
		shift := int32(len(v.data)) - c.Offsets[i]
		v.data = append(v.data, c.Data[c.Offsets[i]:c.Offsets[j]]...)
		for _, end := range c.Offsets[i+1 : j+1] {
			v.offsets = append(v.offsets, end+shift)
		}
	}
	v.mark(j - i)
}

func (v *Vector) appendFrom(c *Column, i int) {
	switch w := v.Type.Width(); {
	case c.Null(i):
		v.AppendNull()
	case v.Type.Variable():
		v.AppendBytes(c.View(i))
	case w > 0:
		v.data = append(v.grow(w), c.Data[i*w:i*w+w]...)
		v.mark(1)
	default:
		v.AppendBool(c.Bool(i))
	}
}

// AppendValue appends a value in the wide form of Column.Value. It reports a value that does not
// fit the type and then appends nothing.
func (v *Vector) AppendValue(value any) error { //nolint:gocyclo // a switch over the kinds
	switch x := value.(type) {
	case nil:
		v.AppendNull()
		return nil
	case bool:
		if v.Type.Kind == Bool {
			v.AppendBool(x)
			return nil
		}
	case int64:
		if v.appendInt(x) {
			return nil
		}
	case int:
		return v.AppendValue(int64(x))
	case uint64:
		if v.appendUint(x) {
			return nil
		}
	case float64:
		switch v.Type.Kind {
		case Float64:
			Append(v, x)
			return nil
		case Float32:
			Append(v, float32(x))
			return nil
		}
	case string:
		if v.Type.Variable() {
			v.AppendString(x)
			return nil
		}
	case []byte:
		if v.Type.Variable() {
			v.AppendBytes(x)
			return nil
		}
	case Dec:
		if k := v.Type.Kind; (k == Decimal || k == Int128 || k == Uint128) && x.Scale == v.Type.Scale {
			Append(v, [2]uint64{x.Lo, uint64(x.Hi)})
			return nil
		}
	case [16]byte:
		if v.Type.Kind == UUID {
			Append(v, x)
			return nil
		}
	case [2]float64:
		if v.Type.Kind == Point {
			Append(v, x)
			return nil
		}
	}
	return fmt.Errorf("%v (%T) does not fit %v", value, value, v.Type)
}

func (v *Vector) appendInt(x int64) bool {
	switch v.Type.Kind {
	case Int8:
		if x == int64(int8(x)) {
			Append(v, int8(x))
			return true
		}
	case Int16:
		if x == int64(int16(x)) {
			Append(v, int16(x))
			return true
		}
	case Int32, Date:
		if x == int64(int32(x)) {
			Append(v, int32(x))
			return true
		}
	case Int64, Timestamp, Duration:
		Append(v, x)
		return true
	case Int128:
		Append(v, [2]uint64{uint64(x), uint64(x >> 63)})
		return true
	default:
		return x >= 0 && v.appendUint(uint64(x))
	}
	return false
}

func (v *Vector) appendUint(x uint64) bool {
	switch v.Type.Kind {
	case Uint8:
		if x <= math.MaxUint8 {
			Append(v, uint8(x))
			return true
		}
	case Uint16:
		if x <= math.MaxUint16 {
			Append(v, uint16(x))
			return true
		}
	case Uint32:
		if x <= math.MaxUint32 {
			Append(v, uint32(x))
			return true
		}
	case Uint64:
		Append(v, x)
		return true
	case Uint128, Int128:
		Append(v, [2]uint64{x, 0})
		return true
	default:
		return v.Type.Signed() && x <= math.MaxInt64 && v.appendInt(int64(x))
	}
	return false
}

// Truncate drops all but the first n values.
func (v *Vector) Truncate(n int) {
	switch w := v.Type.Width(); {
	case v.Type.Variable():
		v.data, v.offsets = v.data[:v.offsets[n]], v.offsets[:n+1]
	case w > 0:
		v.data = v.data[:n*w]
	default:
		v.data = trimBits(v.data, n)
	}
	if v.valid != nil {
		v.nulls = n - v.valid.Count(n)
		v.valid = Bitmap(trimBits(v.valid, n))
	}
	v.rows = n
}

func trimBits(m []byte, n int) []byte {
	m = m[:(n+7)/8]
	if n&7 != 0 {
		m[n>>3] &= 1<<(n&7) - 1
	}
	return m
}

// Peek returns the column so far. It shares the vector's memory until the next append.
func (v *Vector) Peek() Column {
	c := Column{Type: v.Type, Data: v.data, Offsets: v.offsets}
	if v.nulls > 0 {
		c.Valid = v.valid
	}
	return c
}

// Take returns the column and leaves the vector empty; the memory is the caller's.
func (v *Vector) Take() Column {
	c := v.Peek()
	*v = *NewVector(v.Type)
	return c
}

// Reset empties the vector and keeps its memory for the next values.
func (v *Vector) Reset() {
	v.rows, v.nulls, v.valid, v.data = 0, 0, nil, v.data[:0]
	if v.offsets != nil {
		v.offsets = v.offsets[:1]
	}
}

// grow makes room for n bytes of fixed-width values, keeping the 8-byte alignment that small Go
// allocations do not have.
func (v *Vector) grow(n int) []byte {
	if need := len(v.data) + n; need > cap(v.data) {
		data := Alloc(max(need, 2*cap(v.data), 64))
		copy(data, v.data)
		v.data = data[:len(v.data)]
	}
	return v.data
}

func (v *Vector) bit(value bool) {
	if v.rows&7 == 0 {
		v.data = append(v.data, 0)
	}
	if value {
		Bitmap(v.data).Set(v.rows)
	}
}

// mark counts n values that are not null.
func (v *Vector) mark(n int) {
	if v.valid != nil {
		need := (v.rows + n + 7) / 8
		v.valid = slices.Grow(v.valid, max(0, need-len(v.valid)))
		for len(v.valid) < need {
			v.valid = append(v.valid, 0)
		}
		for i := v.rows; i < v.rows+n; i++ {
			v.valid.Set(i)
		}
	}
	v.rows += n
}

// Builder builds batches by appending rows.
type Builder struct {
	Cols     []*Vector
	weights  []Weight // nil while every weight is +1
	rows     int
	weighted bool
}

// NewBuilder returns an empty builder of batches with the given column types.
func NewBuilder(types []Type) *Builder {
	b := &Builder{Cols: make([]*Vector, len(types))}
	for i, t := range types {
		b.Cols[i] = NewVector(t)
	}
	return b
}

// Rows returns how many rows were finished.
func (b *Builder) Rows() int { return b.rows }

// Bytes returns how much memory the rows take.
func (b *Builder) Bytes() int {
	n := 8 * len(b.weights)
	for _, v := range b.Cols {
		n += v.Bytes()
	}
	return n
}

// End finishes a row whose values were appended to Cols one by one.
func (b *Builder) End(w Weight) { b.EndRows(1, w) }

// EndRows finishes n rows of the same weight whose values were appended to Cols.
func (b *Builder) EndRows(n int, w Weight) {
	if w != 1 && !b.weighted {
		b.weighted = true
		for range b.rows {
			b.weights = append(b.weights, 1)
		}
	}
	if b.weighted {
		for range n {
			b.weights = append(b.weights, w)
		}
	}
	b.rows += n
}

// AppendRow appends row i of src with weight w.
func (b *Builder) AppendRow(src *Batch, i int, w Weight) {
	for c, v := range b.Cols {
		v.appendFrom(&src.Cols[c], i)
	}
	b.End(w)
}

// AppendBatch appends all rows of src.
func (b *Builder) AppendBatch(src *Batch) {
	for c, v := range b.Cols {
		v.AppendColumn(&src.Cols[c], 0, src.Rows)
	}
	if src.Weights == nil {
		b.EndRows(src.Rows, 1)
		return
	}
	for _, w := range src.Weights {
		b.End(w)
	}
}

// AppendValues appends a row of values in wide form. On an error nothing is appended.
func (b *Builder) AppendValues(w Weight, row ...any) error {
	if len(row) != len(b.Cols) {
		return fmt.Errorf("%d values for %d columns", len(row), len(b.Cols))
	}
	for i, value := range row {
		if err := b.Cols[i].AppendValue(value); err != nil {
			b.Abort()
			return fmt.Errorf("column %d: %w", i, err)
		}
	}
	b.End(w)
	return nil
}

// Abort takes back the values of the row that was begun.
func (b *Builder) Abort() {
	for _, v := range b.Cols {
		if v.Rows() > b.rows {
			v.Truncate(b.rows)
		}
	}
}

// Peek returns the finished rows, sharing the builder's memory until the next append.
func (b *Builder) Peek() *Batch {
	out := &Batch{Cols: make([]Column, len(b.Cols)), Rows: b.rows}
	if b.weighted {
		out.Weights = b.weights
	}
	for i, v := range b.Cols {
		out.Cols[i] = v.Peek()
	}
	return out
}

// Take returns the finished rows and leaves the builder empty; the memory is the caller's.
func (b *Builder) Take() *Batch {
	out := b.Peek()
	for _, v := range b.Cols {
		v.Take()
	}
	b.weights, b.rows, b.weighted = nil, 0, false
	return out
}

// Reset empties the builder and keeps its memory for the next rows.
func (b *Builder) Reset() {
	for _, v := range b.Cols {
		v.Reset()
	}
	b.weights, b.rows, b.weighted = b.weights[:0], 0, false
}
