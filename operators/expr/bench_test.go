package expr

import (
	"context"
	"fmt"
	"testing"

	"github.com/millrace-dev/millrace/sdk/batch"
)

func BenchmarkEval(b *testing.B) {
	m := made(b)
	x, y, s, p := Column(0, tInt32, false), Column(1, tFloat, true), Column(2, tText, false), Column(3, batch.DecimalType(2), false)
	for name, e := range map[string]Expr{
		"int compare": m(Call(">", m(Call("+", m(Call("*", x, Int(2))), Int(1))), Int(4000))),
		"float":       m(Call("*", y, m(Call("-", Int(1), y)))),
		"decimal":     m(Call("*", p, m(Call("-", Int(1), p)))),
		"case":        m(Call("case", m(Call(">", x, Int(100))), y, Float(0))),
		"like":        m(Call("like", s, Text("%omer 1%"))),
		"upper":       m(Call("upper", s)),
		"and":         m(Call("and", m(Call(">", x, Int(100))), m(Call("is not null", y)), m(Call("<", y, Float(3000))))),
	} {
		for _, rows := range []int{1, 4096} {
			b.Run(fmt.Sprint(name, "/", rows), func(b *testing.B) {
				bld := batch.NewBuilder([]batch.Type{tInt32, tFloat, tText, batch.DecimalType(2)})
				for i := range rows {
					var f any = float64(i)
					if i%7 == 3 {
						f = nil
					}
					if err := bld.AppendValues(1, int64(i), f, fmt.Sprint("customer ", i), batch.Dec{Lo: uint64(i), Scale: 2}); err != nil {
						b.Fatal(err)
					}
				}
				in := bld.Take()
				prog, err := Compile([]Expr{e}, nil)
				if err != nil {
					b.Fatal(err)
				}
				var errs batch.RowErrors
				for b.Loop() {
					if _, err := prog.Eval(context.Background(), in, &errs); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N)*float64(rows)/b.Elapsed().Seconds(), "rows/s")
				b.ReportAllocs()
			})
		}
	}
}
