package view

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Reader sees a pipeline's views as they were at one published epoch (promise I3). Any number of
// goroutines may use a Reader; each Scan belongs to one.
type Reader struct{ state *state }

// Close ends the reading. Its Scans must be closed before.
func (r *Reader) Close() {
	p := r.state.pipeline
	p.mu.Lock()
	defer p.mu.Unlock()
	p.release(r.state)
}

// Epoch returns the epoch that the Reader sees.
func (r *Reader) Epoch() sdk.Epoch { return r.state.epoch }

func (r *Reader) contents(v *View) (contents, error) {
	c, ok := r.state.views[v]
	if !ok {
		return c, fmt.Errorf("view %q: pipeline %q does not have it at epoch %d", v.name, r.state.pipeline.name, r.state.epoch)
	}
	return c, nil
}

// Schema returns the schema of the view's rows: an older one while a view is being built anew. It is nil
// when the view did not exist at the epoch.
func (r *Reader) Schema(v *View) *batch.Schema {
	c, ok := r.state.views[v]
	if !ok {
		return nil
	}
	return &c.generation.codec.schema
}

// Rows returns how many rows the view has, without counting them.
func (r *Reader) Rows(v *View) int64 { return r.state.views[v].rows }

// KeyRange says which keys a Scan gives. The zero value is all of them.
type KeyRange struct {
	// After is the Key of a Record: rows up to it are left out, or with Again up to the one before it.
	After []byte
	Again bool
	// From and To hold one row each with values of the first key columns, in the key's order; a range holds
	// the rows at or above From and at or below To, compared by as many columns as they have. Nil is open.
	From, To *batch.Batch
	// AboveFrom and BelowTo leave out the rows that are equal to From or To.
	AboveFrom, BelowTo bool
	// Reverse gives the rows in descending order; After then leaves out the rows above it.
	Reverse bool
}

// bounds returns the range as whole keys of the database. Empty is true when no key can be in it.
func (k *KeyRange) bounds(g *generation) (lower, upper []byte, empty bool) {
	prefix := rowPrefix(g.id)
	join := func(key []byte) []byte { return append(bytes.Clone(prefix), key...) }
	lower, upper = prefix, rowPrefix(g.id+1)
	if k.From != nil {
		lower = join(g.codec.keys(k.From)[0])
		if k.AboveFrom {
			lower = successor(lower)
		}
	}
	if k.To != nil {
		upper = join(g.codec.keys(k.To)[0])
		if !k.BelowTo {
			upper = successor(upper)
		}
	}
	if k.After != nil {
		at := join(k.After)
		if k.Reverse == k.Again {
			at = append(at, 0) // the least key above it
		}
		if k.Reverse && bytes.Compare(at, upper) < 0 {
			upper = at
		} else if !k.Reverse && bytes.Compare(at, lower) > 0 {
			lower = at
		}
	}
	return lower, upper, bytes.Compare(lower, upper) >= 0
}

// Record is a row with what the store knows about it.
type Record struct {
	Row
	// Key is the encoded key, which is also the cursor of the row.
	Key []byte
	// Version is the low 32 bits of the epoch of the last change.
	Version uint32
	// Count is how often the row is there: 1, but for a view without a key.
	Count int64
}

// ID returns the xxhash64 of the row's key.
func (r *Record) ID() uint64 { return r.codec.recordID(r.Key) }

// Bytes returns how much memory a clone of the record takes.
func (r *Record) Bytes() int { return len(r.data) + len(r.Key) + 8*len(r.codec.vars) + 128 }

// AppendTo appends the given columns of the row to the vectors of dst, in this order, without ending it.
func (r *Record) AppendTo(dst *batch.Builder, cols []int) {
	for i, c := range cols {
		r.appendTo(dst.Cols[i], c)
	}
}

// Clone returns a copy that stays valid.
func (r *Record) Clone() Record {
	c := Record{Key: bytes.Clone(r.Key), Version: r.Version, Count: r.Count}
	if err := c.load(r.codec, bytes.Clone(r.data)); err != nil {
		panic("view: a row that was loaded does not load again: " + err.Error())
	}
	return c
}

func (r *Record) read(c *codec, key, value []byte) error {
	r.Key, r.Count = key, 1
	if len(value) < versionLen {
		return fmt.Errorf("a stored value has %d bytes", len(value))
	}
	r.Version = binary.LittleEndian.Uint32(value)
	if c.keyed() {
		return r.load(c, value[versionLen:])
	}
	n, size := binary.Uvarint(value[versionLen:])
	if size <= 0 || len(key) < 8 {
		return errors.New("a stored row has no count")
	}
	r.Count = int64(n)
	return r.load(c, key[8:])
}

// Scan gives the rows of a view in key order.
type Scan struct {
	Record
	view    *View
	gen     *generation
	it      *pebble.Iterator
	reverse bool
	started bool
	err     error
}

// Scan begins a scan. The caller closes it.
func (r *Reader) Scan(v *View, in KeyRange) (*Scan, error) {
	c, err := r.contents(v)
	if err != nil {
		return nil, err
	}
	s := &Scan{view: v, gen: c.generation, reverse: in.Reverse}
	lower, upper, empty := in.bounds(c.generation)
	if empty {
		return s, nil
	}
	s.it, err = r.state.snapshot.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	return s, err
}

// Next moves to the next row, which stands in s.Record until the call after, and reports whether there is one.
func (s *Scan) Next() bool {
	if s.it == nil || s.err != nil {
		return false
	}
	if !s.step() {
		return false
	}
	value, err := s.it.ValueAndErr()
	if err == nil {
		err = s.read(s.gen.codec, s.it.Key()[prefixLen:], value)
	}
	s.err = err
	return err == nil
}

// Skip moves past up to n stored rows without reading them and returns how many there were.
func (s *Scan) Skip(n int) (skipped int) {
	for skipped < n && s.it != nil && s.err == nil && s.step() {
		skipped++
	}
	return skipped
}

func (s *Scan) step() bool {
	first := !s.started
	s.started = true
	switch {
	case first && s.reverse:
		return s.it.Last()
	case first:
		return s.it.First()
	case s.reverse:
		return s.it.Prev()
	}
	return s.it.Next()
}

// Close ends the scan and returns the error that stopped it, if one did.
func (s *Scan) Close() error {
	if s.it != nil {
		if err := s.it.Close(); s.err == nil {
			s.err = err
		}
		s.it = nil
	}
	if s.err != nil {
		return fmt.Errorf("view %q: %w", s.view.name, s.err)
	}
	return nil
}

// Get returns the row with the key whose columns are the one row of key, in the order of the schema's
// Key. It is false when there is no such row.
func (r *Reader) Get(v *View, key *batch.Batch) (Record, bool, error) {
	var rec Record
	c, err := r.contents(v)
	if err != nil {
		return rec, false, err
	}
	codec := c.generation.codec
	if !codec.keyed() || len(key.Cols) != len(codec.schema.Key) || key.Rows != 1 {
		return rec, false, fmt.Errorf("view %q: a key of %d columns does not fit its key of %d", v.name, len(key.Cols), len(codec.schema.Key))
	}
	encoded := codec.keys(key)[0]
	value, err := v.pipeline.store.get(r.state.snapshot, append(rowPrefix(c.generation.id), encoded...))
	if err == nil && value != nil {
		err = rec.read(codec, encoded, value)
	}
	if err != nil {
		return rec, false, fmt.Errorf("view %q: %w", v.name, err)
	}
	return rec, value != nil, nil
}

// Lookup returns the rows with the given keys as the last commit left them, row by row beside keys (whose
// columns are the key's, in the order of Schema.Key). Where found has no bit the row is null in every
// column. It is for the writer's side: workers may call it at the same time, but not beside a Commit.
func (v *View) Lookup(keys *batch.Batch) (rows *batch.Batch, found batch.Bitmap, err error) {
	p := v.pipeline
	p.mu.Lock()
	c, ok := p.newest.views[v]
	p.mu.Unlock()
	if !ok {
		return nil, nil, fmt.Errorf("view %q: pipeline %q does not have it", v.name, p.name)
	}
	codec := c.generation.codec
	if !codec.keyed() || len(keys.Cols) != len(codec.schema.Key) {
		return nil, nil, fmt.Errorf("view %q: keys of %d columns do not fit its key of %d", v.name, len(keys.Cols), len(codec.schema.Key))
	}
	out := batch.NewBuilder(codec.types)
	found = batch.NewBitmap(keys.Rows)
	full := rowPrefix(c.generation.id)
	var rec Record
	for i, key := range codec.keys(keys) {
		value, closer, err := p.store.db.Get(append(full[:prefixLen], key...))
		switch {
		case errors.Is(err, pebble.ErrNotFound):
			for _, col := range out.Cols {
				col.AppendNull()
			}
		case err != nil:
			return nil, nil, fmt.Errorf("view %q: %w", v.name, err)
		default:
			found.Set(i)
			if err := rec.read(codec, key, value); err != nil {
				return nil, nil, errors.Join(fmt.Errorf("view %q: %w", v.name, err), closer.Close())
			}
			for col := range codec.types {
				rec.appendTo(out.Cols[col], col)
			}
			if err := closer.Close(); err != nil {
				return nil, nil, err
			}
		}
		out.End(1)
	}
	return out.Take(), found, nil
}
