// Command generate makes the data of the TPC-H example: the eight tables as Parquet files, and rounds of
// changes to orders and lineitem as JSON lines that can be pushed by HTTP. The same seed and scale give the same
// bytes, on any number of cores.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// options are the command line.
type options struct {
	scale, share float64
	rounds       int
	out, changes string
	seed         uint64
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, progress io.Writer) error {
	var o options
	flags := flag.NewFlagSet("generate", flag.ContinueOnError)
	flags.Float64Var(&o.scale, "scale", 0.1, "size of the data; 1 is 6 M line items")
	flags.StringVar(&o.out, "out", "data", "folder to write to; a table is a folder in it")
	flags.StringVar(&o.changes, "changes", "changes", "folder for the rounds of changes; a round is a folder in it")
	flags.IntVar(&o.rounds, "rounds", 20, "rounds of changes")
	flags.Float64Var(&o.share, "share", 0.001, "orders that come and go in a round, as a share of all")
	flags.Uint64Var(&o.seed, "seed", 1, "another seed gives other data")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := o.check(flags.Args()); err != nil {
		return err
	}
	start := time.Now()
	d := newData(o)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, j := range jobs(d) {
		g.Go(func() error { return j.write(ctx, d) })
	}
	for round := 1; round <= o.rounds; round++ {
		g.Go(func() error { return d.writeRound(round) })
	}
	err := g.Wait()
	if err == nil {
		fmt.Fprintf(progress, "generate: %d orders, %d rounds of %d, %.1f s\n", d.orders, o.rounds, d.perRound(), time.Since(start).Seconds())
	}
	return err
}

func (o options) check(rest []string) error {
	var errs []error
	if len(rest) > 0 {
		errs = append(errs, fmt.Errorf("unexpected argument %q: everything is set by flags", rest[0]))
	}
	if !(o.scale >= 0.001 && o.scale <= 300) { // a key is an int32
		errs = append(errs, fmt.Errorf("-scale %v is not in 0.001..300", o.scale))
	}
	if !(o.share > 0 && o.share <= 1) {
		errs = append(errs, fmt.Errorf("-share %v is not in 0..1", o.share))
	}
	if o.rounds < 0 || float64(o.rounds)*o.share > 1 {
		errs = append(errs, fmt.Errorf("-rounds %d of -share %v take away more orders than there are", o.rounds, o.share))
	}
	return errors.Join(errs...)
}
