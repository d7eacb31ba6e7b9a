package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/host/admin"
	"github.com/millrace-dev/millrace/host/catalog"
	"github.com/millrace-dev/millrace/host/config"
	"github.com/millrace-dev/millrace/host/view"
	"github.com/millrace-dev/millrace/operators/plan/bind"
	"github.com/millrace-dev/millrace/operators/plan/rule"
	"github.com/millrace-dev/millrace/operators/sql/parse"
	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// world is a store and outside systems that outlive the pipelines that a test runs over them.
type world struct {
	t       testing.TB
	dir     string
	name    string // of the pipeline; empty: main
	sql     string
	served  []Served
	keys    map[string][]string // primary keys of tables
	systems []*system
	workers int
	once    bool
	limits  *limits // nil: the default
	phase   func(name string)
	clock   func() time.Time // nil: the machine's

	store *view.Store
	p     *Pipeline
	stop  context.CancelFunc
	ended chan error
}

// system is an outside system with a log for each split. It is an sdk.Source whenever it is open.
type system struct {
	name       string
	tables     []sdk.Table
	replayable bool
	source     sdk.Source    // reads instead of the log; nil: nothing does
	hang       chan struct{} // closed by an ack that hangs; nil: none does
	hung       sync.Once
	// trip is asked at every step of a read, and its error ends it.
	trip func(split, at string) error

	mu      sync.Mutex
	splits  map[string][]step
	sent    map[string]int // by split, how many steps were committed, by a system that remembers it
	acked   map[string]sdk.Position
	reads   int
	broken  error // what every read ends with
	changed chan struct{}
}

// step is a transaction and what becomes live after it.
type step struct {
	parts []change
	live  []string
}

// change is rows of a table.
type change struct {
	table string
	mode  sdk.Mode
	rows  *batch.Batch
}

func newSystem(name string, tables ...sdk.Table) *system {
	s := &system{name: name, tables: tables, replayable: true, splits: map[string][]step{}, sent: map[string]int{}, changed: make(chan struct{})}
	for i := range s.tables {
		s.tables[i].Replayable, s.tables[i].Keyed = true, true
	}
	return s
}

// spooled makes the system one that cannot be read again.
func (s *system) spooled() *system {
	s.replayable = false
	for i := range s.tables {
		s.tables[i].Replayable = false
	}
	return s
}

// add appends transactions to a split.
func (s *system) add(split string, steps ...step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.splits[split] = append(s.splits[split], steps...)
	close(s.changed)
	s.changed = make(chan struct{})
}

// kill ends the pipeline without a checkpoint, as a crash would: a connection's configuration is found to be wrong.
func (w *world) kill() {
	w.t.Helper()
	s := w.systems[0]
	s.fail(sdk.ConfigErrors{{Path: "kill", Msg: "killed"}})
	if err := w.end(false); err == nil || !strings.Contains(err.Error(), "killed") {
		w.t.Fatalf("a killed pipeline ended with %v", err)
	}
	s.fail(nil)
}

// fail makes every read end with an error, nil for none.
func (s *system) fail(err error) {
	s.mu.Lock()
	s.broken = err
	s.mu.Unlock()
	s.add("")
}

func (s *system) trips(split, at string) error {
	if s.trip == nil {
		return nil
	}
	return s.trip(split, at)
}

// Tables returns the system's tables.
func (s *system) Tables(context.Context) ([]sdk.Table, error) { return s.tables, nil }

// Close has nothing to free.
func (s *system) Close() error { return nil }

// Ack notes positions.
func (s *system) Ack(ctx context.Context, positions map[string]sdk.Position) error {
	if s.hang != nil {
		s.hung.Do(func() { close(s.hang) }) // the last checkpoint repeats the ack
		<-ctx.Done()
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acked = maps.Clone(positions)
	return nil
}

// Read reads the splits, each in a goroutine of its own.
func (s *system) Read(ctx context.Context, req sdk.Request, out *sdk.Writer) error {
	s.mu.Lock()
	s.reads++
	names := slices.Sorted(maps.Keys(s.splits))
	r := &systemRead{s: s, req: req, out: out, missing: map[string]int{}}
	for _, steps := range s.splits {
		for i := range steps {
			for _, table := range steps[i].live {
				r.missing[table]++
			}
		}
	}
	s.mu.Unlock()
	ctx, cancel := context.WithCancelCause(ctx)
	var splits sync.WaitGroup
	for _, name := range names {
		splits.Go(func() {
			if err := r.split(ctx, name, req.Bounded); err != nil {
				cancel(err)
			}
		})
	}
	splits.Wait()
	err := context.Cause(ctx)
	cancel(nil)
	return err
}

type systemRead struct {
	s   *system
	req sdk.Request
	out *sdk.Writer

	mu      sync.Mutex
	missing map[string]int // by table, how many splits have yet to say that they are live
}

// split follows a split, or reads what is there.
func (r *systemRead) split(ctx context.Context, name string, bounded bool) error {
	out := r.out.Split(name)
	next := 0
	if from := out.From(); from != nil {
		next, _ = strconv.Atoi(string(from))
	}
	s := r.s
	s.mu.Lock()
	if !s.replayable {
		next = s.sent[name]
	}
	passed := slices.Clone(s.splits[name][:next])
	s.mu.Unlock()
	for _, st := range passed {
		if err := r.live(st.live); err != nil {
			return err
		}
	}
	for {
		s.mu.Lock()
		var st *step
		if next < len(s.splits[name]) {
			st = &s.splits[name][next]
		}
		changed, broken := s.changed, s.broken
		s.mu.Unlock()
		if broken != nil {
			return broken
		}
		if st == nil && bounded {
			return nil
		}
		if st == nil {
			select {
			case <-changed:
				continue
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		next++
		if err := r.step(out, name, st, next); err != nil {
			return err
		}
	}
}

func (r *systemRead) step(out *sdk.Writer, name string, st *step, number int) error {
	s := r.s
	for _, c := range st.parts {
		if err := s.trips(name, "write"); err != nil {
			return err
		}
		at := slices.IndexFunc(r.req.Tables, func(t sdk.TableRequest) bool { return t.Name == c.table })
		if at < 0 {
			continue
		}
		var cols []int
		for _, column := range r.req.Tables[at].Columns {
			cols = append(cols, r.req.Tables[at].Schema.Index(column))
		}
		write := out.Write
		if c.mode == sdk.Keyed {
			write = out.WriteKeyed
		}
		if err := write(c.table, c.rows.Project(cols)); err != nil {
			return err
		}
	}
	if err := s.trips(name, "commit"); err != nil {
		return err
	}
	if err := out.Commit(sdk.Position(strconv.Itoa(number))); err != nil {
		return err
	}
	s.mu.Lock()
	s.sent[name] = number
	s.mu.Unlock()
	if err := s.trips(name, "committed"); err != nil {
		return err
	}
	return r.live(st.live)
}

func (r *systemRead) live(tables []string) error {
	for _, table := range tables {
		r.mu.Lock()
		r.missing[table]--
		left := r.missing[table]
		r.mu.Unlock()
		if left == 0 {
			if err := r.out.Live(table); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *world) catalog() *catalog.Catalog {
	w.t.Helper()
	cfg := &config.Config{}
	found := map[string][]sdk.Table{}
	for _, s := range w.systems {
		cfg.Connections = append(cfg.Connections, config.Connection{Name: s.name})
		found[s.name] = s.tables
	}
	for _, s := range w.served {
		cfg.Endpoints = append(cfg.Endpoints, config.Endpoint{Name: s.View, TableName: s.Table, Index: config.Index{PrimaryKey: w.keys[s.Table]}})
	}
	for _, s := range w.systems {
		for i := range s.tables {
			if key := w.keys[s.tables[i].Name]; key != nil {
				cfg.Sources = append(cfg.Sources, config.Source{Name: s.tables[i].Name, TableName: s.tables[i].Name, Connection: s.name, PrimaryKey: key})
			}
		}
	}
	c, err := catalog.New(cfg, found)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// start opens the store and runs a new pipeline.
func (w *world) start() {
	w.t.Helper()
	c := w.catalog()
	statements, diags := parse.ParseScript("test", w.sql)
	if len(diags) > 0 {
		w.t.Fatal(diags)
	}
	views, problems := bind.Bind(statements, c, bind.Options{})
	if len(problems) > 0 {
		w.t.Fatal(problems)
	}
	best, err := rule.Optimise(views, c)
	if err != nil {
		w.t.Fatal(err)
	}
	if w.store, err = view.Open(filepath.Join(w.dir, "views"), view.Options{MemTableBytes: 1 << 20, LoadBytes: 1 << 20, CacheBytes: 1 << 20}); err != nil {
		w.t.Fatal(err)
	}
	w.p, err = New(Options{
		Name: cmp.Or(w.name, "main"), Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Store: w.store, Catalog: c, Plan: best, Served: w.served, Dir: w.dir,
		Workers: w.workers, Once: w.once, Metrics: admin.NewMetrics(), Phase: w.phase,
		Open: func(_ context.Context, name string) (sdk.Source, error) {
			s := w.systems[slices.IndexFunc(w.systems, func(s *system) bool { return s.name == name })]
			if s.source != nil {
				return s.source, nil
			}
			return s, s.trips("", "open")
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if w.limits != nil {
		w.p.limits = *w.limits
	}
	if w.clock != nil {
		w.p.clock = w.clock
	}
	ctx, stop := context.WithCancel(context.Background())
	w.stop, w.ended = stop, make(chan error, 1)
	p, ended := w.p, w.ended
	go func() { ended <- p.Run(ctx) }()
}

// end waits for the end of the run, after asking for it if stop, and closes the store.
func (w *world) end(stop bool) error {
	w.t.Helper()
	if stop {
		w.stop()
	}
	var err error
	select {
	case err = <-w.ended:
	case <-time.After(60 * time.Second):
		w.t.Fatal("the pipeline does not end")
	}
	w.stop()
	return errors.Join(err, w.store.Close())
}

// shows waits until a view has the given rows, and says what it has if it never does.
func (w *world) shows(name string, want map[string]int64) {
	w.t.Helper()
	var got map[string]int64
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		got = w.rows(name)
		if maps.Equal(got, want) {
			return
		}
		select {
		case err := <-w.ended:
			w.ended <- err
			if got = w.rows(name); !maps.Equal(got, want) {
				w.t.Fatalf("the pipeline ended with %v; view %q:\ngot  %v\nwant %v", err, name, got, want)
			}
			return
		default:
		}
	}
	phase, why := w.p.Phase()
	w.t.Fatalf("view %q of a pipeline in phase %s (%s):\ngot  %v\nwant %v", name, phase, why, got, want)
}

// rows returns what a view shows now.
func (w *world) rows(name string) map[string]int64 {
	w.t.Helper()
	r := w.p.store.Reader()
	defer r.Close()
	v := w.p.View(name)
	s, err := r.Scan(v, view.KeyRange{})
	if err != nil {
		w.t.Fatal(err)
	}
	types := r.Schema(v).Types()
	cols := make([]int, len(types))
	for i := range cols {
		cols[i] = i
	}
	out := map[string]int64{}
	for s.Next() {
		b := batch.NewBuilder(types)
		s.AppendTo(b, cols)
		b.End(1)
		out[text(b.Take().Row(0))] += s.Count
	}
	if err := s.Close(); err != nil {
		w.t.Fatal(err)
	}
	return out
}

func text(row []any) string {
	words := make([]string, len(row))
	for i, v := range row {
		words[i] = fmt.Sprint(v)
	}
	return strings.Join(words, " ")
}

// table declares a table of int64 columns.
func intTable(name string, columns ...string) sdk.Table {
	t := sdk.Table{Name: name, Rows: -1}
	for _, c := range columns {
		t.Schema.Fields = append(t.Schema.Fields, batch.Field{Name: c, Type: batch.T(batch.Int64)})
	}
	return t
}

// ints makes rows of int64 columns, each with its weight in front.
func ints(table string, mode sdk.Mode, rows ...[]int64) change {
	types := make([]batch.Type, len(rows[0])-1)
	for i := range types {
		types[i] = batch.T(batch.Int64)
	}
	b := batch.NewBuilder(types)
	for _, row := range rows {
		values := make([]any, 0, len(row)-1)
		for _, v := range row[1:] {
			values = append(values, v)
		}
		if err := b.AppendValues(batch.Weight(row[0]), values...); err != nil {
			panic(err)
		}
	}
	return change{table, mode, b.Take()}
}
