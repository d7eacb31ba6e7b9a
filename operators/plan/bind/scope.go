package bind

import (
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// scope is what names mean at one place: the columns of a FROM.
type scope struct {
	fields []plan.Field
	// partial says that a table is missing because something is wrong with it: what is not found may be its column.
	partial bool
	// list is the select list beside a WHERE, which does not know the names that it gives.
	list []ast.Item
	// outer is the query around, where its columns may be read: in the WHERE of a subquery; nil elsewhere.
	outer *outer
	// aside are the columns that a dependent subquery may read of the query around it; nil elsewhere.
	aside *aside
}

// column returns the column that a name means at a place.
func (b *binder) column(name *ast.Name, env *env) (expr.Expr, error) {
	c, err := b.lookup(env.scope, name)
	switch {
	case err != nil:
		return expr.Expr{}, err
	case c < 0 && env.named(name) != nil:
		inside := *env
		inside.items = nil
		return b.item(*env.named(name), &inside)
	case c < 0 && env.scope.outer != nil:
		return b.outerColumn(name, env.scope)
	case c < 0:
		return expr.Expr{}, b.unknownColumn(env.scope, name)
	case env.group != nil:
		return b.groupedColumn(env.group, name, c)
	}
	f := env.scope.field(c)
	return expr.Column(c, f.Type, f.Nullable), nil
}

// named returns the item of the select list that a name means, where that may be.
func (e *env) named(name *ast.Name) *item {
	for i := range e.items {
		if len(name.Parts) == 1 && e.items[i].name == name.Last().Text {
			return &e.items[i]
		}
	}
	return nil
}

// resolve finds the column that a name of one or more parts means.
func (b *binder) resolve(s *scope, name *ast.Name) (int, error) {
	c, err := b.lookup(s, name)
	if c < 0 && err == nil {
		err = b.unknownColumn(s, name)
	}
	return c, err
}

// lookup returns the column that a name means, or -1. Of more than two parts only the last two count:
// connection.table.column.
func (b *binder) lookup(s *scope, name *ast.Name) (int, error) {
	column, table := parts(name)
	found := -1
	for i, f := range s.fields {
		if f.Name != column || (table != "" && f.Table != table) || (table == "" && f.Hidden) {
			continue
		}
		if found >= 0 {
			return -1, b.fail(name, plan.CodeAmbiguous, "write table."+column, "column %q is in more than one table", column)
		}
		found = i
	}
	if found < 0 && s.aside != nil {
		c, err := b.lookup(&scope{fields: s.aside.fields}, name)
		if c < 0 || err != nil {
			return c, err
		}
		s.aside.used[c] = true
		return s.aside.first + c, nil
	}
	return found, nil
}

func parts(name *ast.Name) (column, table string) {
	if q := name.Qualifier(); len(q) > 0 {
		table = q[len(q)-1].Text
	}
	return name.Last().Text, table
}

// hides reports whether a column, qualified by a table or not, may be one of a table that is missing.
func (s *scope) hides(table string) bool {
	return s.partial && (table == "" || !slices.ContainsFunc(s.fields, func(f plan.Field) bool { return f.Table == table }))
}

func (b *binder) unknownColumn(s *scope, name *ast.Name) error {
	column, table := parts(name)
	if len(b.problems) >= plan.MaxProblems || s.hides(table) || slices.ContainsFunc(b.around, func(a *scope) bool { return a.hides(table) }) {
		return plan.ErrBind{}
	}
	for _, around := range b.around {
		for _, f := range around.fields {
			if f.Name == column && (table == "" || f.Table == table) {
				return b.refuse(name, plan.CodeCorrelated, "a column of the query around the subquery, at this place,",
					"move the condition into the WHERE of the subquery")
			}
		}
	}
	var names, tables []string
	known := false
	for _, f := range s.fields {
		if table == "" || f.Table == table {
			names = append(names, f.Name)
		}
		tables = append(tables, f.Table)
		known = known || f.Table == table
	}
	if table != "" && !known {
		return b.fail(name, plan.CodeTable, near.Fix(table, distinct(tables)), "unknown table %q", table)
	}
	return b.fail(name, plan.CodeColumn, s.advice(name, near.Fix(column, names), near.Word(column, names) != ""), "unknown column %q", name.String())
}

// advice returns what to do about an unknown column: what is near by name, unless something else is more likely meant.
func (s *scope) advice(name *ast.Name, fix string, near bool) string {
	column := name.Last()
	for _, it := range s.list {
		if len(name.Parts) == 1 && it.Alias.Text == column.Text {
			return "WHERE does not know the names of the select list: write " + ast.SQL(it.Expr) + ", or put the query into a derived table"
		}
	}
	if column.Quoted && !near && len(name.Parts) == 1 {
		return "strings are written in single quotes: '" + strings.ReplaceAll(column.Text, "'", "''") + "'"
	}
	return fix
}

// distinct returns words without their repetitions.
func distinct(words []string) (out []string) {
	for _, w := range words {
		if w != "" && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}
