package main

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/parquet/file"
)

// files generates into a new folder and returns what is written, by name.
func files(t *testing.T, args ...string) map[string][]byte {
	t.Helper()
	dir := t.TempDir()
	args = append(args, "-out", filepath.Join(dir, "data"), "-changes", filepath.Join(dir, "changes"))
	if err := run(context.Background(), args, io.Discard); err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err == nil {
			out[filepath.ToSlash(name)], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSame(t *testing.T) {
	a, b := files(t, "-scale", "0.004", "-rounds", "2"), files(t, "-scale", "0.004", "-rounds", "2")
	if len(a) != len(b) {
		t.Fatalf("%d files and %d", len(a), len(b))
	}
	for name, content := range a {
		if !bytes.Equal(content, b[name]) {
			t.Errorf("%s differs", name)
		}
	}
	if other := files(t, "-scale", "0.004", "-rounds", "2", "-seed", "2"); bytes.Equal(other["data/part/part-1.parquet"], a["data/part/part-1.parquet"]) {
		t.Error("another seed gives the same data")
	}
}

// TestRows holds how many rows the tables have, and how many come and go in a round.
func TestRows(t *testing.T) {
	all := files(t, "-scale", "0.01", "-rounds", "3", "-share", "0.01")
	rows := map[string]int64{}
	for name, content := range all {
		if filepath.Ext(name) != ".parquet" {
			continue
		}
		r, err := file.NewParquetReader(bytes.NewReader(content))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		rows[filepath.Base(filepath.Dir(name))] += r.NumRows()
	}
	for table, want := range map[string]int64{
		"region": 5, "nation": 25, "supplier": 100, "customer": 1500, "part": 2000, "partsupp": 8000, "orders": 15000,
	} {
		if rows[table] != want {
			t.Errorf("%s has %d rows, want %d", table, rows[table], want)
		}
	}
	if n := rows["lineitem"]; n < 58_000 || n > 62_000 {
		t.Errorf("lineitem has %d rows, want about 60000", n)
	}
	for _, round := range []string{"01", "02", "03"} {
		for _, what := range []string{"insert", "delete"} {
			if n := bytes.Count(all["changes/"+round+"/"+what+"-orders.ndjson"], []byte("\n")); n != 150 {
				t.Errorf("round %s: %s of %d orders, want 150", round, what, n)
			}
		}
	}
}

// TestOrders holds what the values of an order have to do with each other.
func TestOrders(t *testing.T) {
	d := newData(options{scale: 0.01, share: 0.001, seed: 1})
	open := 0
	for i := range int64(2000) {
		o := d.order(orderKey(i+1, i%2 == 0))
		if o.customer%3 == 0 || o.customer < 1 || o.customer > d.customers {
			t.Fatalf("customer %d has orders", o.customer)
		}
		total := int64(0)
		for _, l := range o.lines {
			total += l.price * (100 + l.tax) * (100 - l.discount)
			supplied := false
			for s := range int64(4) {
				supplied = supplied || d.supplierOf(l.part, s) == l.supplier
			}
			if !supplied || l.came <= l.shipped || l.shipped <= o.day || (l.status == 'O') != (l.shipped > today) ||
				(l.returned == 'N') != (l.came > today) || l.price != l.quantity*retailPrice(l.part) {
				t.Fatalf("order %d: %+v", o.key, l)
			}
			if l.status == 'O' {
				open++
			}
		}
		if o.total != (total+5000)/10_000 || len(o.lines) < 1 || len(o.lines) > 7 || o.day < firstDay || o.day > lastDay {
			t.Fatalf("order %d: %+v", o.key, o)
		}
	}
	if open < 3000 || open > 5000 {
		t.Errorf("%d of about 8000 lines are open, want about half", open)
	}
}

func TestMistakes(t *testing.T) {
	for _, args := range [][]string{{"-scale", "0"}, {"-share", "2"}, {"-rounds", "30", "-share", "0.5"}, {"here"}} {
		if err := run(context.Background(), args, io.Discard); err == nil {
			t.Errorf("%v is accepted", args)
		}
	}
}
