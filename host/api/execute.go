package api

import (
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/millrace-dev/millrace/host/view"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// page is some records of an answer: the visible columns, and what Dozer adds to each record.
type page struct {
	rows     *batch.Batch
	ids      []uint64
	versions []uint32
}

const (
	pageRows     = 128
	maxSortBytes = 64 << 20 // of rows that $order_by holds in memory
)

// execution runs a query on one epoch.
type execution struct {
	reader  *view.Reader
	view    *view.View
	columns columns
	query   *query
	access  access
	name    string // of the endpoint
	maxScan int    // rows that may be read and not given; below zero any
	emit    func(page) error

	read, given int
	desk        *desk
	last        *cursor
}

// desk is memory that executions use one after another.
type desk struct {
	out   *batch.Builder
	page  page
	bytes int // of the largest page it held
}

var desks = sync.Pool{New: func() any { return &desk{} }}

// take returns a desk with an empty builder of the given types.
func take(types []batch.Type) *desk {
	d := desks.Get().(*desk)
	fits := d.out != nil && len(d.out.Cols) == len(types)
	for i := 0; fits && i < len(types); i++ {
		fits = d.out.Cols[i].Type == types[i]
	}
	if !fits {
		d.out = batch.NewBuilder(types)
	}
	return d
}

// give gives a desk back, but not one whose page was large.
func (d *desk) give() {
	d.out.Abort()
	d.out.Reset()
	d.page = page{ids: d.page.ids[:0], versions: d.page.versions[:0]}
	if d.bytes < 1<<20 {
		desks.Put(d)
	}
}

// run hands the records to emit, in order. The cursor it returns is for the page after this one, and nil
// when there is none or the order is not that of the keys.
func (x *execution) run(ctx context.Context) (*cursor, error) {
	types := make([]batch.Type, len(x.columns.visible))
	for i, c := range x.columns.visible {
		types[i] = x.columns.schema.Fields[c].Type
	}
	if x.query.limit == 0 {
		return nil, nil
	}
	x.desk = take(types)
	defer x.desk.give()
	if !x.access.ordered {
		if x.query.after != nil {
			return nil, newError(codeBadQuery, "$after goes with the order of the key only: leave $order_by out, or use $skip")
		}
		return nil, x.runSorted(ctx)
	}
	skip := x.query.skip
	done := false
	err := x.scan(ctx, func(r *view.Record, copies int64) (bool, error) {
		if n := min(int64(skip), copies); n > 0 {
			skip -= int(n)
			copies -= n
		}
		n := min(copies, int64(x.query.limit-x.given))
		if err := x.add(r, n); err != nil {
			return false, err
		}
		if done = x.given == x.query.limit; done {
			x.last = &cursor{key: slices.Clone(r.Key)}
			if n < copies {
				x.last.copies = uint64(r.Count - copies + n)
			}
		}
		return !done, nil
	})
	if err == nil {
		err = x.flush()
	}
	return x.last, err
}

// scan calls fn with every row that passes the filter, and how many of its copies are wanted, until fn
// returns false.
func (x *execution) scan(ctx context.Context, fn func(r *view.Record, copies int64) (bool, error)) error {
	for _, in := range x.access.ranges {
		if after := x.query.after; after != nil && after.key != nil {
			in.After, in.Again = after.key, after.copies > 0
		}
		more, err := x.scanRange(ctx, in, fn)
		if err != nil || !more {
			return err
		}
	}
	if after := x.query.after; after != nil && after.key == nil {
		return newError(codeBadQuery, "$after: endpoint %q has no record with id %d among those that match", x.name, after.id)
	}
	return nil
}

func (x *execution) scanRange(ctx context.Context, in view.KeyRange, fn func(*view.Record, int64) (bool, error)) (more bool, err error) {
	s, err := x.reader.Scan(x.view, in)
	if err != nil {
		return false, err
	}
	defer func() {
		if closed := s.Close(); err == nil {
			err = closed
		}
	}()
	after := x.query.after
	for s.Next() {
		if x.read++; x.read&1023 == 0 && ctx.Err() != nil {
			return false, ctx.Err()
		}
		if x.maxScan >= 0 && x.read-x.given > x.maxScan {
			return false, x.tooMuch()
		}
		if !x.query.filter.passes(&s.Record) {
			continue
		}
		copies := s.Count
		if after != nil && after.key == nil { // looking for the record with an id
			if s.ID() == after.id {
				x.query.after = nil
				after = nil
			}
			continue
		}
		if after != nil && after.copies > 0 && string(s.Key) == string(after.key) {
			if copies -= int64(after.copies); copies <= 0 {
				continue
			}
		}
		if more, err = fn(&s.Record, copies); err != nil || !more {
			return false, err
		}
	}
	return true, nil
}

// tooMuch says what to do about a query that reads too many rows.
func (x *execution) tooMuch() error {
	var key []string
	for _, k := range x.columns.schema.Key {
		if slices.Contains(x.columns.visible, k) {
			key = append(key, x.columns.schema.Fields[k].Name)
		}
	}
	how := "ask for less"
	if len(key) > 0 {
		how = fmt.Sprintf("filter by the key (%s), its first column first", strings.Join(key, ", "))
	}
	return newError(codeScanLimit, "endpoint %q: the query has to look at more than %d rows, and no index serves it: %s, or raise the limit:\napi:\n  max_scan_rows: %d",
		x.name, x.maxScan, how, 10*x.maxScan)
}

// add puts n copies of a record into the page.
func (x *execution) add(r *view.Record, n int64) error {
	d := x.desk
	for range n {
		r.AppendTo(d.out, x.columns.visible)
		d.out.End(1)
		d.page.ids = append(d.page.ids, r.ID())
		d.page.versions = append(d.page.versions, r.Version)
		x.given++
		if d.out.Rows() == pageRows {
			if err := x.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (x *execution) flush() error {
	d := x.desk
	if d.out.Rows() == 0 {
		return nil
	}
	d.page.rows = d.out.Peek()
	d.bytes = max(d.bytes, d.out.Bytes())
	err := x.emit(d.page)
	d.out.Reset()
	d.page.ids, d.page.versions = d.page.ids[:0], d.page.versions[:0]
	return err
}

// runSorted reads all matching rows and keeps the first of them in the order that is wanted.
func (x *execution) runSorted(ctx context.Context) error {
	top := &topRows{query: x.query, types: x.columns.schema.Types()}
	if x.query.limit >= 0 {
		top.most = int64(x.query.skip) + int64(x.query.limit)
	}
	err := x.scan(ctx, func(r *view.Record, _ int64) (bool, error) {
		top.add(r)
		if top.bytes > maxSortBytes {
			return false, newError(codeTooLarge, "endpoint %q: $order_by of so many rows takes more than %d MiB: lower $limit and $skip, or order by the key", x.name, maxSortBytes>>20)
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(top.rows, func(a, b view.Record) int { return top.compare(&a, &b) })
	skip := int64(x.query.skip)
	for i := range top.rows {
		r := &top.rows[i]
		n := r.Count
		if s := min(skip, n); s > 0 {
			skip -= s
			n -= s
		}
		if x.query.limit >= 0 {
			n = min(n, int64(x.query.limit-x.given))
		}
		if err := x.add(r, n); err != nil {
			return err
		}
	}
	return x.flush()
}

// topRows is a heap of the first rows in an order, the last of them on top.
type topRows struct {
	query *query
	types []batch.Type
	rows  []view.Record
	most  int64 // copies to keep; 0: all
	total int64 // copies kept
	bytes int
}

func (t *topRows) add(r *view.Record) {
	if t.most > 0 && t.total >= t.most && t.compare(r, &t.rows[0]) >= 0 {
		return
	}
	c := r.Clone()
	heap.Push(t, c)
	t.total += c.Count
	t.bytes += c.Bytes()
	for t.most > 0 && t.total-t.rows[0].Count >= t.most {
		gone := heap.Pop(t).(view.Record)
		t.total -= gone.Count
		t.bytes -= gone.Bytes()
	}
}

// compare puts rows in order; equal ones in the order of their keys.
func (t *topRows) compare(a, b *view.Record) int {
	for _, o := range t.query.order {
		n := 0
		switch na, nb := a.Null(o.col), b.Null(o.col); {
		case na && nb:
		case na:
			n = 1
		case nb:
			n = -1
		default:
			n = view.CompareField(t.types[o.col], a.Field(o.col), b.Field(o.col))
		}
		if o.desc {
			n = -n
		}
		if n != 0 {
			return n
		}
	}
	return cmp.Compare(string(a.Key), string(b.Key))
}

func (t *topRows) Len() int           { return len(t.rows) }
func (t *topRows) Less(i, j int) bool { return t.compare(&t.rows[i], &t.rows[j]) > 0 }
func (t *topRows) Swap(i, j int)      { t.rows[i], t.rows[j] = t.rows[j], t.rows[i] }
func (t *topRows) Push(r any)         { t.rows = append(t.rows, r.(view.Record)) }
func (t *topRows) Pop() any {
	r := t.rows[len(t.rows)-1]
	t.rows = t.rows[:len(t.rows)-1]
	return r
}

// count returns how many records match, bounded by $limit and less $skip.
func (x *execution) count(ctx context.Context) (int64, error) {
	n := int64(0)
	if f := x.query.filter; len(f.leaves) == 0 && len(f.rest) == 0 && x.query.after == nil {
		n = x.reader.Rows(x.view)
	} else {
		stop := int64(-1)
		if x.query.limit >= 0 {
			stop = int64(x.query.skip) + int64(x.query.limit)
		}
		err := x.scan(ctx, func(_ *view.Record, copies int64) (bool, error) {
			n += copies
			return stop < 0 || n < stop, nil
		})
		if err != nil {
			return 0, err
		}
	}
	n = max(0, n-int64(x.query.skip))
	if x.query.limit >= 0 {
		n = min(n, int64(x.query.limit))
	}
	return n, nil
}
