package plan

import (
	"slices"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Node returns a node that puts the rows of in into windows.
func (s *WindowSpec) Node(in *Node) *Node {
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

// Windows returns in how many windows a row is at most.
func (s *WindowSpec) Windows() int64 { return (s.Size + s.Hop - 1) / s.Hop }

// once reports whether every row is in exactly one window.
func (s *WindowSpec) once() bool { return s.Size == s.Hop }

// window: the time determines a row's only window; of several, the start tells them apart.
func (a *Analysis) window(n *Node) *deps {
	in := a.Of(n.Inputs[0])
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
