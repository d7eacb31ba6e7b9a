package pipeline

import (
	"slices"
	"sync"

	"github.com/millrace-dev/millrace/host/catalog"
	"github.com/millrace-dev/millrace/host/view"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// table is a table of a pipeline: what of it is read, and where its rows go.
type table struct {
	*catalog.Table
	// columns are the columns of the schema that the pipeline carries, ascending.
	columns []int
	// served are the views that show the table itself. A keyed table's rows are then looked up in the
	// first one: the view is the state, and no second copy is kept.
	served []*output
	// key holds the key's places in columns; nil: no key is enforced.
	key []int

	// where are conditions on the rows that everybody who reads them tests. A connector is told of them only
	// where the table is neither served nor has a key: those need every row.
	where []sdk.Predicate

	inCircuit bool
	input     circuit.NodeID // weighted rows
	keyed     circuit.NodeID // keyed changes, where the circuit enforces the key
	inputCols []int          // places in columns of what the circuit reads
}

// types returns the types of the carried columns.
func (t *table) types() []batch.Type {
	types := make([]batch.Type, len(t.columns))
	for i, c := range t.columns {
		types[i] = t.Schema.Fields[c].Type
	}
	return types
}

// names returns the names of the carried columns.
func (t *table) names() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = t.Schema.Fields[c].Name
	}
	return names
}

// resolves reports whether the host, not the circuit, enforces the table's key.
func (t *table) resolves() bool { return t.key != nil && len(t.served) > 0 }

// route is where the rows of a connection's table go: into a table, whose carried columns are the given
// columns of what was asked for.
type route struct {
	table *table
	cols  []int // nil: all, as they come
}

func (r *route) rows(b *batch.Batch) *batch.Batch {
	if r.cols == nil {
		return b
	}
	return b.Project(r.cols)
}

// output is a view of a pipeline and what is gathered for it during an epoch.
type output struct {
	name string
	view *view.View
	sink int // of the circuit; -1: the view shows a table itself

	deltas []*view.Delta // one a worker, and a last one for the edge

	// Of a load:
	load    *view.Load
	loaded  *view.Loaded
	writers []*view.LoadWriter // one a worker
	mu      sync.Mutex
	idle    []*view.LoadWriter // of the edge: as many as write at a time
}

// gather makes ready to take the changes of epochs.
func (o *output) gather(workers int) {
	o.deltas = nil
	for range workers + 1 {
		o.deltas = append(o.deltas, o.view.NewDelta())
	}
}

// edgeWriter lends a writer of the load to one goroutine.
func (o *output) edgeWriter() *view.LoadWriter {
	o.mu.Lock()
	defer o.mu.Unlock()
	if n := len(o.idle); n > 0 {
		w := o.idle[n-1]
		o.idle = o.idle[:n-1]
		return w
	}
	return o.load.Writer()
}

func (o *output) giveBack(w *view.LoadWriter) {
	o.mu.Lock()
	o.idle = append(o.idle, w)
	o.mu.Unlock()
}

// add takes rows of the table that the view shows while it is being loaded.
func (o *output) add(b *batch.Batch) error {
	w := o.edgeWriter()
	defer o.giveBack(w)
	return w.Add(b)
}

// carry sets the columns that the pipeline reads of the table: all if it is served, and else those that the
// circuit needs and the key.
func (t *table) carry(needed []int) {
	cols := slices.Clone(needed)
	if len(t.served) > 0 {
		cols = nil
		for i := range t.Schema.Fields {
			cols = append(cols, i)
		}
	}
	cols = append(cols, t.Schema.Key...)
	slices.Sort(cols)
	t.columns = slices.Compact(cols)
	for _, k := range t.Schema.Key {
		t.key = append(t.key, slices.Index(t.columns, k))
	}
}

// part is rows of a transaction for one table.
type part struct {
	table *table
	mode  sdk.Mode
	rows  *batch.Batch
}
