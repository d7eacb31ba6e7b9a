// Command generate makes the data of the scaling e-commerce example: the four tables customers,
// orders, order_items and products as Parquet files. The same seed and scale give the same bytes, on
// any number of cores.
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
	scale, skew, orphans float64
	out                  string
	seed                 uint64
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
	flags.Float64Var(&o.scale, "scale", 0.01, "size of the data; 1 is 11 M customers, 11 M orders, 100 M order items and 16 M products")
	flags.StringVar(&o.out, "out", "3-full-data", "folder to write to; a table is a folder in it")
	flags.Uint64Var(&o.seed, "seed", 1, "another seed gives other data")
	flags.Float64Var(&o.skew, "skew", 0, "exponent of a Zipf distribution of the foreign keys; 0 is uniform")
	flags.Float64Var(&o.orphans, "orphans", 0.0001, "share of foreign keys that point nowhere")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := o.check(flags.Args()); err != nil {
		return err
	}
	start := time.Now()
	var done counters
	total := int64(0)
	for _, t := range tables(o) {
		total += t.rows
	}
	report := func() {
		fmt.Fprintf(progress, "generate: %.1f of %.1f M rows, %.2f GB in whole files, %.0f s\n",
			float64(done.rows.Load())/1e6, float64(total)/1e6, float64(done.bytes.Load())/1e9, time.Since(start).Seconds())
	}
	stop := every(5*time.Second, report)
	err := writeAll(ctx, o, &done)
	stop()
	if err == nil {
		report()
	}
	return err
}

func (o options) check(rest []string) error {
	var errs []error
	if len(rest) > 0 {
		errs = append(errs, fmt.Errorf("unexpected argument %q: everything is set by flags", rest[0]))
	}
	if !(o.scale > 0 && o.scale <= 20) { // a key is an int32
		errs = append(errs, fmt.Errorf("-scale %v is not in 0..20", o.scale))
	}
	if !(o.skew >= 0 && o.skew <= 10) {
		errs = append(errs, fmt.Errorf("-skew %v is not in 0..10", o.skew))
	}
	if !(o.orphans >= 0 && o.orphans <= 1) {
		errs = append(errs, fmt.Errorf("-orphans %v is not in 0..1", o.orphans))
	}
	return errors.Join(errs...)
}

// writeAll writes all files, one a core at a time.
func writeAll(ctx context.Context, o options, done *counters) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, j := range jobs(o) {
		g.Go(func() error { return j.write(ctx, o, done) })
	}
	return g.Wait()
}

// every calls report again and again until the returned function is called.
func every(interval time.Duration, report func()) (stop func()) {
	ticker, end, ended := time.NewTicker(interval), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-ticker.C:
				report()
			case <-end:
				return
			}
		}
	}()
	return func() {
		ticker.Stop()
		close(end)
		<-ended
	}
}
