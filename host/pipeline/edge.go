package pipeline

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

var errDamaged = errors.New("a stored record is damaged")

// limits bound, in bytes, what waits in memory and what is kept for a recovery.
type limits struct {
	waiting int   // committed rows that wait for the next epoch, and that one takes
	open    int64 // rows of all transactions that are not committed
	stash   int   // the least of an open transaction that it pays to write to the stash
	// checkpoint is how many bytes of rows may lie behind the last checkpoint, on disk.
	checkpoint int
}

var defaultLimits = limits{waiting: 64 << 20, open: 64 << 20, stash: 1 << 20, checkpoint: 256 << 20}

// edge is where committed transactions wait for their epoch. Its lock is held for moments only.
type edge struct {
	waiting []*transaction
	bytes   int
	// live has the tables, by connection and table, whose first full read is complete.
	live map[liveKey]bool
	// loading says that the first epoch is open: rows of tables that are not live enter at once.
	loading bool
	// hidden says that the first epoch lacks rows of a first read: those that come as keyed changes.
	hidden bool
	// snapshot has the positions that were committed while loading.
	snapshot map[string]sdk.Position

	changed chan struct{} // closed and replaced when any of this, or what was published, changes
}

type liveKey struct {
	connection string
	table      *table
}

// wake tells everybody who waits for the edge to look again. The lock must be held.
func (p *Pipeline) wake() {
	close(p.edge.changed)
	p.edge.changed = make(chan struct{})
}

// wait returns when ready, called with the lock held, returns true.
func (p *Pipeline) wait(ctx context.Context, ready func() bool) error {
	for {
		p.mu.Lock()
		ok, changed := ready(), p.edge.changed
		p.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// loading reports whether the first epoch is open, and whether the connection has delivered its first full read of
// a table.
func (p *Pipeline) loading(connection string, t *table) (loading, live bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.edge.loading, p.edge.live[liveKey{connection, t}]
}

// hide keeps the first epoch from being seen before the transactions that wait when it ends.
func (p *Pipeline) hide() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.edge.hidden = true
}

// allLive reports whether every replayable connection has delivered its first full read of the table.
func (p *Pipeline) allLive(t *table) bool {
	for i := range t.Feeders {
		f := &t.Feeders[i]
		if f.Table.Replayable && !p.edge.live[liveKey{f.Connection, t}] {
			return false
		}
	}
	return true
}

// load takes rows into the first epoch.
func (p *Pipeline) load(ctx context.Context, lane int, t *table, b *batch.Batch) error {
	for _, o := range t.served {
		if err := o.add(b); err != nil {
			return err
		}
	}
	if !t.inCircuit {
		return nil
	}
	return p.circuit.Push(ctx, t.input, lane, b.Project(t.inputCols))
}

// room returns when a committed transaction may wait for its epoch. The first epoch cannot take what waits before
// it has ended, and so nobody who may have to do with that is kept waiting.
func (p *Pipeline) room(ctx context.Context, tx *transaction) error {
	return p.wait(ctx, func() bool {
		return p.edge.loading || p.edge.bytes == 0 || p.edge.bytes+tx.bytes <= p.limits.waiting
	})
}

// crowded reports whether more waits than is good for memory.
func (p *Pipeline) crowded() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.edge.bytes > p.limits.waiting
}

// admit lets a committed transaction wait for its epoch.
func (p *Pipeline) admit(tx *transaction) {
	p.mu.Lock()
	defer p.mu.Unlock()
	tx.arrived = time.Now()
	p.edge.waiting = append(p.edge.waiting, tx)
	p.edge.bytes += tx.bytes
	p.wake()
}

// snapshot notes that the first epoch has a transaction, if it is still open.
func (p *Pipeline) snapshot(tx *transaction) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.edge.loading {
		p.edge.snapshot[tx.key()] = tx.position
	}
	return p.edge.loading
}

// withdraw takes back the transactions of a split that wait.
func (p *Pipeline) withdraw(key string) (txs []*transaction) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.edge.waiting = slices.DeleteFunc(p.edge.waiting, func(tx *transaction) bool {
		if tx.key() != key {
			return false
		}
		txs = append(txs, tx)
		p.edge.bytes -= tx.bytes
		return true
	})
	return txs
}

func (p *Pipeline) setLive(connection string, t *table) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if key := (liveKey{connection, t}); !p.edge.live[key] {
		p.edge.live[key] = true
		for i := range t.Feeders {
			if f := &t.Feeders[i]; f.Connection == connection {
				p.metrics.live(connection, f.Table.Name)
			}
		}
		p.wake()
	}
}

// take removes what waits, up to a limit, for the next epoch. It is not visible yet, so it must not look
// as if it had passed at any moment.
func (p *Pipeline) take() []*transaction {
	p.mu.Lock()
	defer p.mu.Unlock()
	n, size := 0, 0
	for _, tx := range p.edge.waiting {
		if size += tx.size; n > 0 && size > p.limits.waiting {
			break
		}
		p.edge.bytes -= tx.bytes
		n++
	}
	txs := slices.Clone(p.edge.waiting[:n])
	p.edge.waiting = slices.Delete(p.edge.waiting, 0, n)
	p.inEpoch = txs
	p.wake()
	return txs
}

// await waits until what a split committed at a position has come to a stage, and returns an epoch in which it
// is visible. Committed rows are durable: a spool has them, or the source still does.
func (p *Pipeline) await(ctx context.Context, key string, at sdk.Position, until sdk.Stage) (sdk.Epoch, error) {
	if until == sdk.Durable {
		return 0, nil
	}
	var epoch sdk.Epoch
	err := p.wait(ctx, func() bool {
		epoch = p.published
		return p.phase == Streaming && p.passed(key, at)
	})
	return epoch, err
}

// passed reports whether a position of a split is visible: it is not among those that wait or are being
// computed.
func (p *Pipeline) passed(key string, at sdk.Position) bool {
	for _, txs := range [][]*transaction{p.inEpoch, p.edge.waiting} {
		for _, tx := range txs {
			if tx.key() == key && bytes.Equal(tx.position, at) {
				return false
			}
		}
	}
	return true
}
