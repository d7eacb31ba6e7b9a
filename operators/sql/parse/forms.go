package parse

import (
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/operators/sql/lex"
)

// caseExpr reads CASE [x] WHEN ... THEN ... [ELSE ...] END.
func (p *parser) caseExpr() ast.Expr {
	start := p.pos()
	p.next()
	c := &ast.Case{}
	if !p.word("WHEN") {
		c.X = p.expr()
	}
	for p.diag == nil && (p.word("WHEN") || c.Whens == nil) {
		first := p.pos()
		p.expect("WHEN")
		w := ast.When{Cond: p.expr()}
		p.expect("THEN")
		w.Then = p.expr()
		w.At = p.since(first)
		c.Whens = append(c.Whens, w)
	}
	if p.accept("ELSE") {
		c.Else = p.expr()
	}
	p.expect("END")
	c.At = p.since(start)
	return c
}

// cast reads CAST(x AS type) and its forms that give NULL instead of an error.
func (p *parser) cast() ast.Expr {
	start := p.pos()
	c := &ast.Cast{Try: p.next().Upper != "CAST"}
	p.next()
	c.X = p.expr()
	if p.op(",") {
		p.fail(p.peek(0).Span, "E1010", "unexpected , in CAST", "write CAST(x AS type)")
	}
	p.expect("AS")
	c.Type = p.typeName()
	p.expectOp(")")
	c.At = p.since(start)
	return c
}

// extract reads EXTRACT(field FROM x).
func (p *parser) extract() ast.Expr {
	start := p.pos()
	p.skip(2)
	e := &ast.Extract{Field: upper(p.next())}
	p.expect("FROM")
	e.X = p.expr()
	p.expectOp(")")
	e.At = p.since(start)
	return e
}

// trim reads TRIM([BOTH|LEADING|TRAILING] [chars] [FROM] x) and TRIM(x, chars).
func (p *parser) trim() ast.Expr {
	start := p.pos()
	p.skip(2)
	t := &ast.Trim{}
	modes := map[string]ast.TrimMode{"BOTH": ast.TrimBoth, "LEADING": ast.TrimLeading, "TRAILING": ast.TrimTrailing}
	if mode, ok := modes[p.peek(0).Upper]; ok && !p.peek(1).Is(")") && !p.peek(1).Is(",") {
		p.next()
		t.Mode = mode
	}
	if p.accept("FROM") {
		t.X = p.expr()
	} else {
		t.X = p.expr()
		switch {
		case p.accept("FROM"):
			t.Chars = t.X
			t.X = p.expr()
		case p.acceptOp(","):
			t.Chars = p.expr()
		}
	}
	p.expectOp(")")
	t.At = p.since(start)
	return t
}

// array reads ARRAY[...], ARRAY(query) and MAP[...]; the latter becomes a call.
func (p *parser) array() ast.Expr {
	start := p.pos()
	word := p.next()
	if p.op("(") {
		q := p.parens()
		return &ast.Array{At: p.since(start), Query: q}
	}
	p.next()
	var items []ast.Expr
	if !p.op("]") {
		items = commas(p, p.expr)
	}
	p.expectOp("]")
	if word.Upper == "MAP" {
		name := ast.Ident{At: ast.At(word.Span), Text: word.Text}
		return &ast.Call{At: p.since(start), Name: &ast.Name{At: name.At, Parts: []ast.Ident{name}}, Args: items}
	}
	return &ast.Array{At: p.since(start), Items: items}
}

// keywordArgs reads the arguments of the functions that have keywords between them.
func (p *parser) keywordArgs(function string) ([]ast.Expr, bool) {
	if p.op(")") || p.op("*") || p.word("DISTINCT") || p.queryWord(0) || p.peek(1).Is("=>") {
		return nil, false
	}
	switch function {
	case "SUBSTRING", "SUBSTR":
		return p.substringArgs(), true
	case "POSITION":
		p.noIn = true
		args := []ast.Expr{p.expr()}
		if p.accept("IN") {
			return append(args, p.expr()), true
		}
		return p.moreArgs(args), true
	case "OVERLAY":
		args := []ast.Expr{p.expr()}
		if !p.accept("PLACING") {
			return p.moreArgs(args), true
		}
		args = append(args, p.expr())
		p.expect("FROM")
		args = append(args, p.expr())
		if p.accept("FOR") {
			args = append(args, p.expr())
		}
		return args, true
	case "CEIL", "CEILING", "FLOOR":
		args := []ast.Expr{p.expr()}
		if p.accept("TO") {
			unit := p.next()
			if unit.Kind != lex.Word {
				p.fail(unit.Span, "E1010", "unexpected "+describe(unit), "expected a unit such as HOUR")
			}
			return append(args, &ast.Literal{At: ast.At(unit.Span), Kind: ast.String, Text: unit.Upper}), true
		}
		return p.moreArgs(args), true
	}
	return nil, false
}

// moreArgs reads the rest of ordinary arguments.
func (p *parser) moreArgs(args []ast.Expr) []ast.Expr {
	for p.acceptOp(",") {
		args = append(args, p.expr())
	}
	return args
}

// substringArgs reads x FROM a [FOR b], x FOR b [FROM a], or arguments with commas.
func (p *parser) substringArgs() []ast.Expr {
	args := []ast.Expr{p.expr()}
	switch {
	case p.accept("FROM"):
		args = append(args, p.expr())
		if p.accept("FOR") {
			args = append(args, p.expr())
		}
		return args
	case p.accept("FOR"):
		length := p.expr()
		first := ast.Expr(&ast.Literal{At: ast.At{Pos: length.Span().Pos, End: length.Span().Pos}, Kind: ast.Number, Text: "1"})
		if p.accept("FROM") {
			first = p.expr()
		}
		return append(args, first, length)
	}
	return p.moreArgs(args)
}
