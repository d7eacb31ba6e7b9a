package kernel

import (
	"math/bits"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// And sets dst to a and b over n bits. A nil operand stands for all ones.
func And(dst, a, b batch.Bitmap, n int) {
	each(dst, a, b, n, func(x, y uint64) uint64 { return x & y })
}

// Or sets dst to a or b over n bits. A nil operand stands for all ones.
func Or(dst, a, b batch.Bitmap, n int) {
	each(dst, a, b, n, func(x, y uint64) uint64 { return x | y })
}

// AndNot sets dst to a and not b over n bits. A nil operand stands for all ones.
func AndNot(dst, a, b batch.Bitmap, n int) {
	each(dst, a, b, n, func(x, y uint64) uint64 { return x &^ y })
}

// Xor sets dst to the bits in which a and b differ. A nil operand stands for all ones.
func Xor(dst, a, b batch.Bitmap, n int) {
	each(dst, a, b, n, func(x, y uint64) uint64 { return x ^ y })
}

// Not sets dst to not a over n bits; the bits past n in the last byte are cleared.
func Not(dst, a batch.Bitmap, n int) {
	each(dst, a, a, n, func(x, _ uint64) uint64 { return ^x })
	if n&7 != 0 {
		dst[n>>3] &= 1<<(n&7) - 1
	}
}

// each combines whole words: op runs once for 64 rows.
func each(dst, a, b batch.Bitmap, n int, op func(x, y uint64) uint64) {
	size := (n + 7) / 8
	for at := 0; at < size; at += 8 {
		x, y := ^uint64(0), ^uint64(0)
		if a != nil {
			x = loadWord(a[at:size])
		}
		if b != nil {
			y = loadWord(b[at:size])
		}
		storeWord(dst[at:size], op(x, y))
	}
}

// Any reports whether one of the first n bits of m is set.
func Any(m batch.Bitmap, n int) bool {
	for _, b := range m[:n>>3] {
		if b != 0 {
			return true
		}
	}
	return n&7 != 0 && m[n>>3]&(1<<(n&7)-1) != 0
}

// Select appends to sel the numbers, of the first n, whose bits are set in both a and b; a nil
// bitmap stands for all ones. With a Bool column's Data and Valid it gives the rows that are TRUE.
func Select(sel []int32, a, b batch.Bitmap, n int) []int32 {
	for at := 0; at < n; at += 64 {
		end := min((n+7)/8, at/8+8)
		word := ^uint64(0)
		if a != nil {
			word = loadWord(a[at/8 : end])
		}
		if b != nil {
			word &= loadWord(b[at/8 : end])
		}
		if n-at < 64 {
			word &= 1<<(n-at) - 1
		}
		if word == ^uint64(0) {
			for i := range int32(64) {
				sel = append(sel, int32(at)+i)
			}
			continue
		}
		for ; word != 0; word &= word - 1 {
			sel = append(sel, int32(at+bits.TrailingZeros64(word)))
		}
	}
	return sel
}

// Filter keeps, of the rows sel, those for which the Bool column is TRUE, in place.
func Filter(sel []int32, col *batch.Column) []int32 {
	kept := sel[:0]
	for _, i := range sel {
		if !col.Null(int(i)) && col.Bool(int(i)) {
			kept = append(kept, i)
		}
	}
	return kept
}

// MarkBits sets, in m, the bits sel.
func MarkBits(m batch.Bitmap, sel []int32) {
	for _, i := range sel {
		m.Set(int(i))
	}
}
