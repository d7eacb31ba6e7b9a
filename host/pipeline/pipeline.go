// Package pipeline runs pipelines: it opens what feeds them, lets committed rows in, closes epochs, keeps
// the views and checkpoints in step, and brings everything back after a crash.
//
// One goroutine, in Run, closes epochs one at a time: it takes what has been committed, pushes it through
// the circuit, applies what comes out to the views in one batch of the database, and publishes.
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/millrace-dev/millrace/host/ledger"
	"github.com/millrace-dev/millrace/host/view"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/plugins"
	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Phase says what a pipeline is doing.
type Phase string

// The phases.
const (
	Starting     Phase = "Starting"     // recovering, or connecting
	Snapshotting Phase = "Snapshotting" // reading everything for the first time
	Streaming    Phase = "Streaming"    // following changes
	Failed       Phase = "Failed"
)

// Pipeline is a connected component of connections, tables, statements and views. It moves epoch by epoch.
type Pipeline struct {
	name    string
	log     *slog.Logger
	store   *view.Pipeline
	db      *view.Store
	ledger  *ledger.Ledger
	tables  map[string]*table // by name
	outputs []*output
	bySink  []*output // those that the circuit fills, by the number of their sink
	sources []*connection
	build   func() *circuit.Circuit // a new, empty circuit; it returns nil where no SQL is run
	disk    *disk                   // of checkpoints
	// fingerprint changes when stored state no longer fits the plan.
	fingerprint string
	workers     int
	once        bool
	metrics     *metrics
	clock       func() time.Time

	circuit *circuit.Circuit
	reading []*feed
	letters [][]letter // dead letters of this epoch, one list a worker
	replay  bool       // outputs are discarded: the views have them already

	limits limits
	stash  stash        // rows that wait in a file
	open   atomic.Int64 // bytes of the transactions that are not committed and not stashed

	mu        sync.Mutex
	edge      edge
	inEpoch   []*transaction
	published sdk.Epoch
	phase     Phase
	why       string // of Failed, or of the last retry

	// Of the goroutine that closes epochs:
	numbers      numbers
	positions    map[string]sdk.Position // of the last epoch
	checkpoint   sdk.Epoch               // of the last checkpoint
	checkpointed time.Time               // when that was
	recorded     int                     // bytes of rows since
	hidden       int                     // transactions that belong to the first read; till then no epoch is published
	warned       map[string]int64        // how many dead letters the user was told of, by operator
	ticked       time.Time               // the time of the last epoch
	looked       time.Time               // when the machine's clock was looked at for it
	behind       bool                    // the user was told that the machine's clock is behind it
}

// Run recovers or builds the pipeline and then follows its sources until ctx ends, or, for a bounded run, until all
// have been read. It leaves a checkpoint behind and nothing running.
func (p *Pipeline) Run(ctx context.Context) error {
	stored, err := p.stored()
	if err == nil {
		err = p.attempts(ctx, stored)
	}
	if err != nil && !stopped(ctx, err) {
		return p.fail(err)
	}
	return nil
}

// stopped reports whether err says no more than that ctx has ended, by whatever cause: a signal has one of its own.
func stopped(ctx context.Context, err error) bool {
	return ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.Cause(ctx)))
}

func (p *Pipeline) fail(err error) error {
	p.mu.Lock()
	p.phase, p.why = Failed, err.Error()
	p.wake()
	p.mu.Unlock()
	return fmt.Errorf("pipeline %q: %w", p.name, err)
}

// retryFirst and retryMost bound the pause between two attempts.
const (
	retryFirst = 200 * time.Millisecond
	retryMost  = 30 * time.Second
)

// attempts runs the pipeline until it is done. A first full read that fails is begun anew, after a pause,
// unless trying again is useless.
func (p *Pipeline) attempts(ctx context.Context, stored *ledger.Manifest) error {
	pause := retryFirst
	for tries := 1; ; tries++ {
		err := p.attempt(ctx, stored)
		if err == nil || p.streaming() || p.useless(err, tries) {
			return err
		}
		if ctx.Err() != nil { // the next attempt might have gone well
			return nil
		}
		p.log.Warn("the first full read is begun anew", "pipeline", p.name, "error", err, "in", pause)
		p.mu.Lock()
		p.why = err.Error()
		p.mu.Unlock()
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
		pause = min(2*pause, retryMost)
	}
}

// useless reports whether another attempt would fail like the last one: only what comes from outside may go well
// the next time.
func (p *Pipeline) useless(err error, tries int) bool {
	var (
		wrong  sdk.ConfigErrors
		spool  *spoolError
		node   *circuit.NodeError
		broken *circuit.InternalError
		panics *panicked
		died   *plugins.Error
	)
	switch {
	case errors.As(err, &wrong), errors.As(err, &spool), errors.As(err, &node), errors.As(err, &broken), errors.As(err, &panics):
		return true
	case p.once && errors.As(err, &died) && died.Kind == plugins.Died:
		return tries >= 3
	}
	return p.once
}

func (p *Pipeline) streaming() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.phase == Streaming
}

// attempt runs the circuit, the sources and the closing of epochs together, and ends them together. The
// circuit outlives the sources: what they committed is still computed and checkpointed.
func (p *Pipeline) attempt(ctx context.Context, stored *ledger.Manifest) error {
	err := p.begin(stored)
	if err == nil {
		err = p.restoreState(stored)
	}
	if err != nil {
		p.abandon()
		if p.circuit != nil {
			p.circuit.Close()
		}
		return err
	}
	run, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	computing, stopCircuit := context.WithCancel(context.WithoutCancel(ctx))
	defer stopCircuit()
	var parts sync.WaitGroup
	if c := p.circuit; c != nil {
		parts.Go(func() {
			if err := c.Run(computing); err != nil && computing.Err() == nil {
				stop(err)
			}
		})
	}
	if err = p.restore(run, stored); err == nil {
		err = p.work(run, stop, stored != nil)
	}
	if err == nil || stopped(ctx, err) {
		err = p.finish()
	}
	err = errors.Join(err, p.closeFeeds())
	stopCircuit()
	parts.Wait()
	p.abandon() // after the workers, which write to the loads
	return err
}

// work reads the sources and closes epochs until there is nothing more to do or something fails.
func (p *Pipeline) work(run context.Context, stop context.CancelCauseFunc, restored bool) error {
	feeds, err := p.feeds(run)
	p.reading = feeds
	if err != nil {
		return err
	}
	var reading sync.WaitGroup
	for _, f := range feeds {
		reading.Go(func() {
			if err := p.follow(run, f); err != nil {
				stop(err)
			}
		})
	}
	ended := make(chan struct{})
	go func() {
		reading.Wait()
		close(ended)
	}()
	err = p.recovered(func() error { return p.epochs(run, ended, restored) })
	stop(err)
	<-ended
	if cause := context.Cause(run); errors.Is(err, context.Canceled) && cause != nil {
		err = cause // what stopped the others
	}
	return err
}

// panicked is a broken invariant that showed while epochs were closed.
type panicked struct{ value any }

func (e *panicked) Error() string { return fmt.Sprintf("internal error: %v", e.value) }

// recovered turns a panic into an error: what is broken in one pipeline stops no other.
func (p *Pipeline) recovered(run func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			p.log.Debug("for the report of the internal error", "pipeline", p.name, "stack", string(debug.Stack()))
			err = &panicked{v}
		}
	}()
	return run()
}

// begin makes an empty circuit and, for a first full read, a load for each view.
func (p *Pipeline) begin(stored *ledger.Manifest) error {
	c := p.build()
	p.positions, p.replay, p.hidden, p.checkpointed = map[string]sdk.Position{}, false, 0, p.clock()
	for i := range p.letters {
		p.letters[i] = nil
	}
	p.open.Store(0)
	p.metrics.begin()
	p.mu.Lock()
	p.circuit = c
	p.phase = Starting
	if stored == nil {
		p.phase = Snapshotting
	}
	p.edge = edge{
		loading: stored == nil, changed: p.edge.changed,
		live: map[liveKey]bool{}, snapshot: map[string]sdk.Position{},
	}
	p.wake()
	p.mu.Unlock()
	if stored != nil {
		return nil
	}
	if c != nil {
		c.SetClock(p.tick().UnixMicro()) // of the rows that have passed by now none is kept
	}
	epoch, err := p.next()
	if err != nil {
		return err
	}
	for _, o := range p.outputs {
		if o.load, err = p.store.Load(o.view, epoch); err != nil {
			return err
		}
		o.writers, o.idle = nil, nil
		if o.sink >= 0 {
			for range p.workers {
				o.writers = append(o.writers, o.load.Writer())
			}
		}
	}
	return nil
}

// abandon drops what a failed first read has loaded.
func (p *Pipeline) abandon() {
	for _, o := range p.outputs {
		if o.load == nil {
			continue
		}
		if err := o.load.Abort(); err != nil {
			p.log.Warn("a load was not cleaned up", "view", o.name, "error", err)
		}
		o.load = nil
	}
}

// finish leaves a checkpoint behind, if there is anything to keep.
func (p *Pipeline) finish() error {
	if !p.streaming() {
		return nil
	}
	return errors.Join(p.writeCheckpoint(), p.unreserve())
}

// emit takes the output of the circuit, on a worker's goroutine.
func (p *Pipeline) emit(worker, sink int, b *batch.Batch) error {
	if p.replay {
		return nil
	}
	o := p.bySink[sink]
	if o.load != nil {
		return o.writers[worker].Add(b)
	}
	return o.deltas[worker].Add(b)
}
