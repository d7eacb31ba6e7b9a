package plan

import (
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/operators/relation/timed"
	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// SessionSpec puts rows into sessions by the column Time, apart for each value of Keys: a session ends when no row comes
// for Gap microseconds. The output has the input's columns, then the session's start and end.
type SessionSpec struct {
	Keys []int `json:"keys,omitempty"`
	Time int   `json:"time"`
	Gap  int64 `json:"gap"`
}

// session binds SESSION(table, time, gap, keys), where the keys may stand behind PARTITION BY, too.
func (b *binder) session(f *ast.TableFunc, with *ctes) (*Node, error) {
	a, err := b.timeArgs(f, with)
	if err != nil {
		return nil, err
	}
	gap, keys := a.spans[0], a.keys
	if len(gap.Columns) > 0 && len(keys) > 0 { // SESSION(TABLE t, DESCRIPTOR(time), DESCRIPTOR(key), gap)
		last := len(keys) - 1
		gap, keys = keys[last], append([]*ast.TableArg{gap}, keys[:last]...)
	}
	spec := &SessionSpec{}
	if spec.Time, err = b.timeColumn(f, a.in, a.time); err != nil {
		return nil, err
	}
	if spec.Gap, err = b.span(gap); err != nil {
		return nil, err
	}
	for _, k := range keys {
		if err := b.sessionKeys(spec, a.in, k); err != nil {
			return nil, err
		}
	}
	for _, e := range f.Args[0].Partition {
		if err := b.sessionKeys(spec, a.in, &ast.TableArg{At: ast.At(e.Span()), Expr: e}); err != nil {
			return nil, err
		}
	}
	return b.labelled(spec.node(a.in), f)
}

// sessionKeys adds the columns of an argument.
func (b *binder) sessionKeys(spec *SessionSpec, in *Node, a *ast.TableArg) error {
	parts := []*ast.TableArg{a}
	if len(a.Columns) > 1 {
		parts = nil
		for _, c := range a.Columns {
			parts = append(parts, &ast.TableArg{At: c.At, Columns: []ast.Ident{c}})
		}
	}
	for _, part := range parts {
		c, err := b.argColumn(part, in)
		switch {
		case err != nil:
			return err
		case c < 0:
			return b.fail(part, codeTime, "compute it in a derived table", "a SESSION is divided by columns, and this is none")
		case c == spec.Time:
			return b.fail(part, codeTime, "name other columns, or none", "a SESSION cannot be divided by its time")
		case !slices.Contains(spec.Keys, c):
			spec.Keys = append(spec.Keys, c)
		}
	}
	return nil
}

func (s *SessionSpec) node(in *Node) *Node {
	return &Node{Kind: Session, Fields: withWindow(in.Fields), Inputs: []*Node{in}, Session: s, Rows: in.Rows}
}

// text describes the node.
func (s *SessionSpec) text(n *Node) string {
	text := "sessions with gaps of " + duration(s.Gap) + " by " + n.Fields[s.Time].Name
	if len(s.Keys) > 0 {
		text += " for each " + strings.Join(pick(names(n), s.Keys), ", ")
	}
	return text
}

// rebuildSession keeps all columns of the input, which pass through, and those of the session.
func (p *pruner) rebuildSession(n *Node) pruned {
	in := p.of(n.Inputs[0])
	spec := &SessionSpec{Keys: in.columns(n.Session.Keys), Time: in.at[n.Session.Time], Gap: n.Session.Gap}
	return p.passThrough(n, in, func(out *Node) { out.Session = spec })
}

// session: rows of one time and partition are in the same session, which its start or its end tells apart.
func (a *analysis) session(n *Node) *deps {
	in, s := a.of(n.Inputs[0]), n.Session
	width := len(n.Inputs[0].Fields)
	start, end := width, width+1
	with := func(c int) []int { return append(slices.Clone(s.Keys), c) }
	return &deps{unique: in.unique, fds: append(slices.Clone(in.fds),
		dep{with(s.Time), []int{start, end}}, dep{with(start), []int{end}}, dep{with(end), []int{start}})}
}

func (w *builder) session(n *Node, in placed) placed {
	s := n.Session
	o := timed.SessionOptions{Types: n.Inputs[0].Types(), Keys: s.Keys, Time: s.Time, Gap: s.Gap}
	id := w.g.Add(circuit.Node{
		Name: "session", Types: n.Types(), Inputs: []circuit.Edge{exchange(in, s.Keys)},
		New: func(worker int) operators.Operator {
			o := o
			o.Dead = w.dead(worker, "session")
			return timed.NewSession(o)
		},
	})
	return placed{id: id, by: s.Keys, single: len(s.Keys) == 0}
}
