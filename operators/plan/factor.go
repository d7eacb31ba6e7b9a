package plan

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
)

// Conditions splits a condition at its ANDs, and takes what all branches of an OR have in common out of it, so
// that it can be a key of a join:
//
//	(a AND b) OR (a AND c) = a AND (b OR c)
func Conditions(e expr.Expr) []expr.Expr {
	var out []expr.Expr
	for _, c := range expr.Conjuncts(e) {
		if c.IsCall("or") {
			out = append(out, factored(c)...)
		} else {
			out = append(out, c)
		}
	}
	return out
}

func factored(or expr.Expr) []expr.Expr {
	branches := make([][]expr.Expr, len(or.Args))
	for i, a := range or.Args {
		branches[i] = expr.Conjuncts(a)
	}
	has := func(branch []expr.Expr, c expr.Expr) bool {
		return slices.ContainsFunc(branch, func(x expr.Expr) bool { return SameCondition(x, c) })
	}
	var common []expr.Expr
	for _, c := range branches[0] {
		everywhere := !expr.Fallible(c)
		for _, branch := range branches[1:] {
			everywhere = everywhere && has(branch, c)
		}
		if everywhere {
			common = append(common, c)
		}
	}
	if len(common) == 0 {
		return []expr.Expr{or}
	}
	rest := or
	rest.Args = nil
	for _, branch := range branches {
		left := slices.DeleteFunc(slices.Clone(branch), func(c expr.Expr) bool { return has(common, c) })
		if len(left) == 0 {
			return common // a branch that asks for nothing else
		}
		if all := expr.All(left); all.IsCall("or") {
			rest.Args = append(rest.Args, all.Args...)
		} else {
			rest.Args = append(rest.Args, all)
		}
	}
	return append(common, rest)
}

// SameCondition reports whether two conditions are the same, or the same equality the other way round.
func SameCondition(a, b expr.Expr) bool {
	if expr.Equal(a, b) {
		return true
	}
	return a.IsCall("=") && b.IsCall("=") && expr.Equal(a.Args[0], b.Args[1]) && expr.Equal(a.Args[1], b.Args[0])
}
