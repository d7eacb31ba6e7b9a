package bind

import (
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// interval binds INTERVAL. A value that is no literal counts the unit.
func (b *binder) interval(e *ast.Interval, env *env) (expr.Expr, error) {
	v, ok := e.Value.(*ast.Literal)
	if !ok {
		return b.countedInterval(e, env)
	}
	text := v.Text
	if e.Negative {
		text = "-" + text
	}
	i, err := expr.Interval(text, e.Unit, e.To)
	if err != nil {
		return i, b.mistake(e, err)
	}
	return i, nil
}

func (b *binder) countedInterval(e *ast.Interval, env *env) (expr.Expr, error) {
	if e.To != "" {
		return expr.Expr{}, b.unsupported(e, "an expression in front of "+e.Unit+" TO "+e.To, "add two intervals, one after the other")
	}
	x, err := b.expr(e.Value, env)
	if err != nil {
		return x, err
	}
	number := "1"
	if e.Negative {
		number = "-1"
	}
	one, err := expr.Interval(number, e.Unit, "")
	if err != nil {
		return one, b.mistake(e, err)
	}
	return b.made(e)(expr.Call("*", x, one))
}

// patternNames are the functions behind LIKE and its kin.
var patternNames = map[ast.LikeKind]string{ast.Like: "like", ast.ILike: "ilike", ast.SimilarTo: "similar_to", ast.RLike: "regexp_like"}

func (b *binder) match(e *ast.Match, env *env) (expr.Expr, error) {
	args := []ast.Expr{e.X, e.Pattern}
	if e.Escape != nil {
		if e.Kind == ast.RLike {
			return expr.Expr{}, b.unsupported(e.Escape, "ESCAPE behind a regular expression", `write \ in front of the character`)
		}
		args = append(args, e.Escape)
	}
	return b.not(e, e.Not, patternNames[e.Kind], env, args...)
}

// between binds x BETWEEN a AND b; SYMMETRIC takes the bounds in either order.
func (b *binder) between(e *ast.Between, env *env) (expr.Expr, error) {
	both, err := b.within(e, env, e.Low, e.High)
	if err == nil && e.Symmetric {
		var other expr.Expr
		if other, err = b.within(e, env, e.High, e.Low); err == nil {
			both, err = b.made(e)(expr.Call("or", both, other))
		}
	}
	if err != nil || !e.Not {
		return both, err
	}
	return b.made(e)(expr.Call("not", both))
}

// index binds x[i]: a part of a JSON document.
func (b *binder) index(e *ast.Index, env *env) (expr.Expr, error) {
	if e.Slice || e.I == nil {
		return expr.Expr{}, b.unsupported(e, "a slice", "use JSON_QUERY(x, '$[0:3]')")
	}
	x, err := b.expr(e.X, env)
	if err != nil {
		return x, err
	}
	if x.Type.Kind != batch.JSON {
		return x, b.fail(e, plan.CodeType, "only JSON has parts", "[] of %v", x.Type)
	}
	i, err := b.expr(e.I, env)
	if err != nil {
		return i, err
	}
	return b.made(e)(expr.Call("->", x, i))
}

// unitFirst are the functions whose first argument is a unit, which may be written as a plain word.
var unitFirst = map[string]bool{
	"TIMESTAMPDIFF": true, "DATE_DIFF": true, "DATEDIFF": true, "DATEADD": true, "TIMESTAMPADD": true, "DATE_TRUNC": true, "DATE_PART": true,
}

// unitWord returns the arguments of a call with the plain word in front, if it has one, as a text.
func unitWord(e *ast.Call) []ast.Expr {
	if !unitFirst[e.Func()] || len(e.Args) < 2 || e.Func() == "DATEDIFF" && len(e.Args) < 3 {
		return e.Args
	}
	n, ok := e.Args[0].(*ast.Name)
	if !ok || len(n.Parts) != 1 || n.Parts[0].Quoted {
		return e.Args
	}
	text := strings.ToLower(n.Parts[0].Text)
	text = strings.TrimPrefix(text, "sql_tsi_")
	return append([]ast.Expr{&ast.Literal{At: n.At, Kind: ast.String, Text: text}}, e.Args[1:]...)
}

// operands returns the two sides of an operator, or all that AND, or OR, joins.
func operands(e *ast.Binary) []ast.Expr {
	if e.Op != ast.OpAnd && e.Op != ast.OpOr {
		return []ast.Expr{e.Left, e.Right}
	}
	all := []ast.Expr{e.Right}
	for left, ok := e.Left.(*ast.Binary); ok && left.Op == e.Op; left, ok = e.Left.(*ast.Binary) {
		e = left
		all = append(all, e.Right)
	}
	all = append(all, e.Left)
	slices.Reverse(all)
	return all
}

// cast binds CAST. As in PostgreSQL, a text type with a length cuts the text, a decimal has to fit its precision, and
// a timestamp is rounded to so many digits of a second.
func (b *binder) cast(e *ast.Cast, env *env) (expr.Expr, error) {
	x, err := b.expr(e.X, env)
	if err != nil {
		return x, err
	}
	if len(e.Type.Elems) > 0 {
		return x, b.unsupported(e.Type, "the type "+e.Type.Name, "")
	}
	args, length := e.Type.Args, -1
	if t, err := expr.TypeNamed(e.Type.Name); err == nil && t.Kind == batch.Utf8 && len(args) == 1 {
		args, length = nil, args[0]
	}
	t, err := expr.TypeNamed(e.Type.Name, args...)
	if err != nil {
		return x, b.mistake(e.Type, err)
	}
	c, err := b.made(e)(expr.Cast(x, t, e.Try))
	switch {
	case err != nil:
		return c, err
	case length >= 0:
		return b.made(e)(expr.Call("left", c, expr.Int(int64(length))))
	case t.Kind == batch.Decimal && len(args) > 0 && args[0] < kernel.MaxScale:
		return b.precise(e, c, args[0])
	case t.Kind == batch.Timestamp && len(args) > 0 && args[0] < 6:
		return b.rounded(e, c, args[0])
	}
	return c, nil
}

// precise returns a decimal whose rows are bad, or null in a TRY_CAST, if it has more digits.
func (b *binder) precise(e *ast.Cast, c expr.Expr, digits int) (expr.Expr, error) {
	if !e.Try {
		return b.made(e)(expr.Call("precise", c, expr.Int(int64(digits))))
	}
	limit, err := expr.Literal(batch.DecimalType(0), "1"+strings.Repeat("0", digits-int(c.Type.Scale)))
	if err != nil {
		return c, b.mistake(e, err)
	}
	call := b.calls(e)
	return b.made(e)(expr.Call("case", call("<", call("abs", c), limit), c))
}

// rounded returns a timestamp rounded to so many digits of a second.
func (b *binder) rounded(e *ast.Cast, c expr.Expr, digits int) (expr.Expr, error) {
	unit := "1"
	if digits > 0 {
		unit = "0." + strings.Repeat("0", digits-1) + "1"
	}
	one, err := expr.Interval(unit, "second", "")
	if err != nil {
		return c, b.mistake(e, err)
	}
	call := b.calls(e)
	return b.made(e)(expr.Call("date_bin", one, call("+", c, call("/", one, expr.Int(2)))))
}
