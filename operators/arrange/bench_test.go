package arrange

import (
	"math/rand/v2"
	"testing"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// pairs returns batches of two int32 columns with n rows in all.
func pairs(n int, keys int32) []*batch.Batch {
	r := rand.New(rand.NewPCG(1, 1))
	var out []*batch.Batch
	for n > 0 {
		b := batch.NewBuilder([]batch.Type{batch.T(batch.Int32), batch.T(batch.Int32)})
		k, v := batch.Extend[int32](b.Cols[0], 16<<10), batch.Extend[int32](b.Cols[1], 16<<10)
		for i := range k {
			k[i], v[i] = r.Int32N(keys), r.Int32()
		}
		b.EndRows(len(k), 1)
		out = append(out, b.Take())
		n -= len(k)
	}
	return out
}

func BenchmarkSeal(b *testing.B) {
	spec := Spec{Types: []batch.Type{batch.T(batch.Int32), batch.T(batch.Int32)}, Key: 1}
	const rows = 10 << 20
	in := pairs(rows, 1_600_000)
	b.ReportAllocs()
	for b.Loop() {
		builder := NewBuilder(spec)
		for _, part := range in {
			builder.Append(part, nil)
		}
		seal(builder, 16<<10).Release()
	}
	b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkProbe(b *testing.B) {
	spec := Spec{Types: []batch.Type{batch.T(batch.Int32), batch.T(batch.Int32)}, Key: 1}
	const rows = 10 << 20
	state, delta := NewBuilder(spec), NewBuilder(spec)
	for i, part := range pairs(rows, 1_600_000) {
		state.Append(part, nil)
		if i%4 == 0 {
			delta.Append(part, nil)
		}
	}
	s, d := seal(state, 1<<30), seal(delta, 1<<30)
	r := NewReader(spec, s)
	keys := 0
	var hashes []uint64
	for b.Loop() {
		keys = 0
		var p Prober
		for _, seg := range d.Segments() {
			for at := 0; at < seg.Groups(); at += 4096 {
				end := min(at+4096, seg.Groups())
				hashes = seg.Hashes(hashes, at, end)
				p.Start(r, Probed{slice(seg.Keys(), at, end), hashes})
				for m, ok := p.Next(); ok; m, ok = p.Next() {
					keys += len(m.Hits)
				}
			}
		}
	}
	b.ReportMetric(float64(b.N)*float64(keys)/b.Elapsed().Seconds(), "keys/s")
}
