package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/millrace-dev/millrace/host/admin"
	"github.com/millrace-dev/millrace/host/api"
	"github.com/millrace-dev/millrace/host/cli"
	"github.com/millrace-dev/millrace/host/config"
	"github.com/millrace-dev/millrace/host/pipeline"
	"github.com/millrace-dev/millrace/host/view"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/sdk"
)

// Run builds if needed and runs until ctx ends, or until all is done.
func (a *App) Run(ctx context.Context, o cli.RunOptions) (*admin.Report, error) {
	if !o.Pipelines {
		return nil, a.serveStored(ctx)
	}
	a.phases.Enter("connect", time.Now())
	if _, err := a.build(ctx, o.BuildOptions, true); err != nil {
		return nil, err
	}
	for _, w := range a.plan.warnings {
		a.log.Warn(w.Error())
	}
	store, err := view.Open(dataDir(a.cfg), a.storeOptions())
	if err != nil {
		return nil, err
	}
	r, err := a.start(store, o)
	if err == nil {
		a.phases.Enter("read", time.Now())
		err = r.run(ctx, o)
	}
	var report *admin.Report
	if r != nil {
		a.phases.Enter("", time.Now())
		report = r.report()
	}
	return report, errors.Join(err, store.Close())
}

// storeOptions are those of the views' database.
func (a *App) storeOptions() view.Options {
	return view.Options{Log: a.log}
}

// running is an app at work.
type running struct {
	app       *App
	store     *view.Store
	pipelines []*pipeline.Pipeline
	endpoints []api.Endpoint
}

func (a *App) start(store *view.Store, o cli.RunOptions) (*running, error) {
	r := &running{app: a, store: store}
	for i := range a.plan.components {
		c := &a.plan.components[i]
		p, err := pipeline.New(pipeline.Options{
			Name: c.name, Log: a.log, Store: store, Catalog: a.catalog, Plan: c.plan, Served: c.served,
			Functions: a.functions, Open: a.openConnection, Dir: a.cfg.HomeDir, Workers: a.workers(),
			Once: o.Once, Metrics: a.options.Metrics,
			Phase: func(name string) { a.phases.Enter(name, time.Now()) },
		})
		if err != nil {
			return r, err
		}
		r.pipelines = append(r.pipelines, p)
	}
	a.options.Metrics.OnScrape(func(g admin.Gauges) {
		for _, p := range r.pipelines {
			p.Scrape(g)
		}
	})
	return r, nil
}

func (a *App) openConnection(ctx context.Context, name string) (sdk.Source, error) {
	for _, c := range a.connections {
		if c.cfg.Name == name {
			return c.open(ctx)
		}
	}
	return nil, fmt.Errorf("unknown connection %q", name)
}

// run runs the pipelines and what serves them. A pipeline that fails stops no other, unless all is to be done
// once.
func (r *running) run(ctx context.Context, o cli.RunOptions) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if o.Watch != nil {
		o.Watch(r.progress)
	}
	var servers errgroup.Group
	serving, err := r.serve(ctx, &servers, o.API)
	if err != nil {
		return err
	}
	servers.Go(func() error { return r.serveState(ctx) })
	errs := make([]error, len(r.pipelines))
	working, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	servers.Go(func() error {
		err := r.app.memoryBudget().guard(working, r.app.options.Processes)
		if err != nil {
			stop(err)
		}
		return err
	})
	var work errgroup.Group
	for i, p := range r.pipelines {
		work.Go(func() error {
			if errs[i] = p.Run(working); errs[i] != nil {
				r.app.log.Error("pipeline stopped", "error", errs[i])
				if broken, ok := errors.AsType[*circuit.InternalError](errs[i]); ok {
					r.app.log.Debug("for the report of the internal error", "stack", string(broken.Stack))
				}
			}
			return nil
		})
	}
	_ = work.Wait() // the errors are in errs
	if serving && !o.Once && working.Err() == nil && !all(errs) {
		<-working.Done()
	}
	cancel()
	return errors.Join(errors.Join(errs...), servers.Wait())
}

func all(errs []error) bool {
	for _, err := range errs {
		if err == nil {
			return false
		}
	}
	return true
}

// progress tells how far everything has come.
func (r *running) progress() admin.Progress {
	var out admin.Progress
	for _, p := range r.pipelines {
		p.Progress(&out)
	}
	for _, u := range r.app.options.Processes.Usage() {
		out.Bytes += u.Bytes
	}
	return out
}

func (r *running) report() *admin.Report {
	out := &admin.Report{Workers: r.app.workers(), Phases: r.app.phases.All(), Latency: map[string]admin.Quantiles{}}
	for _, p := range r.pipelines {
		p.Report(out)
	}
	return out
}

// sockets are where a running app serves REST and gRPC to other processes of the same data.
func sockets(cfg *config.Config) (rest, grpc string) {
	return filepath.Join(cfg.HomeDir, "rest.sock"), filepath.Join(cfg.HomeDir, "grpc.sock")
}
