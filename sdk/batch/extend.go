package batch

import "unsafe"

// Extend appends n values of a fixed-width type, none of them null, and returns the memory they
// take, for the caller to fill before v is used again. T's size must be the type's width.
func Extend[T Fixed](v *Vector, n int) []T {
	var zero T
	size := int(unsafe.Sizeof(zero))
	if size != v.Type.Width() {
		panic("batch: Extend of a wrong width to " + v.Type.String())
	}
	if n == 0 {
		return nil
	}
	start := len(v.data)
	v.data = v.grow(n * size)[:start+n*size]
	v.mark(n)
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(v.data[start:]))), n)
}

// ExtendBytes appends n values of a variable-width type, size bytes in all, and returns the memory
// for the bytes and for the ends of the values; both are for the caller to fill before v is used
// again. An end counts from the start of the vector: start is where the first value begins.
func (v *Vector) ExtendBytes(n, size int) (start int32, ends []int32, data []byte) {
	start = int32(len(v.data))
	if need := len(v.data) + size; need > cap(v.data) {
		grown := make([]byte, len(v.data), max(need, 2*cap(v.data), 64))
		copy(grown, v.data)
		v.data = grown
	}
	v.data = v.data[:int(start)+size]
	first := len(v.offsets)
	if need := first + n; need > cap(v.offsets) {
		grown := make([]int32, first, max(need, 2*cap(v.offsets), 16))
		copy(grown, v.offsets)
		v.offsets = grown
	}
	v.offsets = v.offsets[:first+n]
	v.mark(n)
	return start, v.offsets[first:], v.data[start:]
}

// SetNull makes row i, which was appended before, null. A variable-width value keeps its bytes.
func (v *Vector) SetNull(i int) {
	if v.valid == nil {
		v.valid = make(Bitmap, (v.rows+7)/8)
		v.valid.Fill(v.rows)
	}
	if v.valid.Has(i) {
		v.valid.Clear(i)
		v.nulls++
	}
}

// Back gives an empty vector memory to fill before it allocates any of its own: data, 8-byte
// aligned, for the values and ends for the offsets. Past their capacity the vector moves to memory
// of its own.
func (v *Vector) Back(data []byte, ends []int32) {
	if v.rows > 0 {
		panic("batch: Back of a vector with rows")
	}
	v.data = data[:0]
	if v.Type.Variable() && cap(ends) > 0 {
		v.offsets = append(ends[:0], 0)
	}
}
