// Package ast holds the syntax tree of a SQL script: what was written, before names are bound and
// types are checked. It knows neither the library that helps to parse nor the catalog.
//
// The set of nodes is closed: Statement, Body, From and Expr list theirs. Every node says where it
// stands in the script (Span); a Source turns that into line and column. Names keep the case of the
// text, keywords do not. Parentheses are not nodes: the tree is the grouping. An optional Ident is
// absent when its Text is empty, every other optional part when it is nil.
package ast

// Node is anything of the tree that has a place in the text.
type Node interface {
	// Span returns the bytes of the script the node was read from.
	Span() Span
}

// Span is a range of bytes of a script: from Pos up to, not including, End.
type Span struct{ Pos, End int }

// To returns the span from the start of s to the end of t.
func (s Span) To(t Span) Span { return Span{s.Pos, max(s.End, t.End)} }

// At is embedded in every node and makes it one.
type At Span

// Span returns the place of the node.
func (a At) Span() Span { return Span(a) }

// Ident is one name as written: a column, an alias, a part of a longer name. Names are compared
// byte by byte; whether it was quoted matters only to the printer and to functions, whose names
// are folded unless quoted.
type Ident struct {
	At
	Text   string
	Quoted bool
}

// Statement is *QueryStatement, *CreateView, *CreateTable, *CreateFunctions, *Insert, *Update or
// *Delete.
type Statement interface {
	Node
	statement()
}

// Body is what a query computes before it is ordered and limited: *Select, *SetOp, *Values, or
// *Query for a query in parentheses that has a WITH, an order or a limit of its own.
type Body interface {
	Node
	body()
}

// From is something that stands for rows: *Table, *Derived, *Join or *TableFunc.
type From interface {
	Node
	from()
}

// Expr is an expression: *Name, *Literal, *Interval, *Param, *Star, *Unary, *Binary, *Is, *Between,
// *In, *Match, *Quantified, *Exists, *Subquery, *Tuple, *Array, *Call, *NamedArg, *Case, *Cast,
// *Extract, *Trim, *AtTimeZone, *Collate, *Index, *Field or *Grouping.
type Expr interface {
	Node
	expr()
}
