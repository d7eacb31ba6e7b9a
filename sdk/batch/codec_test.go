package batch

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"testing"
)

// randomBatch builds rows of every kind, with nulls and weights.
func randomBatch(rng *rand.Rand, rows int) *Batch {
	var types []Type
	for k := Bool; k < kinds; k++ {
		types = append(types, T(k))
	}
	b := NewBuilder(types)
	for range rows {
		for _, v := range b.Cols {
			switch w := v.Type.Width(); {
			case rng.IntN(4) == 0:
				v.AppendNull()
			case v.Type.Variable():
				v.AppendString("héllo"[:rng.IntN(2)])
			case w > 0:
				v.data = append(v.grow(w), bytes.Repeat([]byte{byte(rng.Uint32())}, w)...)
				v.mark(1)
			default:
				v.AppendBool(rng.IntN(2) == 0)
			}
		}
		b.End(Weight(rng.IntN(5) - 2))
	}
	return b.Take()
}

func rowsOf(b *Batch) (out [][]any) {
	for i := range b.Rows {
		row := append(b.Row(i), b.Weight(i))
		for j, x := range row {
			if f, ok := x.(float64); ok && f != f {
				row[j] = "NaN"
			}
			if p, ok := x.([2]float64); ok && p[0] != p[0] {
				row[j] = "NaN"
			}
		}
		out = append(out, row)
	}
	return out
}

func TestBinaryRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for rows := range 40 {
		b := randomBatch(rng, rows)
		from := rng.IntN(rows + 1)
		b = b.Slice(from, from+rng.IntN(rows-from+1))
		got, rest, err := DecodeBinary(append(AppendBinary(nil, b), "rest"...))
		if err != nil || string(rest) != "rest" {
			t.Fatalf("%d rows: %v, rest %q", rows, err, rest)
		}
		if !reflect.DeepEqual(rowsOf(got), rowsOf(b)) {
			t.Fatalf("got %v, want %v", rowsOf(got), rowsOf(b))
		}
	}
}

func FuzzDecodeBinary(f *testing.F) {
	rng := rand.New(rand.NewPCG(3, 4))
	for rows := range 5 {
		f.Add(AppendBinary(nil, randomBatch(rng, rows)))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		b, _, err := DecodeBinary(src)
		if err != nil {
			return
		}
		if again, _, err := DecodeBinary(AppendBinary(nil, b)); err != nil || again.Rows != b.Rows {
			t.Fatalf("a decoded batch does not encode: %v", err)
		}
		rowsOf(b)
	})
}
