package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

const (
	maxFiles  = 4
	groupRows = 64 << 10 // of a row group
)

// job is one file to write.
type job struct {
	table    table
	from, to int64 // units
	path     string
}

// jobs lists the files of all tables. A small table has one.
func jobs(d *data) []job {
	var list []job
	for _, t := range d.tables() {
		files := min(maxFiles, 1+t.units/5000)
		for f := range files {
			name := fmt.Sprintf("%s-%d.parquet", t.name, f+1)
			list = append(list, job{t, 1 + t.units*f/files, t.units * (f + 1) / files, filepath.Join(d.out, t.name, name)})
		}
	}
	return list
}

// write makes the file under a temporary name that no reader takes for data, and renames it when it is whole.
func (j job) write(ctx context.Context, d *data) (err error) {
	if err := os.MkdirAll(filepath.Dir(j.path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(j.path + ".part")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close() // it may be closed
			_ = os.Remove(f.Name())
		}
	}()
	buffered := bufio.NewWriterSize(f, 1<<20)
	if err := j.encode(ctx, buffered, d); err != nil {
		return fmt.Errorf("%s: %w", j.path, err)
	}
	if err := errors.Join(buffered.Flush(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), j.path)
}

func (j job) encode(ctx context.Context, out *bufio.Writer, d *data) error {
	schema := j.table.schema()
	// Decimals of 15 digits are written as 64-bit integers.
	w, err := pqarrow.NewFileWriter(schema, out, parquet.NewWriterProperties(
		parquet.WithCompression(compress.Codecs.Snappy), parquet.WithCreatedBy("millrace tpch"), parquet.WithStoreDecimalAsInteger(true),
	), pqarrow.NewArrowWriterProperties())
	if err != nil {
		return err
	}
	rows := &arrays{builder: array.NewRecordBuilder(memory.DefaultAllocator, schema)}
	defer rows.builder.Release()
	flush := func() error {
		batch := rows.builder.NewRecordBatch()
		defer batch.Release()
		rows.rows = 0
		return w.Write(batch)
	}
	for unit := j.from; unit <= j.to; unit++ {
		if rows.rows >= groupRows {
			if err := errors.Join(ctx.Err(), flush()); err != nil {
				return err
			}
		}
		j.table.write(d, unit, rows)
	}
	return errors.Join(flush(), w.Close())
}

// schema has no column that may be null.
func (t table) schema() *arrow.Schema {
	types := map[kind]arrow.DataType{
		integer: arrow.PrimitiveTypes.Int32, money: &arrow.Decimal128Type{Precision: 15, Scale: 2}, date: arrow.FixedWidthTypes.Date32,
		text: arrow.BinaryTypes.String,
	}
	var fields []arrow.Field
	for _, c := range t.columns {
		fields = append(fields, arrow.Field{Name: c.name, Type: types[c.kind]})
	}
	return arrow.NewSchema(fields, nil)
}

// arrays gathers rows in columns.
type arrays struct {
	builder *array.RecordBuilder
	at      int
	rows    int
}

func (a *arrays) next() array.Builder {
	a.at++
	return a.builder.Field(a.at - 1)
}

func (a *arrays) integer(v int32) { a.next().(*array.Int32Builder).Append(v) }

func (a *arrays) money(v int64) { a.next().(*array.Decimal128Builder).Append(decimal128.FromI64(v)) }

func (a *arrays) date(v int32) { a.next().(*array.Date32Builder).Append(arrow.Date32(v)) }

func (a *arrays) text(v []byte) { a.next().(*array.StringBuilder).BinaryBuilder.Append(v) }

func (a *arrays) end() {
	a.at = 0
	a.rows++
}
