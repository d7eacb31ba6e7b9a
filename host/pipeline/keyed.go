package pipeline

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// letter is a dead letter: a row that could not pass, and why. Its weight may be negative: it then cancels
// one that was parked before (promise I5).
type letter struct {
	operator string       // or the table that parked it
	row      *batch.Batch // one row
	weight   batch.Weight
	reason   string
}

const (
	reasonDuplicate = "another row has the same key"
	reasonNoKey     = "there is no row with this key to delete"
)

// keyState is what is known of one key while an epoch's changes are resolved.
type keyState struct {
	old   ref   // the row in the view
	rows  []ref // weighted rows of this epoch
	weigh []batch.Weight
	last  ref // the last keyed change
	del   bool
}

// ref is a row of a batch; the zero value is none.
type ref struct {
	b *batch.Batch
	i int
}

func (r ref) none() bool { return r.b == nil }

func compare(a, b ref) int { return kernel.CompareRows(a.b.Cols, b.b.Cols, a.i, b.i) }

// resolve turns the changes of an epoch to a keyed table into weighted rows that keep the key unique.
// Weighted rows count first, whatever their order: of several rows with one key the first in canonical order
// stays, and the others are dead letters. Then the keyed changes count, of which the last one of a key wins.
// lookup finds the present rows of keys.
func resolve(t *table, parts []part, lookup func(keys *batch.Batch) (*batch.Batch, batch.Bitmap, error)) (*batch.Batch, []letter, error) {
	order, keys := gather(t, parts)
	if len(order) == 0 {
		return nil, nil, nil
	}
	rows, found, err := lookup(keys)
	if err != nil {
		return nil, nil, fmt.Errorf("table %q: %w", t.Name, err)
	}
	out := batch.NewBuilder(t.types())
	var dead []letter
	for i, s := range order {
		if found.Has(i) {
			s.old = ref{rows, i}
		}
		now := s.weighted(t, &dead)
		now = s.keyed(t, now, &dead)
		s.emit(out, now)
	}
	return out.Take(), dead, nil
}

// gather sorts the changes by key, in the order in which the keys first occur.
func gather(t *table, parts []part) (order []*keyState, rows *batch.Batch) {
	types := make([]batch.Type, len(t.key))
	for i, k := range t.key {
		types[i] = t.Schema.Fields[t.columns[k]].Type
	}
	keys := batch.NewBuilder(types)
	states := map[string]*keyState{}
	var buf []byte
	for _, p := range parts {
		cols := p.rows.Project(t.key)
		for i := range p.rows.Rows {
			buf = appendKey(buf[:0], cols, i)
			s := states[string(buf)]
			if s == nil {
				s = &keyState{}
				states[string(buf)] = s
				order = append(order, s)
				keys.AppendRow(cols, i, 1)
			}
			w := p.rows.Weight(i)
			switch {
			case p.mode == sdk.Keyed || w > 0 && t.Conflict.OnInsert == "Update":
				s.last, s.del = ref{p.rows, i}, w < 0
			default:
				s.rows, s.weigh = append(s.rows, ref{p.rows, i}), append(s.weigh, w)
			}
		}
	}
	return order, keys.Take()
}

// appendKey appends bytes that are equal just for equal keys.
func appendKey(dst []byte, cols *batch.Batch, i int) []byte {
	for c := range cols.Cols {
		col := &cols.Cols[c]
		switch {
		case col.Null(i):
			dst = append(dst, 0)
			continue
		case col.Type.Variable():
			v := col.View(i)
			dst = append(binary.AppendUvarint(append(dst, 1), uint64(len(v))), v...)
			continue
		case col.Type.Float():
			// -0 = 0 and NaN = NaN, which their bytes do not say.
			dst = batch.AppendText(append(dst, 1), col, i)
			continue
		case col.Type.Width() == 0:
			b := byte(1)
			if col.Bool(i) {
				b = 2
			}
			dst = append(dst, b)
			continue
		}
		w := col.Type.Width()
		dst = append(append(dst, 1), col.Data[i*w:i*w+w]...)
	}
	return dst
}

// weighted returns the key's row after the weighted rows.
func (s *keyState) weighted(t *table, dead *[]letter) ref {
	if len(s.rows) == 0 {
		return s.old
	}
	candidates, weights := s.rows, s.weigh
	if !s.old.none() {
		candidates, weights = append(candidates, s.old), append(weights, 1)
	}
	order := make([]int, len(candidates))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return compare(candidates[i], candidates[j]) })
	var first ref
	for len(order) > 0 {
		row, net, n := candidates[order[0]], batch.Weight(0), 0
		for n < len(order) && compare(candidates[order[n]], row) == 0 {
			net += weights[order[n]]
			n++
		}
		order = order[n:]
		if net > 0 && first.none() {
			first, net = row, net-1
		}
		if net != 0 { // a negative one cancels a duplicate that was parked, or waits for one
			*dead = append(*dead, letter{t.Name, one(row), net, reasonDuplicate})
		}
	}
	return first
}

// keyed returns the key's row after the keyed changes.
func (s *keyState) keyed(t *table, now ref, dead *[]letter) ref {
	switch {
	case s.last.none():
		return now
	case !s.del:
		return s.last
	case now.none():
		*dead = append(*dead, letter{t.Name, one(s.last), 1, reasonNoKey})
	}
	return ref{}
}

// emit writes the difference between the key's row before and after.
func (s *keyState) emit(out *batch.Builder, now ref) {
	if !s.old.none() && !now.none() && compare(s.old, now) == 0 {
		return
	}
	if !s.old.none() {
		out.AppendRow(s.old.b, s.old.i, -1)
	}
	if !now.none() {
		out.AppendRow(now.b, now.i, 1)
	}
}

func one(r ref) *batch.Batch {
	b := batch.NewBuilder(r.b.Types())
	b.AppendRow(r.b, r.i, 1)
	return b.Take()
}
