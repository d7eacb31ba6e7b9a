package batch

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// reference is a batch as plain rows.
type reference struct {
	rows    [][]any
	weights []Weight
}

func (r *reference) add(w Weight, row []any) {
	r.rows, r.weights = append(r.rows, row), append(r.weights, w)
}

func (r *reference) check(t *testing.T, b *Batch) {
	t.Helper()
	if b.Len() != len(r.rows) {
		t.Fatalf("%d rows, not %d", b.Len(), len(r.rows))
	}
	for i, want := range r.rows {
		if got := b.Row(i); fmt.Sprint(got) != fmt.Sprint(want) || b.Weight(i) != r.weights[i] {
			t.Fatalf("row %d is %v of weight %d, not %v of %d", i, got, b.Weight(i), want, r.weights[i])
		}
	}
}

func randomRow(r *rand.Rand, types []Type, nulls int) []any {
	row := make([]any, len(types))
	for c, typ := range types {
		if r.IntN(100) >= nulls {
			row[c] = randomValue(r, typ)
		}
	}
	return row
}

// fill appends up to n rows in all the ways there are.
func fill(t *testing.T, r *rand.Rand, b *Builder, n int) *reference {
	t.Helper()
	var types []Type
	for _, v := range b.Cols {
		types = append(types, v.Type)
	}
	want, nulls := &reference{}, []int{0, 10, 90}[r.IntN(3)]
	for len(want.rows) < n {
		row, w := randomRow(r, types, nulls), Weight(1)
		if r.IntN(4) == 0 {
			w = Weight(r.IntN(5) - 2)
		}
		switch r.IntN(8) {
		case 0: // a row that is begun and given up
			for c := range r.IntN(len(types) + 1) {
				if err := b.Cols[c].AppendValue(row[c]); err != nil {
					t.Fatal(err)
				}
			}
			b.Abort()
			continue
		case 1: // a batch, and one row of it
			src := NewBuilder(types)
			part := fill(t, r, src, r.IntN(20))
			taken := src.Take()
			b.AppendBatch(taken)
			want.rows, want.weights = append(want.rows, part.rows...), append(want.weights, part.weights...)
			if taken.Rows > 0 {
				i := r.IntN(taken.Rows)
				b.AppendRow(taken, i, w)
				want.add(w, part.rows[i])
			}
			continue
		}
		if err := b.AppendValues(w, row...); err != nil {
			t.Fatal(err)
		}
		want.add(w, row)
	}
	return want
}

func TestBuilderIsTheReference(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	b := NewBuilder(allTypes())
	for range 60 {
		want := fill(t, r, b, r.IntN(60))
		want.check(t, b.Peek())
		clone := b.Peek().Clone()
		if r.IntN(2) == 0 {
			want.check(t, b.Take())
		} else {
			b.Reset()
		}
		want.check(t, clone)
	}
}

func TestSliceIsTheReference(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 40 {
		b := NewBuilder(allTypes())
		want := fill(t, r, b, 1+r.IntN(60))
		whole := b.Take()
		for range 10 {
			i := r.IntN(whole.Rows + 1)
			j := i + r.IntN(whole.Rows+1-i)
			slice := whole.Slice(i, j)
			part := &reference{rows: want.rows[i:j], weights: want.weights[i:j]}
			part.check(t, slice)
			part.check(t, slice.Clone())
			part.check(t, slice.Slice(0, slice.Rows))
			if slice.Bytes() > whole.Bytes()+8 {
				t.Fatalf("%d of %d rows take %d of %d bytes", slice.Rows, whole.Rows, slice.Bytes(), whole.Bytes())
			}
		}
	}
}

func TestAppendColumnTakesSlices(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for _, typ := range allTypes() {
		b := NewBuilder([]Type{typ})
		want := fill(t, r, b, 50)
		c := b.Take().Cols[0]
		part := c.Slice(7, 40)
		v := NewVector(typ)
		v.AppendColumn(&part, 2, 30)
		v.AppendColumn(&c, 0, 3)
		got := v.Peek()
		for k, i := range append(span(9, 37), 0, 1, 2) {
			if fmt.Sprint(got.Value(k)) != fmt.Sprint(want.rows[i][0]) {
				t.Fatalf("%v: value %d is %v, not %v", typ, k, got.Value(k), want.rows[i][0])
			}
		}
	}
}

func span(i, j int) (out []int) {
	for ; i < j; i++ {
		out = append(out, i)
	}
	return out
}

func TestTruncate(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for _, typ := range allTypes() {
		v := NewVector(typ)
		var want []any
		for range 300 {
			if n := r.IntN(40); n < len(want) && r.IntN(8) == 0 {
				v.Truncate(n)
				want = want[:n]
				continue
			}
			value := randomRow(r, []Type{typ}, 20)[0]
			if err := v.AppendValue(value); err != nil {
				t.Fatal(err)
			}
			want = append(want, value)
			c := v.Peek()
			for i := range want {
				if fmt.Sprint(c.Value(i)) != fmt.Sprint(want[i]) {
					t.Fatalf("%v: value %d is %v, not %v", typ, i, c.Value(i), want[i])
				}
			}
		}
	}
}

func TestAppendValueRefuses(t *testing.T) {
	for _, c := range []struct {
		typ   Type
		value any
	}{
		{T(Int8), int64(128)},
		{T(Uint8), int64(-1)},
		{T(Uint32), uint64(1 << 32)},
		{T(Int64), uint64(1 << 63)},
		{T(Utf8), 1},
		{T(Float64), "x"},
		{DecimalType(2), Dec{Scale: 3}},
		{T(Uint128), int64(-1)},
		{T(Bool), int64(1)},
	} {
		v := NewVector(c.typ)
		if err := v.AppendValue(c.value); err == nil || v.Rows() != 0 {
			t.Errorf("%v took %v", c.typ, c.value)
		}
	}
	b := NewBuilder([]Type{T(Int8), T(Int8)})
	if err := b.AppendValues(1, int64(1), int64(1000)); err == nil || b.Cols[0].Rows() != 0 {
		t.Error("half a row stayed")
	}
	if err := b.AppendValues(1, int64(1)); err == nil {
		t.Error("a short row was taken")
	}
}

func TestBitmap(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	for range 100 {
		n := r.IntN(70)
		m, want := NewBitmap(n), make([]bool, n)
		if r.IntN(3) == 0 {
			m.Fill(n)
			want = slices.Repeat([]bool{true}, n)
		}
		for range n {
			i := r.IntN(n)
			want[i] = !want[i]
			if want[i] {
				m.Set(i)
			} else {
				m.Clear(i)
			}
		}
		count := 0
		for i := range want {
			if m.Has(i) != want[i] {
				t.Fatalf("bit %d of %d", i, n)
			}
			if want[i] {
				count++
			}
		}
		if m.Count(n) != count {
			t.Fatalf("%d bits counted, not %d", m.Count(n), count)
		}
	}
}

func TestTypesReadBack(t *testing.T) {
	for _, typ := range append(allTypes(), DecimalType(17)) {
		if got, err := ParseType(typ.String()); err != nil || got != typ {
			t.Errorf("%v reads back as %v: %v", typ, got, err)
		}
	}
	for _, s := range []string{"", "invalid", "decimal", "decimal(38,39)", "decimal(38,1", "INT"} {
		if _, err := ParseType(s); err == nil {
			t.Errorf("%q is a type", s)
		}
	}
}

func TestRowErrorsKeepTheFirstReason(t *testing.T) {
	var e RowErrors
	e.Add(3, "a")
	e.Add(1, "b")
	e.Add(3, "c")
	if e.Len() != 2 || !e.Has(3) || e.Has(2) || e.Reasons[0] != "a" {
		t.Errorf("%+v", e)
	}
	e.Reset()
	if e.Len() != 0 || e.Has(3) {
		t.Errorf("after Reset: %+v", e)
	}
}
