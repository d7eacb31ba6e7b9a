package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/millrace-dev/millrace/host/admin"
	"github.com/millrace-dev/millrace/host/config"
	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// command is one run of the program: the flags that every command has, and what is made of them.
type command struct {
	env     Env
	program Program

	configPaths, overrides, pluginDirs []string
	configToken                        string
	logLevel, logFormat, progress      string
	workers                            int
	ignorePipe, enableProgress         bool

	cfg *config.Config // once it is loaded
}

func (c *command) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "millrace",
		Short:         "Millrace turns changing tables into always-fresh, served query results.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       c.program.Version,
		Args:          usageArgs(cobra.NoArgs),
	}
	root.SetOut(c.env.Out)
	root.SetErr(c.env.Err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return errUsage{err} })
	root.CompletionOptions.HiddenDefaultCmd = true
	root.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }

	f := root.PersistentFlags()
	f.StringArrayVarP(&c.configPaths, "config-path", "c", nil, "configuration `file`, glob or URL; again for more (default millrace.yaml, else dozer-config.yaml, and queries/*.sql)")
	f.StringVar(&c.configToken, "config-token", "", "bearer token for a configuration that is fetched")
	f.StringArrayVar(&c.overrides, "config-overrides", nil, "set a value of the configuration: `/json/pointer=json`; again for more")
	f.BoolVar(&c.ignorePipe, "ignore-pipe", false, "do not read YAML from standard input")
	f.BoolVar(&c.enableProgress, "enable-progress", false, "show progress; it is shown anyway")
	f.StringVar(&c.progress, "progress", "auto", "`auto` (bars on a terminal, lines otherwise), lines or off")
	f.StringArrayVar(&c.pluginDirs, "plugin-dir", nil, "`folder` of plugins; again for more (default $MILLRACE_PLUGINS, else plugins beside the program and ./plugins)")
	f.IntVar(&c.workers, "workers", 0, "how many partitions run in parallel (default one a core)")
	f.StringVar(&c.logLevel, "log-level", "info", "`debug`, info, warn or error")
	f.StringVar(&c.logFormat, "log-format", "text", "`text` or json")
	_ = f.MarkHidden("config-token")
	_ = f.MarkHidden("enable-progress")

	root.AddCommand(c.initCommand(), c.testCommand(), c.functionsCommand(), c.versionCommand())
	if c.program.Open != nil {
		root.AddCommand(c.buildCommand(), c.runCommand(), c.connectorsCommand(), c.explainCommand(), c.exportCommand())
	}
	if c.program.Clean != nil {
		root.AddCommand(c.cleanCommand())
	}
	if c.program.Token != nil {
		root.AddCommand(c.securityCommand())
	}
	return root
}

// usageArgs makes the error of a check of arguments one of usage.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		err := check(cmd, args)
		if err == nil {
			return nil
		}
		var commands []string
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() {
				commands = append(commands, sub.Name())
			}
		}
		fix := "write " + cmd.UseLine()
		if len(args) > 0 && commands != nil {
			fix = near.Fix(args[0], commands)
		}
		return errUsage{fmt.Errorf("%w; %s", err, fix)}
	}
}

// load reads the configuration that the flags name.
func (c *command) load(ctx context.Context) (*config.Config, error) {
	o := config.Options{
		Paths: c.configPaths, Token: c.configToken, Overrides: c.overrides, Lookup: c.env.Lookup, Set: map[string]string{},
	}
	if c.workers != 0 {
		o.Set["app.workers"] = strconv.Itoa(c.workers)
	}
	if !c.ignorePipe && piped(c.env.In) {
		o.Stdin = c.env.In
	}
	cfg, err := config.Load(ctx, o)
	c.cfg = cfg
	return cfg, err
}

// piped reports whether somebody writes to our standard input. A pipe into which nobody has written after a short
// while is not waited for.
func piped(in io.Reader) bool {
	file, ok := in.(*os.File)
	if !ok {
		return in != nil
	}
	info, err := file.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice != 0 || info.IsDir() {
		return false
	}
	const milliseconds = 200
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(file.Fd()), Events: unix.POLLIN}}, milliseconds)
	return err == nil && n > 0
}

// logger writes to out as the flags say.
func (c *command) logger(out io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.logLevel)); err != nil {
		return nil, errUsage{fmt.Errorf("--log-level %s: write debug, info, warn or error", c.logLevel)}
	}
	o := &slog.HandlerOptions{Level: level}
	switch c.logFormat {
	case "text":
		return slog.New(slog.NewTextHandler(out, o)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(out, o)), nil
	}
	return nil, errUsage{fmt.Errorf("--log-format %s: write text or json", c.logFormat)}
}

// plugins returns the folders of plugins.
func (c *command) plugins() []string {
	if len(c.pluginDirs) > 0 {
		return c.pluginDirs
	}
	if dirs, ok := c.env.Lookup("MILLRACE_PLUGINS"); ok && dirs != "" {
		return filepath.SplitList(dirs)
	}
	var dirs []string
	if own, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(own); err == nil {
			own = real
		}
		dirs = append(dirs, filepath.Join(filepath.Dir(own), "plugins"))
	}
	return append(dirs, "plugins")
}

// opened is an app and what was made for it.
type opened struct {
	App
	cfg       *config.Config
	log       *slog.Logger
	metrics   *admin.Metrics
	processes *admin.Processes
}

// open loads the configuration and opens the app. Logs go to out.
func (c *command) open(ctx context.Context, out io.Writer) (*opened, error) {
	log, err := c.logger(out)
	if err != nil {
		return nil, err
	}
	cfg, err := c.load(ctx)
	if err != nil {
		return nil, err
	}
	for _, warning := range cfg.Warnings {
		log.Warn(warning)
	}
	o := &opened{cfg: cfg, log: log, metrics: admin.NewMetrics(), processes: admin.NewProcesses()}
	o.metrics.OnScrape(o.processes.Scrape)
	o.App, err = c.program.Open(cfg, OpenOptions{PluginDirs: c.plugins(), Log: log, Metrics: o.metrics, Processes: o.processes})
	return o, err
}

// with opens the app, calls f and closes the app. A signal ends the context of f.
func (c *command) with(ctx context.Context, f func(ctx context.Context, a *opened) error) (err error) {
	ctx, stop := c.untilSignal(ctx, nil)
	defer stop()
	a, err := c.open(ctx, c.env.Err)
	if err != nil {
		return err
	}
	defer func() {
		if closing := a.Close(); err == nil {
			err = closing
		}
	}()
	return f(ctx, a)
}

// untilSignal returns a context that the first signal ends; a second one ends the process. The function that
// it returns waits until the signals are no longer listened to.
func (c *command) untilSignal(ctx context.Context, log *slog.Logger) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	finished, waited := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(waited)
		for n := 0; ; n++ {
			select {
			case <-finished:
				return
			case s := <-c.env.Signals:
				if n > 0 {
					c.env.Exit(Failed)
					return
				}
				if log != nil {
					log.Info("stopping; the same signal again stops at once", "signal", s.String())
				}
				cancel(errSignal{s})
			}
		}
	}()
	return ctx, func() {
		close(finished)
		<-waited
		cancel(nil)
	}
}

// errSignal is why a context ended.
type errSignal struct{ os.Signal }

func (e errSignal) Error() string { return strings.ToLower(e.String()) }
