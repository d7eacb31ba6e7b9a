package expr

import (
	"math"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/sdk/batch"
)

func TestCasts(t *testing.T) {
	dec := batch.DecimalType
	k := batch.T
	for _, c := range []struct {
		from batch.Type
		v    any
		to   batch.Type
		want string
	}{
		{tInt, int64(300), k(batch.Int16), "300"},
		{tInt, int64(300), k(batch.Int8), "bad: the value does not fit int8"},
		{tInt, int64(300), k(batch.Uint8), "bad: the value does not fit uint8"},
		{tInt, int64(-1), k(batch.Uint64), "bad: the value does not fit uint64"},
		{k(batch.Uint64), uint64(math.MaxUint64), tInt, "bad: the value does not fit int64"},
		{k(batch.Uint64), uint64(math.MaxUint64), k(batch.Int128), "18446744073709551615"},
		{k(batch.Uint64), uint64(math.MaxUint64), dec(0), "18446744073709551615"},
		{k(batch.Uint64), uint64(math.MaxUint64), dec(20), "bad: the value does not fit decimal(38,20)"},
		{k(batch.Int128), batch.Dec{Hi: -1, Lo: math.MaxUint64}, tInt, "-1"},
		{k(batch.Int128), batch.Dec{Hi: 1}, tInt, "bad: the value does not fit int64"},
		{k(batch.Int128), batch.Dec{Hi: -1}, k(batch.Uint128), "bad: the value does not fit uint128"},
		{k(batch.Uint128), batch.Dec{Hi: -1}, tFloat, "3.402823669209385e+38"},
		{tFloat, 2.9, tInt, "2"},
		{tFloat, -2.9, tInt, "-2"},
		{tFloat, 9.3e18, tInt, "bad: the value does not fit int64"},
		{tFloat, math.NaN(), tInt, "bad: the value does not fit int64"},
		{tFloat, 0.125, dec(2), "0.13"},
		{tFloat, 1e38, dec(0), "bad: the value does not fit decimal(38,0)"},
		{k(batch.Float32), 0.1, dec(10), "0.1000000000"},
		{k(batch.Float32), 0.1, tFloat, "0.10000000149011612"},
		{dec(2), batch.Dec{Lo: 299, Scale: 2}, tInt, "2"},
		{dec(2), batch.Dec{Lo: 299, Scale: 2}, tFloat, "2.99"},
		{dec(2), batch.Dec{Lo: 295, Scale: 2}, dec(1), "3.0"},
		{dec(2), batch.Dec{Lo: 0, Scale: 2}, tBool, "false"},
		{tBool, true, tInt, "1"},
		{tBool, true, dec(2), "1.00"},
		{tBool, false, tFloat, "0"},
		{tBool, true, tText, "true"},
		{tInt, int64(-7), tBool, "true"},
		{tText, " 42 ", tInt, "42"},
		{tText, "4x", tInt, `bad: "4x" as int64: not a number`},
		{tText, "300", k(batch.Int8), `bad: "300" as int8: out of range`},
		{tText, "1e3", tFloat, "1000"},
		{tText, "1.005", dec(2), "1.01"},
		{tText, "yes", tBool, "true"},
		{tText, "2024-02-30", tDate, `bad: "2024-02-30" as date: no such day in the calendar`},
		{tText, "2024-02-29T23:00:00+01:00", tTime, "2024-02-29T22:00:00Z"},
		{tText, "2024-02-29 23:00", tDate, "2024-02-29"},
		{tText, "{\"a\": 1}", k(batch.JSON), "{\"a\": 1}"},
		{tText, "{", k(batch.JSON), `bad: "{" as json: not valid JSON`},
		{tText, "raw", k(batch.Binary), `\x726177`},
		{k(batch.JSON), "12.5", tFloat, "12.5"},
		{k(batch.JSON), `"12"`, tInt, "12"},
		{k(batch.JSON), `null`, tInt, "NULL"},
		{k(batch.JSON), `[1]`, tText, "[1]"},
		{tFloat, 1.5, k(batch.JSON), "1.5"},
		{tDate, int64(-1), tTime, "1969-12-31T00:00:00Z"},
		{tDate, int64(math.MaxInt32), tTime, "bad: the value does not fit timestamp"},
		{tTime, int64(-1), tDate, "1969-12-31"},
		{tTime, int64(1500000), tText, "1970-01-01T00:00:01.500Z"},
		{tInt, nil, tText, "NULL"},
	} {
		x, in := columnOf(t, c.from, c.v, nil)
		e, err := Cast(x, c.to, false)
		if err != nil {
			t.Error(err)
			continue
		}
		got := results(t, e, in, nil)
		reason, bad := strings.CutPrefix(c.want, "bad: ")
		if bad && (!strings.HasPrefix(got[0], "bad: ") || !strings.HasSuffix(got[0], reason)) || !bad && got[0] != c.want || got[1] != "NULL" {
			t.Errorf("%v: %v as %v is %q, want %q", c.from, c.v, c.to, got[0], c.want)
		}
		if bad && !Fallible(e) {
			t.Errorf("%v as %v went wrong, but is not fallible", c.from, c.to)
		}
		try, err := Cast(x, c.to, true)
		if err != nil {
			t.Error(err)
			continue
		}
		want := c.want
		if bad {
			want = "NULL"
		}
		if got := results(t, try, in, nil); got[0] != want || got[1] != "NULL" || Fallible(try) || !try.Nullable {
			t.Errorf("%v: TRY_CAST of %v as %v is %q, want %q", c.from, c.v, c.to, got, want)
		}
	}
}

// TestEveryCastIsBuilt: what Castable promises can be computed, or marks the row, for some value.
func TestEveryCastIsBuilt(t *testing.T) {
	var types []batch.Type
	for k := batch.Bool; k <= batch.Point; k++ {
		types = append(types, batch.Type{Kind: k})
	}
	types = append(types, batch.DecimalType(3))
	for _, from := range types {
		v := batch.NewVector(from)
		for _, text := range []string{"1", "true", "2024-01-01", "1s", "POINT(1, 2)", "0123456789abcdef0123456789abcdef", `\x00`} {
			if v.AppendText(text) == nil {
				break
			}
		}
		v.AppendNull()
		in := &batch.Batch{Cols: []batch.Column{v.Take()}, Rows: 2}
		for _, to := range types {
			e, err := Cast(Column(0, from, true), to, false)
			if (err == nil) != Castable(from, to) {
				t.Errorf("%v to %v: castable %v, error %v", from, to, Castable(from, to), err)
			}
			if err != nil {
				continue
			}
			got := results(t, e, in, nil)
			if strings.HasPrefix(got[0], "bad") && !Fallible(e) || got[0] == "NULL" || got[1] != "NULL" {
				t.Errorf("%v to %v: %q", from, to, got)
			}
		}
	}
}

// TestCommonIsSymmetric also checks that both sides can be cast to what they have in common.
func TestCommonIsSymmetric(t *testing.T) {
	for a := batch.Invalid; a <= batch.Point; a++ {
		for b := batch.Invalid; b <= batch.Point; b++ {
			x, y := batch.Type{Kind: a}, batch.Type{Kind: b}
			c, ok := Common(x, y)
			d, ok2 := Common(y, x)
			if ok != ok2 || c != d {
				t.Errorf("%v and %v: %v %v, the other way %v %v", x, y, c, ok, d, ok2)
			}
			if ok && c.Kind != batch.Invalid && (!Castable(x, c) || !Castable(y, c)) {
				t.Errorf("%v and %v: %v cannot be reached", x, y, c)
			}
		}
	}
}

func TestTypeNamed(t *testing.T) {
	for name, want := range map[string]string{
		"INT": "int64", "Double  Precision": "float64", "varchar": "utf8", "TIMESTAMP": "timestamp", "uint8": "uint8", "U128": "uint128", "decimal": "decimal(38,10)",
	} {
		if got, err := TypeNamed(name); err != nil || got.String() != want {
			t.Errorf("%s is %v, %v", name, got, err)
		}
	}
	if got, err := TypeNamed("NUMERIC", 12, 2); err != nil || got != batch.DecimalType(2) {
		t.Errorf("numeric(12,2) is %v, %v", got, err)
	}
	if got, err := TypeNamed("NUMERIC", 12); err != nil || got != batch.DecimalType(0) {
		t.Errorf("numeric(12) is %v, %v", got, err)
	}
	for _, bad := range []func() (batch.Type, error){
		func() (batch.Type, error) { return TypeNamed("varchar", 3) },
		func() (batch.Type, error) { return TypeNamed("decimal", 50, 2) },
		func() (batch.Type, error) { return TypeNamed("int", 3) },
	} {
		if got, err := bad(); err == nil {
			t.Errorf("%v was taken", got)
		}
	}
}

// TestCastOfJSONNull: JSON's null becomes NULL, also in a batch with rows that cannot be cast.
func TestCastOfJSONNull(t *testing.T) {
	x, in := columnOf(t, batch.T(batch.JSON), `null`, `[]`, `5`, `"7"`)
	e := made(t)(Cast(x, tInt, false))
	if !e.Nullable {
		t.Error("the cast is not nullable")
	}
	got := results(t, e, in, nil)
	if got[0] != "NULL" || !strings.HasPrefix(got[1], "bad: ") || got[2] != "5" || got[3] != "7" {
		t.Errorf("got %q", got)
	}
}
