package kernel

import "github.com/millrace-dev/millrace/sdk/batch"

// Equal sets the bits of dst in which a[i] = b[i].
func Equal[T Integer](dst batch.Bitmap, a, b []T) {
	b = b[:len(a)]
	for i := 0; i < len(a); i += 8 {
		x, y := a[i:min(i+8, len(a))], b[i:min(i+8, len(a))]
		bits := byte(0)
		for k := range x {
			bits |= bit(x[k] == y[k]) << k
		}
		dst[i>>3] = bits
	}
}

// Less sets the bits of dst in which a[i] < b[i].
func Less[T Integer](dst batch.Bitmap, a, b []T) {
	b = b[:len(a)]
	for i := 0; i < len(a); i += 8 {
		x, y := a[i:min(i+8, len(a))], b[i:min(i+8, len(a))]
		bits := byte(0)
		for k := range x {
			bits |= bit(x[k] < y[k]) << k
		}
		dst[i>>3] = bits
	}
}

// EqualFloat sets the bits of dst in which a[i] = b[i], where NaN = NaN.
func EqualFloat[T Float](dst batch.Bitmap, a, b []T) {
	b = b[:len(a)]
	for i := 0; i < len(a); i += 8 {
		x, y := a[i:min(i+8, len(a))], b[i:min(i+8, len(a))]
		bits := byte(0)
		for k := range x {
			bits |= bit(x[k] == y[k] || x[k] != x[k] && y[k] != y[k]) << k
		}
		dst[i>>3] = bits
	}
}

// LessFloat sets the bits of dst in which a[i] < b[i], where NaN is greatest.
func LessFloat[T Float](dst batch.Bitmap, a, b []T) {
	b = b[:len(a)]
	for i := 0; i < len(a); i += 8 {
		x, y := a[i:min(i+8, len(a))], b[i:min(i+8, len(a))]
		bits := byte(0)
		for k := range x {
			bits |= bit(x[k] < y[k] || x[k] == x[k] && y[k] != y[k]) << k
		}
		dst[i>>3] = bits
	}
}

// EqualBytes sets the bits of dst in which the texts of a and b are equal.
func EqualBytes(dst batch.Bitmap, a, b *batch.Column, rows int) {
	clear(dst[:(rows+7)/8])
	for i := range rows {
		if a.Text(i) == b.Text(i) {
			dst.Set(i)
		}
	}
}

// LessBytes sets the bits of dst in which the text of a is before that of b, byte by byte.
func LessBytes(dst batch.Bitmap, a, b *batch.Column, rows int) {
	clear(dst[:(rows+7)/8])
	for i := range rows {
		if a.Text(i) < b.Text(i) {
			dst.Set(i)
		}
	}
}

// CompareBits sets the bits of dst for which test holds of the canonical order of a and b: less is the bit 1,
// equal 2, greater 4. It is for the types that have no kernel of their own. Null rows are left alone.
func CompareBits(dst batch.Bitmap, a, b *batch.Column, rows int, test int) {
	clear(dst[:(rows+7)/8])
	for i := range rows {
		if !a.Null(i) && !b.Null(i) && test>>(Compare(a, i, b, i)+1)&1 != 0 {
			dst.Set(i)
		}
	}
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}
