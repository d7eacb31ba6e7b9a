package expr

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// selected computes e over the rows of in that pass a condition, with a filter, or without what that keeps.
func selected(t testing.TB, condition, e Expr, in *batch.Batch, r Resolver) (kept int, out []string) {
	t.Helper()
	f, rest, err := CompileFilter(condition, []Expr{e}, len(in.Cols), r)
	if err != nil {
		t.Fatalf("%v: %v", condition, err)
	}
	var errs batch.RowErrors
	for range 2 { // a filter can be used again
		errs.Reset()
		sel, err := f.Select(context.Background(), in, nil, &errs)
		if err != nil {
			t.Fatal(err)
		}
		out = out[:0]
		if len(sel) > 0 {
			out = results(t, rest[0], taken(f.Kept(in), sel), r)
		}
		for _, row := range errs.Rows {
			out = append(out, fmt.Sprint("dead ", row))
		}
	}
	return len(f.kept), out
}

func taken(b *batch.Batch, sel []int32) *batch.Batch {
	out := batch.NewBuilder(b.Types())
	for c := range b.Cols {
		kernel.Gather(out.Cols[c], &b.Cols[c], sel)
	}
	out.EndRows(len(sel), 1)
	return out.Take()
}

// TestFilterKeepsWhatItComputed: random expressions made of parts of a random condition give, over the rows that pass, what
// they give when they are computed anew.
func TestFilterKeepsWhatItComputed(t *testing.T) {
	g := &generator{rand.New(rand.NewPCG(5, 6))}
	var data [][]any
	for range 40 {
		row := make([]any, len(randomTypes))
		for c, typ := range randomTypes {
			if g.pick(6) > 0 {
				l := g.leaf(typ)
				for l.e.Op != LiteralOp || l.e.Null {
					l = g.leaf(typ)
				}
				v := batch.NewVector(typ)
				if err := v.AppendText(l.e.Value); err != nil {
					t.Fatal(err)
				}
				one := v.Take()
				row[c] = one.Value(0)
			}
		}
		data = append(data, row)
	}
	in := table(t, randomTypes, data...)
	shared, values, dead := 0, 0, 0
	for range 3000 {
		condition := g.of(tBool, 1+g.pick(4)).e
		var parts []Expr
		Walk(condition, func(e Expr) bool {
			if e.Op == CallOp && len(e.Args) > 0 {
				parts = append(parts, e)
			}
			return true
		})
		e := g.of(tText, g.pick(3)).e
		if len(parts) > 0 {
			part := parts[g.pick(len(parts))]
			e = must(Call("case", g.of(tBool, 2).e, part, g.of(part.Type, 2).e))
		}
		n, got := selected(t, condition, e, in, nil)
		p, err := Compile([]Expr{condition}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var errs batch.RowErrors
		sel, err := p.Select(context.Background(), in, nil, &errs)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		if len(sel) > 0 {
			want = results(t, e, taken(in, sel), nil)
		}
		for _, row := range errs.Rows {
			want = append(want, fmt.Sprint("dead ", row))
		}
		for _, list := range [][]string{got, want} { // kept parts have other column numbers
			for i := range list {
				if strings.HasPrefix(list[i], "bad: ") {
					list[i] = "bad"
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%v where %v: %v, want %v", e, condition, got, want)
		}
		shared += n
		values += len(sel)
		dead += errs.Len()
	}
	if shared < 500 || values < 5000 || dead < 500 {
		t.Errorf("%d parts kept, %d rows passed, %d were dead", shared, values, dead)
	}
}

// TestFilterKeeps: what a row that passes may not have been good in is computed again.
func TestFilterKeeps(t *testing.T) {
	m := made(t)
	x, in := columnOf(t, tInt, int64(0), int64(4), nil, int64(13), int64(5))
	d := &doubler{sig: Signature{Args: []batch.Type{tInt}, Result: tInt}}
	double, div := m(Invoke(d, "double", x)), m(Call("/", Int(20), x))
	small := m(Call("<", x, Int(10)))
	eight := m(Call("<=", Int(8), double))
	four := m(Call("<", x, Int(5)))
	check := func(condition, e Expr, kept int, want string, calls int) {
		t.Helper()
		d.seen = nil
		n, got := selected(t, condition, e, in, d)
		if text := strings.Join(got, ", "); n != kept || text != want || len(d.seen) != 2*calls {
			t.Errorf("%v where %v: keeps %d, %s, called %d times", e, condition, n, text, len(d.seen)/2)
		}
	}
	check(eight, double, 1, "8, 10, dead 3", 1)
	check(eight, m(Call("+", double, Int(1))), 1, "9, 11, dead 3", 1)
	check(m(Call("and", small, eight)), double, 1, "8, 10", 1)
	check(m(Call("or", small, eight)), double, 0, "0, 8, 10, dead 3", 2)
	check(m(Call("not", m(Call("and", small, m(Call("not", eight)))))), double, 0, "8, bad: E4007: double($0): 13 is unlucky, 10", 2)
	check(m(Call("is not null", div)), div, 1, "5, 1, 4, dead 0", 0)
	check(m(Call("or", small, m(Call("is null", div)))), div, 0, "bad: E4001: 20 / $0 with $0 = 0: division by zero, 5, NULL, 4", 0)
	check(m(Call("or", small, four)), four, 1, "true, true, false", 0)
	check(m(Call("case", m(Call("=", x, Int(0))), Bool(true), m(Call("<", Int(4), div)))), div, 0, "bad: E4001: 20 / $0 with $0 = 0: division by zero, 5", 0)
}
