package generator

import (
	"cmp"
	"strings"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// condition is one that a row has to meet: its column compares with a value as op says.
type condition struct {
	column int
	typ    batch.Type
	op     string
	number int64  // of a type with whole numbers of 64 bits
	text   string // of text
}

// conditions returns those that can be tested here; the host tests all of them anyway.
func (t *table) conditions(where []sdk.Predicate) []condition {
	var out []condition
	for _, p := range where {
		i := t.Schema.Index(p.Column)
		if i < 0 {
			continue
		}
		c := condition{column: i, typ: t.Schema.Fields[i].Type, op: p.Op}
		value, err := valueOf(c.typ, p.Value)
		if err != nil {
			continue
		}
		switch c.typ.Kind {
		case batch.Int64, batch.Timestamp:
			c.number = batch.Values[int64](&value)[0]
		case batch.Utf8:
			c.text = value.Text(0)
		default:
			continue
		}
		out = append(out, c)
	}
	return out
}

// met reports whether row i of the condition's column meets it. A null never does.
func (c *condition) met(col *batch.Column, i int) bool {
	if col.Null(i) {
		return false
	}
	order := 0
	if c.typ.Kind == batch.Utf8 {
		order = strings.Compare(col.Text(i), c.text)
	} else {
		order = cmp.Compare(batch.Values[int64](col)[i], c.number)
	}
	switch c.op {
	case "=":
		return order == 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	}
	return true
}

// meeting returns the rows, made by fill, that meet all conditions; it takes the memory of rows.
func meeting[T any](rows []T, where []condition, fill func(column int, v *batch.Vector, rows []T)) []T {
	for k := range where {
		v := batch.NewVector(where[k].typ)
		fill(where[k].column, v, rows)
		col := v.Peek()
		n := 0
		for i, row := range rows {
			if where[k].met(&col, i) {
				rows[n] = row
				n++
			}
		}
		rows = rows[:n]
	}
	return rows
}
