package files

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// BenchmarkParquet reads files of the scaling e-commerce example, if MILLRACE_DATA names their folder.
func BenchmarkParquet(b *testing.B) {
	dir := os.Getenv("MILLRACE_DATA")
	if dir == "" {
		b.Skip("MILLRACE_DATA is not set")
	}
	for _, c := range []struct {
		name, table string
		columns     []string
	}{
		{name: "products", table: "products"},
		{name: "order_items/2", table: "order_items", columns: []string{"order_id", "product_id"}},
		{name: "order_items", table: "order_items"},
	} {
		b.Run(c.name, func(b *testing.B) {
			paths, err := filepath.Glob(filepath.Join(dir, c.table, "*.parquet"))
			if err != nil || len(paths) == 0 {
				b.Fatal(err, "no files")
			}
			rows, bytes := 0, 0
			for b.Loop() {
				for _, path := range paths {
					info, err := parquetFormat{}.inspect(path)
					if err != nil {
						b.Fatal(err)
					}
					want := info.schema
					if c.columns != nil {
						want.Fields = nil
						for _, name := range c.columns {
							want.Fields = append(want.Fields, info.schema.Fields[info.schema.Index(name)])
						}
					}
					for _, part := range info.parts {
						err := parquetFormat{}.read(context.Background(), query{file: info, from: part.from, to: part.to, schema: want},
							func(x *batch.Batch, _ place, _ bool) error {
								rows += x.Rows
								bytes += x.Bytes()
								return nil
							})
						if err != nil {
							b.Fatal(err)
						}
					}
				}
			}
			b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(bytes)/b.Elapsed().Seconds()/1e6, "MB/s")
			b.ReportAllocs()
		})
	}
}

// nowhere is a host that takes everything and keeps nothing.
type nowhere struct{}

func (nowhere) Write(_, _ string, _ sdk.Mode, b *batch.Batch) error      { return nil }
func (nowhere) Commit(string, sdk.Position) error                        { return nil }
func (nowhere) Await(string, sdk.Position, sdk.Stage) (sdk.Epoch, error) { return 0, nil }
func (nowhere) Live(string) error                                        { return nil }

// BenchmarkRead reads all tables of the example, several files at a time.
func BenchmarkRead(b *testing.B) {
	dir := os.Getenv("MILLRACE_DATA")
	if dir == "" {
		b.Skip("MILLRACE_DATA is not set")
	}
	src, tables, err := openSource(b, map[string]any{"path": dir})
	if err != nil {
		b.Fatal(err)
	}
	req, rows := request(tables), int64(0)
	req.Parallel = runtime.GOMAXPROCS(0)
	for b.Loop() {
		if err := src.Read(context.Background(), req, sdk.NewWriter(nowhere{}, nil)); err != nil {
			b.Fatal(err)
		}
		for _, t := range tables {
			rows += t.Rows
		}
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkCSV reads a file of four columns.
func BenchmarkCSV(b *testing.B) {
	dir := b.TempDir()
	f, err := os.Create(filepath.Join(dir, "t.csv"))
	if err != nil {
		b.Fatal(err)
	}
	const lines = 200_000
	fmt.Fprintln(f, "id,name,price,at")
	for i := range lines {
		fmt.Fprintf(f, "%d,name of %d,%d.25,2022-01-02T03:04:05Z\n", i, i, i%1000)
	}
	size, err := f.Seek(0, io.SeekCurrent)
	if err != nil || f.Close() != nil {
		b.Fatal(err)
	}
	src, tables, err := openSource(b, map[string]any{"path": dir, "poll": "10ms"})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(size)
	for b.Loop() {
		if err := src.Read(context.Background(), request(tables), sdk.NewWriter(nowhere{}, nil)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*lines/b.Elapsed().Seconds(), "rows/s")
}
