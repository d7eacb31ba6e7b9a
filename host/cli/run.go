package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/millrace-dev/millrace/host/admin"
	"github.com/millrace-dev/millrace/host/config"
)

// running are the flags of run.
type running struct {
	RunOptions
	report   string
	profiles bool
}

func (c *command) runCommand() *cobra.Command {
	var r running
	run := &cobra.Command{
		Use:   "run",
		Short: "Build if needed, run the pipelines and serve the API",
		Args:  usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			r.Pipelines, r.API = true, true
			return c.run(cmd.Context(), r)
		},
	}
	run.PersistentFlags().BoolVar(&r.Locked, "locked", false, "fail if the lock file is missing or would change")
	run.PersistentFlags().BoolVar(&r.Once, "once", false, "end when every bounded source has been read and committed")
	run.PersistentFlags().StringVar(&r.report, "report", "", "write what was done as JSON to a `file` at the end; - is standard output")
	run.PersistentFlags().BoolVar(&r.profiles, "pprof", false, "serve profiles at /debug/pprof/ beside the metrics")
	run.AddCommand(&cobra.Command{
		Use:   "app",
		Short: "Run the pipelines, without the API",
		Args:  usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			r.Pipelines = true
			return c.run(cmd.Context(), r)
		},
	}, &cobra.Command{
		Use:   "api",
		Short: "Serve the API, without pipelines",
		Args:  usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			r.API = true
			return c.run(cmd.Context(), r)
		},
	})
	return run
}

// run runs the app until it is done or a signal comes.
func (c *command) run(ctx context.Context, r running) (err error) {
	if r.Once && !r.Pipelines {
		return errUsage{errors.New("run api --once: there is nothing to be done once")}
	}
	began := time.Now()
	screen, err := c.renderer()
	if err != nil {
		return err
	}
	a, err := c.open(ctx, screen)
	if err != nil {
		return err
	}
	defer func() {
		if closing := a.Close(); err == nil {
			err = closing
		}
	}()
	if len(a.cfg.Endpoints)+len(a.cfg.Sinks) == 0 {
		return &config.Error{Pos: config.Pos{File: a.cfg.Files[0]}, Msg: "it has no endpoints", Fix: "add one: `endpoints: [{name: e, path: /e, table_name: t}]`"}
	}
	leaveRoom(a.cfg.App.Workers)
	c.announce(a.cfg, a.log, r)

	ctx, stop := c.untilSignal(ctx, a.log)
	defer stop()
	report, err := c.supervise(ctx, a, r, screen)
	cause, bySignal := errors.AsType[errSignal](context.Cause(ctx))
	if bySignal && onlyStopped(err) {
		err = nil
		if r.Once {
			err = fmt.Errorf("%w before everything was read", cause)
		}
	}
	if r.report != "" {
		if report == nil {
			report = &admin.Report{}
		}
		if writing := complete(report, c, a, began, err).Write(r.report, c.env.Out); writing != nil {
			err = errors.Join(err, fmt.Errorf("--report %s: %w", r.report, writing))
		}
	}
	return err
}

// onlyStopped reports whether an error, with all that is joined in it, says only that somebody asked to stop.
func onlyStopped(err error) bool {
	switch e := err.(type) { //nolint:errorlint // it goes through what is wrapped itself
	case nil, errSignal:
		return true
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			if !onlyStopped(one) {
				return false
			}
		}
		return true
	case interface{ Unwrap() error }:
		return onlyStopped(e.Unwrap()) && e.Unwrap() != nil
	}
	return errors.Is(err, context.Canceled)
}

// supervise runs the app and what watches it, and returns when all of it has ended.
func (c *command) supervise(ctx context.Context, a *opened, r running, screen *admin.Renderer) (report *admin.Report, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	watchers, watching := errgroup.WithContext(ctx)
	if address := metricsAddress(a.cfg, r); address != "" {
		server, err := admin.Listen(address, a.metrics, r.profiles)
		if err != nil {
			return nil, err
		}
		a.log.Info("metrics", "address", server.Address())
		watchers.Go(func() error { return server.Run(watching) })
	}
	watchers.Go(func() error { return a.processes.Run(watching, 250*time.Millisecond) })
	if c.progress != "off" {
		looks := make(chan func() admin.Progress, 1)
		r.Watch = func(look func() admin.Progress) {
			select {
			case looks <- look:
			default: // one is being looked at
			}
		}
		watchers.Go(func() error {
			select {
			case <-watching.Done():
				return nil
			case look := <-looks:
				return screen.Run(watching, look)
			}
		})
	} else {
		r.Watch = func(func() admin.Progress) {}
	}
	report, err = a.Run(watching, r.RunOptions)
	cancel()
	return report, errors.Join(err, watchers.Wait())
}

// renderer returns what shows progress, and passes on what is logged.
func (c *command) renderer() (*admin.Renderer, error) {
	switch c.progress {
	case "auto":
		return admin.NewRenderer(c.env.Err), nil
	case "lines", "off":
		return admin.NewLineRenderer(c.env.Err), nil
	}
	return nil, errUsage{fmt.Errorf("--progress %s: write auto, lines or off", c.progress)}
}

// metricsAddress is where metrics are served: where the configuration says, and for profiles in any case somewhere.
func metricsAddress(cfg *config.Config, r running) string {
	if cfg.Telemetry.Prometheus == "" && r.profiles {
		return "127.0.0.1:9000"
	}
	return cfg.Telemetry.Prometheus
}

// leaveRoom lets the servers run while every worker is busy: with as many threads as workers a request waits
// for the next time slice, many milliseconds.
func leaveRoom(workers int) {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(max(runtime.NumCPU(), workers) + 2)
	}
}

// announce says what is about to run.
func (c *command) announce(cfg *config.Config, log *slog.Logger, r running) {
	log.Info("configuration", "files", cfg.Files)
	log.Info("starting", "app", cfg.AppName, "data", cfg.HomeDir)
	if !r.API {
		return
	}
	w := tabwriter.NewWriter(c.env.Err, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "API\tADDRESS")
	for _, s := range []struct {
		name   string
		server config.Server
	}{{"REST", cfg.API.REST}, {"gRPC", cfg.API.GRPC}} {
		if s.server.Enabled {
			fmt.Fprintf(w, "%s\t%s\n", s.name, s.server.Address())
		}
	}
	fmt.Fprintln(w, "\nPATH\tENDPOINT")
	for _, e := range cfg.Endpoints {
		fmt.Fprintf(w, "%s\t%s\n", e.Path, e.Name)
	}
	_ = w.Flush()
}

// complete fills in what the app does not know.
func complete(report *admin.Report, c *command, a *opened, began time.Time, err error) *admin.Report {
	report.App, report.Version = a.cfg.AppName, c.program.Version
	report.Started, report.Seconds = began, time.Since(began).Seconds()
	report.Processes, report.CPUSeconds = a.processes.Usage(), a.processes.CPUSeconds()
	report.Cores = runtime.NumCPU()
	if report.Workers == 0 {
		report.Workers = max(a.cfg.App.Workers, 0)
	}
	if err != nil {
		report.Error = err.Error()
	}
	return report
}
