package bind

import (
	"fmt"

	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// fail notes a problem and returns the error that unwinds to the end of the statement.
func (b *binder) fail(at ast.Node, code, hint, format string, args ...any) error {
	if len(b.problems) < plan.MaxProblems {
		b.problems = append(b.problems, &plan.Problem{Span: at.Span(), Code: code, Msg: fmt.Sprintf(format, args...), Hint: hint})
	}
	return plan.ErrBind{}
}

func (b *binder) warn(at ast.Node, code, hint, format string, args ...any) {
	b.problems = append(b.problems, &plan.Problem{
		Span: at.Span(), Code: code, Msg: fmt.Sprintf(format, args...), Hint: hint, Warning: true,
	})
}

// unsupported refuses what is valid SQL and has no code of its own. What has one is refused by refuse.
func (b *binder) unsupported(at ast.Node, what, hint string) error {
	return b.refuse(at, plan.CodeUnsupported, what, hint)
}

func (b *binder) refuse(at ast.Node, code, what, hint string) error {
	return b.fail(at, code, hint, "%s is not supported yet", what)
}
