package figure

import (
	"math"
	"math/big"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Integer returns an integer, a decimal in units of its last digit, or a time in microseconds.
func Integer(col *batch.Column, row int) *big.Int {
	w := Words(col, row)
	v := new(big.Int).SetUint64(w[1])
	v.Lsh(v, 64).Or(v, new(big.Int).SetUint64(w[0]))
	if col.Type.Kind != batch.Uint128 && int64(w[1]) < 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), 128))
	}
	return v
}

// AppendInteger is the inverse of Integer; the value fits. It is a switch over the kinds.
func AppendInteger(out *batch.Vector, v *big.Int) {
	low := new(big.Int).And(v, new(big.Int).SetUint64(math.MaxUint64)).Uint64()
	switch out.Type.Kind {
	case batch.Int8:
		batch.Append(out, int8(low))
	case batch.Int16:
		batch.Append(out, int16(low))
	case batch.Int32:
		batch.Append(out, int32(low))
	case batch.Uint8:
		batch.Append(out, uint8(low))
	case batch.Uint16:
		batch.Append(out, uint16(low))
	case batch.Uint32:
		batch.Append(out, uint32(low))
	case batch.Uint64:
		batch.Append(out, low)
	case batch.Int64, batch.Timestamp, batch.Duration:
		batch.Append(out, int64(low))
	default:
		high := new(big.Int).And(new(big.Int).Rsh(v, 64), new(big.Int).SetUint64(math.MaxUint64)).Uint64()
		batch.Append(out, kernel.Wide{low, high})
	}
}

// Words returns an integer, as Integer says it, in two's complement, low word first. It is a switch over the kinds.
func Words(col *batch.Column, row int) kernel.Wide {
	switch col.Type.Kind {
	case batch.Int8:
		return kernel.WideInt(int64(batch.Values[int8](col)[row]))
	case batch.Int16:
		return kernel.WideInt(int64(batch.Values[int16](col)[row]))
	case batch.Int32:
		return kernel.WideInt(int64(batch.Values[int32](col)[row]))
	case batch.Int64, batch.Timestamp, batch.Duration:
		return kernel.WideInt(batch.Values[int64](col)[row])
	case batch.Uint8:
		return kernel.Wide{uint64(batch.Values[uint8](col)[row])}
	case batch.Uint16:
		return kernel.Wide{uint64(batch.Values[uint16](col)[row])}
	case batch.Uint32:
		return kernel.Wide{uint64(batch.Values[uint32](col)[row])}
	case batch.Uint64:
		return kernel.Wide{batch.Values[uint64](col)[row]}
	}
	return batch.Values[kernel.Wide](col)[row]
}
