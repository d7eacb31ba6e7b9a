package files

import (
	"strconv"

	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/metadata"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// ruledOut reports whether the statistics of a row group show that for none of its rows all predicates are
// true. Only columns of integers are looked at: what is written of texts and floats may be cut or leave out
// NaN. A group without statistics is read.
func ruledOut(r *file.Reader, group int, where []sdk.Predicate) bool {
	for i := range where {
		low, high, ok := bounds(r, group, where[i].Column)
		value, err := strconv.ParseInt(where[i].Value, 10, 64)
		if ok && err == nil && outside(where[i].Op, value, low, high) {
			return true
		}
	}
	return false
}

// outside reports whether x op value is false for every x from low to high.
func outside(op string, value, low, high int64) bool {
	switch op {
	case "=":
		return value < low || value > high
	case "<":
		return low >= value
	case "<=":
		return low > value
	case ">":
		return high <= value
	case ">=":
		return high < value
	}
	return false
}

// ranges returns between which values those of the columns of integers and dates lie, by the statistics of all row
// groups.
func ranges(r *file.Reader, schema *batch.Schema) map[string]sdk.Range {
	out := map[string]sdk.Range{}
	for _, f := range schema.Fields {
		var all sdk.Range
		known := r.NumRowGroups() > 0
		for g := 0; known && g < r.NumRowGroups(); g++ {
			var here sdk.Range
			if here.Min, here.Max, known = bounds(r, g, f.Name); g == 0 {
				all = here
			}
			all = all.Over(here)
		}
		if known {
			out[f.Name] = all
		}
	}
	return out
}

// bounds returns the least and the greatest value of a column of integers or dates of a row group.
func bounds(r *file.Reader, group int, column string) (low, high int64, ok bool) {
	s := r.MetaData().Schema
	index := s.ColumnIndexByName(column)
	if index < 0 {
		return 0, 0, false
	}
	if t, err := parquetType(s.Column(index)); err != nil || !t.Signed() && t.Kind != batch.Date || t.Kind == batch.Invalid {
		return 0, 0, false
	}
	chunk, err := r.MetaData().RowGroup(group).ColumnChunk(index)
	if err != nil {
		return 0, 0, false
	}
	stats, err := chunk.Statistics()
	if err != nil || stats == nil || !stats.HasMinMax() {
		return 0, 0, false
	}
	switch stats := stats.(type) {
	case *metadata.Int32Statistics:
		return int64(stats.Min()), int64(stats.Max()), true
	case *metadata.Int64Statistics:
		return stats.Min(), stats.Max(), true
	}
	return 0, 0, false
}
