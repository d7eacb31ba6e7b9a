package expr

import (
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

func logic() []builtin {
	test := func(name, help string) builtin {
		return builtin{
			Function: Function{Name: name, Signature: "bool " + name, Help: help},
			bind:     bindTruth, build: buildTruth, nullable: never,
		}
	}
	return []builtin{
		{
			Function: Function{Name: "and", Signature: "bool and bool", Help: "FALSE if one is false, TRUE if all are true, else NULL."},
			bind:     bindLogic, build: func(n *node) { buildJunction(n, true) },
		},
		{
			Function: Function{Name: "or", Signature: "bool or bool", Help: "TRUE if one is true, FALSE if all are false, else NULL."},
			bind:     bindLogic, build: func(n *node) { buildJunction(n, false) },
		},
		{
			Function: Function{Name: "not", Signature: "not bool", Help: "The opposite; NULL of NULL."},
			bind:     bindLogic, build: buildNot,
		},
		{
			Function: Function{Name: "is null", Signature: "any is null", Help: "Whether the value is null."},
			bind:     bindNullTest, build: buildNullTest, nullable: never,
		},
		{
			Function: Function{Name: "is not null", Signature: "any is not null", Help: "Whether the value is not null."},
			bind:     bindNullTest, build: buildNullTest, nullable: never,
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
func buildJunction(n *node, and bool) {
	j := &junction{}
	n.lazy = true
	n.run = func(f *frame, n *node) {
		rows := f.rows
		j.reset(rows)
		anyBad := false
		for _, a := range n.args {
			if a.bad != nil {
				kernel.AndNot(j.one, a.bad, j.decided, rows)
				kernel.Or(j.bad, j.bad, j.one, rows)
				anyBad = true
			}
			if a.col.Valid != nil {
				kernel.AndNot(j.one, nil, a.col.Valid, rows)
				kernel.Or(j.unknown, j.unknown, j.one, rows)
			}
			if and {
				kernel.AndNot(j.one, a.col.Valid, a.col.Data, rows)
			} else {
				kernel.And(j.one, a.col.Valid, a.col.Data, rows)
			}
			if anyBad {
				kernel.AndNot(j.one, j.one, j.bad, rows)
			}
			kernel.Or(j.decided, j.decided, j.one, rows)
		}
		dst := boolean(n, rows)
		if and {
			kernel.Not(dst, j.decided, rows)
		} else {
			kernel.And(dst, j.decided, nil, rows)
		}
		n.col.Valid, n.bad = nil, nil
		if kernel.Any(j.unknown, rows) {
			kernel.AndNot(j.unknown, j.unknown, j.decided, rows)
			valid := n.ownValid(rows)
			kernel.Not(valid, j.unknown, rows)
		}
		if anyBad {
			n.bad = j.bad
		}
	}
	n.from = func(n *node, row int) *node {
		for _, a := range n.args {
			if a.isBad(row) {
				return a
			}
			if !a.col.Null(row) && a.col.Bool(row) != and {
				break
			}
		}
		return nil
	}
}

func buildNot(n *node) {
	n.run = func(f *frame, n *node) {
		kernel.Not(boolean(n, f.rows), n.args[0].col.Data, f.rows)
	}
}

func buildNullTest(n *node) {
	null := n.e.Func == "is null"
	n.run = func(f *frame, n *node) {
		dst := boolean(n, f.rows)
		if null {
			kernel.AndNot(dst, nil, n.args[0].col.Valid, f.rows)
		} else {
			kernel.And(dst, nil, n.args[0].col.Valid, f.rows)
		}
		n.col.Valid = nil
	}
}

func buildTruth(n *node) {
	name := n.e.Func
	n.run = func(f *frame, n *node) {
		dst, a := boolean(n, f.rows), &n.args[0].col
		switch name {
		case "is true", "is not true":
			kernel.And(dst, a.Data, a.Valid, f.rows)
		default:
			kernel.AndNot(dst, a.Valid, a.Data, f.rows)
		}
		if name == "is not true" || name == "is not false" {
			kernel.Not(dst, dst, f.rows)
		}
		n.col.Valid = nil
	}
}
