package wasm

import (
	"context"
	"encoding/binary"
	"runtime"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/udf/abi"
	"github.com/millrace-dev/millrace/wasm/internal/asm"
)

// bad wraps what a guest does on the value 13; on all others it returns the argument plus one.
func bad(what []byte) []byte {
	return eachRow(asm.Code(argument(), int64(13), 0x51, 0x04, 0x40, what, 0x0b, argument(), int64(1), 0x7c))
}

// reaching is a guest that ends its call with the given changes to the frame.
func reaching(changes ...[]byte) []byte {
	code := []byte{}
	for _, c := range changes {
		code = append(code, c...)
	}
	return asm.Code(code, int32(0), 0x0b)
}

func i32(v int32) []byte { return asm.I32Const(v) }

// A hand-made guest stands for any language. Its good rows must come back, its bad ones fail.
func TestHostileRows(t *testing.T) {
	for name, c := range map[string]struct {
		what   []byte
		reason string
	}{
		"unreachable":    {[]byte{0x00}, "it trapped: unreachable"},
		"infinite loop":  {asm.Code(0x03, 0x40, 0x0c, 0, 0x0b), "it spent its fuel of 1000000"},
		"divide by zero": {asm.Code(int64(1), int64(0), 0x7f, 0x1a), "it trapped: integer divide by zero"},
		"outside memory": {asm.Code(int32(-8), 0x29, 3, 0, 0x1a), "it trapped: out of bounds memory access"},
		"recursion":      {asm.Code(0x20, 0, 0x20, 1, 0x20, 2, 0x10, 2, 0x1a), "it trapped: stack overflow"},
		"grow to 4 GB": {
			// Grow page by page until it is refused, then trap.
			asm.Code(0x03, 0x40, int32(1), 0x40, 0, int32(-1), 0x47, 0x0d, 0, 0x0b, 0x00), "it trapped: unreachable",
		},
		"grow at once":     {asm.Code(int32(65535), 0x40, 0, int32(-1), 0x46, 0x04, 0x40, 0x00, 0x0b), "it trapped: unreachable"},
		"fill all the day": {asm.Code(0x03, 0x40, int32(0x20000), int32(0), int32(0x10000), 0xfc, 11, 0, 0x0c, 0, 0x0b), "it spent its fuel of 1000000"},
	} {
		t.Run(name, func(t *testing.T) {
			opts := Options{Name: "hostile", Fuel: 1_000_000, MaxPages: 64}
			if name == "recursion" { // a frame takes a unit of fuel and some ten bytes of stack
				opts.Fuel = 50_000_000
			}
			m := open(t, handmade(bad(c.what), rowLocals...).Bytes(), opts)
			f := m.Function("f")
			var rows [][]any
			for i := range int64(200) {
				rows = append(rows, []any{i % 40})
			}
			rows[5][0], rows[199][0] = nil, int64(13)
			got, failed := call(t, f, columns(t, f.Args, rows...))
			for i, row := range rows {
				switch {
				case row[0] == int64(13):
					if got[i] != nil || !strings.HasPrefix(failed[i], c.reason) {
						t.Errorf("row %d: %v %q, want %q", i, got[i], failed[i], c.reason)
					}
				case row[0] == nil:
					if got[i] != nil || failed[i] != "" {
						t.Errorf("row %d: %v %q, want null", i, got[i], failed[i])
					}
				case got[i] != row[0].(int64)+1 || failed[i] != "":
					t.Errorf("row %d: %v %q, want %v", i, got[i], failed[i], row[0].(int64)+1)
				}
			}
		})
	}
}

// All rows of a guest that breaks the ABI fail, with a reason that says how.
func TestBrokenABI(t *testing.T) {
	field := func(offset int, v int32) []byte { return storeField(offset, i32(v)) }
	failed := func(n, rows, ends, text int32) []byte {
		return asm.Code(field(abi.OffsetFailed, n), field(abi.OffsetFailed+4, rows), field(abi.OffsetFailed+8, ends), field(abi.OffsetFailed+12, text))
	}
	for name, c := range map[string]struct {
		code   []byte
		reason string
	}{
		"values outside memory":   {reaching(field(resultValues, -8)), "the result's values: 8 bytes at 0xfffffff8 lie outside of its memory of 262144"},
		"values at the last byte": {reaching(field(resultValues, 4<<16-7)), "lie outside of its memory"},
		"too few values":          {reaching(field(abi.OffsetResult+abi.ColumnBytes, 7)), "the result has 7 bytes of values, 1 rows of int64 take 8"},
		"validity outside memory": {reaching(field(abi.OffsetResult+abi.ColumnValidity, 4<<16)), "the result's validity: 1 bytes at 0x40000 lie outside"},
		"null without leave":      {reaching(field(abi.OffsetResult+abi.ColumnValidity, 8)), "row 0 is null, but the result of f is declared as never null"},
		"another type":            {reaching(field(abi.OffsetResult, 2)), "the result has type 2/0, declared is int64"},
		"too many failed rows":    {reaching(failed(1000, 0, 0, 0)), "1000 of 1 rows failed"},
		"failed rows outside":     {reaching(failed(1, -4, 0, 0)), "the failed rows: 4 bytes at 0xfffffffc lie outside"},
		"no such failed row":      {reaching(asm.Code(i32(8), i32(99), 0x36, 2, 0), failed(1, 8, 16, 0)), "failed row 99 of 1"},
		"a reason of 4 GB":        {reaching(asm.Code(i32(20), i32(-1), 0x36, 2, 0), failed(1, 8, 16, 0)), "the reasons: 4294967295 bytes at 0x0 lie outside"},
		"a backward reason":       {reaching(asm.Code(i32(16), i32(9), 0x36, 2, 0, i32(20), i32(3), 0x36, 2, 0), failed(1, 8, 16, 0)), "reason at 9..3 of 3 bytes"},
		"unknown status":          {asm.Code(i32(77), 0x0b), "status 77"},
		"unknown function":        {asm.Code(i32(2), 0x0b), "it does not know its function 0"},
	} {
		t.Run(name, func(t *testing.T) {
			m := open(t, handmade(c.code).Bytes(), Options{})
			f := m.Function("f")
			got, failed := call(t, f, columns(t, f.Args, []any{int64(1)}, []any{int64(2)}))
			for i := range got {
				if got[i] != nil || !strings.Contains(failed[i], "it broke the ABI: ") || !strings.Contains(failed[i], c.reason) {
					t.Errorf("row %d: %v %q, want %q", i, got[i], failed[i], c.reason)
				}
			}
		})
	}
}

// A text result may lie anywhere that its offsets say, as long as that is inside.
func TestBrokenText(t *testing.T) {
	utf8 := abi.Type{Type: batch.T(batch.Utf8)}
	for name, c := range map[string]struct {
		offsets []uint32
		bytes   int32
		want    string
		reason  string
	}{
		"good":             {[]uint32{1, 3}, 5, "el", ""},
		"backward":         {[]uint32{3, 1}, 5, "", "the result's row 0 lies at 3..1 of 5 bytes"},
		"past the end":     {[]uint32{0, 6}, 5, "", "the result's row 0 lies at 0..6 of 5 bytes"},
		"4 GB":             {[]uint32{0, 1<<32 - 1}, 5, "", "the result's row 0 lies at 0..4294967295 of 5 bytes"},
		"values too long":  {[]uint32{0, 5}, -1, "", "the result's values: 4294967295 bytes at 0x800 lie outside"},
		"offsets overflow": {nil, 5, "", "the result's offsets: 8 bytes at 0xfffffffc lie outside"},
	} {
		t.Run(name, func(t *testing.T) {
			change := asm.Code(storeField(resultValues, i32(2048)), storeField(abi.OffsetResult+abi.ColumnBytes, i32(c.bytes)))
			at := int32(-4)
			for i, offset := range c.offsets {
				at = 3000
				change = append(change, asm.Code(i32(at+4*int32(i)), i32(int32(offset)), 0x36, 2, 0)...)
			}
			change = append(change, storeField(abi.OffsetResult+abi.ColumnOffsets, i32(at))...)
			guest := handmade(reaching(change))
			guest.Data = abi.AppendDescription(nil, []abi.Function{{Name: "f", Kind: abi.Scalar, Args: []abi.Type{utf8}, Result: utf8}})
			guest.Data = append(guest.Data, make([]byte, 2048-descriptionAt-len(guest.Data))...)
			guest.Data = append(guest.Data, "hello"...)
			m := open(t, guest.Bytes(), Options{})
			got, failed := call(t, m.Function("f"), columns(t, types(batch.Utf8), []any{"x"}))
			if c.reason == "" && got[0] != c.want || !strings.Contains(failed[0], c.reason) {
				t.Errorf("%v %q, want %q %q", got[0], failed[0], c.want, c.reason)
			}
		})
	}
}

// Ranges that overlap could make a small memory look like a huge result.
func TestOverlappingText(t *testing.T) {
	text := abi.Type{Type: batch.T(batch.Binary)}
	// offsets 0, n, 0, n, ... do not go forward: the only way to overlap is refused.
	change := asm.Code(storeField(resultValues, i32(0)), storeField(abi.OffsetResult+abi.ColumnBytes, i32(1<<16)),
		i32(3004), i32(1<<16), 0x36, 2, 0, storeField(abi.OffsetResult+abi.ColumnOffsets, i32(3000)))
	guest := handmade(reaching(change))
	guest.Data = abi.AppendDescription(nil, []abi.Function{{Name: "f", Kind: abi.Scalar, Args: []abi.Type{text}, Result: text}})
	m := open(t, guest.Bytes(), Options{})
	_, failed := call(t, m.Function("f"), columns(t, types(batch.Binary), []any{[]byte("x")}, []any{[]byte("x")}))
	if len(failed) != 0 { // alone, each row has a result of 64 KiB
		t.Errorf("%v", failed)
	}
}

func TestBadModules(t *testing.T) {
	good := handmade(bad(nil), rowLocals...)
	for name, c := range map[string]struct {
		change func(*asm.Module)
		want   []string
	}{
		"asks for 4 GB": {func(m *asm.Module) { m.Memory = []uint32{65536} }, []string{
			"it asks for 4096 MiB of memory at the start, allowed are 64 MiB; raise max_pages to 65536 or build it with less",
		}},
		"no exports": {func(m *asm.Module) {
			for i := range m.Funcs {
				m.Funcs[i].Export = ""
			}
		}, []string{
			`it does not export the function "describe"`, `it does not export the function "alloc"`,
			`it does not export the function "call"`, "write the module with sdk/udf",
		}},
		"a command":       {func(m *asm.Module) { m.Funcs[0].Export = "_start" }, []string{"it is a command; build a library (Go: -buildmode=c-shared)"}},
		"another shape":   {func(m *asm.Module) { m.Funcs[1].Export, m.Funcs[0].Export = "describe", "alloc" }, []string{`its export "describe" must take 0 i32 and return 1`, `its export "alloc" must take 1 i32`}},
		"no memory":       {func(m *asm.Module) { m.Memory, m.Data = nil, nil }, []string{"it is not valid"}},
		"another version": {func(m *asm.Module) { m.Data[4] = 9 }, []string{"it has ABI version 9, this host has 1"}},
		"no description":  {func(m *asm.Module) { m.Data = nil }, []string{"the description begins with 0x000000"}},
		"a long description": {func(m *asm.Module) { binary.LittleEndian.PutUint32(m.Data[8:], 1<<20) }, []string{
			"describe: 1048576 bytes at 0x400 reach outside of its memory of 262144 bytes",
		}},
		"a description elsewhere": {func(m *asm.Module) { m.Funcs[0].Code = asm.Code(int32(-1), 0x0b) }, []string{"describe: address 0xffffffff lies outside"}},
		"a description that loops": {func(m *asm.Module) {
			m.Funcs[0].Code = asm.Code(0x03, 0x40, 0x0c, 0, 0x0b, int32(0), 0x0b)
		}, []string{"describe: it spent its fuel"}},
		"_initialize traps": {func(m *asm.Module) {
			m.Funcs = append(m.Funcs, asm.Func{Export: "_initialize", Code: asm.Code(0x00, 0x0b)})
		}, []string{"it does not start: it trapped: unreachable"}},
		"imports": {func(m *asm.Module) {
			m.Imports = []asm.Import{{Module: "env", Name: "now"}, {Module: abi.ImportModule, Name: "fd_write2"}}
		}, []string{"it imports env.now, wasi_snapshot_preview1.fd_write2, which no module is granted"}},
		"an import of another shape": {func(m *asm.Module) { m.Imports = []asm.Import{{Module: abi.ImportModule, Name: "sched_yield"}} }, []string{"it does not export", "signature"}},
	} {
		m := handmade(bad(nil), rowLocals...)
		m.Funcs = append([]asm.Func(nil), good.Funcs...)
		c.change(m)
		_, err := Load(context.Background(), m.Bytes(), Options{Name: "bad"})
		found := false
		for _, want := range c.want {
			found = found || err != nil && strings.Contains(err.Error(), want)
		}
		if err == nil || !strings.HasPrefix(err.Error(), `wasm module "bad": `) || !found {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	for _, code := range [][]byte{nil, []byte("\x7fELF"), good.Bytes()[:200]} {
		if _, err := Load(context.Background(), code, Options{}); err == nil {
			t.Errorf("%q was taken for a module", code)
		}
	}
	_, err := Load(context.Background(), good.Bytes(), Options{Fuel: 1, MaxPages: 1 << 20, Timeout: -1, MaxValue: -1})
	for _, want := range []string{"fuel: 1", "max_pages: 1048576", "timeout: -1ns", "max_value: -1"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("options: %v, want %s", err, want)
		}
	}
}

// A guest whose alloc gives what is not there.
func TestBrokenAlloc(t *testing.T) {
	for reason, at := range map[string]int32{"no room": 0, "alloc gave": 4 << 16, "in a memory of": 8} {
		guest := handmade(bad(nil), rowLocals...)
		guest.Funcs[1].Code = asm.Code(at, 0x0b)
		m := open(t, guest.Bytes(), Options{})
		_, failed := call(t, m.Function("f"), columns(t, types(batch.Int64), []any{int64(1)}, []any{nil}))
		if len(failed) != 1 || !strings.Contains(failed[0], reason) {
			t.Errorf("%v, want %s", failed, reason)
		}
	}
}

// Hostile guests leave nothing behind: neither goroutines nor memory.
func TestNothingIsLeft(t *testing.T) {
	run := func() {
		m, err := Load(context.Background(), handmade(bad([]byte{0}), rowLocals...).Bytes(), Options{CacheDir: cacheDir})
		if err != nil {
			t.Fatal(err)
		}
		call(t, m.Function("f"), columns(t, types(batch.Int64), []any{int64(13)}, []any{int64(1)}, []any{int64(13)}))
		if err := m.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	run()
	goroutines := runtime.NumGoroutine()
	for range 50 {
		run()
	}
	if n := runtime.NumGoroutine(); n > goroutines {
		t.Errorf("%d goroutines, %d before", n, goroutines)
	}
}
