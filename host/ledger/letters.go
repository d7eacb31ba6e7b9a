package ledger

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/millrace-dev/millrace/host/view"
)

// DeadLetter is a row that could not pass an operator or enter a table (promise I5). Dead letters are a
// Z-set: the retraction of a parked row, with the same reason, cancels it.
type DeadLetter struct {
	// Operator is the operator or the table that parked the row.
	Operator string
	// Row is the row as text or JSON.
	Row string
	// Reason says why it could not pass.
	Reason string
	// Position says where the row came from, readable by people: "orders.parquet row 17". It does not tell
	// dead letters apart; the last row's is kept.
	Position []byte
	// Weight is how often the row is parked.
	Weight int64
}

func (l *Ledger) letterKey(d *DeadLetter) []byte {
	key := append(l.key(kindLetter), d.Operator...)
	key = append(key, 0)
	key = appendBytes(key, []byte(d.Row))
	return appendBytes(key, []byte(d.Reason))
}

func (l *Ledger) countKey(operator string) []byte { return l.key(kindCount, []byte(operator)...) }

// PutDeadLetters adds letters, whose weights may be negative, to the Z-set. It is called at most once a Tx.
func (l *Ledger) PutDeadLetters(tx *view.Tx, letters []DeadLetter) error {
	sum := map[string]*DeadLetter{}
	counts := map[string]int64{}
	for i := range letters {
		d := letters[i]
		key := string(l.letterKey(&d))
		if old := sum[key]; old != nil {
			old.Weight += d.Weight
			if d.Weight > 0 {
				old.Position = d.Position
			}
			continue
		}
		sum[key] = &d
	}
	for key, d := range sum {
		if d.Weight == 0 {
			continue
		}
		counts[d.Operator] += d.Weight
		payload, err := l.read([]byte(key))
		if err != nil {
			return err
		}
		if payload != nil {
			var old DeadLetter
			if err := old.decode(payload); err != nil {
				return fmt.Errorf("ledger of pipeline %q: dead letter of %q: %w", l.pipeline, d.Operator, err)
			}
			if d.Weight < 0 {
				d.Position = old.Position
			}
			d.Weight += old.Weight
		}
		if d.Weight == 0 {
			tx.Delete([]byte(key))
			continue
		}
		tx.Set([]byte(key), seal(d.encode()))
	}
	for operator, n := range counts {
		key := l.countKey(operator)
		payload, err := l.read(key)
		if err != nil {
			return err
		}
		if payload != nil {
			d := decoder{data: payload}
			n += d.varint()
			if err := d.end(); err != nil {
				return fmt.Errorf("ledger of pipeline %q: count of %q: %w", l.pipeline, operator, err)
			}
		}
		if n == 0 {
			tx.Delete(key)
			continue
		}
		tx.Set(key, seal(binary.AppendVarint(nil, n)))
	}
	return nil
}

// Count is how many rows an operator or a table has parked.
type Count struct {
	Operator string
	Letters  int64
}

// Counts returns the numbers of dead letters, by operator, without reading them.
func (l *Ledger) Counts() (out []Count, err error) {
	prefix := l.key(kindCount)
	err = l.store.Records(prefix, prefix, func(key, record []byte) error {
		payload, err := unseal(record)
		if err != nil {
			return err
		}
		d := decoder{data: payload}
		out = append(out, Count{Operator: string(key[len(prefix):]), Letters: d.varint()})
		return d.end()
	})
	if err != nil {
		return nil, fmt.Errorf("ledger of pipeline %q: counts of dead letters: %w", l.pipeline, err)
	}
	return out, nil
}

// DeadLetters returns up to limit dead letters of an operator, and a cursor to go on after them that is nil
// at the end. An empty operator stands for all.
func (l *Ledger) DeadLetters(operator string, after []byte, limit int) (out []DeadLetter, next []byte, err error) {
	base := l.key(kindLetter)
	prefix := base
	if operator != "" {
		prefix = append(append(slices.Clone(base), operator...), 0)
	}
	from := prefix
	if after != nil {
		from = append(append(slices.Clone(base), after...), 0)
	}
	var last []byte
	err = l.store.Records(prefix, from, func(key, record []byte) error {
		if len(out) == limit {
			next = last
			return errEnough
		}
		d, err := decodeLetter(key[len(base):], record)
		if err != nil {
			return err
		}
		last = bytes.Clone(key[len(base):])
		out = append(out, d)
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, nil, fmt.Errorf("ledger of pipeline %q: dead letters: %w", l.pipeline, err)
	}
	return out, next, nil
}

// errEnough ends a reading.
var errEnough = errors.New("enough")

func decodeLetter(key, record []byte) (DeadLetter, error) {
	operator, rest, ok := bytes.Cut(key, []byte{0})
	d := decoder{data: rest}
	out := DeadLetter{Operator: string(operator), Row: string(d.bytes()), Reason: string(d.bytes())}
	if err := d.end(); err != nil || !ok {
		return out, errors.Join(errDamaged, err)
	}
	payload, err := unseal(record)
	if err != nil {
		return out, err
	}
	return out, out.decode(payload)
}
