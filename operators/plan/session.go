package plan

import (
	"slices"
	"strings"
)

// SessionSpec puts rows into sessions by the column Time, apart for each value of Keys: a session ends when no row comes
// for Gap microseconds. The output has the input's columns, then the session's start and end.
type SessionSpec struct {
	Keys []int `json:"keys,omitempty"`
	Time int   `json:"time"`
	Gap  int64 `json:"gap"`
}

// Node returns a node that forms the sessions of in.
func (s *SessionSpec) Node(in *Node) *Node {
	return &Node{Kind: Session, Fields: withWindow(in.Fields), Inputs: []*Node{in}, Session: s, Rows: in.Rows}
}

// text describes the node.
func (s *SessionSpec) text(n *Node) string {
	text := "sessions with gaps of " + duration(s.Gap) + " by " + n.Fields[s.Time].Name
	if len(s.Keys) > 0 {
		text += " for each " + strings.Join(Pick(Names(n), s.Keys), ", ")
	}
	return text
}

// session: rows of one time and partition are in the same session, which its start or its end tells apart.
func (a *Analysis) session(n *Node) *deps {
	in, s := a.Of(n.Inputs[0]), n.Session
	width := len(n.Inputs[0].Fields)
	start, end := width, width+1
	with := func(c int) []int { return append(slices.Clone(s.Keys), c) }
	return &deps{unique: in.unique, fds: append(slices.Clone(in.fds),
		dep{with(s.Time), []int{start, end}}, dep{with(start), []int{end}}, dep{with(end), []int{start}})}
}
