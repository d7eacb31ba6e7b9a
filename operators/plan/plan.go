// Package plan holds plans: nodes that compute rows of rows, the keys and sizes that follow from them, and the text that
// explains them. A plan is plain data: it can be printed, written out as JSON, read back and compared. Package bind makes
// it of syntax trees, package rule makes it better, and package build makes a circuit of it.
package plan

import (
	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Kind says what a Node computes.
type Kind string

// The kinds of nodes. Scan to Distinct are logical; Combine is added where columns were dropped and
// rows may have become equal.
const (
	Scan      Kind = "scan"      // the rows of a table
	Map       Kind = "map"       // rows that pass a filter, as expressions over them
	Join      Kind = "join"      // pairs of rows with equal keys
	Aggregate Kind = "aggregate" // one row a group
	Union     Kind = "union"     // all rows of all inputs
	Distinct  Kind = "distinct"  // each row once
	Combine   Kind = "combine"   // the same Z-set, with equal rows added up
	Unique    Kind = "unique"    // one row a key: a declared key that the plan does not prove
	Positive  Kind = "positive"  // the rows whose weight is above zero
	Values    Kind = "values"    // constant rows
	Top       Kind = "top"       // the first rows in an order
	TopJoin   Kind = "topjoin"   // the first pairs of a join for each of its keys: a Top over a Join
	Over      Kind = "over"      // rows with the results of window functions
	Window    Kind = "window"    // rows once for each window that their time lies in
	Session   Kind = "session"   // rows with the session that their time lies in
	Expire    Kind = "expire"    // rows as long as the clock is within bounds of theirs
)

// JoinKind says which rows a join keeps.
type JoinKind string

// The kinds of joins.
const (
	Inner JoinKind = "inner"
	Left  JoinKind = "left"
	Right JoinKind = "right"
	Full  JoinKind = "full"
	Semi  JoinKind = "semi"
	Anti  JoinKind = "anti"
)

// Field is a column of a node's output.
type Field struct {
	// Table is the name by which SQL may qualify the column; "" if it has none.
	Table    string     `json:"table,omitempty"`
	Name     string     `json:"name"`
	Type     batch.Type `json:"type"`
	Nullable bool       `json:"nullable,omitempty"`
	// Hidden columns are found only with their qualifier or not at all: those that USING merged.
	Hidden bool `json:"hidden,omitempty"`
	// Range is between which values those of a table's column lie; nil: it is not known.
	Range *Range `json:"range,omitempty"`
}

// Node is an operation of a plan. Which of the fields below Inputs is set depends on Kind. Nodes form
// a directed acyclic graph: a node that two others read is computed once.
type Node struct {
	Kind   Kind    `json:"kind"`
	Fields []Field `json:"fields"`
	Inputs []*Node `json:"inputs,omitempty"`

	Scan      *ScanSpec      `json:"scan,omitempty"`
	Map       *MapSpec       `json:"map,omitempty"`
	Join      *JoinSpec      `json:"join,omitempty"`
	Aggregate *AggregateSpec `json:"aggregate,omitempty"`
	Unique    *UniqueSpec    `json:"unique,omitempty"`
	Union     *UnionSpec     `json:"union,omitempty"` // nil: a plain one
	Values    *ValuesSpec    `json:"values,omitempty"`
	Window    *WindowSpec    `json:"window,omitempty"`
	Session   *SessionSpec   `json:"session,omitempty"`
	Expire    *ExpireSpec    `json:"expire,omitempty"`
	Top       *TopSpec       `json:"top,omitempty"`
	Over      *OverSpec      `json:"over,omitempty"`

	// Rows is about how many rows the output has, by the connectors' counts; -1: unknown.
	Rows int64 `json:"rows"`

	// At is the place of the item of a FROM whose rows these are; empty if it is none.
	At ast.Span `json:"-"`
	// Clause is the place of what the node is there for: GROUP BY, JOIN, LIMIT; empty if nothing more can be said than of
	// the nodes that read it.
	Clause ast.Span `json:"-"`
}

// ScanSpec reads columns of a table. Output column i is column Columns[i] of the table.
type ScanSpec struct {
	Table   string `json:"table"`
	Columns []int  `json:"columns"`
}

// MapSpec keeps the rows for which all of Filter is true, and computes Exprs over them. Nil Exprs keep
// the columns as they are.
type MapSpec struct {
	Filter []expr.Expr `json:"filter,omitempty"`
	Exprs  []expr.Expr `json:"exprs,omitempty"`
}

// JoinSpec pairs rows of two inputs whose keys are equal and not null, and for which Residual, over
// the columns of both inputs, is true. Output column i is column Output[i] of left and right together.
type JoinSpec struct {
	Kind     JoinKind    `json:"kind"`
	Left     []int       `json:"left"`
	Right    []int       `json:"right"`
	Residual []expr.Expr `json:"residual,omitempty"`
	Output   []int       `json:"output"`
	// Nulls makes null keys equal.
	Nulls bool `json:"nulls,omitempty"`
	// Cross says that all pairs are meant where there are no keys.
	Cross bool `json:"cross,omitempty"`
}

// AggregateSpec groups by columns of the input. The output has the columns of Keys, then those of
// Carried, which the keys determine, then one for each call.
type AggregateSpec struct {
	Keys    []int  `json:"keys"`
	Carried []int  `json:"carried,omitempty"`
	Calls   []Call `json:"calls"`
	// Global says that there is no GROUP BY: one row, even of an empty input.
	Global bool `json:"global,omitempty"`
}

// Call is an aggregate over a column of the input; Arg is -1 for COUNT(*). More are further arguments. Rows with a null
// in one of the columns Where do not count where rows are kept in Order. Text is a separator, or a fraction.
type Call struct {
	Func     string      `json:"func"`
	Arg      int         `json:"arg"`
	More     []int       `json:"more,omitempty"`
	Distinct bool        `json:"distinct,omitempty"`
	Where    []int       `json:"where,omitempty"`
	Order    []OrderSpec `json:"order,omitempty"`
	Text     string      `json:"text,omitempty"`
	Type     batch.Type  `json:"type"`
}

// UniqueSpec keeps, of the rows with the same key, the first in canonical order.
type UniqueSpec struct {
	Key []int `json:"key"`
	// Table is set where the key is a table's and rows may also come as keyed changes.
	Table string `json:"table,omitempty"`
}

// UnionSpec says how the inputs of a union belong together.
type UnionSpec struct {
	// Negate says which inputs are taken away from the others; nil: none.
	Negate []bool `json:"negate,omitempty"`
	// Parts says that the inputs are parts of the same rows, no row in two of them, so that what is unique in all is so
	// together.
	Parts bool `json:"parts,omitempty"`
}

// Parts returns the rows of inputs that are parts of the same rows, no row in two of them.
func Parts(inputs ...*Node) *Node {
	return &Node{Kind: Union, Fields: inputs[0].Fields, Inputs: inputs, Union: &UnionSpec{Parts: true}, Rows: -1}
}

// ValuesSpec holds literals, row by row.
type ValuesSpec struct {
	Rows [][]expr.Expr `json:"rows"`
}

// WindowSpec puts rows into the windows of Size that begin every Hop, both in microseconds, by the column Time. The
// output has the input's columns, then the window's start and end.
type WindowSpec struct {
	Time int   `json:"time"`
	Hop  int64 `json:"hop"`
	Size int64 `json:"size"`
	// Cumulate makes windows that begin where one of Size does and end every Hop.
	Cumulate bool `json:"cumulate,omitempty"`
}

// TopSpec keeps, of the rows of each group, Limit rows behind the first Offset. Rows that Order does not tell apart come
// in canonical order. With Ties, those that it does not tell apart from the last one are kept, too.
type TopSpec struct {
	Keys   []int       `json:"keys,omitempty"` // none: all rows are one group
	Order  []OrderSpec `json:"order,omitempty"`
	Limit  int64       `json:"limit"`
	Offset int64       `json:"offset,omitempty"`
	Ties   bool        `json:"ties,omitempty"`
}

// OrderSpec is a column to order by.
type OrderSpec struct {
	Column     int  `json:"column"`
	Desc       bool `json:"desc,omitempty"`
	NullsFirst bool `json:"nulls_first,omitempty"`
}

// View is a named result of a script.
type View struct {
	Name string `json:"name"`
	// Columns are the names of the result's columns; nodes may be shared under other names.
	Columns []string `json:"columns"`
	Node    *Node    `json:"node"`
	// Key holds positions of columns that are unique in the result; nil: none is known.
	Key []int `json:"key,omitempty"`

	// Span is the place of the name that the statement gives it.
	Span ast.Span `json:"-"`
}

// Schema returns the schema of the view's rows.
func (v *View) Schema() batch.Schema {
	s := batch.Schema{Key: v.Key}
	for i, f := range v.Node.Fields {
		s.Fields = append(s.Fields, batch.Field{Name: v.Columns[i], Type: f.Type, Nullable: f.Nullable})
	}
	return s
}

// Types returns the column types of the output.
func (n *Node) Types() []batch.Type {
	types := make([]batch.Type, len(n.Fields))
	for i := range n.Fields {
		types[i] = n.Fields[i].Type
	}
	return types
}

// Catalog knows the tables that SQL may name.
type Catalog interface {
	// Table returns the named table, or false. Names are case-sensitive.
	Table(name string) (*Table, bool)
	// Names returns all table names, sorted.
	Names() []string
}

// Table is what the planner knows of a table.
type Table struct {
	Name string
	// Schema's Key is set only where the host enforces it; then it gives functional dependencies.
	Schema batch.Schema
	// Rows is about how many rows the table has; -1: unknown.
	Rows int64
	// Ranges are, by column of the schema, between which values those lie, where that is known.
	Ranges map[int]Range
}

// Range is the least and the greatest of integers, or of days since 1970-01-01.
type Range struct {
	Min int64 `json:"min"`
	Max int64 `json:"max"`
}

// Range notes that values of a column lie in a range; others may lie in others.
func (t *Table) Range(column int, r Range) {
	if t.Ranges == nil {
		t.Ranges = map[int]Range{}
	}
	if have, ok := t.Ranges[column]; ok {
		r = Range{min(r.Min, have.Min), max(r.Max, have.Max)}
	}
	t.Ranges[column] = r
}
