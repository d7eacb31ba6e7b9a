package exchange

import (
	"math/rand/v2"
	"testing"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

func TestRouter(t *testing.T) {
	types := []batch.Type{batch.T(batch.Int64), batch.T(batch.Int32)}
	for _, key := range [][]int{nil, {1}, {1, 0}} {
		for _, workers := range []int{1, 2, 7} {
			r := rand.New(rand.NewPCG(1, uint64(workers)))
			pool := NewPool(types)
			last := make([]int64, workers)
			rows := 0
			router := NewRouter(key, workers, pool, func(w int, b *batch.Builder) {
				part := b.Peek()
				hashes, owner := make([]uint64, part.Rows), make([]uint16, part.Rows)
				if key != nil {
					kernel.Hash(hashes, part.Project(key).Cols, part.Rows)
				}
				kernel.Route(owner, hashes, workers)
				for i, number := range batch.Values[int64](&part.Cols[0]) {
					if int(owner[i]) != w {
						t.Fatalf("key %v: row %v of worker %d came to %d", key, part.Row(i), owner[i], w)
					}
					if number <= last[w] {
						t.Fatalf("key %v: row %d came to worker %d after %d", key, number, w, last[w])
					}
					if part.Weight(i) != batch.Weight(number%3) {
						t.Fatalf("row %d has weight %d", number, part.Weight(i))
					}
					last[w] = number
				}
				rows += part.Rows
				pool.Recycle(b)
			})
			number := int64(0)
			in := batch.NewBuilder(types)
			for range 30 {
				in.Reset()
				for range r.IntN(5000) {
					number++
					batch.Append(in.Cols[0], number)
					batch.Append(in.Cols[1], r.Int32N(1000))
					in.End(batch.Weight(number % 3))
				}
				router.Route(in.Peek())
			}
			sent := rows
			router.Flush()
			router.Flush()
			if rows != int(number) || workers == 1 && sent < rows/2 {
				t.Errorf("key %v, %d workers: %d of %d rows, %d of them before the end", key, workers, rows, number, sent)
			}
		}
	}
}
