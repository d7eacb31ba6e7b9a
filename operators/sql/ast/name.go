package ast

import "strings"

// OutputName returns the name of a select item without an alias: the last part of a column's name, and
// of any other expression its text with columns unqualified, function names and keywords in capitals, single
// blanks, and only the parentheses that are needed: COUNT(*), ROUND(SUM(x), 2), a + b, 'text'.
func OutputName(e Expr) string {
	switch e := e.(type) {
	case *Name:
		return e.Last().Text
	case *Field:
		return e.Name.Text
	}
	p := namer{printer{fold: true}}
	return p.text(e)
}

// namer writes expressions the short way. What it does not know it leaves to the printer.
type namer struct{ printer }

// text returns the short text of an expression.
func (n *namer) text(e Expr) string {
	switch e := e.(type) {
	case nil:
		return ""
	case *Name:
		return e.Last().Text
	case *Star:
		return "*"
	case *Unary:
		if e.Op == OpNot {
			return "NOT " + n.inside(e.X, rankNot)
		}
		x := n.inside(e.X, rankTight)
		if strings.HasPrefix(x, "-") {
			x = " " + x // two would start a comment
		}
		return string(e.Op) + x
	case *Binary:
		r := rank(e)
		if r == rankCompare { // what compares is not compared
			return n.inside(e.Left, rankOther) + " " + string(e.Op) + " " + n.inside(e.Right, rankOther)
		}
		return n.inside(e.Left, r) + " " + string(e.Op) + " " + n.inside(e.Right, r+1)
	case *Is, *Between, *In, *Match:
		return n.predicate(e)
	case *Call:
		if e.Filter == nil && e.Over == nil && e.OrderBy == nil && e.WithinGroup == nil && e.Nulls == "" && !e.FromLast {
			return n.call(e)
		}
	case *Case:
		return n.caseText(e)
	case *Cast:
		try := ""
		if e.Try {
			try = "TRY_"
		}
		return try + "CAST(" + n.text(e.X) + " AS " + SQL(e.Type) + ")"
	case *Extract:
		return "EXTRACT(" + e.Field + " FROM " + n.text(e.X) + ")"
	}
	n.Reset()
	n.expr(e)
	s := n.String()
	if strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")") && wrapped(e) {
		s = s[1 : len(s)-1]
	}
	return s
}

// wrapped says whether the printer puts parentheses around an expression of this kind.
func wrapped(e Expr) bool {
	switch e.(type) {
	case *Quantified, *AtTimeZone, *Collate:
		return true
	}
	return false
}

// inside returns the text of an operand, in parentheses if it binds less tightly than least.
func (n *namer) inside(e Expr, least int) string {
	s := n.text(e)
	if rank(e) < least {
		return "(" + s + ")"
	}
	return s
}

func (n *namer) list(items []Expr) string {
	texts := make([]string, len(items))
	for i, e := range items {
		texts[i] = n.text(e)
	}
	return strings.Join(texts, ", ")
}

func (n *namer) predicate(e Expr) string {
	switch e := e.(type) {
	case *Is:
		return n.inside(e.X, rankCompare) + " IS" + not(e.Not) + " " + isWord[e.Kind]
	case *Between:
		word := " BETWEEN "
		if e.Symmetric {
			word = " BETWEEN SYMMETRIC "
		}
		return n.inside(e.X, rankOther) + not(e.Not) + word + n.inside(e.Low, rankOther) + " AND " + n.inside(e.High, rankOther)
	case *In:
		list := n.list(e.List)
		if e.Query != nil {
			list = SQL(e.Query)
		}
		return n.inside(e.X, rankOther) + not(e.Not) + " IN (" + list + ")"
	case *Match:
		word := [...]string{" LIKE ", " ILIKE ", " SIMILAR TO ", " RLIKE "}[e.Kind]
		s := n.inside(e.X, rankOther) + not(e.Not) + word + n.inside(e.Pattern, rankOther)
		if e.Escape != nil {
			s += " ESCAPE " + n.inside(e.Escape, rankOther)
		}
		return s
	}
	return ""
}

func (n *namer) call(c *Call) string {
	s := c.Func()
	if c.TypeParam != nil {
		s += "<" + SQL(c.TypeParam) + ">"
	}
	switch {
	case c.Star:
		return s + "(*)"
	case c.Distinct:
		return s + "(DISTINCT " + n.list(c.Args) + ")"
	case len(c.Args) == 0 && bareCall[s]:
		return s
	}
	return s + "(" + n.list(c.Args) + ")"
}

func (n *namer) caseText(c *Case) string {
	var s strings.Builder
	s.WriteString("CASE")
	if c.X != nil {
		s.WriteString(" " + n.text(c.X))
	}
	for _, w := range c.Whens {
		s.WriteString(" WHEN " + n.text(w.Cond) + " THEN " + n.text(w.Then))
	}
	if c.Else != nil {
		s.WriteString(" ELSE " + n.text(c.Else))
	}
	return s.String() + " END"
}

// The ranks of operators, from loose to tight.
const (
	rankOr = iota
	rankAnd
	rankNot
	rankIs
	rankCompare
	rankMatch
	rankOther
	rankAdd
	rankMul
	rankPow
	rankTight
)

// rank says how tightly an expression holds together.
func rank(e Expr) int {
	switch e := e.(type) {
	case *Unary:
		switch e.Op {
		case OpNot:
			return rankNot
		case OpBitNot:
			return rankOther
		}
		return rankTight
	case *Is:
		return rankIs
	case *Between, *In, *Match:
		return rankMatch
	case *Quantified:
		return rankCompare
	case *AtTimeZone, *Collate:
		return rankPow
	case *Binary:
		switch e.Op {
		case OpOr:
			return rankOr
		case OpAnd:
			return rankAnd
		case OpEq, OpNe, OpLt, OpLe, OpGt, OpGe, OpDistinct, OpNotDistinct:
			return rankCompare
		case OpAdd, OpSub:
			return rankAdd
		case OpMul, OpDiv, OpMod, OpIntDiv:
			return rankMul
		case OpPow:
			return rankPow
		}
		return rankOther
	}
	return rankTight + 1
}
