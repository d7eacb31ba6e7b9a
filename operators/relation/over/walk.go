package over

import (
	"slices"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// walk goes through one partition after another, as it was before the epoch and as it is after it, and gathers what changes.
type walk struct {
	o        *Options
	spec     *spec
	open     bool // in the middle of a partition
	spans    []span
	begin    begin
	began    bool
	old, now version
	changes  []change
	failures int // how often settled has said no since the changes lie behind
	wait     int // rows until it is asked again
	clean    int // rows since the last that only one version has

	from      []source // of the columns Output
	out       port.Output
	single    port.Output
	lists     [2]list // the rows to retract, and those to insert
	indexes   [2][]int32
	same      batch.Bitmap
	unmatched []int32
}

// change is a row that may have other results than before.
type change struct {
	place
	old, now   int32 // of the results of the versions; -1: the row is not there
	were, are  batch.Weight
	equal      bool
	wasBad, is bool
}

// source says where a column of the output comes from.
type source struct {
	key bool
	at  int // of the keys or the values
}

// list is rows to emit with one sign.
type list struct {
	places  []place
	results []int32
	weights []batch.Weight
}

// enough is how many changes are emitted at a time, and enoughBytes how large their results may be.
const (
	enough      = 1 << 10
	enoughBytes = 1 << 20
)

// textBytes is how many bytes of results cost as much as a row.
const textBytes = 64

func newWalk(o *Options, value func(column int) int) walk {
	w := walk{o: o}
	stored := []batch.Type{batch.T(batch.Uint64), batch.T(batch.Binary)}
	keep := value
	value = func(column int) int {
		at := keep(column)
		if at == len(stored) {
			stored = append(stored, o.Types[column])
		}
		return at
	}
	for _, c := range o.Output {
		if k := slices.Index(o.Keys, c); k >= 0 {
			w.from = append(w.from, source{true, k})
		} else {
			w.from = append(w.from, source{false, value(c)})
		}
	}
	w.spec = newSpec(o, value)
	w.spec.complete(stored)
	types := port.Project(o.Types, o.Output)
	w.single = port.NewOutput(types)
	for _, c := range o.Calls {
		types = append(types, c.Type)
	}
	w.out = port.NewOutput(types)
	w.old, w.now = newVersion(w.spec), newVersion(w.spec)
	return w
}

// start begins a partition, whose rows spans are: those of the epoch's changes first.
func (w *walk) start(spans []span) {
	w.open, w.began, w.spans = true, false, spans
	w.failures, w.wait, w.clean = 0, 0, 0
	w.old.counted, w.now.counted = false, false
	w.begin.find(w.spec, spans)
}

// before returns the spans of the partition before the epoch.
func before(spans []span) []span {
	i := slices.IndexFunc(spans, func(s span) bool { return !s.unsettled })
	if i < 0 {
		return nil
	}
	return spans[i:]
}

// step goes on as far as the budget allows.
func (w *walk) step(budget *int) {
	if w.spec.counts && (!w.old.counting(before(w.spans), budget) || !w.now.counting(w.spans, budget)) {
		return
	}
	if !w.began {
		if !w.begin.skip(w.spec, w.spans, budget) {
			return
		}
		w.begin.place(w.spec, &w.old, before(w.spans))
		w.begin.place(w.spec, &w.now, w.spans)
		w.began = true
	}
	for *budget > 0 && !w.full() {
		if w.open = !w.old.main.done || !w.now.main.done; !w.open {
			return
		}
		if !w.row(budget) {
			return
		}
	}
}

// full reports whether there are enough changes to emit them.
func (w *walk) full() bool {
	return len(w.changes) >= enough || w.spec.wide && w.old.bytes()+w.now.bytes() >= enoughBytes
}

// row compares one row, or one copy of it. False: the budget is used up, or the partition is.
func (w *walk) row(budget *int) bool {
	old, now := &w.old, &w.now
	d := 0
	switch {
	case old.main.done:
		d = 1
	case now.main.done:
		d = -1
	case old.main.place() != now.main.place():
		s, i := old.main.row()
		t, j := now.main.row()
		d = s.compare(i, t, j)
	}
	if d <= 0 && !old.reach(w.spec, budget) || d >= 0 && !now.reach(w.spec, budget) {
		return false
	}
	c, before := change{old: -1, now: -1}, 0
	if w.spec.wide {
		before = w.old.bytes() + w.now.bytes()
	}
	if d <= 0 {
		c.place, c.old, c.were = old.main.place(), int32(old.n), w.copies(&old.main)
		old.answer(w.spec)
	}
	if d >= 0 {
		c.place, c.now, c.are = now.main.place(), int32(now.n), w.copies(&now.main)
		now.answer(w.spec)
	}
	w.changes = append(w.changes, c)
	if d != 0 {
		w.clean = 0
	}
	*budget -= w.spec.cost
	if w.spec.wide {
		*budget -= (w.old.bytes() + w.now.bytes() - before) / textBytes
	}
	if d == 0 && w.settled() {
		w.open = false
		return false
	}
	if d == 0 && w.leap() {
		return true
	}
	if d <= 0 {
		old.main.take(c.were)
	}
	if d >= 0 {
		now.main.take(c.are)
	}
	return true
}

// copies returns how many copies of the current row are answered at once.
func (w *walk) copies(main *cursor) batch.Weight {
	if w.spec.copies {
		return 1
	}
	return main.weight
}

// leapRows is after how many rows without a change it is asked whether the next change is far away.
const leapRows = 32

// leap goes on where the next changes can reach, if that is far away.
func (w *walk) leap() bool {
	if w.clean++; w.clean < min(leapRows, few) {
		return false
	}
	w.clean = 0
	if !w.begin.leap(w.spec, w.spans, &w.old, &w.now) {
		return false
	}
	w.begin.place(w.spec, &w.old, before(w.spans))
	w.begin.place(w.spec, &w.now, w.spans)
	return true
}

// settled reports whether nothing changes after the current row. Where it does not, it is asked less and less often.
func (w *walk) settled() bool {
	if w.now.main.unsettled > 0 {
		return false
	}
	if w.wait > 0 {
		w.wait--
		return false
	}
	if settled(w.spec, &w.old, &w.now) {
		return true
	}
	w.failures++
	w.wait = min(w.failures/8, 256)
	return false
}

// emit emits the changes when there are enough of them, or all are wanted.
func (w *walk) emit(out operators.Emit, all bool) error {
	if all || w.full() {
		w.flush()
	}
	if all || w.out.Full() {
		return w.out.Flush(out)
	}
	return nil
}

// flush puts the rows whose results have changed into the output.
func (w *walk) flush() {
	w.compare()
	for i := range w.lists {
		l := &w.lists[i]
		l.places, l.results, l.weights = l.places[:0], l.results[:0], l.weights[:0]
	}
	for i := range w.changes {
		c := &w.changes[i]
		if c.wasBad || c.is {
			w.bury(c)
		}
		were, are := c.were, c.are
		if c.old < 0 || c.wasBad {
			were = 0
		}
		if c.now < 0 || c.is {
			are = 0
		}
		switch {
		case were > 0 && are > 0 && c.equal:
			if are != were {
				w.lists[1].add(c.place, c.now, are-were)
			}
			continue
		case were > 0:
			w.lists[0].add(c.place, c.old, -were)
		}
		if are > 0 {
			w.lists[1].add(c.place, c.now, are)
		}
	}
	w.put(&w.lists[0], &w.old)
	w.put(&w.lists[1], &w.now)
	w.changes = w.changes[:0]
	w.old.reset()
	w.now.reset()
}

func (l *list) add(p place, result int32, weight batch.Weight) {
	l.places, l.results, l.weights = append(l.places, p), append(l.results, result), append(l.weights, weight)
}

// compare notes which rows have the same results as before, and which have results that do not fit.
func (w *walk) compare() {
	was, are := w.indexes[0][:0], w.indexes[1][:0]
	for i := range w.changes {
		c := &w.changes[i]
		c.wasBad, c.is = c.old >= 0 && w.old.bad.Has(int(c.old)), c.now >= 0 && w.now.bad.Has(int(c.now))
		if c.old >= 0 && c.now >= 0 {
			was, are = append(was, c.old), append(are, c.now)
		}
	}
	w.indexes = [2][]int32{was, are}
	if len(was) == 0 {
		return
	}
	if len(w.same) < (len(was)+7)/8 {
		w.same = batch.NewBitmap(max(enough, len(was)))
	}
	w.same.Fill(len(was))
	kernel.EqualRows(w.same, peek(w.old.results), peek(w.now.results), was, are)
	at := 0
	for i := range w.changes {
		if c := &w.changes[i]; c.old >= 0 && c.now >= 0 {
			c.equal = w.same.Has(at)
			at++
		}
	}
}

func peek(vs []*batch.Vector) []batch.Column {
	cols := make([]batch.Column, len(vs))
	for i, v := range vs {
		cols[i] = v.Peek()
	}
	return cols
}

// put appends rows with their results to the output.
func (w *walk) put(l *list, v *version) {
	if len(l.places) == 0 {
		return
	}
	for c, f := range w.from {
		w.gather(w.out.Cols[c], l.places, f)
	}
	for i, r := range v.results {
		col := r.Peek()
		kernel.Gather(w.out.Cols[len(w.from)+i], &col, l.results)
	}
	if slices.ContainsFunc(l.weights, func(x batch.Weight) bool { return x != 1 }) {
		copy(w.out.Room(len(l.places)), l.weights)
	} else {
		w.out.Ones(len(l.places))
	}
}

// gather appends one column of places.
func (w *walk) gather(to *batch.Vector, places []place, f source) {
	for i := 0; i < len(places); {
		seg, rows := places[i].seg, w.unmatched[:0]
		for ; i < len(places) && places[i].seg == seg; i++ {
			if f.key {
				rows = append(rows, places[i].group)
			} else {
				rows = append(rows, places[i].row)
			}
		}
		w.unmatched = rows
		if f.key {
			kernel.Gather(to, &seg.Keys()[f.at], rows)
		} else {
			kernel.Gather(to, &seg.Values()[f.at], rows)
		}
	}
}

// bury hands over a row of which a result does not fit, and takes back what was handed over before (I5).
func (w *walk) bury(c *change) {
	w.single.Reset()
	for i, f := range w.from {
		w.gather(w.single.Cols[i], []place{c.place}, f)
	}
	w.single.Ones(1)
	row := w.single.Rows()
	if c.wasBad {
		w.o.Dead(row, 0, -c.were, reasonOf(&w.old.bad, c.old))
	}
	if c.is {
		w.o.Dead(row, 0, c.are, reasonOf(&w.now.bad, c.now))
	}
}

// reasonOf returns why a row is bad.
func reasonOf(bad *batch.RowErrors, row int32) string {
	return bad.Reasons[slices.Index(bad.Rows, row)]
}

// forget drops what refers to segments.
func (w *walk) forget() {
	w.open, w.spans, w.changes = false, nil, w.changes[:0]
	w.old.forget()
	w.now.forget()
	for i := range w.lists {
		clear(w.lists[i].places[:cap(w.lists[i].places)])
	}
	clear(w.changes[:cap(w.changes)])
	w.out.Reset()
}
