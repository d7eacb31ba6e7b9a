// Package kernel holds every loop that runs once a row: hashing, comparing, gathering, selecting,
// arithmetic, casts, sums and sorting by hash, and the exact 128-bit and float arithmetic below
// them. A kernel is generic over the element type, decides about nulls once a column, and marks bad
// rows in a bitmap instead of returning an error for each.
package kernel

import "github.com/millrace-dev/millrace/sdk/batch"

// Signed are the signed integers of up to 64 bits.
type Signed interface {
	~int8 | ~int16 | ~int32 | ~int64
}

// Unsigned are the unsigned integers of up to 64 bits.
type Unsigned interface {
	~uint8 | ~uint16 | ~uint32 | ~uint64
}

// Integer are the integers of up to 64 bits.
type Integer interface {
	Signed | Unsigned
}

// Float are the floating-point numbers.
type Float interface {
	~float32 | ~float64
}

// Number are the types of native arithmetic.
type Number interface {
	Integer | Float
}

// values is a short name for the typed view of a column.
func values[T batch.Fixed](c *batch.Column) []T { return batch.Values[T](c) }
