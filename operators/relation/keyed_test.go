package relation_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/optest"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// keyedTypes are those of a table whose key are the columns 2 and 0.
var keyedTypes = []batch.Type{i32, text, i64, f64}

// before is the canonical order of the columns behind the key.
func before(a, b []any) int {
	for _, c := range []int{1, 3} {
		if (a[c] == nil) != (b[c] == nil) {
			if a[c] == nil {
				return 1
			}
			return -1
		}
		d := 0
		switch x := a[c].(type) {
		case string:
			d = cmp.Compare(x, b[c].(string))
		case float64:
			d = cmp.Compare(x, b[c].(float64))
		}
		if d != 0 {
			return d
		}
	}
	return 0
}

// keyed is the plain form of a keyed table: all rows ever, those taken back too often included.
type keyed struct {
	rows optest.ZSet
	lost optest.ZSet // deletes of absent keys
}

func key(values []any) string { return optest.Row(values[2], values[0]) }

// of returns the rows of a key in order.
func (k *keyed) of(name string) (rows [][]any) {
	for row := range k.rows {
		if v := optest.Values(row); key(v) == name {
			rows = append(rows, v)
		}
	}
	slices.SortFunc(rows, before)
	return rows
}

// first returns the row of a key that is in the table.
func (k *keyed) first(name string) (row string, ok bool) {
	for _, v := range k.of(name) {
		if k.rows[optest.Row(v...)] > 0 {
			return optest.Row(v...), true
		}
	}
	return "", false
}

func (k *keyed) epoch(changes []optest.Change) optest.ZSet {
	for _, c := range changes {
		if c.Port == 0 {
			k.rows.Add(optest.Row(c.Values...), c.Weight)
		}
	}
	for _, c := range changes {
		if c.Port == 0 {
			continue
		}
		name := key(c.Values)
		if _, ok := k.first(name); !ok && c.Weight < 0 {
			k.lost.Add(name, 1)
		}
		for _, v := range k.of(name) {
			delete(k.rows, optest.Row(v...))
		}
		if c.Weight > 0 {
			k.rows.Add(optest.Row(c.Values...), 1)
		}
	}
	out := optest.ZSet{}
	for row, w := range k.rows {
		v := optest.Values(row)
		if first, ok := k.first(key(v)); ok && first == row {
			out.Add(row, 1)
			w--
		}
		if w > 0 {
			out.Add(optest.Row(append(slices.Clone(v), relation.DuplicateKey)...), w)
		} else if w < 0 {
			out.Add(optest.Row(append(slices.Clone(v), relation.AbsentRow)...), -w)
		}
	}
	for name, w := range k.lost {
		v := optest.Values(name)
		out.Add(optest.Row(v[1], nil, v[0], nil, relation.AbsentKey), w)
	}
	return out
}

func TestKeyed(t *testing.T) {
	// few keys, so that they are often given twice
	value := func(r *rand.Rand, col int) any {
		switch col {
		case 0, 2:
			return r.Int64N(3)
		case 1:
			return []any{nil, "a", "b"}[r.IntN(3)]
		}
		return []any{nil, 0.5, -1.0}[r.IntN(3)]
	}
	for _, upserts := range []bool{false, true} {
		smallSegments(t, upserts)
		inputs := []optest.Input{{Types: keyedTypes, Key: []int{2, 0}, Value: value}}
		if upserts {
			inputs = append(inputs, optest.Input{Types: keyedTypes, Key: []int{2, 0}, Value: value, Ordered: true})
		}
		optest.Case{
			Inputs: inputs, Output: keyedTypes, Seeds: 40,
			NewDead: func(_ int, dead func(*batch.Batch, int, batch.Weight, string)) operators.Operator {
				return relation.NewKeyed(relation.KeyedOptions{Types: keyedTypes, Key: []int{2, 0}, Upserts: upserts, Dead: func(b *batch.Batch, row int, w batch.Weight, reason string) {
					if reason == relation.AbsentKey { // only the key of a delete matters
						key := batch.NewBuilder(keyedTypes)
						v := b.Row(row)
						if err := key.AppendValues(1, v[0], nil, v[2], nil); err != nil {
							t.Error(err)
						}
						b, row = key.Take(), 0
					}
					dead(b, row, w, reason)
				}})
			},
			Model: func() func([]optest.Change) optest.ZSet {
				k := &keyed{rows: optest.ZSet{}, lost: optest.ZSet{}}
				return k.epoch
			},
		}.Run(t)
	}
}
