package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/sdk"
)

// TestKeyedFirstRead proves I3 for a first read by keyed changes: readers see nothing of it before they see all of it.
func TestKeyedFirstRead(t *testing.T) {
	shop := newSystem("shop", intTable("a", "k", "v"), intTable("b", "k", "v"))
	want := map[string]int64{}
	for k := range int64(200) {
		shop.add("s", step{parts: []change{ints("a", sdk.Keyed, []int64{1, k, 0}), ints("a", sdk.Keyed, []int64{1, k, k})}})
		want[fmt.Sprint(k, k)] = 1
	}
	shop.add("s", step{live: []string{"a"}}, step{parts: []change{ints("b", sdk.Changes, []int64{1, 1, 1})}, live: []string{"b"}})
	w := &world{
		t: t, dir: t.TempDir(), workers: 2, systems: []*system{shop}, keys: map[string][]string{"a": {"k"}},
		served: []Served{{"as", "a"}, {"bs", "b"}}, limits: &limits{waiting: 100},
	}
	w.start()
	for len(w.rows("as")) == 0 {
		time.Sleep(100 * time.Microsecond)
	}
	if got := w.rows("as"); len(got) != len(want) {
		t.Errorf("the first rows that were seen are %d of %d", len(got), len(want))
	}
	w.shows("as", want)
	w.shows("bs", map[string]int64{"1 1": 1})
	if err := w.end(true); err != nil {
		t.Fatal(err)
	}
}

// TestMixedConnection reads a table of a connection whose other table cannot be read again: all of it is spooled,
// and the first read ends although it is larger than what may wait.
func TestMixedConnection(t *testing.T) {
	mix := newSystem("mix", intTable("a", "k"), intTable("b", "k")).spooled()
	mix.tables[0].Replayable = true
	want := map[string]int64{}
	for k := range int64(50) {
		mix.add("s", step{parts: []change{ints("a", sdk.Changes, []int64{1, k}), ints("b", sdk.Changes, []int64{1, k})}})
		want[fmt.Sprint(k)] = 1
	}
	mix.add("s", step{live: []string{"a"}})
	w := &world{
		t: t, dir: t.TempDir(), workers: 2, systems: []*system{mix}, served: []Served{{"as", "a"}, {"bs", "b"}}, limits: &limits{waiting: 100},
	}
	for range 2 {
		w.start()
		w.shows("as", want)
		w.shows("bs", want)
		w.kill()
	}
}

// TestLargeTransaction passes a transaction that is larger than what may wait in memory.
func TestLargeTransaction(t *testing.T) {
	shop := newSystem("shop", intTable("a", "k"))
	var large step
	want := map[string]int64{"-1": 1}
	for k := range int64(300) {
		large.parts = append(large.parts, ints("a", sdk.Changes, []int64{1, k}))
		want[fmt.Sprint(k)] = 1
	}
	shop.add("s", step{parts: []change{ints("a", sdk.Changes, []int64{1, -1})}, live: []string{"a"}})
	w := &world{
		t: t, dir: t.TempDir(), workers: 2, systems: []*system{shop}, served: []Served{{"as", "a"}}, sql: "select count(*) as n into g from a",
		limits: &limits{waiting: 64, open: 64, stash: 64},
	}
	w.start()
	w.shows("as", map[string]int64{"-1": 1})
	shop.add("s", large)
	w.shows("as", want)
	w.shows("g", map[string]int64{"301": 1})
	if open := w.p.open.Load(); open != 0 {
		t.Errorf("%d bytes are counted as open, and nothing is", open)
	}
	if err := w.end(true); err != nil {
		t.Fatal(err)
	}
}

// reader is a source that a test writes as a function.
type reader func(ctx context.Context, out *sdk.Writer) error

func (r reader) Read(ctx context.Context, _ sdk.Request, out *sdk.Writer) error { return r(ctx, out) }
func (r reader) Close() error                                                   { return nil }

// TestAwaitVisible sees a row in the view as soon as its source was told that it is visible, from the first read on.
func TestAwaitVisible(t *testing.T) {
	for _, spooled := range []bool{false, true} {
		shop := newSystem("shop", intTable("a", "k"))
		if spooled {
			shop.spooled()
		}
		w := &world{t: t, dir: t.TempDir(), workers: 2, systems: []*system{shop}, served: []Served{{"as", "a"}}}
		done := make(chan error, 1)
		shop.source = reader(func(ctx context.Context, out *sdk.Writer) error {
			var awaits sync.WaitGroup
			var wrong error
			var lock sync.Mutex
			for k := range int64(300) {
				row := ints("a", sdk.Changes, []int64{1, k})
				at := sdk.Position(fmt.Sprint(k))
				if err := errors.Join(out.Write("a", row.rows), out.Commit(at)); err != nil {
					return err
				}
				if k == 10 {
					if err := out.Live("a"); err != nil {
						return err
					}
				}
				awaits.Go(func() {
					e, err := out.Await(at, sdk.Visible)
					if published := w.p.store.Published(); err == nil && (published < e || w.rows("as")[fmt.Sprint(k)] != 1) {
						err = fmt.Errorf("row %d is not seen in epoch %d, when %d was published", k, e, published)
					}
					lock.Lock()
					wrong = errors.Join(wrong, err)
					lock.Unlock()
				})
				if k%7 == 0 && k > 10 {
					awaits.Wait()
				}
			}
			awaits.Wait()
			done <- wrong
			<-ctx.Done()
			return ctx.Err()
		})
		w.start()
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(20 * time.Second):
			t.Error("nobody is told")
		}
		if err := w.end(true); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLiveBeforeCommit refuses to end a first read whose rows are not committed: no position says that they are read.
func TestLiveBeforeCommit(t *testing.T) {
	shop := newSystem("shop", intTable("a", "k"))
	shop.source = reader(func(_ context.Context, out *sdk.Writer) error {
		row := ints("a", sdk.Changes, []int64{1, 1})
		return errors.Join(out.Split("x").Write("a", row.rows), out.Live("a"))
	})
	w := &world{t: t, dir: t.TempDir(), workers: 1, once: true, systems: []*system{shop}, served: []Served{{"as", "a"}}}
	w.start()
	if err := w.end(false); err == nil || !strings.Contains(err.Error(), `before split "x" has committed`) {
		t.Errorf("it ended with %v", err)
	}
}

// TestStopWhileItAcks stops a pipeline while a source hangs in an ack and in a commit that waits for it.
func TestStopWhileItAcks(t *testing.T) {
	shop := newSystem("shop", intTable("a", "k"))
	shop.hang = make(chan struct{})
	shop.add("s", step{parts: []change{ints("a", sdk.Changes, []int64{1, 1})}, live: []string{"a"}})
	for k := range int64(20) {
		shop.add("s", step{parts: []change{ints("a", sdk.Changes, []int64{1, k})}})
	}
	w := &world{t: t, dir: t.TempDir(), workers: 1, systems: []*system{shop}, served: []Served{{"as", "a"}}, limits: &limits{waiting: 1}}
	w.start()
	<-shop.hang
	started := time.Now()
	if err := w.end(true); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(started); took > ackMost/2 {
		t.Errorf("it took %v to stop", took)
	}
}

// TestCheckpointsWithoutSQL proves I1 where no circuit runs: sources hear of what is durable while they are read.
func TestCheckpointsWithoutSQL(t *testing.T) {
	shop := newSystem("shop", intTable("a", "k"))
	push := newSystem("push", intTable("b", "k")).spooled()
	shop.add("s", step{parts: []change{ints("a", sdk.Changes, []int64{1, 1})}, live: []string{"a"}})
	w := &world{
		t: t, dir: t.TempDir(), workers: 1, systems: []*system{shop, push}, served: []Served{{"as", "a"}, {"bs", "b"}},
		limits: &limits{waiting: 1000, open: 1000, stash: 1000, checkpoint: 10},
	}
	push.add("s", step{parts: []change{ints("b", sdk.Changes, []int64{1, 1})}})
	w.start()
	w.shows("as", map[string]int64{"1": 1})
	w.shows("bs", map[string]int64{"1": 1})
	for k := range int64(10) {
		push.add("s", step{parts: []change{ints("b", sdk.Changes, []int64{1, 10 + k}, []int64{1, 20 + k})}})
		shop.add("s", step{parts: []change{ints("a", sdk.Changes, []int64{1, 10 + k}, []int64{1, 20 + k})}})
	}
	acked := func(s *system, want string) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return string(s.acked["s"]) == want
	}
	for deadline := time.Now().Add(10 * time.Second); !acked(shop, "11") || !acked(push, "11"); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("acked: %v, %v", shop.acked, push.acked)
		}
	}
	w.kill()
	if s, err := os.ReadDir(filepath.Join(w.dir, "spool", "push")); err != nil || len(s) != 1 {
		t.Errorf("the spool has %v, %v", s, err)
	}
}
