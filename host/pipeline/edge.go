package pipeline

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

var errDamaged = errors.New("a stored record is damaged")

// maxWaiting bounds the bytes of committed rows that wait for the next epoch.
const maxWaiting = 64 << 20

// edge is where committed transactions wait for their epoch. Its lock is held for moments only.
type edge struct {
	waiting []*transaction
	bytes   int
	// live has the tables, by connection and table, whose first full read is complete.
	live map[liveKey]bool
	// loading says that the first epoch is open: rows of tables that are not live enter at once.
	loading bool
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

// loading reports whether rows of a table enter at once, as part of the first epoch.
func (p *Pipeline) loading(t *table) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.edge.loading && !p.allLive(t)
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

// admit lets a committed transaction wait for its epoch, and its caller while too much is waiting.
func (p *Pipeline) admit(ctx context.Context, tx *transaction) error {
	key := splitKey(tx.feed.connection, tx.split)
	if err := p.wait(ctx, func() bool { return p.edge.bytes == 0 || p.edge.bytes+tx.bytes <= maxWaiting }); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.edge.loading && len(tx.parts) == 0 && tx.feed.spool == nil { // its rows have entered already
		p.edge.snapshot[key] = tx.position
		return nil
	}
	tx.arrived = time.Now()
	p.edge.waiting = append(p.edge.waiting, tx)
	p.edge.bytes += tx.bytes
	p.wake()
	return nil
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

// take removes everything that waits, for the next epoch. It is not visible yet, so it must not look as if it had
// passed at any moment.
func (p *Pipeline) take() []*transaction {
	p.mu.Lock()
	defer p.mu.Unlock()
	txs := p.edge.waiting
	p.edge.waiting, p.edge.bytes, p.inEpoch = nil, 0, txs
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
		return !p.edge.loading && p.passed(key, at)
	})
	return epoch, err
}

// passed reports whether a position of a split is visible: it is not among those that wait or are being
// computed.
func (p *Pipeline) passed(key string, at sdk.Position) bool {
	for _, txs := range [][]*transaction{p.inEpoch, p.edge.waiting} {
		for _, tx := range txs {
			if splitKey(tx.feed.connection, tx.split) == key && bytes.Equal(tx.position, at) {
				return false
			}
		}
	}
	return true
}
