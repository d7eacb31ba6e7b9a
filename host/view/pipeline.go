package view

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/millrace-dev/millrace/sdk"
)

// Pipeline is the views that move together, epoch by epoch.
type Pipeline struct {
	store *Store
	name  string

	mu        sync.Mutex
	views     []*View
	newest    *state        // the last one committed: what the writer stands on
	waiting   []*state      // committed and not yet published, oldest first
	published *state        // what readers get
	changed   chan struct{} // closed when published changes
}

// state is what a pipeline's views hold at an epoch. It is immutable but for its references.
type state struct {
	pipeline *Pipeline
	epoch    sdk.Epoch
	views    map[*View]contents
	snapshot *pebble.Snapshot
	refs     int // guarded by Pipeline.mu
}

// contents is what a view holds at an epoch.
type contents struct {
	generation *generation
	rows       int64
}

// Name returns the pipeline's name.
func (p *Pipeline) Name() string { return p.name }

// Committed returns the epoch of the last commit, 0 before the first. After Open it is the last one that
// no crash took.
func (p *Pipeline) Committed() sdk.Epoch {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.newest.epoch
}

// Published returns the epoch that readers see.
func (p *Pipeline) Published() sdk.Epoch {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.published.epoch
}

// Views returns the pipeline's views, those that are only stored included, ordered by name.
func (p *Pipeline) Views() []*View {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.SortedFunc(slices.Values(p.views), func(a, b *View) int { return strings.Compare(a.name, b.name) })
}

func (p *Pipeline) open() {
	p.newest.snapshot = p.store.db.NewSnapshot()
	p.newest.refs++
	p.published = p.newest
}

// Define returns the view with the given definition. A new one is empty and at once visible to readers. If
// the stored rows have another schema the view comes with a *SchemaChanged: it may be read, and takes
// changes after Tx.Flip or Tx.Clear. Define must not run beside a Tx, nor while a commit is unpublished.
func (p *Pipeline) Define(d Definition) (*View, error) {
	if err := d.validate(); err != nil {
		return nil, err
	}
	p.mu.Lock()
	for _, v := range p.views {
		if v.name != d.Name {
			continue
		}
		stored := p.newest.views[v].generation.codec.schema
		v.codec = newCodec(d.Schema)
		p.mu.Unlock()
		if !sameSchema(&stored, &d.Schema) {
			return v, &SchemaChanged{View: d.Name, Stored: stored, New: d.Schema}
		}
		return v, nil
	}
	p.mu.Unlock()
	v := &View{pipeline: p, name: d.Name, codec: newCodec(d.Schema)}
	tx := p.change()
	tx.Clear(v)
	if err := tx.Commit(false); err != nil {
		return nil, err
	}
	p.mu.Lock()
	p.views = append(p.views, v)
	p.mu.Unlock()
	return v, p.Publish(tx.epoch)
}

// Drop removes views and what they hold. The same rule as for Define holds.
func (p *Pipeline) Drop(views ...*View) error {
	tx := p.change()
	for _, v := range views {
		delete(tx.views, v)
		tx.delete(viewKey(p.name, v.name))
	}
	if err := tx.Commit(false); err != nil {
		return err
	}
	p.mu.Lock()
	p.views = slices.DeleteFunc(p.views, func(v *View) bool { return slices.Contains(views, v) })
	p.mu.Unlock()
	return p.Publish(tx.epoch)
}

// change begins a Tx that does not end an epoch.
func (p *Pipeline) change() *Tx {
	p.mu.Lock()
	defer p.mu.Unlock()
	return &Tx{store: p.store, pipeline: p, batch: p.store.db.NewBatch(), epoch: p.newest.epoch, views: maps.Clone(p.newest.views)}
}

// Begin begins the transaction of an epoch, which must be above the last one committed. A pipeline has
// one Tx at a time.
func (p *Pipeline) Begin(epoch sdk.Epoch) *Tx {
	tx := p.change()
	if epoch <= tx.epoch {
		tx.fail(fmt.Errorf("pipeline %q: epoch %d begins after epoch %d was committed", p.name, epoch, tx.epoch))
	}
	tx.epoch = epoch
	return tx
}

// committed makes the state of a Tx the newest one, not yet visible to readers.
func (p *Pipeline) committed(epoch sdk.Epoch, views map[*View]contents) {
	st := &state{pipeline: p, epoch: epoch, views: views, refs: 2, snapshot: p.store.db.NewSnapshot()}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.store.mu.Lock()
	for _, c := range views {
		c.generation.refs++
	}
	p.store.mu.Unlock()
	old := p.newest
	p.newest = st
	p.waiting = append(p.waiting, st)
	p.release(old)
}

// Publish makes a committed epoch the one that readers see. It does not wait for the disk: see Store.Sync.
func (p *Pipeline) Publish(epoch sdk.Epoch) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.waiting, func(st *state) bool { return st.epoch == epoch })
	if i < 0 {
		return fmt.Errorf("pipeline %q: epoch %d is published without a commit", p.name, epoch)
	}
	for i+1 < len(p.waiting) && p.waiting[i+1].epoch == epoch {
		i++
	}
	old := p.published
	p.published = p.waiting[i]
	for _, st := range p.waiting[:i] {
		p.release(st)
	}
	p.waiting = slices.Delete(p.waiting, 0, i+1)
	p.release(old)
	close(p.changed)
	p.changed = make(chan struct{})
	return nil
}

// WaitEpoch returns when readers see the given epoch or a later one.
func (p *Pipeline) WaitEpoch(ctx context.Context, epoch sdk.Epoch) error {
	for {
		p.mu.Lock()
		now, changed := p.published.epoch, p.changed
		p.mu.Unlock()
		if now >= epoch {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("pipeline %q: epoch %d is not visible yet, readers see %d: %w", p.name, epoch, now, context.Cause(ctx))
		}
	}
}

// Reader returns the last published epoch, which stays as it is until the Reader is closed.
func (p *Pipeline) Reader() *Reader {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.published.refs++
	return &Reader{state: p.published}
}

// release gives up a reference; p.mu is held. With the last one go the snapshot and every generation
// that no other state names.
func (p *Pipeline) release(st *state) {
	if st.refs--; st.refs > 0 {
		return
	}
	if err := st.snapshot.Close(); err != nil {
		panic("view: a snapshot is closed twice: " + err.Error())
	}
	p.store.mu.Lock()
	var gone []*generation
	for _, c := range st.views {
		if c.generation.refs--; c.generation.refs == 0 {
			gone = append(gone, c.generation)
		}
	}
	p.store.mu.Unlock()
	for _, g := range gone {
		p.store.remove(g)
	}
}

// close closes the snapshots. Generations stay: they are what the next Open finds.
func (p *Pipeline) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	open := map[*state]bool{p.newest: true, p.published: true}
	for _, st := range p.waiting {
		open[st] = true
	}
	for st := range open {
		_ = st.snapshot.Close()
	}
}
