package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr"
)

// ExpireSpec keeps rows while the clock is within all Bounds. Output column i is column Output[i] of the input.
type ExpireSpec struct {
	Bounds []BoundSpec `json:"bounds"`
	Output []int       `json:"output"`
}

// BoundSpec is a timed.Bound: from when on, or until when, a row is there. Times are in microseconds.
type BoundSpec struct {
	Column   int   `json:"column"`
	Offset   int64 `json:"offset,omitempty"`
	Unit     int64 `json:"unit"`
	After    bool  `json:"after,omitempty"`
	Until    bool  `json:"until,omitempty"`
	Required bool  `json:"required,omitempty"`
}

// TimeBounded reports whether every row that comes out of n leaves again by itself as time goes on, so that the state
// of what reads it stays bounded.
func (n *Node) TimeBounded() bool {
	return n.Expire != nil && slices.ContainsFunc(n.Expire.Bounds, func(b BoundSpec) bool { return b.Until })
}

// text describes the node.
func (s *ExpireSpec) text(n *Node) string {
	bounds := make([]string, len(s.Bounds))
	for i, b := range s.Bounds {
		at := n.Inputs[0].Fields[b.Column].Name
		switch {
		case b.Offset > 0:
			at += " + " + duration(b.Offset)
		case b.Offset < 0:
			at += " - " + duration(-b.Offset)
		}
		clock := "now"
		if b.Unit > 1 {
			clock = fmt.Sprintf("now cut to %s", duration(b.Unit))
		}
		op := map[[2]bool]string{{false, false}: ">=", {false, true}: ">", {true, false}: "<", {true, true}: "<="}[[2]bool{b.Until, b.After}]
		bounds[i] = "while " + clock + " " + op + " " + at
	}
	return "rows " + strings.Join(bounds, " and ") + " -> " + strings.Join(Names(n), ", ")
}

// IsCurrent is the condition that the rules see in place of a comparison with NOW(). Its arguments are a timestamp and
// the fields of a Bound behind the column.
const IsCurrent = "is current"

// Current reports whether a condition is one of the clock: that the row is current.
func Current(e expr.Expr) bool { return e.IsCall(IsCurrent) }

// Expressions returns all expressions of a node.
func (n *Node) Expressions() []expr.Expr {
	var all []expr.Expr
	if n.Map != nil {
		all = append(append(all, n.Map.Filter...), n.Map.Exprs...)
	}
	if n.Join != nil {
		all = append(all, n.Join.Residual...)
	}
	if n.Values != nil {
		for _, row := range n.Values.Rows {
			all = append(all, row...)
		}
	}
	return all
}

// CurrentSpec is a Bound without its column.
type CurrentSpec struct {
	Offset, Unit           int64
	After, Until, Required bool
}

// SpecOf reads what currentWhile wrote.
func SpecOf(c expr.Expr) CurrentSpec {
	number := func(i int) int64 {
		n, err := strconv.ParseInt(c.Args[i].Value, 10, 64)
		if err != nil {
			panic("plan: a bound that is no number: " + err.Error())
		}
		return n
	}
	truth := func(i int) bool { return c.Args[i].Value == "true" }
	return CurrentSpec{Offset: number(1), Unit: number(2), After: truth(3), Until: truth(4), Required: truth(5)}
}
