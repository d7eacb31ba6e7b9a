package bind

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// dependent is how a subquery is bound that reads columns of the query around it where no condition can be lifted out
// of it: every select in it is computed for each different combination of these columns, which it hands on behind its
// own, and its rows are joined to those around by them ("Unnesting Arbitrary Queries", Neumann and Kemper 2015).
//
//	q(a) = a join { (d, x) | d in distinct(columns of a), x in q(d) } on a = d
type dependent struct {
	env    *env         // of the query around
	fields []plan.Field // the columns of the query around that may be read
	at     []int        // their numbers there
	used   map[int]bool
	node   *plan.Node // the combinations
}

// aside are columns of a dependent behind those of a FROM, where names that the FROM does not have are looked for.
type aside struct {
	*dependent
	first int // the number of the first of them
}

func (b *binder) newDependent(env *env, fields []plan.Field, at []int) *dependent {
	d := &dependent{env: env, fields: fields, at: at, used: map[int]bool{}}
	in := env.rows.node
	exprs := make([]expr.Expr, len(at))
	for i, c := range at {
		exprs[i] = plan.Column(in, c)
	}
	d.node = above(plan.Distinct, plan.Compute(in, exprs, hidden(fields)))
	return d
}

// hidden returns fields that no name finds.
func hidden(fields []plan.Field) []plan.Field {
	out := slices.Clone(fields)
	for i := range out {
		out[i].Table, out[i].Hidden = "", true
	}
	return out
}

// visible returns the columns that names of a scope may mean, and their numbers.
func (s *scope) visible() (fields []plan.Field, at []int) {
	fields, at = slices.Clone(s.fields), plan.UpTo(len(s.fields))
	if s.aside != nil {
		for i, f := range s.aside.fields {
			fields, at = append(fields, f), append(at, s.aside.first+i)
		}
	}
	return fields, at
}

// field returns a column that a name was found to mean.
func (s *scope) field(c int) plan.Field {
	if c < len(s.fields) {
		return s.fields[c]
	}
	return s.aside.node.Fields[c-s.aside.first]
}

// independent makes what is bound until the returned function is called no part of a dependent subquery.
func (b *binder) independent() (end func()) {
	d, reach := b.dependent, b.reach
	b.dependent, b.reach = nil, nil
	return func() { b.dependent, b.reach = d, reach }
}

// handed is how many columns the select or query that is bound has to hand on behind its own.
func (b *binder) handed() int {
	if b.dependent == nil {
		return 0
	}
	return len(b.dependent.at)
}

// fromBeside binds the FROM of a select, for each combination if it belongs to a dependent subquery. With an error it
// returns what of the FROM could be bound.
func (b *binder) fromBeside(s *ast.Select, with *ctes) (*plan.Node, *scope, error) {
	d := b.dependent
	end := b.independent()
	b.reach = d
	n, err := b.from(s.From, with)
	if n == nil {
		n = oneRow()
	}
	if d != nil {
		n = b.tie(n)
	}
	end()
	return n, b.scopeOf(n), err
}

// allPairs is a product that is meant.
func allPairs(left, right *plan.Node) *plan.Node {
	n := plan.Product(left, right)
	n.Join.Cross = true
	return n
}

// outside reports whether expressions read columns of the query around alone: an aggregate of them would be that
// query's.
func (s *scope) outside(es []expr.Expr) bool {
	found := false
	for _, e := range es {
		for _, c := range expr.Columns(e) {
			if s.aside == nil || c < s.aside.first {
				return false
			}
			found = true
		}
	}
	return found
}

// handOn gives the columns of the combinations, which are over the select's input.
func (s *scope) handOn() []expr.Expr {
	if s.aside == nil {
		return nil
	}
	out := make([]expr.Expr, len(s.aside.at))
	for i := range out {
		f := s.aside.node.Fields[i]
		out[i] = expr.Column(s.aside.first+i, f.Type, f.Nullable)
	}
	return out
}

// whole gives an Aggregate without GROUP BY, which is grouped by the combinations, the row that it has where a
// combination has no rows: counts are 0 and the rest null.
func (d *dependent) whole(agg *plan.Node, counts []int) *plan.Node {
	k := len(d.at)
	same := make([]expr.Expr, k)
	for i := range same {
		same[i] = mustCall("is not distinct from", plan.Column(d.node, i), expr.Remap(plan.Column(agg, i), func(c int) int { return c + k }))
	}
	n := plan.Link(plan.Left, d.node, agg, same)
	exprs, fields := plan.Columns(n)[:k], slices.Clone(agg.Fields)
	for i := k; i < len(agg.Fields); i++ {
		e := plan.Column(n, k+i)
		if slices.Contains(counts, i) {
			e = mustCall("coalesce", e, expr.Int(0))
		}
		exprs, fields[i].Nullable = append(exprs, e), e.Nullable
	}
	return plan.Compute(n, exprs, fields)
}

// mustCall makes a call whose types are known to fit.
func mustCall(name string, args ...expr.Expr) expr.Expr {
	e, err := expr.Call(name, args...)
	if err != nil {
		panic("plan: " + name + ": " + err.Error())
	}
	return e
}

// decorrelated binds a subquery and hands it to use: first with conditions lifted out of it and, where that cannot be,
// for each combination of the columns around it that it reads.
func (b *binder) decorrelated(q *ast.Query, env *env, use func(s *sub) error) error {
	noted := len(b.problems)
	s, err := b.subquery(q, env)
	if err == nil {
		err = use(s)
	}
	correlated := func(p *plan.Problem) bool { return p.Code == plan.CodeCorrelated }
	if err == nil || !slices.ContainsFunc(b.problems[noted:], correlated) {
		return err
	}
	first := slices.Clone(b.problems[noted:])
	b.problems = b.problems[:noted]
	if s, err = b.forEach(q, env); s == nil && err == nil {
		b.problems = append(b.problems, first...)
		return plan.ErrBind{}
	}
	if err != nil {
		return err
	}
	return use(s)
}

// forEach binds a dependent subquery; nil: it reads no column of the query around it.
func (b *binder) forEach(q *ast.Query, env *env) (*sub, error) {
	noted := len(b.problems)
	fields, at := env.scope.visible()
	all := b.newDependent(env, fields, at)
	_, err := b.dependentQuery(q, all)
	if len(all.used) == 0 {
		b.problems = b.problems[:noted]
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	b.problems = b.problems[:noted]
	var read []plan.Field
	var from []int
	for i := range fields {
		if all.used[i] {
			read, from = append(read, fields[i]), append(from, at[i])
			if i >= len(env.scope.fields) { // it comes from further out
				env.scope.aside.used[i-len(env.scope.fields)] = true
			}
		}
	}
	d := b.newDependent(env, read, from)
	n, err := b.dependentQuery(q, d)
	if err != nil {
		return nil, err
	}
	s := &sub{node: n, values: plan.Columns(n)[:len(n.Fields)-len(from)]}
	for i, c := range from {
		f := env.scope.field(c)
		around := expr.Column(c, f.Type, f.Nullable)
		if env.group != nil {
			if around, err = b.groupedColumn(env.group, q, c); err != nil {
				return nil, err
			}
		}
		around = expr.Remap(around, func(c int) int { return c + plan.FirstOuter })
		s.on = append(s.on, mustCall("is not distinct from", plan.Column(n, len(s.values)+i), around))
	}
	return s, nil
}

func (b *binder) dependentQuery(q *ast.Query, d *dependent) (*plan.Node, error) {
	before := b.dependent
	b.dependent, b.around = d, append(b.around, d.env.scope)
	defer func() { b.dependent, b.around = before, b.around[:len(b.around)-1] }()
	return b.query(q, d.env.rows.with)
}
