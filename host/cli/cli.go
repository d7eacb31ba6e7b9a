// Package cli is the command line: commands, flags, signals and exit codes. What the commands do is done by an App,
// which cmd/millrace hands in.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/millrace-dev/millrace/host/admin"
	"github.com/millrace-dev/millrace/host/config"
)

// Exit codes.
const (
	Done   = 0
	Failed = 1
	Usage  = 2 // wrong usage, or a mistake in the configuration
)

// App does what the commands ask for. It is opened for one command and closed after it.
type App interface {
	// Tables connects to the connections and tells their tables.
	Tables(ctx context.Context) ([]Table, error)
	// Build checks everything without running, and writes the lock file.
	Build(ctx context.Context, o BuildOptions) (*Description, error)
	// Run builds if needed and runs until ctx ends, or until all is done. The report tells what was done
	// so far, also beside an error; the fields that only the command line knows are left out.
	Run(ctx context.Context, o RunOptions) (*admin.Report, error)
	// Inspect explains and exports.
	Inspect
	io.Closer
}

// Inspect looks at what an app keeps.
type Inspect interface {
	// Explain writes the plans and, of a running pipeline, the state of its operators.
	Explain(ctx context.Context, o ExplainOptions) error
	// Export writes the rows of a view in the order of its key, or of their hashes where it has none: equal rows
	// give equal bytes.
	Export(ctx context.Context, o ExportOptions) error
}

// Program is what the commands are made of. A command whose part is nil does not exist.
type Program struct {
	Version string
	// Open opens an app. It starts nothing.
	Open func(cfg *config.Config, o OpenOptions) (App, error)
	// Clean removes the data of an app that is not running.
	Clean func(ctx context.Context, cfg *config.Config) error
	// Token makes a token that may do everything, from a secret. It is valid for the given time, or for ever if that is 0.
	Token func(secret string, valid time.Duration) (string, error)
}

// OpenOptions are the parts of the host that an app uses.
type OpenOptions struct {
	// PluginDirs are the folders in which plugins are looked for, in this order.
	PluginDirs []string
	Log        *slog.Logger
	Metrics    *admin.Metrics
	Processes  *admin.Processes
}

// BuildOptions says how to build.
type BuildOptions struct {
	// Locked makes a lock file that is missing, or would change, an error.
	Locked bool
}

// RunOptions says what to run.
type RunOptions struct {
	BuildOptions
	// Pipelines asks to ingest and compute, API to serve. API alone serves what is stored, or what another process
	// of the same app serves it.
	Pipelines, API bool
	// Once asks to end when every bounded source has been read and committed.
	Once bool
	// Watch is called as soon as there is progress to look at.
	Watch func(look func() admin.Progress)
}

// ExplainOptions says what to explain.
type ExplainOptions struct {
	// View is the only view of interest; "" is all.
	View string
	// Format is "text" or "json".
	Format string
	Out    io.Writer
}

// ExportOptions says what to export.
type ExportOptions struct {
	View string
	// Format is one of Formats.
	Format string
	Out    io.Writer
}

// Formats are those of an export.
var Formats = []string{"parquet", "csv", "ndjson"}

// Table is a table of a connection, or a view.
type Table struct {
	Connection string // of a table of a connection
	Name       string
	Rows       int64 // -1: not known
	Columns    []Column
}

// Column is a column of a table.
type Column struct {
	Name, Type string
	Nullable   bool
	Key        bool
}

// Description is what a build found.
type Description struct {
	Tables []Table
	Views  []View
	// Warnings have their places.
	Warnings []*config.Error
}

// View is a served view.
type View struct {
	Endpoint, Path string
	Table          Table
}

// Env is what surrounds the command.
type Env struct {
	Args    []string // without the program's name
	In      io.Reader
	Out     io.Writer
	Err     io.Writer
	Signals <-chan os.Signal
	// Exit ends the process at once: a second signal calls it.
	Exit func(code int)
	// Lookup finds environment variables. Nil: os.LookupEnv.
	Lookup func(name string) (string, bool)
}

// errUsage marks errors about how the program was called.
type errUsage struct{ error }

func (e errUsage) Unwrap() error { return e.error }

// Main runs a command and returns the exit code.
func Main(ctx context.Context, e Env, p Program) int {
	if e.Lookup == nil {
		e.Lookup = os.LookupEnv
	}
	c := &command{env: e, program: p}
	root := c.root()
	root.SetArgs(e.Args)
	err := root.ExecuteContext(ctx)
	code := exitCode(err)
	if err != nil {
		c.print(err)
	}
	if errors.As(err, new(errUsage)) {
		fmt.Fprintln(e.Err, "see `millrace --help`")
	}
	return code
}

func exitCode(err error) int {
	switch {
	case err == nil:
		return Done
	case errors.As(err, new(errUsage)), isMistake(err), errors.Is(err, config.ErrNotFound):
		return Usage
	}
	return Failed
}

// isMistake reports whether an error is about the user's configuration.
func isMistake(err error) bool {
	return errors.As(err, new(*config.Error)) || errors.As(err, new(config.Errors))
}
