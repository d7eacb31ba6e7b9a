package logic

import (
	"github.com/millrace-dev/millrace/operators/expr/fn"
	"github.com/millrace-dev/millrace/operators/kernel"
)

func attempts() []fn.Function {
	return []fn.Function{
		{
			Name: "try", Signature: "try(any) same", Help: "The value, or NULL where it cannot be computed: of a division by zero, an overflow, a text that is no number.",
			Build: buildTry, Nullable: fn.Always,
		},
	}
}

// buildTry: the rows in which the argument is bad become null.
func buildTry(n *fn.Node) {
	n.Lazy = true
	n.Run = func(f *fn.Frame, n *fn.Node) {
		x := n.Args[0]
		n.Col = x.Col
		if x.Bad == nil || !kernel.Any(x.Bad, f.Rows) {
			return
		}
		valid := n.OwnValid(f.Rows)
		kernel.AndNot(valid, valid, x.Bad, f.Rows)
	}
}
