package plan

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/millrace-dev/millrace/operators/expr"
)

// Explain returns the plan as text: each view as a tree, the reader of rows above what it reads, with about how
// many rows come out and what the operator keeps between epochs. A node with several readers is shown once and
// named by its number after that. Rows and bytes follow from the counts that the catalog has.
func (p *Plan) Explain(catalog Catalog) string {
	e := &explainer{catalog: catalog, numbers: map[*Node]int{}, count: Readers(p.Views)}
	e.shared, _ = Arrangements(p.Views)
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
	catalog Catalog
	out     strings.Builder
	numbers map[*Node]int
	count   map[*Node]int
	shared  map[SideOf]*Arrangement
	kept    map[*Arrangement]int // the numbers of those that were shown
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
	for i, h := range holdings(n, e.catalog) {
		if a := e.shared[SideOf{n, i}]; a != nil {
			if number, shown := e.kept[a]; shown {
				fmt.Fprintf(&e.out, "%s    reads %s from arrangement %d\n", indent, h.What, number)
				continue
			}
			if e.kept == nil {
				e.kept = map[*Arrangement]int{}
			}
			e.kept[a] = len(e.kept) + 1
			h.What += fmt.Sprintf(" for %d readers, as arrangement %d", len(a.Sides), e.kept[a])
		}
		size := ""
		if h.Known {
			size = ": about " + about(h.Bytes) + " bytes"
		}
		fmt.Fprintf(&e.out, "%s    keeps %s%s\n", indent, h.What, size)
	}
	for _, in := range n.Inputs {
		e.node(in, depth+1)
	}
}

func (e *explainer) describe(n *Node) string {
	return e.operation(n) + e.rows(n)
}

// rows says about how many rows come out of a node, if the counts that it follows from are known.
func (e *explainer) rows(n *Node) string {
	if counted(n, e.catalog) {
		return ", about " + about(Estimate(n)) + " rows"
	}
	return ""
}

// operation is a switch over the kinds.
func (e *explainer) operation(n *Node) string {
	switch n.Kind {
	case Scan:
		return "scan " + n.Scan.Table + " (" + strings.Join(Names(n), ", ") + ")"
	case Map:
		var parts []string
		if len(n.Map.Filter) > 0 {
			parts = append(parts, "where "+exprs(n.Map.Filter, n.Inputs[0], " and "))
		}
		if n.Map.Exprs != nil {
			parts = append(parts, "compute "+exprs(n.Map.Exprs, n.Inputs[0], ", "))
		}
		return strings.Join(parts, ", ")
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
		return text + " -> " + strings.Join(Names(n), ", ")
	case Aggregate:
		s, in := n.Aggregate, n.Inputs[0]
		var calls []string
		for _, c := range s.Calls {
			calls = append(calls, c.text(in))
		}
		text := "aggregate " + strings.Join(calls, ", ")
		if !s.Global {
			text += " by " + strings.Join(Pick(Names(in), s.Keys), ", ")
		}
		return text
	case Window:
		return n.Window.text(n)
	case Session:
		return n.Session.text(n)
	case Expire:
		return n.Expire.text(n)
	case Top:
		return n.Top.text(n)
	case TopJoin:
		return n.Top.text(n) + " of an " + e.operation(n.joined())
	case Over:
		return n.Over.text(n.Inputs[0])
	case Values:
		return "values (" + strings.Join(Names(n), ", ") + ")"
	case Union:
		if n.Union != nil && n.Union.Negate != nil {
			return "the rows of the first input without those of the second"
		}
	case Unique:
		return "one row for each " + strings.Join(Pick(Names(n), n.Unique.Key), ", ")
	}
	return string(n.Kind)
}

func exprs(es []expr.Expr, in *Node, between string) string {
	texts := make([]string, len(es))
	for i, e := range es {
		texts[i] = expr.Format(e, Names(in))
	}
	return strings.Join(texts, between)
}

// duration writes microseconds.
func duration(us int64) string { return (time.Duration(us) * time.Microsecond).String() }

// about writes a number with two digits and a unit.
func about(x float64) string {
	units := []string{"", " k", " M", " G", " T", " P", " E"}
	for len(units) > 1 && x >= 999.5 {
		x, units = x/1000, units[1:]
	}
	switch {
	case x >= 1e6:
		return strconv.FormatFloat(x, 'e', 0, 64) + units[0]
	case x >= 100:
		x = math.Round(x/10) * 10
	case x < 10 && len(units) < 7:
		return strconv.FormatFloat(x, 'g', 2, 64) + units[0]
	}
	return strconv.FormatFloat(x, 'f', 0, 64) + units[0]
}
