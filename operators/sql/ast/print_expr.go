package ast

import (
	"strconv"
	"strings"
)

// expr writes an expression. It is a switch over all kinds.
func (p *printer) expr(e Expr) {
	switch e := e.(type) {
	case *Name:
		p.name(e)
	case *Literal:
		p.literal(e)
	case *Interval:
		p.interval(e)
	case *Param:
		p.write("$", strconv.Itoa(e.N))
	case *Star:
		for _, q := range e.Qualifier {
			p.write(q, ".")
		}
		p.write("*")
		p.when(len(e.Except) > 0, " EXCEPT")
		p.columns(e.Except)
	case *Unary:
		p.write("(", e.Op, " ", e.X, ")")
	case *Binary:
		p.write("(", e.Left, " ", e.Op, " ", e.Right, ")")
	case *Is:
		p.write("(", e.X, " IS ")
		p.when(e.Not, "NOT ")
		p.write(isWord[e.Kind], ")")
	case *Between:
		p.write("(", e.X, not(e.Not), " BETWEEN ")
		p.when(e.Symmetric, "SYMMETRIC ")
		p.write(e.Low, " AND ", e.High, ")")
	case *In:
		p.write("(", e.X, not(e.Not), " IN (")
		p.listOrQuery(e.List, e.Query)
		p.write("))")
	case *Match:
		p.write("(", e.X, not(e.Not), " ", [...]string{"LIKE", "ILIKE", "SIMILAR TO", "RLIKE"}[e.Kind], " ", e.Pattern)
		p.when(e.Escape != nil, " ESCAPE ", e.Escape)
		p.write(")")
	case *Quantified:
		p.write("(", e.X, " ", e.Op, " ", map[bool]string{true: "ALL", false: "ANY"}[e.All], " (")
		p.when(e.Query != nil, e.Query)
		p.when(e.Array != nil, e.Array)
		p.write("))")
	case *Exists:
		p.write("EXISTS (", e.Query, ")")
	case *Subquery:
		p.write("(", e.Query, ")")
	case *Tuple:
		p.when(len(e.Items) == 1, "ROW")
		p.write("(")
		p.exprs(e.Items)
		p.write(")")
	default:
		p.form(e)
	}
}

// form writes the expressions that have a shape of their own: calls, CASE, CAST and their like.
func (p *printer) form(e Expr) {
	switch e := e.(type) {
	case *Array:
		p.write("ARRAY", map[bool]string{true: "(", false: "["}[e.Query != nil])
		p.listOrQuery(e.Items, e.Query)
		p.write(map[bool]string{true: ")", false: "]"}[e.Query != nil])
	case *Call:
		p.call(e)
	case *NamedArg:
		p.write(e.Name, " => ", e.Value)
	case *Case:
		p.write("CASE")
		p.when(e.X != nil, " ", e.X)
		for _, w := range e.Whens {
			p.write(" WHEN ", w.Cond, " THEN ", w.Then)
		}
		p.when(e.Else != nil, " ELSE ", e.Else)
		p.write(" END")
	case *Cast:
		p.when(e.Try, "TRY_")
		p.write("CAST(", e.X, " AS ")
		p.typeName(e.Type)
		p.write(")")
	case *Extract:
		p.write("EXTRACT(", e.Field, " FROM ", e.X, ")")
	case *Trim:
		p.write("TRIM(", [...]string{"BOTH", "LEADING", "TRAILING"}[e.Mode], " ")
		p.when(e.Chars != nil, e.Chars, " ")
		p.write("FROM ", e.X, ")")
	case *AtTimeZone:
		p.write("(", e.X, " AT TIME ZONE ", e.Zone, ")")
	case *Collate:
		p.write("(", e.X, " COLLATE ", e.Name, ")")
	case *Index:
		p.write("(", e.X, ")[")
		p.when(e.I != nil, e.I)
		p.when(e.Slice, ":")
		p.when(e.To != nil, e.To)
		p.write("]")
	case *Field:
		p.write("(", e.X, ").", e.Name)
	case *Grouping:
		p.write([...]string{"GROUPING SETS", "ROLLUP", "CUBE"}[e.Kind], " (")
		p.exprs(e.Items)
		p.write(")")
	}
}

var isWord = [...]string{"NULL", "TRUE", "FALSE", "UNKNOWN"}

func not(n bool) string {
	if n {
		return " NOT"
	}
	return ""
}

func (p *printer) listOrQuery(items []Expr, q *Query) {
	if q != nil {
		p.query(q, Ident{})
		return
	}
	p.exprs(items)
}

func (p *printer) name(n *Name) {
	for i, part := range n.Parts {
		p.when(i > 0, ".")
		p.ident(part)
	}
}

// funcName writes the name of a function: folded, where asked for. No word needs quotes there.
func (p *printer) funcName(n *Name) {
	if p.fold {
		p.write(funcName(n))
		return
	}
	for i, part := range n.Parts {
		p.when(i > 0, ".")
		if part.Quoted {
			p.ident(part)
		} else {
			p.write(part.Text)
		}
	}
}

func (p *printer) literal(l *Literal) {
	switch l.Kind {
	case Null:
		p.write("NULL")
	case Bool, Number:
		p.write(l.Text)
	case String:
		p.write(quote(l.Text, "'"))
	case Bytes:
		p.write("X", quote(l.Text, "'"))
	case Date, Time, Timestamp, TimestampTZ:
		p.write(literalWord[l.Kind], " ", quote(l.Text, "'"))
	}
}

var literalWord = map[LiteralKind]string{
	Date: "DATE", Time: "TIME", Timestamp: "TIMESTAMP", TimestampTZ: "TIMESTAMP WITH TIME ZONE",
}

func (p *printer) interval(i *Interval) {
	p.write("INTERVAL ")
	p.when(i.Negative, "- ")
	switch i.Value.(type) {
	case *Literal, *Binary:
		p.write(i.Value)
	default:
		p.write("(", i.Value, ")")
	}
	p.when(i.Unit != "", " ", i.Unit)
	p.when(i.To != "", " TO ", i.To)
}

func (p *printer) call(c *Call) {
	p.funcName(c.Name)
	if c.TypeParam != nil {
		p.write("<")
		p.typeName(c.TypeParam)
		p.write(">")
	}
	if len(c.Args) == 0 && !c.Star && bareCall[strings.ToUpper(c.Name.String())] {
		return
	}
	p.write("(")
	p.when(c.Distinct, "DISTINCT ")
	p.when(c.Star, "*")
	p.exprs(c.Args)
	p.orderBy(" ORDER BY ", c.OrderBy)
	p.write(")")
	if len(c.WithinGroup) > 0 {
		p.orderBy(" WITHIN GROUP (ORDER BY ", c.WithinGroup)
		p.write(")")
	}
	p.when(c.Filter != nil, " FILTER (WHERE ", c.Filter, ")")
	p.when(c.FromLast, " FROM LAST")
	p.when(c.Nulls != "", " ", c.Nulls)
	if c.Over != nil {
		p.write(" OVER ")
		p.window(c.Over)
	}
}

// bareCall holds the functions that are written without parentheses.
var bareCall = words(`CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP LOCALTIME LOCALTIMESTAMP CURRENT_USER`)
