package expr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

type compiler struct {
	program  *Program
	resolver Resolver
	known    map[string]*node
}

// compile returns the node of e, a new one unless there is an equal one. The guards say which rows reach
// it; only functions from elsewhere look at them.
func (c *compiler) compile(e Expr, guards []guard) (*node, error) {
	var key strings.Builder
	key.WriteString(keyOf(e))
	if !pure(e) {
		for _, g := range guards {
			fmt.Fprintf(&key, "|%p %d", g.cond, g.unless)
		}
	}
	if n := c.known[key.String()]; n != nil {
		return n, nil
	}
	n := &node{e: e}
	switch e.Op {
	case ColumnOp:
		n.lazy = true
		n.run = func(f *frame, n *node) { n.column(f) }
	case LiteralOp:
		if err := n.literal(); err != nil {
			return nil, err
		}
	default:
		if err := c.call(n, guards); err != nil {
			return nil, err
		}
	}
	if e.Op == CallOp && constantArgs(n) {
		if lit, err := foldNode(n); err == nil {
			return c.compile(lit, guards)
		}
	}
	c.known[key.String()] = n
	c.program.nodes = append(c.program.nodes, n)
	return n, nil
}

func (c *compiler) call(n *node, guards []guard) error {
	e := n.e
	for i, a := range e.Args {
		arg, err := c.compile(a, guards)
		if err != nil {
			return err
		}
		n.args = append(n.args, arg)
		guards = reach(e, i, arg, guards)
	}
	if e.Op == ExternalOp {
		if c.resolver == nil {
			return errorAt(e.Pos, "", "unknown function %q", e.Func)
		}
		sig, fn, ok := c.resolver.Func(e.Func)
		if !ok || len(sig.Args) != len(e.Args) || sig.Result != e.Type {
			return errorAt(e.Pos, "plan the query again", "function %q is missing or has changed", e.Func)
		}
		newExternal(n, fn, sig, guards)
		return nil
	}
	f := builtins().find(e.Func)
	if f == nil || f.build == nil {
		return errorAt(e.Pos, "", "%q cannot be computed here", e.Func)
	}
	f.build(n)
	if n.run == nil {
		return errorAt(e.Pos, "", "%s cannot be computed", e)
	}
	return nil
}

// reach adds to the guards what argument i of e says about the rows that reach those after it.
func reach(e Expr, i int, arg *node, guards []guard) []guard {
	own := slices.Clip(guards)
	switch {
	case e.Func == "and":
		return append(own, guard{arg, unlessFalse})
	case e.Func == "or":
		return append(own, guard{arg, unlessTrue})
	case e.Func == "coalesce":
		return append(own, guard{arg, unlessValue})
	case e.Func == "case" && i%2 == 0:
		return append(own, guard{arg, unlessNotTrue})
	case e.Func == "case" && i%2 == 1: // the branch is over: its condition was not true
		last := guards[len(guards)-1]
		return append(guards[:len(guards)-1:len(guards)-1], guard{last.cond, unlessTrue})
	}
	return guards
}

// pure reports whether e calls no function from elsewhere.
func pure(e Expr) bool {
	found := false
	Walk(e, func(e Expr) bool {
		found = found || e.Op == ExternalOp
		return !found
	})
	return !found
}

// keyOf returns a text that only equal expressions have.
func keyOf(e Expr) string {
	var out strings.Builder
	var write func(e Expr)
	write = func(e Expr) {
		fmt.Fprintf(&out, "%s %d.%d %d %t %s %s(", e.Op, e.Type.Kind, e.Type.Scale, e.Column, e.Null, strconv.Quote(e.Value), e.Func)
		for _, a := range e.Args {
			write(a)
		}
		out.WriteByte(')')
	}
	write(e)
	return out.String()
}

func constantArgs(n *node) bool {
	for _, a := range n.args {
		if a.e.Op != LiteralOp {
			return false
		}
	}
	return true
}

// foldNode computes a node of literals as a literal.
func foldNode(n *node) (Expr, error) {
	f := &frame{rows: 1, in: &batch.Batch{Rows: 1}}
	for _, a := range n.args {
		a.eval(f)
	}
	n.eval(f)
	if f.err != nil {
		return Expr{}, f.err
	}
	if n.isBad(0) {
		return Expr{}, fmt.Errorf("%s", n.reason(0, nil))
	}
	lit := fromColumn(&n.col, 0).At(n.e.Pos)
	return lit, nil
}

func (n *node) column(f *frame) {
	if n.e.Column >= len(f.in.Cols) || f.in.Cols[n.e.Column].Type != n.e.Type {
		f.err = fmt.Errorf("input column %d is not of type %v", n.e.Column, n.e.Type)
		n.col = batch.Column{Type: n.e.Type, Data: batch.Alloc(f.rows * max(1, n.e.Type.Width())), Offsets: make([]int32, f.rows+1)}
		return
	}
	n.col = f.in.Cols[n.e.Column]
}

// literal makes n hand out its value in as many rows as asked for.
func (n *node) literal() error {
	if n.e.Type.Kind == batch.Invalid {
		n.e.Type = batch.T(batch.Utf8)
	}
	v := batch.NewVector(n.e.Type)
	if n.e.Null {
		v.AppendNull()
	} else if err := v.AppendText(n.e.Value); err != nil {
		return errorAt(n.e.Pos, "", "literal %v", err)
	}
	one := v.Take()
	filled := 0
	n.lazy = true
	n.run = func(f *frame, n *node) {
		if f.rows > filled {
			more := batch.NewVector(n.e.Type)
			filled = max(f.rows, 2*filled)
			kernel.Gather(more, &one, make([]int32, filled))
			n.col = more.Take()
		}
	}
	n.col = one
	return nil
}

// The ways a guard's condition says that a row does not reach what it guards.
const (
	unlessTrue = iota
	unlessFalse
	unlessNotTrue
	unlessValue
)

// guard says that rows reach a part of an expression only unless a condition has some outcome.
type guard struct {
	cond   *node
	unless int
}

// passes reports whether a row gets past the guard.
func (g guard) passes(row int) bool {
	c := g.cond
	if c.isBad(row) {
		return false
	}
	null := c.col.Null(row)
	switch g.unless {
	case unlessTrue:
		return null || !c.col.Bool(row)
	case unlessFalse:
		return null || c.col.Bool(row)
	case unlessNotTrue:
		return !null && c.col.Bool(row)
	}
	return null
}
