package rule

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
)

// simplify makes inner joins of outer joins whose padded rows nobody can see, because a condition above is not true
// for nulls, and tests conditions of an outer join that read only the padded side below it:
//
//	left(a, b) where b.x > 1            = inner(a, b) where b.x > 1
//	left(a, b) on a.k = b.k and b.x > 1 = left(a, b where b.x > 1) on a.k = b.k
func simplify(views []plan.View) []plan.View {
	s := &simplifier{readers: plan.Readers(views), done: map[*plan.Node]*plan.Node{}}
	views = slices.Clone(views)
	for i := range views {
		views[i].Node = s.node(views[i].Node, nil)
	}
	return views
}

type simplifier struct {
	readers map[*plan.Node]int
	done    map[*plan.Node]*plan.Node
}

// columnSet is a set of columns of a node's output.
type columnSet map[int]bool

func (s columnSet) add(columns ...int) {
	for _, c := range columns {
		s[c] = true
	}
}

// node returns n where the rows that are null in one of the columns unseen do not matter.
func (s *simplifier) node(n *plan.Node, unseen columnSet) *plan.Node {
	if out, ok := s.done[n]; ok {
		return out
	}
	if s.readers[n] > 1 {
		unseen = nil // another reader may see them
	}
	out := *n
	out.Inputs = make([]*plan.Node, len(n.Inputs))
	var below []columnSet
	if n.Kind == plan.Join {
		out.Join, below = joinUnseen(n, unseen)
	} else {
		below = make([]columnSet, len(n.Inputs))
		for i := range below {
			below[i] = passUnseen(n, unseen)
		}
	}
	for i, in := range n.Inputs {
		out.Inputs[i] = s.node(in, below[i])
	}
	if n.Kind == plan.Join {
		sink(&out)
		out.Fields = padding(&out, n.Fields)
	}
	s.done[n] = &out
	return &out
}

// padding returns the fields of a join, which fewer columns of an inner join may be null in.
func padding(n *plan.Node, fields []plan.Field) []plan.Field {
	fields = slices.Clone(fields)
	for i, f := range plan.Joined(n) {
		fields[i].Nullable = fields[i].Nullable && f.Nullable
	}
	return fields
}

// passUnseen returns of which columns of its input a node does not see the nulls.
func passUnseen(n *plan.Node, unseen columnSet) columnSet {
	below := columnSet{}
	switch n.Kind {
	case plan.Map:
		for _, c := range n.Map.Filter {
			below.add(strict(c)...)
		}
		if slices.ContainsFunc(n.Map.Exprs, expr.Fallible) || stays(n) {
			return below // a row that fails is parked, whoever sees it
		}
		for c := range unseen {
			if n.Map.Exprs == nil {
				below.add(c)
			} else {
				below.add(strict(n.Map.Exprs[c])...)
			}
		}
	case plan.Aggregate:
		for c := range unseen {
			if c < len(n.Aggregate.Keys) {
				below.add(n.Aggregate.Keys[c])
			}
		}
	case plan.Distinct, plan.Positive, plan.Combine, plan.Union:
		return unseen
	}
	return below
}

// joinUnseen returns a join as it may be done, and of which columns of its inputs it does not see the nulls.
func joinUnseen(n *plan.Node, unseen columnSet) (*plan.JoinSpec, []columnSet) {
	j, width := *n.Join, len(n.Inputs[0].Fields)
	left, right := columnSet{}, columnSet{}
	add := func(c int) {
		if c < width {
			left.add(c)
		} else {
			right.add(c - width)
		}
	}
	for c := range unseen {
		add(j.Output[c])
	}
	switch {
	case j.Kind == plan.Full && len(left) > 0 && len(right) > 0:
		j.Kind = plan.Inner
	case j.Kind == plan.Full && len(left) > 0:
		j.Kind = plan.Left
	case j.Kind == plan.Full && len(right) > 0:
		j.Kind = plan.Right
	}
	if j.Kind == plan.Left && len(right) > 0 || j.Kind == plan.Right && len(left) > 0 {
		j.Kind = plan.Inner
	}
	// Rows of a side that is not shown without a match do not matter if they can have none.
	var matching []int
	for _, c := range j.Residual {
		matching = append(matching, strict(c)...)
	}
	if !j.Nulls {
		matching = append(matching, j.Left...)
		for _, c := range j.Right {
			matching = append(matching, c+width)
		}
	}
	for _, c := range matching {
		shownLeft := j.Kind == plan.Left || j.Kind == plan.Full || j.Kind == plan.Anti
		shownRight := j.Kind == plan.Right || j.Kind == plan.Full
		if c < width && !shownLeft || c >= width && !shownRight {
			add(c)
		}
	}
	return &j, []columnSet{left, right}
}

// sink tests conditions of an outer join that read only the side that it pads below it.
func sink(n *plan.Node) {
	j, width := n.Join, len(n.Inputs[0].Fields)
	if j.Kind != plan.Left && j.Kind != plan.Right {
		return
	}
	var rest []expr.Expr
	for _, c := range j.Residual {
		switch at := plan.Side(c, width); {
		case expr.Fallible(c):
			rest = append(rest, c)
		case j.Kind == plan.Left && at > 0:
			n.Inputs[1] = push(n.Inputs[1], expr.Remap(c, func(c int) int { return c - width }))
		case j.Kind == plan.Right && at < 0:
			n.Inputs[0] = push(n.Inputs[0], c)
		default:
			rest = append(rest, c)
		}
	}
	j.Residual = rest
}

// strict returns columns of which one that is null makes an expression null, or a condition not true.
func strict(e expr.Expr) []int {
	if c, ok := e.IsColumn(); ok {
		return []int{c}
	}
	if e.Op != expr.CallOp || !slices.Contains(strictFunctions, e.Func) {
		return nil
	}
	var out []int
	for _, a := range e.Args {
		out = append(out, strict(a)...)
	}
	return out
}

// strictFunctions are null if an argument is.
var strictFunctions = []string{
	"=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "neg", "cast", "like", "ilike", "not", "extract", "substring", "add_months",
}
