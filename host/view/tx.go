package view

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/cockroachdb/pebble/v2"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Tx is one batch of the database: all of it survives a crash or nothing does (promise I3). An epoch's Tx
// holds the rows of every view of the pipeline, the epoch's number and its cut.
//
// A Tx keeps the first error; Commit returns it. One goroutine uses a Tx.
type Tx struct {
	store    *Store
	pipeline *Pipeline // nil: records only
	batch    *pebble.Batch
	epoch    sdk.Epoch
	views    map[*View]contents
	dirty    []*View
	err      error
}

// Counts says what a delta did to a view.
type Counts struct {
	Inserts, Updates, Deletes int64
	// Violations are rows that a view cannot show: a second row of a key (the first in canonical order
	// stays) or a row taken back more often than it was there. Upstream has to prevent them.
	Violations int64
}

// Begin begins a transaction of records only, which belongs to no epoch.
func (s *Store) Begin() *Tx { return &Tx{store: s, batch: s.db.NewBatch()} }

func (tx *Tx) fail(err error) {
	if tx.err == nil {
		tx.err = err
	}
}

// Set writes a record of the ledger.
func (tx *Tx) Set(key, value []byte) { tx.set(recordKey(key), value) }

// Delete deletes a record of the ledger.
func (tx *Tx) Delete(key []byte) { tx.delete(recordKey(key)) }

// DeleteRange deletes the records with start <= key < end.
func (tx *Tx) DeleteRange(start, end []byte) {
	if err := tx.batch.DeleteRange(recordKey(start), recordKey(end), nil); err != nil {
		tx.fail(err)
	}
}

func recordKey(key []byte) []byte { return append([]byte{spaceRecords}, key...) }

func (tx *Tx) set(key, value []byte) {
	if err := tx.batch.Set(key, value, nil); err != nil {
		tx.fail(err)
	}
}

func (tx *Tx) delete(key []byte) {
	if err := tx.batch.Delete(key, nil); err != nil {
		tx.fail(err)
	}
}

// Record returns a record of the ledger, or nil when there is none.
func (s *Store) Record(key []byte) ([]byte, error) { return s.get(s.db, recordKey(key)) }

// Records calls fn with the records whose keys begin with prefix and are not below from, in order. What
// fn gets is valid during the call.
func (s *Store) Records(prefix, from []byte, fn func(key, value []byte) error) error {
	upper := successor(recordKey(prefix))
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: recordKey(prefix), UpperBound: upper})
	if err != nil {
		return err
	}
	for it.SeekGE(recordKey(from)); it.Valid(); it.Next() {
		if err := fn(it.Key()[1:], it.Value()); err != nil {
			return errors.Join(err, it.Close())
		}
	}
	return it.Close()
}

// get returns a copy of a value, or nil.
func (s *Store) get(from pebble.Reader, key []byte) ([]byte, error) {
	value, closer, err := from.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := append(make([]byte, 0, len(value)), value...)
	return out, closer.Close()
}

// Apply adds the changes that the workers gathered for a view and leaves the deltas empty.
func (tx *Tx) Apply(v *View, deltas ...*Delta) (Counts, error) {
	var n Counts
	if tx.err != nil {
		return n, tx.err
	}
	c, ok := tx.views[v]
	if !ok || !sameSchema(&c.generation.codec.schema, &v.codec.schema) {
		err := fmt.Errorf("view %q: its stored rows have another schema: changes need a new generation first", v.name)
		tx.fail(err)
		return n, err
	}
	var sources []source
	for _, d := range deltas {
		if d.rows.len() > 0 {
			d.rows.sort()
			sources = append(sources, d.rows.source(nil, nil))
		}
	}
	if len(sources) == 0 {
		return n, nil
	}
	w := &writer{tx: tx, prefix: rowPrefix(c.generation.id), counts: &n}
	emit := w.keyed
	if !v.codec.keyed() {
		emit = w.keyless
	}
	err := consolidate(sources, func(key []byte, rows []weighted) error { return emit(v, key, rows) })
	if err != nil {
		tx.fail(fmt.Errorf("view %q: %w", v.name, err))
		return n, tx.err
	}
	for _, d := range deltas {
		d.rows.reset()
	}
	c.rows += n.Inserts - n.Deletes
	tx.views[v] = c
	tx.dirty = append(tx.dirty, v)
	return n, nil
}

// writer turns net rows into the operations of a batch.
type writer struct {
	tx     *Tx
	prefix []byte
	counts *Counts
	key    []byte
}

func (w *writer) fullKey(key []byte) []byte {
	w.key = append(append(w.key[:0], w.prefix...), key...)
	return w.key
}

func (w *writer) keyed(v *View, key []byte, rows []weighted) error {
	var first []byte
	gone := false
	for _, r := range rows {
		switch {
		case r.weight < 0:
			gone = true
		case first == nil:
			first = r.row
			w.counts.Violations += int64(r.weight - 1)
		default:
			w.counts.Violations += int64(r.weight)
			if v.codec.compareRows(r.row, first) < 0 {
				first = r.row
			}
		}
	}
	if first == nil {
		w.counts.Deletes++
		return w.tx.batch.Delete(w.fullKey(key), nil)
	}
	if gone {
		w.counts.Updates++
	} else {
		w.counts.Inserts++
	}
	op := w.tx.batch.SetDeferred(len(w.prefix)+len(key), versionLen+len(first))
	copy(op.Key[copy(op.Key, w.prefix):], key)
	binary.LittleEndian.PutUint32(op.Value, uint32(w.tx.epoch))
	copy(op.Value[versionLen:], first)
	return op.Finish()
}

func (w *writer) keyless(_ *View, key []byte, rows []weighted) error {
	full := w.fullKey(key)
	old, err := w.tx.store.get(w.tx.store.db, full)
	if err != nil {
		return err
	}
	var before int64
	if old != nil {
		n, size := binary.Uvarint(old[min(versionLen, len(old)):])
		if size <= 0 || n > math.MaxInt64 {
			return errors.New("a stored row has no count")
		}
		before = int64(n)
	}
	after := before + int64(rows[0].weight)
	switch {
	case after < 0:
		w.counts.Violations -= after
		after = 0
		fallthrough
	case after < before:
		w.counts.Deletes += before - after
	default:
		w.counts.Inserts += after - before
	}
	if after == 0 {
		if before == 0 {
			return nil
		}
		return w.tx.batch.Delete(full, nil)
	}
	return w.tx.batch.Set(full, countValue(nil, uint32(w.tx.epoch), uint64(after)), nil)
}

// versionLen is the length of the epoch's low bits before every stored row.
const versionLen = 4

// countValue is the value of a keyless row: the epoch of its last change and how often it is there.
func countValue(dst []byte, version uint32, count uint64) []byte {
	return binary.AppendUvarint(binary.LittleEndian.AppendUint32(dst, version), count)
}

// Clear makes the view empty, in a new generation of its present definition.
func (tx *Tx) Clear(v *View) { tx.flip(v, tx.store.newGeneration(v.codec), 0) }

// Flip makes what was loaded the contents of the view: readers see it with the Tx's epoch, all at once.
func (tx *Tx) Flip(l *Loaded) { tx.flip(l.view, l.generation, l.Rows) }

func (tx *Tx) flip(v *View, g *generation, rows int64) {
	tx.set(generationKey(g.id), encodeSchema(&g.codec.schema))
	tx.views[v] = contents{g, rows}
	tx.dirty = append(tx.dirty, v)
}

// Commit makes the Tx the newest state of its pipeline; readers see it after Publish. With sync it returns
// when the disk has it, otherwise a crash may take it, and then all of it and everything after it.
func (tx *Tx) Commit(sync bool) error {
	if tx.batch == nil {
		return errors.New("view: Commit after Commit or Abort")
	}
	defer tx.Abort()
	if p := tx.pipeline; p != nil {
		tx.set(catalogKey(catalogPipeline, p.name), binary.BigEndian.AppendUint64(nil, uint64(tx.epoch)))
		for _, v := range tx.dirty {
			tx.set(viewKey(p.name, v.name), contentsValue(tx.views[v]))
		}
	}
	if tx.err != nil {
		return tx.err
	}
	mode := pebble.NoSync
	if sync {
		mode = pebble.Sync
	}
	if err := tx.batch.Commit(mode); err != nil {
		return err
	}
	if tx.pipeline != nil {
		tx.pipeline.committed(tx.epoch, tx.views)
	}
	return nil
}

// Abort drops the Tx. It does nothing after Commit.
func (tx *Tx) Abort() {
	if tx.batch != nil {
		_ = tx.batch.Close()
		tx.batch = nil
	}
}

// Delta gathers the changes of a view on one worker's goroutine, for Tx.Apply.
type Delta struct {
	view *View
	rows *rows
}

// NewDelta returns an empty delta of the view.
func (v *View) NewDelta() *Delta { return &Delta{view: v, rows: newRows(v.codec, nil, nil)} }

// Add adds the weighted rows of b, whose columns are those of the view's schema. It keeps nothing of b.
func (d *Delta) Add(b *batch.Batch) error {
	if err := d.rows.codec.check(b); err != nil {
		return fmt.Errorf("view %q: %w", d.view.name, err)
	}
	d.rows.add(b)
	return nil
}

// Sort sorts what was added, which Apply would otherwise do on its own goroutine.
func (d *Delta) Sort() { d.rows.sort() }

// Rows returns how many rows were added.
func (d *Delta) Rows() int { return d.rows.len() }

// Bytes returns how much memory the delta takes.
func (d *Delta) Bytes() int { return d.rows.bytes() }
