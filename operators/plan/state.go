package plan

import (
	"cmp"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// Holding is what an operator keeps between epochs: rows of its output or of an input.
type Holding struct {
	// What says it in words: "left side by its key".
	What string
	// Rows and Bytes are predicted from the counts that connectors reported. Where a count is missing they
	// are a guess, and Known is false.
	Rows, Bytes float64
	Known       bool
	// Streams are the tables without end and without a key whose every row is kept: the state grows as long
	// as rows come. TTL bounds it.
	Streams []string
}

// State is the prediction of what a plan keeps.
type State struct {
	Bytes float64
	// Known says that every count was reported.
	Known bool
	// Largest is the part that takes the most bytes, and Operator what keeps it.
	Largest  Holding
	Operator string
	At       ast.Span // the place of that
	// Streams are the tables without end whose rows some operator keeps, each with that operator.
	Streams []Stream
	// Widest is the operator with the most rows of output, and WidestRows how many, if the counts are known.
	Widest     string
	WidestRows float64
	WidestAt   ast.Span
}

// Stream is a table without end whose rows an operator keeps forever.
type Stream struct {
	Table, Operator string
	At              ast.Span // of what the operator is there for
}

// State predicts what the operators of a plan keep between epochs.
func (p *Plan) State(catalog Catalog) State {
	s := State{Known: true}
	e := &explainer{catalog: catalog}
	seen := map[string]bool{}
	shared, _ := Arrangements(p.Views)
	p.visit(func(n *Node, at ast.Span) {
		for i, h := range holdings(n, catalog) {
			if a := shared[SideOf{n, i}]; a != nil && a.Sides[0] != (SideOf{n, i}) {
				continue // it is counted with the first
			}
			s.Bytes += h.Bytes
			s.Known = s.Known && h.Known
			if h.Bytes > s.Largest.Bytes {
				s.Largest, s.Operator, s.At = h, e.describe(n), at
			}
			for _, table := range h.Streams {
				if !seen[table] {
					seen[table] = true
					s.Streams = append(s.Streams, Stream{table, e.describe(n), at})
				}
			}
		}
		if rows := Estimate(n); counted(n, catalog) && rows > s.WidestRows {
			s.Widest, s.WidestRows, s.WidestAt = e.describe(n), rows, at
		}
	})
	return s
}

// visit calls f for every node, inputs first, once, with the place of what it is there for: its own, that of a node which
// reads it, or that of the view.
func (p *Plan) visit(f func(n *Node, at ast.Span)) {
	seen := map[*Node]bool{}
	var down func(n *Node, at ast.Span)
	down = func(n *Node, at ast.Span) {
		if seen[n] {
			return
		}
		seen[n] = true
		at = cmp.Or(n.Clause, at)
		for _, in := range n.Inputs {
			down(in, at)
		}
		f(n, at)
	}
	for _, v := range p.Views {
		down(v.Node, v.Span)
	}
}

// holdings returns what the operator of a node keeps. It is a switch over the kinds.
func holdings(n *Node, catalog Catalog) []Holding {
	rows := func(what string, of *Node) Holding {
		h := Holding{What: what, Rows: Estimate(of), Known: counted(of, catalog)}
		h.Bytes = h.Rows * float64(Width(of)+8)
		if of != n {
			h.Streams = streams(of, catalog)
		}
		return h
	}
	switch n.Kind {
	case Join, TopJoin:
		return []Holding{rows("the left side by its key", n.Inputs[0]), rows("the right side by its key", n.Inputs[1])}
	case Aggregate:
		out := []Holding{rows("a row for each group", n)}
		if n.Aggregate.values() {
			out = append(out, rows("the values of its groups in order", n.Inputs[0]))
		}
		return out
	case Session:
		return []Holding{rows("its input by partition and time", n.Inputs[0])}
	case Expire:
		return []Holding{rows("the rows that are to come and go, by that time", n)}
	case Distinct, Unique, Positive, Top, Over:
		return []Holding{rows("its input", n.Inputs[0])}
	}
	return nil
}

// values reports whether an aggregate keeps the values of its groups.
func (s *AggregateSpec) values() bool {
	for _, c := range s.Calls {
		if a, _ := expr.AggregateNamed(c.Func, false); c.Func != "count(*)" && !a.Linear || c.Distinct {
			return true
		}
	}
	return false
}

// counted reports whether the rows of a node follow from counts that connectors reported.
func counted(n *Node, catalog Catalog) bool {
	if n.Kind == Scan {
		t, ok := catalog.Table(n.Scan.Table)
		return ok && t.Rows > 0
	}
	for _, in := range n.Inputs {
		if !counted(in, catalog) {
			return false
		}
	}
	return true
}

// streams returns the tables without end and without a key of which a node may hand on every row.
func streams(n *Node, catalog Catalog) []string {
	switch n.Kind {
	case Scan:
		t, ok := catalog.Table(n.Scan.Table)
		if ok && t.Rows == 0 && t.Schema.Key == nil {
			return []string{n.Scan.Table}
		}
		return nil
	case Aggregate, Top, TopJoin, Unique, Distinct:
		return nil // as many rows as there are groups
	}
	if n.TimeBounded() {
		return nil
	}
	var out []string
	for _, in := range n.Inputs {
		out = append(out, streams(in, catalog)...)
	}
	return out
}

// Exceeds returns why the plan should not run with so much memory, and the place of that; "" if nothing is known against it.
func (s *State) Exceeds(bytes int64) (why string, at ast.Span) {
	switch {
	case bytes > 0 && s.Largest.Known && s.Largest.Bytes > float64(bytes):
		return s.Operator + " would keep " + s.Largest.What + ", about " + about(s.Largest.Bytes) + " bytes", s.At
	case bytes > 0 && s.Known && s.Bytes > float64(bytes):
		return "all operators together would keep about " + about(s.Bytes) + " bytes, the largest part of it, " +
			about(s.Largest.Bytes) + " bytes, by " + s.Operator, s.At
	case s.WidestRows > mostRows:
		return s.Widest + " would come out of it", s.WidestAt
	}
	return "", ast.Span{}
}

// mostRows is how many rows an operator may put out by the counts: what takes about a day at a million rows a second.
const mostRows = 1e11
