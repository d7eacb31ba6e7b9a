package plan

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// Plan is the logical plan of all views of an app: plain data.
type Plan struct {
	Views []View `json:"views"`
}

// Optimise applies the rules to bound views: constants are computed, outer joins made inner ones, unneeded columns
// dropped, filters pushed down, inner and semi joins ordered, rows that became equal added up, equal subplans shared, and keys derived. The views stay as they are; the plan has new nodes.
func Optimise(views []View, catalog Catalog) (*Plan, error) {
	views = prune(simplify(fold(views)))
	r := &reorderer{keys: analyse(catalog), readers: readers(views), done: map[*Node]*Node{}}
	var crossed errProblems
	for i := range views {
		r.crossed, r.large = false, false
		views[i].Node = r.rewrite(views[i].Node)
		if r.large {
			crossed = append(crossed, &Problem{
				Span: views[i].span, Code: codeSize, Msg: fmt.Sprintf("%q has more than %d tables with commas between them", views[i].Name, maxRelations),
				Hint: "write JOIN ... ON for each, in the order in which they shall be joined",
			})
		} else if r.crossed {
			at := r.cross
			if at.End == 0 {
				at = views[i].span
			}
			crossed = append(crossed, &Problem{
				Span: at, Code: codeCross, Msg: fmt.Sprintf("%q has tables without a condition between them", views[i].Name),
				Hint: "write an equality between a column of each, or CROSS JOIN where all pairs of rows are meant",
			})
		}
	}
	if crossed != nil {
		return nil, crossed
	}
	views = expire(views)
	views = prune(views)
	views = fuse(views)
	views = share(views)
	keys := analyse(catalog)
	for i, v := range views {
		if v.Key == nil {
			views[i].Key = keys.of(v.Node).key()
		}
	}
	return &Plan{Views: views}, nil
}

func readers(views []View) map[*Node]int {
	count := map[*Node]int{}
	var visit func(n *Node)
	visit = func(n *Node) {
		if count[n]++; count[n] > 1 {
			return
		}
		for _, in := range n.Inputs {
			visit(in)
		}
	}
	for _, v := range views {
		visit(v.Node)
	}
	return count
}

// rebuild returns the views with change applied to a copy of every node, inputs first, once a node. old is
// the node before any change below it.
func rebuild(views []View, change func(n, old *Node) *Node) []View {
	done := map[*Node]*Node{}
	var visit func(n *Node) *Node
	visit = func(n *Node) *Node {
		if out, ok := done[n]; ok {
			return out
		}
		c := *n
		c.Inputs = make([]*Node, len(n.Inputs))
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
func fuse(views []View) []View {
	count := readers(views)
	return rebuild(views, func(n, old *Node) *Node {
		if n.Kind != Map {
			return n
		}
		in := n.Inputs[0]
		if in.Kind == Map && fusible(n, in) && count[old.Inputs[0]] <= 1 {
			n = fused(n, in)
			in = n.Inputs[0]
		}
		if len(n.Map.Filter) == 0 && identity(n) {
			return in
		}
		return n
	})
}

// fusible: what the inner Map computes may be computed after its filter, and only where it is read.
func fusible(outer, inner *Node) bool {
	if slices.ContainsFunc(inner.Map.Exprs, expr.Fallible) || slices.ContainsFunc(inner.Map.Filter, expr.Fallible) {
		return false
	}
	return len(outer.Map.Filter) == 0 || !slices.ContainsFunc(outer.Map.Filter, expr.Fallible)
}

func fused(outer, inner *Node) *Node {
	through := inner.Map.Exprs
	if through == nil {
		through = columns(inner.Inputs[0])
	}
	exprs := outer.Map.Exprs
	if exprs == nil {
		exprs = columns(outer)
	}
	m := &MapSpec{Filter: slices.Clone(inner.Map.Filter)}
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
	return &Node{Kind: Map, Fields: outer.Fields, Inputs: inner.Inputs, Map: m, Rows: rows}
}

// identity reports whether a Map hands its input through.
func identity(n *Node) bool {
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
func share(views []View) []View {
	ids := map[*Node]int{}
	known := map[string]*Node{}
	return rebuild(views, func(n, _ *Node) *Node {
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

// WithKey returns the view with the named columns for its key. Where the plan does not prove that no two
// rows share it, the first row in canonical order stands for its key.
func (v View) WithKey(columns []string, catalog Catalog) (View, error) {
	if len(columns) == 0 {
		return v, nil
	}
	var key []int
	for _, name := range columns {
		i := slices.Index(v.Columns, name)
		if i < 0 {
			return v, &Problem{Code: codeKeyColumn, Msg: fmt.Sprintf("primary key: unknown column %q", name), Hint: near.Fix(name, v.Columns)}
		}
		key = append(key, i)
	}
	v.Key = key
	if !analyse(catalog).of(v.Node).proves(key) {
		v.Node = &Node{Kind: Unique, Fields: v.Node.Fields, Inputs: []*Node{v.Node}, Unique: &UniqueSpec{Key: key}, Rows: -1}
	}
	return v, nil
}

// Tables returns the names of the tables that a node reads, sorted.
func Tables(n *Node) []string {
	var names []string
	for n := range readers([]View{{Node: n}}) {
		if n.Kind == Scan {
			names = append(names, n.Scan.Table)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Reads reports whether another of the views reads the named one.
func Reads(views []View, name string) bool {
	at := slices.IndexFunc(views, func(v View) bool { return v.Name == name })
	for i := range views {
		if i != at && readers(views[i : i+1])[views[at].Node] > 0 {
			return true
		}
	}
	return false
}
