package pipeline

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/millrace-dev/millrace/host/spool"
	"github.com/millrace-dev/millrace/sdk"
)

// connection is what a pipeline reads of a connection.
type connection struct {
	name string
	// open opens the source, in a plugin or in this process.
	open       func(ctx context.Context) (sdk.Source, error)
	tables     []sdk.TableRequest
	routes     map[string][]route
	replayable bool
	spoolDir   string
}

// spoolSplit is the split under which a cut holds how far a connection's spool has been taken in.
const spoolSplit = "\x00spool"

// feeds returns the feeds of all connections, at the positions of the last epoch. What a spool holds beyond
// them is admitted again, in order.
func (p *Pipeline) feeds(ctx context.Context) ([]*feed, error) {
	var feeds []*feed
	for _, c := range p.sources {
		f := newFeed(ctx, p, c)
		f.from = positionsOf(p.positions, c.name)
		feeds = append(feeds, f)
		if c.replayable {
			continue
		}
		if err := p.respool(f); err != nil {
			return feeds, fmt.Errorf("connection %q: spool: %w", c.name, err)
		}
	}
	return feeds, nil
}

// respool opens a connection's spool and admits what no epoch has taken in.
func (p *Pipeline) respool(f *feed) error {
	s, err := spool.Open(f.conn.spoolDir, spool.Options{})
	if err != nil {
		return err
	}
	f.spool = s
	next := uint64(0)
	if at := p.positions[splitKey(f.connection, spoolSplit)]; len(at) == 8 {
		next = binary.BigEndian.Uint64(at) + 1
	} else if s.First() > 1 {
		return errors.New("rows that it delivered before are in views that the configuration made otherwise, and cannot be read again: " +
			"run with the configuration as it was, or remove the data with millrace clean")
	}
	return s.Read(next, func(seq uint64, frame []byte) error {
		tx, err := f.decodeFrame(frame)
		if err != nil {
			return fmt.Errorf("frame %d: %w", seq, err)
		}
		tx.seq = seq
		if err := tx.yield(); err != nil {
			return err
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		f.admit(tx)
		return nil
	})
}

// follow reads a connection until ctx ends or, in a bounded run, all is read. A source that fails is opened again,
// with growing pauses, and read on from what was admitted, unless rows that it has not committed are in the first
// epoch: then that has to begin anew.
func (p *Pipeline) follow(ctx context.Context, f *feed) error {
	pause := retryFirst
	for tries := 1; ; tries++ {
		started := p.clock()
		err := p.read(ctx, f)
		if err == nil && ctx.Err() == nil {
			err = f.allLive()
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			if !p.once {
				<-ctx.Done()
			}
			return nil
		case p.useless(err, tries) || f.entered():
			return &sourceError{f.connection, err}
		}
		if p.clock().Sub(started) > time.Minute {
			pause, tries = retryFirst, 0
		}
		p.log.Warn("source failed, it is opened again", "connection", f.connection, "error", err, "in", pause)
		p.metrics.restart(f.connection, err)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
		pause = min(2*pause, retryMost)
	}
}

// sourceError says whose source failed.
type sourceError struct {
	connection string
	err        error
}

func (e *sourceError) Error() string { return fmt.Sprintf("connection %q: %v", e.connection, e.err) }

func (e *sourceError) Unwrap() error { return e.err }

// spoolError is an error of a spool, of whose end nothing is known afterwards: only the next start can tell.
type spoolError struct {
	connection string
	err        error
}

func (e *spoolError) Error() string { return fmt.Sprintf("connection %q: %v", e.connection, e.err) }

func (e *spoolError) Unwrap() error { return e.err }

// read opens a source and reads it once.
func (p *Pipeline) read(ctx context.Context, f *feed) error {
	src, err := f.conn.open(ctx)
	if err != nil {
		return err
	}
	from, err := f.begin(src)
	if err == nil {
		req := sdk.Request{Tables: f.conn.tables, Bounded: p.once, Parallel: max(p.workers, 2)}
		err = src.Read(ctx, req, sdk.NewWriter(f, from))
	}
	f.set(nil)
	return errors.Join(err, src.Close())
}

// begin makes ready for a read, and returns where it starts. Rows that were not committed come again.
func (f *feed) begin(src sdk.Source) (from map[string]sdk.Position, err error) {
	f.set(src)
	f.mu.Lock()
	defer f.mu.Unlock()
	for split, tx := range f.open {
		err = errors.Join(err, tx.drop())
		delete(f.open, split)
	}
	return maps.Clone(f.from), err
}

// set says which source is being read. It waits for an ack that is under way.
func (f *feed) set(src sdk.Source) {
	f.acking.Lock()
	defer f.acking.Unlock()
	f.source = src
}

// allLive says that all tables are complete, for a source that has ended.
func (f *feed) allLive() error {
	for name := range f.routes {
		if err := f.Live(name); err != nil {
			return err
		}
	}
	return nil
}

// entered reports whether rows that are not committed are in the first epoch.
func (f *feed) entered() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, tx := range f.open {
		if len(tx.entered) > 0 {
			return true
		}
	}
	return false
}

// closeFeeds frees the spools. The last checkpoint trims them, so it comes before.
func (p *Pipeline) closeFeeds() error {
	var errs []error
	for _, f := range p.reading {
		if f.spool != nil {
			errs = append(errs, f.spool.Close())
		}
	}
	p.reading = nil
	return errors.Join(append(errs, p.stash.close())...)
}

// ackMost is how long a source may take over an ack; meanwhile no epoch is closed.
const ackMost = 10 * time.Second

// acknowledge tells sources what a checkpoint holds, and drops what it makes superfluous: spooled rows and
// files of earlier checkpoints (promise I1).
func (p *Pipeline) acknowledge(positions map[string]sdk.Position, files []string) error {
	var errs []error
	for _, f := range p.reading {
		if f.spool != nil {
			if at := positions[splitKey(f.connection, spoolSplit)]; len(at) == 8 {
				errs = append(errs, f.spool.Trim(binary.BigEndian.Uint64(at)))
			}
		}
		if err := f.ack(positions); err != nil {
			p.log.Warn("a source did not take an ack; the next checkpoint repeats it", "connection", f.connection, "error", err)
		}
	}
	if p.circuit != nil {
		errs = append(errs, p.disk.keep(files))
	}
	return errors.Join(errs...)
}

// ack tells the source, if it is being read and wants to know, which of its positions are in a checkpoint.
func (f *feed) ack(positions map[string]sdk.Position) error {
	f.acking.Lock()
	defer f.acking.Unlock()
	acker, ok := f.source.(sdk.Acker)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(f.ctx, ackMost)
	defer cancel()
	return acker.Ack(ctx, positionsOf(positions, f.connection))
}

func (f *feed) wantsAcks() bool {
	f.acking.Lock()
	defer f.acking.Unlock()
	_, ok := f.source.(sdk.Acker)
	return ok
}

// positionsOf returns what a cut says of a connection's splits.
func positionsOf(cut map[string]sdk.Position, connection string) map[string]sdk.Position {
	out := map[string]sdk.Position{}
	for key, at := range cut {
		if split, ok := strings.CutPrefix(key, splitKey(connection, "")); ok && split != spoolSplit {
			out[split] = at
		}
	}
	return out
}
