package expr

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// TestUnreachedPartsDoNotCount: what an expression does not need to know cannot make a row bad.
func TestUnreachedPartsDoNotCount(t *testing.T) {
	m := made(t)
	x, in := columnOf(t, tInt, int64(0), int64(2), nil)
	div := m(Call("/", Int(10), x))
	five := m(Call("=", div, Int(5)))
	nonzero := m(Call("<>", x, Int(0)))
	zero := m(Call("=", x, Int(0)))
	for _, c := range []struct {
		e    Expr
		want string
	}{
		{div, "bad 5 NULL"},
		{five, "bad true NULL"},
		{m(Call("and", nonzero, five)), "false true NULL"},
		{m(Call("and", five, nonzero)), "bad true NULL"},
		{m(Call("or", zero, five)), "true true NULL"},
		{m(Call("or", five, zero)), "bad true NULL"},
		{m(Call("and", m(Call("is not null", x)), nonzero, five)), "false true false"},
		{m(Call("case", zero, Int(-1), div)), "-1 5 NULL"},
		{m(Call("case", nonzero, div, Int(-1))), "-1 5 -1"},
		{m(Call("case", five, Int(1), Int(0))), "bad 1 0"},
		{m(Call("case", zero, Int(7), five, Int(1), Int(0))), "7 1 0"},
		{m(Call("coalesce", x, div)), "0 2 NULL"},
		{m(Call("coalesce", div, Int(9))), "bad 5 9"},
		{m(Call("coalesce", m(Call("nullif", x, Int(0))), div, Int(3))), "bad 2 3"},
		{m(Call("nullif", div, x)), "bad 5 NULL"},
		{m(Call("greatest", Int(3), div)), "bad 5 3"},
		{m(Call("in", Int(5), div, Int(5))), "bad true true"},
		{m(Call("is null", div)), "bad false true"},
		{m(Call("concat", m(Cast(div, tText, false)))), "bad 5 "},
		{m(Cast(m(Cast(x, tText, false)), batch.T(batch.Bool), true)), "false NULL NULL"},
		{m(Call("is distinct from", div, Int(5))), "bad false true"},
		{m(Cast(div, tText, true)), "bad 5 NULL"},
	} {
		got := results(t, c.e, in, nil)
		for i := range got {
			if strings.HasPrefix(got[i], "bad: ") {
				if !strings.Contains(got[i], "10 / $0 with $0 = 0: division by zero") {
					t.Errorf("%v: the reason is %q", c.e, got[i])
				}
				got[i] = "bad"
			}
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%v: %s, want %s", c.e, s, c.want)
		}
	}
}

// doubler is a function from elsewhere. It notes the rows it is called for and rejects 13.
type doubler struct {
	sig  Signature
	seen [][]any
	fail error
}

func (d *doubler) Func(name string) (Signature, Func, bool) { return d.sig, d, name == "double" }

func (d *doubler) Call(_ context.Context, rows int, args []batch.Column, out *batch.Column, errs *batch.RowErrors) error {
	v := batch.NewVector(tInt)
	var seen []any
	for i := range rows {
		x := args[0].Value(i)
		seen = append(seen, x)
		switch {
		case x == nil:
			batch.Append(v, int64(-1))
		case x == int64(13):
			errs.Add(i, "13 is unlucky")
			batch.Append(v, int64(0))
		default:
			batch.Append(v, 2*x.(int64))
		}
	}
	d.seen = append(d.seen, seen)
	*out = v.Take()
	return d.fail
}

func TestExternalFunctions(t *testing.T) {
	m := made(t)
	x, in := columnOf(t, tInt, int64(4), nil, int64(13), int64(5))
	d := &doubler{sig: Signature{Args: []batch.Type{tInt}, Result: tInt}}
	double := m(Invoke(d, "double", x))
	if !double.Nullable || !Fallible(double) || String(double) != "double($0)" {
		t.Errorf("%v, nullable %v", double, double.Nullable)
	}
	check := func(e Expr, want string, seen ...[]any) {
		t.Helper()
		d.seen = nil
		if got := strings.Join(results(t, e, in, d), ", "); got != want {
			t.Errorf("%v: %s\nwant %s", e, got, want)
		}
		if !slices.EqualFunc(d.seen, seen, func(a, b []any) bool { return slices.Equal(a, b) }) {
			t.Errorf("%v: called for %v, want %v", e, d.seen, seen)
		}
	}
	rows := func(v ...any) []any { return v }
	check(double, "8, NULL, bad: E4007: double($0): 13 is unlucky, 10", rows(int64(4), int64(13), int64(5)))
	check(m(Call("case", m(Call("<", x, Int(10))), double, Int(0))), "8, 0, 0, 10", rows(int64(4), int64(5)))
	check(m(Call("case", m(Call(">", x, Int(10))), Int(0), double)), "8, NULL, 0, 10", rows(int64(4), int64(5)))
	check(m(Call("and", m(Call("<", x, Int(5))), m(Call("=", double, Int(8))))), "true, NULL, false, false", rows(int64(4)))
	check(m(Call("coalesce", x, double)), "4, NULL, 13, 5")
	check(m(Call("+", double, double)), "16, NULL, bad: E4007: double($0): 13 is unlucky, 20", rows(int64(4), int64(13), int64(5)))
	d.sig.SeesNulls = true
	check(m(Invoke(d, "double", x)), "8, -1, bad: E4007: double($0): 13 is unlucky, 10", rows(int64(4), nil, int64(13), int64(5)))
	d.sig.SeesNulls = false

	if _, err := Invoke(d, "double", x, x); err == nil {
		t.Error("two arguments were taken")
	}
	if _, err := Invoke(d, "double", Text("x")); err == nil {
		t.Error("a text that is no number was taken")
	}
	if _, err := Invoke(d, "dubble", x); err == nil {
		t.Error("an unknown function was taken")
	}
	if _, err := Compile([]Expr{double}, nil); err == nil {
		t.Error("compiled without the function")
	}
	d.fail = errors.New("no more fuel")
	p, err := Compile([]Expr{double}, d)
	if err != nil {
		t.Fatal(err)
	}
	var errs batch.RowErrors
	if _, err := p.Eval(context.Background(), in, &errs); err == nil || err.Error() != `function "double": no more fuel` {
		t.Errorf("got %v", err)
	}
}

func TestProgramsAreReusable(t *testing.T) {
	m := made(t)
	x := Column(0, tInt, true)
	p, err := Compile([]Expr{x, m(Call("+", x, Int(1))), m(Call("concat", m(Cast(x, tText, false)), Text("!")))}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, rows := range []int{3, 0, 1000, 1, 70} {
		v := batch.NewVector(tInt)
		for i := range rows {
			batch.Append(v, int64(i))
		}
		in := &batch.Batch{Cols: []batch.Column{v.Take()}, Rows: rows}
		var errs batch.RowErrors
		cols, err := p.Eval(context.Background(), in, &errs)
		if err != nil || errs.Len() > 0 {
			t.Fatal(err, errs)
		}
		if rows > 0 && &cols[0].Data[0] != &in.Cols[0].Data[0] {
			t.Error("a plain column was copied")
		}
		out := &batch.Batch{Cols: cols, Rows: rows}
		for i := range rows {
			if got := out.Row(i); got[1] != int64(i+1) || got[2] != strconv.Itoa(i)+"!" {
				t.Fatalf("%d rows: row %d is %v", rows, i, got)
			}
		}
		if len(cols[2].Offsets) != rows+1 {
			t.Errorf("%d offsets for %d rows", len(cols[2].Offsets), rows)
		}
	}
	if _, err := p.Eval(context.Background(), table(t, []batch.Type{tText}, []any{"x"}), &batch.RowErrors{}); err == nil {
		t.Error("a column of another type was taken")
	}
}

func TestSelect(t *testing.T) {
	m := made(t)
	x, in := columnOf(t, tInt, int64(0), int64(2), nil, int64(5), int64(1))
	p, err := Compile([]Expr{m(Call("<", Int(4), m(Call("/", Int(10), x))))}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var errs batch.RowErrors
	sel, err := p.Select(context.Background(), in, []int32{99}, &errs)
	if err != nil || !slices.Equal(sel, []int32{99, 1, 4}) || !slices.Equal(errs.Rows, []int32{0}) {
		t.Errorf("selected %v, bad %v, %v", sel, errs.Rows, err)
	}
	p.Name([]string{"rate"})
	errs.Reset()
	_, _ = p.Select(context.Background(), in, nil, &errs)
	if want := "E4001: 10 / rate with rate = 0: division by zero"; errs.Reasons[0] != want {
		t.Errorf("reason %q, want %q", errs.Reasons[0], want)
	}
}
