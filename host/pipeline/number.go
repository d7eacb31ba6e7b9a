package pipeline

import (
	"encoding/binary"
	"fmt"

	"github.com/millrace-dev/millrace/sdk"
)

// numbers gives epochs their numbers. Epochs are published before they are on disk, so a crash may lose some that
// readers have seen; their rows come again, in other epochs. A number that was lost is not given again: it would
// stand for other rows than before, and who waits for it would wait in vain if the rows now fit into fewer epochs. So
// numbers are reserved on disk, many at a time, and those that a crash leaves reserved are left out.
type numbers struct {
	used     sdk.Epoch // no number up to it is given again
	reserved sdk.Epoch // the last one that is reserved
}

// reserveEpochs is how many numbers are reserved by one write that is synced.
const reserveEpochs = 4096

// next returns the number of the next epoch.
func (p *Pipeline) next() (sdk.Epoch, error) {
	e := max(p.store.Committed(), p.numbers.used) + 1
	if e <= p.numbers.reserved {
		return e, nil
	}
	return e, p.reserve(e + reserveEpochs)
}

func (p *Pipeline) reservedKey() []byte { return append([]byte("reserved\x00"), p.name...) }

// reserve writes the last number that may be given from now on.
func (p *Pipeline) reserve(last sdk.Epoch) error {
	tx := p.db.Begin()
	tx.Set(p.reservedKey(), binary.BigEndian.AppendUint64(nil, uint64(last)))
	if err := tx.Commit(true); err != nil {
		tx.Abort()
		return fmt.Errorf("epochs up to %d are not reserved: %w", last, err)
	}
	p.numbers.reserved = last
	return nil
}

// unreserve gives back the numbers that were not needed, at an end that loses nothing.
func (p *Pipeline) unreserve() error {
	if last := p.store.Committed(); last < p.numbers.reserved {
		return p.reserve(last)
	}
	return nil
}

// leaveOut reads which numbers may have been given before.
func (p *Pipeline) leaveOut() error {
	record, err := p.db.Record(p.reservedKey())
	if err != nil || record == nil {
		return err
	}
	if len(record) != 8 {
		return fmt.Errorf("reserved epochs: %w", errDamaged)
	}
	last := sdk.Epoch(binary.BigEndian.Uint64(record))
	p.numbers = numbers{used: last, reserved: last}
	return nil
}
