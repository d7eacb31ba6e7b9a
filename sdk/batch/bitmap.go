package batch

import (
	"math/bits"
	"unsafe"
)

// Bitmap is a vector of bits, least significant bit first, as in Arrow. As a column's validity,
// nil means that every bit is set.
type Bitmap []byte

// NewBitmap returns n bits, all clear, in memory that may be read in words.
func NewBitmap(n int) Bitmap { return Alloc((n + 7) / 8) }

// Has reports whether bit i is set. The bitmap must not be nil.
func (m Bitmap) Has(i int) bool { return m[i>>3]&(1<<(i&7)) != 0 }

// Set sets bit i.
func (m Bitmap) Set(i int) { m[i>>3] |= 1 << (i & 7) }

// Clear clears bit i.
func (m Bitmap) Clear(i int) { m[i>>3] &^= 1 << (i & 7) }

// Count returns how many of the first n bits are set.
func (m Bitmap) Count(n int) int {
	count := 0
	for _, b := range m[:n>>3] {
		count += bits.OnesCount8(b)
	}
	if n&7 != 0 {
		count += bits.OnesCount8(m[n>>3] & (1<<(n&7) - 1))
	}
	return count
}

// Fill sets the first n bits.
func (m Bitmap) Fill(n int) {
	for i := range m[:n>>3] {
		m[i] = 0xff
	}
	for i := n &^ 7; i < n; i++ {
		m.Set(i)
	}
}

func (m Bitmap) slice(i, j int) Bitmap {
	if m == nil {
		return nil
	}
	if i&7 == 0 {
		return m[i>>3 : (j+7)>>3]
	}
	out := NewBitmap(j - i)
	for k := i; k < j; k++ {
		if m.Has(k) {
			out.Set(k - i)
		}
	}
	return out
}

// Alloc returns n zero bytes that start at an 8-byte boundary, with room to read the last word whole.
func Alloc(n int) []byte {
	if n == 0 {
		return []byte{}
	}
	words := make([]uint64, (n+7)/8)
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), 8*len(words))[:n]
}
