package meter_test

import (
	"context"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/millrace-dev/millrace/wasm/internal/asm"
	"github.com/millrace-dev/millrace/wasm/meter"
)

// run rewrites a module, calls its export "f" with the given fuel and returns the results, the fuel
// that was spent and the trap.
func run(t *testing.T, m *asm.Module, fuel int64, params ...uint64) (results []uint64, spent int64, err error) {
	t.Helper()
	code, err := meter.Rewrite(m.Bytes(), meter.Options{Fuel: 1 << 40, MaxPages: 64, MaxTable: 100})
	if err != nil {
		t.Fatal(err)
	}
	guest := instantiate(t, code)
	left := guest.ExportedGlobal(meter.GlobalFuel).(api.MutableGlobal)
	left.Set(uint64(fuel))
	results, err = guest.ExportedFunction("f").Call(context.Background(), params...)
	return results, fuel - int64(left.Get()), err
}

func instantiate(t *testing.T, code []byte) api.Module {
	t.Helper()
	ctx := context.Background()
	r := wazero.NewRuntime(ctx)
	t.Cleanup(func() { r.Close(ctx) })
	guest, err := r.Instantiate(ctx, code)
	if err != nil {
		t.Fatal(err)
	}
	return guest
}

func TestFuelIsCounted(t *testing.T) {
	i32, i64 := []byte{asm.I32}, []byte{asm.I64}
	sum := asm.Code( // for n := f(0); n > 0; n-- { s += n }; return s
		0x03, 0x40, // loop
		0x20, 1, 0x20, 0, 0x7c, 0x21, 1, // s += n
		0x20, 0, int64(1), 0x7d, 0x22, 0, // n--
		int64(0), 0x55, 0x0d, 0, // br_if n > 0
		0x0b, 0x20, 1, 0x0b)
	for _, c := range []struct {
		name   string
		module asm.Module
		param  uint64
		want   []uint64
		spent  int64
	}{
		{
			name:   "a function without a loop",
			module: asm.Module{Funcs: []asm.Func{{Params: i32, Results: i32, Code: asm.Code(0x20, 0, 0x0b), Export: "f"}}},
			param:  7, want: []uint64{7}, spent: 1,
		},
		{
			name:   "a loop",
			module: asm.Module{Funcs: []asm.Func{{Params: i64, Results: i64, Locals: i64, Code: sum, Export: "f"}}},
			param:  100, want: []uint64{5050}, spent: 101,
		},
		{
			name: "return out of a loop, with two results",
			module: asm.Module{Funcs: []asm.Func{{Params: i64, Results: []byte{asm.I64, asm.I64}, Export: "f", Code: asm.Code(
				0x03, 0x40, // loop
				0x20, 0, int64(1), 0x7d, 0x22, 0, // n--
				0x50, 0x04, 0x40, int64(3), int64(4), 0x0f, 0x0b, // if n == 0 { return 3, 4 }
				0x0c, 0, 0x0b, 0x00, 0x0b)}}},
			param: 10, want: []uint64{3, 4}, spent: 11,
		},
		{
			name: "a branch to the function's own label",
			module: asm.Module{Funcs: []asm.Func{{Params: i64, Results: i64, Export: "f", Code: asm.Code(
				0x03, 0x40, 0x20, 0, int64(1), 0x7d, 0x21, 0,
				int64(9), 0x20, 0, 0x50, 0x0d, 1, 0x1a, 0x0c, 0, 0x0b, 0x00, 0x0b)}}},
			param: 5, want: []uint64{9}, spent: 6,
		},
		{
			name: "calls from a function that keeps its fuel in a local",
			module: asm.Module{Funcs: []asm.Func{
				{Params: i64, Results: i64, Export: "f", Locals: i64, Code: asm.Code(
					0x03, 0x40, 0x20, 0, int64(1), 0x7d, 0x22, 0, int64(0), 0x55, 0x0d, 0, 0x0b, // a loop of its own
					0x10, 1, 0x10, 1, 0x7c, 0x0b)},
				{Results: i64, Code: asm.Code(int64(21), 0x0b)},
			}},
			param: 10, want: []uint64{42}, spent: 13,
		},
		{
			name: "moving memory costs by its length",
			module: asm.Module{Memory: []uint32{2}, Funcs: []asm.Func{{Params: i32, Export: "f", Code: asm.Code(
				int32(0), int32(1), 0x20, 0, 0xfc, 11, 0, // memory.fill
				int32(0), int32(64), 0x20, 0, 0xfc, 10, 0, 0, 0x0b)}}}, // memory.copy
			param: 6400, spent: 201,
		},
		{
			name: "growing memory",
			module: asm.Module{Memory: []uint32{1}, Funcs: []asm.Func{{Params: i32, Results: i32, Export: "f", Code: asm.Code(
				0x20, 0, 0x40, 0, 0x0b)}}},
			param: 2, want: []uint64{1}, spent: 65,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, spent, err := run(t, &c.module, 1000, c.param)
			if err != nil {
				t.Fatal(err)
			}
			for i := range c.want {
				if got[i] != c.want[i] {
					t.Errorf("result %d is %d, want %d", i, got[i], c.want[i])
				}
			}
			if spent != c.spent {
				t.Errorf("spent %d, want %d", spent, c.spent)
			}
			if _, _, err := run(t, &c.module, c.spent, c.param); err != nil {
				t.Errorf("with just enough fuel: %v", err)
			}
			_, spent, err = run(t, &c.module, c.spent-1, c.param)
			if err == nil || spent <= c.spent-1 {
				t.Errorf("with one unit less it spent %d and ended with %v", spent, err)
			}
		})
	}
}

// One instruction of each shape: what follows an opcode must be skipped to the byte.
func TestInstructionShapes(t *testing.T) {
	sixteen := make([]byte, 16)
	code := asm.Code(
		int32(0), 0xfd, 0, 4, 0, // v128.load
		0xfd, 12, sixteen, 0xfd, 13, sixteen, // v128.const, i8x16.shuffle
		0xfd, 21, 3, 0x1a, // i8x16.extract_lane_s
		int32(0), 0xfd, 12, sixteen, 0xfd, 84, 0, 0, 1, // v128.load8_lane
		0xfd, 12, sixteen, 0xfd, 0xae, 1, 0xfd, 0x53, 0x1a, // i32x4.add, v128.any_true
		int32(0), 0xfd, 92, 2, 0, 0x1a, // v128.load32_zero
		0x43, 0, 0, 0x80, 0x3f, 0xfc, 0, 0x1a, // f32.const, i32.trunc_sat_f32_s
		0x44, sixteen[:8], 0x1a, // f64.const
		0xd0, 0x70, 0xd1, 0x1a, 0xd2, 0, 0x1a, // ref.null, ref.is_null, ref.func
		int32(0), 0x25, 0, 0x1a, 0xfc, 16, 0, 0x1a, // table.get, table.size
		int32(0), int32(0), int32(8), 0xfc, 14, 0, 0, // table.copy
		int32(1), int32(2), int32(0), 0x1c, 1, asm.I32, 0x1a, // select
		int64(-1<<63), 0xc3, 0x1a, 0x3f, 0, 0x1a, // i64.extend16_s, memory.size
		0x02, asm.I32, int32(7), int32(1), 0x0e, 2, 0, 0, 1, 0x0b, // br_table
		0x0b)
	m := &asm.Module{Memory: []uint32{1}, Table: true, TableMin: 8, Funcs: []asm.Func{
		{Params: []byte{asm.I32}, Results: []byte{asm.I32}, Export: "f", Code: code},
	}}
	got, spent, err := run(t, m, 1000, 0)
	if err != nil || got[0] != 7 || spent != 2 {
		t.Errorf("got %v, spent %d, %v", got, spent, err)
	}
}

// What a hostile module may do to the counter: everything that is added has an index that the
// module could try to use.
func TestCounterIsOutOfReach(t *testing.T) {
	i64 := []byte{asm.I64}
	loop := asm.Code(0x03, 0x40, 0x0b)
	for name, code := range map[string][]byte{
		"global 1 of 1":          asm.Code(loop, int64(1<<40), 0x24, 1, 0x0b),
		"local variable 1 of 1":  asm.Code(loop, int64(1<<40), 0x21, 1, 0x0b),
		"branch to label 2 of 2": asm.Code(0x03, 0x40, 0x0c, 2, 0x0b, 0x0b),
		"branch to label 3 of 2": asm.Code(0x03, 0x40, int32(0), 0x0e, 1, 0, 3, 0x0b, 0x0b),
		"bytes follow":           asm.Code(0x0b, 0x0b),
		"opcode 0x12":            asm.Code(0x12, 0, 0x0b),
		"relaxed SIMD":           asm.Code(0xfd, 0x80, 2, 0x0b),
		"cut off":                asm.Code(0x03, 0x40, 0x0b),
	} {
		m := asm.Module{Globals: []int64{0}, Funcs: []asm.Func{{Params: i64, Code: code, Export: "f"}}}
		_, err := meter.Rewrite(m.Bytes(), meter.Options{})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLimits(t *testing.T) {
	f := asm.Func{Code: []byte{0x0b}, Export: "f"}
	for want, m := range map[string]*asm.Module{
		"it asks for 4096 MiB of memory":                           {Memory: []uint32{65536}, Funcs: []asm.Func{f}},
		"it asks for a table of 1000000 entries, allowed are 1000": {Table: true, TableMin: 1_000_000, Funcs: []asm.Func{f}},
		"it imports env.now, host.open":                            {Imports: []asm.Import{{Module: "env", Name: "now"}, {Module: "ok", Name: "f"}, {Module: "host", Name: "open"}}, Funcs: []asm.Func{f}},
		`it exports "millrace.fuel"`:                               {Funcs: []asm.Func{{Code: []byte{0x0b}, Export: meter.GlobalFuel}}},
	} {
		_, err := meter.Rewrite(m.Bytes(), meter.Options{MaxPages: 256, MaxTable: 1000, Granted: func(m, _ string) bool { return m == "ok" }})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	for want, data := range map[string]string{
		"does not begin": "hello wasm",
		"a component":    "\x00asm\x0d\x00\x01\x00",
		"out of order":   "\x00asm\x01\x00\x00\x00\x03\x01\x00\x01\x01\x00",
		"cut off":        "\x00asm\x01\x00\x00\x00\x01\x05\x00",
	} {
		if _, err := meter.Rewrite([]byte(data), meter.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// A table may not grow past the limit although its own maximum allows it.
func TestTableCannotGrow(t *testing.T) {
	m := &asm.Module{Table: true, Funcs: []asm.Func{{Params: []byte{asm.I32}, Results: []byte{asm.I32}, Export: "f", Code: asm.Code(
		0xd0, 0x70, 0x20, 0, 0xfc, 15, 0, 0x0b)}}}
	if got, _, err := run(t, m, 1000, 99); err != nil || got[0] != 1 {
		t.Errorf("growing to the limit: %v, %v", got, err)
	}
	if got, _, err := run(t, m, 1000, 100); err != nil || int32(got[0]) != -1 {
		t.Errorf("growing past the limit: %v, %v", got, err)
	}
}

func FuzzRewrite(f *testing.F) {
	sum := asm.Module{Memory: []uint32{1}, Table: true, Globals: []int64{1}, Data: []byte("x"), Funcs: []asm.Func{
		{Params: []byte{asm.I64}, Results: []byte{asm.I64, asm.I64}, Locals: []byte{asm.I64, asm.I32}, Export: "f", Code: asm.Code(
			0x03, 0x40, 0x20, 0, int64(1), 0x7d, 0x22, 0, 0x50, 0x04, 0x40, int64(3), int64(4), 0x0f, 0x0b, 0x0c, 0, 0x0b, 0x00, 0x0b)},
		{Code: asm.Code(int32(0), 0x11, 1, 0, 0x10, 1, int32(0), int32(0), int32(5), 0xfc, 11, 0, 0x0b)},
	}}
	f.Add(sum.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		opts := meter.Options{Fuel: 1000, MaxPages: 16, MaxTable: 100, Granted: func(string, string) bool { return true }}
		first, err := meter.Rewrite(data, opts)
		if err != nil {
			return
		}
		// A module that the compiler takes must be taken metered too, and still be well-formed for us.
		ctx := context.Background()
		r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter().WithMemoryLimitPages(16))
		defer r.Close(ctx)
		if _, err := r.CompileModule(ctx, data); err != nil {
			return
		}
		if _, err := r.CompileModule(ctx, first); err != nil {
			t.Errorf("a valid module became invalid: %v", err)
		}
	})
}
