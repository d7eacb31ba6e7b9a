package kernel

import (
	"math"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Canonical gives, from row number from on, equal floats of b equal bytes: -0 becomes 0 and every
// NaN the same. Rows that are equal in canonical order are then equal in memory, and which of them
// is kept does not show.
func Canonical(b *batch.Builder, from int) {
	for _, v := range b.Cols {
		col := v.Peek()
		switch v.Type.Kind {
		case batch.Float32:
			canonicalFloats(values[float32](&col)[from:])
		case batch.Float64:
			canonicalFloats(values[float64](&col)[from:])
		case batch.Point:
			points := values[[2]float64](&col)[from:]
			for i := range points {
				canonicalFloats(points[i][:])
			}
		}
	}
}

func canonicalFloats[T Float](vals []T) {
	nan := T(math.NaN())
	for i, v := range vals {
		if v != v {
			vals[i] = nan
		} else {
			vals[i] = v + 0 // -0 + 0 is +0
		}
	}
}
