package pipeline

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/millrace-dev/millrace/host/spool"
	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// feed is where the rows of one connection enter the pipeline. It is the sdk.Output of the connection's Read.
//
// During a snapshot the rows of replayable tables go straight into the circuit and the loads, since a failed
// snapshot starts anew; otherwise rows wait for the Commit of their split. What the first cut says of a split must
// be what the first epoch has of it, so the rows that enter at once are always the beginning of a split: see
// enters. The rows of a connection that cannot be read again are spooled first, and never enter at once.
type feed struct {
	p          *Pipeline
	ctx        context.Context // of the Read
	connection string
	routes     map[string][]route // by the connection's table
	spool      *spool.Spool       // nil: the connection is replayable

	conn *connection

	acking sync.Mutex // held while the source hears of a checkpoint
	source sdk.Source // that is being read; nil: none is

	mu       sync.Mutex
	open     map[string]*transaction // by split
	held     map[string]bool         // splits with rows that wait for the first epoch to end; true: keyed changes, too
	from     map[string]sdk.Position // what was admitted, by split
	lanes    map[string]int
	unsynced []*transaction // in the spool, but not known to be on disk, in order
}

func newFeed(ctx context.Context, p *Pipeline, c *connection) *feed {
	return &feed{
		p: p, ctx: ctx, conn: c, connection: c.name, routes: c.routes,
		open: map[string]*transaction{}, held: map[string]bool{}, from: map[string]sdk.Position{}, lanes: map[string]int{},
	}
}

// Write takes rows of a table. They are copied, or already where they belong, when it returns.
func (f *feed) Write(split, name string, mode sdk.Mode, b *batch.Batch) error {
	routes, ok := f.routes[name]
	if !ok {
		return fmt.Errorf("connection %q: it wrote to table %q, which it was not asked for", f.connection, name)
	}
	if f.ctx.Err() != nil {
		return context.Cause(f.ctx)
	}
	if b.Rows == 0 {
		return nil
	}
	f.p.metrics.read(f.connection, name, b, mode)
	tx := f.transaction(split)
	for i := range routes {
		r := &routes[i]
		rows := r.rows(b)
		if err := r.table.fits(rows); err != nil {
			return fmt.Errorf("connection %q: %w", f.connection, err)
		}
		if mode == sdk.Keyed && r.table.key == nil {
			return fmt.Errorf("connection %q: keyed changes to table %q, which has no primary key: declare one under sources", f.connection, r.table.Name)
		}
		if err := f.put(tx, part{r.table, mode, rows}); err != nil {
			return err
		}
	}
	return nil
}

// transaction returns the open transaction of a split.
func (f *feed) transaction(split string) *transaction {
	f.mu.Lock()
	defer f.mu.Unlock()
	tx := f.open[split]
	if tx == nil {
		tx = &transaction{feed: f, split: split}
		f.open[split] = tx
	}
	return tx
}

// put takes rows of a transaction to where they belong.
func (f *feed) put(tx *transaction, rows part) error {
	enter, err := f.enters(tx, rows)
	if err != nil {
		return err
	}
	if enter {
		return f.p.load(f.ctx, f.lane(tx.split), rows.table, rows.rows)
	}
	rows.rows = rows.rows.Clone()
	tx.add(rows)
	if tx.count() > f.p.limits.open && tx.bytes >= f.p.limits.stash {
		return tx.stash()
	}
	return nil
}

// enters reports whether rows enter the first epoch at once. They do if that cannot end before their Commit, because
// their table, or one that the transaction has rows of in the epoch already, has not been read yet. What the split
// waits with, because a table that has been read goes on changing, enters before them. Only what was read by keyed
// changes has to wait, and what comes after it.
func (f *feed) enters(tx *transaction, rows part) (bool, error) {
	loading, live := f.p.loading(f.connection, rows.table)
	if f.spool != nil || !loading {
		return false, nil
	}
	keyed, held := f.holds(tx.split)
	if rows.mode == sdk.Changes && !live && held && !keyed {
		if err := f.enterHeld(tx); err != nil {
			return false, err
		}
		held = false
	}
	switch {
	case rows.mode == sdk.Changes && !held && (!live || len(tx.entered) > 0):
		f.enter(tx, rows.table)
		return true, nil
	case len(tx.entered) > 0:
		return false, fmt.Errorf("connection %q: keyed changes to table %q follow the first read of table %q: commit between them",
			f.connection, rows.table.Name, tx.entered[0].Name)
	case !live:
		f.p.hide()
	}
	f.mu.Lock()
	f.held[tx.split] = keyed || rows.mode == sdk.Keyed
	f.mu.Unlock()
	return false, nil
}

// enter notes that rows of a table are in the first epoch.
func (f *feed) enter(tx *transaction, t *table) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Contains(tx.entered, t) {
		tx.entered = append(tx.entered, t)
	}
}

// holds reports whether a split has rows that wait, and whether there are keyed changes among them.
func (f *feed) holds(split string) (keyed, held bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	keyed, held = f.held[split]
	return keyed, held
}

// enterHeld lets what a split waits with, all of it weighted rows, enter the first epoch, which stays open meanwhile.
func (f *feed) enterHeld(tx *transaction) error {
	for _, w := range append(f.p.withdraw(tx.key()), tx) {
		if err := w.fetch(); err != nil {
			return err
		}
		for _, p := range w.parts {
			if err := f.p.load(f.ctx, f.lane(w.split), p.table, p.rows); err != nil {
				return err
			}
			f.enter(w, p.table)
		}
		w.parts, w.bytes, w.size = nil, 0, 0
		w.count()
		if w != tx {
			f.p.snapshot(w)
		}
	}
	f.mu.Lock()
	delete(f.held, tx.split)
	f.mu.Unlock()
	return nil
}

func (t *table) fits(b *batch.Batch) error {
	if len(b.Cols) != len(t.columns) {
		return fmt.Errorf("table %q: %d columns where %d were asked for", t.Name, len(b.Cols), len(t.columns))
	}
	for i, c := range t.columns {
		if want := t.Schema.Fields[c]; b.Cols[i].Type != want.Type {
			return fmt.Errorf("table %q: column %q is %v where %v was announced", t.Name, want.Name, b.Cols[i].Type, want.Type)
		}
	}
	return nil
}

// lane returns the worker that a split's rows enter by, the same for all of them, so that they stay in order.
func (f *feed) lane(split string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	l, ok := f.lanes[split]
	if !ok {
		l = len(f.lanes)
		f.lanes[split] = l
	}
	return l
}

// Commit ends a transaction. Spooled rows are on disk when it returns. It waits while too much is waiting, unless
// that is for a first read to end, which may be this source's to do: then the rows wait in the stash.
func (f *feed) Commit(split string, p sdk.Position) error {
	tx := f.transaction(split)
	tx.position = append(sdk.Position{}, p...)
	if err := f.p.room(f.ctx, tx); err != nil {
		return err
	}
	if f.spool != nil {
		return f.accept(tx)
	}
	if err := tx.yield(); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.admit(tx)
	return nil
}

// admit lets a transaction wait for its epoch, or notes how far the first one has its split. The lock is held.
func (f *feed) admit(tx *transaction) {
	tx.uncount()
	if f.open[tx.split] == tx {
		delete(f.open, tx.split)
	}
	f.from[tx.split] = tx.position
	if _, held := f.held[tx.split]; held || f.spool != nil || !tx.empty() || !f.p.snapshot(tx) {
		f.p.admit(tx)
	}
}

// accept writes a transaction to the spool, and admits it, and those before it, in the order of the spool: a cut
// holds just the number of the last one that it has.
func (f *feed) accept(tx *transaction) error {
	if err := tx.fetch(); err != nil {
		return err
	}
	frame := encodeFrame(tx)
	if err := tx.yield(); err != nil {
		return err
	}
	seq, err := f.append(tx, frame) // from here on others may admit it
	if err == nil {
		err = f.spool.Sync(f.ctx, seq)
	}
	if err != nil {
		return &spoolError{f.connection, err}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.unsynced) > 0 && f.unsynced[0].seq <= seq {
		f.admit(f.unsynced[0])
		f.unsynced = f.unsynced[1:]
	}
	return nil
}

func (f *feed) append(tx *transaction, frame []byte) (seq uint64, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if tx.seq, err = f.spool.Append(frame); err == nil {
		f.unsynced = append(f.unsynced, tx)
	}
	return tx.seq, err
}

// Live says that a table's first full read is complete, and committed.
func (f *feed) Live(name string) error {
	for i := range f.routes[name] {
		t := f.routes[name][i].table
		if split, open := f.reads(t); open {
			return fmt.Errorf("connection %q: table %q is said to be live before split %q has committed its rows", f.connection, name, split)
		}
		f.p.setLive(f.connection, t)
	}
	return nil
}

// reads returns a split, if there is one, with rows of the table that are in the first epoch and not committed.
func (f *feed) reads(t *table) (split string, open bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for split, tx := range f.open {
		if slices.Contains(tx.entered, t) {
			return split, true
		}
	}
	return "", false
}

// Await waits for what a split committed at p.
func (f *feed) Await(split string, p sdk.Position, until sdk.Stage) (sdk.Epoch, error) {
	return f.p.await(f.ctx, splitKey(f.connection, split), p, until)
}
