package rule

import (
	"cmp"
	"math"
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// reorderer orders inner joins by what remains after dropping columns and adding up equal rows, and
// pushes filters to where their columns come from. It builds new nodes and changes none.
type reorderer struct {
	keys    *plan.Analysis
	readers map[*plan.Node]int // how many nodes and views read a node
	done    map[*plan.Node]*plan.Node
	crossed bool     // a join without any key was met where none is meant
	large   bool     // there are too many relations to find a condition for all
	cross   ast.Span // the item of the FROM that nothing ties to the others
}

// rewrite returns n with all inner joins at and below it ordered.
func (r *reorderer) rewrite(n *plan.Node) *plan.Node {
	if out, ok := r.done[n]; ok {
		return out
	}
	var out *plan.Node
	if opens(n) {
		out = r.joinGroup(n)
	} else {
		out = r.inputs(n)
	}
	r.done[n] = out
	return out
}

// opens reports whether n is the top of a group of inner joins, semi joins and filters.
func opens(n *plan.Node) bool {
	return n.Kind == plan.Join && n.Join.Kind == plan.Inner && !n.Join.Nulls || n.Kind == plan.Map && len(n.Map.Filter) > 0 && !stays(n) || movable(n)
}

func (r *reorderer) inputs(n *plan.Node) *plan.Node {
	out := *n
	out.Inputs = make([]*plan.Node, len(n.Inputs))
	for i, in := range n.Inputs {
		out.Inputs[i] = r.rewrite(in)
	}
	return &out
}

// joinGroup is a set of relations under inner joins, with all conditions over them. Its columns are
// numbered through all relations.
type joinGroup struct {
	fields     []plan.Field
	relations  []*tree
	owner      []int // relation of each column
	conditions []expr.Expr
	crosses    int // joins that are meant to have no condition
	classes    *classes
	semis      []semiJoin
}

// tree is a relation or a join of several: columns[i] is the group's number of output column i.
type tree struct {
	node    *plan.Node
	columns []int
	members uint64
	rows    float64
	at      ast.Span // of the item of the FROM, or the later one
	clause  ast.Span // of the JOIN that it came by, or of the last one in it
	// computed are columns of a relation, over its others, which are added when its conditions have been pushed into it.
	computed []expr.Expr
	base     float64 // rows without the filters on single relations
	many     bool    // a join in which rows of both sides have several matches
}

func (r *reorderer) joinGroup(n *plan.Node) *plan.Node {
	if r.relations(n, true, plan.MaxRelations+1) > plan.MaxRelations {
		r.large = r.large || r.untied(n, true)
		return r.inputs(n)
	}
	g := &joinGroup{}
	out := r.collect(n, g, true)
	g.connect()
	g.classify()
	g.imply()
	late := r.pushDown(g)
	t := r.order(g, out, late)
	local := t.index()
	var filters []expr.Expr
	for _, c := range late {
		filters = append(filters, expr.Remap(c, local))
	}
	exprs := make([]expr.Expr, len(out))
	for i, e := range out {
		exprs[i] = expr.Remap(e, local)
	}
	return &plan.Node{
		Kind: plan.Map, Fields: n.Fields, Inputs: []*plan.Node{t.node}, Rows: int64(min(t.rows, maxRows)),
		Map: &plan.MapSpec{Filter: filters, Exprs: exprs},
	}
}

// collect adds the relations below n to the group and returns n's columns in terms of the group's.
func (r *reorderer) collect(n *plan.Node, g *joinGroup, top bool) []expr.Expr {
	private := top || r.readers[n] <= 1
	switch {
	case private && n.Kind == plan.Join && n.Join.Kind == plan.Inner && !n.Join.Nulls:
		left := r.collect(n.Inputs[0], g, false)
		first := len(g.relations)
		right := r.collect(n.Inputs[1], g, false)
		for _, t := range g.relations[first:] {
			t.clause = cmp.Or(t.clause, n.Clause)
		}
		if n.Join.Cross {
			g.crosses++
		}
		for i := range n.Join.Left {
			eq, err := expr.Call("=", left[n.Join.Left[i]], right[n.Join.Right[i]])
			if err != nil {
				panic("plan: join keys of unlike types: " + err.Error())
			}
			g.conditions = append(g.conditions, eq)
		}
		both := append(slices.Clone(left), right...)
		for _, c := range n.Join.Residual {
			g.conditions = append(g.conditions, expr.Conjuncts(substitute(c, both))...)
		}
		out := make([]expr.Expr, len(n.Join.Output))
		for i, c := range n.Join.Output {
			out[i] = both[c]
		}
		return out
	case private && n.Kind == plan.Map && !slices.ContainsFunc(n.Map.Exprs, expr.Fallible) && !stays(n) &&
		(top || !slices.ContainsFunc(n.Map.Filter, expr.Fallible)): // else what is below is a group of its own, and the filter stays on top of it
		in := r.collect(n.Inputs[0], g, false)
		for _, c := range n.Map.Filter {
			g.conditions = append(g.conditions, expr.Conjuncts(substitute(c, in))...)
		}
		if n.Map.Exprs == nil {
			return in
		}
		out := make([]expr.Expr, len(n.Map.Exprs))
		for i, e := range n.Map.Exprs {
			out[i] = substitute(e, in)
		}
		return out
	case private && movable(n):
		return r.collectSemi(n, g)
	}
	at := n.At
	out := r.rewrite(n)
	if out.At != at {
		c := *out
		c.At, out = at, &c
	}
	return g.add(out, plan.Estimate(n))
}

func (g *joinGroup) add(n *plan.Node, rows float64) []expr.Expr {
	start := len(g.fields)
	g.fields = append(g.fields, n.Fields...)
	t := &tree{node: n, columns: plan.Span(start, len(g.fields)), members: 1 << len(g.relations), rows: rows, base: rows, at: n.At}
	out := make([]expr.Expr, len(n.Fields))
	for i, f := range n.Fields {
		g.owner = append(g.owner, len(g.relations))
		out[i] = expr.Column(start+i, f.Type, f.Nullable)
	}
	g.relations = append(g.relations, t)
	return out
}

// pushDown moves conditions on one relation into it and returns those that have to run last: constant and
// fallible ones, which run after the filters that guard them.
func (r *reorderer) pushDown(g *joinGroup) (late []expr.Expr) {
	var between []expr.Expr
	own, shares := make([][]expr.Expr, len(g.relations)), make([]*plan.Kept, len(g.relations))
	for i, t := range g.relations {
		shares[i] = plan.NewKept(t.node.Fields, t.base)
	}
	for _, c := range g.conditions {
		m := g.members(c)
		switch {
		case m == 0 || expr.Fallible(c) || m&(m-1) == 0 && g.derived(c) || plan.Current(c) && m&(m-1) != 0:
			late = append(late, c)
		case m&(m-1) == 0:
			i := g.owner[expr.Columns(c)[0]]
			start := g.relations[i].columns[0]
			local := expr.Remap(c, func(c int) int { return c - start })
			own[i] = append(own[i], local)
			shares[i].Add(local)
			g.relations[i].rows = g.relations[i].base * shares[i].All
		default:
			between = append(between, c)
		}
	}
	for i, t := range g.relations {
		for _, c := range plan.Together(own[i]) {
			t.node = push(t.node, c)
		}
		t.compute()
	}
	g.conditions = between
	return late
}

func (g *joinGroup) members(c expr.Expr) (m uint64) {
	for _, col := range expr.Columns(c) {
		m |= 1 << g.owner[col]
	}
	return m
}

// order joins the relations two at a time, the pair with the smallest result first (greedy, as in
// "GOO", Fegaras 1998), and drops and combines after each. A semi join is done as soon as nothing makes less.
func (r *reorderer) order(g *joinGroup, out, late []expr.Expr) *tree {
	trees := slices.Clone(g.relations)
	left, semis := slices.Clone(g.conditions), slices.Clone(g.semis)
	pairs := map[[2]*tree]joinedPair{} // those that a join of others does not change
	for len(trees) > 1 || len(semis) > 0 {
		outside := append(slices.Clone(out), late...)
		for _, s := range semis {
			outside = append(outside, s.on...)
		}
		var best *tree
		cost, bi, bj := math.Inf(1), 0, 0
		for i := range trees {
			for j := i + 1; j < len(trees); j++ {
				p, known := pairs[[2]*tree{trees[i], trees[j]}]
				if !known {
					p.tree, p.connected = r.pair(g, trees[i], trees[j], left, outside)
					pairs[[2]*tree{trees[i], trees[j]}] = p
				}
				if c := p.tree.cost(); p.connected && c < cost {
					best, cost, bi, bj = p.tree, c, i, j
				}
			}
		}
		if at, t, i := earliest(semis, trees); t != nil && t.cost() <= cost {
			trees[i], semis = t, slices.Delete(semis, at, at+1)
			clear(pairs) // columns that only the semi join needed are not needed any more
			continue
		}
		if best == nil {
			bi, bj = r.cheapest(g, trees, left)
			best, _ = r.pair(g, trees[bi], trees[bj], left, outside)
		}
		left = slices.DeleteFunc(left, func(c expr.Expr) bool { return g.members(c)&^best.members == 0 })
		trees = append(slices.Delete(slices.Delete(trees, bj, bj+1), bi, bi+1), best)
	}
	return trees[0]
}

// joinedPair is a join of two trees, and whether it has an equality.
type joinedPair struct {
	tree      *tree
	connected bool
}

// cost is about how many bytes the rows of a tree have. Joins that multiply both sides are put off: estimates are
// far too low for them where a few keys are frequent.
func (t *tree) cost() float64 {
	bytes := t.rows * float64(8+plan.Width(t.node))
	if t.many {
		bytes *= 10
	}
	return bytes
}

// pair joins two trees on all conditions that they satisfy together, keeps the columns that other
// conditions or the output need, and adds up equal rows where that is worth it.
func (r *reorderer) pair(g *joinGroup, a, b *tree, conditions, out []expr.Expr) (t *tree, connected bool) {
	t = &tree{members: a.members | b.members}
	all := append(slices.Clone(a.columns), b.columns...)
	local := func(c int) int { return slices.Index(all, c) }
	on := g.equalities(a, b, local)
	needed := map[int]bool{}
	for _, c := range conditions {
		switch {
		case g.equates(c):
		case g.members(c)&^t.members == 0:
			on = append(on, expr.Remap(c, local))
		default:
			mark(needed, c)
		}
	}
	for _, e := range out {
		mark(needed, e)
	}
	g.represent(t.members, all, needed)
	n := plan.Link(plan.Inner, a.node, b.node, on)
	r.match(g, t, [2]*tree{a, b}, conditions)
	offset := len(n.Inputs[0].Fields) - len(a.columns) // computed keys stand between the sides
	n.Join.Output = nil
	if !slices.ContainsFunc(all, func(c int) bool { return needed[c] }) {
		needed[all[0]] = true // rows are counted by at least one column
	}
	for i, c := range all {
		if !needed[c] {
			continue
		}
		t.columns = append(t.columns, c)
		if i >= len(a.columns) {
			i += offset
		}
		n.Join.Output = append(n.Join.Output, i)
	}
	n.Fields = plan.Joined(n)
	t.clause = later(cmp.Or(a.clause, a.at), cmp.Or(b.clause, b.at))
	n.Clause = t.clause
	t.node = n
	r.combine(g, t)
	return t, len(n.Join.Left) > 0
}

// later returns the place that comes later in the text.
func later(x, y ast.Span) ast.Span {
	if x.Pos > y.Pos {
		return x
	}
	return y
}

// combine puts a Combine on a tree whose rows repeat because columns were dropped.
func (r *reorderer) combine(g *joinGroup, t *tree) {
	t.node.Rows = int64(min(t.rows, maxRows))
	d := r.keys.Of(t.node)
	if d.Proves(plan.UpTo(len(t.columns))) {
		return
	}
	distinct := 1.0
	for _, c := range d.Shrink(plan.UpTo(len(t.columns))) {
		distinct *= g.distinctIn(t, t.columns[c])
	}
	if distinct <= t.rows/2 {
		t.rows = distinct
		t.node = &plan.Node{Kind: plan.Combine, Fields: t.node.Fields, Inputs: []*plan.Node{t.node}, Rows: int64(min(distinct, maxRows))}
	}
}

func equalColumns(c expr.Expr) (x, y int, ok bool) {
	if !c.IsCall("=") {
		return 0, 0, false
	}
	x, xok := c.Args[0].IsColumn()
	y, yok := c.Args[1].IsColumn()
	return x, y, xok && yok
}

func (t *tree) index() func(int) int {
	return func(c int) int { return slices.Index(t.columns, c) }
}

func mark(set map[int]bool, e expr.Expr) {
	for _, c := range expr.Columns(e) {
		set[c] = true
	}
}

func substitute(e expr.Expr, columns []expr.Expr) expr.Expr {
	return expr.Replace(e, columns)
}
