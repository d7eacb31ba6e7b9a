package view

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand"
	randv2 "math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// loadCase is one way in which rows come to a load.
type loadCase struct {
	sorted  bool // batches are cut from rows in key order and dealt out in turns
	readers int  // how many sorted files are read at the same time
	bad     bool // duplicates, and rows taken back
	keyless bool
	budget  int
	writers int
}

// rowsOf makes the rows of a case, some of them twice or with other weights.
func (c loadCase) rowsOf(r *rand.Rand, n int) []weightedTuple {
	var out []weightedTuple
	for i := range n {
		row := tuple{int32(i), fmt.Sprint("part", i%7), float64(i)}
		out = append(out, weightedTuple{row, 1})
		if c.bad && r.Intn(50) == 0 {
			other := row
			other.price = float64(r.Intn(2*n)) - float64(n)
			out = append(out, weightedTuple{other, batch.Weight(r.Intn(4) - 1)})
		}
		if c.bad && r.Intn(50) == 0 {
			out = append(out, weightedTuple{row, batch.Weight(r.Intn(4) - 2)})
		}
	}
	if !c.sorted {
		r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	}
	return out
}

type weightedTuple struct {
	row    tuple
	weight batch.Weight
}

// expect computes what the view and the duplicates have to be.
func (c loadCase) expect(rows []weightedTuple) (view, duplicates map[tuple]int64) {
	net := map[tuple]int64{}
	for _, r := range rows {
		net[r.row] += int64(r.weight)
	}
	view, duplicates = map[tuple]int64{}, map[tuple]int64{}
	ordered := slices.SortedFunc(maps.Keys(net), func(a, b tuple) int {
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.part, b.part), cmp.Compare(a.price, b.price))
	})
	taken := map[int32]bool{}
	for _, row := range ordered {
		n := net[row]
		switch {
		case n <= 0:
		case c.keyless:
			view[row] = n
		case !taken[row.id]:
			taken[row.id] = true
			view[row] = 1
			if n > 1 {
				duplicates[row] = n - 1
			}
		default:
			duplicates[row] = n
		}
	}
	return view, duplicates
}

func TestLoadIsTheReferenceMap(t *testing.T) {
	cases := []loadCase{
		{sorted: true, readers: 1, budget: 8 << 10, writers: 1},
		{sorted: true, readers: 4, budget: 8 << 10, writers: 2},
		{sorted: true, readers: 2, budget: 32 << 10, writers: 2, bad: true},
		{sorted: true, readers: 3, budget: 1 << 20, writers: 2, bad: true},
		{budget: 8 << 10, writers: 3, bad: true},
		{budget: 64 << 10, writers: 1},
		{budget: 16 << 10, writers: 2, bad: true, keyless: true},
		{sorted: true, readers: 2, budget: 16 << 10, writers: 2, bad: true, keyless: true},
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			r := rand.New(rand.NewSource(5))
			s := openMem(t, vfs.NewMem(), Options{LoadBytes: c.budget, Parallel: 2})
			defer s.Close()
			schema := itemSchema()
			if !c.keyless {
				schema.Key = []int{0}
			}
			p := s.Pipeline("main")
			v := define(t, p, "items", schema)
			rows := c.rowsOf(r, 6000)
			wantView, wantDuplicates := c.expect(rows)
			loaded, duplicates := c.load(t, v, rows)
			tx := p.Begin(1)
			tx.Flip(loaded)
			if err := errors.Join(tx.Commit(false), p.Publish(1)); err != nil {
				t.Fatal(err)
			}
			if got := published(t, v); !maps.Equal(got, wantView) {
				t.Errorf("%d rows, want %d", len(got), len(wantView))
			}
			if !maps.Equal(duplicates, wantDuplicates) {
				t.Errorf("duplicates %v, want %v", duplicates, wantDuplicates)
			}
			var sum int64
			for _, n := range wantDuplicates {
				sum += n
			}
			if loaded.Duplicates != sum {
				t.Errorf("%d duplicates counted, want %d", loaded.Duplicates, sum)
			}
			if list, err := s.opts.FS.List(s.loadDir()); err != nil || len(list) != 0 {
				t.Errorf("files are left: %v %v", list, err)
			}
		})
	}
}

// load deals batches of the rows out to writers and finishes.
func (c loadCase) load(t *testing.T, v *View, rows []weightedTuple) (*Loaded, map[tuple]int64) {
	t.Helper()
	l, err := v.Pipeline().Load(v, 1)
	if err != nil {
		t.Fatal(err)
	}
	var writers []*LoadWriter
	for range c.writers {
		writers = append(writers, l.Writer())
	}
	files := [][]weightedTuple{rows}
	if c.readers > 1 {
		files = slices.Collect(slices.Chunk(rows, (len(rows)+c.readers-1)/c.readers))
	}
	schema := itemSchema()
	for turn := 0; len(files) > 0; turn++ {
		f := turn % len(files)
		n := min(100, len(files[f]))
		b := batch.NewBuilder(schema.Types())
		for _, r := range files[f][:n] {
			if err := b.AppendValues(r.weight, r.row.values()...); err != nil {
				t.Fatal(err)
			}
		}
		if err := writers[f%c.writers].Add(b.Take()); err != nil {
			t.Fatal(err)
		}
		if files[f] = files[f][n:]; len(files[f]) == 0 {
			files = slices.Delete(files, f, f+1)
		}
	}
	duplicates := map[tuple]int64{}
	loaded, err := l.Finish(context.Background(), func(b *batch.Batch) error {
		for i := range b.Rows {
			duplicates[tupleOf(b.Row(i))] += int64(b.Weight(i))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return loaded, duplicates
}

// TestSortedRowsAreWrittenOnce: rows of sorted files, read in turns, need no merge.
func TestSortedRowsAreWrittenOnce(t *testing.T) {
	s := openMem(t, vfs.NewMem(), Options{LoadBytes: 512 << 10})
	defer s.Close()
	p := s.Pipeline("main")
	v := define(t, p, "items", itemSchema(0))
	l, err := p.Load(v, 1)
	if err != nil {
		t.Fatal(err)
	}
	w := l.Writer()
	next := []int64{0, 1_000_000, 2_000_000}
	for turn := range 150 {
		b := batch.NewBuilder(v.Schema().Types())
		for range 200 {
			if err := b.AppendValues(1, next[turn%3], "x", 1.0); err != nil {
				t.Fatal(err)
			}
			next[turn%3]++
		}
		if err := w.Add(b.Take()); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.spill(); err != nil {
		t.Fatal(err)
	}
	for _, p := range l.pieces {
		if !p.table {
			t.Errorf("keys %x to %x were written as a run", p.min, p.max)
		}
	}
	if len(l.pieces) < 6 {
		t.Errorf("%d tables", len(l.pieces))
	}
	loaded, err := l.Finish(context.Background(), nil)
	if err != nil || loaded.Rows != 30000 {
		t.Errorf("%+v %v", loaded, err)
	}
}

// TestReadersSeeWholeEpochs flips generations and applies changes under readers that check promise I3: two
// views of a pipeline always show the same epoch.
func TestReadersSeeWholeEpochs(t *testing.T) {
	s := openMem(t, vfs.NewMem(), Options{})
	p := s.Pipeline("main")
	a, b := define(t, p, "a", itemSchema(0)), define(t, p, "b", itemSchema(0))
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for ctx.Err() == nil {
				r := p.Reader()
				x, y := contentsOf(t, r, a), contentsOf(t, r, b)
				if !maps.Equal(x, y) {
					t.Errorf("epoch %d: %d rows and %d rows differ", r.Epoch(), len(x), len(y))
				}
				for row := range x {
					if sdk.Epoch(row.price) != r.Epoch() {
						t.Errorf("epoch %d shows a row of epoch %v", r.Epoch(), row.price)
					}
					break
				}
				r.Close()
			}
		})
	}
	last := map[tuple]batch.Weight{}
	for epoch := sdk.Epoch(1); epoch <= 60; epoch++ {
		rows := map[tuple]batch.Weight{}
		for i := range 50 {
			rows[tuple{int32(i), "x", float64(epoch)}] = 1
		}
		tx := p.Begin(epoch)
		for _, v := range []*View{a, b} {
			if epoch%5 == 0 {
				l, err := p.Load(v, epoch)
				if err != nil {
					t.Fatal(err)
				}
				if err := l.Writer().Add(items(t, rows)); err != nil {
					t.Fatal(err)
				}
				loaded, err := l.Finish(ctx, nil)
				if err != nil {
					t.Fatal(err)
				}
				tx.Flip(loaded)
				continue
			}
			d := v.NewDelta()
			if err := d.Add(items(t, rows)); err != nil {
				t.Fatal(err)
			}
			for row, w := range last {
				if err := d.Add(items(t, map[tuple]batch.Weight{row: -w})); err != nil {
					t.Fatal(err)
				}
			}
			if n, err := tx.Apply(v, d); err != nil || epoch > 1 && n.Updates != 50 {
				t.Fatal(n, err)
			}
		}
		if err := errors.Join(tx.Commit(false), p.Publish(epoch)); err != nil {
			t.Fatal(err)
		}
		last = rows
	}
	cancel()
	wg.Wait()
	s.removal.Wait()
	rows := 0
	if err := s.each([]byte{spaceRows}, func(_, _ []byte) error { rows++; return nil }); err != nil || rows != 100 {
		t.Errorf("%d stored rows of all generations, want 100: %v", rows, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestCrashLeavesWholeEpochs cuts the power after random epochs, some synced (promises I2 and I3).
func TestCrashLeavesWholeEpochs(t *testing.T) {
	r := rand.New(rand.NewSource(6))
	for round := range 20 {
		fs := vfs.NewCrashableMem()
		s := openMem(t, fs, Options{MemTableBytes: 256 << 10})
		p := s.Pipeline("main")
		views := []*View{define(t, p, "a", itemSchema(0)), define(t, p, "b", itemSchema())}
		var history []map[tuple]int64
		history = append(history, map[tuple]int64{})
		synced := sdk.Epoch(0)
		for epoch := sdk.Epoch(1); epoch <= sdk.Epoch(5+r.Intn(20)); epoch++ {
			next, changes := change(t, r, history[epoch-1], true)
			history = append(history, next)
			tx := p.Begin(epoch)
			for _, v := range views {
				d := v.NewDelta()
				for _, b := range changes {
					if err := d.Add(b); err != nil {
						t.Fatal(err)
					}
				}
				if v == views[0] {
					d = keyedByID(t, v, history[epoch-1], next)
				}
				if _, err := tx.Apply(v, d); err != nil {
					t.Fatal(err)
				}
			}
			tx.Set([]byte("cut"), []byte{byte(epoch)})
			sync := r.Intn(4) == 0
			if sync {
				synced = epoch
			}
			if err := errors.Join(tx.Commit(sync), p.Publish(epoch)); err != nil {
				t.Fatal(err)
			}
		}
		crashed := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50, RNG: randv2.New(randv2.NewPCG(uint64(round), 6))})
		_ = s.Close()
		s = openMem(t, crashed, Options{})
		p = s.Pipeline("main")
		epoch := p.Committed()
		if epoch < synced || int(epoch) >= len(history) {
			t.Fatalf("round %d: epoch %d of %d, %d was synced", round, epoch, len(history)-1, synced)
		}
		if cut, err := s.Record([]byte("cut")); err != nil || epoch > 0 && (len(cut) != 1 || sdk.Epoch(cut[0]) != epoch) {
			t.Errorf("round %d: epoch %d with the cut %v %v", round, epoch, cut, err)
		}
		if views := p.Views(); len(views) == 2 {
			if got := published(t, views[1]); !maps.Equal(got, history[epoch]) {
				t.Errorf("round %d, epoch %d: b has %v, want %v", round, epoch, got, history[epoch])
			}
			if got := published(t, views[0]); !maps.Equal(got, lastByID(history[epoch])) {
				t.Errorf("round %d, epoch %d: a has %v, want %v", round, epoch, got, lastByID(history[epoch]))
			}
		} else if epoch > 0 {
			t.Errorf("round %d: epoch %d has %d views", round, epoch, len(views))
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// lastByID keeps one row an id.
func lastByID(rows map[tuple]int64) map[tuple]int64 {
	out := map[int32]tuple{}
	for row := range rows {
		if old, ok := out[row.id]; !ok || row.part > old.part {
			out[row.id] = row
		}
	}
	kept := map[tuple]int64{}
	for _, row := range out {
		kept[row] = 1
	}
	return kept
}

func keyedByID(t *testing.T, v *View, before, after map[tuple]int64) *Delta {
	d := v.NewDelta()
	change := map[tuple]batch.Weight{}
	for row := range lastByID(before) {
		change[row]--
	}
	for row := range lastByID(after) {
		change[row]++
	}
	if err := d.Add(items(t, change)); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestCommittedIsNotYetPublished: readers see an epoch with its Publish, not with its commit (promise I3), and
// Publish leaves out no epoch that was committed before.
func TestCommittedIsNotYetPublished(t *testing.T) {
	s := openMem(t, vfs.NewMem(), Options{})
	defer s.Close()
	p := s.Pipeline("main")
	v := define(t, p, "items", itemSchema(0))
	for epoch := sdk.Epoch(1); epoch <= 3; epoch++ {
		d := v.NewDelta()
		if err := d.Add(items(t, map[tuple]batch.Weight{{int32(epoch), "a", 1}: 1})); err != nil {
			t.Fatal(err)
		}
		tx := p.Begin(epoch)
		if _, err := tx.Apply(v, d); err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(true); err != nil {
			t.Fatal(err)
		}
	}
	if got := published(t, v); len(got) != 0 || p.Committed() != 3 || p.Published() != 0 {
		t.Errorf("before Publish: %v at epoch %d", got, p.Published())
	}
	if err := p.Publish(2); err != nil {
		t.Fatal(err)
	}
	if got := published(t, v); len(got) != 2 {
		t.Errorf("epoch 2: %v", got)
	}
	if err := p.Publish(3); err != nil {
		t.Fatal(err)
	}
	if got := published(t, v); len(got) != 3 {
		t.Errorf("epoch 3: %v", got)
	}
}
