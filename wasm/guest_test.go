package wasm

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/sdk/batch"
)

func testguest(t testing.TB, opts Options) *Module {
	opts.Name = "testguest"
	return open(t, must(t, guest), opts)
}

// Every type goes in and comes out as it was, nulls included.
func TestTypes(t *testing.T) {
	m := testguest(t, Options{})
	long := strings.Repeat("long ", 10_000)
	for name, values := range map[string][]any{
		"same_bool":    {true, nil, false, true},
		"same_int8":    {int64(-128), int64(127), nil},
		"same_int16":   {int64(-32768), nil, int64(32767)},
		"same_int32":   {nil, int64(math.MinInt32), int64(math.MaxInt32)},
		"same_int64":   {int64(math.MinInt64), int64(math.MaxInt64), nil},
		"same_int":     {int64(math.MinInt64), int64(math.MaxInt64), nil},
		"same_uint8":   {uint64(255), nil},
		"same_uint16":  {uint64(65535), nil},
		"same_uint32":  {uint64(math.MaxUint32), nil},
		"same_uint64":  {uint64(math.MaxUint64), nil},
		"same_uint":    {uint64(math.MaxUint64), nil},
		"same_float32": {1.5, nil, math.Inf(-1)},
		"same_float64": {1e300, nil, math.Inf(1), math.Copysign(0, -1)},
		"same_string":  {"", "a", nil, "ünïcödé", long, "\x00"},
		"same_bytes":   {[]byte{}, []byte("\xff\x00"), nil, []byte(long)},
		"same_time":    {int64(0), int64(-1), nil, int64(1_700_000_000_123_456)},
		// Go's durations have nanoseconds, so they reach as far as 292 years.
		"same_duration": {int64(-5), nil, int64(math.MaxInt64 / 1000)},
		"same_date":     {int64(-1), nil, int64(20_000)},
		"same_json":     {`{"a": [1, null]}`, nil, `"x"`},
		"same_uuid":     {[16]byte{15: 1}, nil},
		"same_point":    {[2]float64{1, -2}, nil},
		"same_opt":      {"x", nil, ""},
	} {
		f := m.Function(name)
		var rows [][]any
		for _, v := range values {
			rows = append(rows, []any{v})
		}
		got, failed := call(t, f, columns(t, f.Args, rows...))
		if !reflect.DeepEqual(got, values) || len(failed) > 0 {
			t.Errorf("%s: got %.200v %v, want %.200v", name, got, failed, values)
		}
	}
}

func TestArguments(t *testing.T) {
	m := testguest(t, Options{})
	for _, c := range []struct {
		name string
		row  []any
		want any
	}{
		{"join", []any{"a", "b"}, "a/b"},
		{"join", []any{"a", nil}, nil},
		{"mid", []any{"abcdef", int64(2), int64(3)}, "cde"},
		{"four", []any{int64(-1), uint64(2), 3.5, true}, "-1 2 3.5 true"},
		{"five", []any{int64(1), int64(2), int64(3), int64(4), int64(5)}, int64(-13)},
		{"six", []any{"a", "b", "c", "d", "e", "f"}, "a,b,c,d,e,f"},
		{"or_zero", []any{nil}, int64(0)},
		{"or_zero", []any{int64(7)}, int64(7)},
		{"positive", []any{int64(7)}, int64(7)},
		{"positive", []any{int64(-7)}, nil},
		{"halve", []any{batch.Dec{Hi: -1, Lo: math.MaxUint64 - 199, Scale: 2}}, batch.Dec{Hi: -1, Lo: math.MaxUint64 - 99, Scale: 2}},
		{"halve", []any{nil}, nil},
		{"no_13", []any{int64(12)}, "12"},
		{"no_13", []any{nil}, nil},
	} {
		f := m.Function(c.name)
		got, failed := call(t, f, columns(t, f.Args, c.row))
		if !reflect.DeepEqual(got[0], c.want) || len(failed) > 0 {
			t.Errorf("%s%v = %v %v, want %v", c.name, c.row, got[0], failed, c.want)
		}
	}
	f := m.Function("join")
	in := columns(t, types(batch.Utf8, batch.Int64), []any{"a", int64(1)})
	err := f.Call(context.Background(), 1, in.Cols, &batch.Column{}, &batch.RowErrors{})
	if err == nil || !strings.Contains(err.Error(), `wasm module "testguest": join: argument 2 is int64, not utf8`) {
		t.Errorf("wrong type: %v", err)
	}
	err = m.Function("checksum").Call(context.Background(), 1, in.Cols[1:], &batch.Column{}, &batch.RowErrors{})
	if err == nil || !strings.Contains(err.Error(), "kind aggregate") {
		t.Errorf("wrong kind: %v", err)
	}
}

// A failure of any kind hits its row and no other, in a batch and alone.
func TestFailuresBelongToRows(t *testing.T) {
	m := testguest(t, Options{Fuel: 10_000_000})
	f := m.Function("misbehave")
	reasons := map[int64]string{
		1:  "panic: on purpose",
		2:  "panic: runtime error: index out of range [2] with length 0",
		3:  "it stopped with code 3: goodbye",
		4:  "it trapped: unreachable: fatal error: all goroutines are asleep - deadlock!",
		5:  "it waits for time to pass: a function must not sleep",
		6:  "it spent its fuel of 10000000; raise fuel or make it cheaper",
		7:  "it spent its fuel of 10000000",
		8:  "out of memory",
		9:  "panic: an error",
		10: "panic: a value without text",
		11: "no reason given",
		12: "bad text \uFFFD!!!",
		14: "open /etc/passwd: Capabilities insufficient",
	}
	var rows [][]any
	want := map[int]string{}
	for what := range int64(15) {
		if what == 13 {
			continue
		}
		for range 10 {
			rows = append(rows, []any{int64(100)})
		}
		if reason := reasons[what]; reason != "" {
			want[len(rows)] = reason
		}
		rows = append(rows, []any{what})
	}
	start := time.Now()
	got, failed := call(t, f, columns(t, f.Args, rows...))
	t.Logf("%d rows, %d of them bad, took %v; %d calls, %d instances", len(rows), len(want), time.Since(start), m.stats.Calls.Load(), m.stats.Started.Load())
	for i, row := range rows {
		switch reason, bad := want[i]; {
		case bad && (!strings.Contains(failed[i], reason) || got[i] != nil):
			t.Errorf("row %d (%v): got %v and %q, want %q", i, row, got[i], failed[i], reason)
		case !bad && (failed[i] != "" || got[i] != row[0]):
			t.Errorf("row %d (%v): got %v and %q", i, row, got[i], failed[i])
		}
		if _, alone := call(t, f, columns(t, f.Args, row)); alone[0] != failed[i] {
			t.Errorf("row %d (%v) alone: %q, in the batch: %q", i, row, alone[0], failed[i])
		}
		if len(failed[i]) > 2000 {
			t.Errorf("row %d: a reason of %d bytes", i, len(failed[i]))
		}
	}
}

func TestErrorsByRow(t *testing.T) {
	f := testguest(t, Options{}).Function("not_odd")
	var rows [][]any
	for i := range int64(1000) {
		rows = append(rows, []any{i})
	}
	rows[4][0], rows[5][0] = nil, nil
	got, failed := call(t, f, columns(t, f.Args, rows...))
	for i := range rows {
		want, reason := any(int64(i/2)), ""
		switch {
		case rows[i][0] == nil:
			want = nil
		case i%2 != 0:
			want, reason = nil, fmt.Sprintf("%d is odd", i)
		}
		if got[i] != want || failed[i] != reason {
			t.Errorf("row %d: got %v %q, want %v %q", i, got[i], failed[i], want, reason)
		}
	}
}

// A function over whole columns cannot say which row is to blame; the host finds out.
func TestErrorOfColumns(t *testing.T) {
	f := testguest(t, Options{}).Function("no_13")
	var rows [][]any
	for i := range int64(100) {
		rows = append(rows, []any{i % 50})
	}
	got, failed := call(t, f, columns(t, f.Args, rows...))
	for i := range rows {
		if i%50 == 13 {
			if failed[i] != "13 is bad luck" || got[i] != nil {
				t.Errorf("row %d: %v %q", i, got[i], failed[i])
			}
		} else if got[i] != fmt.Sprint(i%50) || failed[i] != "" {
			t.Errorf("row %d: %v %q", i, got[i], failed[i])
		}
	}
}

func TestResults(t *testing.T) {
	m := testguest(t, Options{MaxValue: 1000})
	for _, c := range []struct {
		name   string
		arg    any
		reason string
	}{
		{"repeat_x", int64(1000), ""},
		{"repeat_x", int64(1001), "its result has 1001 bytes, allowed are 1000; raise max_value"},
		{"invalid", "aé", "its result is not valid UTF-8"},
		{"invalid", "ab", ""},
		{"json", `{"a": 1}`, ""},
		{"json", `{"a": }`, "its result is not valid JSON"},
	} {
		f := m.Function(c.name)
		// A neighbour on each side, whose text would complete a rune cut in two.
		ok := map[string]any{"repeat_x": int64(1), "invalid": "\u00a9x", "json": "1"}[c.name]
		got, failed := call(t, f, columns(t, f.Args, []any{ok}, []any{c.arg}, []any{ok}))
		if failed[1] != c.reason || (got[1] == nil) != (c.reason != "") || len(failed) > 1 || got[2] == nil {
			t.Errorf("%s(%v): %v %v", c.name, c.arg, got, failed)
		}
	}
}

// The fuel that a row may spend does not depend on the rows around it.
func TestFuelOfARow(t *testing.T) {
	m := testguest(t, Options{Fuel: 1_000_000})
	f := m.Function("spin")
	heavy, light, bad := []any{int64(200_000)}, []any{int64(1)}, []any{int64(3_000_000)}
	var rows [][]any
	for i := range 100 {
		rows = append(rows, heavy, light)
		if i%10 == 5 {
			rows = append(rows, bad)
		}
	}
	got, failed := call(t, f, columns(t, f.Args, rows...))
	for i, row := range rows {
		if isBad := row[0] == bad[0]; isBad != (failed[i] != "") || isBad != (got[i] == nil) {
			t.Errorf("row %d (%v): %v %q", i, row, got[i], failed[i])
		}
	}
	if len(failed) != 10 {
		t.Errorf("%d rows failed, want 10", len(failed))
	}
}

func TestSameInputSameFuel(t *testing.T) {
	spent := func(opts Options) int64 {
		m := testguest(t, opts)
		for _, name := range []string{"four", "garbage", "not_odd"} {
			f := m.Function(name)
			row := []any{int64(1), uint64(1), 2.0, true}[:len(f.Args)]
			call(t, f, columns(t, f.Args, row, row, row))
		}
		return m.stats.Fuel.Load()
	}
	first := spent(Options{})
	for range 3 {
		if again := spent(Options{}); again != first {
			t.Errorf("spent %d, then %d", first, again)
		}
	}
}

// What a guest's collector takes must be far below half of the fuel of a row, or verdicts would depend
// on the history of an instance.
func TestCollectorIsCheap(t *testing.T) {
	m := testguest(t, Options{})
	f := m.Function("garbage")
	const n = 1000
	in := columns(t, f.Args, []any{int64(n)})
	least, most := int64(math.MaxInt64), int64(0)
	for range 2000 {
		before := m.stats.Fuel.Load()
		call(t, f, in)
		spent := m.stats.Fuel.Load() - before
		least, most = min(least, spent), max(most, spent)
	}
	if m.stats.Faults.Load() != 0 || m.stats.Started.Load() != 1 {
		t.Errorf("%d faults, %d instances", m.stats.Faults.Load(), m.stats.Started.Load())
	}
	t.Logf("%d allocations take %d to %d", n, least, most)
	if limit := int64(m.opts.Fuel / 2); most-least > limit/10 {
		t.Errorf("the same row took %d and %d: the difference is not far below %d", least, most, limit)
	}
}

// A guest that leaks loses its instance, and no row.
func TestLeak(t *testing.T) {
	m := testguest(t, Options{MaxPages: 256})
	f := m.Function("leak")
	in := columns(t, f.Args, []any{int64(100_000)}, []any{int64(200_000)})
	for range 200 {
		if _, failed := call(t, f, in); len(failed) > 0 {
			t.Fatal(failed)
		}
	}
	if n := m.stats.Started.Load(); n < 2 || n > 20 {
		t.Errorf("%d instances", n)
	}
}

// Arguments that do not fit into the guest's memory at once go in parts; a row that does not fit
// alone fails.
func TestLargeArguments(t *testing.T) {
	m := testguest(t, Options{MaxPages: 256})
	f := m.Function("same_string")
	large := strings.Repeat("x", 1<<20)
	var rows [][]any
	for range 40 {
		rows = append(rows, []any{large})
	}
	rows[7][0] = strings.Repeat("y", 17<<20)
	got, failed := call(t, f, columns(t, f.Args, rows...))
	for i := range rows {
		if i == 7 {
			if !strings.Contains(failed[i], "guest memory") {
				t.Errorf("row %d: %q", i, failed[i])
			}
		} else if got[i] != large {
			t.Errorf("row %d: %q", i, failed[i])
		}
	}
}

func TestGuestSeesNothing(t *testing.T) {
	one := testguest(t, Options{})
	f := one.Function("world")
	got, _ := call(t, f, columns(t, f.Args, []any{""}))
	if !strings.HasPrefix(got[0].(string), "1970-01-01T00:00:00.000000001Z ") || !strings.HasSuffix(got[0].(string), " 0 []") {
		t.Errorf("a guest sees %v", got[0])
	}
	other := testguest(t, Options{Seed: 1, Clock: time.Unix(1e9, 0)})
	f = other.Function("world")
	if again, _ := call(t, f, columns(t, f.Args, []any{""})); again[0] == got[0] {
		t.Errorf("another seed and clock: %v", again[0])
	}
}

func TestManyCallers(t *testing.T) {
	m := testguest(t, Options{Fuel: 1_000_000})
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			f := m.Function("not_odd")
			for round := range 30 {
				x := int64(worker*1000 + round)
				in := batch.NewBuilder(f.Args)
				for i := range int64(50) {
					if err := in.AppendValues(1, 2*(x+i)); err != nil {
						t.Error(err)
					}
				}
				b := in.Take()
				var out batch.Column
				var errs batch.RowErrors
				if err := f.Call(context.Background(), b.Rows, b.Cols, &out, &errs); err != nil || errs.Len() > 0 {
					t.Error(err, errs.Reasons)
					return
				}
				for i, v := range batch.Values[int64](&out) {
					if v != x+int64(i) {
						t.Errorf("got %d, want %d", v, x+int64(i))
					}
				}
			}
		})
	}
	wg.Wait()
	if n := m.stats.Started.Load(); n > 8 {
		t.Errorf("%d instances for 8 callers", n)
	}
}

func TestTimeout(t *testing.T) {
	m := testguest(t, Options{Fuel: 100_000_000, Timeout: 300 * time.Millisecond})
	f := m.Function("misbehave")
	var rows [][]any
	for range 1000 {
		rows = append(rows, []any{int64(6)})
	}
	in := columns(t, f.Args, rows...)
	err := f.Call(context.Background(), in.Rows, in.Cols, &batch.Column{}, &batch.RowErrors{})
	if err == nil || !strings.Contains(err.Error(), "1000 rows took longer than 300ms; raise timeout") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := f.Call(ctx, in.Rows, in.Cols, &batch.Column{}, &batch.RowErrors{}); err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("got %v", err)
	}
}
