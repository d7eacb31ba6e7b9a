package expr

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// hostile are values of each type that functions may stumble over, in the form of batch.AppendText.
var hostile = map[string][]string{
	"int64":          {"0", "1", "-1", "9223372036854775807", "-9223372036854775808", "63", "64", "100000000", "3"},
	"int8":           {"0", "-128", "127"},
	"int32":          {"-2147483648", "2147483647", "5"},
	"uint8":          {"0", "255"},
	"uint64":         {"0", "18446744073709551615", "9223372036854775808"},
	"float64":        {"0", "-0", "NaN", "Infinity", "-Infinity", "1.7976931348623157e308", "5e-324", "-2.5", "1e15", "9.223372036854776e18", "0.1"},
	"float32":        {"NaN", "3.4028235e38", "1.5"},
	"decimal(38,2)":  {"0.00", "999999999999999999999999999999999999.99", "-999999999999999999999999999999999999.99", "-0.01", "1.50"},
	"decimal(38,38)": {"0.99999999999999999999999999999999999999", "-0.00000000000000000000000000000000000001"},
	"int128":         {"-170141183460469231731687303715884105728", "170141183460469231731687303715884105727", "7"},
	"uint128":        {"340282366920938463463374607431768211455", "0"},
	"bool":           {"true", "false"},
	"utf8": {
		"", " ", "a", "%", "_", `\`, "abc,def", "äöü€😀", "\x00", "$", "$.a[0]", "$..*..*", "(", "[", "a*", "(a|b)*?", "{a,b}", "2024-02-30", "2024-02-29", "1 day", "P1Y",
		"YYYY-MM-DD HH24:MI:SS.US", "FMDay, DDth", "%Y-%m-%d %", "yyyy-MM-dd''HH", "-1", "1e400", "null", `{"a":[1,{"b":"c"}]}`, "UTC", "Europe/Berlin", "+25:00", "hex", "base64", "zz", "YQ==",
		"\\1\\9\\&", "day", strings.Repeat("ab ", 2000), strings.Repeat("(", 200), strings.Repeat("9", 400), "%s%2$s%9999999999$s", "i", "é",
	},
	"binary":    {`\x`, `\x00ff`, `\xc3`},
	"date":      {"1970-01-01", "2024-02-29", "0001-01-01", "9999-12-31", "-5877641-06-23", "+5881580-07-11"},
	"timestamp": {"1970-01-01T00:00:00Z", "2024-02-29T23:59:59.999999Z", "0001-01-01T00:00:00Z", "-290308-12-21T19:59:05.224192Z", "+294247-01-10T04:00:54.775807Z"},
	"duration":  {"0s", "-1µs", "24h0m0s", "2562047788h0m54.775807s", "-2562047788h0m54.775808s"},
	"json":      {"null", "1", `"x"`, `""`, "[]", "{}", `{"a":{"b":[1,2,{"c":null}]},"ä":"\u00e4"}`, "[1e400,-0]", ` [ 1 , 2 ] `, strings.Repeat("[", 300) + strings.Repeat("]", 300)},
	"uuid":      {"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"},
	"point":     {"POINT(0, 0)", "POINT(NaN, Infinity)", "POINT(180, -90)", "POINT(179.7, 0.3)"},
}

// hostileTables makes columns of hostile values and calls.
type hostileTables struct {
	r     *rand.Rand
	names []string
}

// call makes up a call of a function: its arguments as columns, or literals, and their values by rows.
func (h *hostileTables) call(f *builtin, rows int) (Expr, *batch.Batch, error) {
	in := &batch.Batch{Rows: rows}
	var args []Expr
	count := h.r.IntN(6)
	var want []string
	if n := len(f.overloads); n > 0 && h.r.IntN(8) > 0 {
		o := f.overloads[h.r.IntN(n)]
		want = o.params
		count = o.required + h.r.IntN(len(want)-o.required+1)
		if o.variadic {
			count += h.r.IntN(3)
		}
	}
	for i := range count {
		if i == 0 && f.Words != nil {
			args = append(args, Text(f.Words[h.r.IntN(len(f.Words))]))
			continue
		}
		name := h.names[h.r.IntN(len(h.names))]
		if len(want) > 0 {
			class := want[min(i, len(want)-1)]
			if t, ok := classes[class]; ok && h.r.IntN(4) > 0 {
				name = t.String()
			}
		}
		t, err := batch.ParseType(name)
		if err != nil {
			panic(err)
		}
		values := hostile[name]
		if h.r.IntN(5) == 0 {
			e, err := Literal(t, values[h.r.IntN(len(values))])
			if err != nil {
				panic(fmt.Sprint(name, err))
			}
			args = append(args, e)
			continue
		}
		vec := batch.NewVector(t)
		for range rows {
			if h.r.IntN(8) == 0 {
				vec.AppendNull()
			} else if err := vec.AppendText(values[h.r.IntN(len(values))]); err != nil {
				panic(fmt.Sprint(name, err))
			}
		}
		args = append(args, Column(len(in.Cols), t, true))
		in.Cols = append(in.Cols, vec.Take())
	}
	e, err := Call(f.Name, args...)
	return e, in, err
}

// answers evaluates an expression and returns a text for each row.
func answers(e Expr, in *batch.Batch) ([]string, error) {
	p, err := Compile([]Expr{e}, nil)
	if err != nil {
		return nil, err
	}
	var errs batch.RowErrors
	cols, err := p.Eval(context.Background(), in, &errs)
	if err != nil {
		return nil, err
	}
	out := make([]string, in.Rows)
	for i := range out {
		if k := slices.Index(errs.Rows, int32(i)); k >= 0 {
			if out[i] = "bad"; errs.Reasons[k] == "" {
				return nil, fmt.Errorf("row %d is bad without a reason", i)
			}
			continue
		}
		if cols[0].Null(i) {
			out[i] = "NULL"
			continue
		}
		out[i] = "=" + string(batch.AppendText(nil, &cols[0], i))
	}
	return out, nil
}

// TestHostile calls every function with values that it may stumble over: nothing panics or takes long, a result is
// bad or null only where the plan is told so, and every row has the same result alone as among others.
func TestHostile(t *testing.T) {
	seed := uint64(7)
	if text := os.Getenv("HOSTILE_SEED"); text != "" {
		if _, err := fmt.Sscan(text, &seed); err != nil {
			t.Fatal(err)
		}
	}
	h := &hostileTables{r: rand.New(rand.NewPCG(seed, seed))}
	for name := range hostile {
		h.names = append(h.names, name)
	}
	slices.Sort(h.names)
	calls := 60
	if testing.Short() {
		calls = 15
	}
	all := slices.Clone(builtins().names)
	slices.Sort(all)
	for _, name := range all {
		f := builtins().find(name)
		if f.Name != name || name == "months" || name == "cast" || name == "try_cast" || f.Build == nil && f.bind == nil {
			continue
		}
		made := 0
		start := time.Now()
		for try := 0; try < 40*calls && made < calls; try++ {
			rows := 1 + h.r.IntN(12)
			e, in, err := h.call(f, rows)
			if err != nil || e.Type.Kind == batch.Invalid {
				continue
			}
			made++
			h.check(t, e, in)
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s: %d calls took %v", name, made, took)
		}
		if made == 0 {
			t.Errorf("%s: no call fits", name)
		}
	}
}

func (h *hostileTables) check(t *testing.T, e Expr, in *batch.Batch) {
	t.Helper()
	describe := func() string {
		text := String(e)
		for i := range in.Cols {
			text += fmt.Sprintf("\n$%d %v:", i, in.Cols[i].Type)
			for k := range in.Rows {
				text += fmt.Sprintf(" %.60q", batch.AppendText(nil, &in.Cols[i], k))
			}
		}
		return text
	}
	defer func() {
		if p := recover(); p != nil {
			t.Fatalf("%s\npanics: %v", describe(), p)
		}
	}()
	together, err := answers(e, in)
	if err != nil {
		t.Fatalf("%s: %v", describe(), err)
	}
	fallible := Fallible(e)
	for i, got := range together {
		if got == "bad" && !fallible {
			t.Errorf("%s\nrow %d is bad and the call is not fallible", describe(), i)
		}
		if got == "NULL" && !e.Nullable {
			t.Errorf("%s\nrow %d is null and the call is not nullable", describe(), i)
		}
		if k := e.Type.Kind; (k == batch.Utf8 || k == batch.JSON) && !utf8.ValidString(got) {
			t.Errorf("%s\nrow %d is not UTF-8: %q", describe(), i, got)
		}
		one := &batch.Batch{Rows: 1}
		for c := range in.Cols {
			vec := batch.NewVector(in.Cols[c].Type)
			if in.Cols[c].Null(i) {
				vec.AppendNull()
			} else if err := vec.AppendValue(in.Cols[c].Value(i)); err != nil {
				t.Fatal(err)
			}
			one.Cols = append(one.Cols, vec.Take())
		}
		alone, err := answers(e, one)
		if err != nil {
			t.Fatalf("%s: %v", describe(), err)
		}
		if alone[0] != got {
			t.Errorf("%s\nrow %d gives %.100q among others and %.100q alone", describe(), i, got, alone[0])
		}
		if e.Type.Kind == batch.JSON && got[0] == '=' {
			if v, err := Cast(Text(got[1:]), e.Type, true); err != nil || v.Null {
				t.Errorf("%s\nrow %d is no JSON: %.100q", describe(), i, got)
			}
		}
	}
}
