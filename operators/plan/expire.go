package plan

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/relation/timed"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// ExpireSpec keeps rows while the clock is within all Bounds. Output column i is column Output[i] of the input.
type ExpireSpec struct {
	Bounds []BoundSpec `json:"bounds"`
	Output []int       `json:"output"`
}

// BoundSpec is a timed.Bound: from when on, or until when, a row is there. Times are in microseconds.
type BoundSpec struct {
	Column   int   `json:"column"`
	Offset   int64 `json:"offset,omitempty"`
	Unit     int64 `json:"unit"`
	After    bool  `json:"after,omitempty"`
	Until    bool  `json:"until,omitempty"`
	Required bool  `json:"required,omitempty"`
}

// TimeBounded reports whether every row that comes out of n leaves again by itself as time goes on, so that the state
// of what reads it stays bounded.
func (n *Node) TimeBounded() bool {
	return n.Expire != nil && slices.ContainsFunc(n.Expire.Bounds, func(b BoundSpec) bool { return b.Until })
}

// ttl binds TTL(table, time, '1 HOUR'): the rows of the table until so long after their time.
func (b *binder) ttl(f *ast.TableFunc, with *ctes) (*Node, error) {
	a, err := b.timeArgs(f, with)
	if err != nil {
		return nil, err
	}
	at, err := b.timeOf(a.in, a.time)
	if err != nil {
		return nil, err
	}
	length, err := b.span(a.spans[0])
	if err != nil {
		return nil, err
	}
	at, offset := shifted(at)
	if offset > math.MaxInt64-length {
		offset = math.MaxInt64 - length
	}
	if at, err = b.made(a.time)(expr.Cast(at, batch.T(batch.Timestamp), false)); err != nil {
		return nil, err
	}
	c, err := b.made(f)(currentWhile(at, boundSpec{Offset: offset + length, Unit: 1, Until: true, Required: true}))
	if err != nil {
		return nil, err
	}
	return b.labelled(keep(a.in, c), f)
}

// clockedJoin takes the conditions with the clock out of an ON: to the side that they read, or above an inner join.
func (b *binder) clockedJoin(on []expr.Expr, kind JoinKind, sides [2]*Node) (rest []expr.Expr, below [2]*Node, above []expr.Expr, err error) {
	below = sides
	width := len(sides[0].Fields)
	for _, c := range on {
		if !current(c) {
			rest = append(rest, c)
			continue
		}
		switch s := side(c, width); {
		case s < 0 && (kind == Inner || kind == Right || kind == Semi):
			below[0] = keep(below[0], c)
		case s > 0 && kind != Right && kind != Full:
			below[1] = keep(below[1], expr.Remap(c, func(c int) int { return c - width }))
		case kind == Inner:
			above = append(above, c)
		default:
			at := ast.At(ast.Span{Pos: c.Pos, End: c.Pos + 1})
			return nil, below, nil, b.fail(at, codeClock, "filter that side in a derived table: JOIN (SELECT * FROM t WHERE ts > NOW() - INTERVAL '1' HOUR) t ON ...",
				"in the ON of a %s JOIN the clock can only bound rows of the side that need not match", kind)
		}
	}
	return rest, below, above, nil
}

// stays reports whether a filter is a TTL: rows end at its place in the query, so that what reads them does not keep
// them, and rows without a time become dead letters there.
func stays(n *Node) bool {
	return n.Kind == Map && slices.ContainsFunc(n.Map.Filter, func(c expr.Expr) bool {
		return current(c) && specOf(c).Required
	})
}

// expire makes operators of the conditions that bounds are. What else a filter asks for is tested before.
func expire(views []View) []View {
	return rebuild(views, func(n, _ *Node) *Node {
		if n.Kind != Map || !slices.ContainsFunc(n.Map.Filter, current) {
			return n
		}
		in := n.Inputs[0]
		width := len(in.Fields)
		below, fields := columns(in), slices.Clone(in.Fields)
		spec := &ExpireSpec{Output: upTo(width)}
		var rest []expr.Expr
		for _, c := range n.Map.Filter {
			if !current(c) {
				rest = append(rest, c)
				continue
			}
			s := specOf(c)
			spec.Bounds = append(spec.Bounds, BoundSpec{
				Column: place(&below, &fields, c.Args[0]), Offset: s.Offset, Unit: s.Unit, After: s.After, Until: s.Until, Required: s.Required,
			})
		}
		if len(rest) > 0 || len(below) > width {
			in = &Node{Kind: Map, Fields: fields, Inputs: []*Node{in}, Map: &MapSpec{Filter: rest, Exprs: below}, Rows: in.Rows}
		}
		out := &Node{Kind: Expire, Fields: slices.Clone(in.Fields[:width]), Inputs: []*Node{in}, Expire: spec, Rows: -1}
		if n.Map.Exprs == nil {
			out.Fields = n.Fields
			return out
		}
		return compute(out, n.Map.Exprs, n.Fields)
	})
}

func (p *pruner) demandExpire(n *Node, needed []int) {
	for _, b := range n.Expire.Bounds {
		p.want(n.Inputs[0], b.Column)
	}
	for _, c := range needed {
		p.want(n.Inputs[0], n.Expire.Output[c])
	}
}

func (p *pruner) rebuildExpire(out, n *Node, keep []int) {
	in := p.of(n.Inputs[0])
	out.Inputs[0] = in.node
	out.Expire = &ExpireSpec{Bounds: slices.Clone(n.Expire.Bounds), Output: in.columns(pick(n.Expire.Output, keep))}
	for i := range out.Expire.Bounds {
		b := &out.Expire.Bounds[i]
		b.Column = in.at[b.Column]
	}
}

// text describes the node.
func (s *ExpireSpec) text(n *Node) string {
	text := "rows"
	for i, b := range s.Bounds {
		if i > 0 {
			text += " and"
		}
		at := n.Inputs[0].Fields[b.Column].Name
		switch {
		case b.Offset > 0:
			at += " + " + duration(b.Offset)
		case b.Offset < 0:
			at += " - " + duration(-b.Offset)
		}
		clock := "now"
		if b.Unit > 1 {
			clock = fmt.Sprintf("now cut to %s", duration(b.Unit))
		}
		op := map[[2]bool]string{{false, false}: ">=", {false, true}: ">", {true, false}: "<", {true, true}: "<="}[[2]bool{b.Until, b.After}]
		text += " while " + clock + " " + op + " " + at
	}
	return text + " -> " + strings.Join(names(n), ", ")
}

func (w *builder) expire(n *Node, in placed) placed {
	s := n.Expire
	o := timed.ExpireOptions{Types: n.Inputs[0].Types(), Output: s.Output}
	for _, b := range s.Bounds {
		o.Bounds = append(o.Bounds, timed.Bound(b))
	}
	e := circuit.Edge{From: in.id}
	at := placed{single: in.single, by: renamed(in.by, outputMapping(s.Output))}
	if !in.single {
		if at.by == nil { // so that a row and its retraction meet
			at.by = w.keys.of(n).key()
			if len(at.by) == 0 { // no key, or one row at most
				at.by = upTo(len(n.Fields))
			}
			e.Key = pick(s.Output, at.by)
		}
		o.Owner = at.by
	}
	at.id = w.g.Add(circuit.Node{
		Name: "expire", Types: n.Types(), Inputs: []circuit.Edge{e},
		New: func(worker int) operators.Operator {
			o := o
			o.Dead = w.dead(worker, "expire")
			return timed.NewExpire(o)
		},
	})
	return at
}
