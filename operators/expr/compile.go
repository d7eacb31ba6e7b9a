package expr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr/fn"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

type compiler struct {
	program  *Program
	resolver Resolver
	known    map[string]*fn.Node
	outside  map[*fn.Node]bool // what calls a function from elsewhere
	external bool              // anything may
}

// compile returns the node of e, a new one unless there is an equal one. The guards say which rows reach
// it; only functions from elsewhere look at them.
func (c *compiler) compile(e Expr, guards []guard) (*fn.Node, error) {
	args, inside, err := c.args(e, guards)
	if err != nil {
		return nil, err
	}
	outside := e.Op == ExternalOp || slices.ContainsFunc(args, func(a *fn.Node) bool { return c.outside[a] })
	key := keyOf(e, args)
	if outside {
		key += guardsKey(guards)
	}
	if n := c.known[key]; n != nil {
		return n, nil
	}
	n := shape(e)
	n.Args = args
	c.program.exprs[n] = e
	if outside {
		c.outside[n] = true
	}
	switch e.Op {
	case ColumnOp:
		n.Lazy = true
		n.Run = func(f *fn.Frame, n *fn.Node) { runColumn(f, n, e.Column) }
	case LiteralOp:
		if err := buildLiteral(n, e.Pos); err != nil {
			return nil, err
		}
	default:
		if err := c.call(n, e, inside); err != nil {
			return nil, err
		}
	}
	if e.Op == CallOp && fn.Constant(n.Args) {
		if lit, ok := foldNode(n); ok {
			return c.compile(lit.At(e.Pos), guards)
		}
	}
	c.known[key] = n
	c.program.nodes = append(c.program.nodes, n)
	return n, nil
}

// args compiles the arguments of e, and returns the guards behind the last one.
func (c *compiler) args(e Expr, guards []guard) (args []*fn.Node, inside []guard, err error) {
	for i, a := range e.Args {
		arg, err := c.compile(a, guards)
		if err != nil {
			return nil, nil, err
		}
		args = append(args, arg)
		if c.external {
			guards = reach(e, i, arg, guards)
		}
	}
	return args, guards, nil
}

func (c *compiler) call(n *fn.Node, e Expr, guards []guard) error {
	if e.Op == ExternalOp {
		if c.resolver == nil {
			return failAt(codeFunction, e.Pos, "", "unknown function %q", e.Func)
		}
		sig, outside, ok := c.resolver.Func(e.Func)
		if !ok || len(sig.Args) != len(e.Args) || sig.Result != e.Type {
			return failAt(codeFunction, e.Pos, "plan the query again", "function %q is missing or has changed", e.Func)
		}
		newExternal(n, outside, sig, guards)
		return nil
	}
	f := builtins().find(e.Func)
	if f == nil || f.Build == nil {
		return errorAt(e.Pos, "", "%q cannot be computed here", e.Func)
	}
	f.Build(n)
	if n.Run == nil {
		return errorAt(e.Pos, "", "%s cannot be computed", e)
	}
	return nil
}

// reach adds to the guards what argument i of e says about the rows that reach those after it.
func reach(e Expr, i int, arg *fn.Node, guards []guard) []guard {
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

// callsOutside reports whether e calls a function from elsewhere.
func callsOutside(e Expr) bool {
	found := false
	Walk(e, func(e Expr) bool {
		found = found || e.Op == ExternalOp
		return !found
	})
	return found
}

// keyOf returns a text that only equal expressions of the same arguments have.
func keyOf(e Expr, args []*fn.Node) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s %d.%d %d %t %s %s(", e.Op, e.Type.Kind, e.Type.Scale, e.Column, e.Null, strconv.Quote(e.Value), e.Func)
	for _, a := range args {
		fmt.Fprintf(&out, "%p ", a)
	}
	return out.String()
}

// foldNode computes a node of literals as a literal, if it can be computed.
func foldNode(n *fn.Node) (Expr, bool) {
	f := &fn.Frame{Rows: 1, In: &batch.Batch{Rows: 1}}
	for _, a := range n.Args {
		a.Eval(f)
	}
	n.Eval(f)
	if f.Err != nil || n.IsBad(0) {
		return Expr{}, false
	}
	return fromColumn(&n.Col, 0), true
}

// shape returns what a function may know of its call: types, literals, and which parts may be null.
func shape(e Expr) *fn.Node {
	n := &fn.Node{Type: e.Type, Nullable: e.Nullable, Literal: e.Op == LiteralOp, Null: e.Null, Value: e.Value, Func: e.Func}
	for _, a := range e.Args {
		n.Args = append(n.Args, &fn.Node{Type: a.Type, Nullable: a.Nullable, Literal: a.Op == LiteralOp, Null: a.Null, Value: a.Value, Func: a.Func})
	}
	return n
}

func runColumn(f *fn.Frame, n *fn.Node, column int) {
	if column >= len(f.In.Cols) || f.In.Cols[column].Type != n.Type {
		f.Err = fmt.Errorf("input column %d is not of type %v", column, n.Type)
		n.Col = batch.Column{Type: n.Type, Data: batch.Alloc(f.Rows * max(1, n.Type.Width())), Offsets: make([]int32, f.Rows+1)}
		return
	}
	n.Col = f.In.Cols[column]
}

// buildLiteral makes n hand out its value in as many rows as asked for.
func buildLiteral(n *fn.Node, pos int) error {
	if n.Type.Kind == batch.Invalid {
		n.Type = batch.T(batch.Utf8)
	}
	v := batch.NewVector(n.Type)
	if n.Null {
		v.AppendNull()
	} else if err := v.AppendText(n.Value); err != nil {
		return failAt(codeLiteral, pos, "", "literal %v", err)
	}
	one := v.Take()
	filled := 0
	n.Lazy = true
	n.Run = func(f *fn.Frame, n *fn.Node) {
		if f.Rows > filled {
			more := batch.NewVector(n.Type)
			filled = max(f.Rows, 2*filled)
			kernel.Gather(more, &one, make([]int32, filled))
			n.Col = more.Take()
		}
	}
	n.Col = one
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
	cond   *fn.Node
	unless int
}

// guardsKey tells guards apart.
func guardsKey(guards []guard) string {
	var key strings.Builder
	for _, g := range guards {
		fmt.Fprintf(&key, "|%p %d", g.cond, g.unless)
	}
	return key.String()
}

// passes reports whether a row gets past the guard.
func (g guard) passes(row int) bool {
	c := g.cond
	if c.IsBad(row) {
		return false
	}
	null := c.Col.Null(row)
	switch g.unless {
	case unlessTrue:
		return null || !c.Col.Bool(row)
	case unlessFalse:
		return null || c.Col.Bool(row)
	case unlessNotTrue:
		return !null && c.Col.Bool(row)
	}
	return null
}
