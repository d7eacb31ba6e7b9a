package plan

import (
	"slices"
	"strconv"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/relation/over"
)

// reads returns the columns that an Over needs for some of its calls.
func (s *OverSpec) reads(calls []int) []int {
	cols := slices.Clone(s.Keys)
	for _, o := range s.Order {
		cols = append(cols, o.Column)
	}
	for _, i := range calls {
		for _, c := range []int{s.Calls[i].Arg, s.Calls[i].Default} {
			if c >= 0 {
				cols = append(cols, c)
			}
		}
	}
	return cols
}

// split divides columns of an Over's output into those that pass through and calls.
func (s *OverSpec) split(columns []int) (through, calls []int) {
	for _, c := range columns {
		if c < len(s.Output) {
			through = append(through, s.Output[c])
		} else {
			calls = append(calls, c-len(s.Output))
		}
	}
	return through, calls
}

// demandOver needs nothing for calls that nobody reads; without any the Over goes.
func (p *pruner) demandOver(n *Node, needed []int) {
	through, calls := n.Over.split(needed)
	if len(calls) == 0 {
		p.want(n.Inputs[0], through...)
		return
	}
	p.want(n.Inputs[0], n.overReads(through, calls)...)
}

// overReads returns the columns of the input that an Over needs for columns that pass through and for calls, each once: at
// least one, as rows have columns.
func (n *Node) overReads(through, calls []int) []int {
	read := append(slices.Clone(through), n.Over.reads(calls)...)
	if len(read) == 0 {
		read = []int{narrowest(n.Inputs[0])}
	}
	slices.Sort(read)
	return slices.Compact(read)
}

func (p *pruner) rebuildOver(n *Node, keep []int) pruned {
	s, at := n.Over, map[int]int{}
	through, calls := s.split(keep)
	if len(calls) == 0 {
		in := p.of(n.Inputs[0])
		for _, c := range keep {
			at[c] = in.at[s.Output[c]]
		}
		return pruned{in.node, at}
	}
	read := n.overReads(through, calls)
	to := func(c int) int { return slices.Index(read, c) }
	out := *n
	out.Inputs = []*Node{p.exactly(n.Inputs[0], read)}
	spec := &OverSpec{}
	for _, k := range s.Keys {
		spec.Keys = append(spec.Keys, to(k))
	}
	for _, o := range s.Order {
		o.Column = to(o.Column)
		spec.Order = append(spec.Order, o)
	}
	for _, c := range through {
		spec.Output = append(spec.Output, to(c))
	}
	for _, i := range calls {
		c := s.Calls[i]
		c.Arg, c.Default = to(c.Arg), to(c.Default)
		spec.Calls = append(spec.Calls, c)
	}
	out.Over, out.Fields = spec, pick(n.Fields, keep)
	for i, c := range keep {
		at[c] = i
	}
	return pruned{&out, at}
}

// over: the rows are those of the input, and ROW_NUMBER tells those of a partition apart. Peers have the same place, and the
// same results where the frame goes by peers.
func (a *analysis) over(n *Node) *deps {
	s, width := n.Over, len(n.Over.Output)
	d := a.of(n.Inputs[0]).rename(outputMapping(s.Output))
	keys := renamed(s.Keys, outputMapping(s.Output))
	if len(s.Keys) > 0 && keys == nil {
		return d
	}
	peers := slices.Clone(keys)
	for _, o := range s.Order {
		if c := slices.Index(s.Output, o.Column); c >= 0 && peers != nil {
			peers = append(peers, c)
		} else if c < 0 {
			peers = nil
		}
	}
	for i, c := range s.Calls {
		switch {
		case c.Func == "row_number":
			d.unique = append(d.unique, append(slices.Clone(keys), width+i))
		case len(peers) == len(s.Keys)+len(s.Order) && c.Default < 0 && (over.Placed(c.Func) && c.Func != "ntile" || !over.Placed(c.Func) && c.Frame.Start.Unit != over.Rows && c.Frame.End.Unit != over.Rows):
			d.fds = append(d.fds, dep{peers, []int{width + i}})
		}
	}
	return d
}

// pushOver tests a condition below an Over: one on columns of PARTITION BY says which partitions there are, and one that
// ROW_NUMBER is at most some number which rows of each. Nil: it has to be tested above.
func pushOver(n *Node, c expr.Expr) *Node {
	s := n.Over
	cols := expr.Columns(c)
	outside := func(c int) bool { return c >= len(s.Output) || !slices.Contains(s.Keys, s.Output[c]) }
	out := *n
	if len(cols) > 0 && !slices.ContainsFunc(cols, outside) {
		out.Rows, out.Inputs = -1, []*Node{push(n.Inputs[0], expr.Remap(c, func(c int) int { return s.Output[c] }))}
		return &out
	}
	most, exactly, ok := s.atMost(c)
	if !ok || !s.ahead() {
		return nil
	}
	if in := n.Inputs[0]; in.Kind != Top || in.Top.Limit > most || !in.Top.same(s) {
		top := &TopSpec{Keys: s.Keys, Order: s.Order, Limit: most}
		out.Rows, out.Inputs = -1, []*Node{{Kind: Top, Fields: in.Fields, Inputs: n.Inputs, Top: top, Rows: -1}}
	}
	if exactly && most > 1 {
		return keep(&out, c)
	}
	return &out
}

// same reports whether a Top is by the groups and the order of an Over.
func (t *TopSpec) same(s *OverSpec) bool {
	return t.Offset == 0 && slices.Equal(t.Keys, s.Keys) && slices.Equal(t.Order, s.Order)
}

// atMost reports whether a condition says that a ROW_NUMBER is at most some number, or just that one.
func (s *OverSpec) atMost(c expr.Expr) (most int64, exactly, ok bool) {
	for _, op := range []string{"=", "<", "<=", ">", ">="} {
		if !c.IsCall(op) {
			continue
		}
		x, y := c.Args[0], c.Args[1]
		if x.Op == expr.LiteralOp {
			x, y, op = y, x, mirrored[op]
		}
		column, is := x.IsColumn()
		n, err := strconv.ParseInt(y.Value, 10, 64)
		if !is || column < len(s.Output) || s.Calls[column-len(s.Output)].Func != "row_number" || y.Op != expr.LiteralOp || y.Null || !y.Type.Integer() || err != nil {
			return 0, false, false
		}
		if op == "<" {
			n--
		}
		return max(n, 0), op == "=", op != ">" && op != ">=" && n < 1<<40 && (op != "=" || n > 0)
	}
	return 0, false, false
}

// ahead reports whether no call looks at rows behind the current one.
func (s *OverSpec) ahead() bool {
	for _, c := range s.Calls {
		switch c.Func {
		case "row_number", "rank", "dense_rank":
		default:
			if end := c.Frame.End; over.Placed(c.Func) || end.Unit != over.Rows || end.Offset > 0 {
				return false
			}
		}
	}
	return true
}

// over computes window functions where the partitions are owned.
func (w *builder) over(n *Node, in placed) placed {
	s, types := n.Over, n.Inputs[0].Types()
	o := over.Options{Types: types, Keys: w.keys.of(n.Inputs[0]).shrink(s.Keys), Calls: s.Calls, Order: orderKeys(s.Order), Output: s.Output}
	id := w.g.Add(circuit.Node{
		Name: "over", Types: n.Types(), Inputs: []circuit.Edge{exchange(in, o.Keys)},
		New: func(worker int) operators.Operator {
			o := o
			o.Dead = w.dead(worker, "over")
			return over.New(o)
		},
	})
	return placed{id: id, by: renamed(o.Keys, outputMapping(s.Output)), single: len(o.Keys) == 0}
}
