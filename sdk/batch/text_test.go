package batch

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"
)

// allTypes has every type, decimals with several scales.
func allTypes() []Type {
	var types []Type
	for k := Bool; k < kinds; k++ {
		types = append(types, T(k))
	}
	return append(types, DecimalType(2), DecimalType(38))
}

// randomValue returns a value of t in wide form, often one at an edge.
func randomValue(r *rand.Rand, t Type) any {
	edge := func(bits int) int64 {
		return []int64{0, 1, -1, 1<<(bits-1) - 1, -1 << (bits - 1), r.Int64() >> (64 - bits)}[r.IntN(6)]
	}
	switch t.Kind {
	case Bool:
		return r.IntN(2) == 0
	case Int8, Int16, Int32, Int64:
		return edge(8 * t.Width())
	case Uint8, Uint16, Uint32, Uint64:
		return uint64(edge(8*t.Width())) & (1<<(8*t.Width()) - 1)
	case Float32:
		return []float64{0, math.Copysign(0, -1), math.Inf(1), math.NaN(), float64(r.Float32()), math.MaxFloat32}[r.IntN(6)]
	case Float64:
		return []float64{0, math.Copysign(0, -1), math.Inf(-1), math.NaN(), r.NormFloat64() * 1e30, 5e-324}[r.IntN(6)]
	case Decimal:
		max := pow10(38)
		lo, hi := r.Uint64(), r.Uint64()%max.hi
		if r.IntN(2) == 0 {
			lo, hi = r.Uint64()>>r.IntN(64), 0
		}
		if r.IntN(2) == 0 {
			n := u128{hi, lo}.neg()
			lo, hi = n.lo, n.hi
		}
		return Dec{Lo: lo, Hi: int64(hi), Scale: t.Scale}
	case Int128, Uint128:
		return Dec{Lo: r.Uint64(), Hi: edge(64)}
	case Utf8:
		return []string{"", "a", "ünï ✓ \"\\\n\t\x01", strings.Repeat("x", r.IntN(40))}[r.IntN(4)]
	case Binary:
		return []byte(strings.Repeat("\x00\xff", r.IntN(5)))
	case Date:
		return int64(int32(edge(32)))
	case Timestamp, Duration:
		return []int64{0, -1, 1, math.MaxInt64, math.MinInt64, r.Int64N(2e15), 1e6 * r.Int64N(2e9)}[r.IntN(7)]
	case JSON:
		return []string{`{"a":[1,2.50,"x"]}`, `1`, `"s"`, `[]`}[r.IntN(4)]
	case UUID:
		var id [16]byte
		for i := range id {
			id[i] = byte(r.Uint32())
		}
		return id
	case Point:
		return [2]float64{r.NormFloat64(), float64(r.IntN(180))}
	}
	panic(t)
}

func TestTextIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, typ := range allTypes() {
		for range 200 {
			value := randomValue(r, typ)
			in, out := NewVector(typ), NewVector(typ)
			if err := in.AppendValue(value); err != nil {
				t.Fatal(err)
			}
			c := in.Peek()
			text := string(AppendText(nil, &c, 0))
			if err := out.AppendText(text); err != nil {
				t.Fatalf("%v: %v", value, err)
			}
			back := out.Peek()
			if got := back.Value(0); fmt.Sprint(got) != fmt.Sprint(value) {
				t.Errorf("%v: %v became %q, then %v", typ, value, text, got)
			}
		}
	}
}

func TestJSONReadsBack(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, typ := range allTypes() {
		for range 200 {
			value := randomValue(r, typ)
			if f, ok := value.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
				continue // these are null in JSON
			}
			in, out, raw := NewVector(typ), NewVector(typ), NewVector(typ)
			if err := in.AppendValue(value); err != nil {
				t.Fatal(err)
			}
			c := in.Peek()
			text := AppendJSON(nil, &c, 0)
			decoder := json.NewDecoder(strings.NewReader(string(text)))
			decoder.UseNumber()
			var decoded any
			if err := decoder.Decode(&decoded); err != nil {
				t.Fatalf("%v: %v gave %s: %v", typ, value, text, err)
			}
			if err := out.AppendJSON(decoded); err != nil {
				t.Fatalf("%v: %s: %v", typ, text, err)
			}
			if err := raw.AppendJSON(json.RawMessage(text)); err != nil {
				t.Fatalf("%v: %s: %v", typ, text, err)
			}
			for _, v := range []*Vector{out, raw} {
				if back := v.Peek(); fmt.Sprint(back.Value(0)) != fmt.Sprint(value) {
					t.Errorf("%v: %v became %s, then %v", typ, value, text, back.Value(0))
				}
			}
		}
	}
}

func TestCalendar(t *testing.T) {
	for day := int64(-800000); day < 3000000; day += 37 {
		want := time.Unix(day*86400, 0).UTC()
		if year, month, dom := civil(day); year != int64(want.Year()) || month != int(want.Month()) || dom != want.Day() {
			t.Fatalf("day %d is %d-%d-%d, not %v", day, year, month, dom, want)
		}
		if got := days(int64(want.Year()), int(want.Month()), want.Day()); got != day {
			t.Fatalf("%v is day %d, not %d", want, got, day)
		}
	}
}

func TestForms(t *testing.T) {
	for _, c := range []struct {
		typ              Type
		in, text, asJSON string
	}{
		{T(Bool), "TRUE", "true", "true"},
		{T(Int8), "-128", "-128", "-128"},
		{T(Uint64), "18446744073709551615", "18446744073709551615", "18446744073709551615"},
		{T(Float64), "1e21", "1e+21", "1e+21"},
		{T(Float64), "-0", "-0", "-0"},
		{T(Float64), "inf", "Infinity", "null"},
		{T(Float32), "0.1", "0.1", "0.1"},
		{DecimalType(2), "1.5", "1.50", "1.50"},
		{DecimalType(2), "-0.05", "-0.05", "-0.05"},
		{DecimalType(2), "1e3", "1000.00", "1000.00"},
		{DecimalType(2), "99999999999999999.01", "99999999999999999.01", `"99999999999999999.01"`},
		{DecimalType(0), "9223372036854775807", "9223372036854775807", "9223372036854775807"},
		{DecimalType(1), "18446744073709551616", "18446744073709551616.0", `"18446744073709551616.0"`},
		{T(Int128), "-170141183460469231731687303715884105728", "-170141183460469231731687303715884105728", `"-170141183460469231731687303715884105728"`},
		{T(Uint128), "340282366920938463463374607431768211455", "340282366920938463463374607431768211455", `"340282366920938463463374607431768211455"`},
		{T(Date), "2024-02-29", "2024-02-29", `"2024-02-29"`},
		{T(Date), "-0044-03-15", "-0044-03-15", `"-0044-03-15"`},
		{T(Timestamp), "2022-01-02 03:04:05", "2022-01-02T03:04:05Z", `"2022-01-02T03:04:05.000Z"`},
		{T(Timestamp), "2022-01-02T03:04:05.25+02:00", "2022-01-02T01:04:05.250Z", `"2022-01-02T01:04:05.250Z"`},
		{T(Timestamp), "1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z", `"1969-12-31T23:59:59.999999Z"`},
		{T(Timestamp), "2022-01-02", "2022-01-02T00:00:00Z", `"2022-01-02T00:00:00.000Z"`},
		{T(Duration), "90m0.5s", "1h30m0.5s", `{"value":"5400500000000","time_unit":"Nanoseconds"}`},
		{T(Utf8), "a\"b\n\x7f", "a\"b\n\x7f", `"a\"b\n` + "\x7f\""},
		{T(Binary), `\x00Ff`, `\x00ff`, "[0,255]"},
		{T(JSON), "{\n\"a\": 1}", "{\n\"a\": 1}", `{"a":1}`},
		{T(UUID), "0123456789ABCDEF0123456789abcdef", "01234567-89ab-cdef-0123-456789abcdef", `"01234567-89ab-cdef-0123-456789abcdef"`},
		{T(Point), "point(1.5,2)", "POINT(1.5, 2)", `{"x":1.5,"y":2}`},
	} {
		v := NewVector(c.typ)
		if err := v.AppendText(c.in); err != nil {
			t.Error(err)
			continue
		}
		v.AppendNull()
		col := v.Peek()
		if got := string(AppendText(nil, &col, 0)); got != c.text {
			t.Errorf("text of %v %q is %q, not %q", c.typ, c.in, got, c.text)
		}
		if got := string(AppendJSON(nil, &col, 0)); got != c.asJSON {
			t.Errorf("JSON of %v %q is %s, not %s", c.typ, c.in, got, c.asJSON)
		}
		if got := string(AppendText(nil, &col, 1)) + string(AppendJSON(nil, &col, 1)); got != "null" {
			t.Errorf("null of %v is %q", c.typ, got)
		}
	}
}

func TestBadText(t *testing.T) {
	for _, c := range []struct {
		typ     Type
		in, say string
	}{
		{T(Int8), "128", "out of range"},
		{T(Int64), "1.0", "not a number"},
		{T(Uint8), "-1", "not a number"},
		{T(Float64), "0x1p3", "not a number"},
		{T(Float64), "1e999", "out of range"},
		{DecimalType(2), "1.005", "too many digits after the point"},
		{DecimalType(0), "1e38", "out of range"},
		{DecimalType(0), "", "not a number"},
		{DecimalType(0), ".", "not a number"},
		{T(Int128), "170141183460469231731687303715884105728", "out of range"},
		{T(Uint128), "-1", "out of range"},
		{T(Date), "2023-02-29", "no such day"},
		{T(Date), "2023-02-28T00:00:00Z", "YYYY-MM-DD"},
		{T(Date), "12345-01-01", "YYYY-MM-DD"},
		{T(Timestamp), "2022-01-02T24:00:00Z", "timestamps are written"},
		{T(Timestamp), "+294247-01-10T04:00:54.775808Z", "out of range"},
		{T(Duration), "5", "durations are written"},
		{T(Bool), "yes", "true or false"},
		{T(Utf8), "\xff", "UTF-8"},
		{T(JSON), "{", "JSON"},
		{T(Binary), "00", `\x`},
		{T(UUID), "0123", "UUIDs are written"},
		{T(Point), "1,2", "POINT(x, y)"},
	} {
		v := NewVector(c.typ)
		err := v.AppendText(c.in)
		if err == nil || !strings.Contains(err.Error(), c.say) || !strings.Contains(err.Error(), c.typ.String()) ||
			!strings.Contains(err.Error(), strconv.Quote(c.in)) {
			t.Errorf("%v %q: %v", c.typ, c.in, err)
		}
		if v.Rows() != 0 {
			t.Errorf("%v %q: appended all the same", c.typ, c.in)
		}
	}
}

func TestJSONIsLenient(t *testing.T) {
	for _, c := range []struct {
		typ      Type
		in, want string // want is the text, or what the error says after "!"
	}{
		{T(Int32), `"12"`, "12"},
		{T(Int32), `1e3`, "1000"},
		{T(Int32), `5.0`, "5"},
		{T(Int32), `5.5`, "!too many digits"},
		{T(Int8), `1e3`, "!out of range"},
		{T(Int64), `true`, "!a boolean does not fit"},
		{T(Uint8), `-1.0`, "!not a number"},
		{T(Int128), `12`, "12"},
		{DecimalType(2), `"1.25"`, "1.25"},
		{DecimalType(2), `1.25`, "1.25"},
		{T(Float64), `"NaN"`, "NaN"},
		{T(Float64), `1`, "1"},
		{T(Bool), `"true"`, "!without quotes"},
		{T(Utf8), `1`, "!a number does not fit"},
		{T(JSON), `{"b":1.0,"a":"<"}`, `{"b":1.0,"a":"<"}`},
		{T(Duration), `{"value":"2","time_unit":"Seconds"}`, "2s"},
		{T(Duration), `{"value":"2"}`, "!durations are written"},
		{T(Duration), `"1m"`, "1m0s"},
		{T(Point), `{"x":1}`, "!points are written"},
		{T(Point), `{"x":1,"y":"2"}`, "POINT(1, 2)"},
		{T(Binary), `[1,256]`, "!element 1"},
		{T(Timestamp), `"2022-01-01T00:00:00Z"`, "2022-01-01T00:00:00Z"},
		{T(Timestamp), `12`, "!a number does not fit"},
		{T(UUID), `[]`, "!an array does not fit"},
		{T(Utf8), `{}`, "!an object does not fit"},
	} {
		v := NewVector(c.typ)
		err := v.AppendJSON(json.RawMessage(c.in))
		say, bad := strings.CutPrefix(c.want, "!")
		if bad {
			if err == nil || !strings.Contains(err.Error(), say) || v.Rows() != 0 {
				t.Errorf("%v %s: %v", c.typ, c.in, err)
			}
			continue
		}
		if err != nil {
			t.Error(err)
			continue
		}
		col := v.Peek()
		if got := string(AppendText(nil, &col, 0)); got != c.want {
			t.Errorf("%v %s is %q, not %q", c.typ, c.in, got, c.want)
		}
	}
}

func FuzzText(f *testing.F) {
	for i, s := range []string{"-1", "1e3", "2022-01-02T03:04:05.25+02:00", "POINT(1,2)", "1h30m", `\x00`, "+12345-12-31", "1.50"} {
		f.Add(i, s)
	}
	types := allTypes()
	f.Fuzz(func(t *testing.T, i int, s string) {
		v := NewVector(types[uint(i)%uint(len(types))])
		if v.AppendText(s) != nil {
			if v.Rows() != 0 {
				t.Fatal("appended in spite of an error")
			}
			return
		}
		c := v.Peek()
		text := string(AppendText(nil, &c, 0))
		again := NewVector(v.Type)
		if err := again.AppendText(text); err != nil {
			t.Fatalf("%q gave %q: %v", s, text, err)
		}
		back := again.Peek()
		if got := string(AppendText(nil, &back, 0)); got != text {
			t.Fatalf("%q gave %q, then %q", s, text, got)
		}
		if out := AppendJSON(nil, &c, 0); !json.Valid(out) {
			t.Fatalf("%q gave %s", s, out)
		}
	})
}
