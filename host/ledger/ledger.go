// Package ledger is the durable record beside the views: where the epochs of a pipeline were cut, the
// manifest of its last checkpoint, and its dead letters. It lives in the views' database, so that a cut
// is written in the one batch of its epoch (promise I3).
package ledger

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/host/view"
	"github.com/millrace-dev/millrace/sdk"
)

// Ledger is the record of one pipeline. The goroutine that writes the pipeline's epochs owns it; Counts
// and DeadLetters may be called from any.
type Ledger struct {
	store    *view.Store
	pipeline string
	last     Cut // as of the last PutCut
}

// Cut is where an epoch ends.
type Cut struct {
	Epoch sdk.Epoch
	// Clock is the pipeline's time in microseconds since 1970.
	Clock int64
	// Positions says how far each split was read.
	Positions map[string]sdk.Position
}

// Manifest names the last checkpoint: the cut it was taken at and what the operators' state needs.
type Manifest struct {
	Cut
	State []byte
}

// Kinds of records, the byte behind the pipeline's name.
const (
	kindCut      = 'c' // epoch -> change
	kindManifest = 'm'
	kindLetter   = 'd' // operator, row, reason -> weight, position
	kindCount    = 'n' // operator -> weight of its dead letters
)

// Open reads the ledger of a pipeline.
func Open(store *view.Store, pipeline string) (*Ledger, error) {
	l := &Ledger{store: store, pipeline: pipeline}
	m, err := l.Manifest()
	if err != nil {
		return nil, err
	}
	l.last = Cut{Positions: map[string]sdk.Position{}}
	if m != nil {
		l.last = m.Cut
	}
	return l, l.Cuts(0, func(c Cut) error { l.last = c; return nil })
}

func (l *Ledger) key(kind byte, rest ...byte) []byte {
	key := make([]byte, 0, len(l.pipeline)+2+len(rest))
	key = append(key, 'p')
	key = append(key, l.pipeline...)
	key = append(key, 0, kind)
	return append(key, rest...)
}

func (l *Ledger) cutKey(e sdk.Epoch) []byte {
	return l.key(kindCut, binary.BigEndian.AppendUint64(nil, uint64(e))...)
}

// read returns the payload of a record, nil when there is none.
func (l *Ledger) read(key []byte) ([]byte, error) {
	record, err := l.store.Record(key)
	if err != nil || record == nil {
		return nil, err
	}
	payload, err := unseal(record)
	if err != nil {
		return nil, fmt.Errorf("ledger of pipeline %q: %w", l.pipeline, err)
	}
	return payload, nil
}

// Last returns the last cut, with epoch 0 when there is none.
func (l *Ledger) Last() Cut {
	c := l.last
	c.Positions = maps.Clone(c.Positions)
	return c
}

// PutCut writes where the Tx's epoch ends: the splits whose positions changed since the last cut. A cut
// whose Tx does not commit ends the use of this Ledger: open it again.
func (l *Ledger) PutCut(tx *view.Tx, c Cut) error {
	if c.Epoch <= l.last.Epoch {
		return fmt.Errorf("ledger of pipeline %q: cut %d comes after cut %d", l.pipeline, c.Epoch, l.last.Epoch)
	}
	diff := change{clock: c.Clock, set: map[string]sdk.Position{}}
	for split, position := range c.Positions {
		old, known := l.last.Positions[split]
		if !known || !bytes.Equal(old, position) {
			diff.set[split] = position
		}
	}
	for split := range l.last.Positions {
		if _, still := c.Positions[split]; !still {
			diff.removed = append(diff.removed, split)
		}
	}
	slices.Sort(diff.removed)
	tx.Set(l.cutKey(c.Epoch), seal(diff.encode()))
	c.Positions = maps.Clone(c.Positions)
	l.last = c
	return nil
}

// Cuts calls fn with every cut after the given epoch, in order, each with the positions of all splits.
// Only cuts after the last checkpoint are kept.
func (l *Ledger) Cuts(after sdk.Epoch, fn func(Cut) error) error {
	m, err := l.Manifest()
	if err != nil {
		return err
	}
	now := Cut{Positions: map[string]sdk.Position{}}
	if m != nil {
		now = m.Cut
	}
	return l.store.Records(l.key(kindCut), l.cutKey(now.Epoch+1), func(key, record []byte) error {
		payload, err := unseal(record)
		var diff *change
		if err == nil {
			diff, err = decodeChange(payload)
		}
		if err != nil {
			return fmt.Errorf("ledger of pipeline %q: cut %x: %w", l.pipeline, key[len(key)-8:], err)
		}
		now.Epoch = sdk.Epoch(binary.BigEndian.Uint64(key[len(key)-8:]))
		now.Clock = diff.clock
		now.Positions = maps.Clone(now.Positions)
		maps.Copy(now.Positions, diff.set)
		for _, split := range diff.removed {
			delete(now.Positions, split)
		}
		if now.Epoch <= after {
			return nil
		}
		return fn(now)
	})
}

// Manifest returns the last checkpoint, or nil when there is none.
func (l *Ledger) Manifest() (*Manifest, error) {
	payload, err := l.read(l.key(kindManifest))
	if err != nil || payload == nil {
		return nil, err
	}
	m, err := decodeManifest(payload)
	if err != nil {
		return nil, fmt.Errorf("ledger of pipeline %q: manifest: %w", l.pipeline, err)
	}
	return m, nil
}

// Checkpoint writes the manifest of a checkpoint at an epoch whose cut was committed, and drops the cuts up
// to it. The state that it names must be on disk before, and the Tx be committed with a sync before a
// source hears of it (promise I1).
func (l *Ledger) Checkpoint(tx *view.Tx, epoch sdk.Epoch, state []byte) (*Manifest, error) {
	m, err := l.Manifest()
	if err != nil {
		return nil, err
	}
	if m == nil {
		m = &Manifest{Cut: Cut{Positions: map[string]sdk.Position{}}}
	}
	err = l.Cuts(0, func(c Cut) error {
		if c.Epoch <= epoch {
			m.Cut = c
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if m.Epoch != epoch {
		return nil, fmt.Errorf("ledger of pipeline %q: a checkpoint at epoch %d, which has no cut", l.pipeline, epoch)
	}
	m.State = bytes.Clone(state)
	tx.Set(l.key(kindManifest), seal(m.encode()))
	tx.DeleteRange(l.cutKey(0), l.cutKey(epoch+1))
	return m, nil
}

// Clear deletes the whole record of the pipeline: cuts, manifest and dead letters.
func (l *Ledger) Clear(tx *view.Tx) {
	tx.DeleteRange(l.key(0), l.key(0xff))
	l.last = Cut{Positions: map[string]sdk.Position{}}
}

// Pipelines returns the names of the pipelines that have a ledger in the store.
func Pipelines(store *view.Store) (names []string, err error) {
	err = store.Records([]byte{'p'}, []byte{'p'}, func(key, _ []byte) error {
		name, _, ok := strings.Cut(string(key[1:]), "\x00")
		if ok && (len(names) == 0 || names[len(names)-1] != name) {
			names = append(names, name)
		}
		return nil
	})
	return names, err
}

// App is what the data belongs to.
type App struct {
	// Name is the app's name in its config.
	Name string
	// ID tells two data directories of one app apart.
	ID string
	// Config is a fingerprint of what the data was built from; the host decides what it means.
	Config []byte
}

var appKey = []byte{'a'}

// SetApp writes whose data this is.
func SetApp(tx *view.Tx, a App) {
	out := appendBytes(nil, []byte(a.Name))
	out = appendBytes(out, []byte(a.ID))
	tx.Set(appKey, seal(appendBytes(out, a.Config)))
}

// ReadApp returns whose data this is; false: of nobody yet.
func ReadApp(store *view.Store) (App, bool, error) {
	record, err := store.Record(appKey)
	if err != nil || record == nil {
		return App{}, false, err
	}
	payload, err := unseal(record)
	if err != nil {
		return App{}, false, fmt.Errorf("ledger: %w", err)
	}
	a, err := decodeApp(payload)
	return a, err == nil, err
}

func decodeApp(payload []byte) (App, error) {
	d := decoder{data: payload}
	a := App{Name: string(d.bytes()), ID: string(d.bytes()), Config: d.bytes()}
	return a, d.end()
}
