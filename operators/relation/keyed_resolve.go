package relation

import (
	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// keyedRow is a row of a key with its weights: before the epoch, and after.
type keyedRow struct {
	seg        *arrange.Segment
	group, row int32
	skip       int // values before the row's own: the number of a change
	was, now   batch.Weight
}

// values returns the columns behind the key.
func (r *keyedRow) values() []batch.Column { return r.seg.Values()[r.skip:] }

// resolve decides which row of a key is in the output before and after the epoch.
func (k *Keyed) resolve(g *keyedGroup) {
	rows := merged(g)
	before, after := -1, -1
	for i := range rows {
		if before < 0 && rows[i].was > 0 {
			before = i
		}
		if after < 0 && rows[i].now > 0 {
			after = i
		}
	}
	if len(g.ops) > 0 {
		rows, after = k.change(g, rows, after)
	}
	if before != after && before >= 0 && after >= 0 && kernel.CompareRows(rows[before].values(), rows[after].values(), int(rows[before].row), int(rows[after].row)) == 0 {
		k.part(rows, before, after) // the same row, given anew
		return
	}
	if before != after {
		k.emit(&k.out, rows, before, -1)
		k.emit(&k.out, rows, after, 1)
	}
	k.part(rows, before, after)
}

// merged returns the different rows of a key from before and from the delta, in canonical order.
func merged(g *keyedGroup) []keyedRow {
	spans := append(append([]arrange.Span{}, g.old...), g.delta...)
	var rows []keyedRow
	for {
		best := arrange.Least(spans)
		if best < 0 {
			return rows
		}
		head := spans[best]
		r := keyedRow{seg: head.Seg, group: head.Group, row: head.Lo}
		for i := range spans {
			if s := &spans[i]; s.Lo < s.Hi && s.Compare(&head) == 0 {
				w := s.Seg.RowWeight(s.Lo)
				r.now += w
				if i < len(g.old) {
					r.was += w
				}
				s.Lo++
			}
		}
		rows = append(rows, r)
	}
}

// change applies the key's changes: what counts is the last one. It returns the rows, with the one
// that was put, and which of them is in the output now.
func (k *Keyed) change(g *keyedGroup, rows []keyedRow, after int) ([]keyedRow, int) {
	present := after >= 0
	var last keyedRow
	upsert := false
	for _, s := range inOrder(g.ops) {
		for row := s.Lo; row < s.Hi; row++ {
			last = keyedRow{seg: s.Seg, group: s.Group, row: row, skip: 1}
			upsert = s.Seg.RowWeight(row) > 0
			if !upsert && !present {
				k.bury(&last, 1, AbsentKey)
			}
			present = upsert
		}
	}
	for i := range rows {
		if rows[i].now != 0 {
			k.mend(&rows[i], -rows[i].now)
			rows[i].now = 0
		}
	}
	if !upsert {
		return rows, -1
	}
	k.mend(&last, 1)
	last.now = 1
	return append(rows, last), len(rows)
}

// inOrder returns the spans of a key's changes by their numbers.
func inOrder(spans []arrange.Span) []arrange.Span {
	out := append([]arrange.Span{}, spans...)
	for i := range out {
		for j := i; j > 0 && out[j].Compare(&out[j-1]) < 0; j-- {
			out[j], out[j-1] = out[j-1], out[j]
		}
	}
	return out
}

// part tells of the rows that stand aside, or have a negative weight, as far as that has changed.
// Before and after are the rows in the output.
func (k *Keyed) part(rows []keyedRow, before, after int) {
	for i := range rows {
		r := &rows[i]
		wasOut, isOut := batch.Weight(0), batch.Weight(0)
		if i == before {
			wasOut = 1
		}
		if i == after {
			isOut = 1
		}
		k.bury(r, max(r.now-isOut, 0)-max(r.was-wasOut, 0), DuplicateKey)
		k.bury(r, max(-r.now, 0)-max(-r.was, 0), AbsentRow)
	}
}

// emit adds a row, if there is one, to o.
func (k *Keyed) emit(o *port.Output, rows []keyedRow, i int, w batch.Weight) {
	if i < 0 {
		return
	}
	r := &rows[i]
	for c, v := range o.Cols {
		col, at := k.column(r, c)
		v.AppendColumn(col, at, at+1)
	}
	o.Room(1)[0] = w
}

// column returns where column c of a row is.
func (k *Keyed) column(r *keyedRow, c int) (col *batch.Column, row int) {
	at := k.back[c]
	if at < len(k.o.Key) {
		return &r.seg.Keys()[at], int(r.group)
	}
	return &r.values()[at-len(k.o.Key)], int(r.row)
}

// bury makes a row a dead letter w times.
func (k *Keyed) bury(r *keyedRow, w batch.Weight, reason string) {
	if w == 0 {
		return
	}
	k.single.Reset()
	k.emit(&k.single, []keyedRow{*r}, 0, w)
	k.o.Dead(k.single.Rows(), 0, w, reason)
}

// mend adds a row w times to the state.
func (k *Keyed) mend(r *keyedRow, w batch.Weight) {
	keys, values := r.seg.Keys(), r.values()
	for i := range keys {
		k.fixes.Cols[i].AppendColumn(&keys[i], int(r.group), int(r.group)+1)
	}
	for i := range values {
		k.fixes.Cols[len(keys)+i].AppendColumn(&values[i], int(r.row), int(r.row)+1)
	}
	k.fixes.Room(1)[0] = w
}
