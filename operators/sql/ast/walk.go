package ast

// Walk calls visit for n and everything below it: statements, bodies, sources of rows, expressions and
// windows, each before its parts, in the order of the text. When visit returns false the parts of
// that node are left out; return it at a *Query to stay inside one query. Nil parts are skipped, and so
// are the names of tables, functions and collations, which are no expressions.
func Walk(n Node, visit func(Node) bool) {
	w := walker(visit)
	switch n := n.(type) {
	case nil:
	case Statement:
		w.statement(n)
	case Body:
		w.body(n)
	case From:
		w.from(n)
	case Expr:
		w.expr(n)
	case *Window:
		w.window(n)
	}
}

type walker func(Node) bool

func (w walker) statement(s Statement) {
	if !w(s) {
		return
	}
	switch s := s.(type) {
	case *QueryStatement:
		w.query(s.Query)
	case *CreateView:
		w.options(s.Options)
		w.query(s.Query)
	case *CreateTable:
		for _, c := range s.Columns {
			w.expr(c.Default)
			w.expr(c.As)
		}
		for _, m := range s.Watermarks {
			w.expr(m.Expr)
		}
		w.options(s.Options)
		w.query(s.Query)
	case *CreateFunctions:
		w.options(s.Options)
	case *Insert:
		w.query(s.Query)
	case *Update:
		for _, a := range s.Set {
			w.expr(a.Value)
		}
		w.expr(s.Where)
	case *Delete:
		w.expr(s.Where)
	}
}

func (w walker) options(options []Option) {
	for _, o := range options {
		w.expr(o.Value)
	}
}

// query visits an optional query.
func (w walker) query(q *Query) {
	if q != nil {
		w.body(q)
	}
}

func (w walker) body(b Body) {
	if b == nil || !w(b) {
		return
	}
	switch b := b.(type) {
	case *Query:
		if b.With != nil {
			for _, c := range b.With.CTEs {
				w.query(c.Query)
			}
		}
		w.body(b.Body)
		w.orders(b.OrderBy)
		w.expr(b.Limit)
		w.expr(b.Offset)
	case *SetOp:
		w.body(b.Left)
		w.body(b.Right)
	case *Values:
		for _, row := range b.Rows {
			w.exprs(row)
		}
	case *Select:
		w.selectCore(b)
	}
}

func (w walker) selectCore(s *Select) {
	w.exprs(s.DistinctOn)
	for _, i := range s.Items {
		w.expr(i.Expr)
	}
	for _, f := range s.From {
		w.from(f)
	}
	w.expr(s.Where)
	w.exprs(s.GroupBy)
	w.expr(s.Having)
	for _, n := range s.Windows {
		w.window(n.Spec)
	}
	w.expr(s.Qualify)
}

func (w walker) from(f From) {
	if f == nil || !w(f) {
		return
	}
	switch f := f.(type) {
	case *Table:
		w.expr(f.AsOf)
	case *Derived:
		w.query(f.Query)
	case *Join:
		w.from(f.Left)
		w.from(f.Right)
		w.expr(f.On)
	case *TableFunc:
		for _, a := range f.Args {
			w.from(a.Table)
			w.exprs(a.Partition)
			w.expr(a.Expr)
		}
	}
}

func (w walker) window(win *Window) {
	if win == nil || !w(win) {
		return
	}
	w.exprs(win.PartitionBy)
	w.orders(win.OrderBy)
	if win.Frame != nil {
		w.expr(win.Frame.Start.Value)
		w.expr(win.Frame.End.Value)
	}
}

func (w walker) orders(items []Order) {
	for _, o := range items {
		w.expr(o.Expr)
	}
}

func (w walker) exprs(items []Expr) {
	for _, e := range items {
		w.expr(e)
	}
}

// expr visits an optional expression. It is a switch over all kinds.
func (w walker) expr(e Expr) {
	if e == nil || !w(e) {
		return
	}
	switch e := e.(type) {
	case *Name, *Literal, *Param, *Star:
	case *Interval:
		w.expr(e.Value)
	case *Unary:
		w.expr(e.X)
	case *Binary:
		w.expr(e.Left)
		w.expr(e.Right)
	case *Is:
		w.expr(e.X)
	case *Between:
		w.exprs([]Expr{e.X, e.Low, e.High})
	case *In:
		w.expr(e.X)
		w.exprs(e.List)
		w.query(e.Query)
	case *Match:
		w.exprs([]Expr{e.X, e.Pattern, e.Escape})
	case *Quantified:
		w.expr(e.X)
		w.query(e.Query)
		w.expr(e.Array)
	case *Exists:
		w.query(e.Query)
	case *Subquery:
		w.query(e.Query)
	case *Tuple:
		w.exprs(e.Items)
	case *Array:
		w.exprs(e.Items)
		w.query(e.Query)
	case *Call:
		w.exprs(e.Args)
		w.orders(e.OrderBy)
		w.orders(e.WithinGroup)
		w.expr(e.Filter)
		w.window(e.Over)
	case *NamedArg:
		w.expr(e.Value)
	case *Case:
		w.expr(e.X)
		for _, b := range e.Whens {
			w.expr(b.Cond)
			w.expr(b.Then)
		}
		w.expr(e.Else)
	case *Cast:
		w.expr(e.X)
	case *Extract:
		w.expr(e.X)
	case *Trim:
		w.exprs([]Expr{e.Chars, e.X})
	case *AtTimeZone:
		w.exprs([]Expr{e.X, e.Zone})
	case *Collate:
		w.expr(e.X)
	case *Index:
		w.exprs([]Expr{e.X, e.I, e.To})
	case *Field:
		w.expr(e.X)
	case *Grouping:
		w.exprs(e.Items)
	}
}
