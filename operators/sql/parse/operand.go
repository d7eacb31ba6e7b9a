package parse

import (
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/operators/sql/lex"
	"github.com/millrace-dev/millrace/operators/sql/parse/lib"
)

// Operands are read from loose to tight: AT TIME ZONE, COLLATE, signs, then what sticks to a primary:
// ::type, [index] and .field. That is PostgreSQL's order.

// zoned reads an operand with AT TIME ZONE behind it.
func (p *parser) zoned() ast.Expr {
	start := p.pos()
	x := p.collated()
	for p.diag == nil {
		switch {
		case p.accept("AT", "TIME", "ZONE"):
			zone := p.collated()
			x = &ast.AtTimeZone{At: p.since(start), X: x, Zone: zone}
		case p.word("AT", "LOCAL"):
			p.unsupported(p.peek(0).To(p.peek(1).Span), "AT LOCAL is", "name the zone: AT TIME ZONE 'UTC'")
		default:
			return x
		}
	}
	return x
}

func (p *parser) collated() ast.Expr {
	start := p.pos()
	x := p.signed()
	for p.diag == nil && p.word("COLLATE") && (p.peek(1).Kind == lex.Word || p.peek(1).Kind == lex.Quoted) && !ast.Reserved(p.peek(1).Upper) {
		p.next()
		name := p.name("a collation")
		x = &ast.Collate{At: p.since(start), X: x, Name: name}
	}
	return x
}

// signed reads -, + and ~ in front of a primary. A minus becomes part of a number.
func (p *parser) signed() ast.Expr {
	start := p.pos()
	sign := p.peek(0)
	if !sign.Is("-") && !sign.Is("+") && !sign.Is("~") {
		return p.postfix()
	}
	p.enter()
	defer p.leave()
	p.next()
	x := p.signed()
	if n, ok := x.(*ast.Literal); ok && n.Kind == ast.Number && sign.Is("-") && !strings.HasPrefix(n.Text, "-") {
		return &ast.Literal{At: p.since(start), Kind: ast.Number, Text: "-" + n.Text}
	}
	op := map[string]ast.Op{"-": ast.OpSub, "+": ast.OpAdd, "~": ast.OpBitNot}[sign.Text]
	if t := p.peek(0); sign.Is("~") && (t.Is("+") || t.Is("-") || t.Is("*") || t.Is("/") || t.Is("%") || t.Is("^")) {
		p.fail(t.Span, "E1020", t.Text+" behind ~", "put what belongs together in parentheses")
	}
	return &ast.Unary{At: p.since(start), Op: op, X: x}
}

// postfix reads a primary with casts, indexes and fields behind it.
func (p *parser) postfix() ast.Expr {
	start := p.pos()
	x := p.primary()
	for p.diag == nil {
		switch {
		case p.acceptOp("::"):
			t := p.typeName()
			x = &ast.Cast{At: p.since(start), X: x, Type: t}
		case p.op("["):
			x = p.index(start, x)
		case p.op(".") && p.peek(1).Is("*"):
			p.unsupported(p.peek(1).Span, "all fields of a value are", "name the fields")
		case p.acceptOp("."):
			name := p.anyIdent("a field")
			x = &ast.Field{At: p.since(start), X: x, Name: name}
		default:
			return x
		}
	}
	return x
}

// index reads [i] or [from:to].
func (p *parser) index(start int, x ast.Expr) ast.Expr {
	p.next()
	i := &ast.Index{X: x}
	if !p.op(":") {
		i.I = p.expr()
	}
	if i.Slice = p.acceptOp(":"); i.Slice && !p.op("]") {
		i.To = p.expr()
	}
	p.expectOp("]")
	i.At = p.since(start)
	return i
}

// primary reads the smallest operand: a literal, a name, a call, or something in brackets.
func (p *parser) primary() ast.Expr {
	t := p.peek(0)
	literal := func(kind ast.LiteralKind) ast.Expr {
		p.next()
		return &ast.Literal{At: ast.At(t.Span), Kind: kind, Text: t.Text}
	}
	switch {
	case t.Kind == lex.String:
		return literal(ast.String)
	case t.Kind == lex.Number:
		return literal(ast.Number)
	case t.Kind == lex.Bytes:
		return literal(ast.Bytes)
	case t.Kind == lex.Param:
		p.next()
		n, err := strconv.Atoi(t.Text)
		if err != nil || n == 0 {
			p.fail(t.Span, "E1001", "parameter $"+t.Text, "parameters count from $1")
		}
		return &ast.Param{At: ast.At(t.Span), N: n}
	case t.Kind == lex.Quoted:
		return p.nameOrCall()
	case t.Kind == lex.Word:
		return p.wordOperand()
	case t.Is("("):
		return p.paren()
	case t.Is("*"):
		p.fail(t.Span, "E1050", "* is not a value", "it stands alone in a select list, or in COUNT(*)")
	default:
		p.unexpected("an expression")
	}
	return &ast.Literal{}
}

// paren reads a subquery, a tuple or an expression in parentheses.
func (p *parser) paren() ast.Expr {
	start := p.pos()
	if p.parenQuery() {
		q := p.parens()
		return &ast.Subquery{At: p.since(start), Query: q}
	}
	p.next()
	items := commas(p, p.expr)
	p.expectOp(")")
	if len(items) == 1 {
		return items[0]
	}
	return &ast.Tuple{At: p.since(start), Items: items}
}

// soft holds reserved words that are names or functions where an operand is expected, because none of
// their meanings as keywords can stand there.
var soft = map[string]bool{
	"CROSS": true, "FETCH": true, "FULL": true, "INNER": true, "LEFT": true, "NATURAL": true, "OFFSET": true,
	"QUALIFY": true, "RIGHT": true, "WINDOW": true,
}

// nameHere says whether a reserved word is a name, because nothing else can stand between what comes
// before and the token behind it: SELECT from, to INTO ... WHERE from = 1 AND count(order) > 1.
func (p *parser) nameHere() bool {
	next := p.peek(1)
	switch next.Upper {
	case "FROM", "INTO", "AS":
		return true
	}
	if next.Is(")") {
		return p.at > 0 && p.tokens[p.at-1].Is("(")
	}
	return next.Is(",") || next.Is(".") || next.Kind == lex.Op && marks[next.Text].class == lib.Compare && marks[next.Text].op != ""
}

// wordOperand reads an operand that starts with a word: one of the forms with keywords, or a name.
// It is a switch over all forms.
func (p *parser) wordOperand() ast.Expr {
	t, then := p.peek(0), p.peek(1)
	call := then.Is("(")
	switch t.Upper {
	case "NULL":
		p.next()
		return &ast.Literal{At: ast.At(t.Span), Kind: ast.Null, Text: "NULL"}
	case "TRUE", "FALSE":
		p.next()
		return &ast.Literal{At: ast.At(t.Span), Kind: ast.Bool, Text: t.Upper}
	case "CASE":
		if !p.nameHere() {
			return p.caseExpr()
		}
	case "CAST", "TRY_CAST", "SAFE_CAST":
		if call {
			return p.cast()
		}
	case "EXTRACT":
		if call && (p.peek(2).Kind == lex.Word || p.peek(2).Kind == lex.String) && p.peek(3).Upper == "FROM" {
			return p.extract()
		}
	case "EXISTS":
		if call {
			p.next()
			q := p.parens()
			return &ast.Exists{At: p.since(t.Pos), Query: q}
		}
	case "TRIM":
		if call {
			return p.trim()
		}
	case "ROW":
		if call {
			p.skip(2)
			items := commas(p, p.expr)
			p.expectOp(")")
			return &ast.Tuple{At: p.since(t.Pos), Items: items}
		}
	case "ARRAY", "MAP":
		if then.Is("[") || t.Upper == "ARRAY" && call {
			return p.array()
		}
	case "DATE", "TIME", "TIMESTAMP", "TIMESTAMPTZ":
		if e := p.timeLiteral(); e != nil {
			return e
		}
	case "INTERVAL":
		if e := p.interval(); e != nil {
			return e
		}
	case "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP", "CURRENT_USER":
		if !call && !then.Is(".") {
			p.next()
			name := ast.Ident{At: ast.At(t.Span), Text: t.Text}
			return &ast.Call{At: ast.At(t.Span), Name: &ast.Name{At: name.At, Parts: []ast.Ident{name}}}
		}
	}
	if ast.Reserved(t.Upper) && !soft[t.Upper] && !p.nameHere() {
		p.unexpected("an expression")
		return &ast.Literal{}
	}
	return p.nameOrCall()
}

// nameOrCall reads a name of any number of parts, and the call that it may be.
func (p *parser) nameOrCall() ast.Expr {
	start := p.pos()
	n := &ast.Name{Parts: []ast.Ident{p.anyIdent("a name")}}
	for p.op(".") && p.diag == nil {
		if p.peek(1).Is("*") {
			p.fail(ast.Span(p.since(start)).To(p.peek(1).Span), "E1050", "all columns of a table are not a value", "they stand alone in a select list")
			return n
		}
		p.next()
		n.Parts = append(n.Parts, p.anyIdent("a name after the dot"))
	}
	n.At = p.since(start)
	if p.op("(") || p.typedCall(n.End) {
		return p.call(n)
	}
	return n
}
