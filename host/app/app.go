// Package app makes of a configuration what runs: it connects, resolves and plans, and wires pipelines, views
// and API together.
package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/millrace-dev/millrace/host/admin"
	"github.com/millrace-dev/millrace/host/api"
	"github.com/millrace-dev/millrace/host/catalog"
	"github.com/millrace-dev/millrace/host/cli"
	"github.com/millrace-dev/millrace/host/config"
	"github.com/millrace-dev/millrace/host/view"
	"github.com/millrace-dev/millrace/sdk"
)

// App is an opened configuration.
type App struct {
	cfg         *config.Config
	options     cli.OpenOptions
	log         *slog.Logger
	lock        *lock
	connections []*connection
	functions   *functions
	catalog     *catalog.Catalog
	plan        *planned
	phases      *admin.Phases
}

// Open opens an app. It starts nothing.
func Open(cfg *config.Config, o cli.OpenOptions) (cli.App, error) {
	a := &App{cfg: cfg, options: o, log: cmp.Or(o.Log, slog.Default())}
	if a.options.Metrics == nil {
		a.options.Metrics = admin.NewMetrics()
	}
	if a.options.Processes == nil {
		a.options.Processes = admin.NewProcesses()
	}
	a.phases = admin.NewPhases(a.options.Processes.CPUSeconds)
	var err error
	if a.lock, err = readLock(); err != nil {
		return nil, err
	}
	for i := range cfg.Connections {
		a.connections = append(a.connections, &connection{app: a, index: i, cfg: &cfg.Connections[i]})
	}
	return a, nil
}

// Close ends the plugins and frees the functions.
func (a *App) Close() error {
	var errs []error
	for _, c := range a.connections {
		errs = append(errs, c.close())
	}
	if a.functions != nil {
		errs = append(errs, a.functions.close(context.Background()))
	}
	return errors.Join(errs...)
}

// dataDir is where the views are kept.
func dataDir(cfg *config.Config) string { return filepath.Join(cfg.HomeDir, "views") }

// Clean removes the data of an app that is not running.
func Clean(_ context.Context, cfg *config.Config) error {
	if _, err := os.Stat(dataDir(cfg)); err == nil {
		s, err := view.Open(dataDir(cfg), view.Options{})
		if _, ok := errors.AsType[*view.Locked](err); ok {
			return err
		}
		if err == nil {
			if err := s.Close(); err != nil {
				return err
			}
		}
	}
	for _, part := range []string{"views", "state", "spool", "compiled"} {
		if err := os.RemoveAll(filepath.Join(cfg.HomeDir, part)); err != nil {
			return err
		}
	}
	if err := os.Remove(cfg.HomeDir); err != nil && !errors.Is(err, os.ErrNotExist) {
		if entries, _ := os.ReadDir(cfg.HomeDir); len(entries) == 0 {
			return err
		}
	}
	return nil
}

// discover asks all connections for their tables, at the same time.
func (a *App) discover(ctx context.Context) (map[string][]sdk.Table, error) {
	found := make([][]sdk.Table, len(a.connections))
	errs := make([]error, len(a.connections))
	var g errgroup.Group
	for i, c := range a.connections {
		g.Go(func() error {
			found[i], errs[i] = c.tables(ctx)
			return nil
		})
	}
	_ = g.Wait() // the errors are in errs, in order
	tables := map[string][]sdk.Table{}
	for i, c := range a.connections {
		tables[c.cfg.Name] = found[i]
	}
	return tables, join(errs)
}

// join joins errors so that mistakes of the configuration stay together, a line each.
func join(errs []error) error {
	errs = slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

// Tables connects to the connections and tells their tables.
func (a *App) Tables(ctx context.Context) ([]cli.Table, error) {
	tables, err := a.discover(ctx)
	if err != nil {
		return nil, err
	}
	var out []cli.Table
	for _, c := range a.connections {
		for _, t := range tables[c.cfg.Name] {
			out = append(out, describe(c.cfg.Name, t.Name, t.Rows, &t.Schema))
		}
	}
	return out, nil
}

// prepare connects, resolves and plans, once.
func (a *App) prepare(ctx context.Context) error {
	if a.plan != nil {
		return nil
	}
	tables, err := a.discover(ctx)
	if err != nil {
		return err
	}
	if a.catalog, err = catalog.New(a.cfg, tables); err != nil {
		return err
	}
	if err := a.useFunctions(ctx); err != nil {
		return err
	}
	a.plan, err = a.makePlan()
	return err
}

// Build checks everything without running, and writes the lock file.
func (a *App) Build(ctx context.Context, o cli.BuildOptions) (*cli.Description, error) {
	return a.build(ctx, o, o.Locked)
}

// build is Build. With trusted, the plugins that the lock file has are those of the lock file, or none.
func (a *App) build(ctx context.Context, o cli.BuildOptions, trusted bool) (*cli.Description, error) {
	l, err := a.pin(trusted)
	if err != nil {
		return nil, err
	}
	a.lock = l
	if err := a.prepare(ctx); err != nil {
		return nil, err
	}
	d := &cli.Description{Warnings: a.plan.warnings}
	for _, name := range a.catalog.Names() {
		t := a.catalog.Find(name)
		var from []string
		for i := range t.Feeders {
			from = append(from, t.Feeders[i].Connection)
		}
		d.Tables = append(d.Tables, describe(strings.Join(from, ", "), name, t.Rows, &t.Schema))
	}
	for _, s := range a.plan.endpoints {
		d.Views = append(d.Views, cli.View{
			Endpoint: s.endpoint.Name, Path: s.endpoint.Path, Table: describe("", s.endpoint.TableName, -1, &s.schema),
		})
		l.Views[s.endpoint.Name] = columnTexts(&s.schema)
	}
	return d, l.save(o.Locked)
}

// workers is how many partitions run in parallel.
func (a *App) workers() int { return cmp.Or(a.cfg.App.Workers, runtime.NumCPU()) }

func fail(pos config.Pos, fix, format string, args ...any) *config.Error {
	return &config.Error{Pos: pos, Msg: fmt.Sprintf(format, args...), Fix: fix}
}

// Token makes a token that may do everything.
func Token(secret string, valid time.Duration) (string, error) {
	until := time.Now().AddDate(100, 0, 0)
	if valid > 0 {
		until = time.Now().Add(valid)
	}
	return api.NewToken(secret, api.Access{All: true}, until)
}
