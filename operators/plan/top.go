package plan

import (
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/operators/relation"
)

// text writes an order as SQL does.
func (s *TopSpec) text(n *Node) string {
	text := "the first " + strconv.FormatInt(s.Limit, 10)
	if s.Ties {
		text += " with ties"
	}
	if s.Offset > 0 {
		text += " behind " + strconv.FormatInt(s.Offset, 10)
	}
	if len(s.Order) > 0 {
		text += " by " + orderText(s.Order, n)
	}
	if len(s.Keys) > 0 {
		text += " of each " + strings.Join(Pick(Names(n), s.Keys), ", ")
	}
	return text
}

func orderText(order []OrderSpec, n *Node) string {
	var parts []string
	for _, o := range order {
		text := n.Fields[o.Column].Name
		if o.Desc {
			text += " desc"
		}
		if o.NullsFirst != o.Desc {
			text += map[bool]string{true: " nulls first", false: " nulls last"}[o.NullsFirst]
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

// OrderKeys returns an order as operators take it.
func OrderKeys(order []OrderSpec) (keys []relation.OrderKey) {
	for _, k := range order {
		keys = append(keys, relation.OrderKey{Col: k.Column, Desc: k.Desc, NullsFirst: k.NullsFirst})
	}
	return keys
}
