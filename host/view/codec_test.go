package view

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// everyType is a schema with a nullable column of each type.
func everyType() batch.Schema {
	var s batch.Schema
	for k := batch.Bool; k <= batch.Point; k++ {
		t := batch.T(k)
		if k == batch.Decimal {
			t = batch.DecimalType(4)
		}
		s.Fields = append(s.Fields, batch.Field{Name: k.String(), Type: t, Nullable: true})
	}
	return s
}

var (
	oddFloats = []float64{0, math.Copysign(0, -1), math.NaN(), math.Float64frombits(0xfff8000000000001), math.Inf(1), math.Inf(-1), 1, -1, 0.5, -0.5, math.MaxFloat64, math.SmallestNonzeroFloat64}
	oddTexts  = []string{"", "\x00", "\x00\x00", "a", "a\x00", "a\x00b", "a\x01", "ab", "\xff", "\x00\xff", "b", strings.Repeat("long", 50), strings.Repeat("long", 50) + "\x00"}
	oddInts   = []int64{0, 1, -1, 2, -2, 127, -128, 100}
)

// someValue returns a value of the type, often one with a special meaning.
func someValue(r *rand.Rand, t batch.Type) any {
	if r.Intn(6) == 0 {
		return nil
	}
	switch {
	case t.Kind == batch.Bool:
		return r.Intn(2) == 0
	case t.Float():
		return oddFloats[r.Intn(len(oddFloats))]
	case t.Variable():
		return oddTexts[r.Intn(len(oddTexts))]
	case t.Kind == batch.UUID:
		var id [16]byte
		id[r.Intn(16)] = byte(r.Intn(3))
		return id
	case t.Kind == batch.Point:
		return [2]float64{oddFloats[r.Intn(len(oddFloats))], oddFloats[r.Intn(len(oddFloats))]}
	case t.Kind == batch.Decimal || t.Kind == batch.Int128:
		return batch.Dec{Hi: int64(r.Intn(3) - 1), Lo: uint64(r.Intn(2)) << 63, Scale: t.Scale}
	case t.Kind == batch.Uint128:
		return batch.Dec{Hi: int64(r.Intn(3) - 1), Lo: uint64(r.Intn(2)) << 63}
	case t.Unsigned():
		return uint64(r.Intn(200))
	}
	return oddInts[r.Intn(len(oddInts))]
}

func someRows(r *rand.Rand, s *batch.Schema, n int) *batch.Batch {
	b := batch.NewBuilder(s.Types())
	for range n {
		row := make([]any, len(s.Fields))
		for i, f := range s.Fields {
			row[i] = someValue(r, f.Type)
		}
		if err := b.AppendValues(1, row...); err != nil {
			panic(err)
		}
	}
	return b.Take()
}

// compareValues is canonical order on values in wide form, written down a second time.
func compareValues(t batch.Type, a, b any) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	floats := func(x, y float64) int {
		switch nx, ny := x != x, y != y; {
		case nx && ny:
			return 0
		case nx:
			return 1
		case ny:
			return -1
		}
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	switch x := a.(type) {
	case bool:
		return cmp.Compare(map[bool]int{true: 1}[x], map[bool]int{true: 1}[b.(bool)])
	case int64:
		return cmp.Compare(x, b.(int64))
	case uint64:
		return cmp.Compare(x, b.(uint64))
	case float64:
		return floats(x, b.(float64))
	case string:
		return strings.Compare(x, b.(string))
	case []byte:
		return bytes.Compare(x, b.([]byte))
	case [16]byte:
		y := b.([16]byte)
		return bytes.Compare(x[:], y[:])
	case [2]float64:
		y := b.([2]float64)
		return cmp.Or(floats(x[0], y[0]), floats(x[1], y[1]))
	case batch.Dec:
		y := b.(batch.Dec)
		if t.Kind == batch.Uint128 {
			return cmp.Or(cmp.Compare(uint64(x.Hi), uint64(y.Hi)), cmp.Compare(x.Lo, y.Lo))
		}
		return cmp.Or(cmp.Compare(x.Hi, y.Hi), cmp.Compare(x.Lo, y.Lo))
	}
	panic(fmt.Sprintf("%T", a))
}

func compareTuples(s *batch.Schema, cols []int, a, b []any) int {
	for _, c := range cols {
		if n := compareValues(s.Fields[c].Type, a[c], b[c]); n != 0 {
			return n
		}
	}
	return 0
}

func sign(n int) int { return cmp.Compare(n, 0) }

func TestKeysAndRowsKeepCanonicalOrder(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	s := everyType()
	for i := range s.Fields {
		s.Key = append(s.Key, i)
	}
	for round := range 40 {
		key := slices.Clone(s.Key)
		r.Shuffle(len(key), func(i, j int) { key[i], key[j] = key[j], key[i] })
		schema := batch.Schema{Fields: s.Fields, Key: key[:1+round%4]}
		c := newCodec(schema)
		b := someRows(r, &schema, 40)
		rows := newRows(c, nil, []byte{1, 2, 3, 4})
		rows.add(b)
		for i := range b.Rows {
			for j := range b.Rows {
				x, y := &rows.entries[i], &rows.entries[j]
				want := compareTuples(&schema, schema.Key, b.Row(i), b.Row(j))
				if got := bytes.Compare(rows.key(x), rows.key(y)); got != want {
					t.Fatalf("keys %v: %v and %v compare as %d, want %d", schema.Key, b.Row(i), b.Row(j), got, want)
				}
				if px, py := c.sortPrefix(rows.key(x)), c.sortPrefix(rows.key(y)); want < 0 && px > py {
					t.Fatalf("keys %v: prefixes %x > %x of %v < %v", schema.Key, px, py, b.Row(i), b.Row(j))
				}
				all := make([]int, len(s.Fields))
				for k := range all {
					all[k] = k
				}
				want = compareTuples(&schema, all, b.Row(i), b.Row(j))
				if got := sign(c.compareRows(rows.val(x)[4:], rows.val(y)[4:])); got != want {
					t.Fatalf("rows %v and %v compare as %d, want %d", b.Row(i), b.Row(j), got, want)
				}
				if equal := bytes.Equal(rows.val(x), rows.val(y)); equal != (want == 0) {
					t.Fatalf("rows %v and %v: same bytes %v, compare as %d", b.Row(i), b.Row(j), equal, want)
				}
			}
		}
	}
}

func TestRowsRoundTrip(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	s := everyType()
	c := newCodec(s)
	for _, slice := range []int{0, 8, 13} {
		b := someRows(r, &s, 100).Slice(slice, 90)
		rows := newRows(c, nil, nil)
		rows.add(b)
		out := batch.NewBuilder(c.types)
		var row Row
		for i := range b.Rows {
			if err := row.load(c, rows.key(&rows.entries[i])[8:]); err != nil {
				t.Fatal(err)
			}
			for col := range c.types {
				row.appendTo(out.Cols[col], col)
			}
			out.End(1)
		}
		got := out.Take()
		for i := range b.Rows {
			for col, f := range s.Fields {
				if g, w := got.Cols[col].Value(i), b.Cols[col].Value(i); compareValues(f.Type, g, w) != 0 {
					t.Fatalf("row %d, column %s: %v, want %v", i, f.Name, g, w)
				}
			}
		}
	}
}

func FuzzRow(f *testing.F) {
	s := everyType()
	c := newCodec(s)
	rows := newRows(c, nil, nil)
	rows.add(someRows(rand.New(rand.NewSource(3)), &s, 20))
	for i := range rows.entries {
		f.Add(rows.key(&rows.entries[i])[8:])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var row Row
		if row.load(c, data) != nil {
			return
		}
		out := batch.NewBuilder(c.types)
		for col := range c.types {
			row.appendTo(out.Cols[col], col)
		}
	})
}

func FuzzSchema(f *testing.F) {
	s := everyType()
	f.Add(encodeSchema(&s))
	s.Key = []int{3, 1}
	f.Add(encodeSchema(&s))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := decodeSchema(data)
		if err != nil {
			return
		}
		again, err := decodeSchema(encodeSchema(&s))
		if err != nil || !reflect.DeepEqual(s, again) {
			t.Fatalf("%v: %v, %v", s, again, err)
		}
	})
}
