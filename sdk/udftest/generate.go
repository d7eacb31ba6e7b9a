package udftest

import (
	"math"
	"math/rand/v2"
	"strings"

	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/udf/abi"
)

// generate makes rows of arguments for a function: about a tenth nulls, a third extremes, the others small
// and likely values, so that functions get past their checks.
func generate(random *rand.Rand, f abi.Function, n int) *batch.Batch {
	types := make([]batch.Type, len(f.Args))
	for i, arg := range f.Args {
		types[i] = arg.Type
	}
	b := batch.NewBuilder(types)
	for range n {
		for i, v := range b.Cols {
			if random.IntN(10) == 0 {
				v.AppendNull()
			} else {
				appendRandom(random, v, types[i])
			}
		}
		b.End(1)
	}
	return b.Take()
}

var (
	texts = []string{
		"", "a", "A", " ", "0", "-1", "NULL", "'", "\x00", "\ufffd", "ünïcödé", "\u202e", "e\u0301", "😀", "1e309",
		"2024-02-29", strings.Repeat("long ", 13_000), strings.Repeat("é", 300),
	}
	documents = []string{`null`, `{}`, `[]`, `""`, `{"a": {"b": [1, 2.5, "x", null, true]}}`, `1e400`, `"\u0000\ud800"`, ` [1 ] `}
	binaries  = []string{"", "\x00", "\xff\xfe", "\xc3\x28", strings.Repeat("\x80", 70_000)}
	extremes  = []uint64{0, 1, math.MaxUint64, 1 << 63, 1<<63 - 1, 1 << 31, 1<<31 - 1, 1<<32 - 1, 1 << 15, 1 << 7, 127, 255}
	floats    = []float64{
		0, math.Copysign(0, -1), 1, -1, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, -math.MaxFloat64,
		math.SmallestNonzeroFloat64, 0.1, 90, -90, 180, 1 << 53, 1e18,
	}
)

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }

// number returns the bits of an integer: an extreme one or a small one.
func number(random *rand.Rand) uint64 {
	switch random.IntN(3) {
	case 0:
		return pick(random, extremes)
	case 1:
		return random.Uint64()
	}
	return uint64(random.Int64N(200) - 100)
}

func float(random *rand.Rand) float64 {
	if random.IntN(3) == 0 {
		return pick(random, floats)
	}
	return random.Float64()*200 - 100
}

func text(random *rand.Rand, from []string) string {
	if random.IntN(2) == 0 {
		return pick(random, from)
	}
	s := make([]byte, random.IntN(20))
	for i := range s {
		s[i] = byte(' ' + random.IntN(95))
	}
	return string(s)
}

func appendRandom(random *rand.Rand, v *batch.Vector, t batch.Type) { //nolint:gocyclo // a switch over the kinds
	x := number(random)
	switch t.Kind {
	case batch.Bool:
		v.AppendBool(x&1 != 0)
	case batch.Int8:
		batch.Append(v, int8(x))
	case batch.Int16:
		batch.Append(v, int16(x))
	case batch.Int32, batch.Date:
		batch.Append(v, int32(x))
	case batch.Int64, batch.Timestamp, batch.Duration:
		batch.Append(v, int64(x))
	case batch.Uint8:
		batch.Append(v, uint8(x))
	case batch.Uint16:
		batch.Append(v, uint16(x))
	case batch.Uint32:
		batch.Append(v, uint32(x))
	case batch.Uint64:
		batch.Append(v, x)
	case batch.Float32:
		batch.Append(v, float32(float(random)))
	case batch.Float64:
		batch.Append(v, float(random))
	case batch.Decimal, batch.Int128:
		batch.Append(v, [2]uint64{x, uint64(int64(x) >> 63)})
	case batch.Uint128:
		batch.Append(v, [2]uint64{x, number(random)})
	case batch.UUID:
		id := [16]byte{}
		for i := range id {
			id[i] = byte(x >> (i % 8))
		}
		batch.Append(v, id)
	case batch.Point:
		batch.Append(v, [2]float64{float(random), float(random)})
	case batch.Utf8:
		v.AppendString(text(random, texts))
	case batch.Binary:
		v.AppendString(text(random, binaries))
	case batch.JSON:
		v.AppendString(pick(random, documents))
	default:
		panic("udftest: values of " + t.String())
	}
}
