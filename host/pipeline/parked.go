package pipeline

import (
	"fmt"
	"math"

	"github.com/millrace-dev/millrace/host/view"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// parkedKey is the key of the record that holds the parked rows of a key of a table: rows that are not in the
// table's view because another one has their key.
func (p *Pipeline) parkedKey(t *table, key []byte) []byte {
	out := append([]byte("parked\x00"), p.name...)
	out = append(append(out, 0), t.Name...)
	return append(append(out, 0), key...)
}

// present says how to find what is stored of a table.
func (p *Pipeline) present(t *table) present {
	return present{
		rows: t.served[0].view.Lookup,
		parked: func(key []byte) (*batch.Batch, error) {
			record, err := p.db.Record(p.parkedKey(t, key))
			if err != nil || record == nil {
				return nil, err
			}
			b, _, err := batch.DecodeBinary(record)
			if err == nil {
				err = t.fits(b)
			}
			return b, err
		},
	}
}

// park writes the parked rows of keys.
func (p *Pipeline) park(tx *view.Tx, t *table, parked map[string]*batch.Batch) {
	for key, rows := range parked {
		if rows == nil {
			tx.Delete(p.parkedKey(t, []byte(key)))
		} else {
			tx.Set(p.parkedKey(t, []byte(key)), batch.AppendBinary(nil, rows))
		}
	}
}

// forget drops what is stored of an earlier build when a first full read is about to take its place: the checkpoint,
// whose files are overwritten from then on, and the dead letters and parked rows, which the read has found again.
func (p *Pipeline) forget() error {
	tx := p.db.Begin()
	defer tx.Abort()
	p.ledger.Clear(tx)
	tx.DeleteRange(p.inputKey(0), p.inputKey(math.MaxUint64))
	for _, t := range p.tables {
		first := p.parkedKey(t, nil)
		last := append([]byte{}, first...)
		last[len(last)-1] = 1
		tx.DeleteRange(first, last)
	}
	return tx.Commit(true)
}

// duplicates gathers the rows of a load whose keys are taken.
type duplicates struct {
	table  *table
	byKey  map[string]*batch.Builder
	letter []letter
}

func (d *duplicates) add(b *batch.Batch) {
	cols := b.Project(d.table.key)
	for i := range b.Rows {
		key := string(appendKey(nil, cols, i))
		if d.byKey[key] == nil {
			d.byKey[key] = batch.NewBuilder(d.table.types())
		}
		d.byKey[key].AppendRow(b, i, b.Weight(i))
		d.letter = append(d.letter, letter{d.table.Name, one(ref{b, i}), b.Weight(i), reasonDuplicate})
	}
}

func (d *duplicates) parked() map[string]*batch.Batch {
	out := map[string]*batch.Batch{}
	for key, rows := range d.byKey {
		out[key] = rows.Take()
	}
	return out
}

// errTwice says that a plan broke its promise.
func errTwice(view string, b *batch.Batch) error {
	return fmt.Errorf("view %q: its plan promised one row a key, and %v came twice", view, b.Row(0))
}
