package over_test

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"sort"

	"github.com/millrace-dev/millrace/operators/optest"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/operators/relation/over"
)

func compareOrder(x, y []any, order []relation.OrderKey) int {
	for _, k := range order {
		if d := optest.Compare(x[k.Col], y[k.Col], k.NullsFirst, k.Desc); d != 0 {
			return d
		}
	}
	return 0
}

// plainly computes window functions by looking at all rows for each row.
func plainly(o over.Options, in optest.ZSet) optest.ZSet {
	partitions := map[string][][]any{}
	for row, w := range in {
		v := optest.Values(row)
		key := ""
		for _, k := range o.Keys {
			key += fmt.Sprint(v[k], "|")
		}
		for range w {
			partitions[key] = append(partitions[key], v)
		}
	}
	out := optest.ZSet{}
	for _, rows := range partitions {
		slices.SortFunc(rows, func(x, y []any) int {
			if d := compareOrder(x, y, o.Order); d != 0 {
				return d
			}
			for c := range x {
				if d := optest.Compare(x[c], y[c], false, false); d != 0 {
					return d
				}
			}
			return 0
		})
		for i, v := range rows {
			p := partition{o, rows, i}
			var results []any
			bad := ""
			for _, c := range o.Calls {
				r, ok := p.result(c)
				if !ok && bad == "" {
					bad = "E4002: " + c.Func + ": the result does not fit its type"
				}
				results = append(results, r)
			}
			if bad != "" {
				out.Add(optest.Row(append(slices.Clone(v), bad)...), 1)
			} else {
				out.Add(optest.Row(append(slices.Clone(v), results...)...), 1)
			}
		}
	}
	return out
}

type partition struct {
	o    over.Options
	rows [][]any
	at   int
}

// groups returns the number of the group of peers of each row.
func (p *partition) groups() []int {
	out := make([]int, len(p.rows))
	for i := 1; i < len(out); i++ {
		if out[i] = out[i-1]; compareOrder(p.rows[i-1], p.rows[i], p.o.Order) != 0 {
			out[i]++
		}
	}
	return out
}

// distance compares a value with one that is a distance away from another, in the order.
func (p *partition) distance(x, from any, b over.Bound) int {
	k := p.o.Order[0]
	if x == nil || from == nil {
		return optest.Compare(x, from, k.NullsFirst, false)
	}
	sign := 1
	if k.Desc {
		sign = -1
	}
	if f, ok := from.(float64); ok {
		return sign * optest.Compare(x, f+float64(sign)*b.Float, false, false)
	}
	away := optest.Whole(from)
	return sign * optest.Whole(x).Cmp(away.Add(away, big.NewInt(int64(sign)*b.Offset)))
}

// side compares row i with a bound of the current row.
func (p *partition) side(i int, b over.Bound, groups []int) int {
	switch b.Unit {
	case over.Rows:
		return cmp.Compare(i, p.at+int(b.Offset))
	case over.Groups:
		return cmp.Compare(groups[i], groups[p.at]+int(b.Offset))
	}
	k := p.o.Order[0]
	return p.distance(p.rows[i][k.Col], p.rows[p.at][k.Col], b)
}

func (p *partition) frame(f over.Frame) (rows [][]any) {
	groups := p.groups()
	for i, v := range p.rows {
		switch peer := groups[i] == groups[p.at]; {
		case f.Exclude == over.CurrentRow && i == p.at, f.Exclude == over.Group && peer, f.Exclude == over.Ties && peer && i != p.at:
			continue
		}
		if (f.Start.Unit == over.Unbounded || p.side(i, f.Start, groups) >= 0) && (f.End.Unit == over.Unbounded || p.side(i, f.End, groups) <= 0) {
			rows = append(rows, v)
		}
	}
	return rows
}

// call is a switch over the functions.
func (p *partition) call(c over.Call) (result any, fits bool) {
	groups, n := p.groups(), int64(len(p.rows))
	first := int64(sort.SearchInts(groups, groups[p.at]))
	switch c.Func {
	case "row_number":
		return int64(p.at + 1), true
	case "rank":
		return first + 1, true
	case "dense_rank":
		return int64(groups[p.at] + 1), true
	case "percent_rank":
		if n == 1 {
			return 0.0, true
		}
		return float64(first) / float64(n-1), true
	case "cume_dist":
		return float64(sort.SearchInts(groups, groups[p.at]+1)) / float64(n), true
	case "ntile":
		tile, size := int64(1), int64(0)
		for range p.at {
			if size++; size == n/c.N+map[bool]int64{true: 1, false: 0}[tile <= n%c.N] {
				tile, size = tile+1, 0
			}
		}
		return tile, true
	}
	var values []any
	frame := p.frame(c.Frame)
	for _, v := range frame {
		if c.Func == "count(*)" {
			values = append(values, 1)
		} else if x := v[c.Arg]; x != nil || !c.IgnoreNulls && (c.Func == "first_value" || c.Func == "last_value" || c.Func == "nth_value") {
			values = append(values, x)
		}
	}
	if c.Func == "count" || c.Func == "count(*)" {
		return int64(len(values)), true
	}
	if c.Func == "first_value" && len(frame) == 0 && c.Default >= 0 {
		return p.rows[p.at][c.Default], true
	}
	if len(values) == 0 {
		return nil, true
	}
	switch c.Func {
	case "first_value":
		return values[0], true
	case "last_value":
		return values[len(values)-1], true
	case "nth_value":
		at := c.N - 1
		if c.N < 0 {
			at = int64(len(values)) + c.N
		}
		if at < 0 || at >= int64(len(values)) {
			return nil, true
		}
		return values[at], true
	case "min":
		return slices.MinFunc(values, func(x, y any) int { return optest.Compare(x, y, false, false) }), true
	case "max":
		return slices.MaxFunc(values, func(x, y any) int { return optest.Compare(x, y, false, false) }), true
	}
	return added(c, values)
}

// added adds numbers up.
func added(c over.Call, values []any) (result any, fits bool) {
	if _, float := values[0].(float64); float {
		sum := 0.0
		for _, x := range values {
			sum += x.(float64)
		}
		if c.Func == "avg" {
			sum /= float64(len(values))
		}
		return sum, true
	}
	sum := new(big.Int)
	for _, x := range values {
		sum.Add(sum, big.NewInt(x.(int64)))
	}
	if c.Func == "avg" {
		mean, _ := new(big.Rat).SetFrac(sum, big.NewInt(int64(len(values)))).Float64()
		return mean, true
	}
	if !sum.IsInt64() {
		return nil, false
	}
	return sum.Int64(), true
}
