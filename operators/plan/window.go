package plan

import (
	"slices"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// windowed binds TUMBLE(table, time, size), HOP(table, time, hop, size) and CUMULATE(table, time, step, size): the rows
// of the table, once for each window that their time lies in, with the columns window_start and window_end.
func (b *binder) windowed(f *ast.TableFunc, with *ctes) (*Node, error) {
	name := f.Func()
	a, err := b.timeArgs(f, with)
	if err != nil {
		return nil, err
	}
	spec, err := b.windowSpec(name, a.spans)
	if err != nil {
		return nil, err
	}
	if spec.Time, err = b.timeColumn(f, a.in, a.time); err != nil {
		return nil, err
	}
	return b.labelled(spec.node(a.in), f)
}

// windowSpec reads the lengths of a window function.
func (b *binder) windowSpec(name string, args []*ast.TableArg) (*WindowSpec, error) {
	spans := make([]int64, len(args))
	for i := range args {
		var err error
		if spans[i], err = b.span(args[i]); err != nil {
			return nil, err
		}
	}
	last := args[len(args)-1]
	spec := &WindowSpec{Hop: spans[0], Size: spans[len(spans)-1], Cumulate: name == "CUMULATE"}
	step := map[bool]string{true: "step", false: "hop"}[spec.Cumulate]
	switch {
	case spec.Hop > spec.Size:
		return nil, b.fail(last, codeSpan, "the "+step+" comes first", "the size of a %s is less than its %s", name, step)
	case spec.Cumulate && spec.Size%spec.Hop != 0:
		return nil, b.fail(last, codeSpan, "take one that is", "the size of a %s is no multiple of its %s", name, step)
	case spec.windows() > maxWindows:
		return nil, b.fail(args[0], codeSpan, "take a longer one", "a row would be in %d windows, and %d is the most", spec.windows(), maxWindows)
	}
	return spec, nil
}

// maxWindows is in how many windows a row may be.
const maxWindows = 10_000

func (s *WindowSpec) node(in *Node) *Node {
	n := &Node{Kind: Window, Inputs: []*Node{in}, Window: s, Rows: -1}
	n.Fields = withWindow(in.Fields)
	return n
}

// withWindow adds the columns of a window.
func withWindow(fields []Field) []Field {
	stamp := batch.T(batch.Timestamp)
	return append(slices.Clone(fields), Field{Name: "window_start", Type: stamp}, Field{Name: "window_end", Type: stamp})
}

// text describes the node.
func (s *WindowSpec) text(n *Node) string {
	text := "windows of " + duration(s.Size)
	switch {
	case s.Cumulate:
		text = "windows of " + duration(s.Hop) + " and so on to " + duration(s.Size)
	case !s.once():
		text += " every " + duration(s.Hop)
	}
	return text + " by " + n.Fields[s.Time].Name
}

// windows returns in how many windows a row is at most.
func (s *WindowSpec) windows() int64 { return (s.Size + s.Hop - 1) / s.Hop }

// once reports whether every row is in exactly one window.
func (s *WindowSpec) once() bool { return s.Size == s.Hop }

// rebuildWindow keeps all columns of the input, which pass through, and those of the window.
func (p *pruner) rebuildWindow(n *Node) pruned {
	in := p.of(n.Inputs[0])
	spec := *n.Window
	spec.Time = in.at[spec.Time]
	return p.passThrough(n, in, func(out *Node) { out.Window = &spec })
}

// passThrough rebuilds a node whose output is its input and two columns more.
func (p *pruner) passThrough(n *Node, in pruned, set func(out *Node)) pruned {
	out := *n
	out.Inputs = []*Node{in.node}
	set(&out)
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
	own, each := []dep{{[]int{start}, []int{end}}, {[]int{end}, []int{start}}}, start
	if n.Window.Cumulate && !n.Window.once() { // windows of one start have several ends
		own, each = own[1:], end
	}
	d := &deps{fds: append(slices.Clone(in.fds), own...)}
	if n.Window.once() {
		d.fds = append(d.fds, dep{[]int{n.Window.Time}, []int{start, end}})
		d.unique = in.unique
		return d
	}
	for _, u := range in.unique {
		d.unique = append(d.unique, append(slices.Clone(u), each))
	}
	return d
}

func (w *builder) window(n *Node, in placed) placed {
	s := n.Window
	id := w.g.Add(circuit.Node{
		Name: "window", Types: n.Types(), Inputs: []circuit.Edge{{From: in.id}},
		New: func(worker int) operators.Operator {
			return relation.NewWindow(relation.WindowOptions{Time: s.Time, Hop: s.Hop, Size: s.Size, Cumulate: s.Cumulate, Dead: w.dead(worker, "window")})
		},
	})
	return placed{id: id, by: in.by, single: in.single}
}
