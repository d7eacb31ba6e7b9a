package plan

import (
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// scope is what names mean at one place: the columns of a FROM.
type scope struct {
	fields []Field
}

// resolve finds the column that a name of one or more parts means. Of more than two parts only the last
// two count: connection.table.column.
func (b *binder) resolve(s *scope, name *ast.Name) (int, error) {
	column := name.Last().Text
	table := ""
	if q := name.Qualifier(); len(q) > 0 {
		table = q[len(q)-1].Text
	}
	found := -1
	for i, f := range s.fields {
		if f.Name != column || (table != "" && f.Table != table) || (table == "" && f.Hidden) {
			continue
		}
		if found >= 0 {
			return 0, b.fail(name, codeAmbiguous, "write table."+column, "column %q is in more than one table", column)
		}
		found = i
	}
	if found >= 0 {
		return found, nil
	}
	return 0, b.unknownColumn(s, name, table, column)
}

func (b *binder) unknownColumn(s *scope, name *ast.Name, table, column string) error {
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
