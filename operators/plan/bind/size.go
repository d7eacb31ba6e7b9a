package bind

import (
	"github.com/millrace-dev/millrace/operators/plan"
)

// extentOf returns the extent of a node; that of each node is found once.
func (b *binder) extentOf(n *plan.Node) *plan.Extent {
	if e, ok := b.extents[n]; ok {
		return e
	}
	e := &plan.Extent{Nodes: 1, Exprs: make([]int, len(n.Fields))}
	var in []int // behind the columns of all inputs
	for _, input := range n.Inputs {
		below := b.extentOf(input)
		e.Nodes = min(e.Nodes+below.Nodes, 2*plan.MaxPlan)
		in = append(in, below.Exprs...)
	}
	for i := range e.Exprs {
		e.Exprs[i] = 1
		switch {
		case n.Kind == plan.Map && n.Map.Exprs != nil:
			e.Exprs[i] = plan.Expanded(n.Map.Exprs[i], in)
		case n.Kind == plan.Join && n.Join.Output[i] < len(in):
			e.Exprs[i] = in[n.Join.Output[i]]
		case (n.Kind == plan.Map || n.Kind == plan.Distinct || n.Kind == plan.Positive || n.Kind == plan.Top || n.Kind == plan.Union) && i < len(in):
			e.Exprs[i] = in[i]
		}
	}
	b.extents[n] = e
	return e
}

// fewParts refuses a statement that would take too long to bind.
func (b *binder) fewParts(s *statement) error {
	if plan.PartsOf(s.query) <= plan.MaxParts {
		return nil
	}
	return b.fail(s.name, plan.CodeSize, "divide it: another statement may read its INTO, and long lists belong into a table",
		"%q has more than %d tables and SELECTs", s.name.Text, plan.MaxParts)
}

// counted binds a statement, unless subqueries inside subqueries read what is around them so often that it takes too long.
func (b *binder) counted(s *statement, bind func() error) error {
	selects, noted := b.selects, len(b.problems)
	b.selects = 0
	err := b.fewParts(s)
	if err == nil {
		err = bind()
	}
	if b.selects > plan.MaxSelects {
		b.problems = b.problems[:noted]
		err = b.fail(s.name, plan.CodeSize, "let another statement compute an inner one and read its INTO",
			"%q has too many subqueries inside subqueries that read the queries around them", s.name.Text)
	}
	b.selects = selects
	return err
}

// bounded refuses a statement that would take too long to plan.
func (b *binder) bounded(s *statement) error {
	const hint = "divide it: another statement may read its INTO, and long lists belong into a table"
	e := b.extentOf(s.node)
	if e.Nodes > plan.MaxPlan {
		return b.fail(s.name, plan.CodeSize, hint, "%q reads its parts more than %d times in all", s.name.Text, plan.MaxPlan)
	}
	for i, size := range e.Exprs {
		if size > plan.MaxExpr {
			return b.fail(s.name, plan.CodeSize, hint, "column %q of %q is computed of more than %d parts", s.node.Fields[i].Name, s.name.Text, plan.MaxExpr)
		}
	}
	return nil
}
