package ast

// query writes a query; into, if present, goes where INTO stands: behind the first select list.
func (p *printer) query(q *Query, into Ident) {
	if q.With != nil {
		p.write("WITH ")
		p.when(q.With.Recursive, "RECURSIVE ")
		list(p, q.With.CTEs, func(c CTE) {
			p.write(c.Name)
			p.columns(c.Columns)
			p.write(" AS (", c.Query, ")")
		})
		p.write(" ")
	}
	p.queryBody(q.Body, into)
	p.orderBy(" ORDER BY ", q.OrderBy)
	switch {
	case q.WithTies:
		p.when(q.Offset != nil, " OFFSET ", q.Offset, " ROWS")
		p.write(" FETCH FIRST ", q.Limit, " ROWS WITH TIES")
	default:
		p.when(q.Limit != nil, " LIMIT ", q.Limit)
		p.when(q.Offset != nil, " OFFSET ", q.Offset)
	}
	switch q.Emit {
	case EmitChanges:
		p.write(" EMIT CHANGES")
	case EmitOnWindowClose:
		p.write(" EMIT ON WINDOW CLOSE")
	}
}

func (p *printer) body(b Body) { p.queryBody(b, Ident{}) }

func (p *printer) queryBody(b Body, into Ident) {
	switch b := b.(type) {
	case *Query:
		p.query(b, into)
	case *SetOp:
		p.operand(b.Left, into)
		p.write(" ", b.Kind.String(), " ")
		p.when(b.All, "ALL ")
		p.operand(b.Right, Ident{})
	case *Values:
		p.write("VALUES ")
		list(p, b.Rows, func(row []Expr) {
			p.write("(")
			p.exprs(row)
			p.write(")")
		})
	case *Select:
		p.selectCore(b, into)
	}
}

// operand writes one side of a set operation, in parentheses unless it is a plain SELECT or VALUES.
func (p *printer) operand(b Body, into Ident) {
	switch b.(type) {
	case *Query, *SetOp:
		p.write("(")
		p.queryBody(b, into)
		p.write(")")
	default:
		p.queryBody(b, into)
	}
}

func (p *printer) orderBy(keyword string, items []Order) {
	if len(items) == 0 {
		return
	}
	p.write(keyword)
	list(p, items, func(o Order) {
		p.write(o.Expr)
		p.when(o.Desc, " DESC")
		p.when(o.Nulls == NullsFirst, " NULLS FIRST")
		p.when(o.Nulls == NullsLast, " NULLS LAST")
	})
}

func (p *printer) selectCore(s *Select, into Ident) {
	p.write("SELECT ")
	p.when(s.Distinct, "DISTINCT ")
	if len(s.DistinctOn) > 0 {
		p.write("DISTINCT ON (")
		p.exprs(s.DistinctOn)
		p.write(") ")
	}
	list(p, s.Items, func(i Item) {
		p.write(i.Expr)
		p.when(i.Alias.Text != "", " AS ", i.Alias)
	})
	p.when(into.Text != "", " INTO ", into)
	if len(s.From) > 0 {
		p.write(" FROM ")
		list(p, s.From, p.from)
	}
	p.when(s.Where != nil, " WHERE ", s.Where)
	p.when(s.GroupByAll, " GROUP BY ALL")
	if len(s.GroupBy) > 0 {
		p.write(" GROUP BY ")
		p.exprs(s.GroupBy)
	}
	p.when(s.Having != nil, " HAVING ", s.Having)
	if len(s.Windows) > 0 {
		p.write(" WINDOW ")
		list(p, s.Windows, func(w NamedWindow) {
			p.write(w.Name, " AS ")
			p.window(w.Spec)
		})
	}
	p.when(s.Qualify != nil, " QUALIFY ", s.Qualify)
}

func (p *printer) from(f From) {
	switch f := f.(type) {
	case *Table:
		p.write(f.Name)
		p.when(f.AsOf != nil, " FOR SYSTEM_TIME AS OF ", f.AsOf)
		p.alias(f.Alias)
	case *Derived:
		p.when(f.Lateral, "LATERAL ")
		p.write("(", f.Query, ")")
		p.alias(f.Alias)
	case *TableFunc:
		p.when(f.Lateral, "LATERAL ")
		p.funcName(f.Name)
		p.write("(")
		list(p, f.Args, p.tableArg)
		p.write(")")
		p.when(f.Ordinality, " WITH ORDINALITY")
		p.alias(f.Alias)
	case *Join:
		p.joinSide(f.Left, false)
		p.write(" ")
		p.when(f.Natural, "NATURAL ")
		p.write(f.Kind.String(), " JOIN ")
		p.joinSide(f.Right, true)
		p.when(f.On != nil, " ON ", f.On)
		if len(f.Using) > 0 {
			p.write(" USING")
			p.columns(f.Using)
		}
	}
}

// joinSide writes one side of a join; a join on the right stands in parentheses.
func (p *printer) joinSide(f From, right bool) {
	_, join := f.(*Join)
	p.when(join && right, "(")
	p.from(f)
	p.when(join && right, ")")
}

func (p *printer) alias(a Alias) {
	if a.Name.Text != "" {
		p.write(" AS ", a.Name)
		p.columns(a.Columns)
	}
}

func (p *printer) tableArg(a TableArg) {
	p.when(a.Name.Text != "", a.Name, " => ")
	switch t := a.Table.(type) {
	case nil:
	case *Table:
		p.write("TABLE ", t)
	default:
		p.write(t)
	}
	if a.Partition != nil {
		p.write(" PARTITION BY (")
		p.exprs(a.Partition)
		p.write(")")
	}
	if a.Columns != nil {
		p.write("DESCRIPTOR(")
		p.idents(a.Columns)
		p.write(")")
	}
	p.when(a.Expr != nil, a.Expr)
}

// window writes what follows OVER.
func (p *printer) window(w *Window) {
	if w.Bare {
		p.write(w.Name)
		return
	}
	sep := ""
	p.write("(")
	if w.Name.Text != "" {
		p.write(w.Name)
		sep = " "
	}
	if len(w.PartitionBy) > 0 {
		p.write(sep, "PARTITION BY ")
		p.exprs(w.PartitionBy)
		sep = " "
	}
	if len(w.OrderBy) > 0 {
		p.orderBy(sep+"ORDER BY ", w.OrderBy)
		sep = " "
	}
	if f := w.Frame; f != nil {
		p.write(sep, f.Unit, " BETWEEN ")
		p.bound(f.Start)
		p.write(" AND ")
		p.bound(f.End)
		p.when(f.Exclude != "", " EXCLUDE ", f.Exclude)
	}
	p.write(")")
}

func (p *printer) bound(b Bound) {
	switch b.Kind {
	case UnboundedPreceding:
		p.write("UNBOUNDED PRECEDING")
	case Preceding:
		p.write(b.Value, " PRECEDING")
	case CurrentRow:
		p.write("CURRENT ROW")
	case Following:
		p.write(b.Value, " FOLLOWING")
	case UnboundedFollowing:
		p.write("UNBOUNDED FOLLOWING")
	}
}
