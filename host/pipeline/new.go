package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"github.com/millrace-dev/millrace/host/admin"
	"github.com/millrace-dev/millrace/host/catalog"
	"github.com/millrace-dev/millrace/host/ledger"
	"github.com/millrace-dev/millrace/host/view"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/plan/build"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Options says what a pipeline is made of.
type Options struct {
	Name    string
	Log     *slog.Logger
	Store   *view.Store
	Catalog *catalog.Catalog
	// Plan has the views that statements make.
	Plan *plan.Plan
	// Served are the views that show a table as it is.
	Served []Served
	// Functions resolves functions of guest modules; nil: there are none.
	Functions expr.Resolver
	// Open opens the source of a connection by its name.
	Open func(ctx context.Context, connection string) (sdk.Source, error)
	// Dir is where checkpoints and spools are kept.
	Dir string
	// Workers is how many partitions run in parallel.
	Workers int
	// QueueBytes bounds what waits between the sources and the circuit.
	QueueBytes int
	// Once ends the run when everything bounded has been read.
	Once    bool
	Metrics *admin.Metrics
	// Phase is told when a phase of the run's report begins; nil: nobody wants to know.
	Phase func(name string)
}

// Served is a view that shows a table as it is.
type Served struct {
	View, Table string
}

// New makes a pipeline. It opens its ledger and defines its views, and starts nothing.
func New(o Options) (*Pipeline, error) {
	l, err := ledger.Open(o.Store, o.Name)
	if err != nil {
		return nil, err
	}
	d, err := newDisk(filepath.Join(o.Dir, "state", o.Name))
	if err != nil {
		return nil, err
	}
	p := &Pipeline{
		name: o.Name, log: o.Log, db: o.Store, store: o.Store.Pipeline(o.Name), ledger: l, disk: d,
		tables: map[string]*table{}, workers: o.Workers, once: o.Once, clock: time.Now, phase: Starting,
		letters: make([][]letter, o.Workers), warned: map[string]int64{}, metrics: newMetrics(o.Name, o.Metrics, o.Phase),
	}
	p.limits = defaultLimits
	p.stash.dir = filepath.Join(o.Dir, "state")
	p.edge.changed = make(chan struct{})
	if err := p.serve(&o); err != nil {
		return nil, err
	}
	if err := p.compile(&o); err != nil {
		return nil, err
	}
	if err := p.connect(&o); err != nil {
		return nil, err
	}
	p.fingerprint, err = fingerprint(&o, p)
	return p, err
}

// serve defines the views that show tables.
func (p *Pipeline) serve(o *Options) error {
	for _, s := range o.Served {
		t := p.table(o.Catalog, s.Table)
		v, err := p.define(s.View, t.Schema)
		if err != nil {
			return err
		}
		out := &output{name: s.View, view: v, sink: -1}
		t.served = append(t.served, out)
		p.outputs = append(p.outputs, out)
	}
	return nil
}

// define returns the view of a name. One whose stored rows have other columns is built anew, for the fingerprint of
// what is stored is then another, too.
func (p *Pipeline) define(name string, schema batch.Schema) (*view.View, error) {
	v, err := p.store.Define(view.Definition{Name: name, Schema: schema})
	if _, changed := errors.AsType[*view.SchemaChanged](err); changed {
		return v, nil
	}
	return v, err
}

func (p *Pipeline) table(c *catalog.Catalog, name string) *table {
	t := p.tables[name]
	if t == nil {
		t = &table{Table: c.Find(name)}
		p.tables[name] = t
	}
	return t
}

// compile makes the graph of the plan, the views that it fills, and the inputs of its tables.
func (p *Pipeline) compile(o *Options) error {
	needed := map[string][]int{}
	defer func() {
		for name, t := range p.tables {
			t.carry(needed[name])
			for _, c := range needed[name] {
				t.inputCols = append(t.inputCols, slices.Index(t.columns, c))
			}
		}
	}()
	p.build = func() *circuit.Circuit { return nil }
	if len(o.Plan.Views) == 0 {
		return nil
	}
	for i := range o.Plan.Views {
		pv := &o.Plan.Views[i]
		v, err := p.define(pv.Name, pv.Schema())
		if err != nil {
			return err
		}
		out := &output{name: pv.Name, view: v, sink: i}
		p.outputs = append(p.outputs, out)
		p.bySink = append(p.bySink, out)
	}
	physical, err := build.New(o.Plan, build.Options{
		Catalog: o.Catalog, Functions: o.Functions, Keyed: p.keyedTables(o), Dead: p.dead, Late: p.late,
	})
	if err != nil {
		return err
	}
	for _, in := range physical.Inputs {
		t := p.table(o.Catalog, in.Table)
		t.inCircuit, t.input, t.keyed = true, in.Changes, in.Keyed
		needed[in.Table] = in.Columns
		if t.Schema.Key == nil && len(t.served) == 0 {
			for _, c := range o.Plan.Predicates(in.Table) {
				t.where = append(t.where, sdk.Predicate{Column: t.Schema.Fields[c.Column].Name, Op: c.Op, Value: c.Value})
			}
		}
	}
	p.build = func() *circuit.Circuit {
		return circuit.New(physical.Graph, circuit.Options{
			Workers: o.Workers, QueueBytes: o.QueueBytes, Output: p.emit,
		})
	}
	return nil
}

// keyedTables are the tables whose key the circuit enforces: those with a key that no view shows.
func (p *Pipeline) keyedTables(o *Options) map[string]bool {
	keyed := map[string]bool{}
	for _, name := range o.Catalog.Names() {
		served := slices.ContainsFunc(o.Served, func(s Served) bool { return s.Table == name })
		if t := o.Catalog.Find(name); t.Schema.Key != nil && !served {
			keyed[name] = true
		}
	}
	return keyed
}

// dead returns where an operator of a worker puts the rows that it cannot pass.
func (p *Pipeline) dead(worker int, operator string) relation.Dead {
	return func(b *batch.Batch, row int, w batch.Weight, reason string) {
		if p.replay {
			return
		}
		p.letters[worker] = append(p.letters[worker], letter{operator, one(ref{b, row}), w, reason})
	}
}

// late returns who is told of rows that a TTL dropped as they came.
func (p *Pipeline) late(tables string) func(rows int64) {
	return func(rows int64) {
		if !p.replay {
			p.metrics.tooLate(tables, rows)
		}
	}
}

// connect decides what is asked of each connection and where its rows go.
func (p *Pipeline) connect(o *Options) error {
	byName := map[string]*connection{}
	var names []string
	for name := range p.tables {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		t := p.tables[name]
		for i := range t.Feeders {
			f := &t.Feeders[i]
			c := byName[f.Connection]
			if c == nil {
				c = &connection{
					name: f.Connection, routes: map[string][]route{}, replayable: true,
					spoolDir: filepath.Join(o.Dir, "spool", f.Connection),
				}
				c.open = func(ctx context.Context) (sdk.Source, error) { return o.Open(ctx, c.name) }
				byName[f.Connection] = c
				p.sources = append(p.sources, c)
			}
			c.replayable = c.replayable && f.Table.Replayable
			if err := c.ask(f.Table.Name, t); err != nil {
				return err
			}
		}
	}
	return nil
}

// ask adds a table to what is read of a connection. A connection's table may feed several tables: then the
// columns of all are asked for.
func (c *connection) ask(name string, t *table) error {
	i := slices.IndexFunc(c.tables, func(r sdk.TableRequest) bool { return r.Name == name })
	if i < 0 {
		i = len(c.tables)
		c.tables = append(c.tables, sdk.TableRequest{Name: name, Schema: t.Schema})
	}
	r := &c.tables[i]
	cols := make([]int, len(t.columns))
	for j, column := range t.names() {
		at := slices.Index(r.Columns, column)
		if at < 0 {
			at = len(r.Columns)
			r.Columns = append(r.Columns, column)
		}
		cols[j] = at
	}
	c.routes[name] = append(c.routes[name], route{table: t, cols: cols})
	r.Where = nil
	if len(c.routes[name]) == 1 {
		r.Where = t.where
	}
	return nil
}

// fingerprint changes whenever stored state would no longer fit.
func fingerprint(o *Options, p *Pipeline) (string, error) {
	type carried struct {
		Name    string
		Columns []string
		Types   []batch.Type
		Key     []int
	}
	var tables []carried
	for _, name := range o.Catalog.Names() {
		if t := p.tables[name]; t != nil {
			tables = append(tables, carried{name, t.names(), t.types(), t.key})
		}
	}
	text, err := json.Marshal(struct {
		Version int
		Plan    *plan.Plan
		Served  []Served
		Tables  []carried
	}{1, o.Plan, o.Served, tables})
	if err != nil {
		return "", fmt.Errorf("plan: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}
