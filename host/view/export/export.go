// Package export writes the rows of views as files.
package export

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/millrace-dev/millrace/host/view"
	"github.com/millrace-dev/millrace/sdk/arrow"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// gatherRows is how many rows are gathered before they are written.
const gatherRows = 64 << 10

// rowWriter is one format of an export.
type rowWriter interface {
	write(b *batch.Batch) error
	close() error
}

// Write writes the rows of a view, as of its last published epoch, in the order of its key: equal rows give equal
// bytes (promise I8). The format is parquet, csv or ndjson.
func Write(ctx context.Context, v *view.View, format string, out io.Writer) error {
	r := v.Pipeline().Reader()
	defer r.Close()
	schema := r.Schema(v)
	if schema == nil {
		return fmt.Errorf("view %q has not been published yet: its sources have not been read whole", v.Name())
	}
	w, err := newRowWriter(schema, format, out)
	if err != nil {
		return err
	}
	scan, err := r.Scan(v, view.KeyRange{})
	if err != nil {
		return err
	}
	err = copyRows(ctx, scan, schema, w)
	return errors.Join(err, scan.Close(), w.close())
}

func copyRows(ctx context.Context, scan *view.Scan, schema *batch.Schema, w rowWriter) error {
	rows := batch.NewBuilder(schema.Types())
	cols := make([]int, len(schema.Fields))
	for i := range cols {
		cols[i] = i
	}
	for scan.Next() {
		for range scan.Count {
			scan.AppendTo(rows, cols)
			rows.End(1)
		}
		if rows.Rows() < gatherRows {
			continue
		}
		if err := errors.Join(ctx.Err(), w.write(rows.Peek())); err != nil {
			return err
		}
		rows.Reset()
	}
	if rows.Rows() == 0 {
		return nil
	}
	return w.write(rows.Peek())
}

func newRowWriter(schema *batch.Schema, format string, out io.Writer) (rowWriter, error) {
	switch format {
	case "parquet":
		return newParquetRows(schema, out)
	case "csv":
		w := &csvRows{out: csv.NewWriter(out)}
		head := make([]string, len(schema.Fields))
		for i, f := range schema.Fields {
			head[i] = f.Name
		}
		return w, w.out.Write(head)
	}
	w := &jsonRows{out: out}
	for _, f := range schema.Fields {
		w.names = append(w.names, quoteJSON(f.Name))
	}
	return w, nil
}

type csvRows struct {
	out    *csv.Writer
	record []string
}

func (w *csvRows) write(b *batch.Batch) error {
	for i := range b.Rows {
		w.record = w.record[:0]
		for c := range b.Cols {
			text := ""
			if !b.Cols[c].Null(i) {
				text = string(batch.AppendText(nil, &b.Cols[c], i))
			}
			w.record = append(w.record, text)
		}
		if err := w.out.Write(w.record); err != nil {
			return err
		}
	}
	return nil
}

func (w *csvRows) close() error {
	w.out.Flush()
	return w.out.Error()
}

type jsonRows struct {
	out   io.Writer
	names [][]byte
	line  []byte
}

func quoteJSON(s string) []byte {
	v := batch.NewVector(batch.T(batch.Utf8))
	v.AppendString(s)
	c := v.Take()
	return batch.AppendJSON(nil, &c, 0)
}

func (w *jsonRows) write(b *batch.Batch) error {
	for i := range b.Rows {
		w.line = append(w.line[:0], '{')
		for c := range b.Cols {
			if c > 0 {
				w.line = append(w.line, ',')
			}
			w.line = append(append(w.line, w.names[c]...), ':')
			w.line = batch.AppendJSON(w.line, &b.Cols[c], i)
		}
		w.line = append(w.line, '}', '\n')
		if _, err := w.out.Write(w.line); err != nil {
			return err
		}
	}
	return nil
}

func (w *jsonRows) close() error { return nil }

type parquetRows struct {
	file   *pqarrow.FileWriter
	schema *batch.Schema
}

func newParquetRows(schema *batch.Schema, out io.Writer) (*parquetRows, error) {
	// I8: without dictionaries. A column that begins with one and goes on without has several encodings, which the
	// footer lists in the order of a Go map: the same rows would give other bytes each time.
	props := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Snappy), parquet.WithDictionaryDefault(false))
	file, err := pqarrow.NewFileWriter(arrow.Schema(schema.Fields, false), out, props, pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		return nil, err
	}
	return &parquetRows{file, schema}, nil
}

func (w *parquetRows) write(b *batch.Batch) error {
	rec := arrow.Record(b, arrow.Schema(w.schema.Fields, false))
	defer rec.Release()
	return w.file.WriteBuffered(rec)
}

func (w *parquetRows) close() error { return w.file.Close() }
