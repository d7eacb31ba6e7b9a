package expr

import (
	"math"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// TestValues computes functions of columns, so that nothing is folded, and checks the values as text.
func TestValues(t *testing.T) {
	lit := func(typ batch.Type, text string) Expr {
		e, err := Literal(typ, text)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	ts := func(s string) Expr { return lit(tTime, s) }
	day := func(s string) Expr { return lit(tDate, s) }
	num := func(s string) Expr { return must(Number(s)) }
	dur := func(text, unit string) Expr { return must(Interval(text, unit, "")) }
	u8 := lit(batch.T(batch.Uint8), "200")
	i8 := lit(batch.T(batch.Int8), "-100")
	nul := Null(batch.Type{})
	for _, c := range []struct {
		want string
		name string
		args []Expr
	}{
		// Arithmetic and its types.
		{"int64 3", "+", []Expr{Int(1), Int(2)}},
		{"int64 -300", "-", []Expr{i8, u8}},
		{"uint64 400", "+", []Expr{u8, u8}},
		{"bad: does not fit", "+", []Expr{Int(math.MaxInt64), Int(1)}},
		{"bad: does not fit", "-", []Expr{Int(math.MinInt64), Int(1)}},
		{"bad: does not fit", "*", []Expr{Int(math.MinInt64), Int(-1)}},
		{"bad: does not fit", "/", []Expr{Int(math.MinInt64), Int(-1)}},
		{"int64 -9223372036854775808", "*", []Expr{Int(math.MinInt64), Int(1)}},
		{"int64 4611686014132420609", "*", []Expr{Int(math.MaxInt32), Int(math.MaxInt32)}},
		{"bad: does not fit", "*", []Expr{Int(math.MaxInt32 * 4), Int(math.MaxInt32)}},
		{"bad: does not fit", "-", []Expr{u8, lit(batch.T(batch.Uint8), "201")}},
		{"int64 -3", "/", []Expr{Int(-7), Int(2)}},
		{"int64 -1", "%", []Expr{Int(-7), Int(2)}},
		{"int64 1", "MOD", []Expr{Int(7), Int(-2)}},
		{"int64 0", "%", []Expr{Int(math.MinInt64), Int(-1)}},
		{"float64 -3.5", "/float", []Expr{Int(-7), Int(2)}},
		{"float64 -3", "div", []Expr{Float(-7), Int(2)}},
		{"bad: division by zero", "/", []Expr{Int(1), Int(0)}},
		{"bad: division by zero", "%", []Expr{Int(1), Int(0)}},
		{"bad: division by zero", "/", []Expr{Float(1), Float(math.Copysign(0, -1))}},
		{"bad: division by zero", "/", []Expr{num("1.5"), num("0.00")}},
		{"int64 NULL", "/", []Expr{Null(tInt), Int(0)}},
		{"float64 2.5", "+", []Expr{Int(1), Float(1.5)}},
		{"float64 2.5", "+", []Expr{num("1.0"), Float(1.5)}},
		{"decimal(38,2) 2.75", "+", []Expr{num("1.25"), num("1.5")}},
		{"decimal(38,1) 2.5", "+", []Expr{Int(1), num("1.5")}},
		{"decimal(38,3) 1.875", "*", []Expr{num("1.25"), num("1.5")}},
		{"decimal(38,7) 0.6666667", "/", []Expr{num("1"), num("1.5")}},
		{"decimal(38,1) -0.5", "%", []Expr{num("-2.0"), num("1.5")}},
		{"bad: does not fit", "*", []Expr{num("99999999999999999999999999999.0"), num("99999999999999999999.0")}},
		{"int128 -18446744073709551616", "-", []Expr{Int(0), num("18446744073709551616")}},
		{"int64 -5", "-", []Expr{lit(batch.T(batch.Uint32), "5")}},
		{"int64 6", "+", []Expr{Text("5"), Int(1)}},
		{"int64 NULL", "+", []Expr{nul, Int(1)}},
		// Dates and times.
		{"date 2024-03-01", "+", []Expr{day("2024-02-28"), Int(2)}},
		{"date 2024-02-26", "-", []Expr{day("2024-02-28"), Int(2)}},
		{"int64 366", "-", []Expr{day("2025-01-01"), day("2024-01-01")}},
		{"timestamp 2024-01-01T12:00:00Z", "+", []Expr{day("2024-01-01"), dur("12", "hour")}},
		{"timestamp 2023-12-31T23:59:59.500Z", "-", []Expr{ts("2024-01-01T00:00:00Z"), dur("0.5", "SECOND")}},
		{"duration 24h0m0s", "-", []Expr{ts("2024-01-02T00:00:00Z"), day("2024-01-01")}},
		{"timestamp 2024-02-29T10:00:00Z", "+", []Expr{ts("2024-01-31T10:00:00Z"), dur("1", "month")}},
		{"date 2023-02-28", "-", []Expr{day("2024-02-29"), dur("1", "year")}},
		{"date 1999-11-29", "-", []Expr{day("2000-02-29"), dur("1", "quarter")}},
		{"timestamp 2024-03-05T00:00:00Z", "+", []Expr{dur("1", "week"), ts("2024-02-27T00:00:00Z")}},
		{"duration 26h0m0.000001s", "+", []Expr{dur("1 day 2 hours", ""), dur("1", "microsecond")}},
		{"duration 1m30s", "*", []Expr{Int(3), dur("30", "seconds")}},
		{"duration 10s", "/", []Expr{dur("30", "seconds"), Int(3)}},
		{"duration 45s", "*", []Expr{dur("30", "seconds"), num("1.5")}},
		{"float64 1.5", "/", []Expr{dur("90", "minutes"), dur("1", "hour")}},
		{"duration 0.000003s", "+", []Expr{dur("1500", "nanoseconds"), dur("1", "microsecond")}},
		{"int64 6", "extract", []Expr{Text("DOW"), day("2024-01-07")}},
		{"int64 7", "extract", []Expr{Text("isodow"), day("2024-01-07")}},
		{"int64 1", "extract", []Expr{Text("week"), ts("2024-12-31T00:00:00Z")}},
		{"int64 366", "extract", []Expr{Text("doy"), ts("2024-12-31T23:59:59Z")}},
		{"int64 21", "extract", []Expr{Text("century"), day("2001-01-01")}},
		{"int64 20", "extract", []Expr{Text("century"), day("2000-12-31")}},
		{"int64 -1", "extract", []Expr{Text("epoch"), ts("1969-12-31T23:59:59Z")}},
		{"int64 1500", "extract", []Expr{Text("milliseconds"), ts("1970-01-01T00:00:01.5Z")}},
		{"int64 59", "extract", []Expr{Text("second"), ts("1969-12-31T23:59:59.999Z")}},
		{"int64 2", "extract", []Expr{Text("hour"), dur("26", "hours")}},
		{"timestamp 1969-12-31T23:00:00Z", "date_trunc", []Expr{Text("hour"), ts("1969-12-31T23:59:59.999Z")}},
		{"timestamp 2024-01-01T00:00:00Z", "date_trunc", []Expr{Text("week"), ts("2024-01-07T23:59:59.999Z")}},
		{"date 2024-10-01", "date_trunc", []Expr{Text("quarter"), day("2024-12-31")}},
		{"date 2001-01-01", "date_trunc", []Expr{Text("century"), day("2024-12-31")}},
		{"utf8 2024-01-07 09:05 Sun 007 09 AM .250", "to_char", []Expr{ts("2024-01-07T09:05:03.25Z"), Text("%Y-%m-%d %H:%M %a %j %I %p %.3f")}},
		{"utf8 7/1/24 100%", "to_char", []Expr{day("2024-01-07"), Text("%-d/%-m/%y 100%%")}},
		{"timestamp 1970-01-01T00:00:01.500Z", "to_timestamp", []Expr{Float(1.5)}},
		{"date 2024-02-29", "make_date", []Expr{Int(2024), Int(2), Int(29)}},
		{"bad: no such day", "make_date", []Expr{Int(2023), Int(2), Int(29)}},
		// Comparisons.
		{"bool true", "=", []Expr{lit(tInt32, "124"), Text("124")}},
		{"bool true", ">", []Expr{day("2020-01-02"), Text("2020-01-01")}},
		{"bool true", "<", []Expr{ts("2019-12-31T23:59:59Z"), day("2020-01-01")}},
		{"bool true", "=", []Expr{Float(math.NaN()), Float(math.NaN())}},
		{"bool true", ">", []Expr{Float(math.NaN()), Float(math.Inf(1))}},
		{"bool true", "=", []Expr{Float(0), Float(math.Copysign(0, -1))}},
		{"bool true", "=", []Expr{num("1.50"), num("1.5")}},
		{"bool false", "<", []Expr{u8, i8}},
		{"bool true", ">", []Expr{num("18446744073709551615"), Int(-1)}},
		{"bool NULL", "=", []Expr{Null(tInt), Int(1)}},
		{"bool true", "is not distinct from", []Expr{Null(tInt), Null(tInt)}},
		{"bool true", "is distinct from", []Expr{Null(tInt), Int(0)}},
		{"bool NULL", "in", []Expr{Int(1), Int(2), Null(tInt)}},
		{"bool true", "in", []Expr{Int(2), Int(2), Null(tInt)}},
		{"bool NULL", "in", []Expr{Null(tInt), Int(2)}},
		// Conditionals.
		{"utf8 b", "coalesce", []Expr{Null(tText), Text("b")}},
		{"int64 NULL", "nullif", []Expr{Int(1), Int(1)}},
		{"int64 1", "nullif", []Expr{Int(1), Null(tInt)}},
		{"int64 3", "greatest", []Expr{Int(3), Null(tInt), Int(-3)}},
		{"utf8 a", "least", []Expr{Text("b"), Text("a")}},
		{"int64 7", "if", []Expr{Bool(true), Int(7), Int(8)}},
		// Numbers.
		{"int64 5", "abs", []Expr{Int(-5)}},
		{"bad: does not fit", "abs", []Expr{Int(math.MinInt64)}},
		{"int8 100", "abs", []Expr{i8}},
		{"decimal(38,2) 1.25", "abs", []Expr{num("-1.25")}},
		{"int64 -1", "sign", []Expr{Float(-0.5)}},
		{"float64 3", "round", []Expr{Float(2.5)}},
		{"float64 1.01", "round", []Expr{Float(1.005), Int(2)}},
		{"float64 1200", "round", []Expr{Float(1249), Int(-2)}},
		{"decimal(38,0) 1", "round", []Expr{num("1.235")}},
		{"int64 1300", "round", []Expr{Int(1250), Int(-2)}},
		{"decimal(38,0) -1", "trunc", []Expr{num("-1.9")}},
		{"decimal(38,0) -2", "floor", []Expr{num("-1.9")}},
		{"float64 -1", "ceil", []Expr{Float(-1.9)}},
		{"float64 3", "sqrt", []Expr{Int(9)}},
		{"bad: outside", "sqrt", []Expr{Int(-9)}},
		{"bad: outside", "ln", []Expr{Int(0)}},
		{"float64 1024", "power", []Expr{Int(2), Int(10)}},
		{"float64 3", "log", []Expr{Int(2), Int(8)}},
		{"float64 3.141592653589793", "pi", nil},
		// Texts.
		{"utf8 ÄÖ", "upper", []Expr{Text("äö")}},
		{"int64 2", "length", []Expr{Text("äö")}},
		{"int64 4", "octet_length", []Expr{Text("äö")}},
		{"utf8 a1.5", "concat", []Expr{Text("a"), Null(tText), num("1.5")}},
		{"utf8 NULL", "||", []Expr{Text("a"), Null(tText)}},
		{"utf8 a7", "||", []Expr{Text("a"), Int(7)}},
		{"utf8 a b", "trim", []Expr{Text("  a b ")}},
		{"utf8 axy", "ltrim", []Expr{Text("yxaxy"), Text("xy")}},
		{"utf8 öl", "substring", []Expr{Text("wöl"), Int(2)}},
		{"utf8 a", "substr", []Expr{Text("abc"), Int(-1), Int(3)}},
		{"bad: negative", "substring", []Expr{Text("abc"), Int(1), Int(-1)}},
		{"int64 2", "position", []Expr{Text("öl"), Text("wöl")}},
		{"int64 0", "strpos", []Expr{Text("wöl"), Text("x")}},
		{"utf8 xbxb", "replace", []Expr{Text("abab"), Text("a"), Text("x")}},
		{"utf8 ab", "left", []Expr{Text("abc"), Int(-1)}},
		{"utf8 bc", "right", []Expr{Text("abc"), Int(2)}},
		{"utf8 xyxab", "lpad", []Expr{Text("ab"), Int(5), Text("xy")}},
		{"utf8 ab", "rpad", []Expr{Text("abc"), Int(2)}},
		{"utf8 ababab", "repeat", []Expr{Text("ab"), Int(3)}},
		{"bad: longer than", "repeat", []Expr{Text("ab"), Int(1 << 40)}},
		{"utf8 cbä", "reverse", []Expr{Text("äbc")}},
		{"utf8 b", "split_part", []Expr{Text("a,b,c"), Text(","), Int(2)}},
		{"utf8 c", "split_part", []Expr{Text("a,b,c"), Text(","), Int(-1)}},
		{"utf8 ", "split_part", []Expr{Text("a,b,c"), Text(","), Int(9)}},
		{"bool true", "starts_with", []Expr{Text("abc"), Text("ab")}},
		{"utf8 €", "chr", []Expr{Int(0x20ac)}},
		{"bad: no such character", "chr", []Expr{Int(0xd800)}},
		{"int64 8364", "ascii", []Expr{Text("€x")}},
		{"utf8 Hello World", "initcap", []Expr{Text("hELLO wORLD")}},
	} {
		t.Run(strings.TrimSpace(c.name+" "+c.want), func(t *testing.T) {
			checkValue(t, c.want, c.name, c.args)
		})
	}
}

// checkValue puts the literals, but those that have to be literals, into columns.
func checkValue(t *testing.T, want, name string, args []Expr) {
	types, row := []batch.Type{}, []any{}
	cols := make([]Expr, len(args))
	for i, a := range args {
		cols[i] = a
		if a.Op != LiteralOp || a.Type.Kind == batch.Invalid || untyped(a) && (i == 0 && (name == "extract" || name == "date_trunc") || args[0].Type.Kind != batch.Utf8) {
			continue
		}
		v := batch.NewVector(a.Type)
		if a.Null {
			v.AppendNull()
		} else if err := v.AppendText(a.Value); err != nil {
			t.Fatal(err)
		}
		col := v.Take()
		cols[i] = Column(len(types), a.Type, a.Null)
		types, row = append(types, a.Type), append(row, col.Value(0))
	}
	if name == "+" && args[0].Type.Kind == batch.Utf8 {
		cols = args
	}
	e, err := Call(name, cols...)
	if err != nil {
		t.Fatal(err)
	}
	in := table(t, types, row, row, row)
	for i, got := range results(t, e, in, nil) {
		reason, bad := strings.CutPrefix(want, "bad: ")
		if bad && (!strings.HasPrefix(got, "bad: ") || !strings.Contains(got, reason)) || !bad && e.Type.String()+" "+got != want {
			t.Fatalf("%v, row %d: %v %q, want %q", e, i, e.Type, got, want)
		}
		if bad && !Fallible(e) {
			t.Errorf("%v: went wrong, but is not fallible", e)
		}
		if got == "NULL" && !e.Nullable {
			t.Errorf("%v: is null, but not nullable", e)
		}
	}
	// The same constants, folded, give the same.
	constant, err := Call(name, args...)
	if err != nil {
		t.Fatal(err)
	}
	lit, err := Fold(constant)
	if _, bad := strings.CutPrefix(want, "bad: "); bad {
		if err == nil {
			t.Errorf("folding gives %v", lit)
		}
		return
	}
	text := lit.Value
	if lit.Null {
		text = "NULL"
	}
	if err != nil || lit.Op != LiteralOp || lit.Type.String()+" "+text != want {
		t.Errorf("folded to %v %s, %v; want %s", lit.Type, text, err, want)
	}
}
