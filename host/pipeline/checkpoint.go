package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/sdk"
)

// disk keeps the segments of checkpoints as files of a folder. It is an arrange.Disk.
type disk struct{ dir string }

func newDisk(dir string) (*disk, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("checkpoints: %w", err)
	}
	return &disk{dir: dir}, nil
}

// Create begins a new file. It is durable when it is closed.
func (d *disk) Create(name string) (io.WriteCloser, error) {
	f, err := os.Create(filepath.Join(d.dir, name))
	if err != nil {
		return nil, err
	}
	return &syncedFile{f}, nil
}

// Open opens a file that was written before.
func (d *disk) Open(name string) (io.ReadCloser, error) {
	return os.Open(filepath.Join(d.dir, name))
}

// sync makes the names of new files durable; their contents are.
func (d *disk) sync() error {
	dir, err := os.Open(d.dir)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// keep removes all files but the named ones: those of checkpoints that no manifest names any more.
func (d *disk) keep(names []string) error {
	wanted := map[string]bool{}
	for _, n := range names {
		wanted[n] = true
	}
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		if !wanted[e.Name()] {
			if err := os.Remove(filepath.Join(d.dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// syncedFile is on disk when it is closed.
type syncedFile struct{ *os.File }

func (f *syncedFile) Close() error {
	return errors.Join(f.Sync(), f.File.Close())
}

// state is what a checkpoint is restored from, beside its cut.
type state struct {
	Fingerprint string `json:"fingerprint"`
	// Circuit is the circuit's own manifest; null if no SQL is run.
	Circuit []byte `json:"circuit"`
	// Files are those that the circuit's manifest names.
	Files []string `json:"files"`
}

// A checkpoint is written when so many bytes of rows (limits.checkpoint), so many epochs or so much time lie behind the
// last one: what a recovery has to compute again, what a spool keeps, and what sources may have to wait for.
const (
	checkpointEpochs = 1 << 15
	checkpointAge    = 10 * time.Minute
	checkpointAcked  = 30 * time.Second // if a source wants acks
)

// nextCheckpoint returns how long it is until a checkpoint is due.
func (p *Pipeline) nextCheckpoint() time.Duration {
	age := checkpointAge
	if slices.ContainsFunc(p.reading, (*feed).wantsAcks) {
		age = checkpointAcked
	}
	e := p.store.Committed()
	switch {
	case p.hidden > 0 || e == p.checkpoint:
		return age
	case p.recorded > p.limits.checkpoint || e-p.checkpoint >= checkpointEpochs:
		return 0
	}
	return max(0, age-p.clock().Sub(p.checkpointed))
}

func (p *Pipeline) due() bool { return p.nextCheckpoint() == 0 }

// writeCheckpoint makes the state of the last epoch durable: first the segments of the circuit, then, in one
// synced batch of the database, the manifest that names them. Only then are sources told (promise I1),
// and what is needed to come from the checkpoint before to this one is dropped.
func (p *Pipeline) writeCheckpoint() error {
	e := p.store.Committed()
	if e == 0 || e == p.checkpoint {
		return nil
	}
	files, err := p.saveState(e)
	if err != nil {
		return fmt.Errorf("checkpoint %d: %w", e, err)
	}
	p.checkpoint, p.checkpointed, p.recorded = e, p.clock(), 0
	p.metrics.checkpoint(e, p.circuit)
	return p.acknowledge(p.positions, files)
}

func (p *Pipeline) saveState(e sdk.Epoch) (files []string, err error) {
	s := state{Fingerprint: p.fingerprint}
	if p.circuit != nil {
		if s.Circuit, err = p.circuit.Checkpoint(context.Background(), p.disk); err == nil {
			s.Files, err = circuit.SegmentFiles(s.Circuit)
		}
		if err == nil {
			err = p.disk.sync()
		}
		if err != nil {
			return nil, err
		}
	}
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	tx := p.db.Begin()
	defer tx.Abort()
	if _, err := p.ledger.Checkpoint(tx, e, text); err != nil {
		return nil, err
	}
	tx.DeleteRange(p.inputKey(0), p.inputKey(e+1))
	return s.Files, tx.Commit(true)
}
