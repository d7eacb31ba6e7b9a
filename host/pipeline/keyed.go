package pipeline

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/millrace-dev/millrace/operators/fault"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// letter is a dead letter: a row that could not pass, and why. Its weight may be negative: it then cancels
// one that was parked before (promise I5).
type letter struct {
	operator string // or the table that parked it
	row      *batch.Batch
	weight   batch.Weight
	reason   string
}

const (
	reasonDuplicate = fault.DuplicateKey + ": another row has the same key"
	reasonNoKey     = fault.AbsentRow + ": there is no row with this key to delete"
)

// present finds what is stored of a keyed table.
type present struct {
	// rows finds the rows that the table's view has for keys.
	rows func(keys *batch.Batch) (*batch.Batch, batch.Bitmap, error)
	// parked finds the weighted rows of a key that are not in the view because another one is; nil: none.
	parked func(key []byte) (*batch.Batch, error)
}

// resolved is what the changes of an epoch do to a keyed table.
type resolved struct {
	rows    *batch.Batch // weighted, one row a key at most stays
	letters []letter
	parked  map[string]*batch.Batch // new parked rows of keys; nil: none any more
}

// resolve turns the changes of an epoch to a keyed table into weighted rows that keep the key unique.
//
// Weighted rows count first, whatever their order: of all rows with one key, the parked ones included, the first
// in canonical order stays and the others are parked as dead letters, so that the outcome does not depend on
// the order of arrival. Then the keyed changes count, of which the last one of a key wins; it replaces
// everything that the key had.
func resolve(t *table, parts []part, has present) (*resolved, error) {
	order, keys := gather(t, parts)
	if len(order) == 0 {
		return &resolved{}, nil
	}
	rows, found, err := has.rows(keys)
	if err != nil {
		return nil, fmt.Errorf("table %q: %w", t.Name, err)
	}
	out := batch.NewBuilder(t.types())
	r := &resolved{parked: map[string]*batch.Batch{}}
	for i, s := range order {
		if found.Has(i) {
			s.old = ref{rows, i}
		}
		if s.parked, err = has.parked([]byte(s.key)); err != nil {
			return nil, fmt.Errorf("table %q: parked rows: %w", t.Name, err)
		}
		now := s.resolve(t, r)
		s.emit(out, now)
	}
	r.rows = out.Take()
	return r, nil
}

// keyState is what is known of one key while an epoch's changes are resolved.
type keyState struct {
	key    string
	old    ref // the row in the view
	parked *batch.Batch
	rows   []weightedRef // of this epoch
	last   ref           // the last keyed change
	del    bool
}

// ref is a row of a batch; the zero value is none.
type ref struct {
	b *batch.Batch
	i int
}

type weightedRef struct {
	ref
	weight batch.Weight
}

func (r ref) none() bool { return r.b == nil }

func compare(a, b ref) int { return kernel.CompareRows(a.b.Cols, b.b.Cols, a.i, b.i) }

// gather sorts the changes by key, in the order in which the keys first occur.
func gather(t *table, parts []part) (order []*keyState, rows *batch.Batch) {
	keys := batch.NewBuilder(keyTypes(t))
	states := map[string]*keyState{}
	var buf []byte
	for _, p := range parts {
		cols := p.rows.Project(t.key)
		for i := range p.rows.Rows {
			buf = appendKey(buf[:0], cols, i)
			s := states[string(buf)]
			if s == nil {
				s = &keyState{key: string(buf)}
				states[s.key] = s
				order = append(order, s)
				keys.AppendRow(cols, i, 1)
			}
			w := p.rows.Weight(i)
			if p.mode == sdk.Keyed || w > 0 && t.Conflict.OnInsert == "Update" {
				s.last, s.del = ref{p.rows, i}, w < 0
			} else {
				s.rows = append(s.rows, weightedRef{ref{p.rows, i}, w})
			}
		}
	}
	return order, keys.Take()
}

func keyTypes(t *table) []batch.Type {
	types := make([]batch.Type, len(t.key))
	for i, k := range t.key {
		types[i] = t.Schema.Fields[t.columns[k]].Type
	}
	return types
}

// appendKey appends bytes that are equal just for equal keys.
func appendKey(dst []byte, cols *batch.Batch, i int) []byte {
	for c := range cols.Cols {
		col := &cols.Cols[c]
		w := col.Type.Width()
		switch {
		case col.Null(i):
			dst = append(dst, 0)
		case col.Type.Variable():
			v := col.View(i)
			dst = append(binary.AppendUvarint(append(dst, 1), uint64(len(v))), v...)
		case col.Type.Float() || col.Type.Kind == batch.Point:
			// -0 = 0 and NaN = NaN, which their bytes do not say.
			text := batch.AppendText(nil, col, i)
			dst = append(binary.AppendUvarint(append(dst, 1), uint64(len(text))), text...)
		case w == 0 && col.Bool(i):
			dst = append(dst, 2)
		case w == 0:
			dst = append(dst, 1)
		default:
			dst = append(append(dst, 1), col.Data[i*w:i*w+w]...)
		}
	}
	return dst
}

// resolve returns the key's row after the epoch and notes what is parked.
func (s *keyState) resolve(t *table, r *resolved) ref {
	now := s.old
	var left []weightedRef // to be parked
	if s.parked != nil {
		for i := range s.parked.Rows {
			left = append(left, weightedRef{ref{s.parked, i}, s.parked.Weight(i)})
		}
	}
	before := left
	if len(s.rows) > 0 {
		now, left = s.first(append(s.rows, left...))
	}
	if !s.last.none() {
		if s.del && now.none() {
			r.letters = append(r.letters, letter{t.Name, one(s.last), 1, reasonNoKey})
		}
		left = nil
		now = s.last
		if s.del {
			now = ref{}
		}
	}
	if len(before) == 0 && len(left) == 0 {
		return now
	}
	for _, l := range before {
		r.letters = append(r.letters, letter{t.Name, one(l.ref), -l.weight, reasonDuplicate})
	}
	r.parked[s.key] = nil
	if len(left) > 0 {
		b := batch.NewBuilder(t.types())
		for _, l := range left {
			b.AppendRow(l.b, l.i, l.weight)
			r.letters = append(r.letters, letter{t.Name, one(l.ref), l.weight, reasonDuplicate})
		}
		r.parked[s.key] = b.Take()
	}
	return now
}

// first returns, of the view's row and weighted rows, the first one in canonical order that is there, and what
// is left of the others.
func (s *keyState) first(rows []weightedRef) (now ref, left []weightedRef) {
	if !s.old.none() {
		rows = append(rows, weightedRef{s.old, 1})
	}
	slices.SortStableFunc(rows, func(a, b weightedRef) int { return compare(a.ref, b.ref) })
	for len(rows) > 0 {
		net, n := batch.Weight(0), 0
		for n < len(rows) && compare(rows[n].ref, rows[0].ref) == 0 {
			net += rows[n].weight
			n++
		}
		if net > 0 && now.none() {
			now, net = rows[0].ref, net-1
		}
		if net != 0 {
			left = append(left, weightedRef{rows[0].ref, net})
		}
		rows = rows[n:]
	}
	return now, left
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
