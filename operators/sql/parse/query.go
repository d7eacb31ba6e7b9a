package parse

import (
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/operators/sql/lex"
)

// startsQuery says whether the next token begins a query, parentheses before it aside.
func (p *parser) startsQuery() bool {
	if p.op("(") {
		return p.parenQuery()
	}
	return p.queryWord(0)
}

// queryWord says whether the token at a distance is the first word of a query.
func (p *parser) queryWord(distance int) bool {
	switch p.peek(distance).Upper {
	case "SELECT", "WITH":
		return true
	case "VALUES":
		return p.peek(distance + 1).Is("(")
	}
	return false
}

// parenQuery says whether the parenthesis that comes next holds a query and nothing else. In
// ((SELECT 1) UNION SELECT 2) it does, in ((SELECT 1) + 2) it does not.
func (p *parser) parenQuery() bool {
	open := 0
	for p.peek(open).Is("(") {
		open++
	}
	if !p.queryWord(open) {
		return false
	}
	// From the innermost parenthesis outward: only more of a query may stand between the closing ones.
	for i := p.at + open - 1; i > p.at; i-- {
		if p.closing[i] == 0 {
			return true // the query itself will complain
		}
		after := p.tokens[min(p.closing[i]+1, len(p.tokens)-1)]
		switch after.Upper {
		case "UNION", "EXCEPT", "INTERSECT", "ORDER", "LIMIT", "OFFSET", "FETCH":
			return true
		}
		if !after.Is(")") {
			return false
		}
	}
	return true
}

// subquery reads a query that may not say INTO.
func (p *parser) subquery() *ast.Query {
	into := p.into
	p.into = nil
	q := p.query()
	p.into = into
	return q
}

// parens reads a query in parentheses.
func (p *parser) parens() *ast.Query {
	p.expectOp("(")
	q := p.subquery()
	p.expectOp(")")
	return q
}

// query reads [WITH ...] body [ORDER BY ...] [LIMIT ...].
func (p *parser) query() *ast.Query {
	p.enter()
	defer p.leave()
	start := p.pos()
	q := &ast.Query{With: p.with()}
	q.Body = p.setOps()
	p.tail(q)
	q.At = p.since(start)
	return q
}

func (p *parser) with() *ast.With {
	start := p.pos()
	if !p.accept("WITH") {
		return nil
	}
	w := &ast.With{Recursive: p.accept("RECURSIVE")}
	seen := map[string]bool{}
	w.CTEs = commas(p, func() ast.CTE {
		first := p.pos()
		c := ast.CTE{Name: p.ident("a name for the query")}
		if seen[c.Name.Text] && p.diag == nil {
			p.fail(c.Name.Span(), "E1055", "two queries of one WITH are called "+c.Name.Text, "rename one of them")
		}
		seen[c.Name.Text] = true
		if p.op("(") {
			c.Columns = p.idents("a column name")
		}
		p.expect("AS")
		if !p.accept("MATERIALIZED") {
			p.accept("NOT", "MATERIALIZED")
		}
		c.Query = p.parens()
		c.At = p.since(first)
		return c
	})
	w.At = p.since(start)
	return w
}

// setOps reads UNION and EXCEPT, which group from the left; INTERSECT binds tighter.
func (p *parser) setOps() ast.Body {
	start := p.pos()
	left := p.intersections()
	for p.oneOf("UNION", "EXCEPT") && p.diag == nil {
		kind := ast.Union
		if p.next().Upper == "EXCEPT" {
			kind = ast.Except
		}
		left = p.setOp(kind, start, left, p.intersections)
	}
	return left
}

func (p *parser) intersections() ast.Body {
	start := p.pos()
	left := p.arm()
	for p.diag == nil && p.accept("INTERSECT") {
		left = p.setOp(ast.Intersect, start, left, p.arm)
	}
	return left
}

// setOp reads what follows the keyword of a set operation.
func (p *parser) setOp(kind ast.SetKind, start int, left ast.Body, right func() ast.Body) ast.Body {
	op := &ast.SetOp{Kind: kind, Left: left, All: p.accept("ALL")}
	if !op.All {
		p.accept("DISTINCT")
	}
	op.Right = right()
	op.At = p.since(start)
	return op
}

// arm reads one operand of a set operation.
func (p *parser) arm() ast.Body {
	switch {
	case p.op("("):
		p.next()
		q := p.query()
		p.expectOp(")")
		if q.With == nil && q.OrderBy == nil && q.Limit == nil && q.Offset == nil && q.Emit == ast.EmitDefault {
			return q.Body
		}
		return q
	case p.word("VALUES"):
		return p.values()
	case p.word("SELECT"):
		return p.selectCore()
	case p.word("TABLE"):
		p.unsupported(p.peek(0).Span, "TABLE as a query is", "write SELECT * FROM the table")
	}
	p.unexpected("SELECT, VALUES or a query in parentheses")
	return &ast.Values{}
}

func (p *parser) values() *ast.Values {
	start := p.pos()
	p.expect("VALUES")
	v := &ast.Values{}
	v.Rows = commas(p, func() []ast.Expr {
		first := p.pos()
		p.expectOp("(")
		row := commas(p, p.expr)
		p.expectOp(")")
		if len(v.Rows) == 0 {
			v.Rows = append(v.Rows, row)
		}
		if len(row) != len(v.Rows[0]) && p.diag == nil {
			p.fail(ast.Span(p.since(first)), "E1056", "the rows of VALUES have different lengths", "give every row as many values as the first one")
		}
		return row
	})
	v.At = p.since(start)
	return v
}

// tail reads ORDER BY, LIMIT, OFFSET, FETCH and EMIT. LIMIT and OFFSET may come in either order.
func (p *parser) tail(q *ast.Query) {
	if p.accept("ORDER") {
		p.expect("BY")
		q.OrderBy = p.orderItems()
	}
	for p.diag == nil {
		switch {
		case q.Limit == nil && p.accept("LIMIT"):
			if !p.accept("ALL") {
				q.Limit = p.expr()
				q.WithTies = p.accept("WITH", "TIES")
			}
			if p.op(",") {
				p.unsupported(p.peek(0).Span, "LIMIT with two numbers is", "write LIMIT count OFFSET first")
			}
			continue
		case q.Offset == nil && p.accept("OFFSET"):
			q.Offset = p.expr()
			_ = p.accept("ROW") || p.accept("ROWS")
			continue
		case q.Limit == nil && p.word("FETCH"):
			p.fetch(q)
			continue
		}
		break
	}
	p.emit(q)
	switch {
	case p.oneOf("UNION", "EXCEPT", "INTERSECT") && (q.OrderBy != nil || q.Limit != nil || q.Offset != nil):
		p.fail(p.peek(0).Span, "E1010", "unexpected "+p.peek(0).Upper+" after ORDER BY or LIMIT",
			"put the query before it in parentheses, or ORDER BY and LIMIT behind the last one")
	case p.word("FOR"):
		p.unsupported(p.peek(0).Span, "locking rows is", "leave out FOR ...")
	}
}

func (p *parser) fetch(q *ast.Query) {
	p.next()
	if !p.accept("FIRST") {
		p.expect("NEXT")
	}
	q.Limit = &ast.Literal{At: ast.At(p.peek(0).Span), Kind: ast.Number, Text: "1"}
	if !p.oneOf("ROW", "ROWS") {
		q.Limit = p.expr()
	}
	if !p.accept("ROWS") {
		p.expect("ROW")
	}
	if q.WithTies = p.accept("WITH", "TIES"); !q.WithTies {
		p.expect("ONLY")
	}
}

func (p *parser) emit(q *ast.Query) {
	switch {
	case p.accept("EMIT", "CHANGES"):
		q.Emit = ast.EmitChanges
	case p.accept("EMIT", "ON", "WINDOW", "CLOSE"):
		q.Emit = ast.EmitOnWindowClose
	}
}

func (p *parser) orderItems() []ast.Order {
	return commas(p, func() ast.Order {
		start := p.pos()
		o := ast.Order{Expr: p.expr()}
		if !p.accept("ASC") {
			o.Desc = p.accept("DESC")
		}
		switch {
		case p.accept("NULLS", "FIRST"):
			o.Nulls = ast.NullsFirst
		case p.accept("NULLS", "LAST"):
			o.Nulls = ast.NullsLast
		}
		o.At = p.since(start)
		return o
	})
}

// selectCore reads a SELECT up to its ORDER BY.
func (p *parser) selectCore() *ast.Select {
	start := p.pos()
	p.expect("SELECT")
	s := &ast.Select{}
	switch {
	case p.accept("DISTINCT", "ON"):
		p.expectOp("(")
		s.DistinctOn = commas(p, p.expr)
		p.expectOp(")")
	case p.accept("DISTINCT"):
		s.Distinct = true
	default:
		p.accept("ALL")
	}
	if p.word("TOP") && p.peek(1).Kind == lex.Number {
		p.unsupported(p.peek(0).Span, "TOP is", "write LIMIT at the end of the query")
	}
	s.Items = commas(p, p.item)
	p.intoClause()
	if p.accept("FROM") {
		s.From = commas(p, p.joins)
	}
	if p.accept("WHERE") {
		s.Where = p.expr()
	}
	if p.accept("GROUP") {
		p.expect("BY")
		p.groupBy(s)
	}
	if p.accept("HAVING") {
		s.Having = p.expr()
	}
	if p.accept("WINDOW") {
		s.Windows = commas(p, p.namedWindow)
	}
	if p.accept("QUALIFY") {
		s.Qualify = p.expr()
	}
	s.At = p.since(start)
	if p.word("INTO") {
		p.fail(p.peek(0).Span, "E1051", "INTO in the wrong place", "write it between the select list and FROM")
	}
	return s
}

// intoClause reads INTO name, which belongs to the statement, not to a query inside it.
func (p *parser) intoClause() {
	at := p.peek(0).Span
	if !p.accept("INTO") {
		return
	}
	name := p.ident("the name of the table to make")
	if p.op(".") {
		p.unsupported(p.peek(0).Span, "INTO with a name of several parts is", "write a single name")
	}
	switch {
	case p.diag != nil:
	case p.into == nil:
		p.fail(at.To(name.Span()), "E1051", "INTO inside another query", "only the statement's own SELECT may say INTO")
	case p.into.Text != "" && p.into.Text != name.Text:
		p.fail(at.To(name.Span()), "E1051", "two different INTO in one statement", "say INTO once, in the first SELECT")
	case p.into.Text == "":
		*p.into = name
	}
}

// item reads one element of a select list.
func (p *parser) item() ast.Item {
	start := p.pos()
	if s := p.star(); s != nil {
		return ast.Item{At: p.since(start), Expr: s}
	}
	i := ast.Item{Expr: p.expr()}
	i.Alias = p.itemAlias()
	i.At = p.since(start)
	return i
}

// star reads * and t.*, with the columns to leave out; nil if something else comes.
func (p *parser) star() *ast.Star {
	start, n := p.pos(), 0
	for k := p.peek(n).Kind; (k == lex.Word || k == lex.Quoted) && p.peek(n+1).Is("."); k = p.peek(n).Kind {
		n += 2
	}
	if !p.peek(n).Is("*") {
		return nil
	}
	s := &ast.Star{}
	for range n / 2 {
		s.Qualifier = append(s.Qualifier, p.anyIdent("a name"))
		p.next()
	}
	p.next()
	if p.oneOf("EXCEPT", "EXCLUDE") && p.peek(1).Is("(") && !p.queryWord(2) && !p.peek(2).Is("(") {
		p.next()
		s.Except = p.idents("a column name")
	}
	s.At = p.since(start)
	return s
}

// itemAlias reads [AS] name behind an expression.
func (p *parser) itemAlias() ast.Ident {
	t := p.peek(0)
	switch {
	case p.accept("AS"):
		if s := p.peek(0); s.Kind == lex.String {
			p.fail(s.Span, "E1057", "a string as a name", `names are quoted like "`+s.Text+`"`)
		}
		return p.anyIdent("a name after AS")
	case t.Kind == lex.Quoted, t.Kind == lex.Word && !ast.Reserved(t.Upper):
		return p.anyIdent("a name")
	case t.Kind == lex.String:
		p.fail(t.Span, "E1057", "unexpected "+describe(t), `put an operator or a comma before it; a name is quoted like "`+t.Text+`"`)
	}
	return ast.Ident{}
}

func (p *parser) groupBy(s *ast.Select) {
	if p.word("ALL") && !p.peek(1).Is("(") {
		p.next()
		s.GroupByAll = true
		return
	}
	p.accept("DISTINCT")
	s.GroupBy = commas(p, p.groupItem)
	if p.accept("WITH", "ROLLUP") {
		at := s.GroupBy[0].Span()
		s.GroupBy = []ast.Expr{&ast.Grouping{At: p.since(at.Pos), Kind: ast.Rollup, Items: s.GroupBy}}
	}
}

// groupItem reads an expression, (), GROUPING SETS, ROLLUP or CUBE.
func (p *parser) groupItem() ast.Expr {
	start := p.pos()
	kind := ast.GroupingSets
	switch {
	case p.op("(") && p.peek(1).Is(")"):
		p.next()
		p.next()
		return &ast.Tuple{At: p.since(start)}
	case p.word("GROUPING", "SETS"):
		p.next()
	case p.word("ROLLUP") && p.peek(1).Is("("):
		kind = ast.Rollup
	case p.word("CUBE") && p.peek(1).Is("("):
		kind = ast.Cube
	default:
		return p.expr()
	}
	p.enter()
	defer p.leave()
	p.next()
	p.expectOp("(")
	g := &ast.Grouping{Kind: kind, Items: commas(p, p.groupItem)}
	p.expectOp(")")
	g.At = p.since(start)
	return g
}
