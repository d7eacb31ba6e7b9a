package files

import (
	"context"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/millrace-dev/millrace/sdk"
)

type m = map[string]any

func TestFolders(t *testing.T) {
	dir := t.TempDir()
	rows, want := numbered(0, 25)
	putParquet(t, filepath.Join(dir, "people", "a.parquet"), idName, 4, rows[:10]...)
	putParquet(t, filepath.Join(dir, "people", "b", "c.parquet"), idName, 100, rows[10:]...)
	putParquet(t, filepath.Join(dir, "people", "empty.parquet"), idName, 100)
	put(t, dir, "people/_SUCCESS", "")
	put(t, dir, "people/.d.parquet.crc", "x")
	put(t, dir, "people/readme.txt", "x")
	put(t, dir, "notes/none.txt", "x")
	put(t, dir, "pets.csv", "name,legs\ncat,4\nant,6\n")
	parquetOf := func(path string) m { return m{"Parquet": m{"path": path, "extension": ".parquet"}} }
	for name, config := range map[string]m{
		"path only": {"path": dir},
		"by name":   {"path": dir, "tables": []m{{"name": "people"}, {"name": "pets", "path": "pets.csv"}}},
		"by format": {"details": m{"path": dir}, "tables": []m{{"name": "people", "config": parquetOf("people")}, {"name": "pets", "config": m{"CSV": m{"path": "pets.csv", "extension": "csv"}}}}},
		"tagged":    {"details": m{"path": dir}, "tables": []m{{"Table": m{"name": "people", "config": parquetOf("people")}}, {"Table": m{"name": "pets", "format": "csv", "path": "pets.csv"}}}},
		"flat":      {"details": m{"path": dir}, "tables": []m{{"name": "people", "prefix": "people", "file_type": "parquet", "extension": "parquet"}, {"name": "pets", "prefix": "pets.csv", "file_type": "csv", "extension": ".csv"}}},
	} {
		t.Run(name, func(t *testing.T) {
			config["poll"] = "10ms"
			r, tables, err := readAll(t, config)
			if err != nil {
				t.Fatal(err)
			}
			if len(tables) != 2 || tables[0].Name != "people" || tables[0].Rows != 25 || !tables[0].Replayable || tables[0].Keyed || tables[1].Rows != -1 {
				t.Errorf("tables %+v", tables)
			}
			if got := r.sorted("people"); !slices.Equal(got, want) {
				t.Errorf("people: %v", got)
			}
			if got := r.sorted("pets"); !slices.Equal(got, []string{"ant,6", "cat,4"}) {
				t.Errorf("pets: %v", got)
			}
			if slices.Sort(r.live); !slices.Equal(r.live, []string{"people", "pets"}) {
				t.Errorf("live: %v", r.live)
			}
		})
	}
}

func TestColumns(t *testing.T) {
	dir := t.TempDir()
	rows, _ := numbered(0, 3)
	putParquet(t, filepath.Join(dir, "p", "a.parquet"), idName, 2, rows...)
	put(t, dir, "c/a.csv", "id,name\n0,row 0\n1,row 1\n2,row 2\n")
	src, tables, err := openSource(t, m{"path": dir, "poll": "10ms"})
	if err != nil {
		t.Fatal(err)
	}
	for columns, want := range map[string][]string{"name": {"row 0", "row 1", "row 2"}, "name,id": {"row 0,0", "row 1,1", "row 2,2"}, "": {"", "", ""}} {
		req := request(tables)
		for i := range req.Tables {
			req.Tables[i].Columns = slices.DeleteFunc(strings.Split(columns, ","), func(s string) bool { return s == "" })
		}
		r := newRecorder()
		if err := src.Read(context.Background(), req, r.writer()); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"p", "c"} {
			if got := r.sorted(table); !slices.Equal(got, want) {
				t.Errorf("columns %q of %s: %q", columns, table, got)
			}
		}
	}
}

// TestResume stops a read after every commit and goes on from there: the commits that follow are
// those of a read without stop, and nothing is missing or twice.
func TestResume(t *testing.T) {
	dir := t.TempDir()
	rows, want := numbered(0, 300)
	putParquet(t, filepath.Join(dir, "p", "a.parquet"), idName, 20, rows[:150]...)
	putParquet(t, filepath.Join(dir, "p", "b.parquet"), idName, 37, rows[150:]...)
	var csv strings.Builder
	csv.WriteString("\ufeffid,name\r\n")
	var wantCSV []string
	for i := range 3*csvCommitRows + 5 {
		fmt.Fprintf(&csv, "%d,\"line\n%d\"\r\n", i, i)
		wantCSV = append(wantCSV, fmt.Sprintf("%d,line\n%d", i, i))
	}
	slices.Sort(wantCSV)
	put(t, dir, "c/a.csv", csv.String())
	var wide, wantWide []string // a row group of several transactions
	for i := range 9000 {
		sum := sha512.Sum512([]byte{byte(i), byte(i >> 8)})
		name := strings.Repeat(hex.EncodeToString(sum[:]), 15)
		wide = append(wide, fmt.Sprintf(`{"id": %d, "name": "%s%d"}`, i, name, i))
		wantWide = append(wantWide, fmt.Sprintf("%d,%s%d", i, name, i))
		if i%5 == 0 {
			wide[i], wantWide[i] = fmt.Sprintf(`{"id": %d}`, i), fmt.Sprintf("%d,<nil>", i)
		}
	}
	slices.Sort(wantWide)
	putParquet(t, filepath.Join(dir, "w", "a.parquet"), idName, len(wide), wide...)
	config := m{"path": dir, "poll": "10ms"}
	whole, _, err := readAll(t, config)
	if err != nil {
		t.Fatal(err)
	}
	src, tables, err := openSource(t, config)
	if err != nil {
		t.Fatal(err)
	}
	stopped := newRecorder()
	halt := errors.New("halt")
	tries := 0
	for done := false; !done; tries++ {
		commits := 0
		stopped.stop = func(*recorder) error {
			if commits++; commits > 1 {
				return halt
			}
			return nil
		}
		stopped.open = map[string][]string{}
		err := src.Read(context.Background(), request(tables), stopped.writer())
		if done = err == nil; err != nil && !errors.Is(err, halt) {
			t.Fatal(err)
		}
	}
	if tries < 4 {
		t.Fatalf("only %d tries", tries)
	}
	if got := stopped.sorted("p"); !slices.Equal(got, want) {
		t.Errorf("p: %d rows", len(got))
	}
	if got := stopped.sorted("c"); !slices.Equal(got, wantCSV) {
		t.Errorf("c: %d rows, want %d", len(got), len(wantCSV))
	}
	if got := stopped.sorted("w"); !slices.Equal(got, wantWide) || len(stopped.commits["w/a.parquet"]) < 3 {
		t.Errorf("w: %d rows, want %d, in %d commits", len(got), len(wantWide), len(stopped.commits["w/a.parquet"]))
	}
	if !maps.EqualFunc(whole.commits, stopped.commits, func(a, b []sdk.Position) bool { return slices.EqualFunc(a, b, slices.Equal[sdk.Position]) }) {
		t.Errorf("commits differ: %v and %v", whole.commits, stopped.commits)
	}
}

func TestReplacedFile(t *testing.T) {
	for _, done := range []bool{false, true} {
		dir := t.TempDir()
		rows, _ := numbered(0, 40)
		path := filepath.Join(dir, "p", "a.parquet")
		putParquet(t, path, idName, 10, rows...)
		src, tables, err := openSource(t, m{"path": dir, "poll": "10ms"})
		if err != nil {
			t.Fatal(err)
		}
		r := newRecorder()
		halt := errors.New("halt")
		r.stop = func(r *recorder) error {
			if !done && len(r.commits["p/a.parquet"]) == 2 {
				return halt
			}
			return nil
		}
		if err := src.Read(context.Background(), request(tables), r.writer()); err != nil && !errors.Is(err, halt) {
			t.Fatal(err)
		}
		r.stop = nil
		putParquet(t, path, idName, 11, rows...)
		err = src.Read(context.Background(), request(tables), r.writer())
		wantError(t, err, "a.parquet", "was replaced", "new name")
		if !done {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			putParquet(t, filepath.Join(dir, "p", "b.parquet"), idName, 11, rows...)
			wantError(t, src.Read(context.Background(), request(tables), r.writer()), "a.parquet", "gone", "put it back")
		}
	}
}

func TestBadFolders(t *testing.T) {
	dir := t.TempDir()
	rows, want := numbered(0, 10)
	good := filepath.Join(dir, "people", "a.parquet")
	putParquet(t, good, idName, 4, rows...)
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	table := func(name string) m { return m{"path": dir, "tables": []m{{"name": name, "format": "parquet"}}} }
	_, _, err := openSource(t, table("peoples"))
	wantError(t, err, `table "peoples"`, "there is no folder", `did you mean "`+filepath.Join(dir, "people")+`"?`)
	_, _, err = openSource(t, m{"path": filepath.Join(dir, "no", "where")})
	wantError(t, err, "there is no folder "+filepath.Join(dir, "no", "where"), "make it, or set path")
	_, _, err = openSource(t, m{"path": "no/where"})
	wantError(t, err, "there is no folder", "start in the folder to which path no/where is relative")
	_, _, err = openSource(t, table("empty"))
	wantError(t, err, `table "empty"`, "no .parquet files in "+filepath.Join(dir, "empty"))
	_, _, err = openSource(t, m{"path": filepath.Join(dir, "empty")})
	wantError(t, err, "has no tables")

	// A file that is cut off is named, and the others are read all the same.
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	src, tables, err := openSource(t, table("people"))
	if err != nil {
		t.Fatal(err)
	}
	cut := put(t, dir, "people/b.parquet", string(whole[:len(whole)-20]))
	_, _, err = openSource(t, table("people"))
	wantError(t, err, `table "people"`, cut, "cut off")
	r := newRecorder()
	err = src.Read(context.Background(), request(tables), r.writer())
	wantError(t, err, `table "people"`, cut, "cut off")
	if got := r.sorted("people"); !slices.Equal(got, want) || len(r.live) > 0 {
		t.Errorf("beside a bad file: rows %v, live %v", got, r.live)
	}
	for content, says := range map[string]string{"": "is empty", "PAR1": "cut off", "hello, world": "not a Parquet file", "PAR1abcdefgh\xff\xff\xff\x00PAR1": "cut off"} {
		put(t, dir, "people/b.parquet", content)
		_, _, err = openSource(t, table("people"))
		wantError(t, err, cut, says)
	}

	// Other columns.
	for _, c := range []struct {
		fields []arrow.Field
		row    string
		says   []string
	}{
		{[]arrow.Field{idName[0]}, `{"id": 1}`, []string{`"name"`, "missing"}},
		{[]arrow.Field{{Name: "id", Type: arrow.PrimitiveTypes.Int64}, idName[1]}, `{"id": 1}`, []string{`"id"`, "int32", "int64"}},
		{append(slices.Clone(idName), arrow.Field{Name: "age", Type: arrow.PrimitiveTypes.Int64}), `{"id": 1, "name": "x", "age": 2}`, []string{`"age"`, "missing", "int64"}},
	} {
		putParquet(t, cut, c.fields, 10, c.row)
		_, _, err = openSource(t, table("people"))
		wantError(t, err, append(c.says, good, cut, "differ")...)
		r := newRecorder()
		err = src.Read(context.Background(), request(tables), r.writer())
		wantError(t, err, append(c.says, good, cut)...)
		if got := r.sorted("people"); !slices.Equal(got, want) {
			t.Errorf("beside a file that differs: %v", got)
		}
	}
}

// TestDamage flips bytes all over a file: whatever comes of it, it is an error or rows, and no panic.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	rows, _ := numbered(0, 200)
	path := filepath.Join(dir, "p", "a.parquet")
	putParquet(t, path, idName, 50, rows...)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	failures := 0
	for i := 0; i < len(whole); i += 3 {
		bad := slices.Clone(whole)
		bad[i] ^= byte(1 << (i % 8))
		put(t, dir, "p/a.parquet", string(bad))
		if _, _, err := readAll(t, m{"path": dir}); err != nil {
			failures++
			wantError(t, err, "a.parquet")
		}
	}
	if failures < len(whole)/20 {
		t.Errorf("only %d of %d damaged files were noticed", failures, len(whole)/3)
	}
}

func TestNewFiles(t *testing.T) {
	dir := t.TempDir()
	rows, want := numbered(0, 30)
	putParquet(t, filepath.Join(dir, "p", "a.parquet"), idName, 10, rows[:10]...)
	src, tables, err := openSource(t, m{"path": dir, "poll": "10ms"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	r, live := newRecorder(), make(chan string, 10)
	r.onLive = func(table string) { live <- table }
	req := request(tables)
	req.Bounded = false
	ended := make(chan error, 1)
	go func() { ended <- src.Read(ctx, req, r.writer()) }()
	<-live

	// A file arrives slowly: half of it is no Parquet file, and no error yet.
	part := filepath.Join(t.TempDir(), "b.parquet")
	putParquet(t, part, idName, 10, rows[10:20]...)
	whole, err := os.ReadFile(part)
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "p/b.parquet", string(whole[:len(whole)/2]))
	time.Sleep(40 * time.Millisecond)
	put(t, dir, "p/b.parquet", string(whole))
	putParquet(t, filepath.Join(dir, "p", "0.parquet"), idName, 10, rows[20:]...)
	for len(r.sorted("p")) < len(want) {
		select {
		case err := <-ended:
			t.Fatalf("the read ended: %v", err)
		case <-time.After(5 * time.Millisecond):
		}
	}
	if got := r.sorted("p"); !slices.Equal(got, want) {
		t.Errorf("rows %v", got)
	}
	// One that stays broken becomes an error.
	put(t, dir, "p/c.parquet", string(whole[:len(whole)/2]))
	wantError(t, <-ended, "c.parquet", "cut off")
	if len(r.live) != 1 {
		t.Errorf("live: %v", r.live)
	}

	// After a restart nothing is read again.
	if err := os.Remove(filepath.Join(dir, "p", "c.parquet")); err != nil {
		t.Fatal(err)
	}
	if err := src.Read(context.Background(), request(tables), r.writer()); err != nil {
		t.Fatal(err)
	}
	if got := r.sorted("p"); !slices.Equal(got, want) {
		t.Errorf("after a restart %d rows", len(got))
	}
}

func TestStop(t *testing.T) {
	dir := t.TempDir()
	rows, _ := numbered(0, 10)
	putParquet(t, filepath.Join(dir, "p", "a.parquet"), idName, 1, rows...)
	src, tables, err := openSource(t, m{"path": dir, "poll": "10ms"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := newRecorder()
	r.stop = func(*recorder) error { cancel(); return nil }
	if err := src.Read(ctx, request(tables), r.writer()); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	halt := errors.New("halt")
	r.stop = func(*recorder) error { return halt }
	if err := src.Read(context.Background(), request(tables), r.writer()); !errors.Is(err, halt) {
		t.Errorf("host's error: %v", err)
	}
	req := request(tables)
	req.Tables[0].Name = "pp"
	wantError(t, src.Read(context.Background(), req, r.writer()), `no table "pp"`, `did you mean "p"?`)
}

func TestMarker(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "p/a.csv", "id\n1\n")
	put(t, dir, "p/b.csv", "id\n2\n")
	put(t, dir, "p/a.ok", "")
	r, _, err := readAll(t, m{"path": dir, "poll": "10ms", "tables": []m{{"name": "p", "config": m{"CSV": m{"path": "p", "extension": ".csv", "marker_extension": ".ok"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.sorted("p"); !slices.Equal(got, []string{"1"}) {
		t.Errorf("rows %v", got)
	}
}

func TestConfigMistakes(t *testing.T) {
	for says, config := range map[string]m{
		"path: missing":                  {},
		"path and details.path differ":   {"path": "a", "details": m{"path": "b"}},
		`tables[1].name: table "x"`:      {"path": "a", "tables": []m{{"name": "x"}, {"Table": m{"name": "x"}}}},
		"tables[0].name: missing":        {"path": "a", "tables": []m{{"path": "x"}}},
		`did you mean "tables"?`:         {"path": "a", "table": []m{}},
		`"::" is not one character`:      {"path": "a", "tables": []m{{"name": "x", "delimiter": "::"}}},
		"without a header":               {"path": "a", "tables": []m{{"name": "x", "config": m{"CSV": m{"header": false}}}}},
		`unknown type "itn"`:             {"path": "a", "tables": []m{{"name": "x", "columns": []m{{"name": "a", "type": "itn"}}}}},
		"path and format stand beside":   {"path": "a", "tables": []m{{"name": "x", "path": "y", "config": m{"CSV": m{"path": "p"}}}}},
		"unknown choice !Delta":          {"path": "a", "tables": []m{{"name": "x", "config": m{"Delta": m{"path": "p"}}}}},
		`"orc" is not one of the values`: {"path": "a", "tables": []m{{"name": "x", "format": "orc"}}},
	} {
		_, _, err := openSource(t, config)
		wantError(t, err, says)
	}
}

func FuzzPosition(f *testing.F) {
	f.Add([]byte(position{identity: identity{1, 2}, next: place{3, 400}, done: true}.encode()))
	f.Add([]byte{1, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := decodePosition(b)
		if err != nil {
			return
		}
		if again, err := decodePosition(p.encode()); err != nil || again != p {
			t.Errorf("%v became %v, %v", p, again, err)
		}
	})
}
