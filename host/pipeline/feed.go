package pipeline

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"github.com/millrace-dev/millrace/host/spool"
	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// feed is where the rows of one connection enter the pipeline. It is the sdk.Output of the connection's
// Read. During a snapshot the rows of replayable tables go straight into the circuit and the loads, since a
// failed snapshot starts anew; otherwise rows wait for the Commit of their split. The rows of a
// connection that cannot be read again are spooled first, and never enter during a snapshot.
type feed struct {
	p          *Pipeline
	ctx        context.Context // of the Read
	connection string
	routes     map[string][]route // by the connection's table
	spool      *spool.Spool       // nil: the connection is replayable

	source sdk.Source
	conn   *connection

	mu    sync.Mutex
	open  map[string]*transaction // by split
	from  map[string]sdk.Position // what was admitted, by split
	lanes map[string]int
}

// transaction is what a split wrote between two Commits.
type transaction struct {
	feed     *feed
	split    string
	position sdk.Position
	seq      uint64 // in the spool
	parts    []part
	bytes    int
	arrived  time.Time
}

// splitKey names a split among all of the pipeline.
func splitKey(connection, split string) string { return connection + "\x00" + split }

// Write takes rows of a table. They are copied, or already where they belong, when it returns.
func (f *feed) Write(split, name string, mode sdk.Mode, b *batch.Batch) error {
	routes, ok := f.routes[name]
	if !ok {
		return fmt.Errorf("connection %q: it wrote to table %q, which it was not asked for", f.connection, name)
	}
	if err := f.ctx.Err(); err != nil {
		return context.Cause(f.ctx)
	}
	f.p.metrics.read(f.connection, name, b, mode)
	for i := range routes {
		r := &routes[i]
		if mode == sdk.Keyed && r.table.key == nil {
			return fmt.Errorf("connection %q: keyed changes to table %q, which has no primary key: declare one under sources", f.connection, r.table.Name)
		}
		rows := r.rows(b)
		if err := r.table.fits(rows); err != nil {
			return fmt.Errorf("connection %q: %w", f.connection, err)
		}
		if f.spool == nil && f.p.loading(r.table) {
			if err := f.p.load(f.ctx, f.lane(split), r.table, rows); err != nil {
				return err
			}
			continue
		}
		f.keep(split, part{r.table, mode, rows.Clone()})
	}
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

func (f *feed) keep(split string, p part) {
	f.mu.Lock()
	defer f.mu.Unlock()
	tx := f.open[split]
	if tx == nil {
		tx = &transaction{feed: f, split: split}
		f.open[split] = tx
	}
	tx.parts = append(tx.parts, p)
	tx.bytes += p.rows.Bytes()
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

// Commit ends a transaction. Spooled rows are on disk when it returns. It waits while too much is waiting.
func (f *feed) Commit(split string, p sdk.Position) error {
	f.mu.Lock()
	tx := f.open[split]
	delete(f.open, split)
	f.mu.Unlock()
	if tx == nil {
		tx = &transaction{feed: f, split: split}
	}
	tx.position = append(sdk.Position{}, p...)
	if f.spool != nil {
		seq, err := f.spool.Append(encodeFrame(tx))
		if err == nil {
			err = f.spool.Sync(f.ctx, seq)
		}
		if err != nil {
			return fmt.Errorf("connection %q: spool: %w", f.connection, err)
		}
		tx.seq = seq
	}
	return f.admit(tx)
}

func (f *feed) admit(tx *transaction) error {
	if err := f.p.admit(f.ctx, tx); err != nil {
		return err
	}
	f.mu.Lock()
	f.from[tx.split] = tx.position
	f.mu.Unlock()
	return nil
}

// Live says that a table's first full read is complete.
func (f *feed) Live(name string) error {
	for i := range f.routes[name] {
		f.p.setLive(f.connection, f.routes[name][i].table)
	}
	return nil
}

// Await waits for what a split committed at p.
func (f *feed) Await(split string, p sdk.Position, until sdk.Stage) (sdk.Epoch, error) {
	return f.p.await(f.ctx, splitKey(f.connection, split), p, until)
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
		tx.parts = append(tx.parts, p)
		tx.bytes += p.rows.Bytes()
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
