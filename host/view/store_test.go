package view

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

func itemSchema(key ...int) batch.Schema {
	return batch.Schema{Key: key, Fields: []batch.Field{
		{Name: "id", Type: batch.T(batch.Int32)},
		{Name: "part", Type: batch.T(batch.Utf8), Nullable: true},
		{Name: "price", Type: batch.T(batch.Float64), Nullable: true},
	}}
}

// tuple is a row of itemSchema.
type tuple struct {
	id    int32
	part  string // "-" is null
	price float64
}

func (r tuple) values() []any {
	if r.part == "-" {
		return []any{int64(r.id), nil, r.price}
	}
	return []any{int64(r.id), r.part, r.price}
}

func tupleOf(row []any) tuple {
	part, ok := row[1].(string)
	if !ok {
		part = "-"
	}
	return tuple{int32(row[0].(int64)), part, row[2].(float64)}
}

func items(t testing.TB, weights map[tuple]batch.Weight) *batch.Batch {
	t.Helper()
	s := itemSchema()
	b := batch.NewBuilder(s.Types())
	for r, w := range weights {
		if err := b.AppendValues(w, r.values()...); err != nil {
			t.Fatal(err)
		}
	}
	return b.Take()
}

func openMem(t testing.TB, fs vfs.FS, opts Options) *Store {
	t.Helper()
	opts.FS = fs
	s, err := Open("data", opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func define(t testing.TB, p *Pipeline, name string, s batch.Schema) *View {
	t.Helper()
	v, err := p.Define(Definition{Name: name, Schema: s})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// contentsOf reads a whole view and checks what must hold of every reading.
func contentsOf(t testing.TB, r *Reader, v *View) map[tuple]int64 {
	t.Helper()
	scan, err := r.Scan(v, KeyRange{})
	if err != nil {
		t.Fatal(err)
	}
	out := map[tuple]int64{}
	var total int64
	var last []byte
	cols := []int{0, 1, 2}
	for scan.Next() {
		if last != nil && string(scan.Key) <= string(last) {
			t.Fatalf("view %q: key %x comes after %x", v.Name(), scan.Key, last)
		}
		last = append(last[:0], scan.Key...)
		b := batch.NewBuilder(r.Schema(v).Types())
		scan.AppendTo(b, cols)
		b.End(1)
		out[tupleOf(b.Take().Row(0))] += scan.Count
		total += scan.Count
	}
	if err := scan.Close(); err != nil {
		t.Fatal(err)
	}
	if total != r.Rows(v) {
		t.Fatalf("view %q: %d rows, counted %d", v.Name(), total, r.Rows(v))
	}
	return out
}

func published(t testing.TB, v *View) map[tuple]int64 {
	t.Helper()
	r := v.Pipeline().Reader()
	defer r.Close()
	return contentsOf(t, r, v)
}

func apply(t testing.TB, p *Pipeline, epoch sdk.Epoch, v *View, changes ...*batch.Batch) Counts {
	t.Helper()
	tx := p.Begin(epoch)
	var deltas []*Delta
	for _, b := range changes {
		d := v.NewDelta()
		if err := d.Add(b); err != nil {
			t.Fatal(err)
		}
		deltas = append(deltas, d)
	}
	n, err := tx.Apply(v, deltas...)
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(false); err != nil {
		t.Fatal(err)
	}
	if err := p.Publish(epoch); err != nil {
		t.Fatal(err)
	}
	return n
}

// change makes a random next Z-set and the batches that lead there, spread over several deltas, with
// pairs in them that cancel each other.
func change(t *testing.T, r *rand.Rand, now map[tuple]int64, keyed bool) (map[tuple]int64, []*batch.Batch) {
	next := maps.Clone(now)
	parts := []map[tuple]batch.Weight{{}, {}, {}}
	add := func(row tuple, w batch.Weight) { parts[r.Intn(3)][row] += w }
	for range r.Intn(20) {
		row := tuple{int32(r.Intn(40) - 20), []string{"-", "a", "b\x00"}[r.Intn(3)], float64(r.Intn(3))}
		if keyed {
			for old := range next {
				if old.id == row.id && old.part == row.part {
					delete(next, old)
					add(old, -1)
				}
			}
			if r.Intn(3) > 0 {
				next[row]++
				add(row, 1)
			}
			continue
		}
		w := int64(r.Intn(5) - 2)
		w = max(w, -next[row])
		if next[row] += w; next[row] == 0 {
			delete(next, row)
		}
		add(row, batch.Weight(w))
	}
	noise := tuple{99, "noise", 1}
	add(noise, 1)
	add(noise, -1)
	var out []*batch.Batch
	for _, p := range parts {
		out = append(out, items(t, p))
	}
	return next, out
}

func TestEpochsEndWhereTheReferenceDoes(t *testing.T) {
	for _, keyed := range []bool{true, false} {
		t.Run(fmt.Sprintf("keyed=%v", keyed), func(t *testing.T) {
			r := rand.New(rand.NewSource(4))
			fs := vfs.NewMem()
			s := openMem(t, fs, Options{})
			schema := itemSchema()
			if keyed {
				schema.Key = []int{1, 0}
			}
			p := s.Pipeline("main")
			v := define(t, p, "items", schema)
			now := map[tuple]int64{}
			for epoch := sdk.Epoch(1); epoch <= 60; epoch++ {
				old := p.Reader()
				before := now
				var changes []*batch.Batch
				now, changes = change(t, r, now, keyed)
				n := apply(t, p, epoch, v, changes...)
				if n.Violations != 0 {
					t.Fatalf("epoch %d: %d violations", epoch, n.Violations)
				}
				if got := published(t, v); !maps.Equal(got, now) {
					t.Fatalf("epoch %d: %v, want %v", epoch, got, now)
				}
				if got := contentsOf(t, old, v); !maps.Equal(got, before) || old.Epoch() != epoch-1 {
					t.Fatalf("epoch %d: the reader of the epoch before sees %v, want %v", epoch, got, before)
				}
				old.Close()
				if epoch%20 == 0 {
					if err := s.Close(); err != nil {
						t.Fatal(err)
					}
					s = openMem(t, fs, Options{})
					p = s.Pipeline("main")
					v = define(t, p, "items", schema)
					if p.Committed() != epoch || p.Published() != epoch {
						t.Fatalf("reopened at epoch %d, want %d", p.Committed(), epoch)
					}
				}
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestViolationsAreCountedAndCanonicalFirstWins(t *testing.T) {
	s := openMem(t, vfs.NewMem(), Options{})
	defer s.Close()
	p := s.Pipeline("main")
	v := define(t, p, "items", itemSchema(0))
	n := apply(t, p, 1, v, items(t, map[tuple]batch.Weight{{1, "b", 1}: 1, {1, "a", 2}: 2, {1, "-", 0}: 1, {2, "x", 0}: -1}))
	if n != (Counts{Inserts: 1, Deletes: 1, Violations: 3}) {
		t.Errorf("counts %+v", n)
	}
	r := p.Reader()
	defer r.Close()
	rec, ok, err := r.Get(v, items(t, map[tuple]batch.Weight{{1, "", 0}: 1}).Project([]int{0}))
	if err != nil || !ok || string(rec.Field(1)) != "a" || rec.Version != 1 {
		t.Errorf("%v %v %q", err, ok, rec.Field(1))
	}
	multi := define(t, p, "multi", itemSchema())
	n = apply(t, p, 2, multi, items(t, map[tuple]batch.Weight{{1, "b", 1}: -2, {2, "b", 1}: 3}))
	if n != (Counts{Inserts: 3, Violations: 2}) {
		t.Errorf("counts %+v", n)
	}
}

func TestRangesAndCursors(t *testing.T) {
	s := openMem(t, vfs.NewMem(), Options{})
	defer s.Close()
	p := s.Pipeline("main")
	v := define(t, p, "items", itemSchema(1, 0))
	rows := map[tuple]batch.Weight{}
	for i := range 60 {
		rows[tuple{int32(i), []string{"-", "a", "b"}[i%3], 0}] = 1
	}
	apply(t, p, 1, v, items(t, rows))
	r := p.Reader()
	defer r.Close()
	key := func(part string, id ...int32) *batch.Batch {
		b := items(t, map[tuple]batch.Weight{{append(id, 0)[0], part, 0}: 1}).Project([]int{1, 0})
		b.Cols = b.Cols[:1+len(id)]
		return b
	}
	ids := func(in KeyRange) (out []int32) {
		scan, err := r.Scan(v, in)
		if err != nil {
			t.Fatal(err)
		}
		for scan.Next() {
			b := batch.NewBuilder([]batch.Type{batch.T(batch.Int32)})
			scan.AppendTo(b, []int{0})
			out = append(out, batch.Values[int32](&b.Peek().Cols[0])...)
		}
		if err := scan.Close(); err != nil {
			t.Fatal(err)
		}
		return out
	}
	every := ids(KeyRange{})
	if len(every) != 60 || every[0] != 1 || every[59] != 57 {
		t.Errorf("all: %v", every)
	}
	if got := ids(KeyRange{From: key("b"), To: key("b")}); len(got) != 20 || got[0] != 2 {
		t.Errorf("one part: %v", got)
	}
	if got := ids(KeyRange{From: key("a"), AboveFrom: true, To: key("-"), BelowTo: true}); len(got) != 20 || got[0] != 2 {
		t.Errorf("between: %v", got)
	}
	if got := ids(KeyRange{From: key("b", 50), To: key("b", 56)}); !slices.Equal(got, []int32{50, 53, 56}) {
		t.Errorf("range of ids: %v", got)
	}
	if got := ids(KeyRange{From: key("b", 50), To: key("b", 56), AboveFrom: true, BelowTo: true, Reverse: true}); !slices.Equal(got, []int32{53}) {
		t.Errorf("inner range of ids: %v", got)
	}
	for _, reverse := range []bool{false, true} {
		at, err := r.Scan(v, KeyRange{From: key("b", 50)})
		if err != nil || !at.Next() {
			t.Fatal(err)
		}
		got := ids(KeyRange{After: slices.Clone(at.Key), Again: true, Reverse: reverse})
		if want := map[bool]int{false: 24, true: 37}[reverse]; len(got) != want || got[0] != 50 {
			t.Errorf("reverse=%v: %d rows from id 50 on: %v", reverse, len(got), got)
		}
		if err := at.Close(); err != nil {
			t.Fatal(err)
		}
		var paged []int32
		var after []byte
		for {
			scan, err := r.Scan(v, KeyRange{After: after, Reverse: reverse})
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for n < 7 && scan.Next() {
				b := batch.NewBuilder([]batch.Type{batch.T(batch.Int32)})
				scan.AppendTo(b, []int{0})
				paged = append(paged, batch.Values[int32](&b.Peek().Cols[0])...)
				after = slices.Clone(scan.Key)
				n++
			}
			if err := scan.Close(); err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				break
			}
		}
		if reverse {
			slices.Reverse(paged)
		}
		if !slices.Equal(paged, every) {
			t.Errorf("reverse=%v: paged %v", reverse, paged)
		}
	}
}

func TestLookup(t *testing.T) {
	s := openMem(t, vfs.NewMem(), Options{})
	defer s.Close()
	p := s.Pipeline("main")
	v := define(t, p, "items", itemSchema(0))
	apply(t, p, 1, v, items(t, map[tuple]batch.Weight{{1, "a", 1}: 1, {3, "-", 3}: 1}))
	keys := batch.NewBuilder([]batch.Type{batch.T(batch.Int32)})
	for _, id := range []int64{3, 2, 1, 3} {
		if err := keys.AppendValues(1, id); err != nil {
			t.Fatal(err)
		}
	}
	rows, found, err := v.Lookup(keys.Take())
	if err != nil {
		t.Fatal(err)
	}
	want := [][]any{{int64(3), nil, 3.0}, {nil, nil, nil}, {int64(1), "a", 1.0}, {int64(3), nil, 3.0}}
	for i, w := range want {
		if got := rows.Row(i); !slices.Equal(got, w) || found.Has(i) != (w[0] != nil) {
			t.Errorf("row %d: %v %v, want %v", i, got, found.Has(i), w)
		}
	}
}

func TestChangedSchemaServesTheOldRowsUntilTheFlip(t *testing.T) {
	fs := vfs.NewMem()
	s := openMem(t, fs, Options{})
	p := s.Pipeline("main")
	v := define(t, p, "items", itemSchema(0))
	apply(t, p, 1, v, items(t, map[tuple]batch.Weight{{1, "a", 1}: 1}))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openMem(t, fs, Options{})
	defer s.Close()
	p = s.Pipeline("main")
	v, err := p.Define(Definition{Name: "items", Schema: itemSchema(0, 1)})
	if _, ok := errors.AsType[*SchemaChanged](err); !ok {
		t.Fatalf("the changed key is not told: %v", err)
	}
	if got := published(t, v); got[tuple{1, "a", 1}] != 1 {
		t.Errorf("old rows: %v", got)
	}
	d := v.NewDelta()
	if err := d.Add(items(t, map[tuple]batch.Weight{{2, "b", 1}: 1})); err != nil {
		t.Fatal(err)
	}
	tx := p.Begin(2)
	if _, err := tx.Apply(v, d); err == nil {
		t.Error("changes of the new schema were taken into rows of the old one")
	}
	tx.Abort()
	l, err := p.Load(v, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Writer().Add(items(t, map[tuple]batch.Weight{{1, "a", 5}: 1, {1, "b", 5}: 1})); err != nil {
		t.Fatal(err)
	}
	loaded, err := l.Finish(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	tx = p.Begin(2)
	tx.Flip(loaded)
	if err := errors.Join(tx.Commit(true), p.Publish(2)); err != nil {
		t.Fatal(err)
	}
	if got := published(t, v); len(got) != 2 {
		t.Errorf("new rows: %v", got)
	}
}

func TestDropAndOrphans(t *testing.T) {
	fs := vfs.NewMem()
	s := openMem(t, fs, Options{})
	p := s.Pipeline("main")
	v, w := define(t, p, "kept", itemSchema(0)), define(t, p, "dropped", itemSchema(0))
	for _, v := range []*View{v, w} {
		apply(t, p, p.Committed()+1, v, items(t, map[tuple]batch.Weight{{1, v.Name(), 1}: 1}))
	}
	if err := p.Drop(w); err != nil {
		t.Fatal(err)
	}
	// A load that is never flipped in.
	l, err := p.Load(v, 9)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Writer().Add(items(t, map[tuple]batch.Weight{{7, "orphan", 1}: 1})); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Finish(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openMem(t, fs, Options{})
	defer s.Close()
	p = s.Pipeline("main")
	if views := p.Views(); len(views) != 1 || views[0].Name() != "kept" {
		t.Errorf("views %v", views)
	}
	rows := 0
	if err := s.each([]byte{spaceRows}, func(_, _ []byte) error { rows++; return nil }); err != nil || rows != 1 {
		t.Errorf("%d stored rows, want the kept one: %v", rows, err)
	}
}

func TestWaitEpoch(t *testing.T) {
	s := openMem(t, vfs.NewMem(), Options{})
	defer s.Close()
	p := s.Pipeline("main")
	v := define(t, p, "items", itemSchema(0))
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := p.WaitEpoch(context.Background(), 2); err != nil {
			t.Error(err)
		}
		if got := published(t, v); len(got) != 2 {
			t.Errorf("after the wait: %v", got)
		}
	})
	apply(t, p, 1, v, items(t, map[tuple]batch.Weight{{1, "a", 1}: 1}))
	apply(t, p, 2, v, items(t, map[tuple]batch.Weight{{2, "a", 1}: 1}))
	wg.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if err := p.WaitEpoch(ctx, 3); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an epoch that never comes: %v", err)
	}
	if err := p.Publish(7); err == nil {
		t.Error("an epoch without a commit was published")
	}
	tx := p.Begin(2)
	if err := tx.Commit(false); err == nil {
		t.Error("epoch 2 was committed twice")
	}
}

func TestOneProcessWritesOthersRead(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := s.Pipeline("main")
	v := define(t, p, "items", itemSchema(0))
	apply(t, p, 1, v, items(t, map[tuple]batch.Weight{{1, "a", 1}: 1}))
	var locked *Locked
	if _, err := Open(dir, Options{}); !errors.As(err, &locked) || locked.Dir != dir {
		t.Errorf("a second writer: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err = Open(dir, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	p = s.Pipeline("main")
	v, err = p.Define(Definition{Name: "items", Schema: itemSchema(0)})
	if err != nil {
		t.Fatal(err)
	}
	if got := published(t, v); len(got) != 1 {
		t.Errorf("read only: %v", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir+"/nothing", Options{ReadOnly: true}); err == nil {
		t.Error("nothing was opened for reading")
	}
	if _, err := Open(dir, Options{LoadBytes: 1, Parallel: -1}); err == nil {
		t.Error("options that make no sense were taken")
	}
}
