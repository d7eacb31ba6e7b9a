package bind

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// known reports whether there is a function of a name, of ours or of the app.
func (b *binder) known(name string) bool {
	_, err := expr.Invoke(b.options.Functions, name)
	return !expr.IsUnknown(err)
}

// unknownFunction notes that there is no such function, and what else is wrong inside the call.
func (b *binder) unknownFunction(e *ast.Call, env *env) error {
	for _, a := range e.Args {
		_, _ = b.expr(a, env)
	}
	if why, fix := expr.NotOffered(e.Name.String()); why != "" {
		return b.fail(e.Name, plan.CodeFunction, fix, "%s", why)
	}
	names := slices.Collect(maps.Keys(windowForms))
	for _, f := range expr.Functions() {
		names = append(names, f.Name)
	}
	for _, a := range expr.Aggregates() {
		names = append(names, strings.TrimSuffix(a.Name, "(*)"))
	}
	if l, ok := b.options.Functions.(expr.Lister); ok {
		names = append(names, l.Names()...)
	}
	slices.Sort(names)
	hint := "`millrace functions` lists those that there are"
	if word := near.Word(e.Name.String(), names); word != "" {
		hint = fmt.Sprintf("did you mean %q?", word)
	}
	return b.fail(e.Name, plan.CodeFunction, hint, "unknown function %q", e.Name.String())
}
