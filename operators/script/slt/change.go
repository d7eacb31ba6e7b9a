package slt

import (
	"context"
	"slices"

	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// insert adds the rows of a query to a table.
func (d *Database) insert(ctx context.Context, s *ast.Insert) (int, error) {
	t, err := d.target(s.Table)
	if err != nil {
		return 0, err
	}
	columns := t.all()
	if s.Columns != nil {
		columns = nil
		for _, id := range s.Columns {
			c := t.Schema.Index(id.Text)
			if c < 0 {
				return 0, &Refusal{Code: "E2002", Msg: "unknown column " + id.Text + " of table " + t.Name, at: id.Pos}
			}
			if slices.Contains(columns, c) {
				return 0, &Refusal{Code: "E2007", Msg: "column " + id.Text + " twice", at: id.Pos}
			}
			columns = append(columns, c)
		}
	}
	types := make([]batch.Type, len(columns))
	for i, c := range columns {
		types[i] = t.Schema.Fields[c].Type
	}
	rows, err := d.once(ctx, s.Query, types)
	if err != nil {
		return 0, err
	}
	changes := inserted(t, rows, columns)
	if err := valid(changes); err != nil {
		return 0, err
	}
	return count(changes), d.apply(changes)
}

func (d *Database) target(name *ast.Name) (*table, error) {
	if t := d.tables[name.Last().Text]; t != nil {
		return t, nil
	}
	return nil, &Refusal{Code: "E2001", Msg: "unknown table " + name.Last().Text, at: name.Span().Pos}
}

// inserted returns rows as changes of a table, of which they have some columns.
func inserted(t *table, rows *batch.Batch, columns []int) []change {
	var out []change
	for i := range rows.Rows {
		row := append([]any{}, t.defaults...)
		for j, c := range columns {
			row[c] = rows.Cols[j].Value(i)
		}
		out = append(out, change{t, row, rows.Weight(i)})
	}
	return out
}

// valid demands values where there may be no NULL.
func valid(changes []change) error {
	for _, c := range changes {
		for i, f := range c.table.Schema.Fields {
			if c.row[i] == nil && !f.Nullable && c.weight > 0 {
				return refuse("null", "table %q: column %q must not be NULL", c.table.Name, f.Name)
			}
		}
	}
	return nil
}

func count(changes []change) int {
	n := 0
	for _, c := range changes {
		n += int(max(c.weight, 0))
	}
	return n
}

// remove retracts the rows for which a condition is true.
func (d *Database) remove(ctx context.Context, s *ast.Delete) (int, error) {
	t, err := d.target(s.Table)
	if err != nil {
		return 0, err
	}
	rows, err := d.once(ctx, t.chosen(s.Table, s.Where, nil), nil)
	if err != nil {
		return 0, err
	}
	changes := inserted(t, rows, t.all())
	n := count(changes)
	for i := range changes {
		changes[i].weight = -changes[i].weight
	}
	return n, d.apply(changes)
}

// update retracts the rows for which a condition is true and inserts them with other values.
func (d *Database) update(ctx context.Context, s *ast.Update) (int, error) {
	t, err := d.target(s.Table)
	if err != nil {
		return 0, err
	}
	set := make([]ast.Expr, len(t.Schema.Fields))
	for _, a := range s.Set {
		c := t.Schema.Index(a.Column.Text)
		if c < 0 {
			return 0, &Refusal{Code: "E2002", Msg: "unknown column " + a.Column.Text + " of table " + t.Name, at: a.Column.Pos}
		}
		set[c] = a.Value // of two for one column the last counts, as in SQLite
	}
	types := append(t.Schema.Types(), t.Schema.Types()...)
	rows, err := d.once(ctx, t.chosen(s.Table, s.Where, set), types)
	if err != nil {
		return 0, err
	}
	width := len(t.Schema.Fields)
	old := &batch.Batch{Cols: rows.Cols[:width], Rows: rows.Rows, Weights: rows.Weights}
	changes := inserted(t, old, t.all())
	n := count(changes)
	for i := range changes {
		changes[i].weight = -changes[i].weight
	}
	more := inserted(t, &batch.Batch{Cols: rows.Cols[width:], Rows: rows.Rows, Weights: rows.Weights}, t.all())
	if err := valid(more); err != nil {
		return 0, err
	}
	return n, d.apply(append(changes, more...))
}

// chosen returns the query of the rows for which a condition is true and, if set is not nil, behind each its new
// values: those of set, else the old ones.
func (t *table) chosen(name *ast.Name, where ast.Expr, set []ast.Expr) *ast.Query {
	s := &ast.Select{From: []ast.From{&ast.Table{At: name.At, Name: name}}, Where: where}
	for _, f := range t.Schema.Fields {
		s.Items = append(s.Items, ast.Item{Expr: column(f.Name)})
	}
	for i, e := range set {
		if e == nil {
			e = column(t.Schema.Fields[i].Name)
		}
		s.Items = append(s.Items, ast.Item{Expr: e})
	}
	return &ast.Query{Body: s}
}

func column(name string) ast.Expr {
	return &ast.Name{Parts: []ast.Ident{{Text: name}}}
}
