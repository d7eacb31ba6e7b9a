package bind

import (
	"slices"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// groupWindow is the window of a GROUP BY: GROUP BY TUMBLE(time, size), which is short for grouping the rows of
// TUMBLE(table, time, size) by window_start and window_end. TUMBLE_START and TUMBLE_END name these.
type groupWindow struct {
	call       *ast.Call
	start, end int // columns of the FROM
}

// windowCall returns the call that makes a GROUP BY one of windows.
func windowCall(e ast.Expr) (*ast.Call, bool) {
	call, ok := e.(*ast.Call)
	if !ok || call.Over != nil {
		return nil, false
	}
	name := call.Func()
	return call, name != "TTL" && timeForms[name].form != ""
}

// windowGroup puts the rows of a FROM, of which WHERE has left those that count, into the windows of the GROUP BY.
func (b *binder) windowGroup(s *ast.Select, items []item, env *env) error {
	for _, e := range s.GroupBy {
		call, ok := windowCall(e)
		if !ok {
			continue
		}
		if env.rows.window != nil {
			return b.fail(call, plan.CodeWindow, "make one of them a table function in FROM", "two windows in one GROUP BY")
		}
		n, err := b.windowsOf(call, s, items, env)
		if err != nil {
			return err
		}
		env.rows.node = n
		fields := slices.Clone(n.Fields)
		for i := len(env.scope.fields); i < len(fields); i++ { // those of subqueries, and of the window
			fields[i].Table, fields[i].Hidden = "", true
		}
		env.scope.fields = fields
		env.rows.window = &groupWindow{call: call, start: len(fields) - 2, end: len(fields) - 1}
	}
	return nil
}

// windowsOf returns the rows with the windows of a call.
func (b *binder) windowsOf(call *ast.Call, s *ast.Select, items []item, env *env) (*plan.Node, error) {
	name := call.Func()
	f := &ast.TableFunc{At: call.At, Name: call.Name}
	form := timeForms[name]
	if len(call.Args) != len(form.names)-1 {
		return nil, b.fail(call, plan.CodeWindow, "write "+name+"(time, ...) as in "+strings.Replace(form.form, "table, ", "", 1), "%s in GROUP BY takes %s", name,
			strings.Replace(form.takes, "a table, its", "a", 1))
	}
	args := make([]*ast.TableArg, len(call.Args))
	for i, e := range call.Args {
		args[i] = &ast.TableArg{At: ast.At(e.Span()), Expr: e}
	}
	in := &plan.Node{Fields: env.scope.fields}
	time, err := b.timeColumn(f, in, args[0])
	if err != nil {
		return nil, err
	}
	if name != "SESSION" {
		spec, err := b.windowSpec(name, args[1:])
		if err != nil {
			return nil, err
		}
		spec.Time = time
		return spec.Node(env.rows.node), nil
	}
	spec := &plan.SessionSpec{Time: time}
	if spec.Gap, err = b.span(args[1]); err != nil {
		return nil, err
	}
	for _, e := range s.GroupBy {
		if _, window := windowCall(e); window {
			continue
		}
		if lit, ok := e.(*ast.Literal); ok && lit.Kind == ast.Number {
			if i, err := strconv.Atoi(lit.Text); err == nil && i >= 1 && i <= len(items) && items[i-1].expr != nil {
				e = items[i-1].expr
			}
		}
		if err := b.sessionKeys(spec, in, &ast.TableArg{At: ast.At(e.Span()), Expr: e}); err != nil {
			return nil, err
		}
	}
	return spec.Node(env.rows.node), nil
}

// windowKeys returns the keys that a call in GROUP BY stands for.
func (w *groupWindow) keys(env *env) []expr.Expr {
	var out []expr.Expr
	for _, c := range []int{w.start, w.end} {
		out = append(out, expr.Column(c, env.scope.fields[c].Type, false))
	}
	return out
}

// windowBound binds TUMBLE_START(...) and its like: a bound of the window of the GROUP BY.
func (b *binder) windowBound(e *ast.Call, env *env) (x expr.Expr, ok bool, err error) {
	name, which, _ := strings.Cut(e.Func(), "_")
	if timeForms[name].form == "" || name == "TTL" {
		return x, false, nil
	}
	var w *groupWindow
	if env.rows != nil {
		w = env.rows.window
	}
	switch {
	case which == "":
		return x, true, b.fail(e, plan.CodeWindow, "write it in GROUP BY, and "+name+"_START or "+name+"_END here, or "+timeForms[name].form+" in FROM", "%s is no value", name)
	case which != "START" && which != "END":
		return x, true, b.fail(e, plan.CodeWindow, "write "+name+"_START or "+name+"_END", "unknown function %s", e.Func())
	case w == nil || w.call.Func() != name || !slices.EqualFunc(w.call.Args, e.Args, func(a, b ast.Expr) bool { return ast.SQL(a) == ast.SQL(b) }):
		return x, true, b.fail(e, plan.CodeWindow, "add "+name+" with the same arguments to GROUP BY", "%s names a window that GROUP BY does not make", e.Func())
	}
	c := w.start
	if which == "END" {
		c = w.end
	}
	if env.group != nil {
		x, err = b.groupedColumn(env.group, e, c)
		return x, true, err
	}
	return expr.Column(c, env.scope.fields[c].Type, false), true, nil
}
