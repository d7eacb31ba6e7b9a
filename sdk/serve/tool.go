package serve

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Exit codes.
const (
	done   = 0
	failed = 1
	usage  = 2
)

// run is the program when a person starts it.
func run(c sdk.Connector, args []string, out, errOut io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	command := ""
	if len(args) > 0 {
		command, args = args[0], args[1:]
	}
	var err error
	switch command {
	case "spec":
		err = spec(c, out)
	case "version":
		_, err = fmt.Fprintln(out, c.Name, c.Version)
	case "check":
		err = check(ctx, c, args, out)
	case "bench":
		err = bench(ctx, c, args, out)
	case "", "help", "-h", "--help":
		help(c, out)
		return done
	default:
		fmt.Fprintf(errOut, "unknown command %q\n\n", command)
		help(c, errOut)
		return usage
	}
	var mistakes sdk.ConfigErrors
	switch {
	case err == nil:
		return done
	case errors.Is(err, flag.ErrHelp):
		return usage
	case errors.As(err, &mistakes):
		fmt.Fprintln(errOut, mistakes)
		return usage
	}
	fmt.Fprintln(errOut, err)
	return failed
}

func help(c sdk.Connector, out io.Writer) {
	fmt.Fprintf(out, `This is the Millrace connector %q, %s. %s
Millrace starts it by itself: put it into the plugin directory under the name millrace-connector-%s.

By hand:
  spec              prints its parameters and tables as JSON
  version           prints its version
  check CONFIG      opens it with a configuration and prints its tables
  bench CONFIG      reads for a while and prints how fast that was; -for 5s
CONFIG is JSON, or lines of "key: value".
`, c.Name, c.Version, c.Doc, c.Name)
	if s := c.Spec(); len(s.Parameters) > 0 {
		fmt.Fprint(out, "\nParameters:\n")
		parameters(out, "  ", s.Parameters)
	}
}

func parameters(out io.Writer, indent string, all []sdk.Parameter) {
	for _, p := range all {
		var notes []string
		if p.Required {
			notes = append(notes, "required")
		}
		if p.Default != "" {
			notes = append(notes, "default "+p.Default)
		}
		if p.Min != "" {
			notes = append(notes, "at least "+p.Min)
		}
		if p.Max != "" {
			notes = append(notes, "at most "+p.Max)
		}
		if len(p.Values) > 0 {
			notes = append(notes, "one of "+strings.Join(p.Values, ", "))
		}
		note := ""
		if len(notes) > 0 {
			note = " (" + strings.Join(notes, "; ") + ")"
		}
		fmt.Fprintf(out, "%s%s: %s%s  %s\n", indent, p.Name, p.Type, note, p.Doc)
		parameters(out, indent+"  ", p.Fields)
	}
}

func spec(c sdk.Connector, out io.Writer) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(c.Spec())
}

// open opens the source with the configuration in the arguments.
func open(ctx context.Context, c sdk.Connector, args []string) (sdk.Source, []sdk.Table, error) {
	config, err := sdk.ConfigText(strings.Join(args, "\n"))
	if err != nil {
		return nil, nil, err
	}
	src, err := c.Open(ctx, config)
	if err != nil {
		return nil, nil, err
	}
	tables, err := sdk.Discover(ctx, src)
	if err != nil {
		return nil, nil, errors.Join(err, src.Close())
	}
	return src, tables, nil
}

func check(ctx context.Context, c sdk.Connector, args []string, out io.Writer) error {
	src, tables, err := open(ctx, c, args)
	if err != nil {
		return err
	}
	for _, t := range tables {
		fmt.Fprintf(out, "%s", t.Name)
		switch {
		case t.Rows > 0:
			fmt.Fprintf(out, " (%d rows)", t.Rows)
		case t.Rows == 0:
			fmt.Fprint(out, " (a stream)")
		}
		fmt.Fprintln(out)
		for i, f := range t.Schema.Fields {
			fmt.Fprintf(out, "  %s %v", f.Name, f.Type)
			if f.Nullable {
				fmt.Fprint(out, " nullable")
			}
			for _, k := range t.Schema.Key {
				if k == i {
					fmt.Fprint(out, " key")
				}
			}
			fmt.Fprintln(out)
		}
	}
	return src.Close()
}

func bench(ctx context.Context, c sdk.Connector, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(out)
	length := flags.Duration("for", 5*time.Second, "how long to read")
	if err := flags.Parse(args); err != nil {
		return flag.ErrHelp
	}
	begin := time.Now()
	src, tables, err := open(ctx, c, flags.Args())
	if err != nil {
		return err
	}
	opened := time.Now()
	req := sdk.Request{Parallel: 1}
	for _, t := range tables {
		req.Tables = append(req.Tables, sdk.TableRequest{Name: t.Name, Schema: t.Schema})
	}
	ctx, cancel := context.WithTimeout(ctx, *length)
	defer cancel()
	n := &counter{}
	err = src.Read(ctx, req, sdk.NewWriter(n, nil))
	if ctx.Err() != nil {
		err = nil // the time was over
	}
	seconds := time.Since(opened).Seconds()
	fmt.Fprintf(out, "open %v, first row after %v, %d rows, %d commits, %.0f rows/s, %.1f MB/s\n",
		opened.Sub(begin).Round(time.Microsecond), n.first.Sub(opened).Round(time.Microsecond),
		n.rows, n.commits, float64(n.rows)/seconds, float64(n.bytes)/seconds/1e6)
	return errors.Join(err, src.Close())
}

// counter is an output that only counts.
type counter struct {
	mu                   sync.Mutex
	rows, bytes, commits int
	first                time.Time
}

// Write counts rows.
func (c *counter) Write(_, _ string, _ sdk.Mode, b *batch.Batch) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rows == 0 {
		c.first = time.Now()
	}
	c.rows += b.Rows
	c.bytes += b.Bytes()
	return nil
}

// Commit counts transactions.
func (c *counter) Commit(string, sdk.Position) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.commits++
	return nil
}

// Await has nothing to wait for.
func (c *counter) Await(string, sdk.Position, sdk.Stage) (sdk.Epoch, error) { return 1, nil }

// Live has nobody to tell.
func (c *counter) Live(string) error { return nil }
