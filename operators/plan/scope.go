package plan

import (
	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// scope is what names mean at one place: the columns of a FROM.
type scope struct {
	fields []Field
	// outer is the query around, where its columns may be read: in the WHERE of a subquery; nil elsewhere.
	outer *outer
}

// column returns the column that a name means at a place.
func (b *binder) column(name *ast.Name, env *env) (expr.Expr, error) {
	c, err := b.lookup(env.scope, name)
	switch {
	case err != nil:
		return expr.Expr{}, err
	case c < 0 && env.scope.outer != nil:
		return b.outerColumn(name, env.scope)
	case c < 0:
		return expr.Expr{}, b.unknownColumn(env.scope, name)
	case env.group != nil:
		return b.groupedColumn(env.group, name, c)
	}
	f := env.scope.fields[c]
	return expr.Column(c, f.Type, f.Nullable), nil
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
			return -1, b.fail(name, codeAmbiguous, "write table."+column, "column %q is in more than one table", column)
		}
		found = i
	}
	return found, nil
}

func parts(name *ast.Name) (column, table string) {
	if q := name.Qualifier(); len(q) > 0 {
		table = q[len(q)-1].Text
	}
	return name.Last().Text, table
}

func (b *binder) unknownColumn(s *scope, name *ast.Name) error {
	column, table := parts(name)
	for _, around := range b.around {
		for _, f := range around.fields {
			if f.Name == column && (table == "" || f.Table == table) {
				return b.refuse(name, codeCorrelated, "a column of the query around the subquery, at this place,",
					"compare it with a column of the subquery in the subquery's WHERE")
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
		return b.fail(name, codeTable, near.Fix(table, tables), "unknown table %q", table)
	}
	return b.fail(name, codeColumn, near.Fix(column, names), "unknown column %q", name.String())
}
