package law

import (
	"cmp"
	"database/sql/driver"
	"math"
	"slices"
	"strings"
)

// compareValues compares values of SQLite, null last.
func compareValues(x, y driver.Value) int {
	number := func(v driver.Value) (float64, bool) {
		switch v := v.(type) {
		case int64:
			return float64(v), true
		case float64:
			return v, true
		}
		return 0, false
	}
	switch {
	case x == nil || y == nil:
		return map[bool]int{true: 1}[x == nil] - map[bool]int{true: 1}[y == nil]
	}
	if a, ok := number(x); ok {
		b, _ := number(y)
		return cmp.Compare(a, b)
	}
	return strings.Compare(x.(string), y.(string))
}

// unique returns the rows whose first value is not null and no other row's before.
func unique(rows [][]driver.Value) (out [][]driver.Value) {
	for _, row := range rows {
		if row[0] != nil && !slices.ContainsFunc(out, func(r []driver.Value) bool { return compareValues(r[0], row[0]) == 0 }) {
			out = append(out, row)
		}
	}
	return out
}

// sorted returns the rows in order, and those whose first value is null not.
func sorted(rows [][]driver.Value, compare func(x, y []driver.Value) int) (out [][]driver.Value) {
	for _, row := range rows {
		if row[0] != nil {
			out = append(out, row)
		}
	}
	slices.SortStableFunc(out, compare)
	return out
}

func byFirst(x, y []driver.Value) int { return compareValues(x[0], y[0]) }

func joined(rows [][]driver.Value) driver.Value {
	var texts []string
	for _, row := range rows {
		texts = append(texts, row[0].(string))
	}
	if texts == nil {
		return nil
	}
	return strings.Join(texts, ",")
}

// registerFrames gives SQLite what aggregates over frames are there: they take no ORDER BY and no DISTINCT.
func registerFrames(add func(name string, finish func(rows [][]driver.Value) driver.Value)) {
	add("d_joined", func(rows [][]driver.Value) driver.Value { return joined(sorted(unique(rows), byFirst)) })
	// SQLite's own GROUP_CONCAT forgets a separator when an empty text leaves the frame.
	add("joined", func(rows [][]driver.Value) driver.Value {
		return joined(sorted(rows, func(_, _ []driver.Value) int { return 0 }))
	})
	add("joined_by", func(rows [][]driver.Value) driver.Value {
		return joined(sorted(rows, func(x, y []driver.Value) int {
			if x[1] == nil || y[1] == nil {
				return cmp.Or(compareValues(x[1], y[1]), byFirst(x, y))
			}
			return cmp.Or(-compareValues(x[1], y[1]), byFirst(x, y))
		}))
	})
	add("d_count", func(rows [][]driver.Value) driver.Value { return int64(len(unique(rows))) })
	add("d_sum", func(rows [][]driver.Value) driver.Value {
		sum, all := int64(0), unique(rows)
		if all == nil {
			return nil
		}
		for _, row := range all {
			sum += row[0].(int64)
		}
		return sum
	})
	for name, sign := range map[string]int{"by_least": 1, "by_greatest": -1} { // the keys are not null
		add(name, func(rows [][]driver.Value) driver.Value {
			return slices.MinFunc(rows, func(x, y []driver.Value) int { return cmp.Or(sign*compareValues(x[1], y[1]), byFirst(x, y)) })[0]
		})
	}
	add("quantile", func(rows [][]driver.Value) driver.Value {
		f, ok := rows[0][1].(float64)
		if !ok {
			f = float64(rows[0][1].(int64))
		}
		return sorted(rows, byFirst)[max(0, int(math.Ceil(f*float64(len(rows))))-1)][0]
	})
	add("often", func(rows [][]driver.Value) driver.Value {
		var best driver.Value
		most := 0
		for _, row := range sorted(rows, byFirst) {
			n := 0
			for _, other := range rows {
				if compareValues(row[0], other[0]) == 0 {
					n++
				}
			}
			if n > most {
				best, most = row[0], n
			}
		}
		return best
	})
	add("known", func(rows [][]driver.Value) driver.Value {
		known := sorted(rows, func(_, _ []driver.Value) int { return 0 })
		at := int(rows[0][1].(int64)) - 1
		if at < 0 {
			at += 1 + len(known)
		}
		if at < 0 || at >= len(known) {
			return nil
		}
		return known[at][0]
	})
}
