package bind

import (
	"errors"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// env is where an expression stands.
type env struct {
	scope *scope
	group *group // of a select list or HAVING beside aggregates; nil elsewhere
	// inside names the aggregate whose argument this is; "" if none.
	inside string
	// clause names a clause that cannot hold aggregates; "" for those that can.
	clause string
	// rows are what subqueries are joined to; nil where there can be none.
	rows *rows
	// overs takes window functions; nil where there can be none.
	overs *overs
	// items are those of the select list, where their names can be used beside the columns of the FROM.
	items []item
	// computed are expressions that stand in columns, as a whole.
	computed map[ast.Expr]expr.Expr
}

// envOver returns the place of a clause over the rows of a FROM, or of an item of one.
func (b *binder) envOver(n *plan.Node, with *ctes, clause string) *env {
	return &env{scope: b.scopeOf(n), clause: clause, rows: &rows{node: n, with: with, values: map[string]expr.Expr{}}}
}

// grouped returns the place of a select list beside g.
func (e *env) grouped(g *group) *env { return &env{scope: e.scope, group: g, rows: e.rows} }

// plain returns the place of an expression over the input of a grouped select.
func plain(e *env) *env { return &env{scope: e.scope, rows: e.rows} }

// condition binds an expression that has to be true.
func (b *binder) condition(e ast.Expr, s *scope, clause string) (expr.Expr, error) {
	return b.conditionIn(e, &env{scope: s, clause: clause}, clause)
}

func (b *binder) conditionIn(e ast.Expr, env *env, clause string) (expr.Expr, error) {
	c, err := b.expr(e, env)
	if err != nil {
		return c, err
	}
	if c.Null && c.Type.Kind == batch.Invalid {
		return expr.Null(batch.T(batch.Bool)), nil
	}
	if c.Type.Kind != batch.Bool {
		return c, b.fail(e, plan.CodeCondition, "compare it with something", "%s needs a condition, and this is %v", clause, c.Type)
	}
	return c, nil
}

// expr binds an expression that is a value.
func (b *binder) expr(e ast.Expr, env *env) (expr.Expr, error) {
	x, err := b.part(e, env)
	if err == nil && x.IsCall("months") {
		return x, b.fail(e, plan.CodeType, "add it to a date or a timestamp, or count days",
			"an interval of months has no fixed length, so it is no value by itself")
	}
	return x, err
}

// part binds a value, or an interval of months for what is computed with it.
func (b *binder) part(e ast.Expr, env *env) (expr.Expr, error) {
	if bound, ok := env.computed[e]; ok {
		return bound.At(e.Span().Pos), nil
	}
	if env.group != nil {
		if bound, ok := b.groupedPart(e, env); ok {
			return bound, nil
		}
	}
	bound, err := b.exprOf(e, env)
	if err != nil {
		return bound, err
	}
	return bound.At(e.Span().Pos), nil
}

// groupedPart recognises an expression that stands in GROUP BY as a whole.
func (b *binder) groupedPart(e ast.Expr, env *env) (expr.Expr, bool) {
	if !env.group.mayBeKey(e) {
		return expr.Expr{}, false
	}
	if _, name := e.(*ast.Name); name || containsAggregate(e) || hasNewQuery(e, env.rows) {
		return expr.Expr{}, false
	}
	noted := len(b.problems)
	bound, err := b.exprOf(e, plain(env))
	b.problems = b.problems[:noted]
	if err != nil || bound.Op == expr.LiteralOp {
		return expr.Expr{}, false
	}
	for i, k := range env.group.keys {
		if expr.Equal(k, bound) {
			return expr.Column(i, k.Type, k.Nullable), true
		}
	}
	return env.group.absent(bound)
}

// exprOf is a switch over the forms of expressions.
func (b *binder) exprOf(e ast.Expr, env *env) (expr.Expr, error) {
	switch e := e.(type) {
	case *ast.Name:
		return b.column(e, env)
	case *ast.Literal:
		return b.literal(e)
	case *ast.Interval:
		return b.interval(e, env)
	case *ast.Unary:
		return b.unary(e, env)
	case *ast.Binary:
		return b.call(e, b.operator(e), env, operands(e)...)
	case *ast.Is:
		name := [...]string{"null", "true", "false", "null"}[e.Kind]
		if e.Not {
			name = "not " + name
		}
		return b.call(e, "is "+name, env, e.X)
	case *ast.Between:
		return b.between(e, env)
	case *ast.In:
		if e.Query != nil {
			return b.mark(member{at: e, x: items(e.X), query: e.Query, not: e.Not}, env)
		}
		return b.not(e, e.Not, "in", env, append([]ast.Expr{e.X}, e.List...)...)
	case *ast.Exists:
		return b.mark(member{at: e, query: e.Query}, env)
	case *ast.Quantified:
		if m, ok := membership(e, false); ok {
			return b.mark(m, env)
		}
		if e.Query != nil {
			return b.quantified(e, env)
		}
		return b.quantifiedList(e, env)
	case *ast.Subquery:
		return b.valueOf(e, env)
	case *ast.Match:
		return b.match(e, env)
	case *ast.Call:
		return b.function(e, env)
	case *ast.Case:
		return b.caseOf(e, env)
	case *ast.Cast:
		return b.cast(e, env)
	case *ast.AtTimeZone:
		return b.call(e, "at time zone", env, e.X, e.Zone)
	case *ast.Index:
		return b.index(e, env)
	case *ast.Extract:
		return b.withText(e, "extract", e.Field, env, e.X)
	case *ast.Trim:
		name := [...]string{"trim", "ltrim", "rtrim"}[e.Mode]
		if e.Chars == nil {
			return b.call(e, name, env, e.X)
		}
		return b.call(e, name, env, e.X, e.Chars)
	}
	return expr.Expr{}, b.unsupported(e, form(e), "")
}

// form names an expression that is not supported. It is a switch over them.
func form(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Param:
		return "a parameter"
	case *ast.Star:
		return "* as a value"
	case *ast.Tuple:
		return "a row of values at this place"
	case *ast.Array:
		return "ARRAY or MAP"
	case *ast.NamedArg:
		return "an argument by name"
	case *ast.AtTimeZone:
		return "AT TIME ZONE"
	case *ast.Collate:
		return "COLLATE"
	case *ast.Index:
		return "an element of an array, written with [],"
	case *ast.Field:
		return "the field " + e.Name.Text + " of a value"
	}
	return "this form of expression"
}

func (b *binder) literal(e *ast.Literal) (expr.Expr, error) {
	var lit expr.Expr
	var err error
	switch e.Kind {
	case ast.Null:
		return expr.Null(batch.Type{}), nil
	case ast.Bool:
		return expr.Bool(strings.EqualFold(e.Text, "true")), nil
	case ast.Number:
		lit, err = expr.Number(e.Text)
	case ast.String:
		return expr.Text(e.Text), nil
	case ast.Bytes:
		lit, err = expr.Literal(batch.T(batch.Binary), `\x`+e.Text)
	case ast.Time:
		return lit, b.unsupported(e, "a time without a date", "write a TIMESTAMP, or an INTERVAL since midnight")
	case ast.Date:
		lit, err = expr.Literal(batch.T(batch.Date), e.Text)
	case ast.Timestamp, ast.TimestampTZ:
		lit, err = expr.Cast(expr.Text(e.Text), batch.T(batch.Timestamp), false)
	default:
		return lit, b.unsupported(e, "this kind of literal", "")
	}
	if err != nil {
		return lit, b.mistake(e, err)
	}
	return lit, nil
}

func (b *binder) unary(e *ast.Unary, env *env) (expr.Expr, error) {
	switch e.Op {
	case ast.OpNot:
		return b.call(e, "not", env, e.X)
	case ast.OpSub:
		return b.call(e, "neg", env, e.X)
	case ast.OpAdd:
		return b.part(e.X, env)
	case ast.OpBitNot:
		return b.call(e, "bit_not", env, e.X)
	}
	return expr.Expr{}, b.unsupported(e, "the operator "+string(e.Op), "")
}

// operator returns the function behind an infix operator.
func (b *binder) operator(e *ast.Binary) string {
	switch e.Op {
	case ast.OpDiv:
		if b.options.Loose {
			return "/float"
		}
	case ast.OpIntDiv:
		return "div"
	}
	return strings.ToLower(string(e.Op))
}

// within binds low <= x AND x <= high.
func (b *binder) within(e *ast.Between, env *env, least, most ast.Expr) (expr.Expr, error) {
	low, lerr := b.call(e, ">=", env, e.X, least)
	high, herr := b.call(e, "<=", env, e.X, most)
	if err := errors.Join(lerr, herr); err != nil {
		return expr.Expr{}, err
	}
	return b.made(e)(expr.Call("and", low, high))
}

func (b *binder) function(e *ast.Call, env *env) (expr.Expr, error) {
	name := e.Func()
	switch {
	case e.Over != nil:
		return b.over(e, env)
	case windowOnly(name):
		return expr.Expr{}, b.fail(e, plan.CodeOver, "write "+windowForms[strings.ToLower(name)]+" OVER (ORDER BY ...)", "%s is a window function: it needs OVER", name)
	case isAggregate(name):
		switch {
		case env.group != nil:
			return b.aggregate(e, env.group)
		case env.inside != "":
			return expr.Expr{}, b.fail(e, plan.CodeAggregate, "use a derived table for the inner one", "%s inside %s", name, env.inside)
		}
		return expr.Expr{}, b.fail(e, plan.CodeAggregate, "write it in HAVING or in the select list", "%s is not allowed in %s", name, env.clause)
	case name == "GROUPING":
		return b.grouping(e, env)
	case (e.Star || e.Distinct || e.Filter != nil || len(e.OrderBy) > 0) && b.known(name):
		return expr.Expr{}, b.fail(e, plan.CodePlain, "leave out DISTINCT, *, FILTER and ORDER BY", "%s is no aggregate: it takes plain arguments", name)
	}
	if strings.EqualFold(name, plan.IsCurrent) {
		return expr.Expr{}, b.fail(e, plan.CodeClock, clockHint, "the planner alone writes %q", plan.IsCurrent)
	}
	if x, ok, err := b.windowBound(e, env); ok {
		return x, err
	}
	if err := b.refuseVolatile(e); err != nil {
		return expr.Expr{}, err
	}
	if !b.known(name) {
		return expr.Expr{}, b.unknownFunction(e, env)
	}
	return b.call(e, name, env, unitWord(e)...)
}

func (b *binder) caseOf(e *ast.Case, env *env) (expr.Expr, error) {
	var args []expr.Expr
	var errs error
	add := func(x expr.Expr, err error) {
		args, errs = append(args, x), errors.Join(errs, err)
	}
	for _, w := range e.Whens {
		if e.X != nil {
			add(b.call(w, "=", env, e.X, w.Cond))
		} else {
			add(b.conditionIn(w.Cond, env, "WHEN"))
		}
		add(b.expr(w.Then, env))
	}
	if e.Else != nil {
		add(b.expr(e.Else, env))
	}
	if errs != nil {
		return expr.Expr{}, errs
	}
	return b.made(e)(expr.Call("case", args...))
}

// call binds the arguments of a function or operator, and the call.
func (b *binder) call(at ast.Node, name string, env *env, args ...ast.Expr) (expr.Expr, error) {
	if x, ok, err := b.rowCall(at, name, env, args); ok {
		return x, err
	}
	bound := make([]expr.Expr, len(args))
	var errs error
	for i, a := range args {
		x, err := b.part(a, env)
		bound[i], errs = x, errors.Join(errs, err)
	}
	if errs != nil {
		return expr.Expr{}, errs
	}
	return b.made(at)(expr.Invoke(b.options.Functions, name, bound...))
}

// not binds a call and its negation.
func (b *binder) not(at ast.Node, not bool, name string, env *env, args ...ast.Expr) (expr.Expr, error) {
	c, err := b.call(at, name, env, args...)
	if err != nil || !not {
		return c, err
	}
	return b.made(at)(expr.Call("not", c))
}

// withText binds a function whose first argument is a word of the syntax.
func (b *binder) withText(at ast.Node, name, word string, env *env, arg ast.Expr) (expr.Expr, error) {
	x, err := b.expr(arg, env)
	if err != nil {
		return x, err
	}
	return b.made(at)(expr.Call(name, expr.Text(word), x))
}

// made notes what is wrong with an expression that was just made, at its place.
func (b *binder) made(at ast.Node) func(expr.Expr, error) (expr.Expr, error) {
	return func(e expr.Expr, err error) (expr.Expr, error) {
		if err != nil {
			return e, b.mistake(at, err)
		}
		return e, nil
	}
}

// within returns the smallest part of a node that begins at a place, or the node itself.
func within(n ast.Node, pos int) ast.Node {
	part := n
	ast.Walk(n, func(c ast.Node) bool {
		if at := c.Span(); at.Pos == pos && at.End-at.Pos <= part.Span().End-part.Span().Pos {
			part = c
		}
		return true
	})
	return part
}

// mistake notes an error of package expr.
func (b *binder) mistake(at ast.Node, err error) error {
	var e *expr.Error
	if !errors.As(err, &e) {
		return b.fail(at, plan.CodeType, "", "%v", err)
	}
	if e.Literal {
		at = within(at, e.Pos)
	}
	return b.fail(at, e.Code, e.Fix, "%s", e.Msg)
}
