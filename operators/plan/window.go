package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// windowed binds TUMBLE(table, time, size) and HOP(table, time, hop, size): the rows of the table, once for each
// window that their time lies in, with the columns window_start and window_end.
func (b *binder) windowed(f *ast.TableFunc, with *ctes) (*Node, error) {
	name, intervals := f.Func(), 1
	if name == "HOP" {
		intervals = 2
	}
	if len(f.Args) != 2+intervals || f.Args[0].Table == nil {
		form := "TUMBLE(table, time, '5 MINUTES')"
		if intervals == 2 {
			form = "HOP(table, time, '1 MINUTE', '5 MINUTES')"
		}
		return nil, b.fail(f, codeWindow, "write "+form, "%s takes a table, its time and %s", name, [...]string{"a size", "a hop and a size"}[intervals-1])
	}
	for _, a := range f.Args {
		if a.Name.Text != "" {
			return nil, b.unsupported(a, "arguments of "+name+" by name", "write them in order")
		}
	}
	in, err := b.factor(f.Args[0].Table, with)
	if err != nil {
		return nil, err
	}
	time, err := b.timeColumn(f, in)
	if err != nil {
		return nil, err
	}
	spec := &WindowSpec{Time: time}
	if spec.Size, err = b.span(&f.Args[1+intervals]); err != nil {
		return nil, err
	}
	spec.Hop = spec.Size
	if intervals == 2 {
		if spec.Hop, err = b.span(&f.Args[2]); err != nil {
			return nil, err
		}
	}
	if spec.Size%spec.Hop != 0 {
		return nil, b.fail(f.Args[3], codeSpan, "the hop comes first", "the size of a HOP is no multiple of its hop")
	}
	n := &Node{Kind: Window, Inputs: []*Node{in}, Window: spec, Rows: -1}
	stamp := batch.T(batch.Timestamp)
	n.Fields = append(slices.Clone(in.Fields), Field{Name: "window_start", Type: stamp}, Field{Name: "window_end", Type: stamp})
	if f.Alias.Name.Text == "" {
		return n, nil
	}
	return b.alias(n, f.Alias.Name.Text, f.Alias)
}

// timeColumn returns the column that the second argument of a window function names.
func (b *binder) timeColumn(f *ast.TableFunc, in *Node) (int, error) {
	a := &f.Args[1]
	name, ok := a.Expr.(*ast.Name)
	if len(a.Columns) == 1 {
		name, ok = &ast.Name{At: a.Columns[0].At, Parts: a.Columns}, true
	}
	if !ok {
		return 0, b.fail(a, codeTime, "compute it in a derived table", "the time of %s is no column", f.Func())
	}
	c, err := b.resolve(&scope{fields: in.Fields}, name)
	if err == nil && in.Fields[c].Type.Kind != batch.Timestamp {
		err = b.fail(a, codeTime, "CAST it in a derived table", "the time of %s is a timestamp, and %q is %v", f.Func(), name.String(), in.Fields[c].Type)
	}
	return c, err
}

var spanUnits = map[string]int64{"MILLISECOND": 1e3, "SECOND": 1e6, "MINUTE": 60e6, "HOUR": 3600e6, "DAY": 86400e6}

// span returns the microseconds of an interval: '5 MINUTES' or INTERVAL '5' MINUTE.
func (b *binder) span(a *ast.TableArg) (int64, error) {
	text := ""
	switch e := a.Expr.(type) {
	case *ast.Literal:
		text = e.Text
	case *ast.Name: // in double quotes
		text = e.Last().Text
	case *ast.Interval:
		if v, ok := e.Value.(*ast.Literal); ok && e.To == "" && !e.Negative {
			text = strings.TrimSpace(v.Text + " " + e.Unit)
		}
	}
	words := strings.Fields(text)
	if len(words) == 2 {
		unit := spanUnits[strings.TrimSuffix(strings.ToUpper(words[1]), "S")]
		n, err := strconv.ParseInt(words[0], 10, 64)
		if err == nil && unit > 0 && n > 0 && n <= 1e17/unit {
			return n * unit, nil
		}
	}
	return 0, b.fail(a, codeSpan, "write '5 MINUTES': a number and MILLISECONDS, SECONDS, MINUTES, HOURS or DAYS", "%q is no length of a window", text)
}

// windows returns in how many windows a row is.
func (s *WindowSpec) windows() int64 { return s.Size / s.Hop }

// rebuildWindow keeps all columns of the input, which pass through, and those of the window.
func (p *pruner) rebuildWindow(n *Node) pruned {
	in := p.of(n.Inputs[0])
	out := *n
	out.Inputs = []*Node{in.node}
	out.Window = &WindowSpec{Time: in.at[n.Window.Time], Hop: n.Window.Hop, Size: n.Window.Size}
	width, now := len(n.Inputs[0].Fields), len(in.node.Fields)
	out.Fields = append(slices.Clone(in.node.Fields), n.Fields[width:]...)
	at := map[int]int{width: now, width + 1: now + 1}
	for old, c := range in.at {
		at[old] = c
		out.Fields[c].Name, out.Fields[c].Table = n.Fields[old].Name, n.Fields[old].Table
	}
	return pruned{&out, at}
}

// window: the time determines a row's only window; of several, the start tells them apart.
func (a *analysis) window(n *Node) *deps {
	in := a.of(n.Inputs[0])
	width := len(n.Inputs[0].Fields)
	start, end := width, width+1
	d := &deps{fds: append(slices.Clone(in.fds), dep{[]int{start}, []int{end}}, dep{[]int{end}, []int{start}})}
	if n.Window.windows() == 1 {
		d.fds = append(d.fds, dep{[]int{n.Window.Time}, []int{start, end}})
		d.unique = in.unique
		return d
	}
	for _, u := range in.unique {
		d.unique = append(d.unique, append(slices.Clone(u), start))
	}
	return d
}

func (w *builder) window(n *Node, in placed) placed {
	s := n.Window
	id := w.g.Add(circuit.Node{
		Name: "window", Types: n.Types(), Inputs: []circuit.Edge{{From: in.id}},
		New: func(worker int) operators.Operator {
			return relation.NewWindow(relation.WindowOptions{Time: s.Time, Hop: s.Hop, Size: s.Size, Dead: w.dead(worker, "window")})
		},
	})
	return placed{id: id, by: in.by, single: in.single}
}
