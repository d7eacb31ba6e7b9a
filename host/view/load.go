package view

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Load builds a new generation of a view from any amount of rows in bounded memory. Each worker adds rows
// to its own LoadWriter, which sorts what fits its memory and writes it down. Rows that come in key order
// are written once, as tables of the database; all others once more, when Finish merges them.
type Load struct {
	view       *View
	store      *Store
	generation *generation
	version    uint32
	dir        string
	files      atomic.Int64

	mu      sync.Mutex
	writers []*LoadWriter
	pieces  []piece // what is written or, after the writers ended, in memory
}

// Loaded is a finished Load, for Tx.Flip.
type Loaded struct {
	// Rows is how many rows the view has.
	Rows int64
	// Duplicates is how many rows were left out because their key has a row before them.
	Duplicates int64
	// Absent is how often rows were taken back that were not there.
	Absent int64
	// Bytes is how much disk the new generation takes.
	Bytes int64

	view       *View
	generation *generation
}

// Load begins to build a new generation, of the view's present definition. Rows carry the given epoch,
// the one in which they will be flipped in, as their version.
func (p *Pipeline) Load(v *View, epoch sdk.Epoch) (*Load, error) {
	g := p.store.newGeneration(v.codec)
	l := &Load{view: v, store: p.store, generation: g, version: uint32(epoch)}
	l.dir = filepath.Join(p.store.loadDir(), fmt.Sprint(g.id))
	if err := p.store.opts.FS.MkdirAll(l.dir, 0o755); err != nil {
		return nil, fmt.Errorf("view %q: %w", v.name, err)
	}
	return l, nil
}

// path returns the name of a new file.
func (l *Load) path(kind string) string {
	return filepath.Join(l.dir, fmt.Sprintf("%d.%s", l.files.Add(1), kind))
}

// Writer returns a writer for one goroutine. All writers must have ended when Finish is called.
func (l *Load) Writer() *LoadWriter {
	prefix := rowPrefix(l.generation.id)
	version := binary.LittleEndian.AppendUint32(nil, l.version)
	w := &LoadWriter{
		load: l, budget: l.store.opts.LoadBytes,
		rows: newRows(l.generation.codec, prefix, version),
		rest: newRows(l.generation.codec, prefix, version),
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writers = append(l.writers, w)
	return w
}

// LoadWriter takes rows of a Load on one goroutine.
type LoadWriter struct {
	load   *Load
	budget int
	rows   *rows
	rest   *rows // of keys that are there twice, or with another weight than +1
}

// Add adds the weighted rows of b, whose columns are those of the view's schema. It keeps nothing of b.
func (w *LoadWriter) Add(b *batch.Batch) error {
	err := w.rows.codec.check(b)
	if err == nil {
		w.rows.add(b)
		if w.rows.bytes() >= w.budget {
			err = w.spill()
		}
	}
	if err != nil {
		return fmt.Errorf("view %q: %w", w.load.view.name, err)
	}
	return nil
}

// Bytes returns how much memory the writer takes.
func (w *LoadWriter) Bytes() int { return w.rows.bytes() + w.rest.bytes() }

// piece is a sorted share of the load.
type piece struct {
	min, max []byte // whole keys
	open     func(lo, hi []byte) (source, error)
	samples  [][]byte // keys that cut it into parts of about the same size
	bytes    int64
	path     string // of its file
	table    bool   // the file is a table that can be ingested as it is, with rows rows
	rows     int64
}

func (p *piece) overlaps(min, max []byte) bool {
	return bytes.Compare(p.min, max) <= 0 && bytes.Compare(min, p.max) <= 0
}

// maxDescents is how many rows there have to be for each that comes below the one before it, for the
// rows to be written as tables at once: then they are parts of sorted files and likely overlap nothing.
const rowsPerDescent = 256

// spill writes what is in memory and empties it.
func (w *LoadWriter) spill() error {
	r := w.rows
	tables := r.descents*rowsPerDescent <= r.len()
	r.sort()
	if !tables {
		if err := w.load.writeRun(r, r.order); err != nil {
			return err
		}
		r.reset()
		return nil
	}
	for _, part := range cutAtGaps(w.regular()) {
		var err error
		if w.load.reserve(r.key(&r.entries[part[0].entry]), r.key(&r.entries[part[len(part)-1].entry])) {
			err = w.load.writeTable(r, part)
		} else {
			err = w.load.writeRun(r, part)
		}
		if err != nil {
			return err
		}
	}
	r.reset()
	if w.rest.bytes() < w.budget/8 {
		return nil
	}
	w.rest.sort()
	err := w.load.writeRun(w.rest, w.rest.order)
	w.rest.reset()
	return err
}

// regular returns the sorted entries whose key is there once, with a weight that a table can hold, and
// puts the others into the rest.
func (w *LoadWriter) regular() []item {
	r := w.rows
	keyed := r.codec.keyed()
	kept := r.order[:0]
	for i := 0; i < len(r.order); {
		it := r.order[i]
		e := &r.entries[it.entry]
		j := i + 1
		for j < len(r.order) && r.order[j].prefix == it.prefix && bytes.Equal(r.key(&r.entries[r.order[j].entry]), r.key(e)) {
			j++
		}
		if j == i+1 && (e.weight == 1 || !keyed && e.weight > 0) {
			kept = append(kept, it)
		} else {
			w.rest.sorted = w.rest.len() == 0
			for _, it := range r.order[i:j] {
				w.rest.appendEntry(r, it)
			}
			w.rest.sorted = false
		}
		i = j
	}
	return kept
}

// cutAtGaps cuts sorted entries where the distance of two keys is a large share of the whole range. Rows
// of two files that were read in turns so become tables of their own, which do not span what lies between.
func cutAtGaps(order []item) (parts [][]item) {
	if len(order) == 0 {
		return nil
	}
	least := (order[len(order)-1].prefix - order[0].prefix) / 64
	start := 0
	for i := 1; i < len(order); i++ {
		if order[i].prefix-order[i-1].prefix > max(least, 1) && i-start >= 1024 {
			parts = append(parts, order[start:i])
			start = i
		}
	}
	return append(parts, order[start:])
}

// reserve claims a range of keys for a table and reports whether it was free. Rows of a taken range will
// have to be merged anyway, so they are better off in a run, which costs less.
func (l *Load) reserve(min, max []byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.pieces {
		if l.pieces[i].overlaps(min, max) {
			return false
		}
	}
	l.pieces = append(l.pieces, piece{min: bytes.Clone(min), max: bytes.Clone(max)})
	return true
}

// writeTable writes entries, each the only one of its key, as a table in the range that was reserved.
func (l *Load) writeTable(r *rows, order []item) error {
	t, err := l.newTable()
	if err != nil {
		return err
	}
	var value []byte
	rows := int64(0)
	for _, it := range order {
		e := &r.entries[it.entry]
		value = r.val(e)
		if len(value) == 0 {
			value = countValue(nil, l.version, uint64(e.weight))
		}
		if err := t.set(r.key(e), value); err != nil {
			return errors.Join(err, t.close())
		}
		rows += int64(e.weight)
	}
	if err := t.close(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.pieces {
		if p := &l.pieces[i]; p.path == "" && bytes.Equal(p.min, r.key(&r.entries[order[0].entry])) {
			p.path, p.table, p.rows, p.bytes, p.samples = t.path, true, rows, int64(t.bytes), t.samples
			p.open = func(lo, hi []byte) (source, error) { return l.openTable(t.path, lo, hi) }
		}
	}
	return nil
}

// writeRun writes sorted entries as a run.
func (l *Load) writeRun(r *rows, order []item) error {
	if len(order) == 0 {
		return nil
	}
	w, err := l.newRun()
	if err != nil {
		return err
	}
	for _, it := range order {
		e := &r.entries[it.entry]
		row := r.val(e)
		if len(row) > 0 {
			row = row[versionLen:]
		}
		if err := w.add(r.key(e), row, e.weight); err != nil {
			return errors.Join(err, w.close())
		}
	}
	if err := w.close(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pieces = append(l.pieces, w.piece(r.codec))
	return nil
}

// memory adds what the writers still hold as pieces. A few irregular keys become a piece each, so that
// they make only the tables around them be written again.
func (l *Load) memory() {
	const alone = 4096
	for _, w := range l.writers {
		for _, r := range []*rows{w.rows, w.rest} {
			r.sort()
			order := r.order
			for len(order) > 0 {
				part := order
				if r == w.rest && r.len() <= alone {
					part = order[:1]
				}
				order = order[len(part):]
				first, last := r.key(&r.entries[part[0].entry]), r.key(&r.entries[part[len(part)-1].entry])
				p := piece{min: first, max: last, open: func(lo, hi []byte) (source, error) {
					return (&rows{codec: r.codec, keyPrefix: r.keyPrefix, valPrefix: r.valPrefix, data: r.data, entries: r.entries, order: part}).source(lo, hi), nil
				}}
				for _, it := range part {
					e := &r.entries[it.entry]
					p.bytes += int64(e.key) + int64(e.val)
				}
				for i := sampleRows; i < len(part); i += sampleRows {
					p.samples = append(p.samples, r.key(&r.entries[part[i].entry]))
				}
				l.pieces = append(l.pieces, p)
			}
		}
	}
}

// Abort removes what the Load has written. It does nothing after Finish.
func (l *Load) Abort() error {
	l.writers, l.pieces = nil, nil
	return l.store.opts.FS.RemoveAll(l.dir)
}

// Finish merges what has to be merged and hands the tables to the database; Tx.Flip then makes them
// visible. Of several rows of a key the first in canonical order stays; all others go to duplicate, which
// is not called twice at the same time, as whole rows with weights, in no particular order.
func (l *Load) Finish(ctx context.Context, duplicate func(*batch.Batch) error) (*Loaded, error) {
	l.memory()
	out := &Loaded{view: l.view, generation: l.generation}
	m := &loadMerge{load: l, out: out, duplicate: duplicate}
	paths, err := m.run(ctx)
	if err == nil && len(paths) > 0 {
		err = l.store.db.Ingest(ctx, paths)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("view %q: %w", l.view.name, err), l.Abort())
	}
	return out, l.Abort()
}
