package ledger

import (
	"errors"
	"fmt"
	"maps"
	"math/rand"
	"reflect"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/millrace-dev/millrace/host/view"
	"github.com/millrace-dev/millrace/sdk"
)

func open(t testing.TB, fs vfs.FS) (*view.Store, *Ledger) {
	t.Helper()
	s, err := view.Open("data", view.Options{FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	l, err := Open(s, "main")
	if err != nil {
		t.Fatal(err)
	}
	return s, l
}

func commit(t testing.TB, s *view.Store, write func(tx *view.Tx) error) {
	t.Helper()
	tx := s.Begin()
	if err := errors.Join(write(tx), tx.Commit(true)); err != nil {
		t.Fatal(err)
	}
}

func samePositions(a, b map[string]sdk.Position) bool {
	return maps.EqualFunc(a, b, func(x, y sdk.Position) bool { return string(x) == string(y) })
}

// TestCutsFoldBack: whatever is stored of the cuts, they come back with all positions, after any
// checkpoints and restarts (promise I2 stands on it).
func TestCutsFoldBack(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	fs := vfs.NewMem()
	s, l := open(t, fs)
	var history []Cut
	positions := map[string]sdk.Position{}
	checkpoint := 0
	for e := 1; e <= 80; e++ {
		for range r.Intn(4) {
			split := fmt.Sprint("split", r.Intn(5))
			if r.Intn(4) == 0 {
				delete(positions, split)
			} else {
				positions[split] = sdk.Position(fmt.Sprint(r.Intn(3)))
			}
		}
		cut := Cut{Epoch: sdk.Epoch(e), Clock: int64(1000 * e), Positions: maps.Clone(positions)}
		history = append(history, cut)
		commit(t, s, func(tx *view.Tx) error { return l.PutCut(tx, cut) })
		if r.Intn(10) == 0 {
			at := checkpoint + r.Intn(e-checkpoint) + 1
			state := []byte(fmt.Sprint("state", at))
			commit(t, s, func(tx *view.Tx) error {
				m, err := l.Checkpoint(tx, sdk.Epoch(at), state)
				if err == nil && !samePositions(m.Positions, history[at-1].Positions) {
					t.Errorf("checkpoint %d: %v, want %v", at, m.Positions, history[at-1].Positions)
				}
				return err
			})
			checkpoint = at
		}
		if r.Intn(10) == 0 {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s, l = open(t, fs)
		}
		if last := l.Last(); last.Epoch != cut.Epoch || last.Clock != cut.Clock || !samePositions(last.Positions, positions) {
			t.Fatalf("epoch %d: last cut %+v, want %+v", e, last, cut)
		}
		m, err := l.Manifest()
		if err != nil {
			t.Fatal(err)
		}
		if checkpoint > 0 && (m.Epoch != sdk.Epoch(checkpoint) || string(m.State) != fmt.Sprint("state", checkpoint)) {
			t.Fatalf("manifest %+v, want that of %d", m, checkpoint)
		}
		want := history[checkpoint:]
		err = l.Cuts(sdk.Epoch(checkpoint), func(c Cut) error {
			if len(want) == 0 || c.Epoch != want[0].Epoch || c.Clock != want[0].Clock || !samePositions(c.Positions, want[0].Positions) {
				t.Fatalf("epoch %d: cut %+v, want %+v", e, c, want[:min(1, len(want))])
			}
			want = want[1:]
			return nil
		})
		if err != nil || len(want) > 0 {
			t.Fatalf("epoch %d: %d cuts are missing: %v", e, len(want), err)
		}
	}
	if err := l.PutCut(s.Begin(), Cut{Epoch: 80}); err == nil {
		t.Error("a cut was written twice")
	}
	if _, err := l.Checkpoint(s.Begin(), 99, nil); err == nil {
		t.Error("a checkpoint was written at an epoch without a cut")
	}
	commit(t, s, func(tx *view.Tx) error { l.Clear(tx); return nil })
	if m, err := l.Manifest(); m != nil || err != nil {
		t.Errorf("after Clear: %v %v", m, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestRetractionCancelsADeadLetter is promise I5 for the ledger.
func TestRetractionCancelsADeadLetter(t *testing.T) {
	s, l := open(t, vfs.NewMem())
	defer s.Close()
	put := func(letters ...DeadLetter) {
		t.Helper()
		commit(t, s, func(tx *view.Tx) error { return l.PutDeadLetters(tx, letters) })
	}
	a := DeadLetter{Operator: "orders", Row: `{"a":1}`, Reason: "division by zero", Position: []byte("x:1"), Weight: 1}
	b, c := a, a
	b.Row = `{"a":2}`
	c.Operator = "items"
	put(a, a, b, c)
	retraction := a
	retraction.Weight, retraction.Position = -1, []byte("x:9")
	put(retraction)
	counts, err := l.Counts()
	if err != nil || !reflect.DeepEqual(counts, []Count{{"items", 1}, {"orders", 2}}) {
		t.Errorf("counts %v %v", counts, err)
	}
	all, next, err := l.DeadLetters("", nil, 10)
	if err != nil || next != nil || !reflect.DeepEqual(all, []DeadLetter{c, a, b}) {
		t.Errorf("all: %v %v %v", all, next, err)
	}
	page, next, err := l.DeadLetters("orders", nil, 1)
	if err != nil || !reflect.DeepEqual(page, []DeadLetter{a}) || next == nil {
		t.Errorf("first page: %v %v", page, err)
	}
	page, next, err = l.DeadLetters("orders", next, 1)
	if err != nil || !reflect.DeepEqual(page, []DeadLetter{b}) || next != nil {
		t.Errorf("second page: %v %v %v", page, next, err)
	}
	b.Weight = -1
	put(retraction, b)
	if all, _, err := l.DeadLetters("orders", nil, 10); err != nil || len(all) != 0 {
		t.Errorf("all were retracted: %v %v", all, err)
	}
	if counts, _ := l.Counts(); len(counts) != 1 {
		t.Errorf("counts %v", counts)
	}
}

func TestAppAndPipelines(t *testing.T) {
	s, l := open(t, vfs.NewMem())
	defer s.Close()
	if _, ok, err := ReadApp(s); ok || err != nil {
		t.Errorf("an app before any was written: %v", err)
	}
	app := App{Name: "shop", ID: "17", Config: []byte{1, 2}}
	commit(t, s, func(tx *view.Tx) error {
		SetApp(tx, app)
		return l.PutCut(tx, Cut{Epoch: 1})
	})
	if got, ok, err := ReadApp(s); !ok || err != nil || !reflect.DeepEqual(got, app) {
		t.Errorf("%v %v", got, err)
	}
	if names, err := Pipelines(s); err != nil || !reflect.DeepEqual(names, []string{"main"}) {
		t.Errorf("pipelines %v %v", names, err)
	}
	commit(t, s, func(tx *view.Tx) error { tx.Set(appKey, []byte("garbage")); return nil })
	if _, _, err := ReadApp(s); err == nil {
		t.Error("a damaged record was read")
	}
}

func FuzzRecords(f *testing.F) {
	positions := map[string]sdk.Position{"a": []byte("1"), "b": nil}
	f.Add((&change{clock: 7, set: positions, removed: []string{"c"}}).encode())
	f.Add((&Manifest{Cut: Cut{3, 4, positions}, State: []byte("state")}).encode())
	f.Add((&DeadLetter{Weight: -3, Position: []byte("x")}).encode())
	f.Add(seal([]byte("payload")))
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := decodeChange(data); err == nil {
			again, err := decodeChange(c.encode())
			if err != nil || again.clock != c.clock || !samePositions(again.set, c.set) {
				t.Errorf("%+v and %+v: %v", c, again, err)
			}
		}
		if m, err := decodeManifest(data); err == nil {
			if again, err := decodeManifest(m.encode()); err != nil || again.Epoch != m.Epoch {
				t.Errorf("%+v: %v", m, err)
			}
		}
		var l DeadLetter
		_ = l.decode(data)
		_, _ = decodeLetter(data, data)
		_, _ = decodeApp(data)
		if payload, err := unseal(data); err == nil && string(seal(payload)) != string(data) {
			t.Errorf("%x does not come back", data)
		}
	})
}
