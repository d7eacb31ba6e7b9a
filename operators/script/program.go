package script

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/optest"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/plan/bind"
	"github.com/millrace-dev/millrace/operators/plan/build"
	"github.com/millrace-dev/millrace/operators/plan/rule"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/operators/sql/parse"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Tables is a plan.Catalog.
type Tables []*plan.Table

// Table returns the named table, or false.
func (t Tables) Table(name string) (*plan.Table, bool) {
	for _, table := range t {
		if table.Name == name {
			return table, true
		}
	}
	return nil, false
}

// Names returns all table names, in the order in which they were declared.
func (t Tables) Names() []string {
	names := make([]string, len(t))
	for i, table := range t {
		names[i] = table.Name
	}
	return names
}

// Program is planned views.
type Program struct {
	Tables Tables
	Plan   *plan.Plan
	// Keyed are the tables whose key the circuit enforces.
	Keyed map[string]bool
	// Functions resolves functions that are not built in; nil: there are none.
	Functions expr.Resolver
}

// Compile plans statements over tables. The error has everything that is wrong with them.
func Compile(name string, tables Tables, sql string, o bind.Options) (*Program, error) {
	statements, diags := parse.ParseScript(name, sql)
	var errs []error
	for _, d := range diags {
		errs = append(errs, d)
		o.Broken = append(o.Broken, d.Result)
	}
	views, problems := bind.Bind(statements, tables, o)
	source := ast.NewSource(name, sql)
	for _, p := range problems {
		if !p.Warning {
			line, column := source.Position(p.Span.Pos)
			errs = append(errs, fmt.Errorf("%s:%d:%d: %s: %w", name, line, column, p.Code, p))
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	best, err := rule.Optimise(views, tables)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &Program{Tables: tables, Plan: best}, nil
}

// Way is how a program is run. It must not matter.
type Way struct {
	Workers int
	// Queue is how many bytes may be queued. Zero means 64 KiB.
	Queue int
	// Batch is how many rows a batch has at most. Zero: as many as there are.
	Batch int
	// Step is about how many rows an operator handles in one step. Zero: the default.
	Step int
	// Keep turns off that batches are overwritten after they were lent.
	Keep bool
	// Separate turns off that equal rows are added up before exchanges.
	Separate bool
	// Backward pushes the rows of an epoch in the opposite order.
	Backward bool
	// Merged makes one epoch of all.
	Merged bool
	// Restart is on how many workers the program goes on after a checkpoint, which it does before every second
	// epoch. Zero: it never stops.
	Restart int
}

// String returns the settings that are not zero.
func (w Way) String() string {
	return strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%+v", struct{ way }{way(w)}), "{way:{"), "}}"), ":", "=")
}

type way Way

// Instance is a program at work.
type Instance struct {
	program  *Program
	way      Way
	physical *build.Physical
	circuit  *circuit.Circuit
	cancel   context.CancelFunc
	ended    chan error
	epochs   uint64
	disk     optest.Disk

	mu   sync.Mutex
	out  [][]*batch.Batch // for each view, of this epoch
	dead letters          // of this epoch
	past letters          // of all epochs before
}

// Start starts a program. Stop has to follow.
func (p *Program) Start(w Way) (*Instance, error) {
	x := &Instance{program: p, way: w, out: make([][]*batch.Batch, len(p.Plan.Views)), dead: letters{}, past: letters{}}
	err := x.build(w.Workers)
	if err != nil {
		return nil, err
	}
	x.run()
	return x, nil
}

// build makes the circuit.
func (x *Instance) build(workers int) error {
	var err error
	x.physical, err = build.New(x.program.Plan, build.Options{
		Catalog: x.program.Tables, Separate: x.way.Separate, Dead: x.bury, Keyed: x.program.Keyed,
		Functions: x.program.Functions,
	})
	if err != nil {
		return err
	}
	x.circuit = circuit.New(x.physical.Graph, circuit.Options{
		Workers: workers, QueueBytes: max(x.way.Queue, 64<<10), Budget: operators.Budget{Rows: x.way.Step},
		Scribble: !x.way.Keep, Output: x.output,
	})
	return nil
}

func (x *Instance) run() {
	ctx, cancel := context.WithCancel(context.Background())
	x.cancel, x.ended = cancel, make(chan error, 1)
	go func() { x.ended <- x.circuit.Run(ctx) }()
}

// restart writes a checkpoint, stops, and goes on from it in a new circuit.
func (x *Instance) restart(ctx context.Context) error {
	manifest, err := x.circuit.Checkpoint(ctx, &x.disk)
	if err != nil {
		return x.cause(err)
	}
	if err := x.Stop(); err != nil {
		return err
	}
	if err := x.build(x.way.Restart); err != nil {
		return err
	}
	err = x.circuit.Restore(manifest, &x.disk)
	x.run()
	return err
}

func (x *Instance) bury(_ int, operator string) relation.Dead {
	return func(b *batch.Batch, row int, w batch.Weight, reason string) {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.dead.add(operator, b, row, w, reason)
	}
}

func (x *Instance) output(_, sink int, b *batch.Batch) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.out[sink] = append(x.out[sink], b.Clone())
	return nil
}

// SetClock sets the time of the epochs from now on, in microseconds since 1970. It never goes back.
func (x *Instance) SetClock(at int64) { x.circuit.SetClock(at) }

// Epoch pushes changes, ends the epoch, and returns the delta of each view and the dead letters, as lines.
func (x *Instance) Epoch(ctx context.Context, changes []Change) ([]Delta, string, error) {
	if x.way.Restart > 0 && x.epochs%2 == 1 {
		if err := x.restart(ctx); err != nil {
			return nil, "", fmt.Errorf("restart: %w", err)
		}
	}
	for _, in := range x.physical.Inputs {
		for _, keyed := range []bool{false, true} {
			if err := x.push(ctx, in, changes, keyed); err != nil {
				return nil, "", x.cause(err)
			}
		}
	}
	x.epochs++
	if err := x.circuit.Finish(ctx, x.epochs); err != nil {
		return nil, "", x.cause(err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	deltas := make([]Delta, len(x.out))
	for i, v := range x.program.Plan.Views {
		deltas[i] = Delta{v.Name, Sum(v.Node.Types(), x.out[i]...)}
		x.out[i] = nil
	}
	dead := x.dead.String()
	for key, w := range x.dead {
		x.past.count(key, w)
	}
	clear(x.dead)
	return deltas, dead, nil
}

// Parked returns the dead letters of all epochs, as Epoch does those of one.
func (x *Instance) Parked() string { return x.past.String() }

// cause adds the stack where the circuit broke.
func (x *Instance) cause(err error) error {
	if internal, ok := errors.AsType[*circuit.InternalError](err); ok {
		return fmt.Errorf("%w\n%s", err, internal.Stack)
	}
	return err
}

// push pushes the weighted or the keyed changes of one table.
func (x *Instance) push(ctx context.Context, in build.Input, changes []Change, keyed bool) error {
	t, _ := x.program.Tables.Table(in.Table)
	types := make([]batch.Type, len(in.Columns))
	for i, c := range in.Columns {
		types[i] = t.Schema.Fields[c].Type
	}
	rows, lane := batch.NewBuilder(types), 0
	flush := func() error {
		if keyed {
			return x.circuit.Push(ctx, in.Keyed, 0, rows.Take())
		}
		lane++
		return x.circuit.Push(ctx, in.Changes, lane, rows.Take())
	}
	for i := range changes {
		c := &changes[i]
		if x.way.Backward && !keyed {
			c = &changes[len(changes)-1-i]
		}
		if c.Table != in.Table || c.Keyed != keyed {
			continue
		}
		row := make([]any, len(in.Columns))
		for i, col := range in.Columns {
			row[i] = c.Row[col]
		}
		if err := rows.AppendValues(c.Weight, row...); err != nil {
			return fmt.Errorf("table %q: %w", in.Table, err)
		}
		if rows.Rows() == x.way.Batch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// Stop ends the program and waits for it.
func (x *Instance) Stop() error {
	x.cancel()
	if err := <-x.ended; !errors.Is(err, context.Canceled) {
		return x.cause(err)
	}
	return nil
}
