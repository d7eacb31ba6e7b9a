package sdk

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Trait is something that a table of NewTable is besides its columns.
type Trait uint8

const (
	// Replayable is said of a table that reads the same again: see Table.Replayable.
	Replayable Trait = iota + 1
	// Upserts are rows that come by Upsert and DeleteKey: see Table.Keyed.
	Upserts
	// Finite is said of a table with a first full read that ends. Otherwise the table is a stream, live from
	// the start.
	Finite
)

// RowTable is a table whose rows are structs of type T.
type RowTable[T any] struct {
	Table
	columns []column
}

// column moves one field of a struct into a vector.
type column struct {
	field  []int
	append func(v *batch.Vector, field reflect.Value) error
}

// NewTable returns a table whose columns are the fields of T that have a tag col:"name" with, after
// commas, options: key for the columns of the primary key; date for a time.Time that is a day; decimal=2, int128 or
// uint128 for a batch.Dec. A pointer is a column that may be null; col:"-" is no column.
//
// The types are: bool, the sized integers (int is int64), floats, string, []byte, time.Time,
// time.Duration, json.RawMessage, [16]byte for a UUID, [2]float64 for a point, and batch.Dec. It panics when T
// cannot be a row.
func NewTable[T any](name string, traits ...Trait) *RowTable[T] {
	t := &RowTable[T]{Table: Table{
		Name:       name,
		Replayable: slices.Contains(traits, Replayable),
		Keyed:      slices.Contains(traits, Upserts),
	}}
	if slices.Contains(traits, Finite) {
		t.Rows = -1
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		if f.Anonymous || !f.IsExported() || f.Tag.Get("col") == "-" {
			continue
		}
		if err := t.add(f); err != nil {
			panic(fmt.Sprintf("sdk: table %q: field %s: %v", name, f.Name, err))
		}
	}
	if t.Keyed && t.Schema.Key == nil {
		panic(fmt.Sprintf("sdk: table %q: upserts need a key: add ,key to the tag of a column", name))
	}
	return t
}

func (t *RowTable[T]) add(f reflect.StructField) error {
	name, options, _ := strings.Cut(f.Tag.Get("col"), ",")
	if name == "" {
		return fmt.Errorf(`no column name: add a tag col:"name", or col:"-" to leave it out`)
	}
	if t.Schema.Index(name) >= 0 {
		return fmt.Errorf("a second column %q", name)
	}
	kind := ""
	for option := range strings.SplitSeq(options, ",") {
		switch {
		case option == "key":
			t.Schema.Key = append(t.Schema.Key, len(t.Schema.Fields))
		case option != "":
			kind = option
		}
	}
	typ, nullable := f.Type, f.Type.Kind() == reflect.Pointer
	if nullable {
		typ = typ.Elem()
	}
	of, put, err := mapping(typ, kind)
	if err != nil {
		return err
	}
	if nullable {
		put = orNull(put)
	}
	t.Schema.Fields = append(t.Schema.Fields, batch.Field{Name: name, Type: of, Nullable: nullable})
	t.columns = append(t.columns, column{f.Index, put})
	return nil
}

type putter = func(v *batch.Vector, field reflect.Value) error

func orNull(put putter) putter {
	return func(v *batch.Vector, field reflect.Value) error {
		if field.IsNil() {
			v.AppendNull()
			return nil
		}
		return put(v, field.Elem())
	}
}

// mapping returns the column type of a Go type and how its values are appended.
func mapping(t reflect.Type, option string) (batch.Type, putter, error) {
	of, put, err := specialMapping(t, option)
	if err != nil || put != nil {
		return of, put, err
	}
	if option != "" {
		return batch.Type{}, nil, fmt.Errorf("option %q does not go with %v", option, t)
	}
	switch t.Kind() {
	case reflect.Bool:
		return batch.T(batch.Bool), func(v *batch.Vector, f reflect.Value) error { v.AppendBool(f.Bool()); return nil }, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		kind := map[uintptr]batch.Kind{1: batch.Int8, 2: batch.Int16, 4: batch.Int32, 8: batch.Int64}[t.Size()]
		return batch.T(kind), func(v *batch.Vector, f reflect.Value) error { return v.AppendValue(f.Int()) }, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		kind := map[uintptr]batch.Kind{1: batch.Uint8, 2: batch.Uint16, 4: batch.Uint32, 8: batch.Uint64}[t.Size()]
		return batch.T(kind), func(v *batch.Vector, f reflect.Value) error { return v.AppendValue(f.Uint()) }, nil
	case reflect.Float32:
		return batch.T(batch.Float32), func(v *batch.Vector, f reflect.Value) error { return v.AppendValue(f.Float()) }, nil
	case reflect.Float64:
		return batch.T(batch.Float64), func(v *batch.Vector, f reflect.Value) error { return v.AppendValue(f.Float()) }, nil
	case reflect.String:
		return batch.T(batch.Utf8), func(v *batch.Vector, f reflect.Value) error { return v.AppendText(f.String()) }, nil
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return batch.T(batch.Binary), func(v *batch.Vector, f reflect.Value) error { v.AppendBytes(f.Bytes()); return nil }, nil
		}
	}
	return batch.Type{}, nil, fmt.Errorf("%v is no column type", t)
}

// specialMapping maps the types that mean more than their Go kind; put is nil for all others.
func specialMapping(t reflect.Type, option string) (of batch.Type, put putter, err error) {
	switch t {
	case reflect.TypeFor[time.Time]():
		if option == "date" {
			return batch.T(batch.Date), func(v *batch.Vector, f reflect.Value) error {
				y, m, d := f.Interface().(time.Time).Date()
				return v.AppendValue(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
			}, nil
		}
		of, put = batch.T(batch.Timestamp), func(v *batch.Vector, f reflect.Value) error {
			return v.AppendValue(f.Interface().(time.Time).UnixMicro())
		}
	case reflect.TypeFor[time.Duration]():
		of, put = batch.T(batch.Duration), func(v *batch.Vector, f reflect.Value) error { return v.AppendValue(f.Int() / 1000) }
	case reflect.TypeFor[json.RawMessage]():
		of, put = batch.T(batch.JSON), func(v *batch.Vector, f reflect.Value) error { return v.AppendText(string(f.Bytes())) }
	case reflect.TypeFor[[16]byte]():
		of, put = batch.T(batch.UUID), func(v *batch.Vector, f reflect.Value) error { return v.AppendValue(f.Interface()) }
	case reflect.TypeFor[[2]float64]():
		of, put = batch.T(batch.Point), func(v *batch.Vector, f reflect.Value) error { return v.AppendValue(f.Interface()) }
	case reflect.TypeFor[batch.Dec]():
		of, err = decType(option)
		return of, func(v *batch.Vector, f reflect.Value) error { return v.AppendValue(f.Interface()) }, err
	default:
		return batch.Type{}, nil, nil
	}
	if option != "" {
		return batch.Type{}, nil, fmt.Errorf("option %q does not go with %v", option, t)
	}
	return of, put, nil
}

func decType(option string) (batch.Type, error) {
	digits, isDecimal := strings.CutPrefix(option, "decimal=")
	scale, err := strconv.ParseUint(digits, 10, 8)
	switch {
	case option == "int128":
		return batch.T(batch.Int128), nil
	case option == "uint128":
		return batch.T(batch.Uint128), nil
	case isDecimal && err == nil && scale <= 38:
		return batch.DecimalType(uint8(scale)), nil
	}
	return batch.Type{}, fmt.Errorf("a batch.Dec needs one of the options decimal=0 .. decimal=38, int128, uint128")
}

// described is any RowTable.
type described interface{ describe() Table }

func (t *RowTable[T]) describe() Table { return t.Table }

// Tables returns the descriptions of row tables, for Connector.Tables.
func Tables(tables ...described) []Table {
	out := make([]Table, len(tables))
	for i, t := range tables {
		out[i] = t.describe()
	}
	return out
}

// Insert adds a row. A row that does not fit its columns is an error of the next Commit.
func (t *RowTable[T]) Insert(out *Writer, row T) { t.put(out, Changes, 1, row) }

// Delete takes back a row, which is given whole.
func (t *RowTable[T]) Delete(out *Writer, row T) { t.put(out, Changes, -1, row) }

// Update replaces a row, which is given whole.
func (t *RowTable[T]) Update(out *Writer, before, after T) {
	t.put(out, Changes, -1, before)
	t.put(out, Changes, 1, after)
}

// Upsert says that row is now the row of its key, whatever was there before. The table needs the
// trait Upserts.
func (t *RowTable[T]) Upsert(out *Writer, row T) { t.put(out, Keyed, 1, row) }

// DeleteKey deletes the row with the key of row; its other fields do not matter. The table needs the
// trait Upserts.
func (t *RowTable[T]) DeleteKey(out *Writer, row T) { t.put(out, Keyed, -1, row) }

// Columns returns a builder of weighted rows, with all columns of the schema in order, for who
// can fill columns faster than structs. It first hands on the rows in it if there are at least rows. Rows
// left in it go with the next Commit.
func (t *RowTable[T]) Columns(out *Writer, rows int) *batch.Builder {
	r := out.rowsOf(&t.Table, Changes)
	if r.builder.Rows() >= rows {
		out.hand(r)
	}
	return r.builder
}

func (t *RowTable[T]) put(out *Writer, mode Mode, w batch.Weight, row T) {
	if mode == Keyed && !t.Keyed {
		panic(fmt.Sprintf("sdk: table %q: Upsert and DeleteKey need the trait sdk.Upserts", t.Name))
	}
	r := out.rowsOf(&t.Table, mode)
	value := reflect.ValueOf(&row).Elem()
	for i, c := range t.columns {
		v := r.builder.Cols[i]
		if mode == Keyed && w < 0 && !slices.Contains(t.Schema.Key, i) {
			v.AppendNull()
			continue
		}
		if err := c.append(v, value.FieldByIndex(c.field)); err != nil {
			r.builder.Abort()
			out.note(fmt.Errorf("table %q: column %q: %w", t.Name, t.Schema.Fields[i].Name, err))
			return
		}
	}
	r.builder.End(w)
	out.handFull(r)
}
