package slt

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/plan/bind"
	"github.com/millrace-dev/millrace/operators/script"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch"
)

const (
	// maxKept is how many views are maintained at the same time; beyond, those that were not asked for longest end.
	maxKept = 48
	// maxPast is in how many epochs a view that is asked for the first time gets the history of its tables.
	maxPast = 4
	// maxBehind is how many epochs a maintained view gets one by one before it is asked again; older ones it gets in one.
	maxBehind = 32
)

// compiled is a planned query.
type compiled struct {
	program *script.Program
	tables  []*table
	order   []plan.OrderSpec
	width   int
}

// maintained is a compiled query at work.
type maintained struct {
	compiled
	text     string
	instance *script.Instance
	rows     *batch.Batch // what it has, consolidated
	at       int          // how much of the history it has got
}

// result is what a view has: its rows and its dead letters.
type result struct {
	rows *batch.Batch
	dead string
}

// Broken says that a view that was maintained differs from one built anew: the engine is wrong.
type Broken struct {
	Maintained, Anew string
}

// Error returns both results.
func (b *Broken) Error() string {
	return "the view that was maintained has\n" + b.Maintained + "and built anew it has\n" + b.Anew
}

// compile plans a query. into, if not nil, are types that its result is cast to.
func (d *Database) compile(q *ast.Query, into []batch.Type) (*compiled, error) {
	explicit(q)
	bound, problems := bind.NewQuery(q, d.views, d, bind.Options{Loose: d.Loose})
	for _, p := range problems {
		if !p.Warning {
			return nil, &Refusal{Code: p.Code, Msg: p.Error(), at: p.Span.Pos}
		}
	}
	c := &compiled{order: bound.Order, width: len(bound.Columns)}
	if into != nil {
		if c.width != len(into) {
			return nil, refuse("columns", "%d values for %d columns", c.width, len(into))
		}
		if err := bound.As(into); err != nil {
			return nil, refuse("E2005", "%v", err)
		}
	}
	planned, err := bound.Plan("query", d)
	for _, p := range plan.Problems(err) {
		return nil, &Refusal{Code: p.Code, Msg: p.Error(), at: p.Span.Pos}
	}
	if err != nil {
		return nil, refuse("plan", "%v", err)
	}
	var tables script.Tables
	for _, name := range plan.Tables(planned.Views[0].Node) {
		t := d.tables[name]
		c.tables = append(c.tables, t)
		tables = append(tables, &t.Table)
	}
	c.program = &script.Program{Tables: tables, Plan: planned}
	return c, nil
}

// explicit makes the commas of FROM the cross joins that they are in sqllogictest.
func explicit(q *ast.Query) {
	ast.Walk(q, func(n ast.Node) bool {
		if s, ok := n.(*ast.Select); ok && len(s.From) > 1 {
			all := s.From[0]
			for _, f := range s.From[1:] {
				all = &ast.Join{At: ast.At(all.Span().To(f.Span())), Kind: ast.Cross, Left: all, Right: f}
			}
			s.From = []ast.From{all}
		}
		return true
	})
}

// anew builds a view from all rows at once.
func (c *compiled) anew(ctx context.Context) (*result, error) {
	x, err := c.program.Start(script.Way{Workers: 1})
	if err != nil {
		return nil, refuse("plan", "%v", err)
	}
	deltas, dead, err := x.Epoch(ctx, source(content(c.tables)))
	if err != nil {
		_ = x.Stop() // it is broken already
		return nil, err
	}
	return &result{deltas[0].Rows, dead}, x.Stop()
}

// once computes a query that nobody asks again.
func (d *Database) once(ctx context.Context, q *ast.Query, into []batch.Type) (*batch.Batch, error) {
	c, err := d.compile(q, into)
	if err != nil {
		return nil, err
	}
	r, err := c.anew(ctx)
	if err != nil {
		return nil, err
	}
	return r.rows, failed(r.dead)
}

// failed returns the error of a query of which rows became dead letters; nil: there are none.
func failed(dead string) error {
	if dead == "" {
		return nil
	}
	first, _, _ := strings.Cut(dead, "\n")
	return refuse("dead letter", "%s", first)
}

// ask returns the rows of a query: from the view of that text, which is maintained from now on.
func (d *Database) ask(ctx context.Context, text string, q *ast.Query) (*Answer, error) {
	d.flush()
	i := slices.IndexFunc(d.kept, func(m *maintained) bool { return m.text == text })
	var m *maintained
	if i >= 0 {
		m = d.kept[i]
		d.kept = slices.Delete(d.kept, i, i+1)
	} else {
		c, err := d.compile(q, nil)
		if err != nil {
			return nil, err
		}
		m = &maintained{compiled: *c, text: text, rows: batch.NewBuilder(c.types()).Take()}
		if m.instance, err = c.program.Start(script.Way{Workers: 2}); err != nil {
			return nil, refuse("plan", "%v", err)
		}
	}
	if err := d.follow(ctx, m, i < 0); err != nil {
		_ = m.instance.Stop() // it is broken already
		return nil, err
	}
	d.kept = append(d.kept, m)
	if len(d.kept) > maxKept {
		oldest := d.kept[0]
		d.kept = slices.Delete(d.kept, 0, 1)
		if err := oldest.instance.Stop(); err != nil {
			return nil, err
		}
	}
	kept := result{m.rows, m.instance.Parked()}
	fresh, err := m.anew(ctx)
	if err != nil {
		return nil, err
	}
	if !kept.equal(fresh) {
		return nil, &Broken{kept.String(), fresh.String()}
	}
	if err := failed(kept.dead); err != nil {
		return nil, err
	}
	return m.answer()
}

func (c *compiled) types() []batch.Type { return c.program.Plan.Views[0].Node.Types() }

// follow gives a maintained view the epochs that it has not got yet.
func (d *Database) follow(ctx context.Context, m *maintained, first bool) error {
	var epochs [][]change
	for _, e := range d.history[m.at:] {
		var own []change
		for _, c := range e {
			if slices.Contains(m.tables, c.table) {
				own = append(own, c)
			}
		}
		if own != nil {
			epochs = append(epochs, own)
		}
	}
	m.at = len(d.history)
	switch {
	case first && len(epochs) > maxPast:
		each := (len(epochs) + maxPast - 1) / maxPast
		var few [][]change
		for part := range slices.Chunk(epochs, each) {
			few = append(few, slices.Concat(part...))
		}
		epochs = few
	case len(epochs) > maxBehind:
		old := len(epochs) - maxBehind
		epochs = append([][]change{slices.Concat(epochs[:old+1]...)}, epochs[old+1:]...)
	case first && len(epochs) == 0:
		epochs = [][]change{nil} // a result of no rows may have rows
	}
	for _, e := range epochs {
		deltas, _, err := m.instance.Epoch(ctx, source(e))
		if err != nil {
			return err
		}
		m.rows = script.Sum(m.types(), m.rows, deltas[0].Rows)
	}
	return nil
}

func (r *result) equal(other *result) bool {
	a, b := r.rows, other.rows
	if a.Rows != b.Rows || r.dead != other.dead {
		return false
	}
	for i := range a.Rows {
		if a.Weight(i) != b.Weight(i) || kernel.CompareRows(a.Cols, b.Cols, i, i) != 0 {
			return false
		}
	}
	return true
}

// String returns the first rows and the dead letters.
func (r *result) String() string {
	const most = 20
	lines := strings.SplitAfter(script.Delta{View: "  row", Rows: r.rows}.String()+r.dead, "\n")
	if len(lines) > most {
		lines = append(lines[:most], fmt.Sprintf("  and %d more\n", len(lines)-most))
	}
	return strings.Join(lines, "")
}

// answer orders the rows as the query says, and else as they are: in canonical order.
func (m *maintained) answer() (*Answer, error) {
	a := &Answer{Rows: m.rows, Width: m.width, Ordered: len(m.order) > 0}
	for i := range m.rows.Rows {
		w := m.rows.Weight(i)
		if w < 0 {
			return nil, &Broken{result{rows: m.rows}.text(), "a view without negative weights\n"}
		}
		for range w {
			a.order = append(a.order, i)
		}
	}
	slices.SortStableFunc(a.order, func(i, j int) int {
		for _, o := range m.order {
			if c := compare(&m.rows.Cols[o.Column], i, j, o); c != 0 {
				return c
			}
		}
		return 0
	})
	return a, nil
}

func (r result) text() string { return r.String() }

// compare compares two rows by one column of an order.
func compare(c *batch.Column, i, j int, o plan.OrderSpec) int {
	if x, y := c.Null(i), c.Null(j); x || y {
		switch {
		case x && y:
			return 0
		case x == o.NullsFirst:
			return -1
		}
		return 1
	}
	by := kernel.CompareRows([]batch.Column{*c}, []batch.Column{*c}, i, j)
	if o.Desc {
		return -by
	}
	return by
}
