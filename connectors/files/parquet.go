package files

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// parquetFormat reads Parquet files with flat columns.
type parquetFormat struct{}

const (
	// splitBytes is how large a part of a file is at least: a larger file is read by several readers.
	splitBytes = 512 << 20
	// commitBytes is about how much a transaction holds. The host keeps open transactions in memory.
	commitBytes = 8 << 20
	// readBufferBytes is how much of a column is read from the file at once.
	readBufferBytes = 256 << 10
)

func (parquetFormat) extension() string { return ".parquet" }

// needsRest is false because a Parquet file ends with its footer.
func (parquetFormat) needsRest() bool { return false }

func (parquetFormat) inspect(path string) (info *fileInfo, err error) {
	defer guard(&err)
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	stat, err := f.Stat()
	if err != nil {
		return nil, err
	}
	info = &fileInfo{path: path, size: stat.Size(), modified: stat.ModTime()}
	if info.identity, err = footerIdentity(f, info.size); err != nil {
		return nil, err
	}
	r, err := openParquet(f)
	if err != nil {
		return nil, err
	}
	if info.schema, err = parquetSchema(r.MetaData().Schema); err != nil {
		return nil, err
	}
	info.rows, info.parts, info.commitRows = layout(r)
	info.ranges = ranges(r, &info.schema)
	return info, nil
}

// merge demands the same columns, in any order, and keeps which may be null.
func (parquetFormat) merge(schema *batch.Schema, first, next *fileInfo) error {
	for i, field := range schema.Fields {
		j := next.schema.Index(field.Name)
		if j < 0 {
			return differ(first, next, field.Name, field.Type.String(), "missing")
		}
		if found := next.schema.Fields[j]; found.Type != field.Type {
			return differ(first, next, field.Name, field.Type.String(), found.Type.String())
		} else if found.Nullable {
			schema.Fields[i].Nullable = true
		}
	}
	for _, field := range next.schema.Fields {
		if schema.Index(field.Name) < 0 {
			return differ(first, next, field.Name, "missing", field.Type.String())
		}
	}
	return nil
}

func differ(first, next *fileInfo, column, here, there string) error {
	return fmt.Errorf("files of the table differ: column %q is %s in %s and %s in %s; write them alike, or make them two tables",
		column, here, first.path, there, next.path)
}

// layout cuts a file into parts of whole row groups.
func layout(r *file.Reader) (rows int64, parts []part, commitRows int64) {
	groups := r.NumRowGroups()
	bytes, start, inPart := int64(0), int64(0), int64(0)
	for g := range groups {
		meta := r.MetaData().RowGroups[g]
		rows += meta.NumRows
		bytes += meta.TotalByteSize
		inPart += meta.TotalByteSize
		if inPart >= splitBytes || g == groups-1 {
			parts = append(parts, part{place{unit: start}, place{unit: int64(g + 1)}})
			start, inPart = int64(g+1), 0
		}
	}
	if parts == nil {
		parts = []part{{}}
	}
	return rows, parts, rowsPer(commitBytes, bytes/max(1, rows))
}

func openParquet(f *os.File) (*file.Reader, error) {
	props := parquet.NewReaderProperties(memory.DefaultAllocator)
	props.BufferedStreamEnabled = true
	props.BufferSize = readBufferBytes
	return file.NewParquetReader(f, file.WithReadProps(props))
}

var (
	errNoParquet = errors.New("not a Parquet file: it does not begin with PAR1")
	errCutOff    = errors.New("the file is cut off, or still being written: it does not end with a Parquet footer; write the file again")
)

// footerIdentity returns a digest of the footer, which says where every piece of the file is.
func footerIdentity(f *os.File, size int64) (id identity, err error) {
	const mark = "PAR1"
	var head, tail [8]byte
	if size == 0 {
		return id, errors.New("the file is empty; write the file again")
	}
	if _, err := f.ReadAt(head[:min(4, size)], 0); err != nil {
		return id, err
	}
	if string(head[:4]) != mark {
		return id, errNoParquet
	}
	if size < 12 {
		return id, errCutOff
	}
	if _, err := f.ReadAt(tail[:], size-8); err != nil {
		return id, err
	}
	if string(tail[4:]) == "PARE" {
		return id, errors.New("the file is encrypted, which is not supported; write it without encryption")
	}
	footer := int64(binary.LittleEndian.Uint32(tail[:]))
	if string(tail[4:]) != mark || footer > size-12 {
		return id, errCutOff
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(f, size-8-footer, footer)); err != nil {
		return id, err
	}
	return identity(h.Sum(nil)), nil
}

func (parquetFormat) read(ctx context.Context, q query, out emit) (err error) {
	defer guard(&err)
	f, err := os.Open(q.file.path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	stat, err := f.Stat()
	if err != nil {
		return err
	}
	if id, err := footerIdentity(f, stat.Size()); err != nil || id != q.file.identity {
		return errors.Join(errReplaced, err)
	}
	r, err := openParquet(f)
	if err != nil {
		return err
	}
	p := parquetReader{info: q.file, schema: q.schema, file: r, rows: batch.NewBuilder(q.schema.Types()), out: out}
	for at := q.from; at.unit < q.to.unit; at = (place{unit: at.unit + 1}) {
		if at.row == 0 && ruledOut(r, int(at.unit), q.where) {
			if err := out(p.rows.Peek(), place{unit: at.unit + 1}, true); err != nil {
				return err
			}
			continue
		}
		if err := p.group(ctx, at); err != nil {
			return fmt.Errorf("row group %d: %w", at.unit, err)
		}
	}
	return nil
}

// maxStep is how many rows of a column are read, at most, before the next column's turn.
const maxStep = 2048

// parquetReader reads a part of a file, row group by row group.
type parquetReader struct {
	info   *fileInfo
	schema batch.Schema
	file   *file.Reader
	rows   *batch.Builder
	out    emit
}

// group reads a row group from row at.row on.
func (p *parquetReader) group(ctx context.Context, at place) error {
	group := p.file.RowGroup(int(at.unit))
	leaves := make([]leaf, len(p.schema.Fields))
	for i, field := range p.schema.Fields {
		var err error
		if leaves[i], err = openLeaf(group, field); err != nil {
			return fmt.Errorf("column %q: %w", field.Name, err)
		}
		defer func() { _ = leaves[i].close() }()
		if err := leaves[i].skip(at.row); err != nil {
			return fmt.Errorf("column %q: %w", field.Name, err)
		}
	}
	total := group.NumRows()
	if total == 0 {
		return p.out(p.rows.Peek(), place{unit: at.unit + 1}, true)
	}
	step := int64(64) // until it is known how large the values are
	for row := at.row; row < total; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(step, total-row, p.info.commitRows-row%p.info.commitRows)
		for i, field := range p.schema.Fields {
			if err := leaves[i].read(int(n), p.rows.Cols[i]); err != nil {
				return fmt.Errorf("column %q, rows %d to %d: %w", field.Name, row, row+n, err)
			}
		}
		p.rows.EndRows(int(n), 1)
		row += n
		step = min(maxStep, rowsPer(maxBatchBytes/4, int64(p.rows.Bytes()/p.rows.Rows())))
		commit := row == total || row%p.info.commitRows == 0
		if !commit && p.rows.Bytes() < maxBatchBytes {
			continue
		}
		next := place{at.unit, row}
		if row == total {
			next = place{unit: at.unit + 1}
		}
		if err := p.out(p.rows.Peek(), next, commit); err != nil {
			return err
		}
		p.rows.Reset()
	}
	return nil
}

// guard turns a panic of the Parquet library, which damaged files can bring about, into an error.
func guard(err *error) {
	if v := recover(); v != nil { // a damaged file must not take the program down
		*err = fmt.Errorf("the file is damaged: %v; write the file again", v)
	}
}
