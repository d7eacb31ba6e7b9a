// Package figure makes the results of aggregates out of what was added up of their rows, or kept of them in order. It is
// the same whether the rows are those of a group or those of a frame.
package figure

import (
	"math"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// TooLarge is the reason of a result that does not fit its type.
const TooLarge = "the result does not fit its type"

// Mean is a sum of integers, decimals or durations, and the number of its values, which have type Arg.
type Mean struct {
	Sum kernel.Sum
	N   int64
	Arg batch.Type
}

// Append appends the sum, or its mean, in v's type; false: it does not fit. It is a switch over the
// kinds.
func (m Mean) Append(v *batch.Vector, divide bool) bool {
	if divide && v.Type.Kind == batch.Float64 {
		batch.Append(v, m.float())
		return true
	}
	sum, fits := m.Sum.Wide()
	if v.Type.Kind == batch.Uint64 || v.Type.Kind == batch.Uint128 {
		sum, fits = m.Sum.Uwide()
	}
	if fits && divide {
		sum, fits = kernel.DivDecimal(sum, kernel.WideInt(m.N), int(v.Type.Scale-m.Arg.Scale))
	}
	if !fits {
		return false
	}
	switch v.Type.Kind {
	case batch.Int64, batch.Duration:
		if sum[1] != uint64(int64(sum[0])>>63) {
			return false
		}
		batch.Append(v, int64(sum[0]))
	case batch.Uint64:
		if sum[1] != 0 {
			return false
		}
		batch.Append(v, sum[0])
	case batch.Decimal:
		if !kernel.IsDecimal(sum) {
			return false
		}
		batch.Append(v, sum)
	case batch.Int128, batch.Uint128:
		batch.Append(v, sum)
	default:
		panic("figure: a sum as " + v.Type.String())
	}
	return true
}

// float returns the mean, correctly rounded.
func (m Mean) float() float64 {
	if low := int64(m.Sum[0]); m.Sum[1] == uint64(low>>63) && m.Sum[2] == m.Sum[1] && low > -1<<53 && low < 1<<53 && m.N < 1<<53 {
		return float64(low) / float64(m.N)
	}
	var exact kernel.FloatSum
	for i := range 6 {
		digit := int64(m.Sum[i/2] >> (32 * (i % 2)) & math.MaxUint32)
		if i == 5 {
			digit = int64(int32(digit)) // the sign is in the highest
		}
		exact.Add(math.Ldexp(float64(digit), 32*i), 1)
	}
	return exact.Mean(m.N)
}
