package kernel

import (
	"bytes"
	"cmp"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Compare compares row i of a with row j of b, columns of one type, in canonical order: NULL last,
// NaN = NaN and greatest of the floats, -0 = 0, false before true, text and UUIDs bytewise.
// It is a switch over the kinds.
func Compare(a *batch.Column, i int, b *batch.Column, j int) int {
	if an, bn := a.Null(i), b.Null(j); an || bn {
		return compareBools(an, bn)
	}
	switch a.Type.Kind {
	case batch.Bool:
		return compareBools(a.Bool(i), b.Bool(j))
	case batch.Int8:
		return compareAt[int8](a, i, b, j)
	case batch.Int16:
		return compareAt[int16](a, i, b, j)
	case batch.Int32, batch.Date:
		return compareAt[int32](a, i, b, j)
	case batch.Int64, batch.Timestamp, batch.Duration:
		return compareAt[int64](a, i, b, j)
	case batch.Uint8:
		return compareAt[uint8](a, i, b, j)
	case batch.Uint16:
		return compareAt[uint16](a, i, b, j)
	case batch.Uint32:
		return compareAt[uint32](a, i, b, j)
	case batch.Uint64:
		return compareAt[uint64](a, i, b, j)
	case batch.Float32:
		return compareFloats(values[float32](a)[i], values[float32](b)[j])
	case batch.Float64:
		return compareFloats(values[float64](a)[i], values[float64](b)[j])
	case batch.Decimal, batch.Int128:
		return compareWide(values[[2]uint64](a)[i], values[[2]uint64](b)[j])
	case batch.Uint128:
		return compareUwide(values[[2]uint64](a)[i], values[[2]uint64](b)[j])
	case batch.UUID:
		return bytes.Compare(a.Data[16*i:16*i+16], b.Data[16*j:16*j+16])
	case batch.Point:
		return comparePoints(values[[2]float64](a)[i], values[[2]float64](b)[j])
	case batch.Utf8, batch.Binary, batch.JSON:
		return bytes.Compare(a.View(i), b.View(j))
	}
	panic("kernel: compare of " + a.Type.String())
}

// CompareRows compares row i of as with row j of bs in canonical order, column after column.
func CompareRows(as, bs []batch.Column, i, j int) int {
	for c := range as {
		if d := Compare(&as[c], i, &bs[c], j); d != 0 {
			return d
		}
	}
	return 0
}

// EqualRows clears, in equal, the bit of every k for which row ai[k] of as differs from row bi[k]
// of bs in the canonical sense, where NULL equals NULL. It goes column by column: callers fill
// equal first.
func EqualRows(equal batch.Bitmap, as, bs []batch.Column, ai, bi []int32) {
	bi = bi[:len(ai)]
	for c := range as {
		equalColumn(equal, &as[c], &bs[c], ai, bi)
	}
}

func equalColumn(equal batch.Bitmap, a, b *batch.Column, ai, bi []int32) {
	if a.Valid == nil && b.Valid == nil {
		switch k := a.Type.Kind; {
		case k == batch.Int32 || k == batch.Date || k == batch.Uint32:
			equalWords(equal, values[uint32](a), values[uint32](b), ai, bi)
			return
		case k == batch.Int64 || k == batch.Timestamp || k == batch.Duration || k == batch.Uint64:
			equalWords(equal, values[uint64](a), values[uint64](b), ai, bi)
			return
		case a.Type.Variable():
			for k := range ai {
				if a.Text(int(ai[k])) != b.Text(int(bi[k])) {
					equal.Clear(k)
				}
			}
			return
		}
	}
	for k := range ai {
		if Compare(a, int(ai[k]), b, int(bi[k])) != 0 {
			equal.Clear(k)
		}
	}
}

func equalWords[T Unsigned](equal batch.Bitmap, a, b []T, ai, bi []int32) {
	for k := range ai {
		if a[ai[k]] != b[bi[k]] {
			equal.Clear(k)
		}
	}
}

func compareAt[T interface {
	batch.Fixed
	cmp.Ordered
}](a *batch.Column, i int, b *batch.Column, j int) int {
	return compareInts(values[T](a)[i], values[T](b)[j])
}

func compareInts[T cmp.Ordered](x, y T) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// compareFloats is the total order in which NaN is greatest and -0 equals 0.
func compareFloats[T Float](x, y T) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	case x == y:
		return 0
	}
	return compareBools(x != x, y != y)
}

func compareBools(x, y bool) int {
	switch {
	case x == y:
		return 0
	case x:
		return 1
	}
	return -1
}

func compareWide(x, y [2]uint64) int {
	if d := compareInts(int64(x[1]), int64(y[1])); d != 0 {
		return d
	}
	return compareInts(x[0], y[0])
}

func compareUwide(x, y [2]uint64) int {
	if d := compareInts(x[1], y[1]); d != 0 {
		return d
	}
	return compareInts(x[0], y[0])
}

func comparePoints(x, y [2]float64) int {
	if d := compareFloats(x[0], y[0]); d != 0 {
		return d
	}
	return compareFloats(x[1], y[1])
}
