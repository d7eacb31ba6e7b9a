package aggregate

import (
	"github.com/millrace-dev/millrace/operators/relation/figure"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// percentileOf appends a percentile of the values of a group. It returns how many rows it has gone through.
func (p *pick) percentileOf(r *ranks, out *batch.Vector) (walked int) {
	if r.total == 0 {
		out.AppendNull()
		return r.walked
	}
	rank, two := p.percentile.Place(r.total)
	low, after := r.at(rank)
	high := low
	if two && after == 0 {
		high, _ = r.at(rank + 1)
	}
	p.percentile.Between(out, figure.Value{Col: low.column(p.at), Row: int(low.row)}, figure.Value{Col: high.column(p.at), Row: int(high.row)})
	return r.walked
}
