// Package api serves views over REST and gRPC, with the paths, shapes and field numbers that clients of
// Dozer know. A request reads one published epoch (promise I3), which its answer names.
package api

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/millrace-dev/millrace/host/view"
)

// Backend is what the API serves. Its methods may be called at the same time from many goroutines.
type Backend interface {
	// Endpoints returns what is served now. The caller does not change the slice.
	Endpoints() []Endpoint

	// Phase says whether an endpoint's view can be read.
	Phase(endpoint string) Phase
}

// Endpoint is a view with a name and a path.
type Endpoint struct {
	Name string
	Path string // "/trips"
	View *view.View
}

// Phase is what an endpoint's view is doing.
type Phase struct {
	// Snapshotting views are hidden: their sources have not delivered their first full read yet.
	Snapshotting bool
	// Progress says how far that is, by table.
	Progress []Progress
	// Paused says why the view does not move any more; "": it moves. It can still be read.
	Paused string
}

// Progress is how much of a table was read.
type Progress struct {
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
	// Total is how many rows there will be, or -1.
	Total int64 `json:"total"`
}

// Observer hears of every request that named an endpoint.
type Observer interface {
	// Request is called when the answer was written. API is "rest" or "grpc".
	Request(endpoint, api string, ok bool, took time.Duration)
}

// Listen is an address to serve at, and the setting to name when that does not work.
type Listen struct {
	// Address is host:port, or empty: not served there.
	Address string
	// Setting is the YAML key of the port: "api.rest.port".
	Setting string
	// Socket is the path of a unix socket to serve at as well, or empty.
	Socket string
}

// Options says how to serve. The zero value serves nowhere; everything else has a default.
type Options struct {
	REST, GRPC Listen
	// CORS lets pages of any origin read the answers of REST.
	CORS bool
	// Secret signs tokens (HS256). Empty lets everybody in.
	Secret string
	// TokenTTL is how long the tokens live that /auth/token makes. Zero means 5 minutes.
	TokenTTL time.Duration
	// DefaultLimit is the limit of a query that gives none. Zero means 50.
	DefaultLimit int
	// MaxScanRows bounds how many stored rows a query may look at. Zero means 5 million, below zero any.
	MaxScanRows int
	// MinEpochWait bounds how long a request waits for its min_epoch. Zero means 10 seconds.
	MinEpochWait time.Duration
	// StopWait is how long requests may go on after Run's context ends. Zero means 5 seconds.
	StopWait time.Duration
	// ServerName is the value of the header x-dozer-server-name.
	ServerName string
	// Observer may be nil.
	Observer Observer
	// Log may be nil.
	Log *slog.Logger
	// Now is the clock of tokens. Nil means time.Now.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	o.TokenTTL = cmp.Or(o.TokenTTL, 5*time.Minute)
	o.DefaultLimit = cmp.Or(o.DefaultLimit, 50)
	o.MaxScanRows = cmp.Or(o.MaxScanRows, 5_000_000)
	o.MinEpochWait = cmp.Or(o.MinEpochWait, 10*time.Second)
	o.StopWait = cmp.Or(o.StopWait, 5*time.Second)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// service is what REST and gRPC have in common: it finds endpoints, waits for epochs and runs queries.
type service struct {
	backend Backend
	opts    Options
}

// endpoint returns the named endpoint.
func (s *service) endpoint(name string) (*Endpoint, error) {
	all := s.backend.Endpoints()
	names := make([]string, len(all))
	for i := range all {
		if all[i].Name == name {
			return &all[i], nil
		}
		names[i] = all[i].Name
	}
	return nil, newError(codeUnknownEndpoint, "there is no endpoint %q%s", name, didYouMean(name, names))
}

// open returns a reader of the endpoint's view at the last published epoch, or at minEpoch when that one
// is still to come.
func (s *service) open(ctx context.Context, e *Endpoint, minEpoch uint64) (*view.Reader, error) {
	if minEpoch > 0 {
		if err := s.waitEpoch(ctx, e, minEpoch); err != nil {
			return nil, err
		}
	}
	if phase := s.backend.Phase(e.Name); phase.Snapshotting {
		return nil, snapshotting(e.Name, phase.Progress)
	}
	return e.View.Pipeline().Reader(), nil
}

// observe tells of a request that began at the given time.
func (s *service) observe(e *Endpoint, api string, start time.Time, err error) {
	if s.opts.Observer != nil && e != nil {
		s.opts.Observer.Request(e.Name, api, err == nil, time.Since(start))
	}
}
