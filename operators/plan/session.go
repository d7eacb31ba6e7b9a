package plan

import "github.com/millrace-dev/millrace/operators/sql/ast"

func (b *binder) session(f *ast.TableFunc, with *ctes) (*Node, error) {
	return nil, b.unsupported(f, "the table function SESSION", "")
}
