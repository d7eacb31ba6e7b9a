package kernel

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestSortByHash(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	kinds := map[string]func() uint64{
		"random":    r.Uint64,
		"few":       func() uint64 { return HashInt64(int64(r.IntN(7))) },
		"many":      func() uint64 { return HashInt64(int64(r.IntN(5000))) },
		"one":       func() uint64 { return 12345 },
		"low bits":  func() uint64 { return r.Uint64() & 0xfff },
		"hot":       func() uint64 { return max(r.Uint64(), 1<<63) | uint64(r.IntN(2))<<10 },
		"top bits":  func() uint64 { return r.Uint64() &^ (1<<50 - 1) },
		"near ties": func() uint64 { return 1<<40 + uint64(r.IntN(3)) },
	}
	var s Sorter
	for name, gen := range kinds {
		for _, n := range []int{0, 1, 2, 23, 24, 25, 100, 2047, 2048, 2049, 5000, 70000, 600000} {
			if n == 600000 && testing.Short() {
				continue
			}
			hashes, perm := make([]uint64, n), make([]int32, n)
			for i := range hashes {
				hashes[i], perm[i] = gen(), int32(i)
			}
			want := slices.Clone(perm)
			orig := slices.Clone(hashes)
			slices.SortStableFunc(want, func(i, j int32) int { return cmp.Compare(orig[i], orig[j]) })
			s.SortByHash(hashes, perm)
			if !slices.Equal(perm, want) {
				t.Errorf("%s, %d rows: not in stable order", name, n)
			}
			for k, i := range perm {
				if hashes[k] != orig[i] {
					t.Fatalf("%s, %d rows: the hash at %d is not that of its row", name, n, k)
				}
			}
		}
	}
}

func TestPartition(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	var s Sorter
	for _, width := range []int{1, 4, 11, 16} {
		const n = 10000
		hashes, perm := make([]uint64, n), make([]int32, n)
		for i := range hashes {
			hashes[i], perm[i] = r.Uint64(), int32(i)
		}
		starts := s.Partition(hashes, perm, width, nil)
		if len(starts) != 1<<width+1 || starts[0] != 0 || starts[1<<width] != n {
			t.Fatalf("width %d: starts %v", width, starts)
		}
		for part := range 1 << width {
			for i := starts[part]; i < starts[part+1]; i++ {
				if hashes[i]>>(64-width) != uint64(part) {
					t.Fatalf("width %d: row %d is not of part %d", width, i, part)
				}
				if i > starts[part] && perm[i] < perm[i-1] {
					t.Fatalf("width %d: part %d is out of order", width, part)
				}
			}
		}
	}
}

func TestSplit(t *testing.T) {
	sel, starts := Split([]uint16{2, 0, 2, 3, 0}, 4, nil, nil)
	if !slices.Equal(sel, []int32{1, 4, 0, 2, 3}) || !slices.Equal(starts, []int32{0, 2, 2, 4, 5}) {
		t.Errorf("got %v, %v", sel, starts)
	}
}

func BenchmarkSortByHash(b *testing.B) {
	for _, rows := range []int{4096, 1 << 18, 1 << 22, 1 << 25} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			hashes, perm := make([]uint64, rows), make([]int32, rows)
			var s Sorter
			s.SortByHash(hashes, perm)
			for b.Loop() {
				b.StopTimer()
				for i := range hashes {
					hashes[i], perm[i] = HashInt64(int64(i)), int32(i)
				}
				b.StartTimer()
				s.SortByHash(hashes, perm)
			}
			b.ReportMetric(float64(b.N)*float64(rows)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/float64(rows), "ns/row")
		})
	}
}
