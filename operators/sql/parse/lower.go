package parse

import (
	"fmt"

	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/operators/sql/parse/lib"
)

// lower builds the nodes of a grouped expression. The span includes parentheses around the whole,
// which the node's own does not.
//
// What an operator was is found at the operand that follows it: each operator is followed by exactly one
// first operand, the first of its right side.
func (p *parser) lower(o *operation, t *lib.Tree) (ast.Expr, ast.Span) {
	if p.diag != nil {
		return &ast.Literal{}, ast.Span{}
	}
	if t.Leaf {
		x := &o.operands[t.Operand]
		if x.expr == nil {
			p.fail(x.span, "E1059", "ANY and ALL stand only right of a comparison", "write x = ANY (...), or x IN (...)")
			return &ast.Literal{}, x.span
		}
		return x.expr, x.span
	}
	switch t.Op {
	case lib.Not:
		return p.lowerNot(o, t)
	case lib.Is:
		return p.lowerIs(o, t)
	}
	op := o.operands[t.Kids[1].First].before
	if op == nil || op.class != t.Op {
		p.fail(o.pieces[0].span, "E1099", fmt.Sprintf("operator of class %d read as %v", t.Op, op), "this is a mistake in millrace, please report it with the statement")
		return &ast.Literal{}, ast.Span{}
	}
	left, at := p.lower(o, t.Kids[0])
	right := &o.operands[t.Kids[1].First]
	switch {
	case t.Op == lib.In:
		at = at.To(right.span)
		return &ast.In{At: ast.At(at), X: left, List: right.list.List, Query: right.list.Query, Not: op.not}, at
	case t.Op == lib.Compare && right.quant != nil && t.Kids[1].Leaf:
		at = at.To(right.span)
		q := right.quant
		return &ast.Quantified{At: ast.At(at), Op: op.op, All: q.all, X: left, Query: q.query, Array: q.array}, at
	}
	second, end := p.lower(o, t.Kids[1])
	at = at.To(end)
	var third ast.Expr
	if len(t.Kids) == 3 {
		third, end = p.lower(o, t.Kids[2])
		at = at.To(end)
	}
	switch t.Op {
	case lib.Between:
		return &ast.Between{At: ast.At(at), X: left, Low: second, High: third, Not: op.not, Symmetric: op.sym}, at
	case lib.Like:
		return &ast.Match{At: ast.At(at), Kind: op.like, X: left, Pattern: second, Escape: third, Not: op.not}, at
	}
	return &ast.Binary{At: ast.At(at), Op: op.op, OpAt: op.span, Left: left, Right: second}, at
}

// lowerNot takes the outermost NOT that is left in front of the first operand.
func (p *parser) lowerNot(o *operation, t *lib.Tree) (ast.Expr, ast.Span) {
	first := &o.operands[t.First]
	at := first.nots[0]
	first.nots = first.nots[1:]
	x, end := p.lower(o, t.Kids[0])
	at = at.To(end)
	return &ast.Unary{At: ast.At(at), Op: ast.OpNot, X: x}, at
}

// lowerIs takes the innermost IS that is left behind the last operand.
func (p *parser) lowerIs(o *operation, t *lib.Tree) (ast.Expr, ast.Span) {
	x, at := p.lower(o, t.Kids[0])
	last := &o.operands[t.Last]
	if p.diag != nil {
		return x, at
	}
	is := last.is[0]
	last.is = last.is[1:]
	at = at.To(is.span)
	return &ast.Is{At: ast.At(at), X: x, Kind: is.kind, Not: is.not}, at
}
