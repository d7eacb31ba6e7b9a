package arrow

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/float16"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/millrace-dev/millrace/sdk/batch"
)

func allFields() []batch.Field {
	var fields []batch.Field
	for k := batch.Bool; k <= batch.Point; k++ {
		fields = append(fields, batch.Field{Name: k.String(), Type: batch.T(k), Nullable: true})
	}
	return append(fields, batch.Field{Name: "money", Type: batch.DecimalType(2), Nullable: true})
}

// texts are values of each kind in text form.
var texts = map[batch.Kind][]string{
	batch.Bool: {"true", "false"}, batch.Int8: {"-128", "7"}, batch.Int16: {"-32768", "1"}, batch.Int32: {"-2147483648", "2"},
	batch.Int64: {"-9223372036854775808", "3"}, batch.Uint8: {"255", "0"}, batch.Uint16: {"65535"}, batch.Uint32: {"4294967295"},
	batch.Uint64: {"18446744073709551615"}, batch.Float32: {"0.1", "NaN", "-0"}, batch.Float64: {"0.1", "Infinity"},
	batch.Decimal: {"-12", "5"}, batch.Int128: {"-170141183460469231731687303715884105728"}, batch.Uint128: {"340282366920938463463374607431768211455"},
	batch.Utf8: {"", "héllo", "a"}, batch.Binary: {`\x`, `\x00ff`}, batch.Date: {"1969-12-31", "2024-02-29"},
	batch.Timestamp: {"1969-12-31T23:59:59.999999Z", "2024-02-29T00:00:00Z"}, batch.Duration: {"-1s", "1h0m0s"}, batch.JSON: {`{"a":1}`, `[]`},
	batch.UUID: {"01234567-89ab-cdef-0123-456789abcdef"}, batch.Point: {"POINT(1.5, -2)"},
}

func randomBatch(t *testing.T, r *rand.Rand, fields []batch.Field, rows int) *batch.Batch {
	t.Helper()
	s := batch.Schema{Fields: fields}
	b := batch.NewBuilder(s.Types())
	for range rows {
		for _, v := range b.Cols {
			if r.IntN(4) == 0 {
				v.AppendNull()
				continue
			}
			choices := texts[v.Type.Kind]
			if err := v.AppendText(choices[r.IntN(len(choices))]); err != nil {
				t.Fatal(err)
			}
		}
		b.End(batch.Weight(r.IntN(5) - 2))
	}
	return b.Take()
}

func same(t *testing.T, got, want *batch.Batch) {
	t.Helper()
	if got.Rows != want.Rows {
		t.Fatalf("%d rows, not %d", got.Rows, want.Rows)
	}
	for i := range want.Rows {
		if g, w := fmt.Sprint(got.Row(i), got.Weight(i)), fmt.Sprint(want.Row(i), want.Weight(i)); g != w {
			t.Fatalf("row %d is\n%s, not\n%s", i, g, w)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	fields := allFields()
	for range 50 {
		b := randomBatch(t, r, fields, r.IntN(40))
		i := r.IntN(b.Rows + 1)
		b = b.Slice(i, i+r.IntN(b.Rows+1-i))
		weighted := b.Weights != nil
		s := Schema(fields, weighted)
		rec := Record(b, s)
		back, err := Batch(rec, b.Types())
		if err != nil {
			t.Fatal(err)
		}
		same(t, back, b)
		if err := Check(back); err != nil {
			t.Fatal(err)
		}

		// A slice of the record has arrays with offsets.
		from := int64(r.IntN(b.Rows + 1))
		back, err = Batch(rec.NewSlice(from, int64(b.Rows)), b.Types())
		if err != nil {
			t.Fatal(err)
		}
		same(t, back, b.Slice(int(from), b.Rows))

		// Over the IPC format types and extensions survive.
		var wire bytes.Buffer
		w := ipc.NewWriter(&wire, ipc.WithSchema(s))
		if err := w.Write(rec); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		reader, err := ipc.NewReader(&wire)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Fields(reader.Schema())
		if err != nil || fmt.Sprint(got) != fmt.Sprint(fields) {
			t.Fatalf("%v\n%v\n%v", err, got, fields)
		}
		read, err := reader.Read()
		if err != nil {
			t.Fatal(err)
		}
		if back, err = Batch(read, b.Types()); err != nil {
			t.Fatal(err)
		}
		same(t, back, b)
	}
}

func TestNothingIsCopied(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	b := randomBatch(t, r, allFields(), 64)
	back, err := Batch(Record(b, Schema(allFields(), true)), b.Types())
	if err != nil {
		t.Fatal(err)
	}
	for i := range b.Cols {
		if unsafe.SliceData(b.Cols[i].Data) != unsafe.SliceData(back.Cols[i].Data) {
			t.Errorf("%v was copied", b.Cols[i].Type)
		}
	}
	if &b.Weights[0] != &back.Weights[0] {
		t.Error("the weights were copied")
	}
}

// foreign builds an array of another layout.
func foreign(t *testing.T, of arrow.DataType, json string) arrow.Array {
	t.Helper()
	arr, _, err := array.FromJSON(memory.DefaultAllocator, of, strings.NewReader(json))
	if err != nil {
		t.Fatal(err)
	}
	return arr
}

func TestForeignTypes(t *testing.T) {
	for _, c := range []struct {
		of   arrow.DataType
		json string
		want string // type: values in text form
	}{
		{arrow.BinaryTypes.LargeString, `["a", null, "bc"]`, "utf8: a||bc"},
		{arrow.BinaryTypes.StringView, `["a", null, "longer than twelve bytes"]`, "utf8: a||longer than twelve bytes"},
		{arrow.BinaryTypes.LargeBinary, `["AAE=", null]`, `binary: \x0001|`},
		{arrow.BinaryTypes.BinaryView, `["AAE=", null]`, `binary: \x0001|`},
		{&arrow.FixedSizeBinaryType{ByteWidth: 2}, `["AAE=", null]`, `binary: \x0001|`},
		{&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}, `["x", "y", null, "x"]`, "utf8: x|y||x"},
		{&arrow.TimestampType{Unit: arrow.Second}, `["1969-12-31 23:59:59", null]`, "timestamp: 1969-12-31T23:59:59Z|"},
		{&arrow.TimestampType{Unit: arrow.Millisecond}, `["2022-01-01 00:00:00.123"]`, "timestamp: 2022-01-01T00:00:00.123Z"},
		{&arrow.TimestampType{Unit: arrow.Nanosecond}, `["1969-12-31 23:59:59.999999999"]`, "timestamp: 1969-12-31T23:59:59.999999Z"},
		{arrow.FixedWidthTypes.Date64, `["1969-12-31", null, "2022-03-04"]`, "date: 1969-12-31||2022-03-04"},
		{arrow.FixedWidthTypes.Time32s, `["01:00:00", null]`, "duration: 1h0m0s|"},
		{arrow.FixedWidthTypes.Time64ns, `["00:00:00.000001"]`, "duration: 0.000001s"},
		{&arrow.Decimal32Type{Precision: 5, Scale: 2}, `["-1.50", null]`, "decimal(38,2): -1.50|"},
		{&arrow.Decimal64Type{Precision: 12, Scale: 0}, `["-15"]`, "decimal(38,0): -15"},
		{&arrow.Decimal128Type{Precision: 10, Scale: 3}, `["1.5"]`, "decimal(38,3): 1.500"},
		{&arrow.Decimal256Type{Precision: 60, Scale: 2}, `["12345678901234567890.12"]`, "decimal(38,2): 12345678901234567890.12"},
		{arrow.ListOf(arrow.PrimitiveTypes.Int32), `[[1, 2], null, []]`, "json: [1,2]||[]"},
		{arrow.StructOf(arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int32}), `[{"a": 1}]`, `json: {"a":1}`},
		{arrow.Null, `[null, null]`, "utf8: |"},
	} {
		arr := foreign(t, c.of, c.json)
		typ, err := TypeOf(c.of)
		if err != nil {
			t.Error(err)
			continue
		}
		col, err := Column(arr, batch.Type{})
		if err != nil {
			t.Errorf("%v: %v", c.of, err)
			continue
		}
		var values []string
		for i := range arr.Len() {
			values = append(values, string(batch.AppendText(nil, &col, i)))
			if arr.IsNull(i) != col.Null(i) && c.of != arrow.Null {
				t.Errorf("%v: row %d: null %v", c.of, i, col.Null(i))
			}
		}
		if got := typ.String() + ": " + strings.Join(values, "|"); got != c.want || col.Type != typ {
			t.Errorf("%v is %q, not %q", c.of, got, c.want)
		}
		sliced, err := Column(array.NewSlice(arr, 1, int64(arr.Len())), typ)
		if err != nil {
			t.Error(err)
			continue
		}
		for i := 1; i < arr.Len(); i++ {
			if got := string(batch.AppendText(nil, &sliced, i-1)); got != values[i] {
				t.Errorf("%v sliced: %q, not %q", c.of, got, values[i])
			}
		}
	}
}

func TestFloat16(t *testing.T) {
	b := array.NewFloat16Builder(memory.DefaultAllocator)
	b.AppendValues([]float16.Num{float16.New(1.5), float16.New(-2)}, nil)
	c, err := Column(b.NewArray(), batch.Type{})
	if err != nil || c.Value(0) != 1.5 || c.Value(1) != -2.0 {
		t.Error(c, err)
	}
}

func TestCasts(t *testing.T) {
	for _, c := range []struct {
		of   arrow.DataType
		json string
		want batch.Type
		text string // or "!" and what the error says
	}{
		{arrow.PrimitiveTypes.Int32, `[1, null]`, batch.T(batch.Int64), "1|"},
		{arrow.PrimitiveTypes.Int64, `[300]`, batch.T(batch.Uint8), "!out of range"},
		{arrow.PrimitiveTypes.Uint8, `[3]`, batch.DecimalType(2), "3.00"},
		{arrow.PrimitiveTypes.Float32, `[0.5]`, batch.T(batch.Float64), "0.5"},
		{arrow.PrimitiveTypes.Float32, `[0.5]`, batch.T(batch.Int64), "!float32 is not int64"},
		{arrow.BinaryTypes.Binary, `["YWI="]`, batch.T(batch.Utf8), "ab"},
		{arrow.BinaryTypes.Binary, `["/w=="]`, batch.T(batch.Utf8), "!UTF-8"},
		{arrow.BinaryTypes.String, `["{}"]`, batch.T(batch.JSON), "{}"},
		{arrow.BinaryTypes.String, `["{"]`, batch.T(batch.JSON), "!not valid JSON"},
		{arrow.BinaryTypes.String, `["1"]`, batch.T(batch.Int64), "!utf8 is not int64"},
		{&arrow.TimestampType{Unit: arrow.Second}, `[9223372036854775807]`, batch.Type{}, "!does not fit"},
	} {
		arr := foreign(t, c.of, c.json)
		col, err := Column(arr, c.want)
		if say, bad := strings.CutPrefix(c.text, "!"); bad {
			if err == nil || !strings.Contains(err.Error(), say) {
				t.Errorf("%v as %v: %v", c.of, c.want, err)
			}
			continue
		}
		var values []string
		for i := 0; err == nil && i < arr.Len(); i++ {
			values = append(values, string(batch.AppendText(nil, &col, i)))
		}
		if got := strings.Join(values, "|"); got != c.text || err != nil {
			t.Errorf("%v as %v: %q, %v", c.of, c.want, got, err)
		}
	}
	if _, err := TypeOf(&arrow.MonthIntervalType{}); err == nil {
		t.Error("an interval has a type")
	}
	if _, err := TypeOf(&arrow.Decimal128Type{Precision: 38, Scale: -2}); err == nil {
		t.Error("a negative scale has a type")
	}
}

func TestCheckFindsGarbage(t *testing.T) {
	good := func() *batch.Batch {
		b := batch.NewBuilder([]batch.Type{batch.T(batch.Int64), batch.T(batch.Utf8), batch.T(batch.Bool)})
		for range 3 {
			if err := b.AppendValues(2, int64(1), "é", true); err != nil {
				t.Fatal(err)
			}
		}
		return b.Take()
	}
	if err := Check(good()); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*batch.Batch){
		"short data":       func(b *batch.Batch) { b.Cols[0].Data = b.Cols[0].Data[:16] },
		"short bits":       func(b *batch.Batch) { b.Cols[2].Data = nil },
		"short validity":   func(b *batch.Batch) { b.Cols[0].Valid = batch.Bitmap{} },
		"short weights":    func(b *batch.Batch) { b.Weights = b.Weights[:2] },
		"missing offsets":  func(b *batch.Batch) { b.Cols[1].Offsets = b.Cols[1].Offsets[:3] },
		"offsets past end": func(b *batch.Batch) { b.Cols[1].Offsets[3] = 100 },
		"offsets back":     func(b *batch.Batch) { b.Cols[1].Offsets[1] = 5 },
		"negative offset":  func(b *batch.Batch) { b.Cols[1].Offsets[0] = -1 },
		"bad UTF-8":        func(b *batch.Batch) { b.Cols[1].Data[0] = 0xff },
		"cut rune":         func(b *batch.Batch) { b.Cols[1].Offsets[1] = 1 },
	} {
		b := good()
		spoil(b)
		if Check(b) == nil {
			t.Errorf("%s: not found", name)
		}
	}
}

func TestDecimalsKeepTheirBits(t *testing.T) {
	b := array.NewDecimal128Builder(memory.DefaultAllocator, &arrow.Decimal128Type{Precision: 38, Scale: 2})
	b.Append(decimal128.FromI64(math.MinInt64))
	c, err := Column(b.NewArray(), batch.DecimalType(2))
	if err != nil || string(batch.AppendText(nil, &c, 0)) != "-92233720368547758.08" {
		t.Error(c, err)
	}
}
