package law

import (
	"context"
	"database/sql"
	"flag"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

var (
	lawTime = flag.Duration("laws.time", 3*time.Second, "how long TestLawQueries tries random queries")
	lawSeed = flag.Uint64("laws.seed", 1, "the first seed of TestLawQueries")
	lawMost = flag.Int("laws.failures", 1, "after how many failures TestLawQueries gives up")
)

// TestLawQueries: after every epoch of any history each view is what SQLite answers over the tables as they are
// then (I4).
func TestLawQueries(t *testing.T) { lawQueries(t, Options{}) }

// TestLawFrames: so is what window functions give.
func TestLawFrames(t *testing.T) { lawQueries(t, Options{Windows: true}) }

func lawQueries(t *testing.T, opt Options) {
	o := openSQLite(t)
	defer debug.SetGCPercent(debug.SetGCPercent(800)) // cases are small and many: twice as many in the same time
	start := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), *lawTime)
	defer cancel()
	opt.Seed, opt.Failures = *lawSeed, *lawMost
	r := Run(ctx, o, opt, func(text string) { t.Error(text) })
	t.Logf("%v, in %v", r, time.Since(start).Round(time.Millisecond))
}

// openSQLite opens a database in memory.
func openSQLite(t *testing.T) *Oracle {
	registerAggregates()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	if _, err = db.Exec("PRAGMA case_sensitive_like = ON"); err != nil {
		t.Fatal(err)
	}
	unable := func(err error) bool {
		return strings.Contains(err.Error(), "nested too deep") || strings.Contains(err.Error(), "stack overflow")
	}
	return &Oracle{DB: db, Dialect: SQLite, Unable: unable}
}
