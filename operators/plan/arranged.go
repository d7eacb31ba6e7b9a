package plan

import (
	"fmt"
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// SideOf is an input of a join.
type SideOf struct {
	Join *Node
	Side int
}

// Arrangement is rows that several sides of joins, perhaps of several statements, read by the same key: those of a
// Table, or of a node. They are kept once.
type Arrangement struct {
	Table   string // "": the rows of node
	Node    *Node
	Key     []int // columns of the table's schema, or of the node
	Columns []int // that the joins need behind the key, the same
	Sides   []SideOf
}

// Arrangements returns what the joins of views share, by the sides that do, and all in a fixed order.
func Arrangements(views []View) (bySide map[SideOf]*Arrangement, all []*Arrangement) {
	known := map[string]*Arrangement{}
	numbers := map[*Node]int{}
	(&Plan{Views: views}).visit(func(n *Node, _ ast.Span) {
		for side := range n.Inputs {
			if n.Kind != Join || !shareable(n, side) {
				continue
			}
			in := n.Inputs[side]
			a := &Arrangement{Node: in, Key: n.Join.Keys(side)}
			name := ""
			if in.Kind == Scan {
				a.Table, a.Key = in.Scan.Table, Pick(in.Scan.Columns, a.Key)
				name = "table " + a.Table
			} else {
				if numbers[in] == 0 {
					numbers[in] = len(numbers) + 1
				}
				name = fmt.Sprint("node ", numbers[in])
			}
			name = fmt.Sprint(name, " by ", a.Key)
			if known[name] == nil {
				known[name] = a
				all = append(all, a)
			}
			known[name].read(SideOf{n, side})
		}
	})
	all = slices.DeleteFunc(all, func(a *Arrangement) bool { return len(a.Sides) < 2 })
	bySide = map[SideOf]*Arrangement{}
	for _, a := range all {
		for _, s := range a.Sides {
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
	return !outer || !slices.ContainsFunc(j.Keys(side), func(c int) bool { return n.Inputs[side].Fields[c].Nullable })
}

// Keys returns the key columns of a side.
func (j *JoinSpec) Keys(side int) []int {
	if side == 0 {
		return j.Left
	}
	return j.Right
}

// read adds a side, with the columns that its join needs.
func (a *Arrangement) read(s SideOf) {
	a.Sides = append(a.Sides, s)
	j, width := s.Join.Join, len(s.Join.Inputs[0].Fields)
	needed := slices.Clone(j.Output)
	for _, c := range j.Residual {
		needed = append(needed, expr.Columns(c)...)
	}
	for _, c := range needed {
		if (c >= width) != (s.Side == 1) {
			continue
		}
		if c = a.column(s, c-s.Side*width); !slices.Contains(a.Key, c) && !slices.Contains(a.Columns, c) {
			a.Columns = append(a.Columns, c)
		}
	}
}

// column returns the arrangement's number of a column of a side.
func (a *Arrangement) column(s SideOf, c int) int {
	if a.Table != "" {
		return s.Join.Inputs[s.Side].Scan.Columns[c]
	}
	return c
}

// Places returns, for each column of a side, where the arrangement has it, or -1.
func (a *Arrangement) Places(s SideOf) []int {
	out := make([]int, len(s.Join.Inputs[s.Side].Fields))
	kept := append(slices.Clone(a.Key), a.Columns...)
	for c := range out {
		out[c] = slices.Index(kept, a.column(s, c))
	}
	return out
}
