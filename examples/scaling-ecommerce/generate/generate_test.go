package main

import (
	"bytes"
	"context"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
)

func generate(t *testing.T, args ...string) string {
	t.Helper()
	out := t.TempDir()
	if err := run(context.Background(), append([]string{"-out", out}, args...), io.Discard); err != nil {
		t.Fatal(err)
	}
	return out
}

// content is what a table's files hold.
type content struct {
	types         map[string]string
	columns       []string
	values        map[string][]any
	files, groups int
}

func readTable(t *testing.T, out, table string) content {
	t.Helper()
	c := content{values: map[string][]any{}, types: map[string]string{}}
	paths, err := filepath.Glob(filepath.Join(out, table, "*"))
	if err != nil {
		t.Fatal(err)
	}
	c.files = len(paths)
	for _, path := range paths {
		f, err := file.OpenParquetFile(path, false)
		if err != nil {
			t.Fatal(err)
		}
		c.groups += f.NumRowGroups()
		c.columns = nil
		for i := range f.MetaData().Schema.NumColumns() {
			column := f.MetaData().Schema.Column(i)
			c.columns = append(c.columns, column.Name())
			c.types[column.Name()] = column.PhysicalType().String() + " " + column.LogicalType().String()
			for g := range f.NumRowGroups() {
				r, err := f.RowGroup(g).Column(i)
				if err != nil {
					t.Fatal(err)
				}
				c.values[column.Name()] = append(c.values[column.Name()], readChunk(t, r, f.RowGroup(g).NumRows())...)
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func readChunk(t *testing.T, r file.ColumnChunkReader, rows int64) []any {
	t.Helper()
	switch r := r.(type) {
	case *file.Int32ColumnChunkReader:
		return readAll(t, r.ReadBatch, rows, func(v int32) any { return v })
	case *file.Int64ColumnChunkReader:
		return readAll(t, r.ReadBatch, rows, func(v int64) any { return v })
	case *file.Float64ColumnChunkReader:
		return readAll(t, r.ReadBatch, rows, func(v float64) any { return v })
	case *file.ByteArrayColumnChunkReader:
		return readAll(t, r.ReadBatch, rows, func(v parquet.ByteArray) any { return string(v) })
	}
	t.Fatalf("unexpected reader %T", r)
	return nil
}

func readAll[T any](t *testing.T, read func(int64, []T, []int16, []int16) (int64, int, error), rows int64, box func(T) any) []any {
	t.Helper()
	var out []any
	values, levels := make([]T, rows), make([]int16, rows)
	for int64(len(out)) < rows {
		_, n, err := read(rows, values, levels, nil)
		if err != nil || n == 0 {
			t.Fatalf("%d values and %v after %d of %d", n, err, len(out), rows)
		}
		for _, v := range values[:n] {
			out = append(out, box(v))
		}
	}
	return out
}

func TestTables(t *testing.T) {
	out := generate(t, "-scale", "0.001", "-orphans", "0.01")
	sizes := map[string]int{"customers": 11_000, "orders": 11_000, "order_items": 100_000, "products": 16_000}
	keys := map[string]string{"customers": "customer_id", "orders": "order_id", "order_items": "order_item_id", "products": "product_id"}
	parents := map[string]map[string]string{
		"orders":      {"customer_id": "customers"},
		"order_items": {"order_id": "orders", "product_id": "products"},
	}
	for name, size := range sizes {
		table := readTable(t, out, name)
		if table.files != filesPerTable || table.groups < 2*filesPerTable {
			t.Errorf("%s: %d files with %d row groups", name, table.files, table.groups)
		}
		for i, key := range table.values[keys[name]] {
			if key != int32(i+1) {
				t.Fatalf("%s: key %v in row %d", name, key, i)
			}
		}
		for _, column := range table.columns {
			if got := len(table.values[column]); got != size {
				t.Errorf("%s.%s: %d values, want %d", name, column, got, size)
			}
		}
		for column, parent := range parents[name] {
			orphans := 0
			for _, v := range table.values[column] {
				if key := v.(int32); key < 1 || key > int32(2*sizes[parent]) {
					t.Fatalf("%s.%s: %d", name, column, key)
				} else if key > int32(sizes[parent]) {
					orphans++
				}
			}
			if share := float64(orphans) / float64(size); math.Abs(share-0.01) > 0.004 {
				t.Errorf("%s.%s: share of orphans %v", name, column, share)
			}
		}
	}
}

func TestValues(t *testing.T) {
	out := generate(t, "-scale", "0.0002")
	customers, products := readTable(t, out, "customers"), readTable(t, out, "products")
	items := readTable(t, out, "order_items")
	match := func(table content, column, pattern string) {
		re := regexp.MustCompile("^" + pattern + "$")
		for _, v := range table.values[column] {
			if !re.MatchString(v.(string)) {
				t.Fatalf("%s: %q does not match %s", column, v, pattern)
			}
		}
	}
	match(customers, "name", "[a-z]{5,10} [a-z]{5,10}")
	match(customers, "email", `[a-z]{5,10}@[a-z]{5,10}\.com`)
	match(customers, "address", "[0-9]+ [a-z]{5,10} [a-z]{5,10}")
	match(products, "category", "[a-z]{5,10}")
	if len(products.columns) != 21 {
		t.Errorf("products has %d columns", len(products.columns))
	}
	for _, column := range products.columns[5:] {
		match(products, column, "[a-z2-7]{32}")
	}
	for _, v := range customers.values["created_at"] {
		if at := time.UnixMicro(v.(int64)).UTC(); at.Year() != 2022 {
			t.Fatalf("created_at %v", at)
		}
	}
	types := map[string]string{
		"order_item_id": "INT32 None", "quantity": "INT32 None", "price": "DOUBLE None",
	}
	for column, want := range types {
		if got := items.types[column]; got != want {
			t.Errorf("%s is %s, want %s", column, got, want)
		}
	}
}

func TestSameBytes(t *testing.T) {
	args := []string{"-scale", "0.0005", "-seed", "7", "-skew", "0.8"}
	a := generate(t, args...)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	b := generate(t, args...)
	other := generate(t, "-scale", "0.0005", "-seed", "8", "-skew", "0.8")
	for _, j := range jobs(options{scale: 0.0005}) {
		one, two, three := slurp(t, a, j.path), slurp(t, b, j.path), slurp(t, other, j.path)
		if !bytes.Equal(one, two) {
			t.Errorf("%s differs between runs", j.path)
		}
		if bytes.Equal(one, three) {
			t.Errorf("%s is the same for another seed", j.path)
		}
	}
}

func slurp(t *testing.T, dir, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, path))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestZipf compares frequencies with the probabilities that they shall have.
func TestZipf(t *testing.T) {
	const n, draws = 1000, 200_000
	for _, s := range []float64{0.5, 1, 1.3} {
		z, r := newZipf(s, n), newRandom(1)
		counts := make([]float64, n+1)
		for range draws {
			counts[z.draw(&r)]++
		}
		sum := 0.0
		for k := 1; k <= n; k++ {
			sum += math.Pow(float64(k), -s)
		}
		for _, k := range []int{1, 2, 3, 10, 100} {
			want := draws * math.Pow(float64(k), -s) / sum
			if math.Abs(counts[k]-want) > 5*math.Sqrt(want) {
				t.Errorf("s=%v: rank %d came %v times, want %.0f", s, k, counts[k], want)
			}
		}
	}
}

func TestScatterStep(t *testing.T) {
	for _, n := range []int64{1, 2, 6, 97, 1000} {
		seen, step := map[int64]bool{}, scatterStep(n)
		for i := range n {
			seen[i*step%n] = true
		}
		if len(seen) != int(n) {
			t.Errorf("step %d visits %d of %d", step, len(seen), n)
		}
	}
}

func TestWrongFlags(t *testing.T) {
	for _, args := range [][]string{{"-scale", "0"}, {"-scale", "99"}, {"-skew", "-1"}, {"-orphans", "2"}, {"extra"}, {"-scale", "NaN"}} {
		if err := run(context.Background(), append([]string{"-out", t.TempDir()}, args...), io.Discard); err == nil {
			t.Errorf("%v is accepted", args)
		}
	}
}
