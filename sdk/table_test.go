package sdk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// memory is an output that keeps what it gets, in order.
type memory struct {
	log     []string
	largest int // bytes of the largest batch
	err     error
}

func (m *memory) Write(split, table string, mode Mode, b *batch.Batch) error {
	m.largest = max(m.largest, b.Bytes())
	for i := range b.Rows {
		m.log = append(m.log, fmt.Sprintf("%s %s %d %+d %v", split, table, mode, b.Weight(i), b.Row(i)))
	}
	return m.err
}

func (m *memory) Commit(split string, p Position) error {
	m.log = append(m.log, fmt.Sprintf("%s commit %s", split, p))
	return nil
}

func (m *memory) Await(string, Position, Stage) (Epoch, error) { return 5, nil }

func (m *memory) Live(table string) error {
	m.log = append(m.log, "live "+table)
	return nil
}

func (m *memory) expect(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(m.log, want) {
		t.Errorf("got\n%s\ninstead of\n%s", strings.Join(m.log, "\n"), strings.Join(want, "\n"))
	}
}

type small struct {
	ID   int32   `col:"id,key"`
	Name *string `col:"name"`
}

var smalls = NewTable[small]("smalls", Upserts)

func TestRowsAreWrittenAtCommit(t *testing.T) {
	m := &memory{}
	w := NewWriter(m, map[string]Position{"": Position("p"), "b": Position("q")})
	if string(w.From()) != "p" || string(w.Split("b").From()) != "q" || w.Split("c").From() != nil || !slices.Equal(w.Splits(), []string{"", "b"}) {
		t.Error("positions")
	}
	name := "x"
	smalls.Insert(w, small{1, &name})
	smalls.Update(w, small{1, &name}, small{2, nil})
	smalls.Delete(w, small{2, nil})
	m.expect(t)
	smalls.Upsert(w, small{3, &name}) // another mode: what came before goes first
	smalls.DeleteKey(w, small{3, &name})
	other := w.Split("b")
	smalls.Insert(other, small{9, nil})
	if err := errors.Join(other.Commit(Position("2")), w.Commit(Position("1"))); err != nil {
		t.Fatal(err)
	}
	m.expect(t,
		" smalls 0 +1 [1 x]", " smalls 0 -1 [1 x]", " smalls 0 +1 [2 <nil>]", " smalls 0 -1 [2 <nil>]",
		"b smalls 0 +1 [9 <nil>]", "b commit 2",
		" smalls 1 +1 [3 x]", " smalls 1 -1 [3 <nil>]", " commit 1")
}

func TestOnlyWhatWasAskedForIsWritten(t *testing.T) {
	others := NewTable[small]("others")
	m := &memory{}
	w := NewWriter(m, nil)
	w.ask(Request{Tables: []TableRequest{{Name: "smalls", Columns: []string{"name"}}}})
	name := "x"
	smalls.Insert(w, small{1, &name})
	others.Insert(w, small{2, &name})
	if err := w.Commit(Position("1")); err != nil {
		t.Fatal(err)
	}
	m.expect(t, " smalls 0 +1 [x]", " commit 1")
	w.ask(Request{Tables: []TableRequest{{Name: "smalls", Columns: []string{"nme"}}}})
	w = w.Split("")
	smalls.Insert(w, small{1, &name})
	if err := w.Commit(nil); err == nil || !strings.Contains(err.Error(), `no column "nme"`) {
		t.Error(err)
	}
}

func TestManyRowsAreHandedOnEarly(t *testing.T) {
	type text struct {
		S string `col:"s"`
	}
	texts, m := NewTable[text]("texts"), &memory{}
	w := NewWriter(m, nil)
	for range 5000 {
		texts.Insert(w, text{strings.Repeat("x", 1000)})
	}
	if len(m.log) < 3000 || m.largest > 2*maxRowBytes {
		t.Errorf("%d rows, %d bytes at most", len(m.log), m.largest)
	}
	for range 300 {
		b := texts.Columns(w, 100)
		b.Cols[0].AppendString("y")
		b.End(1)
	}
	if err := w.Commit(nil); err != nil || len(m.log) != 5301 {
		t.Error(err, len(m.log))
	}
}

func TestBadRowFailsTheCommit(t *testing.T) {
	type text struct {
		S string `col:"s"`
	}
	texts, m := NewTable[text]("texts"), &memory{}
	w := NewWriter(m, nil)
	texts.Insert(w, text{"good"})
	texts.Insert(w, text{"\xff"})
	err := w.Commit(Position("1"))
	if err == nil || !strings.Contains(err.Error(), `table "texts": column "s"`) || len(m.log) != 0 {
		t.Error(err, m.log)
	}
	m = &memory{err: errors.New("the disk is full")}
	w = NewWriter(m, nil)
	texts.Insert(w, text{"good"})
	if err := w.Commit(Position("1")); !errors.Is(err, m.err) || len(m.log) != 1 {
		t.Error(err, m.log)
	}
}

func TestAllRowTypes(t *testing.T) {
	type row struct {
		A bool            `col:"a"`
		B int8            `col:"b"`
		C int             `col:"c"`
		D uint16          `col:"d"`
		E float32         `col:"e"`
		F []byte          `col:"f"`
		G time.Time       `col:"g"`
		H time.Time       `col:"h,date"`
		I time.Duration   `col:"i"`
		J json.RawMessage `col:"j"`
		K [16]byte        `col:"k"`
		L [2]float64      `col:"l"`
		M batch.Dec       `col:"m,decimal=2"`
		N batch.Dec       `col:"n,int128"`
		O *time.Time      `col:"o"`
		P string          `col:"-"`
	}
	table, m := NewTable[row]("t"), &memory{}
	var types []string
	for _, f := range table.Schema.Fields {
		types = append(types, fmt.Sprint(f.Type, f.Nullable))
	}
	want := "bool false int8 false int64 false uint16 false float32 false binary false timestamp false date false duration false " +
		"json false uuid false point false decimal(38,2) false int128 false timestamp true"
	if got := strings.Join(types, " "); got != want {
		t.Errorf("types %s", got)
	}
	w := NewWriter(m, nil)
	at := time.Date(1969, 12, 31, 23, 0, 0, 0, time.FixedZone("x", 3600))
	table.Insert(w, row{
		A: true, B: -1, C: 2, D: 3, E: 0.5, F: []byte{1}, G: at, H: at, I: time.Second, J: json.RawMessage(`{}`),
		L: [2]float64{1, 2}, M: batch.Dec{Lo: 5, Scale: 2}, N: batch.Dec{Lo: 6},
	})
	if err := w.Commit(nil); err != nil {
		t.Fatal(err)
	}
	m.expect(t, " t 0 +1 [true -1 2 3 0.5 [1] -7200000000 -1 1000000 {} [0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0] [1 2] 0.05 6 <nil>]", " commit ")
}

func TestBadRowTypesPanic(t *testing.T) {
	for name, f := range map[string]func(){
		"no tag": func() { NewTable[struct{ A int }]("t") },
		"no type": func() {
			NewTable[struct {
				A chan int `col:"a"`
			}]("t")
		},
		"twice": func() {
			NewTable[struct {
				A, B int `col:"a"`
			}]("t")
		},
		"wrong option": func() {
			NewTable[struct {
				A int `col:"a,date"`
			}]("t")
		},
		"no scale": func() {
			NewTable[struct {
				A batch.Dec `col:"a"`
			}]("t")
		},
		"upserts, no key": func() {
			NewTable[struct {
				A int `col:"a"`
			}]("t", Upserts)
		},
		"no upserts": func() { NewTable[small]("t").Upsert(NewWriter(&memory{}, nil), small{}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func TestEvery(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	for range Every(ctx, time.Millisecond) {
		if n++; n == 3 {
			cancel()
		}
	}
	if n != 3 {
		t.Errorf("%d ticks", n)
	}
}
