package expr

import (
	"strings"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// binders returns what types the calls that signatures cannot describe.
func binders() map[string]func(e Expr) (Expr, error) {
	all := map[string]func(e Expr) (Expr, error){
		"neg": bindMinus, "add_months": bindAddMonths, "in": bindSame(2, batch.Bool), "case": bindCase,
		"coalesce": bindSame(1, batch.Invalid), "greatest": bindSame(1, batch.Invalid), "least": bindSame(1, batch.Invalid),
		"nullif": bindNullif, "if": bindIf, "single": bindSingle, "||": bindConcat,
		"cast": bindUnnamed, "try_cast": bindUnnamed, "months": bindUnnamed,
	}
	for _, name := range []string{"+", "-", "*", "/", "/float", "div", "%"} {
		all[name] = bindArithmetic
	}
	for _, name := range []string{"=", "<>", "<", "<=", ">", ">=", "is distinct from", "is not distinct from"} {
		all[name] = bindComparison
	}
	for _, name := range []string{"and", "or", "not"} {
		all[name] = bindLogic
	}
	for _, name := range []string{"is null", "is not null"} {
		all[name] = bindNullTest
	}
	for _, name := range []string{"is true", "is not true", "is false", "is not false"} {
		all[name] = bindTruth
	}
	derive(all)
	return all
}

// bindNullif writes NULLIF(a, b) as CASE WHEN a = b THEN NULL ELSE a END.
func bindNullif(e Expr) (Expr, error) {
	if err := exactly(e, 2); err != nil {
		return Expr{}, err
	}
	equal, err := Call("=", e.Args...)
	if err != nil {
		return Expr{}, err
	}
	e.Func, e.Args = "case", []Expr{equal, Null(e.Args[0].Type), e.Args[0]}
	return bindCase(e)
}

func bindSingle(e Expr) (Expr, error) {
	if err := exactly(e, 2); err != nil {
		return Expr{}, err
	}
	n, err := Cast(e.Args[1], batch.T(batch.Int64), false)
	if err != nil {
		return Expr{}, err
	}
	e.Args, e.Type = []Expr{e.Args[0], n}, e.Args[0].Type
	return e, nil
}

func bindAddMonths(e Expr) (Expr, error) {
	if err := exactly(e, 2); err != nil {
		return Expr{}, err
	}
	a := e.Args[0]
	if untyped(a) {
		c, err := Cast(a, batch.T(batch.Timestamp), false)
		if err != nil {
			return Expr{}, err
		}
		a = c
	}
	if k := a.Type.Kind; k != batch.Date && k != batch.Timestamp || !e.Args[1].Type.Integer() {
		return Expr{}, errorAt(e.Pos, "", "add_months: cannot be applied to %s", typeList(e.Args))
	}
	months, err := Cast(e.Args[1], batch.T(batch.Int64), false)
	e.Args, e.Type = []Expr{a, months}, a.Type
	return e, err
}

// resolveWord checks that the first argument is one of the words of f, in any case, perhaps in the plural.
func (f *builtin) resolveWord(e Expr) (Expr, error) {
	if len(e.Args) == 0 || e.Args[0].Op != LiteralOp || e.Args[0].Type.Kind != batch.Utf8 || e.Args[0].Null {
		return Expr{}, failAt(codeConstant, e.Pos, "the signature is "+f.Signature, "%s: the field must be a literal", e.Func)
	}
	word := strings.ToLower(e.Args[0].Value)
	for _, w := range f.Words {
		if word == w || strings.TrimSuffix(word, "s") == strings.TrimSuffix(w, "s") {
			e.Args = append([]Expr{Text(w).At(e.Args[0].Pos)}, e.Args[1:]...)
			for i, a := range e.Args[1:] {
				if !untyped(a) {
					e.Args[i+1] = timeOf(a) // a column of texts
				}
			}
			return f.resolve(e)
		}
	}
	return Expr{}, failAt(codeField, e.Args[0].Pos, suggest(word, f.Words), "%s: unknown field %q", e.Func, e.Args[0].Value)
}

// bindConcat takes text on at least one side and casts the other.
func bindConcat(e Expr) (Expr, error) {
	if err := exactly(e, 2); err != nil {
		return Expr{}, err
	}
	for _, a := range e.Args {
		if k := a.Type.Kind; k == batch.Utf8 || k == batch.Invalid {
			return typed(e, batch.T(batch.Utf8), batch.T(batch.Utf8))
		}
	}
	return Expr{}, errorAt(e.Pos, "cast one of them to text", "||: cannot be applied to %s", typeList(e.Args))
}

func bindIf(e Expr) (Expr, error) {
	if err := exactly(e, 3); err != nil {
		return Expr{}, err
	}
	e.Func = "case"
	return bindCase(e)
}

func bindUnnamed(e Expr) (Expr, error) {
	return Expr{}, failAt(codeTypeName, e.Pos, "write CAST(x AS type)", "%s: no type", e.Func)
}
