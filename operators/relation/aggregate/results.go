package aggregate

import (
	"github.com/millrace-dev/millrace/operators/fault"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/relation/figure"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

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
					bad.Add(i, fault.Reason(fault.TooLong, call.Func+": "+figure.TooLong))
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
				} else if m := (figure.Mean{Sum: a.sums[value.index][i], N: n, Arg: l.calls[c].arg}); !m.Append(v, call.Func == "avg") {
					v.AppendNull()
					bad.Add(i, fault.Reason(fault.Overflow, call.Func+": "+figure.TooLarge))
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

// statistic appends the results of a statistic.
func (a *accumulators) statistic(v *batch.Vector, l *layout, u *use, name string) {
	s, _ := figure.StatisticNamed(name)
	sum := func(at, i int) *kernel.ExactSum { return &a.exact[l.slots[at].index][i] }
	for i, n := range a.counts[l.slots[u.count].index] {
		m := figure.Moments{N: n, Y: sum(u.moments.y, i), YY: sum(u.moments.yy, i), ScaleY: int(u.arg.Scale), ScaleX: int(u.with.Scale)}
		if u.moments.xy != 0 {
			m.X, m.XX, m.XY = sum(u.moments.x, i), sum(u.moments.xx, i), sum(u.moments.xy, i)
		}
		s.Append(v, &m)
	}
}
