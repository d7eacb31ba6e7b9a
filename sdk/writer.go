package sdk

import (
	"fmt"
	"slices"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Mode says what the rows of a batch mean.
type Mode uint8

const (
	// Changes are weighted rows: +1 is an insert, -1 takes a row back.
	Changes Mode = iota
	// Keyed are rows in order, each about its key: weight +1 is the new row of that key, whatever was
	// there before; weight -1 deletes the key, and its other columns are null and mean nothing.
	Keyed
)

// Output is where a Writer's rows go: into the host's edge, or over the wire to it. Calls for
// different splits may be concurrent; those for one split are not.
type Output interface {
	// Write hands over rows of a table, which become visible at the next Commit of the split. The
	// batch is borrowed.
	Write(split, table string, mode Mode, b *batch.Batch) error

	// Commit ends a transaction of the split at p. It waits while the host has too much to do.
	Commit(split string, p Position) error

	// Await waits until what the split committed at p has come to the given stage, and returns the
	// epoch in which it became, or will become, visible (0 while that is not known).
	Await(split string, p Position, until Stage) (Epoch, error)

	// Live says that the first full read of the table is complete, all its splits included.
	Live(table string) error
}

// Writer takes what a source reads. A Writer belongs to one split and is used by one goroutine;
// the writers of different splits are independent.
//
// What lies between two Commits becomes visible together or not at all, and the position says
// where to go on.
type Writer struct {
	split string
	from  map[string]Position
	out   Output
	asked map[string]TableRequest // what the Read was asked for; nil while that is not known
	rows  []*tableRows            // rows that were added one by one and not yet written, in order of first use
	err   error                   // the first mistake in such a row
}

// NewWriter returns the writer that a Read is given: the one of split "". The host calls it.
func NewWriter(out Output, from map[string]Position) *Writer {
	return &Writer{out: out, from: from}
}

// Split returns the writer of another split, which has its own transactions and its own position.
func (w *Writer) Split(name string) *Writer {
	return &Writer{split: name, from: w.from, out: w.out, asked: w.asked}
}

// From returns where this split is to be read on from; nil is the beginning.
func (w *Writer) From() Position { return w.from[w.split] }

// Splits returns the names of all splits that have a position, sorted.
func (w *Writer) Splits() []string {
	names := make([]string, 0, len(w.from))
	for name := range w.from {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Write writes a batch of weighted rows of a table, with the requested columns. It does not keep b.
func (w *Writer) Write(table string, b *batch.Batch) error {
	return w.write(table, Changes, b)
}

// WriteKeyed writes rows that are each about their key; see Keyed. It does not keep b.
func (w *Writer) WriteKeyed(table string, b *batch.Batch) error {
	return w.write(table, Keyed, b)
}

func (w *Writer) write(table string, mode Mode, b *batch.Batch) error {
	if err := w.flush(); err != nil {
		return err
	}
	return w.out.Write(w.split, table, mode, b)
}

// Commit ends a transaction: what was written since the last one becomes visible together, and a
// restart goes on at p. It waits while the host has too much to do.
func (w *Writer) Commit(p Position) error {
	if err := w.flush(); err != nil {
		return err
	}
	return w.out.Commit(w.split, p)
}

// Await waits until what this split committed at p has come to the given stage, and returns the
// epoch in which it is visible (0 while that is not known). Unlike the other methods it may be
// called by several goroutines at once.
func (w *Writer) Await(p Position, until Stage) (Epoch, error) { return w.out.Await(w.split, p, until) }

// Live says that the first full read of a table is complete, and committed, in all its splits.
func (w *Writer) Live(table string) error { return w.out.Live(table) }

// maxRowBytes is how much is gathered of single rows before it is handed on as a batch.
const maxRowBytes = 1 << 20

// tableRows gathers single rows of a table into batches.
type tableRows struct {
	table   string
	mode    Mode
	builder *batch.Builder
	columns []int // the columns that were asked for, nil for all
	dropped bool  // nobody asked for the table
}

// ask says what the Read was asked for; Split hands it on.
func (w *Writer) ask(req Request) {
	w.asked = make(map[string]TableRequest, len(req.Tables))
	for _, t := range req.Tables {
		w.asked[t.Name] = t
	}
}

// note keeps the first error until Commit.
func (w *Writer) note(err error) {
	if w.err == nil {
		w.err = err
	}
}

// rowsOf returns where the rows of a table are gathered. What was gathered of it in the other mode
// is handed on first, so that the order stays.
func (w *Writer) rowsOf(t *Table, mode Mode) *tableRows {
	var found *tableRows
	for _, r := range w.rows {
		switch {
		case r.table != t.Name:
		case r.mode == mode:
			found = r
		default:
			w.hand(r)
		}
	}
	if found == nil {
		found = &tableRows{table: t.Name, mode: mode, builder: batch.NewBuilder(t.Schema.Types())}
		asked, ok := w.asked[t.Name]
		found.dropped = w.asked != nil && !ok
		for _, name := range asked.Columns {
			i := t.Schema.Index(name)
			if i < 0 {
				w.note(fmt.Errorf("table %q has no column %q", t.Name, name))
				found.dropped = true
				break
			}
			found.columns = append(found.columns, i)
		}
		w.rows = append(w.rows, found)
	}
	return found
}

// handFull hands on rows that are enough for a batch.
func (w *Writer) handFull(r *tableRows) {
	if r.builder.Rows()%64 == 0 && r.builder.Bytes() >= maxRowBytes {
		w.hand(r)
	}
}

func (w *Writer) hand(r *tableRows) {
	if r.builder.Rows() == 0 {
		return
	}
	b := r.builder.Peek()
	if w.asked != nil && w.asked[r.table].Columns != nil {
		b = b.Project(r.columns)
	}
	if !r.dropped && w.err == nil {
		w.note(w.out.Write(w.split, r.table, r.mode, b))
	}
	r.builder.Reset()
}

func (w *Writer) flush() error {
	for _, r := range w.rows {
		w.hand(r)
	}
	return w.err
}
