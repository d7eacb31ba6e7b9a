package slt

import (
	"context"
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// uniques takes UNIQUE constraints out of a CREATE TABLE and returns their columns.
func (t *text) uniques() [][]string {
	var out [][]string
	depth, first := 0, 0 // of parentheses, and where the element of the list begins
	for i := 0; i < len(t.tokens); i++ {
		switch tok := t.tokens[i]; {
		case tok.Is("("):
			if depth++; depth == 1 {
				first = i + 1
			}
		case tok.Is(")"):
			depth--
		case tok.Is(",") && depth == 1:
			first = i + 1
		case depth == 1 && tok.Upper == "UNIQUE" && i > first:
			out = append(out, []string{t.name(first)})
			t.blank(i, i+1)
			i--
		case depth == 1 && tok.Upper == "UNIQUE" && t.tokens[i+1].Is("(") && t.tokens[i-1].Is(","):
			end := i + 2
			var columns []string
			for ; end < len(t.tokens)-1 && !t.tokens[end].Is(")"); end++ {
				if name := t.name(end); name != "" {
					columns = append(columns, name)
				}
			}
			out = append(out, columns)
			t.blank(i-1, end+1)
			i--
		}
	}
	return out
}

// createTable makes a table, and fills it if the statement has a query.
func (d *Database) createTable(ctx context.Context, s *ast.CreateTable, constraints [][]string) error {
	name := s.Name.Last().Text
	replaced := s.OrReplace && d.tables[name] != nil && d.open == nil
	if !replaced && d.named(name) {
		if s.IfNotExists {
			return nil
		}
		return refuse("E2007", "there is a table or view %q already", name)
	}
	t := &table{at: map[string]*stored{}}
	t.Name = name
	for _, c := range s.Columns {
		if err := d.addColumn(ctx, t, c); err != nil {
			return err
		}
	}
	var rows *batch.Batch
	if s.Query != nil {
		var err error
		if rows, err = d.filling(ctx, t, s.Query); err != nil {
			return err
		}
	}
	if len(t.Schema.Fields) == 0 {
		return refuse("E2009", "table %q has no columns", name)
	}
	if err := t.setKeys(s.PrimaryKey, constraints); err != nil {
		return err
	}
	if replaced {
		d.forget(name)
		if err := d.Close(); err != nil {
			return err
		}
	}
	d.tables[name] = t
	at, _ := slices.BinarySearch(d.names, name)
	d.names = slices.Insert(d.names, at, name)
	if rows == nil {
		return nil
	}
	return d.apply(inserted(t, rows, t.all()))
}

// filling returns the rows that a table begins with. Where it has no columns yet it gets those of the query.
func (d *Database) filling(ctx context.Context, t *table, q *ast.Query) (*batch.Batch, error) {
	if len(t.Schema.Fields) > 0 {
		return d.once(ctx, q, t.Schema.Types())
	}
	c, err := d.compile(q, nil)
	if err != nil {
		return nil, err
	}
	for _, f := range c.program.Plan.Views[0].Node.Fields[:c.width] {
		if t.Schema.Index(f.Name) >= 0 {
			return nil, refuse("E2014", "two columns %q", f.Name)
		}
		t.Schema.Fields = append(t.Schema.Fields, batch.Field{Name: f.Name, Type: f.Type, Nullable: true})
		t.defaults = append(t.defaults, nil)
	}
	r, err := c.anew(ctx)
	if err != nil {
		return nil, err
	}
	return r.rows, failed(r.dead)
}

func (d *Database) named(name string) bool {
	return d.tables[name] != nil || slices.ContainsFunc(d.views, func(s ast.Statement) bool {
		return s.(*ast.CreateView).Name.Last().Text == name
	})
}

func (d *Database) addColumn(ctx context.Context, t *table, c ast.ColumnDef) error {
	if c.Type == nil || c.As != nil {
		return refuse("E1040", "column %q: computed columns are not supported", c.Name.Text)
	}
	typ, err := expr.TypeNamed(c.Type.Name, c.Type.Args...)
	if err != nil && len(c.Type.Args) > 0 {
		// A text is not cut to a length, as in SQLite.
		if short, e := expr.TypeNamed(c.Type.Name); e == nil && short.Kind == batch.Utf8 {
			typ, err = short, nil
		}
	}
	if err != nil {
		return refuse("E2005", "column %q: %v", c.Name.Text, err)
	}
	if t.Schema.Index(c.Name.Text) >= 0 {
		return refuse("E2007", "two columns %q", c.Name.Text)
	}
	var value any
	if c.Default != nil {
		one := &ast.Query{Body: &ast.Values{Rows: [][]ast.Expr{{c.Default}}}}
		rows, err := d.once(ctx, one, []batch.Type{typ})
		if err != nil {
			return err
		}
		value = rows.Cols[0].Value(0)
	}
	t.Schema.Fields = append(t.Schema.Fields, batch.Field{Name: c.Name.Text, Type: typ, Nullable: !c.NotNull})
	t.defaults = append(t.defaults, value)
	return nil
}

// setKeys declares the primary key and the other unique columns.
func (t *table) setKeys(primary []ast.Ident, constraints [][]string) error {
	var key []string
	for _, id := range primary {
		key = append(key, id.Text)
	}
	for i, names := range append([][]string{key}, constraints...) {
		if len(names) == 0 {
			continue
		}
		u := &unique{name: strings.Join(names, ", "), primary: i == 0, seen: map[string]batch.Weight{}}
		for _, n := range names {
			c := t.Schema.Index(n)
			if c < 0 {
				return refuse("E2002", "table %q: the key has no column %q", t.Name, n)
			}
			u.columns = append(u.columns, c)
			if u.primary {
				t.Schema.Fields[c].Nullable = false
			}
		}
		if u.primary {
			t.Schema.Key = u.columns
		}
		t.unique = append(t.unique, u)
	}
	return nil
}

// createView notes a view. That it can be planned is tried at once.
func (d *Database) createView(s *ast.CreateView) error {
	name := s.Name.Last().Text
	old := slices.IndexFunc(d.views, func(v ast.Statement) bool { return v.(*ast.CreateView).Name.Last().Text == name })
	replaced := s.OrReplace && old >= 0
	if !replaced && d.named(name) {
		if s.IfNotExists {
			return nil
		}
		return refuse("E2007", "there is a table or view %q already", name)
	}
	if _, err := d.compile(s.Query, nil); err != nil {
		return err
	}
	if replaced {
		d.views[old] = s
		return d.Close()
	}
	d.views = append(d.views, s)
	return nil
}
