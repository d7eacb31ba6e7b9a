package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/relation/over"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// OverSpec adds the results of window functions to the rows. The output has the columns Output of the input, then one for
// each call.
type OverSpec struct {
	Keys   []int       `json:"keys,omitempty"` // PARTITION BY; none: all rows are one partition
	Order  []OrderSpec `json:"order,omitempty"`
	Calls  []over.Call `json:"calls"`
	Output []int       `json:"output"`
}

// Number is the type of places and counts.
var Number = batch.T(batch.Int64)

// text writes an Over as SQL does.
func (s *OverSpec) text(in *Node) string {
	var calls []string
	for i := range s.Calls {
		calls = append(calls, callText(&s.Calls[i], in))
	}
	var parts []string
	if len(s.Keys) > 0 {
		parts = append(parts, "partition by "+strings.Join(Pick(Names(in), s.Keys), ", "))
	}
	if len(s.Order) > 0 {
		parts = append(parts, "order by "+orderText(s.Order, in))
	}
	return strings.Join(calls, ", ") + " over (" + strings.Join(parts, " ") + ")"
}

func callText(c *over.Call, in *Node) string {
	var args []string
	switch {
	case c.Func == "count(*)":
		return c.Func + frameText(c)
	case c.Arg >= 0:
		args = Pick(Names(in), append([]int{c.Arg}, c.More...))
	}
	if c.N != 0 {
		args = append(args, strconv.FormatInt(c.N, 10))
	}
	if c.Text != "" {
		args = append(args, strconv.Quote(c.Text))
	}
	text := c.Func + "("
	if c.Distinct {
		text += "distinct "
	}
	text += strings.Join(args, ", ")
	if len(c.Order) > 0 {
		var order []OrderSpec
		for _, o := range c.Order {
			order = append(order, OrderSpec{Column: o.Col, Desc: o.Desc, NullsFirst: o.NullsFirst})
		}
		text += " order by " + orderText(order, in)
	}
	text += ")"
	if c.IgnoreNulls {
		text += " ignore nulls"
	}
	return text + frameText(c)
}

// frameText writes a frame, unless it is the usual one.
func frameText(c *over.Call) string {
	first := over.Bound{Unit: over.Unbounded}
	usual := []over.Frame{{}, {Start: first, End: over.Bound{Unit: over.Groups}}, {Start: first, End: first}}
	if slices.Contains(usual, c.Frame) {
		return ""
	}
	text := " from " + boundText(&c.Frame.Start, "the first") + " to " + boundText(&c.Frame.End, "the last")
	if c.Frame.Exclude != "" {
		text += " without " + map[over.Exclude]string{over.CurrentRow: "the row", over.Group: "its group", over.Ties: "its ties"}[c.Frame.Exclude]
	}
	return text
}

func boundText(b *over.Bound, unbounded string) string {
	switch {
	case b.Unit == over.Unbounded:
		return unbounded
	case b.Months != 0:
		return strconv.FormatInt(b.Months, 10) + " months"
	case b.Unit == over.Range && b.Float != 0:
		return "value " + strconv.FormatFloat(b.Float, 'g', -1, 64)
	case b.Unit == over.Range:
		return "value " + strconv.FormatInt(b.Offset, 10)
	case b.Offset == 0:
		return map[over.Unit]string{over.Rows: "the row", over.Groups: "its peers"}[b.Unit]
	}
	return strings.TrimSuffix(string(b.Unit), "s") + " " + strconv.FormatInt(b.Offset, 10)
}

// reads returns the columns that an Over needs for some of its calls.
func (s *OverSpec) reads(calls []int) []int {
	cols := slices.Clone(s.Keys)
	for _, o := range s.Order {
		cols = append(cols, o.Column)
	}
	for _, i := range calls {
		cols = append(cols, s.Calls[i].Columns()...)
	}
	return cols
}

// Split divides columns of an Over's output into those that pass through and calls.
func (s *OverSpec) Split(columns []int) (through, calls []int) {
	for _, c := range columns {
		if c < len(s.Output) {
			through = append(through, s.Output[c])
		} else {
			calls = append(calls, c-len(s.Output))
		}
	}
	return through, calls
}

// OverReads returns the columns of the input that an Over needs for columns that pass through and for calls, each once: at
// least one, as rows have columns.
func (n *Node) OverReads(through, calls []int) []int {
	read := append(slices.Clone(through), n.Over.reads(calls)...)
	if len(read) == 0 {
		read = []int{Narrowest(n.Inputs[0])}
	}
	slices.Sort(read)
	return slices.Compact(read)
}

// over: the rows are those of the input, and ROW_NUMBER tells those of a partition apart. Peers have the same place, and the
// same results where the frame goes by peers.
func (a *Analysis) over(n *Node) *deps {
	s, width := n.Over, len(n.Over.Output)
	d := a.Of(n.Inputs[0]).rename(OutputMapping(s.Output))
	keys := Renamed(s.Keys, OutputMapping(s.Output))
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
		case len(peers) == len(s.Keys)+len(s.Order) && c.Default < 0 && c.ByPeers():
			d.fds = append(d.fds, dep{peers, []int{width + i}})
		}
	}
	return d
}

// Same reports whether a Top is by the groups and the order of an Over.
func (t *TopSpec) Same(s *OverSpec) bool {
	return t.Offset == 0 && !t.Ties && slices.Equal(t.Keys, s.Keys) && slices.Equal(t.Order, s.Order)
}

// AtMost reports whether a condition says that a ROW_NUMBER is at most some number, or just that one.
func (s *OverSpec) AtMost(c expr.Expr) (most int64, exactly, ok bool) {
	for _, op := range []string{"=", "<", "<=", ">", ">="} {
		if !c.IsCall(op) {
			continue
		}
		x, y := c.Args[0], c.Args[1]
		if x.Op == expr.LiteralOp {
			x, y, op = y, x, Mirrored[op]
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

// Ahead reports whether no call looks at rows behind the current one.
func (s *OverSpec) Ahead() bool {
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
