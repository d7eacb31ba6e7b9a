package logic

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/expr/fn"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Functions returns comparisons, AND and its kin, and what chooses between values.
func Functions() []fn.Function {
	return slices.Concat(comparisons(), junctions(), conditionals(), attempts(), subqueries())
}

func junctions() []fn.Function {
	test := func(name, help string) fn.Function {
		return fn.Function{
			Name: name, Signature: "bool " + name, Help: help,
			Build: buildTruth, Nullable: fn.Never,
		}
	}
	return []fn.Function{
		{
			Name: "and", Signature: "bool and bool", Help: "FALSE if one is false, TRUE if all are true, else NULL.",
			Build: func(n *fn.Node) { buildJunction(n, true) },
		},
		{
			Name: "or", Signature: "bool or bool", Help: "TRUE if one is true, FALSE if all are false, else NULL.",
			Build: func(n *fn.Node) { buildJunction(n, false) },
		},
		{
			Name: "not", Signature: "not bool", Help: "The opposite; NULL of NULL.",
			Build: buildNot,
		},
		{
			Name: "is null", Signature: "any is null", Help: "Whether the value is null.",
			Build: buildNullTest, Nullable: fn.Never,
		},
		{
			Name: "is not null", Signature: "any is not null", Help: "Whether the value is not null.",
			Build: buildNullTest, Nullable: fn.Never,
		},
		test("is true", "Whether the condition is true, and not false or null."),
		test("is not true", "Whether the condition is false or null."),
		test("is false", "Whether the condition is false, and not true or null."),
		test("is not false", "Whether the condition is true or null."),
	}
}

// junction is the memory of an AND or OR.
type junction struct {
	decided, unknown, bad, one batch.Bitmap
}

func (j *junction) reset(rows int) {
	for _, m := range []*batch.Bitmap{&j.decided, &j.unknown, &j.bad, &j.one} {
		size := (rows + 7) / 8
		if cap(*m) < size {
			*m = batch.Alloc(size)
		}
		*m = (*m)[:size]
		clear(*m)
	}
}

// buildJunction computes AND, or OR. From left to right an argument decides a row that is false (of OR:
// true); what comes after it no longer counts, not even if it cannot be computed.
func buildJunction(n *fn.Node, and bool) {
	j := &junction{}
	n.Lazy = true
	n.Run = func(f *fn.Frame, n *fn.Node) {
		rows := f.Rows
		j.reset(rows)
		anyBad := false
		for _, a := range n.Args {
			if a.Bad != nil {
				kernel.AndNot(j.one, a.Bad, j.decided, rows)
				kernel.Or(j.bad, j.bad, j.one, rows)
				anyBad = true
			}
			if a.Col.Valid != nil {
				kernel.AndNot(j.one, nil, a.Col.Valid, rows)
				kernel.Or(j.unknown, j.unknown, j.one, rows)
			}
			if and {
				kernel.AndNot(j.one, a.Col.Valid, a.Col.Data, rows)
			} else {
				kernel.And(j.one, a.Col.Valid, a.Col.Data, rows)
			}
			if anyBad {
				kernel.AndNot(j.one, j.one, j.bad, rows)
			}
			kernel.Or(j.decided, j.decided, j.one, rows)
		}
		dst := fn.Bits(n, rows)
		if and {
			kernel.Not(dst, j.decided, rows)
		} else {
			kernel.And(dst, j.decided, nil, rows)
		}
		n.Col.Valid, n.Bad = nil, nil
		if kernel.Any(j.unknown, rows) {
			kernel.AndNot(j.unknown, j.unknown, j.decided, rows)
			valid := n.OwnValid(rows)
			kernel.Not(valid, j.unknown, rows)
		}
		if anyBad {
			n.Bad = j.bad
		}
	}
	n.From = func(n *fn.Node, row int) *fn.Node {
		for _, a := range n.Args {
			if a.IsBad(row) {
				return a
			}
			if !a.Col.Null(row) && a.Col.Bool(row) != and {
				break
			}
		}
		return nil
	}
}

func buildNot(n *fn.Node) {
	n.Run = func(f *fn.Frame, n *fn.Node) {
		kernel.Not(fn.Bits(n, f.Rows), n.Args[0].Col.Data, f.Rows)
	}
}

func buildNullTest(n *fn.Node) {
	null := n.Func == "is null"
	n.Run = func(f *fn.Frame, n *fn.Node) {
		dst := fn.Bits(n, f.Rows)
		if null {
			kernel.AndNot(dst, nil, n.Args[0].Col.Valid, f.Rows)
		} else {
			kernel.And(dst, nil, n.Args[0].Col.Valid, f.Rows)
		}
		n.Col.Valid = nil
	}
}

func buildTruth(n *fn.Node) {
	name := n.Func
	n.Run = func(f *fn.Frame, n *fn.Node) {
		dst, a := fn.Bits(n, f.Rows), &n.Args[0].Col
		switch name {
		case "is true", "is not true":
			kernel.And(dst, a.Data, a.Valid, f.Rows)
		default:
			kernel.AndNot(dst, a.Valid, a.Data, f.Rows)
		}
		if name == "is not true" || name == "is not false" {
			kernel.Not(dst, dst, f.Rows)
		}
		n.Col.Valid = nil
	}
}
