package ast

// Query is [WITH ...] body [ORDER BY ...] [LIMIT ...] [OFFSET ...].
type Query struct {
	At
	With    *With // nil if none
	Body    Body
	OrderBy []Order
	Limit   Expr // nil: all rows
	Offset  Expr // nil: from the first
	// WithTies is FETCH FIRST n ROWS WITH TIES.
	WithTies bool
	Emit     Emit
}

// Emit says when a query gives its results.
type Emit int

// The kinds of Emit.
const (
	EmitDefault Emit = iota
	EmitChanges
	EmitOnWindowClose
)

// With is WITH [RECURSIVE] name AS (query), ...; a later one sees the earlier ones.
type With struct {
	At
	Recursive bool
	CTEs      []CTE
}

// CTE is one named query of a WITH.
type CTE struct {
	At
	Name    Ident
	Columns []Ident
	Query   *Query
}

// Order is one item of an ORDER BY.
type Order struct {
	At
	Expr  Expr
	Desc  bool
	Nulls Nulls
}

// Nulls says where NULL stands in an order.
type Nulls int

// The places of NULL. By default it is last when ascending and first when descending.
const (
	NullsDefault Nulls = iota
	NullsFirst
	NullsLast
)

// SetKind is the kind of a set operation.
type SetKind int

// The set operations.
const (
	Union SetKind = iota
	Except
	Intersect
)

// String returns the keyword.
func (k SetKind) String() string { return [...]string{"UNION", "EXCEPT", "INTERSECT"}[k] }

// SetOp is left UNION|EXCEPT|INTERSECT [ALL] right.
type SetOp struct {
	At
	Kind        SetKind
	All         bool
	Left, Right Body
}

// Values is VALUES (a, b), (c, d). All rows have the same number of expressions.
type Values struct {
	At
	Rows [][]Expr
}

// Select is a SELECT up to, not including, ORDER BY.
type Select struct {
	At
	Distinct   bool
	DistinctOn []Expr // DISTINCT ON (...); Distinct is then false
	Items      []Item
	// From lists what stands between commas; empty for a SELECT without FROM.
	From  []From
	Where Expr
	// GroupBy holds expressions, *Tuple without items for (), and *Grouping.
	GroupBy []Expr
	// GroupByAll is GROUP BY ALL: group by every item that has no aggregate.
	GroupByAll bool
	Having     Expr
	Windows    []NamedWindow
	Qualify    Expr
}

// Item is one element of a select list.
type Item struct {
	At
	Expr  Expr // a *Star for * and t.*
	Alias Ident
}

// NamedWindow is WINDOW name AS (spec).
type NamedWindow struct {
	At
	Name Ident
	Spec *Window
}

// Window is what follows OVER: a name, or PARTITION BY, ORDER BY and a frame.
type Window struct {
	At
	// Name is that of OVER name or of a window that this one starts from: OVER (name ORDER BY x).
	Name Ident
	// Bare says that it was OVER name, without parentheses.
	Bare        bool
	PartitionBy []Expr
	OrderBy     []Order
	Frame       *Frame // nil if none
}

// Frame is ROWS|RANGE|GROUPS BETWEEN start AND end.
type Frame struct {
	At
	// Unit is ROWS, RANGE or GROUPS.
	Unit       string
	Start, End Bound
	// Exclude is "", CURRENT ROW, GROUP, TIES or NO OTHERS.
	Exclude string
}

// BoundKind is the kind of a frame's bound.
type BoundKind int

// The kinds of bound, from first to last.
const (
	UnboundedPreceding BoundKind = iota
	Preceding
	CurrentRow
	Following
	UnboundedFollowing
)

// Bound is where a frame starts or ends.
type Bound struct {
	At
	Kind  BoundKind
	Value Expr // of Preceding and Following; nil otherwise
}

func (*Query) body()  {}
func (*SetOp) body()  {}
func (*Values) body() {}
func (*Select) body() {}
