package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/millrace-dev/millrace/host/view"
	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// epochs closes the first epoch when everything has been read once, and then others as long as there is
// something committed. ended is closed when no source reads any more; what was committed before is still computed.
func (p *Pipeline) epochs(ctx context.Context, ended <-chan struct{}, restored bool) error {
	if !restored {
		if err := p.wait(ctx, p.ready); err != nil {
			return err
		}
		if err := p.first(ctx); err != nil {
			return err
		}
	}
	for {
		last := isClosed(ended)
		for txs := p.take(); len(txs) > 0; txs = p.take() {
			if err := p.epoch(ctx, txs); err != nil {
				return err
			}
		}
		if last {
			return context.Cause(ctx)
		}
		if p.untilDue() == 0 { // rows appear or disappear
			if err := p.epoch(ctx, nil); err != nil {
				return err
			}
			continue
		}
		if p.due() {
			if err := p.writeCheckpoint(); err != nil {
				return err
			}
		}
		p.something(ctx, ended)
	}
}

// something returns when a transaction waits, a checkpoint or an epoch of its own accord is due, or the sources have ended.
func (p *Pipeline) something(ctx context.Context, ended <-chan struct{}) {
	p.mu.Lock()
	waiting, changed := len(p.edge.waiting) > 0, p.edge.changed
	p.mu.Unlock()
	if waiting {
		return
	}
	due := time.NewTimer(min(p.nextCheckpoint(), p.untilDue()))
	defer due.Stop()
	select {
	case <-changed:
	case <-due.C:
	case <-ended:
	case <-ctx.Done():
		<-ended
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// ready reports whether every table has been read once. The lock must be held.
func (p *Pipeline) ready() bool {
	for _, t := range p.tables {
		if !p.allLive(t) {
			return false
		}
	}
	return true
}

// inputs are the rows of an epoch as they enter the circuit, by table and mode.
type inputs struct {
	parts   []part
	letters []letter
	parked  []parkedRows
}

type parkedRows struct {
	table *table
	rows  map[string]*batch.Batch
}

// epoch runs one epoch over committed transactions. Once begun it is ended, whatever happens to ctx: the circuit
// has no way back, and a checkpoint of half an epoch would count its rows twice (promise I2).
func (p *Pipeline) epoch(ctx context.Context, txs []*transaction) error {
	started, now := p.clock(), p.tick()
	for _, tx := range txs {
		if err := tx.fetch(); err != nil {
			return err
		}
	}
	e, err := p.next()
	if err != nil {
		return err
	}
	in, err := p.resolve(txs)
	if err != nil {
		return err
	}
	if err := p.compute(context.WithoutCancel(ctx), e, now, in.parts); err != nil {
		return err
	}
	if err := p.commit(e, txs, in); err != nil {
		return err
	}
	p.publish(e, txs, started)
	if p.due() {
		return p.writeCheckpoint()
	}
	return nil
}

// resolve makes weighted rows of the changes to tables that are served, and gives those to their views.
func (p *Pipeline) resolve(txs []*transaction) (*inputs, error) {
	byTable := map[*table][]part{}
	var order []*table
	for _, tx := range txs {
		for _, part := range tx.parts {
			if byTable[part.table] == nil {
				order = append(order, part.table)
			}
			byTable[part.table] = append(byTable[part.table], part)
		}
	}
	in := &inputs{}
	for _, t := range order {
		parts := byTable[t]
		if t.resolves() {
			r, err := resolve(t, parts, p.present(t))
			if err != nil {
				return nil, err
			}
			in.letters = append(in.letters, r.letters...)
			in.parked = append(in.parked, parkedRows{t, r.parked})
			parts = nil
			if r.rows != nil && r.rows.Rows > 0 {
				parts = []part{{t, sdk.Changes, r.rows}}
			}
		}
		for _, part := range parts {
			for _, o := range t.served {
				if err := o.deltas[p.workers].Add(part.rows); err != nil {
					return nil, err
				}
			}
		}
		if t.inCircuit {
			in.parts = append(in.parts, parts...)
		}
	}
	return in, nil
}

// compute pushes rows through the circuit at a time. All rows of a table enter by the same worker, so that keyed
// changes stay in order.
func (p *Pipeline) compute(ctx context.Context, e sdk.Epoch, at time.Time, parts []part) error {
	if p.circuit == nil {
		return nil
	}
	p.circuit.SetClock(at.UnixMicro())
	for i, part := range parts {
		input, lane := part.table.input, i
		if part.mode == sdk.Keyed {
			input, lane = part.table.keyed, 0
		}
		if err := p.circuit.Push(ctx, input, lane, part.rows.Project(part.table.inputCols)); err != nil {
			return err
		}
	}
	return p.circuit.Finish(ctx, uint64(e))
}

// commit writes everything of the epoch in one batch: the views' rows, the cut, the inputs from which the
// circuit's state can be computed again, and the dead letters (promises I2 and I3).
func (p *Pipeline) commit(e sdk.Epoch, txs []*transaction, in *inputs) error {
	tx := p.store.Begin(e)
	for _, o := range p.outputs {
		counts, err := tx.Apply(o.view, o.deltas...)
		if err != nil {
			tx.Abort()
			return err
		}
		p.metrics.applied(o.name, counts)
	}
	for _, t := range txs {
		t.cutPositions(p.positions)
		p.recorded += t.size
	}
	for _, parked := range in.parked {
		p.park(tx, parked.table, parked.rows)
	}
	if p.circuit != nil {
		p.recordInputs(tx, e, in.parts)
	}
	return p.seal(tx, e, in.letters)
}

// seal writes the rest of an epoch's batch and commits it. The epoch that ends a first full read is synced: what
// was served once is served at once after a crash, too. The rows of a later one come again from the sources.
func (p *Pipeline) seal(tx *view.Tx, e sdk.Epoch, dead []letter) error {
	err := errors.Join(p.putCut(tx, e), p.putLetters(tx, dead))
	if err == nil {
		err = tx.Commit(!p.streaming())
	}
	if err != nil {
		tx.Abort()
		return fmt.Errorf("epoch %d: %w", e, err)
	}
	return nil
}

// publish lets readers and waiting callers see the epoch, unless the first read goes on into the next one.
func (p *Pipeline) publish(e sdk.Epoch, txs []*transaction, cut time.Time) {
	if p.hidden > 0 {
		return
	}
	if err := p.store.Publish(e); err != nil {
		panic(fmt.Sprintf("pipeline: epoch %d was committed and is not to be published: %v", e, err))
	}
	now := time.Now()
	for _, tx := range txs {
		p.metrics.visible(tx, now)
	}
	p.metrics.epoch(e, p.outputs, p.clock().Sub(cut))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inEpoch, p.published, p.phase, p.why = nil, e, Streaming, ""
	p.wake()
}

// first closes the first epoch: loads are finished, rows whose keys are taken are taken back from the
// circuit, and the views become visible together.
func (p *Pipeline) first(ctx context.Context) error {
	e, err := p.next()
	if err != nil {
		return err
	}
	if err := p.forget(); err != nil {
		return err
	}
	tx := p.store.Begin(e)
	var dead []letter
	for _, t := range p.tables {
		for i, o := range t.served {
			d := &duplicates{table: t, byKey: map[string]*batch.Builder{}}
			if err := p.finishTable(ctx, o, d, i == 0); err != nil {
				tx.Abort()
				return err
			}
			p.park(tx, t, d.parked())
			dead = append(dead, d.letter...)
		}
	}
	p.metrics.phase("read")
	if err := p.compute(ctx, e, p.tick(), nil); err != nil {
		tx.Abort()
		return err
	}
	p.metrics.phase("compute")
	for _, o := range p.outputs {
		if err := p.flip(ctx, tx, o); err != nil {
			tx.Abort()
			return err
		}
	}
	p.mu.Lock()
	p.edge.loading = false
	p.positions = p.edge.snapshot
	if p.edge.hidden {
		p.hidden = len(p.edge.waiting)
	}
	p.mu.Unlock()
	cut := p.clock()
	if err := p.seal(tx, e, dead); err != nil {
		return err
	}
	for _, o := range p.outputs {
		o.gather(p.workers)
	}
	if err := p.hiddenEpochs(ctx); err != nil {
		return err
	}
	p.publish(p.store.Committed(), nil, cut)
	p.metrics.phase("commit")
	if err := p.dropOthers(); err != nil {
		return err
	}
	return p.writeCheckpoint()
}

// dropOthers removes the views that an earlier configuration had.
func (p *Pipeline) dropOthers() error {
	others := slices.DeleteFunc(p.store.Views(), func(v *view.View) bool {
		return slices.ContainsFunc(p.outputs, func(o *output) bool { return o.view == v })
	})
	if len(others) == 0 {
		return nil
	}
	return p.store.Drop(others...)
}

// hiddenEpochs runs the epochs that belong to a first read by keyed changes: readers see them with the first one.
func (p *Pipeline) hiddenEpochs(ctx context.Context) error {
	for p.hidden > 0 {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		txs := p.take()
		if err := p.epoch(ctx, txs); err != nil {
			return err
		}
		p.hidden -= min(len(txs), p.hidden)
	}
	return nil
}

// finishTable ends the load of a view that shows a table. Rows whose key is taken do not come into the
// view; they are parked, and the circuit, which had them at once, takes them back.
func (p *Pipeline) finishTable(ctx context.Context, o *output, d *duplicates, first bool) error {
	loaded, err := o.load.Finish(ctx, func(b *batch.Batch) error {
		if !first {
			return nil
		}
		d.add(b)
		if !d.table.inCircuit {
			return nil
		}
		return p.circuit.Push(ctx, d.table.input, 0, negated(b).Project(d.table.inputCols))
	})
	o.loaded, o.load = loaded, nil
	if err == nil && first && loaded.Absent > 0 {
		p.log.Warn("a first read took rows back that it had not delivered", "pipeline", p.name, "table", d.table.Name, "rows", loaded.Absent)
	}
	return err
}

// flip makes what was loaded of a view visible with the Tx.
func (p *Pipeline) flip(ctx context.Context, tx *view.Tx, o *output) error {
	if o.load != nil {
		loaded, err := o.load.Finish(ctx, func(b *batch.Batch) error {
			return errTwice(o.name, b)
		})
		if err != nil {
			return err
		}
		o.loaded, o.load = loaded, nil
	}
	tx.Flip(o.loaded)
	p.metrics.loaded(o.name, o.loaded.Rows)
	o.loaded, o.writers, o.idle = nil, nil, nil
	return nil
}

func negated(b *batch.Batch) *batch.Batch {
	out := *b
	out.Weights = make([]batch.Weight, b.Rows)
	for i := range out.Weights {
		out.Weights[i] = -b.Weight(i)
	}
	return &out
}
