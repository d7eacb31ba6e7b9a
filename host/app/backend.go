package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/millrace-dev/millrace/host/admin"
	"github.com/millrace-dev/millrace/host/api"
	"github.com/millrace-dev/millrace/host/pipeline"
	"github.com/millrace-dev/millrace/host/view"
)

// backend is what the API serves of a running app.
type backend struct{ r *running }

// Endpoints returns what is served.
func (b backend) Endpoints() []api.Endpoint { return b.r.endpoints }

// Phase says whether an endpoint's view can be read.
func (b backend) Phase(name string) api.Phase {
	p := b.r.pipelineOf(name)
	if p == nil {
		return api.Phase{}
	}
	phase, why := p.Phase()
	out := api.Phase{Snapshotting: !p.Published()}
	if phase == pipeline.Failed {
		out.Paused = why
	}
	if !out.Snapshotting {
		return out
	}
	var progress admin.Progress
	p.Progress(&progress)
	for _, s := range progress.Sources {
		out.Progress = append(out.Progress, api.Progress{Table: s.Table, Rows: s.Rows, Total: s.Total})
	}
	return out
}

func (r *running) pipelineOf(endpoint string) *pipeline.Pipeline {
	for i := range r.app.plan.endpoints {
		e := &r.app.plan.endpoints[i]
		if e.endpoint.Name != endpoint {
			continue
		}
		for _, p := range r.pipelines {
			if p.Name() == e.pipeline {
				return p
			}
		}
	}
	return nil
}

// serve starts the servers: over the network if wanted, and over a unix socket in any case, for other
// processes of the same app. It reports whether anything is served over the network.
func (r *running) serve(ctx context.Context, servers *errgroup.Group, network bool) (bool, error) {
	for i := range r.app.plan.endpoints {
		e := r.app.plan.endpoints[i].endpoint
		r.endpoints = append(r.endpoints, api.Endpoint{Name: e.Name, Path: e.Path, View: r.pipelineOf(e.Name).View(e.Name)})
	}
	o := r.app.apiOptions(network)
	o.REST.Socket, o.GRPC.Socket = sockets(r.app.cfg)
	s := api.New(backend{r}, o)
	if err := s.Listen(); err != nil {
		return false, err
	}
	servers.Go(func() error { return s.Run(ctx) })
	return network && o.REST.Address+o.GRPC.Address != "", nil
}

// apiOptions are those of the configuration.
func (a *App) apiOptions(network bool) api.Options {
	c := &a.cfg.API
	o := api.Options{
		CORS: c.REST.CORS, Secret: c.Security.JWT, DefaultLimit: c.DefaultMaxNumRecords,
		MaxScanRows: c.MaxScanRows, Observer: observer{a.options.Metrics}, Log: a.log,
	}
	if o.MaxScanRows == 0 {
		o.MaxScanRows = -1
	}
	o.ServerName, _ = os.Hostname() // without one the header stays empty
	if network && c.REST.Enabled {
		o.REST.Address, o.REST.Setting = c.REST.Address(), "api.rest.port"
	}
	if network && c.GRPC.Enabled {
		o.GRPC.Address, o.GRPC.Setting = c.GRPC.Address(), "api.grpc.port"
	}
	return o
}

// observer counts requests.
type observer struct{ metrics *admin.Metrics }

// Request counts one.
func (o observer) Request(endpoint, kind string, _ bool, took time.Duration) {
	o.metrics.Request(endpoint, kind, took)
}

// stored serves what is stored, without pipelines.
type stored struct{ endpoints []api.Endpoint }

// Endpoints returns what is served.
func (s stored) Endpoints() []api.Endpoint { return s.endpoints }

// Phase says that everything can be read, and that nothing moves.
func (s stored) Phase(string) api.Phase { return api.Phase{} }

// serveStored serves the views as the last run left them, or, while another process has the data, what that
// process serves.
func (a *App) serveStored(ctx context.Context) error {
	store, err := a.openStored()
	if _, ok := errors.AsType[*view.Locked](err); ok {
		a.log.Info("another process runs the pipelines: what it serves is passed on")
		o := a.apiOptions(true)
		o.REST.Socket, o.GRPC.Socket = sockets(a.cfg)
		return api.Forward(ctx, o.REST, o.GRPC)
	}
	if err != nil {
		return err
	}
	var s stored
	for i := range a.cfg.Endpoints {
		e := &a.cfg.Endpoints[i]
		v, err := findView(store, e.Name)
		if err != nil {
			return errors.Join(fmt.Errorf("endpoint %q: %w", e.Name, err), store.Close())
		}
		s.endpoints = append(s.endpoints, api.Endpoint{Name: e.Name, Path: e.Path, View: v})
	}
	return errors.Join(api.New(s, a.apiOptions(true)).Run(ctx), store.Close())
}
