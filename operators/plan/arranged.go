package plan

import (
	"fmt"
	"slices"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/relation"
)

// sideOf is an input of a join.
type sideOf struct {
	join *Node
	side int
}

// arrangement is rows that several sides of joins, perhaps of several statements, read by the same key: those of a
// table, or of a node. They are kept once.
type arrangement struct {
	table   string // "": the rows of node
	node    *Node
	key     []int // columns of the table's schema, or of the node
	columns []int // that the joins need behind the key, the same
	sides   []sideOf
}

// built is an arrangement as a node of the graph.
type built struct {
	*arrangement
	at placed
	of map[int]*relation.Arranged // of each worker
}

// arrangements returns what the joins of views share, by the sides that do, and all in a fixed order.
func arrangements(views []View) (bySide map[sideOf]*arrangement, all []*arrangement) {
	known := map[string]*arrangement{}
	numbers := map[*Node]int{}
	(&Plan{Views: views}).visit(func(n *Node) {
		for side := range n.Inputs {
			if n.Kind != Join || !shareable(n, side) {
				continue
			}
			in := n.Inputs[side]
			a := &arrangement{node: in, key: n.Join.keys(side)}
			name := ""
			if in.Kind == Scan {
				a.table, a.key = in.Scan.Table, pick(in.Scan.Columns, a.key)
				name = "table " + a.table
			} else {
				if numbers[in] == 0 {
					numbers[in] = len(numbers) + 1
				}
				name = fmt.Sprint("node ", numbers[in])
			}
			name = fmt.Sprint(name, " by ", a.key)
			if known[name] == nil {
				known[name] = a
				all = append(all, a)
			}
			known[name].read(sideOf{n, side})
		}
	})
	all = slices.DeleteFunc(all, func(a *arrangement) bool { return len(a.sides) < 2 })
	bySide = map[sideOf]*arrangement{}
	for _, a := range all {
		for _, s := range a.sides {
			bySide[s] = a
		}
	}
	return bySide, all
}

// shareable reports whether a join reads nothing of a side but its arrangement: no rows without a match that the
// arrangement does not have, because their key is null, and no condition that makes several operators of it.
func shareable(n *Node, side int) bool {
	j := n.Join
	if len(j.Left) == 0 || j.Nulls || j.Kind != Inner && len(j.Residual) > 0 {
		return false
	}
	outer := side == 0 && (j.Kind == Left || j.Kind == Full || j.Kind == Anti) || side == 1 && (j.Kind == Right || j.Kind == Full)
	return !outer || !slices.ContainsFunc(j.keys(side), func(c int) bool { return n.Inputs[side].Fields[c].Nullable })
}

// keys returns the key columns of a side.
func (j *JoinSpec) keys(side int) []int {
	if side == 0 {
		return j.Left
	}
	return j.Right
}

// read adds a side, with the columns that its join needs.
func (a *arrangement) read(s sideOf) {
	a.sides = append(a.sides, s)
	j, width := s.join.Join, len(s.join.Inputs[0].Fields)
	needed := slices.Clone(j.Output)
	for _, c := range j.Residual {
		needed = append(needed, expr.Columns(c)...)
	}
	for _, c := range needed {
		if (c >= width) != (s.side == 1) {
			continue
		}
		if c = a.column(s, c-s.side*width); !slices.Contains(a.key, c) && !slices.Contains(a.columns, c) {
			a.columns = append(a.columns, c)
		}
	}
}

// column returns the arrangement's number of a column of a side.
func (a *arrangement) column(s sideOf, c int) int {
	if a.table != "" {
		return s.join.Inputs[s.side].Scan.Columns[c]
	}
	return c
}

// places returns, for each column of a side, where the arrangement has it, or -1.
func (a *arrangement) places(s sideOf) []int {
	out := make([]int, len(s.join.Inputs[s.side].Fields))
	kept := append(slices.Clone(a.key), a.columns...)
	for c := range out {
		out[c] = slices.Index(kept, a.column(s, c))
	}
	return out
}

// arranged returns the arrangement that a side of a join reads, adding its operator first.
func (w *builder) arranged(s sideOf) (*built, error) {
	shared := w.shared[s]
	if a := w.built[shared]; a != nil || shared == nil {
		return a, nil
	}
	a := &built{arrangement: shared, of: map[int]*relation.Arranged{}}
	w.built[shared] = a
	from := w.inputs[a.table]
	own := func(c int) int { return c }
	types := a.node.Types()
	if a.table != "" {
		i := slices.IndexFunc(w.out.Inputs, func(in Input) bool { return in.Table == a.table })
		columns := w.out.Inputs[i].Columns
		own = func(c int) int { return slices.Index(columns, c) }
		types = w.g.Types(from.id)
	} else {
		var err error
		if from, err = w.node(a.node); err != nil {
			return nil, err
		}
	}
	numbers := func(list []int) []int {
		out := make([]int, len(list))
		for i, c := range list {
			out[i] = own(c)
		}
		return out
	}
	o := relation.ArrangedOptions{Types: types, Key: numbers(a.key), Columns: numbers(a.columns), Readers: len(a.sides)}
	a.at = placed{by: o.Key, id: w.g.Add(circuit.Node{
		Name: "arrangement", Types: pick(types, append(slices.Clone(o.Key), o.Columns...)), Inputs: []circuit.Edge{exchange(from, o.Key)},
		New: func(worker int) operators.Operator {
			op := relation.NewArranged(o)
			w.arrangedMu.Lock()
			defer w.arrangedMu.Unlock()
			a.of[worker] = op
			return op
		},
	})}
	return a, nil
}

// side returns what a join is told of a side on a worker.
func (w *builder) side(s sideOf, a *built, worker int) relation.JoinSide {
	in := s.join.Inputs[s.side]
	out := relation.JoinSide{Types: in.Types(), Key: s.join.Join.keys(s.side)}
	if a != nil {
		w.arrangedMu.Lock()
		defer w.arrangedMu.Unlock()
		out.Shared, out.At = a.of[worker], a.places(s)
	}
	return out
}
