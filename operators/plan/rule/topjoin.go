package rule

import (
	"cmp"
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
)

// How much a TopJoin may have to look at, by the counts that connectors report.
const (
	// topRatio is how many times more rows the ranked side has than the plain one, unless that has one row for each key.
	topRatio = 4
	// topGroup is how many ranked rows a key has on average, at most, if there is a condition that pairs have to meet: to find
	// the first that do, all may have to be looked at whenever one changes.
	topGroup = 100
)

// topJoins makes one node of a join and the first of its pairs for each key. No pair is kept then, which would have the
// columns of both sides, and be many.
func topJoins(views []plan.View, catalog plan.Catalog) []plan.View {
	count, keys := plan.Readers(views), plan.Analyse(catalog)
	return rebuild(views, func(n, old *plan.Node) *plan.Node {
		if n.Kind != plan.Top || count[old.Inputs[0]] > 1 {
			return n
		}
		in := n.Inputs[0]
		if in.Kind != plan.Join || !topsKeys(n.Top, in, keys) {
			return n
		}
		ranked, _, ok := plan.Ranked(in, in.Join, n.Top)
		if !ok || !worthTopJoin(in, ranked, catalog, keys) {
			return n
		}
		return &plan.Node{
			Kind: plan.TopJoin, Fields: n.Fields, Inputs: in.Inputs, Join: in.Join, Top: n.Top, Rows: n.Rows, Clause: cmp.Or(in.Clause, n.Clause),
		}
	})
}

// topsKeys reports whether the groups of a Top are the keys of the join that it reads, and nothing speaks against finding
// the first pairs without all the others. Columns that the others determine make no difference.
func topsKeys(t *plan.TopSpec, in *plan.Node, keys *plan.Analysis) bool {
	j, width := in.Join, len(in.Inputs[0].Fields)
	if j.Kind != plan.Inner || j.Nulls || len(j.Left) == 0 || t.Ties || slices.ContainsFunc(j.Residual, expr.Fallible) {
		return false
	}
	grouped := make([]bool, len(j.Left))
	var equal, others []int
	for _, k := range t.Keys {
		c := j.Output[k]
		i := slices.IndexFunc(plan.UpTo(len(j.Left)), func(i int) bool { return j.Left[i] == c || j.Right[i]+width == c })
		if i < 0 {
			others = append(others, k)
			continue
		}
		equal, grouped[i] = append(equal, k), true
	}
	if len(others) > 0 {
		determined := keys.Of(in).Closure(equal)
		if slices.ContainsFunc(others, func(k int) bool { return !determined[k] }) {
			return false
		}
	}
	for i, l := range j.Left {
		if !grouped[i] || in.Inputs[0].Fields[l].Type != in.Inputs[1].Fields[j.Right[i]].Type {
			return false
		}
	}
	return true
}

func worthTopJoin(n *plan.Node, ranked int, catalog plan.Catalog, keys *plan.Analysis) bool {
	plain, other := n.Inputs[1-ranked], n.Inputs[ranked]
	known := plan.Counted(plain, catalog) && plan.Counted(other, catalog)
	few := keys.Of(plain).Proves(n.Join.Keys(1-ranked)) || known && plan.Estimate(other) >= topRatio*plan.Estimate(plain)
	small := len(n.Join.Residual) == 0 || known && plan.Estimate(other) <= topGroup*plan.Estimate(plain)
	return few && small
}
