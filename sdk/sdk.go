// Package sdk is what an author of a connector writes against: a Connector offers a Source, a Sink
// or both; a source writes batches of rows and says with Commit what becomes visible together and
// where to go on. It imports the standard library and sdk/batch only.
package sdk

import (
	"context"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Position says how far a split has been read. Only the connector can read it; to the host it is
// opaque bytes that can be compared for equality. Nil is the beginning.
type Position []byte

// Table describes a table that a source can read.
type Table struct {
	Name string `json:"name"`
	// Schema may have no fields: then another connection that feeds the table has to say them.
	Schema batch.Schema `json:"schema"`
	// Rows is how many rows the first full read will deliver: -1 when that is not known, 0 when the
	// table is a stream of changes from now on, which is live from the start.
	Rows int64 `json:"rows"`
	// Replayable says that between two positions of a split a read always gives the same Z-set,
	// and that a read which starts at an earlier position commits at the same positions again.
	// The rows of any other table are spooled by the host before they are accepted.
	Replayable bool `json:"replayable,omitempty"`
	// Keyed says that rows may come by Writer.WriteKeyed, which need a key.
	Keyed bool `json:"keyed,omitempty"`
	// Ranges says between which values those of a column of integers or dates lie in the first full read, as far
	// as that is known without reading. It is for estimates only.
	Ranges map[string]Range `json:"ranges,omitempty"`
}

// Range is the least and the greatest of integers, or of days since 1970-01-01.
type Range struct {
	Min int64 `json:"min"`
	Max int64 `json:"max"`
}

// Over returns the range that covers both.
func (r Range) Over(other Range) Range { return Range{min(r.Min, other.Min), max(r.Max, other.Max)} }

// Source reads tables. A Source is opened once for a connection; its Read is called once a run
// with all the tables wanted, and again after an error, with back-off.
type Source interface {
	// Read writes rows to out from the positions that out holds (Writer.From) on. It returns nil when
	// the request is bounded and everything is written and committed; otherwise it goes on until ctx ends.
	Read(ctx context.Context, req Request, out *Writer) error

	// Close frees what opening the source took.
	Close() error
}

// Request says what a Read shall deliver.
type Request struct {
	Tables []TableRequest
	// Bounded asks to end after the first full read instead of waiting for changes.
	Bounded bool
	// Parallel is how many splits may usefully be read at the same time; at least 1.
	Parallel int
}

// TableRequest asks for columns of one table.
type TableRequest struct {
	Name string
	// Columns are the wanted columns, in the order in which batches must have them; nil: all, in schema order.
	Columns []string
	// Schema is the table's whole schema and key as the host knows it, which may come from another
	// connection that feeds the same table.
	Schema batch.Schema
	// Where are conditions that the host tests anyway: rows for which any of them is not true may be left
	// out, each time or never. A source that makes nothing of them may ignore them.
	Where []Predicate
}

// Predicate compares a column with a constant.
type Predicate struct {
	Column string
	Op     string // "=", "<", "<=", ">" or ">="
	Value  string // in the text form of the column's type
}

// Discoverer is a Source that knows its tables only when it is open.
type Discoverer interface {
	Tables(ctx context.Context) ([]Table, error)
}

// Acker is a Source that wants to know which positions can no longer be lost.
// A position is acked after a checkpoint that holds it (promise I1), by split.
type Acker interface {
	Ack(ctx context.Context, positions map[string]Position) error
}

// Epoch numbers the consistent cuts of a pipeline, from 1.
type Epoch uint64

// Stage is how far committed rows have come.
type Stage uint8

const (
	// Durable rows survive any crash of the host.
	Durable Stage = iota + 1
	// Visible rows are in every view that they belong to.
	Visible
)

// Sink takes the changes of a view.
type Sink interface {
	// Write applies the changes of one epoch, all or none of them. After a crash the last
	// epoch may come again, with the same changes.
	Write(ctx context.Context, e Epoch, changes *batch.Batch) error

	// Close frees what opening the sink took.
	Close() error
}

// Resumer is a Sink that stores the epoch with the changes. It is then never given an
// epoch twice: that makes delivery exactly once.
type Resumer interface {
	Last(ctx context.Context) (Epoch, error)
}
