package ast

import (
	"strconv"
	"strings"
)

// SQL returns the canonical text of a node: keywords in capitals, single blanks, every operator in
// parentheses. Parsing it gives the same tree.
func SQL(n Node) string {
	var p printer
	p.node(n)
	return p.String()
}

// Equal says whether two nodes were written alike, apart from blanks, parentheses and the case of
// keywords and functions. Qualified and bare names of one column are different here.
func Equal(a, b Node) bool {
	p, q := printer{fold: true}, printer{fold: true}
	p.node(a)
	q.node(b)
	return p.String() == q.String()
}

// printer writes nodes as text.
type printer struct {
	strings.Builder
	fold bool // function names in capitals
}

func (p *printer) node(n Node) {
	switch n := n.(type) {
	case Statement:
		p.statement(n)
	case Body:
		p.body(n)
	case From:
		p.from(n)
	case Expr:
		p.expr(n)
	case *TypeName:
		p.typeName(n)
	case *Window:
		p.window(n)
	}
}

// write writes strings, nodes and identifiers one after the other.
func (p *printer) write(parts ...any) {
	for _, part := range parts {
		switch part := part.(type) {
		case string:
			p.WriteString(part)
		case Op:
			p.WriteString(string(part))
		case Ident:
			p.ident(part)
		case Node:
			p.node(part)
		}
	}
}

// when writes the parts if the condition holds.
func (p *printer) when(cond bool, parts ...any) {
	if cond {
		p.write(parts...)
	}
}

func (p *printer) ident(i Ident) {
	if i.Quoted || !plain(i.Text) {
		p.WriteString(quote(i.Text, `"`))
		return
	}
	p.WriteString(i.Text)
}

func quote(s, mark string) string { return mark + strings.ReplaceAll(s, mark, mark+mark) + mark }

// list writes items with commas between them.
func list[T any](p *printer, items []T, write func(T)) {
	for i, item := range items {
		if i > 0 {
			p.WriteString(", ")
		}
		write(item)
	}
}

func (p *printer) idents(names []Ident) { list(p, names, p.ident) }

func (p *printer) exprs(items []Expr) { list(p, items, p.expr) }

func (p *printer) statement(s Statement) {
	switch s := s.(type) {
	case *QueryStatement:
		p.query(s.Query, s.Into)
	case *CreateView:
		p.write("CREATE ")
		p.when(s.OrReplace, "OR REPLACE ")
		p.when(s.Temporary, "TEMPORARY ")
		p.when(s.Materialized, "MATERIALIZED ")
		p.write("VIEW ")
		p.when(s.IfNotExists, "IF NOT EXISTS ")
		p.write(s.Name)
		p.columns(s.Columns)
		p.options(s.Options)
		p.write(" AS ", s.Query)
	case *CreateTable:
		p.createTable(s)
	case *CreateFunctions:
		p.write("CREATE FUNCTIONS FROM ", quote(s.Path, "'"))
		p.options(s.Options)
	case *Insert:
		p.write("INSERT INTO ", s.Table)
		p.columns(s.Columns)
		p.write(" ", s.Query)
	case *Update:
		p.write("UPDATE ", s.Table, " SET ")
		list(p, s.Set, func(a Assign) { p.write(a.Column, " = ", a.Value) })
		p.when(s.Where != nil, " WHERE ", s.Where)
	case *Delete:
		p.write("DELETE FROM ", s.Table)
		p.when(s.Where != nil, " WHERE ", s.Where)
	}
}

// columns writes a list of names in parentheses, if there are any.
func (p *printer) columns(names []Ident) {
	if len(names) > 0 {
		p.write(" (")
		p.idents(names)
		p.write(")")
	}
}

func (p *printer) options(options []Option) {
	if len(options) == 0 {
		return
	}
	p.write(" WITH (")
	list(p, options, func(o Option) {
		p.write(quote(o.Key, "'"))
		p.when(o.Value != nil, " = ", o.Value)
	})
	p.write(")")
}

func (p *printer) createTable(s *CreateTable) {
	p.write("CREATE ")
	p.when(s.OrReplace, "OR REPLACE ")
	p.when(s.Temporary, "TEMPORARY ")
	p.write(s.Kind, " ")
	p.when(s.IfNotExists, "IF NOT EXISTS ")
	p.write(s.Name)
	if n := len(s.Columns) + len(s.PrimaryKey) + len(s.Watermarks); n > 0 {
		p.write(" (")
		sep := ""
		for _, c := range s.Columns {
			p.write(sep, c.Name)
			p.when(c.Type != nil, " ", c.Type)
			p.when(c.NotNull, " NOT NULL")
			p.when(c.Default != nil, " DEFAULT ", c.Default)
			p.when(c.As != nil, " AS ", c.As)
			sep = ", "
		}
		if len(s.PrimaryKey) > 0 {
			p.write(sep, "PRIMARY KEY")
			p.columns(s.PrimaryKey)
			sep = ", "
		}
		for _, w := range s.Watermarks {
			p.write(sep, "WATERMARK FOR ", w.Column, " AS ", w.Expr)
			sep = ", "
		}
		p.write(")")
	}
	p.when(s.From != nil, " FROM ", s.From)
	p.options(s.Options)
	p.when(s.Query != nil, " AS ", s.Query)
}

func (p *printer) typeName(t *TypeName) {
	switch {
	case t.Fields != nil:
		p.write("ROW<")
		for i, f := range t.Fields {
			p.when(i > 0, ", ")
			p.write(f, " ", t.Elems[i])
		}
		p.write(">")
	case t.Elems != nil:
		p.write(t.Name, "<")
		list(p, t.Elems, p.typeName)
		p.write(">")
	default:
		p.typeArgs(t)
	}
}

// typeArgs writes a type without elements. Numbers stand before WITH TIME ZONE and its like.
func (p *printer) typeArgs(t *TypeName) {
	name, zone := t.Name, ""
	for _, suffix := range []string{" WITH TIME ZONE", " WITH LOCAL TIME ZONE", " WITHOUT TIME ZONE"} {
		if head, ok := strings.CutSuffix(name, suffix); ok {
			name, zone = head, suffix
		}
	}
	switch {
	case strings.ToUpper(name) != name:
		p.write(quote(name, `"`))
	default:
		p.write(name)
	}
	if len(t.Args) > 0 {
		p.write("(")
		list(p, t.Args, func(n int) { p.write(strconv.Itoa(n)) })
		p.write(")")
	}
	p.write(zone)
}
