package parse

import (
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/operators/sql/lex"
)

// joins reads one element of a FROM list: a table with everything that is joined to it.
func (p *parser) joins() ast.From {
	start := p.pos()
	left := p.factor()
	for p.diag == nil && p.joinWords() > 0 {
		left = p.join(start, left)
	}
	return left
}

// joinWords returns how many of the next words make up the start of a join; 0 if it is none.
func (p *parser) joinWords() int {
	n := 0
	if p.word("NATURAL") {
		n = 1
	}
	switch p.peek(n).Upper {
	case "INNER", "CROSS", "SEMI", "ANTI", "ASOF":
		n++
	case "LEFT", "RIGHT", "FULL":
		n++
		switch p.peek(n).Upper {
		case "OUTER", "SEMI", "ANTI", "ASOF":
			n++
		}
	}
	if p.peek(n).Upper != "JOIN" {
		return 0
	}
	return n + 1
}

var joinKinds = map[string]ast.JoinKind{
	"": ast.Inner, "INNER": ast.Inner, "LEFT": ast.Left, "RIGHT": ast.Right, "FULL": ast.Full, "CROSS": ast.Cross,
	"SEMI": ast.Semi, "ANTI": ast.Anti, "ASOF": ast.Asof, "LEFT SEMI": ast.Semi, "LEFT ANTI": ast.Anti, "LEFT ASOF": ast.LeftAsof,
	"LEFT OUTER": ast.Left, "RIGHT OUTER": ast.Right, "FULL OUTER": ast.Full,
}

// join reads the words of a join, its right side and its condition. In a JOIN b JOIN c ON x ON y the
// condition that comes first belongs to the join that was written last.
func (p *parser) join(start int, left ast.From) ast.From {
	p.enter()
	defer p.leave()
	words := p.peek(0).Span
	j := &ast.Join{Left: left, Natural: p.accept("NATURAL")}
	kind := ""
	for !p.word("JOIN") && p.diag == nil {
		kind = kind + map[bool]string{true: " "}[kind != ""] + p.next().Upper
	}
	words = words.To(p.next().Span)
	var known bool
	if j.Kind, known = joinKinds[kind]; !known {
		p.unsupported(words, kind+" JOIN is", "write LEFT, RIGHT or FULL JOIN, or a condition with EXISTS")
	}
	rightStart := p.pos()
	j.Right = p.factor()
	bare := j.Natural || j.Kind == ast.Cross
	for !bare && p.diag == nil && p.joinWords() > 0 {
		j.Right = p.join(rightStart, j.Right)
	}
	condition := p.peek(0).Span
	switch {
	case p.accept("ON"):
		j.On = p.expr()
	case p.accept("USING"):
		j.Using = p.idents("a column name")
	case !bare && p.diag == nil:
		p.fail(words, "E1052", "a join without a condition", "add ON ... or USING (...), or write CROSS JOIN")
	}
	if bare && (j.On != nil || j.Using != nil) {
		p.fail(condition, "E1053", "a CROSS or NATURAL JOIN with a condition", "write INNER JOIN, or leave out the condition")
	}
	j.At = p.since(start)
	return j
}

// factor reads one source of rows: a table, a function, a query or a join in parentheses.
func (p *parser) factor() ast.From {
	start := p.pos()
	lateral := p.word("LATERAL") && p.sourceAt(1)
	if lateral {
		p.next()
	}
	switch {
	case p.op("(") && p.parenQuery():
		d := &ast.Derived{Query: p.parens(), Lateral: lateral}
		d.Alias = p.tableAlias()
		d.At = p.since(start)
		return d
	case p.op("(") && !lateral:
		return p.parenJoin()
	case p.word("VALUES") && p.peek(1).Is("("):
		p.fail(p.peek(0).Span, "E1010", "unexpected VALUES", "put VALUES (...), (...) in parentheses")
	case p.word("TABLE") && p.peek(1).Is("("):
		p.next()
		p.next()
		f := p.tableFunc()
		p.expectOp(")")
		return p.finishFunc(start, f, lateral)
	case p.funcAt(0):
		return p.finishFunc(start, p.tableFunc(), lateral)
	case p.word("LATERAL") && p.peek(1).Kind != lex.Op && !ast.Reserved(p.peek(1).Upper) && p.peek(1).Kind != lex.EOF:
		p.next()
		p.unexpected("a query in parentheses or a function after LATERAL")
	}
	t := &ast.Table{Name: p.name("a table")}
	p.tableSuffix(t)
	t.Alias = p.tableAlias()
	if t.AsOf == nil {
		p.tableSuffix(t)
	}
	t.At = p.since(start)
	return t
}

// sourceAt says whether a query in parentheses, a function or a TABLE(...) starts at a distance.
func (p *parser) sourceAt(distance int) bool {
	return p.peek(distance).Is("(") || p.peek(distance).Upper == "TABLE" || p.funcAt(distance)
}

// funcAt says whether a name and an opening parenthesis stand at a distance.
func (p *parser) funcAt(distance int) bool {
	t := p.peek(distance)
	for (t.Kind == lex.Word || t.Kind == lex.Quoted) && p.peek(distance+1).Is(".") {
		distance += 2
		t = p.peek(distance)
	}
	return (t.Kind == lex.Quoted || t.Kind == lex.Word && !ast.Reserved(t.Upper)) && p.peek(distance+1).Is("(")
}

// parenJoin reads a join in parentheses.
func (p *parser) parenJoin() ast.From {
	p.enter()
	defer p.leave()
	p.next()
	f := p.joins()
	p.expectOp(")")
	if t := p.peek(0); p.diag == nil && (p.word("AS") || p.aliasComes()) {
		p.unsupported(t.Span, "a name for a join in parentheses is", "write (SELECT * FROM ...) "+p.peek(0).Text)
	}
	return f
}

// tableSuffix reads what may stand between a table and its alias.
func (p *parser) tableSuffix(t *ast.Table) {
	switch at := p.peek(0).Span; {
	case p.word("FOR", "SYSTEM_TIME"):
		p.next()
		p.next()
		p.expect("AS", "OF")
		t.AsOf = p.expr()
	case p.word("TABLESAMPLE") && (p.peek(2).Is("(") || p.peek(1).Is("(")):
		p.unsupported(at, "TABLESAMPLE is", "filter by a hash of the key in WHERE")
	case p.oneOf("MATCH_RECOGNIZE", "PIVOT", "UNPIVOT") && p.peek(1).Is("("):
		p.unsupported(at, p.peek(0).Upper+" is", "")
	}
}

// notAlias holds the words that go on with a FROM, each with what must follow for that.
var notAlias = map[string][]string{
	"SEMI": {"JOIN"}, "ANTI": {"JOIN"}, "ASOF": {"JOIN"}, "EMIT": {"CHANGES", "ON"},
	"MATCH_RECOGNIZE": {"("}, "PIVOT": {"("}, "UNPIVOT": {"("},
}

// aliasComes says whether the next token is a name for what stands before it.
func (p *parser) aliasComes() bool {
	t := p.peek(0)
	if t.Kind == lex.Quoted {
		return true
	}
	if t.Kind != lex.Word || ast.Reserved(t.Upper) {
		return false
	}
	for _, follows := range notAlias[t.Upper] {
		if n := p.peek(1); n.Upper == follows || n.Is(follows) {
			return false
		}
	}
	return t.Upper != "TABLESAMPLE" || !p.peek(2).Is("(")
}

// tableAlias reads [AS] name [(columns)].
func (p *parser) tableAlias() ast.Alias {
	start := p.pos()
	var a ast.Alias
	switch {
	case p.accept("AS"):
		a.Name = p.anyIdent("a name after AS")
	case p.aliasComes():
		a.Name = p.anyIdent("a name")
	default:
		return a
	}
	if p.op("(") {
		a.Columns = p.idents("a column name")
	}
	a.At = p.since(start)
	return a
}

// windowFuncs are the table functions whose first argument is a table.
var windowFuncs = map[string]bool{"TUMBLE": true, "HOP": true, "SESSION": true, "CUMULATE": true, "TTL": true}

// tableFunc reads name(arguments).
func (p *parser) tableFunc() *ast.TableFunc {
	p.enter()
	defer p.leave()
	start := p.pos()
	f := &ast.TableFunc{Name: p.name("a function")}
	p.expectOp("(")
	window := windowFuncs[f.Func()]
	if !p.op(")") {
		f.Args = commas(p, func() ast.TableArg {
			a := p.tableArg(window && f.Args == nil)
			f.Args = append(f.Args, a)
			return a
		})
	}
	p.expectOp(")")
	f.At = p.since(start)
	if window && len(f.Args) < 2 && p.diag == nil {
		p.fail(f.Span(), "E1058", f.Func()+" without a table and a column", "write "+f.Func()+"(table, time_column, ...)")
	}
	return f
}

// finishFunc reads what may follow a table function.
func (p *parser) finishFunc(start int, f *ast.TableFunc, lateral bool) ast.From {
	f.Lateral = lateral
	f.Ordinality = p.accept("WITH", "ORDINALITY")
	f.Alias = p.tableAlias()
	f.At = p.since(start)
	return f
}

// tableArg reads an argument of a table function; table says that it is the table of a window function.
func (p *parser) tableArg(table bool) ast.TableArg {
	start := p.pos()
	var a ast.TableArg
	if k := p.peek(0).Kind; (k == lex.Word || k == lex.Quoted) && p.peek(1).Is("=>") {
		a.Name = p.anyIdent("a name")
		p.next()
	}
	first := p.pos()
	switch {
	case p.op("(") && p.parenQuery():
		a.Table = p.derived(first)
	case p.word("TABLE") && p.peek(1).Is("("):
		p.next()
		a.Table = p.derivedOrFunc()
	case p.word("TABLE") && p.peek(1).Kind != lex.Op:
		p.next()
		a.Table = p.bareTable()
	case p.word("DESCRIPTOR") && p.peek(1).Is("("):
		p.next()
		a.Columns = p.idents("a column name")
	case p.funcAt(0) && (table || windowFuncs[p.peek(0).Upper] && p.peek(1).Is("(")):
		a.Table = p.tableFunc()
	case table:
		a.Table = p.bareTable()
	default:
		a.Expr = p.expr()
		if n, ok := a.Expr.(*ast.Name); ok && len(n.Parts) == 1 && n.Parts[0].Quoted && isInterval(n.Parts[0].Text) {
			a.Expr = &ast.Literal{At: n.At, Kind: ast.String, Text: n.Parts[0].Text}
		}
	}
	if a.Table != nil && p.accept("PARTITION", "BY") {
		if p.acceptOp("(") {
			a.Partition = commas(p, p.expr)
			p.expectOp(")")
		} else {
			a.Partition = []ast.Expr{p.expr()}
		}
	}
	a.At = p.since(start)
	return a
}

func (p *parser) bareTable() ast.From {
	start := p.pos()
	t := &ast.Table{Name: p.name("a table")}
	t.At = p.since(start)
	return t
}

func (p *parser) derived(start int) ast.From {
	d := &ast.Derived{Query: p.parens()}
	d.At = p.since(start)
	return d
}

// derivedOrFunc reads what stands in the parentheses of TABLE(...).
func (p *parser) derivedOrFunc() ast.From {
	start := p.pos()
	if p.parenQuery() {
		return p.derived(start)
	}
	p.next()
	f := p.tableFunc()
	p.expectOp(")")
	return f
}
