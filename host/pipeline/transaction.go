package pipeline

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// transaction is what a split wrote between two Commits. The goroutine of its split owns it until it is admitted.
type transaction struct {
	feed     *feed
	split    string
	position sdk.Position
	seq      uint64 // in the spool
	// entered are the tables whose rows are in the first epoch already, which therefore has to wait for the Commit.
	// Others look at it with the feed's lock held.
	entered []*table
	// parts are its other rows, but for those, before them, that wait in the stash.
	parts   []part
	stashed []piece
	bytes   int // of parts
	size    int // of parts and what is stashed
	counted int // of bytes, among those of all open transactions
	arrived time.Time
}

// splitKey names a split among all of the pipeline.
func splitKey(connection, split string) string { return connection + "\x00" + split }

func (tx *transaction) key() string { return splitKey(tx.feed.connection, tx.split) }

// empty reports whether no rows of the transaction wait.
func (tx *transaction) empty() bool {
	return tx.size == 0 && len(tx.parts) == 0 && len(tx.stashed) == 0
}

func (tx *transaction) add(p part) {
	tx.parts = append(tx.parts, p)
	n := p.rows.Bytes()
	tx.bytes += n
	tx.size += n
}

// count brings the bytes of all open transactions up to date and returns them.
func (tx *transaction) count() int64 {
	all := tx.feed.p.open.Add(int64(tx.bytes - tx.counted))
	tx.counted = tx.bytes
	return all
}

// uncount takes it out of the open transactions.
func (tx *transaction) uncount() {
	tx.feed.p.open.Add(-int64(tx.counted))
	tx.counted = 0
}

// yield moves the rows to the stash if too much waits in memory.
func (tx *transaction) yield() error {
	if tx.feed.p.crowded() {
		return tx.stash()
	}
	return nil
}

// stash moves the rows that are in memory to the stash.
func (tx *transaction) stash() error {
	if len(tx.parts) == 0 {
		return nil
	}
	var rows []byte
	for _, p := range tx.parts {
		rows = appendPart(rows, p)
	}
	at, err := tx.feed.p.stash.put(rows)
	if err != nil {
		return err
	}
	tx.stashed = append(tx.stashed, at)
	tx.parts, tx.bytes = nil, 0
	tx.count()
	return nil
}

// fetch brings all rows back into memory.
func (tx *transaction) fetch() error {
	if len(tx.stashed) == 0 {
		return nil
	}
	var parts []part
	for len(tx.stashed) > 0 {
		rows, err := tx.feed.p.stash.take(tx.stashed[0])
		if err != nil {
			return err
		}
		tx.stashed = tx.stashed[1:]
		for len(rows) > 0 {
			var p part
			if p, rows, err = tx.feed.p.takePart(rows); err != nil {
				return err
			}
			parts = append(parts, p)
		}
	}
	tx.parts, tx.bytes = append(parts, tx.parts...), tx.size
	return nil
}

// drop forgets an open transaction.
func (tx *transaction) drop() error {
	tx.uncount()
	return tx.feed.p.stash.drop(len(tx.stashed))
}

// cutPositions returns what a cut says of a transaction's split.
func (tx *transaction) cutPositions(into map[string]sdk.Position) {
	into[tx.key()] = tx.position
	if tx.feed.spool != nil {
		into[splitKey(tx.feed.connection, spoolSplit)] = binary.BigEndian.AppendUint64(nil, tx.seq)
	}
}

// encodeFrame writes a transaction for the spool: split, position, and each part with its table's name, mode
// and rows.
func encodeFrame(tx *transaction) []byte {
	dst := appendBytes(nil, []byte(tx.split))
	dst = appendBytes(dst, tx.position)
	dst = binary.AppendUvarint(dst, uint64(len(tx.parts)))
	for _, p := range tx.parts {
		dst = appendPart(dst, p)
	}
	return dst
}

func appendPart(dst []byte, p part) []byte {
	dst = appendBytes(dst, []byte(p.table.Name))
	dst = append(dst, byte(p.mode))
	return batch.AppendBinary(dst, p.rows)
}

func appendBytes(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

func takeBytes(src []byte) (b, rest []byte, err error) {
	n, size := binary.Uvarint(src)
	if size <= 0 || n > uint64(len(src)-size) {
		return nil, nil, errDamaged
	}
	return src[size : size+int(n)], src[size+int(n):], nil
}

// decodeFrame reads what encodeFrame wrote. Parts of tables that are no longer there, or whose carried
// columns have changed, are an error.
func (f *feed) decodeFrame(src []byte) (*transaction, error) {
	tx := &transaction{feed: f}
	split, src, err := takeBytes(src)
	if err != nil {
		return nil, err
	}
	position, src, err := takeBytes(src)
	if err != nil {
		return nil, err
	}
	tx.split, tx.position = string(split), append(sdk.Position{}, position...)
	n, size := binary.Uvarint(src)
	if size <= 0 {
		return nil, errDamaged
	}
	src = src[size:]
	for range n {
		var p part
		if p, src, err = f.p.takePart(src); err != nil {
			return nil, err
		}
		tx.add(p)
	}
	return tx, nil
}

func (p *Pipeline) takePart(src []byte) (part, []byte, error) {
	name, src, err := takeBytes(src)
	if err != nil || len(src) == 0 {
		return part{}, nil, errDamaged
	}
	t := p.tables[string(name)]
	if t == nil {
		return part{}, nil, fmt.Errorf("stored rows of table %q, which the configuration does not have any more", name)
	}
	mode := sdk.Mode(src[0])
	rows, rest, err := batch.DecodeBinary(src[1:])
	if err != nil {
		return part{}, nil, err
	}
	return part{t, mode, rows}, rest, t.fits(rows)
}
