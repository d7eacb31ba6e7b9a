package plan

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/millrace-dev/millrace/operators/expr"
)

// Explain returns the plan as text: each view as a tree, the reader of rows above what it reads, with about how
// many rows come out and what the operator keeps between epochs. A node with several readers is shown once and
// named by its number after that.
func (p *Plan) Explain() string {
	e := &explainer{numbers: map[*Node]int{}, count: readers(p.Views)}
	for _, v := range p.Views {
		key := "none: equal rows are counted"
		if v.Key != nil {
			names := make([]string, len(v.Key))
			for i, k := range v.Key {
				names[i] = v.Columns[k]
			}
			key = strings.Join(names, ", ")
		}
		fmt.Fprintf(&e.out, "view %s (%s), key %s\n", v.Name, strings.Join(v.Columns, ", "), key)
		e.node(v.Node, 1)
	}
	return e.out.String()
}

type explainer struct {
	out     strings.Builder
	numbers map[*Node]int
	count   map[*Node]int
}

func (e *explainer) node(n *Node, depth int) {
	indent := strings.Repeat("  ", depth)
	if number, seen := e.numbers[n]; seen {
		fmt.Fprintf(&e.out, "%s#%d, see above\n", indent, number)
		return
	}
	label := ""
	if e.count[n] > 1 {
		e.numbers[n] = len(e.numbers) + 1
		label = fmt.Sprintf("#%d ", e.numbers[n])
	}
	fmt.Fprintf(&e.out, "%s%s%s\n", indent, label, e.describe(n))
	if keeps := n.keeps(); keeps != "" {
		fmt.Fprintf(&e.out, "%s    keeps %s\n", indent, keeps)
	}
	for _, in := range n.Inputs {
		e.node(in, depth+1)
	}
}

func (e *explainer) describe(n *Node) string {
	rows := ", about " + about(estimate(n)) + " rows"
	switch n.Kind {
	case Scan:
		return "scan " + n.Scan.Table + " (" + strings.Join(names(n), ", ") + ")" + rows
	case Map:
		var parts []string
		if len(n.Map.Filter) > 0 {
			parts = append(parts, "where "+exprs(n.Map.Filter, n.Inputs[0], " and "))
		}
		if n.Map.Exprs != nil {
			parts = append(parts, "compute "+exprs(n.Map.Exprs, n.Inputs[0], ", "))
		}
		return strings.Join(parts, ", ") + rows
	case Join:
		j := n.Join
		var on []string
		for i := range j.Left {
			on = append(on, n.Inputs[0].Fields[j.Left[i]].Name+" = "+n.Inputs[1].Fields[j.Right[i]].Name)
		}
		text := string(j.Kind) + " join"
		if len(on) == 0 && j.Kind == Inner {
			text = "cross join"
		}
		if len(on) > 0 {
			text += " on " + strings.Join(on, " and ")
		}
		if j.Nulls {
			text += ", nulls equal,"
		}
		if len(j.Residual) > 0 {
			both := &Node{Fields: append(append([]Field{}, n.Inputs[0].Fields...), n.Inputs[1].Fields...)}
			text += " where " + exprs(j.Residual, both, " and ")
		}
		return text + " -> " + strings.Join(names(n), ", ") + rows
	case Aggregate:
		s, in := n.Aggregate, n.Inputs[0]
		var calls []string
		for _, c := range s.Calls {
			calls = append(calls, c.text(in))
		}
		text := "aggregate " + strings.Join(calls, ", ")
		if !s.Global {
			text += " by " + strings.Join(pick(names(in), s.Keys), ", ")
		}
		return text + rows
	case Window:
		s := n.Window
		text := "windows of " + duration(s.Size)
		if s.Hop != s.Size {
			text += " every " + duration(s.Hop)
		}
		return text + " by " + n.Fields[s.Time].Name + rows
	case Top:
		return n.Top.text(n) + rows
	case Values:
		return "values (" + strings.Join(names(n), ", ") + ")" + rows
	case Union:
		if n.Union != nil {
			return "the rows of the first input without those of the second" + rows
		}
	case Unique:
		return "one row for each " + strings.Join(pick(names(n), n.Unique.Key), ", ") + rows
	}
	return string(n.Kind) + rows
}

// keeps says what an operator keeps between epochs.
func (n *Node) keeps() string {
	size := func(n *Node) string {
		return about(estimate(n)*float64(width(n)+8)) + " bytes"
	}
	switch n.Kind {
	case Join:
		return "both sides by their keys: about " + size(n.Inputs[0]) + " and " + size(n.Inputs[1])
	case Aggregate:
		return "a row for each group: about " + size(n)
	case Distinct, Unique, Positive, Top:
		return "its input: about " + size(n.Inputs[0])
	}
	return ""
}

func (c *Call) text(in *Node) string {
	if c.Arg < 0 {
		return c.Func
	}
	distinct := ""
	if c.Distinct {
		distinct = "distinct "
	}
	return c.Func + "(" + distinct + in.Fields[c.Arg].Name + ")"
}

func exprs(es []expr.Expr, in *Node, between string) string {
	texts := make([]string, len(es))
	for i, e := range es {
		texts[i] = expr.Format(e, names(in))
	}
	return strings.Join(texts, between)
}

// duration writes microseconds.
func duration(us int64) string { return (time.Duration(us) * time.Microsecond).String() }

// about writes a number with two digits and a unit.
func about(x float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e9, " G"}, {1e6, " M"}, {1e3, " k"}} {
		if x >= unit.size {
			return strconv.FormatFloat(x/unit.size, 'g', 2, 64) + unit.name
		}
	}
	return strconv.FormatFloat(x, 'f', 0, 64)
}
