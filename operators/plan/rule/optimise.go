// Package rule makes plans that compute the same with less work and less state.
package rule

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
)

// Optimise applies the rules to bound views: constants are computed, outer joins made inner ones, unneeded columns
// dropped, filters pushed down, inner and semi joins ordered, rows that became equal added up, equal subplans shared, and keys derived. The views stay as they are; the plan has new nodes.
func Optimise(views []plan.View, catalog plan.Catalog) (*plan.Plan, error) {
	views = prune(simplify(fold(views)))
	r := &reorderer{keys: plan.Analyse(catalog), readers: plan.Readers(views), done: map[*plan.Node]*plan.Node{}}
	var crossed plan.ErrProblems
	for i := range views {
		r.crossed, r.large = false, false
		views[i].Node = r.rewrite(views[i].Node)
		if r.large {
			crossed = append(crossed, &plan.Problem{
				Span: views[i].Span, Code: plan.CodeSize, Msg: fmt.Sprintf("%q has more than %d tables with commas between them", views[i].Name, plan.MaxRelations),
				Hint: "write JOIN ... ON for each, in the order in which they shall be joined",
			})
		} else if r.crossed {
			at := r.cross
			if at.End == 0 {
				at = views[i].Span
			}
			crossed = append(crossed, &plan.Problem{
				Span: at, Code: plan.CodeCross, Msg: fmt.Sprintf("%q has tables without a condition between them", views[i].Name),
				Hint: "write an equality between a column of each, or CROSS JOIN where all pairs of rows are meant",
			})
		}
	}
	if crossed != nil {
		return nil, crossed
	}
	views = expire(views)
	views = prune(views)
	views = share(topJoins(fuse(views), catalog))
	keys := plan.Analyse(catalog)
	for i, v := range views {
		if v.Key == nil {
			views[i].Key = keys.Of(v.Node).Key()
		}
	}
	return &plan.Plan{Views: views}, nil
}

// rebuild returns the views with change applied to a copy of every node, inputs first, once a node. old is
// the node before any change below it.
func rebuild(views []plan.View, change func(n, old *plan.Node) *plan.Node) []plan.View {
	done := map[*plan.Node]*plan.Node{}
	var visit func(n *plan.Node) *plan.Node
	visit = func(n *plan.Node) *plan.Node {
		if out, ok := done[n]; ok {
			return out
		}
		c := *n
		c.Inputs = make([]*plan.Node, len(n.Inputs))
		for i, in := range n.Inputs {
			c.Inputs[i] = visit(in)
		}
		out := change(&c, n)
		done[n] = out
		return out
	}
	views = slices.Clone(views)
	for i := range views {
		views[i].Node = visit(views[i].Node)
	}
	return views
}

// fuse makes one Map of two that follow each other, and drops those that change nothing.
func fuse(views []plan.View) []plan.View {
	count := plan.Readers(views)
	return rebuild(views, func(n, old *plan.Node) *plan.Node {
		if n.Kind != plan.Map {
			return n
		}
		in := n.Inputs[0]
		if in.Kind == plan.Map && fusible(n, in) && count[old.Inputs[0]] <= 1 {
			n = fused(n, in)
			in = n.Inputs[0]
		}
		if len(n.Map.Filter) == 0 && identity(n) {
			return in
		}
		return n
	})
}

// fusible: what the inner Map computes may be computed after the outer filter, and only where it is read.
func fusible(outer, inner *plan.Node) bool {
	if slices.ContainsFunc(inner.Map.Exprs, expr.Fallible) {
		return false
	}
	return len(outer.Map.Filter) == 0 || !slices.ContainsFunc(inner.Map.Filter, expr.Fallible) && !slices.ContainsFunc(outer.Map.Filter, expr.Fallible)
}

func fused(outer, inner *plan.Node) *plan.Node {
	through := inner.Map.Exprs
	if through == nil {
		through = plan.Columns(inner.Inputs[0])
	}
	exprs := outer.Map.Exprs
	if exprs == nil {
		exprs = plan.Columns(outer)
	}
	m := &plan.MapSpec{Filter: slices.Clone(inner.Map.Filter)}
	for _, c := range outer.Map.Filter {
		m.Filter = append(m.Filter, substitute(c, through))
	}
	for _, e := range exprs {
		m.Exprs = append(m.Exprs, substitute(e, through))
	}
	rows := inner.Rows
	if len(outer.Map.Filter) > 0 {
		rows = -1
	}
	return &plan.Node{Kind: plan.Map, Fields: outer.Fields, Inputs: inner.Inputs, Map: m, Rows: rows}
}

// identity reports whether a Map hands its input through.
func identity(n *plan.Node) bool {
	if n.Map.Exprs == nil {
		return true
	}
	if len(n.Map.Exprs) != len(n.Inputs[0].Fields) {
		return false
	}
	for i, e := range n.Map.Exprs {
		if c, ok := e.IsColumn(); !ok || c != i {
			return false
		}
	}
	return true
}

// share makes one node of subplans that compute the same.
func share(views []plan.View) []plan.View {
	ids := map[*plan.Node]int{}
	known := map[string]*plan.Node{}
	return rebuild(views, func(n, _ *plan.Node) *plan.Node {
		print := *n
		print.Fields, print.Inputs, print.Rows = nil, nil, 0
		text, err := json.Marshal(&print)
		if err != nil {
			panic("plan: a node that is no plain data: " + err.Error())
		}
		var key strings.Builder
		key.WriteString(string(text))
		for _, in := range n.Inputs {
			fmt.Fprintf(&key, " %d", ids[in])
		}
		if same, ok := known[key.String()]; ok {
			return same
		}
		known[key.String()] = n
		ids[n] = len(ids) + 1
		return n
	})
}
