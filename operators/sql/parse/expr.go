package parse

import (
	"errors"

	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/operators/sql/lex"
	"github.com/millrace-dev/millrace/operators/sql/parse/lib"
)

// operation is an expression while it is collected: operands, and operators between, before and
// behind them. What stands in parentheses, a call or a CASE is a single operand.
type operation struct {
	lib      lib.Expr
	operands []operand
	pieces   []piece // what lib got, for its complaints
	nots     []ast.Span
	before   *operator // waits for its right operand
	like     bool      // ESCAPE may follow
}

// operand is one operand, with what must be known to build the nodes around it.
type operand struct {
	expr ast.Expr // nil for the right side of IN and for ANY and ALL
	span ast.Span // parentheses included

	before *operator   // whose right side starts here; nil for the first
	nots   []ast.Span  // the NOTs in front, outermost first
	is     []isSuffix  // what stands behind, innermost first
	list   *ast.In     // the right side of IN
	quant  *quantifier // ANY (...) or ALL (...)
}

// operator is an operator between two operands.
type operator struct {
	class lib.Op
	span  ast.Span
	op    ast.Op
	not   bool         // of NOT LIKE, NOT IN, NOT BETWEEN
	like  ast.LikeKind // of the class Like
	sym   bool         // BETWEEN SYMMETRIC
}

type isSuffix struct {
	kind ast.IsKind
	not  bool
	span ast.Span
}

type quantifier struct {
	all   bool
	query *ast.Query
	array ast.Expr
}

type piece struct {
	span     ast.Span
	operator bool
	class    lib.Op
}

// expr reads an expression up to the first token that cannot go on with it.
func (p *parser) expr() ast.Expr {
	p.enter()
	defer p.leave()
	noIn := p.noIn
	p.noIn = false
	var o operation
	for more := true; more && p.diag == nil; {
		p.nots(&o)
		p.operand(&o)
		p.isSuffixes(&o)
		more = p.operator(&o, noIn)
	}
	switch {
	case p.diag != nil:
		return &ast.Literal{}
	case len(o.pieces) == 1 && o.operands[0].expr != nil:
		return o.operands[0].expr
	}
	return p.group(&o)
}

// add hands an operator on to lib.
func (o *operation) add(class lib.Op, span ast.Span) {
	o.lib.Operator(class)
	o.pieces = append(o.pieces, piece{span: span, operator: true, class: class})
}

// nots reads NOT in front of an operand.
func (p *parser) nots(o *operation) {
	for n := 0; p.word("NOT") && p.diag == nil; n++ {
		t := p.next()
		o.add(lib.Not, t.Span)
		o.nots = append(o.nots, t.Span)
		if p.depth+n > MaxNesting {
			p.fail(t.Span, "E1032", "nested more than 150 levels deep", "NOT NOT x is x")
		}
	}
}

// operand reads one operand with its signs, casts and other tight operators.
func (p *parser) operand(o *operation) {
	start := p.pos()
	x := operand{before: o.before, nots: o.nots}
	switch {
	case o.before != nil && o.before.class == lib.In:
		x.list = p.inList()
	case p.oneOf("ANY", "SOME", "ALL") && p.peek(1).Is("("):
		x.quant = p.quantifier()
	default:
		x.expr = p.zoned()
	}
	x.span = ast.Span(p.since(start))
	o.before, o.nots = nil, nil
	o.lib.Operand(len(o.operands))
	o.operands = append(o.operands, x)
	o.pieces = append(o.pieces, piece{span: x.span})
}

// inList reads the parentheses behind IN.
func (p *parser) inList() *ast.In {
	in := &ast.In{}
	if p.op("(") && p.parenQuery() {
		in.Query = p.parens()
		return in
	}
	p.expectOp("(")
	in.List = commas(p, p.expr)
	p.expectOp(")")
	return in
}

func (p *parser) quantifier() *quantifier {
	q := &quantifier{all: p.next().Upper == "ALL"}
	if p.parenQuery() {
		q.query = p.parens()
		return q
	}
	p.expectOp("(")
	q.array = p.expr()
	p.expectOp(")")
	return q
}

// isSuffixes reads IS [NOT] NULL, TRUE, FALSE or UNKNOWN, any number of times.
func (p *parser) isSuffixes(o *operation) {
	kinds := map[string]ast.IsKind{"NULL": ast.IsNull, "TRUE": ast.IsTrue, "FALSE": ast.IsFalse, "UNKNOWN": ast.IsUnknown}
	for p.word("IS") && p.diag == nil {
		at, n := p.peek(0).Span, 1
		not := p.peek(1).Upper == "NOT"
		if not {
			n++
		}
		kind, ok := kinds[p.peek(n).Upper]
		if !ok {
			return
		}
		for range n + 1 {
			at = at.To(p.next().Span)
		}
		o.add(lib.Is, at)
		last := &o.operands[len(o.operands)-1]
		last.is = append(last.is, isSuffix{kind, not, at})
	}
}

// marks are the operators that are not words, with their class and their canonical spelling.
var marks = map[string]operator{
	"=": {class: lib.Compare, op: ast.OpEq}, "==": {class: lib.Compare, op: ast.OpEq},
	"<>": {class: lib.Compare, op: ast.OpNe}, "!=": {class: lib.Compare, op: ast.OpNe},
	"<": {class: lib.Compare, op: ast.OpLt}, "<=": {class: lib.Compare, op: ast.OpLe},
	">": {class: lib.Compare, op: ast.OpGt}, ">=": {class: lib.Compare, op: ast.OpGe},
	"+": {class: lib.Add, op: ast.OpAdd}, "-": {class: lib.Add, op: ast.OpSub},
	"*": {class: lib.Mul, op: ast.OpMul}, "/": {class: lib.Mul, op: ast.OpDiv}, "%": {class: lib.Mul, op: ast.OpMod},
	"^": {class: lib.Pow, op: ast.OpPow}, "**": {class: lib.Pow, op: ast.OpPow},
	"||": {class: lib.Other, op: ast.OpConcat}, "&": {class: lib.Other, op: ast.OpBitAnd}, "|": {class: lib.Other, op: ast.OpBitOr},
	"#": {class: lib.Other, op: ast.OpBitXor}, "<<": {class: lib.Other, op: ast.OpShiftLeft}, ">>": {class: lib.Other, op: ast.OpShiftRight},
	"->": {class: lib.Other, op: ast.OpArrow}, "->>": {class: lib.Other, op: ast.OpArrowText},
	"#>": {class: lib.Other, op: ast.OpPath}, "#>>": {class: lib.Other, op: ast.OpPathText},
	"@>": {class: lib.Other, op: ast.OpContains}, "<@": {class: lib.Other, op: ast.OpContained},
	"~": {class: lib.Other, op: ast.OpMatch}, "~*": {class: lib.Other, op: ast.OpMatchFold},
	"!~": {class: lib.Other, op: ast.OpNoMatch}, "!~*": {class: lib.Other, op: ast.OpNoMatchFold},
}

// operator reads an operator between two operands. It reports whether there was one; noIn says that
// IN is none here.
func (p *parser) operator(o *operation, noIn bool) bool {
	t := p.peek(0)
	op, ok := operator{}, false
	switch {
	case p.diag != nil:
	case t.Is("&&"):
		p.fail(t.Span, "E1040", "the operator && is not supported", "write AND")
	case t.Kind == lex.Op:
		if op, ok = marks[t.Text]; ok {
			p.next()
		}
	case t.Kind == lex.Word:
		op, ok = p.wordOperator(noIn, o.like)
	}
	if !ok || p.diag != nil {
		return false
	}
	op.span = t.To(p.tokens[p.at-1].Span)
	o.like = o.like || op.class == lib.Like
	o.before = &op
	o.add(op.class, op.span)
	return true
}

var likeKinds = map[string]ast.LikeKind{"LIKE": ast.Like, "ILIKE": ast.ILike, "RLIKE": ast.RLike, "REGEXP": ast.RLike}

// wordOperator reads an operator that is a word. It is a switch over all of them.
func (p *parser) wordOperator(noIn, like bool) (operator, bool) {
	not := p.word("NOT")
	n := 0
	if not {
		n = 1
	}
	switch word := p.peek(n).Upper; word {
	case "LIKE", "ILIKE", "RLIKE", "REGEXP":
		if word != "LIKE" && !not && p.endsItem(1) {
			break // a name
		}
		p.skip(n + 1)
		return operator{class: lib.Like, not: not, like: likeKinds[word]}, true
	case "SIMILAR":
		if p.peek(n+1).Upper == "TO" {
			p.skip(n + 2)
			return operator{class: lib.Like, not: not, like: ast.SimilarTo}, true
		}
	case "IN":
		if !noIn {
			p.skip(n + 1)
			return operator{class: lib.In, not: not}, true
		}
	case "BETWEEN":
		p.skip(n + 1)
		op := operator{class: lib.Between, not: not, sym: p.accept("SYMMETRIC")}
		if !op.sym {
			p.accept("ASYMMETRIC")
		}
		return op, true
	}
	if not {
		return operator{}, false
	}
	return p.plainWordOperator(like)
}

// plainWordOperator reads an operator that does not take a NOT in front.
func (p *parser) plainWordOperator(like bool) (operator, bool) {
	switch {
	case p.accept("AND"):
		return operator{class: lib.And, op: ast.OpAnd}, true
	case p.accept("OR"):
		return operator{class: lib.Or, op: ast.OpOr}, true
	case p.word("ESCAPE") && like && !p.endsItem(1):
		p.next()
		return operator{class: lib.Escape}, true
	case p.accept("IS", "DISTINCT", "FROM"):
		return operator{class: lib.Compare, op: ast.OpDistinct}, true
	case p.accept("IS", "NOT", "DISTINCT", "FROM"):
		return operator{class: lib.Compare, op: ast.OpNotDistinct}, true
	case p.word("IS"):
		p.next()
		p.accept("NOT")
		if p.oneOf("JSON", "NORMALIZED", "OF", "DOCUMENT") {
			p.unsupported(p.peek(0).Span, "IS "+p.peek(0).Upper+" is", "")
		}
		p.unexpected("NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM")
	case p.word("DIV") && !p.endsItem(1):
		p.next()
		return operator{class: lib.Mul, op: ast.OpIntDiv}, true
	case p.word("MOD") && !p.endsItem(1):
		p.next()
		return operator{class: lib.Mul, op: ast.OpMod}, true
	}
	return operator{}, false
}

// endsItem says whether the token at a distance cannot start an operand, so that the word before it is a name.
func (p *parser) endsItem(distance int) bool {
	t := p.peek(distance)
	switch t.Kind {
	case lex.EOF:
		return true
	case lex.Op:
		return !t.Is("(") && !t.Is("-") && !t.Is("+") && !t.Is("~")
	case lex.Word:
		return ast.Reserved(t.Upper) && !operandWord[t.Upper]
	}
	return false
}

// operandWord holds reserved words that start an operand.
var operandWord = map[string]bool{"CASE": true, "NULL": true, "TRUE": true, "FALSE": true, "LEFT": true, "RIGHT": true}

func (p *parser) skip(n int) {
	for range n {
		p.next()
	}
}

// group asks lib how the pieces belong together and builds the nodes.
func (p *parser) group(o *operation) ast.Expr {
	t, err := o.lib.Group()
	if err != nil {
		p.rejected(o, err)
		return &ast.Literal{}
	}
	e, _ := p.lower(o, t)
	return e
}

// rejected explains why lib could not group the pieces.
func (p *parser) rejected(o *operation, err error) {
	var r *lib.Rejected
	if !errors.As(err, &r) {
		at := o.pieces[0].span
		p.fail(at, "E1099", err.Error(), "this is a mistake in millrace, please report it with the statement")
		return
	}
	n := min(r.Piece, len(o.pieces)-1)
	between, and, compared := false, false, false
	for _, c := range o.pieces[:n] {
		switch {
		case c.operator && c.class == lib.Between:
			between, and = true, false
		case c.operator && c.class == lib.And:
			and, compared = true, false
		case c.operator && (c.class == lib.Or || c.class == lib.Not):
			compared = false
		case c.operator && c.class == lib.Compare:
			compared = true
		}
	}
	at := o.pieces[n]
	text := p.src.Slice(at.span)
	switch {
	case between && !and:
		p.fail(at.span, "E1010", "BETWEEN without AND", "write x BETWEEN low AND high")
	case at.operator && at.class == lib.Not:
		p.fail(at.span, "E1020", "NOT as the operand of a tighter operator", "put NOT and what belongs to it in parentheses")
	case at.operator && at.class == lib.Compare && compared:
		p.fail(at.span, "E1021", "a comparison of a comparison", "join two comparisons by AND, or put the first one in parentheses")
	default:
		p.fail(at.span, "E1020", text+" behind a comparison, LIKE, IN, BETWEEN or IS", "put what belongs together in parentheses")
	}
}
