package parse

import (
	"strings"

	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/operators/sql/lex"
)

// statement reads one statement of any kind. It is a switch over all of them.
func (p *parser) statement() ast.Statement {
	start := p.pos()
	if p.startsQuery() {
		return p.queryStatement()
	}
	t := p.peek(0)
	switch t.Upper {
	case "CREATE":
		return p.create()
	case "INSERT":
		return p.insert()
	case "UPDATE":
		return p.update()
	case "DELETE":
		p.next()
		p.expect("FROM")
		d := &ast.Delete{Table: p.name("a table")}
		if p.accept("WHERE") {
			d.Where = p.expr()
		}
		d.At = p.since(start)
		return d
	case "ALTER", "DROP", "EXPLAIN", "DESCRIBE", "SET", "USE", "GRANT", "MERGE", "TRUNCATE", "BEGIN", "COMMIT", "COPY", "REFRESH", "SHOW":
		p.fail(t.Span, "E1041", t.Upper+" is not a statement of this SQL", "write queries, CREATE, INSERT, UPDATE or DELETE; everything else is in the config")
	default:
		p.unexpected("SELECT, WITH, CREATE, INSERT, UPDATE or DELETE")
	}
	return &ast.QueryStatement{}
}

func (p *parser) queryStatement() *ast.QueryStatement {
	start := p.pos()
	s := &ast.QueryStatement{}
	p.into = &s.Into
	s.Query = p.query()
	p.into = nil
	s.At = p.since(start)
	return s
}

// create reads the words between CREATE and the name of what is made.
func (p *parser) create() ast.Statement {
	start := p.pos()
	p.next()
	replace := p.accept("OR", "REPLACE")
	temporary := p.accept("TEMPORARY") || p.accept("TEMP") || p.accept("LOCAL")
	materialized := p.accept("MATERIALIZED")
	t := p.peek(0)
	switch {
	case p.accept("VIEW"):
		v := &ast.CreateView{Materialized: materialized, Temporary: temporary, OrReplace: replace}
		return p.createView(start, v)
	case materialized:
		p.unexpected("VIEW")
	case p.oneOf("TABLE", "SOURCE", "SINK"):
		p.next()
		return p.createTable(start, &ast.CreateTable{Kind: t.Upper, Temporary: temporary, OrReplace: replace})
	case p.accept("FUNCTIONS"):
		return p.createFunctions(start)
	case p.word("FUNCTION"):
		p.fail(t.Span, "E1041", "CREATE FUNCTION is not a statement of this SQL", "write CREATE FUNCTIONS FROM 'module.wasm'; a module describes its functions itself")
	case p.oneOf("INDEX", "SCHEMA", "DATABASE", "TRIGGER", "TYPE", "UNIQUE", "PROCEDURE", "CATALOG", "SEQUENCE"):
		p.fail(t.Span, "E1041", "CREATE "+t.Upper+" is not a statement of this SQL", "indexes, keys and names are declared in the config")
	default:
		p.unexpected("VIEW, TABLE, SOURCE, SINK or FUNCTIONS")
	}
	return &ast.CreateView{}
}

func (p *parser) createView(start int, v *ast.CreateView) ast.Statement {
	v.IfNotExists = p.accept("IF", "NOT", "EXISTS")
	v.Name = p.name("a name for the view")
	if p.op("(") {
		v.Columns = p.idents("a column name")
	}
	v.Options = p.options()
	p.expect("AS")
	v.Query = p.query()
	v.At = p.since(start)
	return v
}

func (p *parser) createFunctions(start int) ast.Statement {
	p.expect("FROM")
	t := p.next()
	if t.Kind != lex.String {
		p.fail(t.Span, "E1010", "unexpected "+describe(t), "expected the file of the module in single quotes")
	}
	f := &ast.CreateFunctions{Path: t.Text, Options: p.options()}
	f.At = p.since(start)
	return f
}

// createTable reads name (columns) [FROM table] [WITH (...)] [AS query].
func (p *parser) createTable(start int, t *ast.CreateTable) ast.Statement {
	t.IfNotExists = p.accept("IF", "NOT", "EXISTS")
	t.Name = p.name("a name for the table")
	if p.acceptOp("(") {
		for more := true; more && p.diag == nil; more = p.acceptOp(",") {
			p.tableElement(t)
		}
		p.expectOp(")")
	}
	if p.accept("FROM") {
		t.From = p.name("a table")
	}
	t.Options = p.options()
	if p.accept("AS") {
		t.Query = p.query()
	}
	t.At = p.since(start)
	if p.diag == nil && t.Columns == nil && t.Query == nil && t.From == nil && t.Options == nil {
		p.unexpected("the columns in parentheses, FROM, WITH or AS")
	}
	return t
}

// tableElement reads a column, a key or a watermark.
func (p *parser) tableElement(t *ast.CreateTable) {
	start := p.pos()
	if p.word("CONSTRAINT") && p.peek(1).Kind != lex.Op {
		p.next()
		p.ident("a name for the constraint")
	}
	switch {
	case p.accept("PRIMARY", "KEY"):
		at := ast.Span(p.since(start))
		p.setKey(t, at, p.idents("a column name"))
		p.accept("NOT", "ENFORCED")
	case p.accept("WATERMARK", "FOR"):
		w := ast.Watermark{Column: p.anyIdent("a column")}
		p.expect("AS")
		w.Expr = p.expr()
		w.At = p.since(start)
		t.Watermarks = append(t.Watermarks, w)
	case p.word("FOREIGN", "KEY"), p.word("UNIQUE") && p.peek(1).Is("("), p.word("CHECK") && p.peek(1).Is("("):
		p.unsupported(p.peek(0).Span, "a "+p.peek(0).Upper+" constraint is", "leave it out")
	default:
		p.column(t)
	}
}

func (p *parser) setKey(t *ast.CreateTable, at ast.Span, columns []ast.Ident) {
	if t.PrimaryKey != nil && p.diag == nil {
		p.fail(at, "E1060", "a second primary key", "name all key columns in one PRIMARY KEY (...)")
	}
	t.PrimaryKey = columns
}

// column reads name type and what may follow in any order.
func (p *parser) column(t *ast.CreateTable) {
	start := p.pos()
	c := ast.ColumnDef{Name: p.anyIdent("a column name")}
	if !p.word("AS") {
		c.Type = p.typeName()
	}
	for more := true; more && p.diag == nil; {
		at := p.peek(0).Span
		switch {
		case p.accept("NOT", "NULL"):
			c.NotNull = true
		case p.accept("NULL"):
		case p.accept("PRIMARY", "KEY"):
			p.setKey(t, at, []ast.Ident{c.Name})
			p.accept("NOT", "ENFORCED")
		case p.accept("DEFAULT"):
			c.Default = p.expr()
		case p.accept("AS"):
			c.As = p.expr()
		case p.word("GENERATED", "ALWAYS", "AS"):
			p.skip(3)
			c.As = p.expr()
			_ = p.accept("STORED") || p.accept("VIRTUAL")
		case p.oneOf("UNIQUE", "REFERENCES", "CHECK"):
			p.unsupported(at, "a "+p.peek(0).Upper+" constraint is", "leave it out")
		default:
			more = false
		}
	}
	c.At = p.since(start)
	t.Columns = append(t.Columns, c)
}

// options reads WITH (name = value, ...).
func (p *parser) options() []ast.Option {
	if !p.word("WITH") || !p.peek(1).Is("(") {
		return nil
	}
	p.skip(2)
	options := commas(p, func() ast.Option {
		start := p.pos()
		var o ast.Option
		if t := p.peek(0); t.Kind == lex.String {
			p.next()
			o.Key = t.Text
		} else {
			o.Key = p.optionName()
		}
		if p.acceptOp("=") {
			o.Value = p.expr()
		}
		o.At = p.since(start)
		return o
	})
	p.expectOp(")")
	return options
}

func (p *parser) optionName() string {
	parts := []string{p.anyIdent("the name of an option").Text}
	for p.acceptOp(".") {
		parts = append(parts, p.anyIdent("a name after the dot").Text)
	}
	return strings.Join(parts, ".")
}

func (p *parser) insert() ast.Statement {
	start := p.pos()
	p.next()
	p.expect("INTO")
	i := &ast.Insert{Table: p.name("a table")}
	if p.op("(") && !p.parenQuery() {
		i.Columns = p.idents("a column name")
	}
	i.Query = p.query()
	i.At = p.since(start)
	return i
}

func (p *parser) update() ast.Statement {
	start := p.pos()
	p.next()
	u := &ast.Update{Table: p.name("a table")}
	p.expect("SET")
	u.Set = commas(p, func() ast.Assign {
		first := p.pos()
		a := ast.Assign{Column: p.anyIdent("a column")}
		p.expectOp("=")
		a.Value = p.expr()
		a.At = p.since(first)
		return a
	})
	if p.accept("WHERE") {
		u.Where = p.expr()
	}
	u.At = p.since(start)
	return u
}
