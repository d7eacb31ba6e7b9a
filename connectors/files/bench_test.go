package files

import (
	"context"
	"os"
	"path/filepath"
	"testing"

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
