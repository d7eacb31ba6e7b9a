package wasm

import (
	"context"
	"testing"

	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/wasm/internal/asm"
)

const benchRows = 4096

var variants = []struct {
	name string
	opts Options
}{
	{"metered", Options{}},
	{"unmetered", Options{unmetered: true}},
	{"interruptible", Options{unmetered: true, interruptible: true}},
}

func BenchmarkDistance(b *testing.B) {
	in := make([][]any, benchRows)
	for i := range in {
		in[i] = []any{float64(i % 90), float64(i % 180), float64(-i % 90), float64(i % 77)}
	}
	float := batch.Float64
	cols := columns(b, types(float, float, float, float), in...)
	for _, v := range variants {
		b.Run(v.name, func(b *testing.B) { benchCall(b, open(b, must(b, geo), v.opts).Function("distance_km"), cols) })
	}
}

func benchCall(b *testing.B, f *Function, cols *batch.Batch) {
	var out batch.Column
	var errs batch.RowErrors
	for b.Loop() {
		if err := f.Call(context.Background(), cols.Rows, cols.Cols, &out, &errs); err != nil || errs.Len() > 0 {
			b.Fatal(err, errs.Reasons)
		}
	}
	b.ReportMetric(float64(b.N)*float64(cols.Rows)/b.Elapsed().Seconds(), "rows/s")
	b.ReportAllocs()
}

// A loop of five instructions, a million turns a call: what metering costs at worst.
func BenchmarkTightLoop(b *testing.B) {
	const turns = 1_000_000
	code := eachRow(asm.Code(
		int64(turns), 0x21, 5,
		0x03, 0x40, 0x20, 6, 0x20, 5, 0x7c, 0x21, 6, // sum += n
		0x20, 5, int64(1), 0x7d, 0x22, 5, int64(0), 0x55, 0x0d, 0, 0x0b, // n-- > 0
		0x20, 6))
	m := handmade(code, asm.I32, asm.I32, asm.I64, asm.I64)
	in := columns(b, types(batch.Int64), []any{int64(1)})
	for _, v := range variants {
		b.Run(v.name, func(b *testing.B) { benchCall(b, open(b, m.Bytes(), v.opts).Function("f"), in) })
	}
}

// A loop that mixes the words of a buffer, as a hash does.
func BenchmarkHashLoop(b *testing.B) {
	code := eachRow(asm.Code(
		int64(100_000), 0x21, 5,
		0x03, 0x40,
		0x20, 6, 0x20, 5, 0xa7, int32(0x7ff8), 0x71, 0x29, 3, asm.U32(1<<16), 0x85, int64(0x1000193), 0x7e, 0x22, 6, int64(29), 0x88, 0x20, 6, 0x85, 0x21, 6,
		0x20, 5, int64(1), 0x7d, 0x22, 5, int64(0), 0x55, 0x0d, 0, 0x0b,
		0x20, 6))
	m := handmade(code, asm.I32, asm.I32, asm.I64, asm.I64)
	in := columns(b, types(batch.Int64), []any{int64(1)})
	for _, v := range variants {
		b.Run(v.name, func(b *testing.B) { benchCall(b, open(b, m.Bytes(), v.opts).Function("f"), in) })
	}
}

// One row a call: what a crossing costs.
func BenchmarkOneRow(b *testing.B) {
	in := columns(b, types(batch.Float64, batch.Float64, batch.Float64, batch.Float64), []any{1.0, 2.0, 3.0, 4.0})
	benchCall(b, open(b, must(b, geo), Options{}).Function("distance_km"), in)
}

// Text in, text out: the copies count.
func BenchmarkText(b *testing.B) {
	in := make([][]any, benchRows)
	for i := range in {
		in[i] = []any{"some text of a row", "and another one"}
	}
	benchCall(b, testguest(b, Options{}).Function("join"), columns(b, types(batch.Utf8, batch.Utf8), in...))
}
