package pipeline

import (
	"errors"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/sdk"
)

// TestOneSplitManyTables proves I2 for a source that reads its tables one after the other in a single split, while
// those that it has read go on changing: what the first cut says of the split is what the first epoch has.
func TestOneSplitManyTables(t *testing.T) {
	shop := newSystem("shop", intTable("a", "k", "v"), intTable("b", "k", "a"))
	shop.add("s",
		step{parts: []change{ints("a", sdk.Changes, []int64{1, 1, 10}, []int64{1, 2, 20})}, live: []string{"a"}},
		step{parts: []change{ints("a", sdk.Changes, []int64{-1, 2, 20}, []int64{1, 2, 21})}},
		step{parts: []change{ints("b", sdk.Changes, []int64{1, 7, 1}), ints("a", sdk.Changes, []int64{1, 3, 30})}},
		step{parts: []change{ints("b", sdk.Changes, []int64{1, 8, 2}, []int64{1, 9, 3})}, live: []string{"b"}},
		step{parts: []change{ints("b", sdk.Changes, []int64{-1, 9, 3})}},
	)
	w := &world{
		t: t, dir: t.TempDir(), workers: 2, systems: []*system{shop}, keys: map[string][]string{"a": {"k"}},
		sql: "select b.k, a.v into j from b join a on b.a = a.k", served: []Served{{"as", "a"}, {"bs", "b"}},
	}
	check := func() {
		t.Helper()
		w.shows("as", map[string]int64{"1 10": 1, "2 21": 1, "3 30": 1})
		w.shows("bs", map[string]int64{"7 1": 1, "8 2": 1})
		w.shows("j", map[string]int64{"7 10": 1, "8 21": 1})
	}
	w.start()
	check()
	w.kill()
	w.start()
	check()
	if err := w.end(true); err != nil {
		t.Fatal(err)
	}
	w.start()
	check()
	if err := w.end(true); err != nil {
		t.Fatal(err)
	}
}

// TestStopWhileItRetries stops a pipeline whose first read fails: that is an end like any other.
func TestStopWhileItRetries(t *testing.T) {
	shop := newSystem("shop", intTable("a", "k"))
	shop.add("s", step{parts: []change{ints("a", sdk.Changes, []int64{1, 1})}, live: []string{"a"}})
	w := &world{t: t, dir: t.TempDir(), workers: 1, systems: []*system{shop}, served: []Served{{"as", "a"}}}
	failed := make(chan struct{}, 100)
	shop.trip = func(_, at string) error {
		if at != "commit" {
			return nil
		}
		w.stop()
		failed <- struct{}{}
		return errors.New("the network is down")
	}
	w.start()
	<-failed
	if err := w.end(true); err != nil {
		t.Errorf("it ended with %v", err)
	}
	shop.trip = nil
	w.start()
	w.shows("as", map[string]int64{"1": 1})
	if err := w.end(true); err != nil {
		t.Fatal(err)
	}
}

// TestBuildAnew proves I5 when the statements change: the dead letters of the build before are gone, and a return to
// the old statements does not take its checkpoint up again.
func TestBuildAnew(t *testing.T) {
	shop := newSystem("shop", intTable("a", "k", "v"))
	shop.add("s", step{parts: []change{ints("a", sdk.Changes, []int64{1, 1, 10}, []int64{1, 1, 11}, []int64{1, 2, 20})}, live: []string{"a"}})
	w := &world{
		t: t, dir: t.TempDir(), workers: 2, systems: []*system{shop}, keys: map[string][]string{"a": {"k"}}, served: []Served{{"as", "a"}},
	}
	sums := []string{
		"select count(*) as n, sum(v) as s into g from a",
		"select count(*) as n, max(v) as s into g from a; select v into h from a",
	}
	for i, g := range []string{"2 30", "2 20", "3 60", "3 30"} {
		if i == 2 {
			shop.add("s", step{parts: []change{ints("a", sdk.Changes, []int64{1, 3, 30})}})
		}
		w.sql = sums[i%2]
		w.start()
		w.shows("g", map[string]int64{g: 1})
		if counts, err := w.p.ledger.Counts(); err != nil || len(counts) != 1 || counts[0].Letters != 1 {
			t.Errorf("build %d: %v dead letters, %v", i, counts, err)
		}
		for !w.p.streaming() || len(w.p.store.Views()) != 2+i%2 { // the views of the build before go
			time.Sleep(time.Millisecond)
		}
		w.kill()
	}
}

// TestTwoFeeders proves I3 for a table that two connections feed: what one of them has not committed is not in the
// first epoch, although the other's first read is still going on.
func TestTwoFeeders(t *testing.T) {
	one, two := newSystem("one", intTable("a", "k")), newSystem("two", intTable("a", "k"))
	one.add("s",
		step{parts: []change{ints("a", sdk.Changes, []int64{1, 1})}, live: []string{"a"}},
		step{parts: []change{ints("a", sdk.Changes, []int64{1, 2})}},
	)
	two.add("s", step{parts: []change{ints("a", sdk.Changes, []int64{1, 3})}, live: []string{"a"}})
	written, proceed := make(chan struct{}), make(chan struct{})
	commits := 0
	one.trip = func(_, at string) error {
		if at == "commit" {
			if commits++; commits == 2 {
				close(written)
				<-proceed
			}
		}
		return nil
	}
	two.trip = func(string, string) error { <-written; return nil }
	w := &world{
		t: t, dir: t.TempDir(), workers: 1, systems: []*system{one, two}, served: []Served{{"as", "a"}},
		sql: "select count(*) as n into g from a",
	}
	w.start()
	w.shows("g", map[string]int64{"2": 1})
	if got := w.rows("as"); len(got) != 2 || got["2"] != 0 {
		t.Errorf("the first epoch shows %v", got)
	}
	close(proceed)
	w.shows("g", map[string]int64{"3": 1})
	if err := w.end(true); err != nil {
		t.Fatal(err)
	}
}
