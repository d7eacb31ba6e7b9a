package parse

import (
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/operators/sql/lex"
)

// typedCall says whether <type>( follows a name that ends at a byte, without a blank anywhere.
func (p *parser) typedCall(end int) bool {
	t := p.peek(0)
	if !t.Is("<") || t.Pos != end || p.peek(1).Kind != lex.Word {
		return false
	}
	n := 2
	if p.peek(n).Is("(") {
		for n++; p.peek(n).Kind == lex.Number || p.peek(n).Is(","); n++ {
		}
		n++
	}
	gt, open := p.peek(n), p.peek(n+1)
	return gt.Is(">") && open.Is("(") && open.Pos == gt.End
}

// call reads the arguments of a function and what may follow them.
func (p *parser) call(name *ast.Name) ast.Expr {
	c := &ast.Call{Name: name}
	if p.acceptOp("<") {
		c.TypeParam = p.typeName()
		p.expectOp(">")
	}
	open := p.peek(0).Span
	p.expectOp("(")
	if args, ok := p.keywordArgs(c.Func()); ok {
		c.Args = args
	} else {
		p.args(c)
	}
	p.expectOp(")")
	c.At = p.since(name.Pos)
	if c.Distinct && len(c.Args) == 0 && p.diag == nil {
		p.fail(open, "E1010", "DISTINCT without an argument", "write COUNT(DISTINCT x)")
	}
	p.decorations(c)
	c.At = p.since(name.Pos)
	return c
}

// args reads ordinary arguments up to the closing parenthesis.
func (p *parser) args(c *ast.Call) {
	switch {
	case p.op(")"):
		return
	case p.op("*") && p.peek(1).Is(")"):
		p.next()
		c.Star = true
		return
	case p.word("DISTINCT"):
		p.next()
		c.Distinct = true
		if p.op(")") {
			return
		}
	case p.word("ALL"):
		p.next()
	}
	c.Args = commas(p, p.arg)
	if p.accept("ORDER", "BY") {
		c.OrderBy = p.orderItems()
	}
	if p.word("SEPARATOR") && len(c.Args) == 1 && p.peek(1).Kind == lex.String { // of GROUP_CONCAT
		p.next()
		c.Args = append(c.Args, p.expr())
	}
	p.nulls(c)
	if t := p.peek(0); p.word("AS") || t.Kind == lex.Word && !ast.Reserved(t.Upper) {
		p.fail(t.Span, "E1010", "unexpected "+describe(t)+" in the arguments of "+c.Name.String(), "arguments are separated by commas and have no aliases")
	}
}

// arg reads one argument: an expression, name => expression, or a query.
func (p *parser) arg() ast.Expr {
	start := p.pos()
	if k := p.peek(0).Kind; (k == lex.Word || k == lex.Quoted) && p.peek(1).Is("=>") {
		name := p.anyIdent("a name")
		p.next()
		value := p.expr()
		return &ast.NamedArg{At: p.since(start), Name: name, Value: value}
	}
	if p.queryWord(0) {
		q := p.subquery()
		return &ast.Subquery{At: p.since(start), Query: q}
	}
	return p.expr()
}

// nulls reads IGNORE NULLS or RESPECT NULLS.
func (p *parser) nulls(c *ast.Call) {
	if p.oneOf("IGNORE", "RESPECT") && p.peek(1).Upper == "NULLS" {
		c.Nulls = p.peek(0).Upper + " NULLS"
		p.skip(2)
	}
}

// fromLast reads FROM FIRST or FROM LAST of NTH_VALUE, which NULLS or OVER tells from a table of that name.
func (p *parser) fromLast(c *ast.Call) {
	after := p.peek(2).Upper
	if p.word("FROM") && (p.peek(1).Upper == "FIRST" || p.peek(1).Upper == "LAST") &&
		(after == "OVER" || (after == "IGNORE" || after == "RESPECT") && p.peek(3).Upper == "NULLS") {
		c.FromLast = p.peek(1).Upper == "LAST"
		p.skip(2)
	}
}

// decorations reads WITHIN GROUP, FILTER, FROM LAST, IGNORE NULLS and OVER.
func (p *parser) decorations(c *ast.Call) {
	if p.word("WITHIN", "GROUP") {
		p.skip(2)
		p.expectOp("(")
		p.expect("ORDER", "BY")
		c.WithinGroup = p.orderItems()
		p.expectOp(")")
	}
	if p.word("FILTER") && p.peek(1).Is("(") {
		p.skip(2)
		p.expect("WHERE")
		c.Filter = p.expr()
		p.expectOp(")")
	}
	p.fromLast(c)
	p.nulls(c)
	if next := p.peek(1); p.word("OVER") && (next.Is("(") || next.Kind == lex.Quoted || next.Kind == lex.Word && !ast.Reserved(next.Upper)) {
		p.next()
		c.Over = p.over()
	}
}

// over reads a window's name or its definition in parentheses.
func (p *parser) over() *ast.Window {
	if p.op("(") {
		return p.windowSpec()
	}
	start := p.pos()
	w := &ast.Window{Name: p.ident("a window"), Bare: true}
	w.At = p.since(start)
	return w
}

func (p *parser) namedWindow() ast.NamedWindow {
	start := p.pos()
	w := ast.NamedWindow{Name: p.ident("a name for the window")}
	p.expect("AS")
	w.Spec = p.windowSpec()
	w.At = p.since(start)
	return w
}

// windowSpec reads ([name] [PARTITION BY ...] [ORDER BY ...] [frame]).
func (p *parser) windowSpec() *ast.Window {
	p.enter()
	defer p.leave()
	start := p.pos()
	w := &ast.Window{}
	p.expectOp("(")
	if t := p.peek(0); t.Kind == lex.Quoted || t.Kind == lex.Word && !p.word("PARTITION", "BY") && !p.word("ORDER") && !p.oneOf("ROWS", "RANGE", "GROUPS") {
		w.Name = p.ident("a window")
	}
	if p.accept("PARTITION", "BY") {
		w.PartitionBy = commas(p, p.expr)
	}
	if p.accept("ORDER", "BY") {
		w.OrderBy = p.orderItems()
	}
	if p.oneOf("ROWS", "RANGE", "GROUPS") {
		w.Frame = p.frame()
	}
	p.expectOp(")")
	w.At = p.since(start)
	return w
}

// frame reads ROWS|RANGE|GROUPS [BETWEEN] bound [AND bound] [EXCLUDE ...].
func (p *parser) frame() *ast.Frame {
	start := p.pos()
	f := &ast.Frame{Unit: p.next().Upper}
	if p.accept("BETWEEN") {
		f.Start = p.bound()
		p.expect("AND")
		f.End = p.bound()
	} else {
		f.Start = p.bound()
		f.End = ast.Bound{At: f.Start.At, Kind: ast.CurrentRow}
	}
	ends := ast.Span(p.since(start))
	switch {
	case p.diag != nil:
	case f.Start.Kind == ast.UnboundedFollowing, f.End.Kind == ast.UnboundedPreceding, f.Start.Kind > f.End.Kind:
		p.fail(ends, "E1054", "a window frame that ends before it starts", "write the earlier bound first: BETWEEN ... PRECEDING AND CURRENT ROW")
	}
	if p.accept("EXCLUDE") {
		for _, what := range [][]string{{"CURRENT", "ROW"}, {"GROUP"}, {"TIES"}, {"NO", "OTHERS"}} {
			if f.Exclude == "" && p.accept(what...) {
				f.Exclude = what[0]
				if len(what) > 1 {
					f.Exclude += " " + what[1]
				}
			}
		}
		if f.Exclude == "" {
			p.unexpected("CURRENT ROW, GROUP, TIES or NO OTHERS")
		}
		if f.Exclude == "NO OTHERS" {
			f.Exclude = ""
		}
	}
	f.At = p.since(start)
	return f
}

func (p *parser) bound() ast.Bound {
	start := p.pos()
	b := ast.Bound{Kind: ast.CurrentRow}
	switch {
	case p.accept("CURRENT", "ROW"):
	case p.accept("UNBOUNDED", "PRECEDING"):
		b.Kind = ast.UnboundedPreceding
	case p.accept("UNBOUNDED", "FOLLOWING"):
		b.Kind = ast.UnboundedFollowing
	default:
		b.Value = p.expr()
		b.Kind = ast.Preceding
		if !p.accept("PRECEDING") {
			b.Kind = ast.Following
			p.expect("FOLLOWING")
		}
	}
	b.At = p.since(start)
	return b
}
