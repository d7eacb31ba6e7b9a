package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/sdk"
)

// TestPanic ends a pipeline, and not the host, when something in it is broken, and takes up its work afterwards.
func TestPanic(t *testing.T) {
	shop := newSystem("shop", intTable("a", "k"))
	shop.add("s", step{parts: []change{ints("a", sdk.Changes, []int64{1, 1})}, live: []string{"a"}})
	w := &world{t: t, dir: t.TempDir(), workers: 1, systems: []*system{shop}, served: []Served{{"as", "a"}}}
	for _, broken := range []string{"read", "compute", "commit", ""} {
		w.phase = func(name string) {
			if name == broken {
				panic("the clock is broken")
			}
		}
		w.start()
		if broken == "" {
			w.shows("as", map[string]int64{"1": 1})
		}
		err := w.end(broken == "")
		if panics := err != nil && strings.Contains(err.Error(), "internal error: the clock is broken"); panics != (broken != "") {
			t.Errorf("after %q it ended with %v", broken, err)
		}
	}
}

// TestStopped sees a signal, which ends a context with a cause of its own, taken for an end and not for a failure:
// only then is a checkpoint left behind.
func TestStopped(t *testing.T) {
	signal := errors.New("terminated")
	ctx, cancel := context.WithCancelCause(context.Background())
	if stopped(ctx, context.Canceled) {
		t.Error("stopped before the end")
	}
	cancel(signal)
	for err, want := range map[error]bool{
		signal: true, fmt.Errorf("split: %w", signal): true, context.Canceled: true,
		errors.New("disk full"): false,
	} {
		if got := stopped(ctx, err); got != want {
			t.Errorf("%v: stopped %v, want %v", err, got, want)
		}
	}
}
