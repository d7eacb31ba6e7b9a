package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"
)

// chunkRows is how many values of a column are made and written at a time.
const chunkRows = 16 << 10

// job is one file to write.
type job struct {
	table table
	index int
	path  string
}

// counters say how far a run is.
type counters struct {
	values, rows, bytes atomic.Int64
}

// jobs lists the files of all tables, those with most work first.
func jobs(o options) []job {
	var list []job
	all := tables(o)
	for _, t := range slices.Backward(all) {
		for f := range filesPerTable {
			name := fmt.Sprintf("%s-%05d.parquet", t.name, f+1)
			list = append(list, job{table: t, index: f, path: filepath.Join(o.out, t.name, name)})
		}
	}
	return list
}

// write makes the file under a temporary name that no reader takes for data, and renames it when it is whole.
func (j job) write(ctx context.Context, o options, done *counters) error {
	if err := os.MkdirAll(filepath.Dir(j.path), 0o755); err != nil {
		return err
	}
	part := j.path + ".part"
	f, err := os.Create(part)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(part) }()
	defer func() { _ = f.Close() }()
	buffered := bufio.NewWriterSize(f, 1<<20)
	if err := j.encode(ctx, buffered, o, done); err != nil {
		return fmt.Errorf("%s: %w", j.path, err)
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	if info, err := f.Stat(); err == nil {
		done.bytes.Add(info.Size())
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(part, j.path)
}

func (j job) encode(ctx context.Context, out *bufio.Writer, o options, done *counters) error {
	root, props, err := j.table.parquet()
	if err != nil {
		return err
	}
	w := file.NewParquetWriter(out, root, file.WithWriterProps(props))
	from, to := j.table.rowsOf(j.index)
	c := &chunk{ints: make([]int32, chunkRows), longs: make([]int64, chunkRows), doubles: make([]float64, chunkRows)}
	for first := from; first < to; first += j.table.group {
		rows := min(j.table.group, to-first)
		group, err := w.AppendRowGroupChecked()
		if err != nil {
			return err
		}
		for _, col := range j.table.columns {
			if err := ctx.Err(); err != nil {
				return err
			}
			// What a value is depends on nothing but seed, table, column and row group.
			c.random = newRandom(o.seed, nameHash(j.table.name), nameHash(col.name), uint64(first))
			writer, err := group.NextColumn()
			if err != nil {
				return err
			}
			if err := col.write(writer, c, first, rows); err != nil {
				return fmt.Errorf("column %q: %w", col.name, err)
			}
			if err := writer.Close(); err != nil {
				return err
			}
			done.values.Add(rows)
		}
		if err := group.Close(); err != nil {
			return err
		}
		done.rows.Add(rows)
	}
	return w.Close()
}

// parquet returns the schema and how it is written: snappy, and a dictionary only where it pays.
func (t table) parquet() (*schema.GroupNode, *parquet.WriterProperties, error) {
	opts := []parquet.WriterProperty{
		parquet.WithCompression(compress.Codecs.Snappy), parquet.WithDictionaryDefault(false),
		parquet.WithCreatedBy("millrace scaling-ecommerce"),
	}
	var fields schema.FieldList
	for _, col := range t.columns {
		node, err := col.node()
		if err != nil {
			return nil, nil, err
		}
		fields = append(fields, node)
		opts = append(opts, parquet.WithDictionaryFor(col.name, col.dict))
	}
	root, err := schema.NewGroupNode("schema", parquet.Repetitions.Required, fields, -1)
	return root, parquet.NewWriterProperties(opts...), err
}

var present = func() []int16 {
	levels := make([]int16, chunkRows)
	for i := range levels {
		levels[i] = 1
	}
	return levels
}()

// write makes and writes the values of rows first to first+rows.
func (col column) write(w file.ColumnChunkWriter, c *chunk, first, rows int64) (err error) {
	for at := int64(0); at < rows && err == nil; at += chunkRows {
		n := int(min(chunkRows, rows-at))
		c.first, c.rows = first+at, n
		c.ints, c.longs, c.doubles = c.ints[:n], c.longs[:n], c.doubles[:n]
		c.text, c.ends = c.text[:0], append(c.ends[:0], 0)
		col.fill(c)
		var levels []int16
		if w.Descr().MaxDefinitionLevel() > 0 {
			levels = present[:n]
		}
		switch w := w.(type) {
		case *file.Int32ColumnChunkWriter:
			_, err = w.WriteBatch(c.ints, levels, nil)
		case *file.Int64ColumnChunkWriter:
			_, err = w.WriteBatch(c.longs, levels, nil)
		case *file.Float64ColumnChunkWriter:
			_, err = w.WriteBatch(c.doubles, levels, nil)
		case *file.ByteArrayColumnChunkWriter:
			if w.SupportsArrowOffsets() {
				_, err = w.WriteBatchArrow(c.text, c.ends, levels, nil)
			} else { // a dictionary takes values only
				_, err = w.WriteBatch(c.views(), levels, nil)
			}
		default:
			err = fmt.Errorf("unexpected writer %T", w)
		}
	}
	return err
}
