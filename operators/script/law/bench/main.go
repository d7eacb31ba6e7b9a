// Command bench compares random queries over random histories with DuckDB, as TestLawQueries does with SQLite. It is a
// module of its own because DuckDB needs a C compiler, which Millrace does not.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"runtime/debug"
	"syscall"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // the oracle

	"github.com/millrace-dev/millrace/operators/script/law"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// unable matches what DuckDB says of queries that it has no plan for, or a wrong one, and ever after.
var unable = regexp.MustCompile("Not implemented Error|not supported|INTERNAL Error|FATAL Error")

// open opens a database in memory. It is not optimised: that has made wrong answers.
func open() (*sql.DB, error) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	_, err = db.Exec("SET threads = 1; SET order_by_non_integer_literal = true; PRAGMA disable_optimizer")
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func run(ctx context.Context, args []string, out io.Writer) error {
	var o law.Options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	limit := flags.Duration("time", time.Minute, "how long to try")
	flags.Uint64Var(&o.Seed, "seed", 1, "the first seed")
	flags.BoolVar(&o.Windows, "windows", false, "try window functions above all")
	flags.IntVar(&o.Failures, "failures", 1, "after how many failures to give up")
	flags.IntVar(&o.Scale, "scale", 1, "how many times as many rows a case has")
	if err := flags.Parse(args); err != nil {
		return err
	}
	db, err := open()
	if err != nil {
		return err
	}
	debug.SetGCPercent(800) // cases are small and many
	oracle := &law.Oracle{DB: db, Dialect: law.DuckDB, Unable: func(err error) bool { return unable.MatchString(err.Error()) }, Renew: open}
	defer func() { _ = oracle.DB.Close() }()
	ctx, cancel := context.WithTimeout(ctx, *limit)
	defer cancel()
	report := law.Run(ctx, oracle, o, func(text string) { fmt.Fprintln(out, text) })
	fmt.Fprintln(out, report)
	if report.Failures > 0 {
		return fmt.Errorf("%d failures", report.Failures)
	}
	return nil
}
