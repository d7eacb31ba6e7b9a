package files

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/millrace-dev/millrace/connectors/internal/columns"
	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// csvFormat reads text with a record a line, as RFC 4180 has it: cells may be quoted, and may then
// hold delimiters, quotes that are doubled, and line ends. Lines end with LF or CRLF.
type csvFormat struct {
	comma    rune
	header   bool
	null     string
	declared batch.Schema // types that are not inferred
}

// csvCommitRows is how many rows a transaction has.
const csvCommitRows = 8 << 10

func newCSV(o csvOptions) csvFormat {
	comma, _ := utf8.DecodeRuneInString(o.Delimiter)
	declared, _ := columns.Schema(o.Columns, nil) // the options were checked when they were decoded
	return csvFormat{comma: comma, header: o.Header, null: o.Null, declared: declared}
}

func (csvFormat) extension() string { return ".csv" }

// needsRest is true because a file may end after any line.
func (csvFormat) needsRest() bool { return true }

func (c csvFormat) inspect(path string) (*fileInfo, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	stat, err := f.Stat()
	if err != nil {
		return nil, err
	}
	info := &fileInfo{path: path, size: stat.Size(), modified: stat.ModTime(), rows: -1, commitRows: csvCommitRows}
	info.parts = []part{{place{}, place{unit: info.size}}}
	if info.identity, err = edgeIdentity(f, info.size); err != nil {
		return nil, err
	}
	r := c.records(f, 0, info.size)
	if info.schema, err = c.columnsOf(r); err != nil {
		return nil, err
	}
	return info, c.infer(&info.schema, r)
}

// edgeIdentity returns a digest of the file's size, its start and its end.
func edgeIdentity(f io.ReaderAt, size int64) (id identity, err error) {
	const edge = 4 << 10
	h := sha256.New()
	fmt.Fprintln(h, size)
	for _, start := range []int64{0, max(0, size-edge)} {
		if _, err := io.Copy(h, io.NewSectionReader(f, start, min(edge, size))); err != nil {
			return id, err
		}
	}
	return identity(h.Sum(nil)), nil
}

// records returns the reader of the lines between two offsets.
func (c csvFormat) records(f io.ReaderAt, from, to int64) *csv.Reader {
	in := bufio.NewReaderSize(io.NewSectionReader(f, from, to-from), 1<<20)
	if mark, _ := in.Peek(3); from == 0 && string(mark) == byteOrderMark {
		_, _ = in.Discard(3)
	}
	r := csv.NewReader(in)
	r.Comma = c.comma
	r.ReuseRecord = true
	r.FieldsPerRecord = -1 // we check ourselves, to say it better
	return r
}

const byteOrderMark = "\ufeff"

// columnsOf reads the header, if there is one, and returns the columns; a type that is not declared
// is Invalid.
func (c csvFormat) columnsOf(r *csv.Reader) (s batch.Schema, err error) {
	if !c.header {
		return batch.Schema{Fields: slices.Clone(c.declared.Fields)}, nil
	}
	names, err := r.Read()
	if errors.Is(err, io.EOF) {
		return s, errors.New("the file is empty: it does not even have a header; write one, or set header: false and declare the columns")
	}
	if err != nil {
		return s, csvError(err)
	}
	for i, name := range names {
		name = strings.TrimSpace(name)
		switch {
		case name == "":
			return s, fmt.Errorf("column %d of the header has no name", i+1)
		case !utf8.ValidString(name):
			return s, fmt.Errorf("column %d of the header, %q, is not valid UTF-8", i+1, name)
		case s.Index(name) >= 0:
			return s, fmt.Errorf("the header has column %q twice", name)
		}
		field := batch.Field{Name: strings.Clone(name), Nullable: true}
		if d := c.declared.Index(name); d >= 0 {
			field = c.declared.Fields[d]
		}
		s.Fields = append(s.Fields, field)
	}
	for _, field := range c.declared.Fields {
		if s.Index(field.Name) < 0 {
			return s, fmt.Errorf("column %q is declared but not in the header; %s", field.Name, near.Fix(field.Name, names))
		}
	}
	return s, nil
}

func (c csvFormat) read(ctx context.Context, q query, out emit) error {
	f, err := os.Open(q.file.path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if id, err := c.unchanged(f, q.file); err != nil || !id {
		return errors.Join(errReplaced, err)
	}
	r := csvReader{csvFormat: c, query: q, in: c.records(f, q.from.unit, q.to.unit), start: q.from.unit, rows: batch.NewBuilder(q.schema.Types())}
	if prefix := make([]byte, 3); q.from.unit == 0 {
		if n, _ := f.ReadAt(prefix, 0); string(prefix[:n]) == byteOrderMark {
			r.start = 3
		}
	}
	r.source = make([]int, len(q.schema.Fields))
	for i, field := range q.schema.Fields {
		if r.source[i] = q.file.schema.Index(field.Name); r.source[i] < 0 {
			return fmt.Errorf("column %q is not in the header", field.Name)
		}
	}
	if c.header && q.from.unit == 0 {
		if _, err := r.in.Read(); err != nil {
			return csvError(err)
		}
	}
	if err := r.all(ctx, out); err != nil {
		return r.locate(f, err)
	}
	// A last line that is still being written must not get in.
	if same, err := c.unchanged(f, q.file); err != nil || !same {
		return errors.Join(errReplaced, err)
	}
	return out(r.rows.Peek(), q.to, true)
}

// unchanged reports whether the file is still the one that was inspected.
func (csvFormat) unchanged(f *os.File, info *fileInfo) (bool, error) {
	stat, err := f.Stat()
	if err != nil || stat.Size() != info.size {
		return false, err
	}
	id, err := edgeIdentity(f, info.size)
	return id == info.identity, err
}

// csvReader reads the records of a file.
type csvReader struct {
	csvFormat
	query
	in     *csv.Reader
	start  int64 // the offset at which in begins
	source []int // for each wanted column the cell that has it
	rows   *batch.Builder
}

// all hands all rows but those of the last transaction to out.
func (r *csvReader) all(ctx context.Context, out emit) error {
	for uncommitted := 0; ; {
		record, err := r.in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return csvError(err)
		}
		if err := r.row(record); err != nil {
			return err
		}
		uncommitted++
		offset := r.start + r.in.InputOffset()
		commit := uncommitted >= csvCommitRows && offset < r.to.unit // the end is committed by read
		if !commit && r.rows.Bytes() < maxBatchBytes {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := out(r.rows.Peek(), place{unit: offset}, commit); err != nil {
			return err
		}
		r.rows.Reset()
		if commit {
			uncommitted = 0
		}
	}
}

// cellError is a record that cannot be taken; its line counts from where reading began.
type cellError struct {
	line, column int
	err          error
}

func (e *cellError) Error() string { return fmt.Sprintf("line %d:%d: %v", e.line, e.column, e.err) }
func (e *cellError) Unwrap() error { return e.err }

// at names the file of an error, and the line if it has one.
func at(path string, err error) error {
	if cell := (*cellError)(nil); errors.As(err, &cell) {
		return fmt.Errorf("%s:%d:%d: %w", path, cell.line, cell.column, cell.err)
	}
	return fmt.Errorf("%s: %w", path, err)
}

func (r *csvReader) row(record []string) error {
	if want := len(r.file.schema.Fields); len(record) != want {
		line, column := r.in.FieldPos(len(record) - 1)
		return &cellError{line, column, fmt.Errorf("%d cells where there are %d columns; quote cells that hold a %q", len(record), want, r.comma)}
	}
	for i, field := range r.schema.Fields {
		if err := r.cell(field, record[r.source[i]], r.rows.Cols[i]); err != nil {
			r.rows.Abort()
			line, column := r.in.FieldPos(r.source[i])
			return &cellError{line, column, err}
		}
	}
	r.rows.End(1)
	return nil
}

func (r *csvReader) cell(field batch.Field, cell string, v *batch.Vector) error {
	text := field.Type.Variable()
	if !text {
		cell = strings.TrimSpace(cell)
	}
	if cell == r.null {
		switch {
		case field.Nullable:
			v.AppendNull()
			return nil
		case !text:
			return fmt.Errorf("column %q has no value; declare it nullable: columns: [{name: %s, type: %v, nullable: true}]", field.Name, field.Name, field.Type)
		}
	}
	err := v.AppendText(cell)
	if err != nil && r.declared.Index(field.Name) < 0 {
		return fmt.Errorf("column %q: %w; its type was inferred from the first values: declare one that fits: columns: [{name: %s, type: text}]", field.Name, err, field.Name)
	}
	if err != nil {
		return fmt.Errorf("column %q: %w", field.Name, err)
	}
	return nil
}

// csvError takes what is said about the place out of an error of the CSV library.
func csvError(err error) error {
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return &cellError{parse.Line, parse.Column, fmt.Errorf("%w; quote cells that hold quotes, and double the quotes in them", parse.Err)}
	}
	return err
}

// locate makes the line of an error count from the start of the file.
func (r *csvReader) locate(f io.ReaderAt, err error) error {
	var cell *cellError
	if !errors.As(err, &cell) || r.start == 0 {
		return err
	}
	before := io.NewSectionReader(f, 0, r.start)
	buf := make([]byte, 64<<10)
	for {
		n, readErr := before.Read(buf)
		cell.line += bytes.Count(buf[:n], []byte{'\n'})
		if readErr != nil {
			return err
		}
	}
}
