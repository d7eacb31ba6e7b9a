// Package bind makes plans of syntax trees: names are bound to tables and columns, operators and functions to types, and
// subqueries become joins. It reports everything that is wrong with a script, at its place in the text.
package bind

import (
	"errors"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// Options says how a script is bound.
type Options struct {
	// Functions resolves functions that are not built in; nil: there are none.
	Functions expr.Resolver
	// Loose accepts what Dozer accepted and the standard does not: columns beside GROUP BY that the
	// groups do not determine (with a warning; they are the first value in canonical order), and
	// a / of integers that gives a float.
	Loose bool
	// Broken are the names of results whose statements could not be read: who reads them is not to blame.
	Broken []string
}

// Bind binds the statements of a script: names to tables and columns, operators and functions to types.
// It returns a view for each INTO and each CREATE VIEW, in script order, and everything that is wrong or
// doubtful. Where a problem is no warning, the views are not to be run.
func Bind(statements []ast.Statement, catalog plan.Catalog, o Options) ([]plan.View, []*plan.Problem) {
	b := newBinder(statements, catalog, o)
	var views []plan.View
	for _, s := range b.statements {
		node, err := b.bindNamed(s)
		if err != nil || s.refused {
			continue
		}
		v := plan.View{Name: s.name.Text, Node: node, Span: s.name.Span()}
		for _, f := range node.Fields {
			v.Columns = append(v.Columns, f.Name)
		}
		views = append(views, v)
	}
	return views, plan.InOrder(b.problems)
}

// newBinder returns a binder that knows the names of statements.
func newBinder(statements []ast.Statement, catalog plan.Catalog, o Options) *binder {
	b := &binder{catalog: catalog, options: o, named: map[string]*statement{}, extents: map[*plan.Node]*plan.Extent{}, tied: map[*plan.Node]*dependent{}, keys: plan.Analyse(catalog)}
	for _, s := range statements {
		b.declare(s)
	}
	return b
}

type binder struct {
	catalog    plan.Catalog
	options    Options
	keys       *plan.Analysis
	statements []*statement
	named      map[string]*statement
	around     []*scope   // of the queries around the one that is bound, the outermost first
	dependent  *dependent // what the query that is bound is computed for each of; nil: it is computed once
	reach      *dependent // what the items of the FROM that is bound may be computed for each of
	tied       map[*plan.Node]*dependent
	problems   []*plan.Problem
	extents    map[*plan.Node]*plan.Extent
	selects    int // how many were bound for the statement
}

// statement is a query with the name that others may read it by.
type statement struct {
	name    ast.Ident
	columns []ast.Ident
	query   *ast.Query
	node    *plan.Node
	err     error
	open    bool // being bound: reading it now would go in a circle
	refused bool // its name is wrong: it is bound only to tell what else is
}

func (b *binder) declare(s ast.Statement) {
	d := &statement{}
	switch s := s.(type) {
	case *ast.QueryStatement:
		if s.Into.Text == "" {
			_ = b.fail(word(s), plan.CodeUnnamed, "write INTO and a name after the select list", "the result of the SELECT has no name")
			d.refused = true
		}
		d.name, d.query = s.Into, s.Query
	case *ast.CreateView:
		d.name, d.columns, d.query = s.Name.Last(), s.Columns, s.Query
	case *ast.Insert, *ast.Update, *ast.Delete:
		_ = b.fail(word(s), plan.CodeChange, "change the rows at the source, or write SELECT ... INTO name", "INSERT, UPDATE and DELETE are no part of an app's SQL")
		return
	default:
		_ = b.fail(word(s), plan.CodeDeclare, "declare it in the config: tables under sources, functions under udfs", "tables and functions are not declared in an app's SQL")
		return
	}
	if _, twice := b.named[d.name.Text]; twice {
		_ = b.fail(d.name, plan.CodeName, "give one of them another name", "two statements have the name %q", d.name.Text)
		d.refused = true
	} else if _, table := b.catalog.Table(d.name.Text); table {
		_ = b.fail(d.name, plan.CodeName, "give the result another name", "%q is the name of a source's table", d.name.Text)
		d.refused = true
	}
	if !d.refused {
		b.named[d.name.Text] = d
	}
	b.statements = append(b.statements, d)
}

func (b *binder) bindNamed(s *statement) (*plan.Node, error) {
	if s.node != nil || s.err != nil {
		return s.node, s.err
	}
	if s.open {
		return nil, b.fail(s.name, plan.CodeCircle, "break the circle", "%q reads its own result", s.name.Text)
	}
	s.open = true
	end := b.independent()
	s.err = b.counted(s, func() (err error) {
		s.node, err = b.query(s.query, nil)
		return err
	})
	end()
	s.open = false
	if s.err == nil && len(s.columns) > 0 {
		s.node, s.err = b.renameColumns(s.name, s.node, s.columns)
	}
	if s.err == nil && !s.refused && len(plan.Tables(s.node)) == 0 {
		s.err = b.fail(s.name, plan.CodeNoTable, "read a table, or use it in a WITH of a statement that does", "the result %q reads no table", s.name.Text)
	}
	if s.err == nil {
		s.err = b.distinctNames(s)
	}
	if s.err == nil {
		s.err = b.bounded(s)
	}
	if s.err == nil {
		s.err = b.clockFree(s.node)
	}
	return s.node, s.err
}

// distinctNames reports columns of a result that cannot be told apart.
func (b *binder) distinctNames(s *statement) error {
	seen := map[string]bool{}
	for i, f := range s.node.Fields {
		if seen[f.Name] {
			return b.fail(s.itemAt(i), plan.CodeTwins, "write AS and another name", "the result %q has two columns %q", s.name.Text, f.Name)
		}
		seen[f.Name] = true
	}
	return nil
}

// itemAt returns the place of a column of the result: its item of the select list, if there is no star among them.
func (s *statement) itemAt(i int) ast.Node {
	sel, ok := s.query.Body.(*ast.Select)
	if !ok || len(sel.Items) != len(s.node.Fields) {
		return s.name
	}
	return &sel.Items[i]
}

// word returns the place of the word that a part of a script begins with.
func word(n ast.Node) ast.Node {
	at := n.Span()
	return ast.At{Pos: at.Pos, End: min(at.End, at.Pos+len("SELECT"))}
}

// ctes are the names of the WITHs around a query, innermost first.
type ctes struct {
	name string
	node *plan.Node // nil if something is wrong with it
	next *ctes
}

func (c *ctes) find(name string) (n *plan.Node, ok bool) {
	for ; c != nil; c = c.next {
		if c.name == name {
			return c.node, true
		}
	}
	return nil, false
}

// with binds the WITH of a query and returns the names that it and those around it give, also beside an error.
func (b *binder) with(q *ast.Query, with *ctes) (*ctes, error) {
	if q.With == nil {
		return with, nil
	}
	if q.With.Recursive {
		return with, b.refuse(word(q.With), plan.CodeRecursive, "WITH RECURSIVE", "join the table with itself as often as the hierarchy is deep")
	}
	var errs error
	for i := range q.With.CTEs {
		c := &q.With.CTEs[i]
		node, err := b.tiedQuery(c.Query, with, b.dependent)
		if err == nil && len(c.Columns) > 0 {
			node, err = b.renamed(node, func(own *plan.Node) (*plan.Node, error) { return b.renameColumns(c.Name, own, c.Columns) })
		}
		if err != nil {
			node, errs = nil, errors.Join(errs, err)
		}
		with = &ctes{c.Name.Text, node, with}
	}
	return with, errs
}

func (b *binder) query(q *ast.Query, with *ctes) (*plan.Node, error) {
	with, wrong := b.with(q, with)
	if wrong != nil && q.With.Recursive {
		return nil, wrong
	}
	n, err := b.queryBody(q, with)
	return n, errors.Join(wrong, err)
}

func (b *binder) queryBody(q *ast.Query, with *ctes) (*plan.Node, error) {
	switch {
	case q.Emit == ast.EmitOnWindowClose:
		return nil, b.unsupported(q, "EMIT ON WINDOW CLOSE", "")
	case len(q.OrderBy) > 0 || q.Limit != nil || q.Offset != nil:
		return typed(b.ordered(q, with))
	}
	return typed(b.body(q.Body, with))
}

func (b *binder) body(body ast.Body, with *ctes) (*plan.Node, error) {
	switch body := body.(type) {
	case *ast.Select:
		return b.selection(body, with)
	case *ast.SetOp:
		return b.setOp(body, with)
	case *ast.Query:
		return b.query(body, with)
	}
	v := body.(*ast.Values)
	if !constantRows(v) && b.dependent != nil {
		return b.body(selectsOf(v), with)
	}
	n, err := b.values(v)
	if err == nil && b.dependent != nil {
		n = allPairs(n, b.dependent.node)
	}
	return n, err
}

// renameColumns gives the columns of a node the listed names.
func (b *binder) renameColumns(at ast.Node, n *plan.Node, names []ast.Ident) (*plan.Node, error) {
	if len(names) != len(n.Fields) {
		return nil, b.fail(at, plan.CodeShape, "write as many names as there are columns", "%s for %s", plan.Count(len(names), "name"), plan.Count(len(n.Fields), "column"))
	}
	out := *n
	out.Fields = append([]plan.Field{}, n.Fields...)
	for i, name := range names {
		out.Fields[i].Name, out.Fields[i].Table = name.Text, ""
	}
	return plan.Reference(n, out.Fields), nil
}
