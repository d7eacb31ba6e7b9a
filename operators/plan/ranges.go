package plan

import (
	"strconv"
	"time"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Kept is the share of rows that conditions let through, one after the other. Conditions that bound a column from
// both sides are taken together.
type Kept struct {
	rows   float64 // that there are
	fields []Field
	All    float64
	within map[int]float64 // by column, the share that its bounds let through
}

// NewKept returns the rows of a relation with the given fields before any condition.
func NewKept(fields []Field, rows float64) *Kept {
	return &Kept{rows: rows, fields: fields, All: 1, within: map[int]float64{}}
}

// Add counts a condition.
func (k *Kept) Add(c expr.Expr) {
	column, share, ok := k.bound(c)
	if !ok {
		k.All *= selectivityOf(c, k.rows)
		return
	}
	before, known := k.within[column]
	if !known {
		before = 1
	}
	now := max(before+share-1, min(before, share)/1000, 1e-6)
	k.within[column] = now
	k.All *= now / before
}

// bound returns the share of the rows that a comparison of a column with a constant keeps, if it is known between
// which values those of the column lie: they are taken to be spread evenly.
func (k *Kept) bound(c expr.Expr) (column int, share float64, ok bool) {
	if c.Op != expr.CallOp || Mirrored[c.Func] == "" {
		return 0, 0, false
	}
	op, x, value := c.Func, c.Args[0], c.Args[1]
	if x.Op == expr.LiteralOp {
		op, x, value = Mirrored[op], value, x
	}
	if x.IsCall("cast") {
		x = x.Args[0]
	}
	column, isColumn := x.IsColumn()
	at, isNumber := ordinal(value)
	if !isColumn || !isNumber || column >= len(k.fields) || k.fields[column].Range == nil {
		return 0, 0, false
	}
	r := k.fields[column].Range
	span := r.values()
	from := func(v float64) float64 { return min(max((v-float64(r.Min))/span, 0), 1) }
	switch op {
	case "=":
		if at < float64(r.Min) || at > float64(r.Max) {
			return 0, 0, false // a range is that of the first read, and other values may come
		}
		return column, 1 / max(1, min(span, k.rows)), true
	case "<":
		share = from(at)
	case "<=":
		share = from(at + 1)
	case ">":
		share = 1 - from(at+1)
	default:
		share = 1 - from(at)
	}
	return column, max(share, 0.001), true
}

// values is how many values a range has.
func (r *Range) values() float64 { return max(float64(r.Max)-float64(r.Min)+1, 1) }

// ordinal returns the number of a constant, of a date or a time that of its day.
func ordinal(e expr.Expr) (float64, bool) {
	if e.Op != expr.LiteralOp || e.Null {
		return 0, false
	}
	switch {
	case e.Type.Kind == batch.Date || e.Type.Kind == batch.Timestamp:
		day, err := time.Parse(time.DateOnly, e.Value[:min(len(e.Value), len(time.DateOnly))])
		return float64(day.Unix() / 86400), err == nil
	case e.Type.Signed() || e.Type.Unsigned() || e.Type.Kind == batch.Float64 || e.Type.Kind == batch.Decimal:
		x, err := strconv.ParseFloat(e.Value, 64)
		return x, err == nil
	}
	return 0, false
}

// Spread bounds how many different values a column has by its range.
func Spread(f *Field, rows float64) float64 {
	if f.Range != nil {
		return min(rows, f.Range.values())
	}
	return rows
}
