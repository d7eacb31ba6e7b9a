package aggregate

import (
	"math"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// tooLarge is the reason of a group whose result does not fit.
const tooLarge = "the result does not fit its type"

// tooLong is the reason of a group of which a text or JSON has more than maxResult bytes.
const tooLong = "the result has more than 16 MiB"

// results computes the calls' results of all groups. Groups in which one does not fit are bad.
func (a *accumulators) results(l *layout, calls []Call, out *port.Output, bad *batch.RowErrors) {
	for c, call := range calls {
		v, value, count := out.Cols[c], l.slots[l.calls[c].value], l.slots[l.calls[c].count]
		switch value.kind {
		case countSlot:
			copy(batch.Extend[int64](v, a.n), a.counts[value.index])
		case pickSlot:
			col, large := a.picked[value.index].Peek(), a.large[value.index].Peek()
			v.AppendColumn(&col, 0, a.n)
			for i := range a.n {
				if !large.Null(i) {
					bad.Add(i, call.Func+": "+tooLong)
				}
			}
		case momentSlot:
			a.statistic(v, l, &l.calls[c], call.Func)
		case floatSlot:
			a.floatResults(v, call, a.floats[value.index], a.counts[count.index])
		default:
			for i, n := range a.counts[count.index] {
				if n <= 0 {
					v.AppendNull()
				} else if m := (mean{a.sums[value.index][i], n, l.calls[c].arg}); !m.result(v, call.Func == "avg") {
					v.AppendNull()
					bad.Add(i, call.Func+": "+tooLarge)
				}
			}
		}
	}
	out.Ones(a.n)
}

func (a *accumulators) floatResults(v *batch.Vector, call Call, sums []kernel.FloatSum, counts []int64) {
	for i, n := range counts {
		switch {
		case n <= 0:
			v.AppendNull()
		case call.Func == "avg":
			batch.Append(v, sums[i].Mean(n))
		default:
			batch.Append(v, sums[i].Float())
		}
	}
}

// mean is a sum and the number of its values, which have type arg.
type mean struct {
	sum kernel.Sum
	n   int64
	arg batch.Type
}

// result appends the sum, or its mean, in v's type; false: it does not fit. It is a switch over the
// kinds.
func (m mean) result(v *batch.Vector, divide bool) bool {
	if divide && v.Type.Kind == batch.Float64 {
		batch.Append(v, m.float())
		return true
	}
	sum, fits := m.sum.Wide()
	if v.Type.Kind == batch.Uint64 || v.Type.Kind == batch.Uint128 {
		sum, fits = m.sum.Uwide()
	}
	if fits && divide {
		sum, fits = kernel.DivDecimal(sum, kernel.WideInt(m.n), int(v.Type.Scale-m.arg.Scale))
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
		panic("aggregate: a sum as " + v.Type.String())
	}
	return true
}

// float returns the mean, correctly rounded.
func (m mean) float() float64 {
	if low := int64(m.sum[0]); m.sum[1] == uint64(low>>63) && m.sum[2] == m.sum[1] && low > -1<<53 && low < 1<<53 && m.n < 1<<53 {
		return float64(low) / float64(m.n)
	}
	var exact kernel.FloatSum
	for i := range 6 {
		digit := int64(m.sum[i/2] >> (32 * (i % 2)) & math.MaxUint32)
		if i == 5 {
			digit = int64(int32(digit)) // the sign is in the highest
		}
		exact.Add(math.Ldexp(float64(digit), 32*i), 1)
	}
	return exact.Mean(m.n)
}
