package sdktest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/plugins"
	"github.com/millrace-dev/millrace/sdk"
)

// reads are the reads of a source in one home.
type reads struct {
	Source
	config []byte
	at     home
	tables []sdk.Table
}

// way says how to read.
type way struct {
	bounded  bool
	limit    int    // commits after which the read is stopped
	kill     func() // instead of stopping it
	reversed bool   // ask for the columns backwards and without the first one
}

// run opens the source, reads, and closes it.
func (r *reads) run(t *testing.T, opener sdk.Opener, from map[string]sdk.Position, w way) *recorder {
	t.Helper()
	leaks(t)
	src, err := opener.Open(t.Context(), r.config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), r.Patience)
	defer cancel()
	req := sdk.Request{Bounded: w.bounded, Parallel: 2}
	for _, table := range r.tables {
		asked := sdk.TableRequest{Name: table.Name, Schema: table.Schema}
		if w.reversed {
			asked.Columns = []string{}
			for _, f := range slices.Backward(table.Schema.Fields) {
				asked.Columns = append(asked.Columns, f.Name)
			}
			if n := len(asked.Columns); n > 1 && !table.Keyed {
				asked.Columns = asked.Columns[:n-1]
			}
		}
		req.Tables = append(req.Tables, asked)
	}
	out := &recorder{request: req, open: map[string][]event{}, limit: w.limit, stop: cancel, kill: w.kill}
	fed := make(chan struct{})
	go func() {
		defer close(fed)
		if r.Feed != nil && !w.bounded {
			r.Feed(ctx)
		}
	}()
	began := time.Now()
	err = src.Read(ctx, req, sdk.NewWriter(out, from))
	stopped := ctx.Err() != nil
	late := time.Since(began) > r.Patience+5*time.Second
	cancel()
	<-fed
	r.judge(t, err, stopped, out, w)
	if late {
		t.Error("the read does not stop when its context ends")
	}
	if err := src.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	return out
}

// judge says whether a read ended as it had to.
func (r *reads) judge(t *testing.T, err error, stopped bool, out *recorder, w way) {
	t.Helper()
	out.mu.Lock()
	defer out.mu.Unlock()
	for _, fault := range out.faults {
		t.Error(fault)
	}
	var died *plugins.Error
	switch {
	case w.kill != nil:
		// A short read may have ended just before.
		if err != nil && (!errors.As(err, &died) || died.Kind != plugins.Died) {
			t.Errorf("a killed plugin gave %v", err)
		}
	case w.bounded && w.limit == 0 && err != nil:
		t.Errorf("a bounded read ended with %v", err)
	case w.limit > 0 && len(out.done) < w.limit:
		t.Errorf("%d commits within %v instead of %d; error: %v", len(out.done), r.Patience, w.limit, err)
	case err != nil && (!stopped || !errors.Is(err, context.Canceled)):
		t.Errorf("the read ended with %v", err)
	}
}

// columns: a batch has the columns that were asked for, in that order.
func (r *reads) columns(t *testing.T, opener sdk.Opener, finite bool) {
	w := way{bounded: true, reversed: true}
	if !finite {
		w = way{limit: r.Commits, reversed: true}
	}
	r.run(t, opener, nil, w)
}

func (r *reads) closeTwice(t *testing.T, opener sdk.Opener) {
	src, err := opener.Open(t.Context(), r.config)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := src.Close(); err != nil {
			t.Error(err)
		}
	}
}

// resumeReplayable: what came before any commit and what a read from there gives are together the
// whole, and the commits are the same.
func (r *reads) resumeReplayable(t *testing.T, opener sdk.Opener) {
	all := r.run(t, opener, nil, way{bounded: true}).done
	want := total(all)
	for _, n := range cuts(len(all)) {
		before, positions := cut(all, n)
		rest := r.run(t, opener, positions, way{bounded: true}).done
		if diff := total(append(slices.Clone(before), rest...)).differs(want); diff != "" {
			t.Errorf("resumed after commit %d of %d:\n%s", n, len(all), diff)
		}
		if diff := sameCommits(rest, all[n:]); diff != "" {
			t.Errorf("resumed after commit %d of %d: %s", n, len(all), diff)
		}
	}
}

// cuts returns a few numbers of commits, the ends included.
func cuts(n int) []int {
	out := []int{0, 1, n / 3, n / 2, n - 1, n}
	slices.Sort(out)
	out = slices.Compact(out)
	return slices.DeleteFunc(out, func(k int) bool { return k < 0 || k > n })
}

// killReplayable: a plugin that is killed again and again still gives the whole.
func (r *reads) killReplayable(t *testing.T) {
	opener, _ := r.at(t)
	all := r.run(t, opener, nil, way{bounded: true}).done
	want := total(all)
	var got []transaction
	step := max(1, len(all)/4)
	for len(all)-len(got) > step {
		opener, kill := r.at(t)
		_, positions := cut(got, len(got))
		got = append(got, r.run(t, opener, positions, way{bounded: true, limit: step, kill: kill}).done...)
	}
	opener, _ = r.at(t)
	_, positions := cut(got, len(got))
	got = append(got, r.run(t, opener, positions, way{bounded: true}).done...)
	if diff := total(got).differs(want); diff != "" {
		t.Errorf("killed every %d commits:\n%s", step, diff)
	}
}

// resumeStream: a stream goes on after its last position; nothing comes twice.
func (r *reads) resumeStream(t *testing.T, killed bool) {
	opener, kill := r.at(t)
	if !killed {
		kill = nil
	}
	first := r.run(t, opener, nil, way{limit: r.Commits, kill: kill}).done
	_, positions := cut(first, len(first))
	opener, _ = r.at(t)
	second := r.run(t, opener, positions, way{limit: r.Commits}).done
	if k := twice(append(slices.Clone(first), second...)); k != "" {
		t.Errorf("after a resume %q is inserted twice", k)
	}
}
