package law

import (
	"database/sql/driver"
	"math"
	"math/big"
	"sync"

	"modernc.org/sqlite"
)

// gathered is an aggregate of SQLite that is computed of all its rows at the end.
type gathered struct {
	rows   [][]driver.Value
	finish func(rows [][]driver.Value) driver.Value
}

func (a *gathered) Step(_ *sqlite.FunctionContext, args []driver.Value) error {
	a.rows = append(a.rows, append([]driver.Value{}, args...))
	return nil
}

func (a *gathered) WindowInverse(*sqlite.FunctionContext, []driver.Value) error {
	a.rows = a.rows[1:]
	return nil
}

func (a *gathered) WindowValue(*sqlite.FunctionContext) (driver.Value, error) {
	return a.finish(a.rows), nil
}

func (a *gathered) Final(*sqlite.FunctionContext) {}

// registerAggregates gives SQLite the aggregates of the laws.
var registerAggregates = sync.OnceFunc(func() {
	add := func(name string, finish func(rows [][]driver.Value) driver.Value) {
		sqlite.MustRegisterFunction("law_"+name, &sqlite.FunctionImpl{NArgs: -1, MakeAggregate: func(sqlite.FunctionContext) (sqlite.AggregateFunction, error) {
			return &gathered{finish: func(rows [][]driver.Value) driver.Value {
				if len(rows) == 0 && name != "pairs" && name != "d_count" {
					return nil
				}
				return finish(rows)
			}}, nil
		}})
	}
	registerFrames(add)
	add("first", func(rows [][]driver.Value) driver.Value { return rows[0][0] })
	add("last", func(rows [][]driver.Value) driver.Value { return rows[len(rows)-1][0] })
	add("disc", func(rows [][]driver.Value) driver.Value {
		f, ok := rows[0][1].(float64)
		if !ok {
			f = float64(rows[0][1].(int64))
		}
		return rows[max(0, int(math.Ceil(f*float64(len(rows))))-1)][0]
	})
	add("mode", func(rows [][]driver.Value) driver.Value {
		best, most := 0, 0
		for i, n := 0, 0; i < len(rows); i++ {
			if n++; i > 0 && rows[i][0] != rows[i-1][0] {
				n = 1
			}
			if n > most {
				best, most = i, n
			}
		}
		return rows[best][0]
	})
	add("pairs", func(rows [][]driver.Value) driver.Value {
		seen := map[[2]driver.Value]bool{} // for which -0 is 0
		for _, row := range rows {
			if row[0] != nil && row[1] != nil {
				seen[[2]driver.Value(row)] = true
			}
		}
		return int64(len(seen))
	})
	for name, op := range map[string]func(a, b int64) int64{
		"BIT_AND": func(a, b int64) int64 { return a & b }, "BIT_OR": func(a, b int64) int64 { return a | b }, "BIT_XOR": func(a, b int64) int64 { return a ^ b },
	} {
		bits := func(rows [][]driver.Value) driver.Value {
			xs := integersOf(rows)
			if len(xs) == 0 {
				return nil
			}
			v := xs[0][0]
			for _, x := range xs[1:] {
				v = op(v, x[0])
			}
			return v
		}
		add(name, bits)
		add("d_"+name, func(rows [][]driver.Value) driver.Value { return bits(unique(rows)) })
	}
	for _, name := range []string{"VAR_POP", "VAR_SAMP", "STDDEV", "STDDEV_POP", "MEDIAN", "COVAR_POP", "COVAR_SAMP", "CORR", "REGR_SLOPE", "REGR_INTERCEPT", "REGR_R2"} {
		add(name, func(rows [][]driver.Value) driver.Value { return statisticOf(name, integersOf(rows)) })
		add("d_"+name, func(rows [][]driver.Value) driver.Value { return statisticOf(name, integersOf(unique(rows))) })
	}
})

// integersOf returns the rows without nulls.
func integersOf(rows [][]driver.Value) (out [][]int64) {
	for _, row := range rows {
		var xs []int64
		for _, v := range row {
			if x, ok := v.(int64); ok {
				xs = append(xs, x)
			}
		}
		if len(xs) == len(row) {
			out = append(out, xs)
		}
	}
	return out
}

// statisticOf computes a statistic by its definition, with deviations from the mean. It is a switch over them.
func statisticOf(name string, rows [][]int64) driver.Value {
	n := int64(len(rows))
	if n == 0 {
		return nil
	}
	if name == "MEDIAN" {
		return medianOf(rows)
	}
	mean := func(at int) *big.Rat {
		sum := new(big.Rat)
		for _, row := range rows {
			sum.Add(sum, new(big.Rat).SetInt64(row[at]))
		}
		return sum.Quo(sum, new(big.Rat).SetInt64(n))
	}
	spread := func(a, b int) *big.Rat {
		sum, ma, mb := new(big.Rat), mean(a), mean(b)
		for _, row := range rows {
			x, y := new(big.Rat).SetInt64(row[a]), new(big.Rat).SetInt64(row[b])
			sum.Add(sum, x.Mul(x.Sub(x, ma), y.Sub(y, mb)))
		}
		return sum
	}
	over := func(a, b *big.Rat) driver.Value {
		if b.Sign() == 0 {
			return nil
		}
		f, _ := new(big.Rat).Quo(a, b).Float64()
		return f
	}
	last := len(rows[0]) - 1
	all, less := new(big.Rat).SetInt64(n), new(big.Rat).SetInt64(n-1)
	switch name {
	case "VAR_POP", "STDDEV_POP", "COVAR_POP":
		v := over(spread(0, last), all)
		if name == "STDDEV_POP" {
			return math.Sqrt(v.(float64))
		}
		return v
	case "VAR_SAMP", "STDDEV", "COVAR_SAMP":
		v := over(spread(0, last), less)
		if f, ok := v.(float64); ok && name == "STDDEV" {
			return math.Sqrt(f)
		}
		return v
	case "REGR_SLOPE":
		return over(spread(0, 1), spread(1, 1))
	case "REGR_INTERCEPT":
		if spread(1, 1).Sign() == 0 {
			return nil
		}
		slope := new(big.Rat).Quo(spread(0, 1), spread(1, 1))
		f, _ := mean(0).Sub(mean(0), slope.Mul(slope, mean(1))).Float64()
		return f
	}
	yy, xx, xy := spread(0, 0), spread(1, 1), spread(0, 1)
	if name == "REGR_R2" && yy.Sign() == 0 && xx.Sign() != 0 {
		return 1.0
	}
	r := over(new(big.Rat).Mul(xy, xy), xx.Mul(xx, yy))
	if f, ok := r.(float64); ok && name == "CORR" {
		return math.Copysign(math.Sqrt(f), float64(xy.Sign()))
	}
	return r
}

func medianOf(rows [][]int64) driver.Value {
	count := map[int64]int{}
	for _, row := range rows {
		count[row[0]]++
	}
	at := func(rank int) *big.Rat { // by counting those below: nothing is sorted
		for v, n := range count {
			below := 0
			for w, m := range count {
				if w < v {
					below += m
				}
			}
			if below <= rank && rank < below+n {
				return new(big.Rat).SetInt64(v)
			}
		}
		return nil
	}
	sum := new(big.Rat).Add(at((len(rows)-1)/2), at(len(rows)/2))
	f, _ := sum.Quo(sum, big.NewRat(2, 1)).Float64()
	return f
}
