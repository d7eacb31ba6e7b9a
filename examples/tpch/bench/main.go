// Command bench runs the TPC-H example, each query alone and then all together, through all rounds of changes. It
// compares every view with DuckDB after the load and after each round, and prints what the builds and the rounds took
// and what state is kept, as a table in Markdown. It is a module of its own because DuckDB needs a C compiler, which
// Millrace does not.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/millrace-dev/millrace/examples/tpch/drive"
)

// options are the command line.
type options struct {
	scale    float64
	rounds   int
	share    float64
	queries  string
	example  string // folder of the example
	bin      string // folder of millrace and its plugins
	work     string
	together bool
	verify   bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.Float64Var(&o.scale, "scale", 0.1, "size of the data; 1 is 6 M line items")
	flags.IntVar(&o.rounds, "rounds", 20, "rounds of changes")
	flags.Float64Var(&o.share, "share", 0.001, "orders that come and go in a round, as a share of all")
	flags.StringVar(&o.queries, "queries", "", "only these, such as q1,q17")
	flags.StringVar(&o.example, "example", "..", "folder of the example")
	flags.StringVar(&o.bin, "bin", "../../../bin", "folder of millrace and its plugins")
	flags.StringVar(&o.work, "work", "", "folder for the data; it is kept. Without it, one that is removed")
	flags.BoolVar(&o.together, "together", true, "run all queries together, too")
	flags.BoolVar(&o.verify, "verify", true, "compare with DuckDB")
	if err := flags.Parse(args); err != nil {
		return err
	}
	queries, err := readQueries(o)
	if err != nil {
		return err
	}
	if o.bin, err = filepath.Abs(o.bin); err != nil {
		return err
	}
	if o.work == "" {
		if o.work, err = os.MkdirTemp("", "millrace-tpch-"); err != nil {
			return err
		}
		defer os.RemoveAll(o.work)
	}
	if o.work, err = filepath.Abs(o.work); err != nil {
		return err
	}
	b := &bench{options: o, out: out}
	return b.run(ctx, queries)
}

// readQueries reads the queries that are asked for.
func readQueries(o options) ([]drive.Query, error) {
	list, err := drive.Queries(filepath.Join(o.example, "queries"))
	if err != nil || o.queries == "" {
		return list, err
	}
	asked := strings.Split(o.queries, ",")
	return slices.DeleteFunc(list, func(q drive.Query) bool { return !slices.Contains(asked, q.Name) }), nil
}

type bench struct {
	options
	out  io.Writer
	duck *duck
	rows int // of the views, when they were last read
}

func (b *bench) run(ctx context.Context, queries []drive.Query) error {
	if err := b.generate(ctx); err != nil {
		return err
	}
	if b.verify {
		var err error
		if b.duck, err = openDuck(ctx, b.options, queries); err != nil {
			return err
		}
		defer b.duck.close()
	}
	fmt.Fprintln(b.out, "| query | rows | build, s | a round, ms: median | most | % of the build | state, rows | state, MB | DuckDB once, ms |")
	fmt.Fprintln(b.out, "|---|---|---|---|---|---|---|---|---|")
	for i := range queries {
		if err := b.measure(ctx, queries[i].Name, queries[i:i+1]); err != nil {
			return fmt.Errorf("%s: %w", queries[i].Name, err)
		}
	}
	if b.together && len(queries) > 1 {
		if err := b.measure(ctx, "together", queries); err != nil {
			return fmt.Errorf("together: %w", err)
		}
	}
	if b.verify {
		fmt.Fprintf(b.out, "\nEvery view equals DuckDB's answer after the load and after each of %d rounds.\n", b.rounds)
	}
	return nil
}

// generate makes the data, unless it is there.
func (b *bench) generate(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(b.work, "data", "region")); err == nil {
		return nil
	}
	cmd := exec.CommandContext(ctx, "go", "run", "./generate", "-scale", fmt.Sprint(b.scale), "-rounds", fmt.Sprint(b.rounds),
		"-share", fmt.Sprint(b.share), "-out", filepath.Join(b.work, "data"), "-changes", filepath.Join(b.work, "changes"))
	cmd.Dir, cmd.Stderr = b.example, os.Stderr
	return cmd.Run()
}

// measure runs queries through all rounds and prints a line.
func (b *bench) measure(ctx context.Context, name string, queries []drive.Query) error {
	a, err := drive.Start(ctx, drive.Options{
		Bin: b.bin, Data: filepath.Join(b.work, "data"), Changes: filepath.Join(b.work, "changes"), Dir: filepath.Join(b.work, name),
	}, queries)
	if err != nil {
		return err
	}
	defer a.Kill()
	served, err := a.Ready(ctx, queries)
	if err != nil {
		return err
	}
	if err := b.compare(ctx, a, queries, 0); err != nil {
		return err
	}
	var took []time.Duration
	for round := 1; round <= b.rounds; round++ {
		d, err := a.Change(ctx, round)
		if err != nil {
			return err
		}
		took = append(took, d)
		if err := b.compare(ctx, a, queries, round); err != nil {
			return err
		}
	}
	state, err := a.State(ctx)
	if err != nil {
		return err
	}
	connect, err := a.Stop()
	if err != nil {
		return err
	}
	build := served - connect
	slices.Sort(took)
	median, most := time.Duration(0), time.Duration(0)
	if len(took) > 0 {
		median, most = took[len(took)/2], took[len(took)-1]
	}
	once := time.Duration(0)
	if b.duck != nil {
		for i := range queries {
			once += b.duck.took[queries[i].Name]
		}
	}
	round := "- | - | -" // the changes are to tables that it does not read
	if a.Changing() {
		round = fmt.Sprintf("%.1f | %.1f | %.1f", ms(median), ms(most), 100*median.Seconds()/build.Seconds())
	}
	fmt.Fprintf(b.out, "| %s | %d | %.2f | %s | %d | %.1f | %.0f |\n", name, b.rows, build.Seconds(), round, state.Rows, float64(state.Bytes)/1e6, ms(once))
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// compare compares the views with DuckDB's answers after a round.
func (b *bench) compare(ctx context.Context, a *drive.App, queries []drive.Query, round int) error {
	b.rows = 0
	for i := range queries {
		rows, err := a.View(ctx, queries[i].Name)
		if err != nil {
			return err
		}
		b.rows += len(rows)
		if b.duck == nil {
			continue
		}
		if err := b.duck.compare(ctx, queries[i].Name, round, rows); err != nil {
			return fmt.Errorf("%s, round %d: %w", queries[i].Name, round, err)
		}
	}
	return nil
}
