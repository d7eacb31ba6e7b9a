package kernel

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cespare/xxhash/v2"

	"github.com/millrace-dev/millrace/sdk/batch"
)

func column(t testing.TB, typ batch.Type, vals ...any) batch.Column {
	t.Helper()
	v := batch.NewVector(typ)
	for _, x := range vals {
		if err := v.AppendValue(x); err != nil {
			t.Fatal(err)
		}
	}
	return v.Take()
}

func TestHashWordsAreXXH64(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		lo, hi, seed := r.Uint64(), r.Uint64(), r.Uint64()
		raw := binary.LittleEndian.AppendUint64(nil, lo)
		d := xxhash.NewWithSeed(seed)
		d.Write(raw)
		if got, want := hashWord(seed, lo), d.Sum64(); got != want {
			t.Fatalf("hashWord(%x, %x) = %x, want %x", seed, lo, got, want)
		}
		d = xxhash.NewWithSeed(seed)
		d.Write(binary.LittleEndian.AppendUint64(raw, hi))
		if got, want := hashPair(seed, lo, hi), d.Sum64(); got != want {
			t.Fatalf("hashPair(%x, %x, %x) = %x, want %x", seed, lo, hi, got, want)
		}
	}
}

func TestHashOfEqualValues(t *testing.T) {
	types := []batch.Kind{
		batch.Int8, batch.Int16, batch.Int32, batch.Int64, batch.Uint8, batch.Uint16,
		batch.Uint32, batch.Uint64, batch.Date, batch.Timestamp, batch.Duration,
	}
	var got [2]uint64
	for _, k := range types {
		Hash(got[:], []batch.Column{column(t, batch.T(k), int64(77), nil)}, 2)
		if want := HashInt64(77); got[0] != want {
			t.Errorf("%v: hash of 77 is %x, want %x", k, got[0], want)
		}
		if got[1] != hashWord(0, nullWord) {
			t.Errorf("%v: hash of null is %x", k, got[1])
		}
	}
	Hash(got[:], []batch.Column{column(t, batch.T(batch.Int8), int64(-3), int64(1))}, 2)
	if got[0] != HashInt64(-3) {
		t.Error("a negative int8 is not sign-extended")
	}
	for _, k := range []batch.Kind{batch.Float32, batch.Float64} {
		Hash(got[:], []batch.Column{column(t, batch.T(k), 0.0, math.Copysign(0, -1))}, 2)
		if got[0] != got[1] {
			t.Errorf("%v: 0 and -0 hash differently", k)
		}
		Hash(got[:], []batch.Column{column(t, batch.T(k), math.NaN(), -math.NaN())}, 2)
		if got[0] != got[1] {
			t.Errorf("%v: NaNs hash differently", k)
		}
	}
	Hash(got[:], []batch.Column{column(t, batch.T(batch.Utf8), "hello", nil)}, 2)
	if got[0] != xxhash.Sum64String("hello") {
		t.Error("a first text column is not plain XXH64")
	}
}

func TestHashOfSeveralColumns(t *testing.T) {
	types := []batch.Type{batch.T(batch.Bool), batch.T(batch.UUID), batch.T(batch.Point), batch.DecimalType(2), batch.T(batch.Utf8), batch.T(batch.Int32)}
	row := []any{true, [16]byte{1}, [2]float64{1, 2}, batch.Dec{Lo: 5, Scale: 2}, "x", int64(1)}
	other := []any{false, [16]byte{2}, [2]float64{2, 1}, batch.Dec{Lo: 5, Hi: 1, Scale: 2}, "y", int64(2)}
	for c := range types {
		b := batch.NewBuilder(types)
		changed := slices.Clone(row)
		changed[c] = other[c]
		null := slices.Clone(row)
		null[c] = nil
		for _, r := range [][]any{row, row, changed, null} {
			if err := b.AppendValues(1, r...); err != nil {
				t.Fatal(err)
			}
		}
		var h [4]uint64
		Hash(h[:], b.Take().Cols, 4)
		if h[0] != h[1] || h[0] == h[2] || h[0] == h[3] || h[2] == h[3] {
			t.Errorf("column %d: hashes %x", c, h)
		}
	}
}

func TestRouteCutsTheHashRange(t *testing.T) {
	hashes := []uint64{0, 1<<63 - 1, 1 << 63, math.MaxUint64}
	got := make([]uint16, 4)
	Route(got, hashes, 2)
	if !slices.Equal(got, []uint16{0, 0, 1, 1}) {
		t.Errorf("route to 2: %v", got)
	}
	Route(got, hashes, 3)
	if !slices.Equal(got, []uint16{0, 1, 1, 2}) {
		t.Errorf("route to 3: %v", got)
	}
}

func BenchmarkHash(b *testing.B) {
	const rows = 4096
	for _, k := range []batch.Kind{batch.Int32, batch.Int64, batch.Utf8} {
		b.Run(k.String(), func(b *testing.B) {
			v := batch.NewVector(batch.T(k))
			for i := range rows {
				if k == batch.Utf8 {
					v.AppendString(fmt.Sprint("customer", i))
				} else {
					_ = v.AppendValue(int64(i))
				}
			}
			cols, dst := []batch.Column{v.Take()}, make([]uint64, rows)
			for b.Loop() {
				Hash(dst, cols, rows)
			}
			b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
