package push

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// table is a table that is asked for.
type table struct {
	name    string
	schema  batch.Schema
	columns []int // positions of the wanted columns in the schema; nil: all
}

func newTable(asked sdk.TableRequest) (*table, error) {
	t := &table{name: asked.Name, schema: asked.Schema}
	if len(t.schema.Fields) == 0 {
		return nil, fmt.Errorf("table %q has no columns; declare them: columns: [{name: id, type: int}]", t.name)
	}
	for _, name := range asked.Columns {
		i := t.schema.Index(name)
		if i < 0 {
			return nil, fmt.Errorf("table %q has no column %q", t.name, name)
		}
		t.columns = append(t.columns, i)
	}
	if asked.Columns != nil && t.columns == nil {
		t.columns = []int{}
	}
	return t, nil
}

// mode says what rows of the table mean to the host.
func (t *table) mode() sdk.Mode {
	if t.schema.Key == nil {
		return sdk.Changes
	}
	return sdk.Keyed
}

// batchBytes is about how large a batch gets; a request may have many.
const batchBytes = 2 << 20

// rows gathers the rows of a request.
type rows struct {
	table   *table
	weight  batch.Weight // +1 puts in, -1 takes out
	builder *batch.Builder
	full    []*batch.Batch
	count   int
	base    int64 // byte of the body at which a decoder began
}

func newRows(t *table, w batch.Weight) *rows {
	return &rows{table: t, weight: w, builder: batch.NewBuilder(t.schema.Types())}
}

// badRequest says what is wrong with a request, and where. Its JSON is the answer.
type badRequest struct {
	Message string `json:"error"`
	Row     *int   `json:"row,omitempty"` // from 0
	Column  string `json:"column,omitempty"`
	Value   string `json:"value,omitempty"`
	Type    string `json:"type,omitempty"`
	Fix     string `json:"fix,omitempty"`
}

// Error returns the message.
func (e *badRequest) Error() string { return e.Message }

// bad returns an error about the row that was begun, which is dropped.
func (r *rows) bad(format string, args ...any) *badRequest {
	r.builder.Abort()
	row := r.count
	return &badRequest{Message: fmt.Sprintf("row %d: ", row) + fmt.Sprintf(format, args...), Row: &row}
}

// add adds a row given as an object.
func (r *rows) add(object map[string]any) error {
	known := 0
	for i, field := range r.table.schema.Fields {
		value, given := object[field.Name]
		if given {
			known++
		}
		isKey := slices.Contains(r.table.schema.Key, i)
		switch {
		case r.ignored(i):
			r.builder.Cols[i].AppendNull()
		case value == nil && (isKey || !field.Nullable):
			return r.absent(i, given)
		default:
			if err := r.builder.Cols[i].AppendJSON(value); err != nil {
				return r.misfit(i, err)
			}
		}
	}
	if known < len(object) {
		return r.unknown(object)
	}
	r.end()
	return nil
}

// ignored reports whether the value of a field does not count: a key is enough to take a row out.
func (r *rows) ignored(field int) bool {
	return r.weight < 0 && r.table.schema.Key != nil && !slices.Contains(r.table.schema.Key, field)
}

func (r *rows) end() {
	r.builder.End(r.weight)
	r.count++
	if r.builder.Rows()%64 == 0 && r.builder.Bytes() >= batchBytes {
		r.full = append(r.full, r.builder.Take())
	}
}

func (r *rows) absent(i int, given bool) error {
	field := r.table.schema.Fields[i]
	what, fix := "is missing", "give it a value"
	if given {
		what = "is null"
	}
	if slices.Contains(r.table.schema.Key, i) {
		fix += ": it is part of the primary key"
	}
	e := r.bad("column %q %s; %s", field.Name, what, fix)
	e.Column, e.Type, e.Fix = field.Name, field.Type.String(), fix
	return e
}

func (r *rows) misfit(i int, err error) error {
	field := r.table.schema.Fields[i]
	e := r.bad("column %q: %v", field.Name, err)
	e.Column, e.Type = field.Name, field.Type.String()
	if value, ok := errors.AsType[*batch.ValueError](err); ok {
		e.Value = value.Value
	}
	return e
}

// unknown reports the first unknown column by name, so that the same row gets the same answer.
func (r *rows) unknown(object map[string]any) error {
	var known, unknown []string
	for _, field := range r.table.schema.Fields {
		known = append(known, field.Name)
	}
	for name := range object {
		if !slices.Contains(known, name) {
			unknown = append(unknown, name)
		}
	}
	name := slices.Min(unknown)
	fix := near.Fix(name, known)
	e := r.bad("table %q has no column %q; %s", r.table.name, name, fix)
	e.Column, e.Fix = name, fix
	return e
}

// addKey adds a row of nothing but its key, given as text.
func (r *rows) addKey(values []string) error {
	key := r.table.schema.Key
	if key == nil {
		fix := "send whole rows in the body"
		return &badRequest{Message: fmt.Sprintf("table %q has no key; %s", r.table.name, fix), Fix: fix}
	}
	if len(values) != len(key) {
		path := []string{"write ", r.table.name}
		for _, i := range key {
			path = append(path, "{"+r.table.schema.Fields[i].Name+"}")
		}
		fix := strings.Join(path, "/")
		return &badRequest{Message: fmt.Sprintf("a key of %d values, not %d; %s", len(key), len(values), fix), Fix: fix}
	}
	for i, v := range r.builder.Cols {
		at := slices.Index(key, i)
		if at < 0 {
			v.AppendNull()
		} else if err := v.AppendText(values[at]); err != nil {
			return r.misfit(i, err)
		}
	}
	r.end()
	return nil
}

// batches returns all rows, with the columns that are wanted.
func (r *rows) batches() []*batch.Batch {
	all := r.full
	if r.builder.Rows() > 0 {
		all = append(all, r.builder.Take())
	}
	if r.table.columns != nil {
		for i := range all {
			all[i] = all[i].Project(r.table.columns)
		}
	}
	return all
}

// decodeWhole adds the rows of a body as encoding/json reads them.
func (r *rows) decodeWhole(body io.Reader) error {
	in := bufio.NewReader(body)
	first, err := firstByte(in)
	if errors.Is(err, io.EOF) {
		return &badRequest{Message: "the body is empty; send an object, a list of objects, or an object a line"}
	}
	if err != nil {
		return err
	}
	if first == '[' {
		return r.decodeList(json.NewDecoder(in), false)
	}
	return r.decodeRows(json.NewDecoder(in))
}

// decodeRest adds the rows behind those that have been added, which end at byte r.base of the body.
func (r *rows) decodeRest(body io.Reader, list bool) error {
	if !list {
		return r.decodeRows(json.NewDecoder(body))
	}
	const element = "[{}" // stands for what has been added
	r.base -= int64(len(element))
	return r.decodeList(json.NewDecoder(io.MultiReader(strings.NewReader(element), body)), true)
}

func (r *rows) decodeRows(d *json.Decoder) error {
	d.UseNumber()
	for {
		if err := r.decodeRow(d); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// firstByte skips white space.
func firstByte(in *bufio.Reader) (byte, error) {
	for {
		b, err := in.ReadByte()
		if err != nil {
			return 0, err
		}
		if b != ' ' && b != '\t' && b != '\r' && b != '\n' {
			return b, in.UnreadByte()
		}
	}
}

// decodeList adds the rows of a list, without the first if that has been added.
func (r *rows) decodeList(d *json.Decoder, begun bool) error {
	d.UseNumber()
	if _, err := d.Token(); err != nil {
		return r.broken(err)
	}
	if begun {
		if err := d.Decode(new(any)); err != nil {
			return r.broken(err)
		}
	}
	for d.More() {
		if err := r.decodeRow(d); errors.Is(err, io.EOF) {
			return r.broken(err)
		} else if err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return r.broken(err)
	}
	if err := d.Decode(new(any)); !errors.Is(err, io.EOF) {
		return &badRequest{Message: "something stands behind the list; send one list"}
	}
	return nil
}

// decodeRow adds the next row. It returns io.EOF itself where no row begins.
func (r *rows) decodeRow(d *json.Decoder) error {
	var object map[string]any
	switch err := d.Decode(&object); {
	case errors.Is(err, io.EOF): // inside a row it would be io.ErrUnexpectedEOF
		return err
	case err != nil:
		return r.broken(err)
	case object == nil:
		return r.bad("null; a row is an object")
	}
	return r.add(object)
}

// broken reports what is no JSON, or JSON of another shape.
func (r *rows) broken(err error) error {
	var shape *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &shape):
		err = fmt.Errorf("a row is an object, not a %s", shape.Value)
	case errors.As(err, &syntax):
		err = fmt.Errorf("not valid JSON at byte %d: %w", r.base+syntax.Offset, syntax)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("not valid JSON: the body ends too early")
	default:
		return err // of the connection, or the body is too large
	}
	return r.bad("%v", err)
}
