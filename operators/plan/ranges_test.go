package plan

import (
	"math"
	"testing"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/sdk/batch"
)

func TestKept(t *testing.T) {
	day, number, text := batch.T(batch.Date), batch.T(batch.Int32), batch.T(batch.Utf8)
	fields := []Field{
		{Name: "d", Type: day, Range: &Range{Min: 0, Max: 999}}, // 1970-01-01 to 1972-09-26
		{Name: "n", Type: number, Range: &Range{Min: 1, Max: 100}},
		{Name: "t", Type: text},
	}
	date := func(s string) expr.Expr { return expr.Expr{Op: expr.LiteralOp, Type: day, Value: s} }
	d, n, s := expr.Column(0, day, false), expr.Column(1, number, false), expr.Column(2, text, false)
	call := func(name string, args ...expr.Expr) expr.Expr {
		e, err := expr.Call(name, args...)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	for _, c := range []struct {
		name string
		want float64
		all  []expr.Expr
	}{
		{"nothing", 1, nil},
		{"below", 0.1, []expr.Expr{call("<", d, date("1970-04-11"))}},
		{"from both sides", 0.1, []expr.Expr{call(">=", d, date("1970-04-11")), call("<", d, date("1970-07-20"))}},
		{"mirrored", 0.9, []expr.Expr{call("<=", date("1970-04-11"), d)}},
		{"outside", 0.001, []expr.Expr{call(">", d, date("1990-01-01"))}},
		{"equal", 0.01, []expr.Expr{call("=", n, expr.Int(7))}},
		{"no such value yet", 0.1, []expr.Expr{call("=", n, expr.Int(700))}},
		{"text", 0.1, []expr.Expr{call("=", s, expr.Text("abc"))}},
		{"two columns", 0.05, []expr.Expr{call("<", d, date("1970-04-11")), call(">", n, expr.Int(50))}},
	} {
		k := NewKept(fields, 1e6)
		for _, e := range c.all {
			k.Add(e)
		}
		if math.Abs(k.All-c.want) > 1e-3*c.want+1e-9 {
			t.Errorf("%s: %v is kept, want %v", c.name, k.All, c.want)
		}
	}
}
