package law

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/millrace-dev/millrace/operators/script"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// history makes up epochs of inserts, updates and deletes. Keys stay unique.
func (c *Case) history(r *rand.Rand) {
	var live []script.Change
	taken := map[string]bool{}
	for range 1 + r.IntN(5) {
		var epoch []script.Change
		size := []int{0, 1, 3, 8, 15, 1, 3, 8, 2, 5, 10, 4}[r.IntN(12)]
		if r.IntN(30) == 0 { // seldom: the oracle joins by nested loops
			size = []int{40, 40, 150}[r.IntN(3)]
		}
		for range size * c.scale {
			if n := len(live); n > 0 && r.IntN(5) < 2 {
				i := r.IntN(n)
				old := live[i]
				live[i] = live[n-1]
				live = live[:n-1]
				delete(taken, keyOf(old))
				old.Weight = -1
				epoch = append(epoch, old)
				if r.IntN(2) == 0 {
					continue
				}
				t, _ := c.tables.Table(old.Table)
				changed := script.Change{Table: old.Table, Row: slices.Clone(old.Row), Weight: 1}
				at := r.IntN(len(changed.Row))
				changed.Row[at] = c.value(r, t.Schema.Fields[at])
				if c.hasKey(changed.Table) && taken[keyOf(changed)] {
					continue
				}
				taken[keyOf(changed)] = true
				epoch, live = append(epoch, changed), append(live, changed)
				continue
			}
			t := c.tables[r.IntN(len(c.tables))]
			row := script.Change{Table: t.Name, Weight: 1}
			for _, f := range t.Schema.Fields {
				row.Row = append(row.Row, c.value(r, f))
			}
			if c.hasKey(row.Table) && taken[keyOf(row)] {
				continue
			}
			taken[keyOf(row)] = true
			epoch, live = append(epoch, row), append(live, row)
		}
		r.Shuffle(len(epoch), func(i, j int) { epoch[i], epoch[j] = epoch[j], epoch[i] })
		c.epochs = append(c.epochs, epoch)
	}
}

// anticipate lets some rows be retracted before they are inserted, in tables without a key.
func (c *Case) anticipate(r *rand.Rand) {
	for range 1 + r.IntN(3) {
		t := c.tables[r.IntN(len(c.tables))]
		if t.Schema.Key != nil {
			continue
		}
		row := script.Change{Table: t.Name, Weight: 1}
		for _, f := range t.Schema.Fields {
			row.Row = append(row.Row, c.value(r, f))
		}
		at := r.IntN(len(c.epochs) - 1)
		c.early = append(c.early, early{row, at, at + 1 + r.IntN(len(c.epochs)-1-at)})
	}
}

// changes returns the changes of an epoch, and whether a row is retracted then that was not inserted yet.
func (c *Case) changes(e int) (changes []script.Change, negative bool) {
	changes = slices.Clone(c.epochs[e])
	for _, x := range c.early {
		if x.retract == e {
			row := x.row
			row.Weight = -1
			changes = append(changes, row)
		}
		if x.insert == e || x.insert > e && e == len(c.epochs)-1 {
			changes = append(changes, x.row)
		}
		negative = negative || x.retract <= e && e < x.insert
	}
	return changes, negative && e < len(c.epochs)-1
}

// delivered returns the changes of an epoch as the circuit gets them, and what changes says beside them.
func (c *Case) delivered(e int) (changes []script.Change, negative bool) {
	changes, negative = c.changes(e)
	if c.puts == weighted {
		return changes, negative
	}
	byKey := c.byKey(changes)
	switch {
	case c.puts == twice:
		byKey = slices.Concat(byKey, byKey)
	case c.puts == again && e > 0:
		before, _ := c.changes(e - 1)
		byKey = slices.Concat(c.byKey(before), byKey)
	}
	rest := slices.DeleteFunc(changes, func(ch script.Change) bool { return c.hasKey(ch.Table) })
	return append(rest, byKey...), negative
}

// byKey returns what the changes make of tables with a key as puts and deletions, one for each key.
func (c *Case) byKey(changes []script.Change) (out []script.Change) {
	type total struct {
		key string
		row script.Change
	}
	var totals []total // of each row, in the order of the changes
	for _, ch := range changes {
		if !c.hasKey(ch.Table) {
			continue
		}
		at := slices.IndexFunc(totals, func(t total) bool { return t.row.Table == ch.Table && slices.Equal(t.row.Row, ch.Row) })
		if at >= 0 {
			totals[at].row.Weight += ch.Weight
		} else {
			ch.Keyed = true
			totals = append(totals, total{keyOf(ch), ch})
		}
	}
	for _, t := range totals {
		put := func(u total) bool { return u.key == t.key && u.row.Weight > 0 }
		if t.row.Weight > 0 || t.row.Weight < 0 && !slices.ContainsFunc(totals, put) {
			out = append(out, t.row)
		}
	}
	return out
}

// keyOf returns what tells a row of a table with a key from the others.
func keyOf(ch script.Change) string { return fmt.Sprint(ch.Table, " ", ch.Row[0]) }

func (c *Case) hasKey(table string) bool {
	t, _ := c.tables.Table(table)
	return t.Schema.Key != nil
}

func (c *Case) value(r *rand.Rand, f batch.Field) any {
	if f.Nullable && r.IntN(6) == 0 {
		return nil
	}
	switch kindOf(f.Name) {
	case kText:
		word := []string{"a", "b", "", "ab", "B", "abc", "aB", " a "}[r.IntN(8)]
		if c.scale > 1 && r.IntN(4) > 0 {
			word += fmt.Sprint(r.IntN(c.scale))
		}
		return word
	case kFloat:
		if f.Type.Kind == batch.Decimal {
			n := int64(r.IntN(9*c.scale)-4) * 25
			return batch.Dec{Hi: n >> 63, Lo: uint64(n), Scale: f.Type.Scale}
		}
		return float64(r.IntN(9*c.scale)-4) / 4
	case kBool:
		return r.IntN(2) == 0
	case kDate:
		return int64(18990 + r.IntN(40))
	}
	if f.Name == "id" {
		return int64(r.IntN(30 * c.scale))
	}
	return int64(r.IntN(7*c.scale) - 2)
}

// present drops changes that a smaller history has no row for.
func (c *Case) present() {
	rows := map[string]int{}
	key := func(ch script.Change) string { return fmt.Sprintf("%s%#v", ch.Table, ch.Row) }
	for e, epoch := range c.epochs {
		for _, ch := range epoch {
			if ch.Weight > 0 {
				rows[key(ch)]++
			}
		}
		c.epochs[e] = slices.DeleteFunc(slices.Clone(epoch), func(ch script.Change) bool {
			if ch.Weight > 0 {
				return false
			}
			rows[key(ch)]--
			if rows[key(ch)] < 0 {
				rows[key(ch)] = 0
				return true
			}
			return false
		})
	}
}
