package expr

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// made returns an expression that must be right.
func made(t testing.TB) func(e Expr, err error) Expr {
	return func(e Expr, err error) Expr {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
}

// table builds a batch of columns given by type, each row in wide form.
func table(t testing.TB, types []batch.Type, rows ...[]any) *batch.Batch {
	t.Helper()
	b := batch.NewBuilder(types)
	for _, r := range rows {
		if err := b.AppendValues(1, r...); err != nil {
			t.Fatal(err)
		}
	}
	return b.Take()
}

// results computes e over in, each row as a text: the value, NULL, or "bad: " and the reason.
func results(t testing.TB, e Expr, in *batch.Batch, r Resolver) []string {
	t.Helper()
	p, err := Compile([]Expr{e}, r)
	if err != nil {
		t.Fatalf("%v: %v", e, err)
	}
	var errs batch.RowErrors
	cols, err := p.Eval(context.Background(), in, &errs)
	if err != nil {
		t.Fatalf("%v: %v", e, err)
	}
	if cols[0].Type != e.Type && e.Type.Kind != batch.Invalid {
		t.Fatalf("%v: computed as %v, typed as %v", e, cols[0].Type, e.Type)
	}
	out := make([]string, in.Rows)
	for i := range out {
		if out[i] = string(batch.AppendText(nil, &cols[0], i)); cols[0].Null(i) {
			out[i] = "NULL"
		}
	}
	for k, i := range errs.Rows {
		out[i] = "bad: " + errs.Reasons[k]
	}
	return out
}

// column makes a value a column, so that it is no constant.
func columnOf(t testing.TB, typ batch.Type, vals ...any) (Expr, *batch.Batch) {
	rows := make([][]any, len(vals))
	for i, v := range vals {
		rows[i] = []any{v}
	}
	return Column(0, typ, true), table(t, []batch.Type{typ}, rows...)
}

var (
	tInt   = batch.T(batch.Int64)
	tInt32 = batch.T(batch.Int32)
	tFloat = batch.T(batch.Float64)
	tText  = batch.T(batch.Utf8)
	tBool  = batch.T(batch.Bool)
	tDate  = batch.T(batch.Date)
	tTime  = batch.T(batch.Timestamp)
	tDur   = batch.T(batch.Duration)
)

func TestJSONRoundTrip(t *testing.T) {
	m := made(t)
	x := Column(3, batch.DecimalType(2), true).At(7)
	e := m(Call("case", m(Call(">", x, m(Number("1.50")))), m(Call("concat", Text("a'b"), m(Cast(x, tText, false)))), Null(batch.Type{})))
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var back Expr
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if !Equal(e, back) || String(e) != String(back) {
		t.Errorf("%s came back as %v", data, back)
	}
	if got, want := String(e), "CASE WHEN $3 > 1.50 THEN CONCAT('a''b', CAST($3 AS UTF8)) END"; got != want {
		t.Errorf("written %s, want %s", got, want)
	}
	if got := Format(e, []string{"a", "b", "c", "total"}); !strings.Contains(got, "total > 1.50") {
		t.Errorf("with names: %s", got)
	}
}

func TestStringKeepsPrecedence(t *testing.T) {
	m := made(t)
	a, b, c := Column(0, tInt, false), Column(1, tInt, false), Column(2, tBool, false)
	for want, e := range map[string]Expr{
		"($0 + $1) * $0":                m(Call("*", m(Call("+", a, b)), a)),
		"$0 - ($1 - $0)":                m(Call("-", a, m(Call("-", b, a)))),
		"$0 - $1 - $0":                  m(Call("-", m(Call("-", a, b)), a)),
		"($2 OR $0 = $1) AND $2":        m(Call("and", m(Call("or", c, m(Call("=", a, b)))), c)),
		"NOT ($2 AND $2 IS NULL)":       m(Call("not", m(Call("and", c, m(Call("is null", c)))))),
		"-($0 + $1)":                    m(Call("-", m(Call("+", a, b)))),
		"$0 IN ($1, 3)":                 m(Call("in", a, b, Int(3))),
		"COALESCE($0, 5) = 5":           m(Call("=", m(Call("coalesce", a, Int(5))), Int(5))),
		"TRY_CAST($0 AS DECIMAL(38,2))": m(Cast(a, batch.DecimalType(2), true)),
	} {
		if got := String(e); got != want {
			t.Errorf("written %s, want %s", got, want)
		}
	}
}

func TestColumnsRemapConjuncts(t *testing.T) {
	m := made(t)
	a, b := Column(4, tInt, false), Column(2, tInt, false)
	e := m(Call("and", m(Call("<", a, b)), m(Call("and", m(Call("=", b, Int(1))), m(Call(">", a, Int(0)))))))
	if got := Columns(e); !slices.Equal(got, []int{2, 4}) {
		t.Errorf("columns %v", got)
	}
	parts := Conjuncts(e)
	if len(parts) != 3 || !Equal(All(parts), e) {
		t.Errorf("conjuncts %v", parts)
	}
	if len(Conjuncts(Bool(true))) != 0 || !Equal(All(nil), Bool(true)) {
		t.Error("TRUE has conjuncts")
	}
	r := Remap(e, func(c int) int { return c / 2 })
	if got := Columns(r); !slices.Equal(got, []int{1, 2}) || slices.Equal(Columns(e), got) {
		t.Errorf("remapped %v, original %v", r, e)
	}
	s := Replace(m(Call("+", b, a)), []Expr{{}, {}, Int(1), {}, Column(0, tInt, true)})
	if String(s) != "1 + $0" || !s.Nullable {
		t.Errorf("replaced %v, nullable %v", s, s.Nullable)
	}
}

func TestErrors(t *testing.T) {
	a := Column(0, tText, false).At(17)
	for _, c := range []struct {
		err  func() error
		want string
	}{
		{func() error { _, err := Call("uper", a); return err }, `unknown function "uper": did you mean "upper"?`},
		{func() error { _, err := Call("SQRT", a); return err }, `sqrt of utf8: the signature is sqrt(float) float`},
		{func() error { _, err := Call("+", a, Column(1, tBool, false)); return err }, `+: cannot be applied to utf8 and bool: cast the operands to numbers`},
		{func() error { _, err := Call("+", a, Text("x")); return err }, `+: cannot be applied to utf8 and utf8: cast the operands to numbers, or join texts by ||`},
		{func() error { _, err := Call("and", a); return err }, `and: utf8 is no condition: compare it with something`},
		{func() error { _, err := Call("=", Column(1, tDate, false), Text("2020-02-30").At(17)); return err }, `"2020-02-30" as date: no such day in the calendar`},
		{func() error { _, err := Call("coalesce", a, Column(1, tInt, false)); return err }, `coalesce: utf8 and int64 do not go together: cast one of them`},
		{func() error { _, err := Cast(Column(0, tBool, false).At(17), tDate, false); return err }, `CAST: bool cannot be cast to date`},
		{func() error { _, err := TypeNamed("VARCHR"); return err }, `unknown type "VARCHR": did you mean "varchar"?`},
		{func() error { _, err := Call("extract", Text("yeer").At(17), Column(1, tDate, false)); return err }, `extract: unknown field "yeer": did you mean "year"?`},
		{func() error { _, err := Interval("1", "fortnight", ""); return err }, `interval "1": unknown unit "fortnight"`},
		{func() error { _, err := Call("to_char", Column(1, tDate, false), Text("%Q")); return err }, `to_char: the pattern has an unknown %-sequence`},
		{func() error { _, err := Call("regexp_like", a, Text("(")); return err }, "regexp_like: the regular expression has a mistake: missing closing ): \"(\""},
		{func() error { _, err := Call("age", a, a); return err }, `function "age" is not offered: there is no type for a length of time in months and days: subtract the times for the exact duration, or use TIMESTAMPDIFF(MONTH, a, b)`},
		{func() error { _, err := Fold(must(Call("/", Int(1), Int(0)))); return err }, `1 / 0: division by zero`},
	} {
		err := c.err()
		if err == nil || err.Error() != c.want {
			t.Errorf("got %v\nwant %s", err, c.want)
			continue
		}
		if _, ok := errors.AsType[*Error](err); !ok {
			t.Errorf("%T is no *Error", err)
		}
	}
}

func TestFunctionsAreDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range Functions() {
		if f.Name == "" || f.Signature == "" || !strings.HasSuffix(f.Help, ".") || strings.Contains(f.Help, "\n") {
			t.Errorf("%+v", f)
		}
		if seen[f.Name] {
			t.Errorf("%s is listed twice", f.Name)
		}
		seen[f.Name] = true
	}
	if len(seen) < 90 {
		t.Errorf("only %d functions", len(seen))
	}
}

func TestAggregates(t *testing.T) {
	for _, c := range []struct {
		name string
		arg  batch.Type
		want string
	}{
		{"SUM", tInt32, "int64"},
		{"sum", batch.T(batch.Uint8), "uint64"},
		{"sum", batch.DecimalType(2), "decimal(38,2)"},
		{"sum", batch.T(batch.Float32), "float64"},
		{"sum", tDur, "duration"},
		{"avg", tInt, "float64"},
		{"avg", batch.DecimalType(2), "decimal(38,6)"},
		{"min", tText, "utf8"},
		{"max", tBool, "bool"},
		{"count", tText, "int64"},
		{"sum", tText, "error"},
		{"avg", tDate, "error"},
	} {
		a, ok := AggregateNamed(c.name, false)
		if !ok {
			t.Fatal(c.name)
		}
		_, typ, _, err := a.Bind(Column(0, c.arg, true))
		if got := typ.String(); err == nil && got != c.want || (err != nil) != (c.want == "error") {
			t.Errorf("%s(%v) is %v, %v; want %s", c.name, c.arg, got, err, c.want)
		}
	}
	star, ok := AggregateNamed("COUNT", true)
	if _, typ, nullable, err := star.Bind(); !ok || err != nil || typ != tInt || nullable {
		t.Errorf("count(*): %v %v %v", typ, nullable, err)
	}
	if _, ok := AggregateNamed("sum", true); ok {
		t.Error("sum(*) exists")
	}
}

func ExampleCompile() {
	sum, _ := Call("+", Column(0, batch.T(batch.Int64), false), Int(1))
	p, _ := Compile([]Expr{sum}, nil)
	b := batch.NewBuilder([]batch.Type{batch.T(batch.Int64)})
	_ = b.AppendValues(1, 41)
	var errs batch.RowErrors
	cols, _ := p.Eval(context.Background(), b.Take(), &errs)
	fmt.Println(sum, "is", cols[0].Value(0))
	// Output: $0 + 1 is 42
}
