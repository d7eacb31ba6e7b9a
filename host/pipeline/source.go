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
		f := &feed{
			p: p, ctx: ctx, conn: c, connection: c.name, routes: c.routes,
			open: map[string]*transaction{}, from: map[string]sdk.Position{}, lanes: map[string]int{},
		}
		prefix := splitKey(c.name, "")
		for key, at := range p.positions {
			if split, ok := strings.CutPrefix(key, prefix); ok && split != spoolSplit {
				f.from[split] = at
			}
		}
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
	}
	return s.Read(next, func(seq uint64, frame []byte) error {
		tx, err := f.decodeFrame(frame)
		if err != nil {
			return fmt.Errorf("frame %d: %w", seq, err)
		}
		tx.seq = seq
		tx.arrived = time.Now()
		f.from[tx.split] = tx.position
		p.mu.Lock()
		p.edge.waiting = append(p.edge.waiting, tx)
		p.edge.bytes += tx.bytes
		p.mu.Unlock()
		return nil
	})
}

// cutPositions returns what a cut says of a transaction's split.
func (tx *transaction) cutPositions(into map[string]sdk.Position) {
	into[splitKey(tx.feed.connection, tx.split)] = tx.position
	if tx.feed.spool != nil {
		into[splitKey(tx.feed.connection, spoolSplit)] = binary.BigEndian.AppendUint64(nil, tx.seq)
	}
}

// follow reads a connection until ctx ends or, in a bounded run, all is read. Once the first epoch is closed,
// a source that fails is opened again, with growing pauses, and read on from what was admitted.
func (p *Pipeline) follow(ctx context.Context, f *feed) error {
	pause := retryFirst
	for {
		started := time.Now()
		err := p.read(ctx, f)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			for name := range f.routes {
				if err := f.Live(name); err != nil {
					return err
				}
			}
			if !p.once {
				<-ctx.Done()
			}
			return nil
		case !p.streaming() || p.useless(err, 1):
			return fmt.Errorf("connection %q: %w", f.connection, err)
		}
		if time.Since(started) > time.Minute {
			pause = retryFirst
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

// read opens a source and reads it once.
func (p *Pipeline) read(ctx context.Context, f *feed) (err error) {
	src, err := f.conn.open(ctx)
	if err != nil {
		return err
	}
	f.mu.Lock()
	f.open = map[string]*transaction{} // rows that were not committed come again
	f.source = src
	from := maps.Clone(f.from)
	f.mu.Unlock()
	req := sdk.Request{Tables: f.conn.tables, Bounded: p.once, Parallel: max(p.workers, 2)}
	err = src.Read(ctx, req, sdk.NewWriter(f, from))
	f.mu.Lock()
	f.source = nil
	f.mu.Unlock()
	return errors.Join(err, src.Close())
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
	return errors.Join(errs...)
}

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
		f.mu.Lock()
		acker, ok := f.source.(sdk.Acker)
		f.mu.Unlock()
		if !ok {
			continue
		}
		mine := map[string]sdk.Position{}
		for key, at := range positions {
			if split, ok := strings.CutPrefix(key, splitKey(f.connection, "")); ok && split != spoolSplit {
				mine[split] = at
			}
		}
		if err := acker.Ack(f.ctx, mine); err != nil {
			p.log.Warn("a source did not take an ack; the next checkpoint repeats it", "connection", f.connection, "error", err)
		}
	}
	if p.circuit != nil {
		errs = append(errs, p.disk.keep(files))
	}
	return errors.Join(errs...)
}
