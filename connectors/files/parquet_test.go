package files

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"github.com/millrace-dev/millrace/sdk/batch"
)

func TestParquetTypes(t *testing.T) {
	for _, c := range []struct {
		of     arrow.DataType
		typ    string
		values []string // as JSON of Arrow
		want   []any
	}{
		{arrow.FixedWidthTypes.Boolean, "bool", []string{"true", "null", "false"}, []any{true, nil, false}},
		{arrow.PrimitiveTypes.Int8, "int8", []string{"-128", "127"}, []any{int64(-128), int64(127)}},
		{arrow.PrimitiveTypes.Int16, "int16", []string{"-32768", "null"}, []any{int64(-32768), nil}},
		{arrow.PrimitiveTypes.Int32, "int32", []string{"-2147483648", "null", "7"}, []any{int64(math.MinInt32), nil, int64(7)}},
		{arrow.PrimitiveTypes.Int64, "int64", []string{"-9223372036854775808"}, []any{int64(math.MinInt64)}},
		{arrow.PrimitiveTypes.Uint8, "uint8", []string{"255"}, []any{uint64(255)}},
		{arrow.PrimitiveTypes.Uint16, "uint16", []string{"65535"}, []any{uint64(65535)}},
		{arrow.PrimitiveTypes.Uint32, "uint32", []string{"4294967295"}, []any{uint64(math.MaxUint32)}},
		{arrow.PrimitiveTypes.Uint64, "uint64", []string{"18446744073709551615"}, []any{uint64(math.MaxUint64)}},
		{arrow.PrimitiveTypes.Float32, "float32", []string{"1.5", "null"}, []any{1.5, nil}},
		{arrow.PrimitiveTypes.Float64, "float64", []string{"-0.25"}, []any{-0.25}},
		{arrow.FixedWidthTypes.Float16, "float32", []string{"0.5", "null"}, []any{0.5, nil}},
		{arrow.BinaryTypes.String, "utf8", []string{`"é"`, "null", `""`, `"x"`}, []any{"é", nil, "", "x"}},
		{arrow.BinaryTypes.LargeString, "utf8", []string{`"x"`}, []any{"x"}},
		{arrow.BinaryTypes.Binary, "binary", []string{`"/wA="`}, []any{[]byte{0xff, 0}}},
		{&arrow.FixedSizeBinaryType{ByteWidth: 2}, "binary", []string{`"/wA="`, "null"}, []any{[]byte{0xff, 0}, nil}},
		{arrow.FixedWidthTypes.Date32, "date", []string{`"1969-12-31"`, `"2022-01-02"`}, []any{int64(-1), int64(18994)}},
		{&arrow.TimestampType{Unit: arrow.Millisecond}, "timestamp", []string{`"1970-01-01 00:00:01.5"`}, []any{int64(1_500_000)}},
		{&arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}, "timestamp", []string{`"1970-01-01 00:00:00.000007Z"`, "null"}, []any{int64(7), nil}},
		{&arrow.TimestampType{Unit: arrow.Nanosecond}, "timestamp", []string{`"1969-12-31 23:59:59.999999999"`}, []any{int64(-1)}},
		{arrow.FixedWidthTypes.Time32ms, "duration", []string{`"00:00:01"`}, []any{int64(1_000_000)}},
		{arrow.FixedWidthTypes.Time64us, "duration", []string{`"00:00:01"`}, []any{int64(1_000_000)}},
		{arrow.FixedWidthTypes.Time64ns, "duration", []string{`"00:00:01"`}, []any{int64(1_000_000)}},
		{&arrow.Decimal128Type{Precision: 5, Scale: 2}, "decimal(38,2)", []string{`"-1.25"`, "null"}, []any{batch.Dec{Hi: -1, Lo: math.MaxUint64 - 124, Scale: 2}, nil}},
		{&arrow.Decimal128Type{Precision: 38, Scale: 0}, "decimal(38,0)", []string{`"18446744073709551616"`}, []any{batch.Dec{Hi: 1}}},
		{extensions.NewUUIDType(), "uuid", []string{`"00010203-0405-0607-0809-0a0b0c0d0e0f"`}, []any{[16]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}}},
		{&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}, "utf8", []string{`"a"`, `"b"`, `"a"`, "null"}, []any{"a", "b", "a", nil}},
	} {
		dir := t.TempDir()
		var rows []string
		for _, v := range c.values {
			rows = append(rows, fmt.Sprintf(`{"v": %s}`, v))
		}
		putParquet(t, filepath.Join(dir, "t", "a.parquet"), []arrow.Field{{Name: "v", Type: c.of, Nullable: true}}, 100, rows...)
		r, tables, err := readAll(t, m{"path": dir})
		if err != nil {
			t.Errorf("%v: %v", c.of, err)
			continue
		}
		if got := tables[0].Schema.Fields[0].Type.String(); got != c.typ {
			t.Errorf("%v is %s, want %s", c.of, got, c.typ)
		}
		var want []string
		for _, v := range c.want {
			want = append(want, text([]any{v}))
		}
		if got := r.rows["t"]; !slices.Equal(got, want) {
			t.Errorf("%v: %v, want %v", c.of, got, want)
		}
	}
}

// TestOldTypes reads what old writers wrote: INT96 timestamps and text without its mark.
func TestOldTypes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t", "a.parquet")
	root, err := schema.NewGroupNode("schema", parquet.Repetitions.Required, schema.FieldList{
		schema.NewInt96Node("at", parquet.Repetitions.Required, -1), schema.NewByteArrayNode("raw", parquet.Repetitions.Optional, -1),
	}, -1)
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Dir(path), "a.parquet", "")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := file.NewParquetWriter(f, root)
	g, err := w.AppendRowGroupChecked()
	if err != nil {
		t.Fatal(err)
	}
	c, _ := g.NextColumn()
	if _, err := c.(*file.Int96ColumnChunkWriter).WriteBatch([]parquet.Int96{{0: 0xe8, 1: 3, 8: 0x8c, 9: 0x3d, 10: 0x25}}, nil, nil); err != nil {
		t.Fatal(err)
	}
	c.Close()
	c, _ = g.NextColumn()
	if _, err := c.(*file.ByteArrayColumnChunkWriter).WriteBatch([]parquet.ByteArray{[]byte("x")}, []int16{1}, nil); err != nil {
		t.Fatal(err)
	}
	c.Close()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, _, err := readAll(t, m{"path": filepath.Dir(filepath.Dir(path))})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.rows["t"]; !slices.Equal(got, []string{"1,[120]"}) {
		t.Errorf("rows %v", got)
	}
}

func TestUnsupportedTypes(t *testing.T) {
	for says, of := range map[string]arrow.DataType{
		`column "v" is nested`:                  arrow.ListOf(arrow.PrimitiveTypes.Int32),
		`column "v": decimal(60,2) is not supp`: &arrow.Decimal256Type{Precision: 60, Scale: 2},
	} {
		dir := t.TempDir()
		putParquet(t, filepath.Join(dir, "t", "a.parquet"), []arrow.Field{{Name: "v", Type: of}}, 100)
		_, _, err := openSource(t, m{"path": dir})
		wantError(t, err, "a.parquet", says)
	}
}

// TestNoUTF8 finds text that is broken inside and where two values meet.
func TestNoUTF8(t *testing.T) {
	for values, ok := range map[string]bool{"a|é|": true, "a\xff|b": false, "\xc3|\xa9": false, "x|\xc3": false} {
		v := batch.NewVector(batch.T(batch.Utf8))
		var list [][]byte
		for value := range strings.SplitSeq(values, "|") {
			list = append(list, []byte(value))
		}
		if err := addText(v, list); (err == nil) != ok {
			t.Errorf("%q: %v", values, err)
		}
	}
}

// TestBatchSize sees large values come in batches that stay near their bound, and the commits not move.
func TestBatchSize(t *testing.T) {
	dir := t.TempDir()
	var rows []string
	value := strings.Repeat("x", 10<<10)
	for i := range 3000 {
		rows = append(rows, fmt.Sprintf(`{"id": %d, "name": "%s"}`, i, value)) // a dictionary makes the file small
	}
	putParquet(t, filepath.Join(dir, "t", "a.parquet"), idName, 5000, rows...)
	r, _, err := readAll(t, m{"path": dir})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.rows["t"]) != 3000 || r.largest > 3*maxBatchBytes {
		t.Errorf("%d rows in batches of up to %d bytes", len(r.rows["t"]), r.largest)
	}
}
