package ast

import "strings"

// Name is a column, a table or a function by name: a, t.a, connection.t.a.
type Name struct {
	At
	Parts []Ident
}

// Last returns the last part: the column of t.a.
func (n *Name) Last() Ident { return n.Parts[len(n.Parts)-1] }

// Qualifier returns the parts before the last: the table of t.a.
func (n *Name) Qualifier() []Ident { return n.Parts[:len(n.Parts)-1] }

// String returns the parts joined by dots, without quotes.
func (n *Name) String() string {
	parts := make([]string, len(n.Parts))
	for i, p := range n.Parts {
		parts[i] = p.Text
	}
	return strings.Join(parts, ".")
}

// LiteralKind is the kind of a literal.
type LiteralKind int

// The kinds of literal.
const (
	Null LiteralKind = iota
	Bool
	Number
	String
	Bytes
	Date
	Time
	Timestamp
	TimestampTZ
)

// Literal is a constant other than an interval.
type Literal struct {
	At
	Kind LiteralKind
	// Text is the value: TRUE or FALSE; a number as written, without underscores, perhaps with a
	// leading minus; the contents of a string without quotes and escapes; two hex digits a byte.
	Text string
}

// Interval is INTERVAL value unit [TO unit].
type Interval struct {
	At
	// Value is a String or a Number literal, or any expression when a unit follows.
	Value Expr
	// Negative is INTERVAL - '1' DAY.
	Negative bool
	// Unit and To are in capitals and in the singular: YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE,
	// SECOND, MILLISECOND, MICROSECOND or NANOSECOND. Unit is "" for INTERVAL '1 day'.
	Unit, To string
}

// Param is $n.
type Param struct {
	At
	N int
}

// Star is * or t.*, in a select list or in COUNT(*).
type Star struct {
	At
	Qualifier []Ident
	Except    []Ident // of * EXCEPT (a, b)
}

// Op is an operator, as the printer writes it.
type Op string

// The operators. Other spellings are folded: != is <>, == is =, ** is ^, MOD is %.
const (
	OpOr          Op = "OR"
	OpAnd         Op = "AND"
	OpNot         Op = "NOT"
	OpEq          Op = "="
	OpNe          Op = "<>"
	OpLt          Op = "<"
	OpLe          Op = "<="
	OpGt          Op = ">"
	OpGe          Op = ">="
	OpDistinct    Op = "IS DISTINCT FROM"
	OpNotDistinct Op = "IS NOT DISTINCT FROM"
	OpAdd         Op = "+"
	OpSub         Op = "-"
	OpMul         Op = "*"
	OpDiv         Op = "/"
	OpIntDiv      Op = "DIV"
	OpMod         Op = "%"
	OpPow         Op = "^"
	OpConcat      Op = "||"
	OpBitOr       Op = "|"
	OpBitAnd      Op = "&"
	OpBitXor      Op = "#"
	OpBitNot      Op = "~"
	OpShiftLeft   Op = "<<"
	OpShiftRight  Op = ">>"
	OpArrow       Op = "->"
	OpArrowText   Op = "->>"
	OpPath        Op = "#>"
	OpPathText    Op = "#>>"
	OpContains    Op = "@>"
	OpContained   Op = "<@"
	OpOverlap     Op = "&&"
	OpMatch       Op = "~"
	OpMatchFold   Op = "~*"
	OpNoMatch     Op = "!~"
	OpNoMatchFold Op = "!~*"
)

// Unary is a prefix operator: NOT, -, + or ~.
type Unary struct {
	At
	Op Op
	X  Expr
}

// Binary is left op right, comparisons and AND and OR among them.
type Binary struct {
	At
	Op Op
	// OpAt is the place of the operator itself.
	OpAt        Span
	Left, Right Expr
}

// IsKind is what an IS asks for.
type IsKind int

// The kinds of Is.
const (
	IsNull IsKind = iota
	IsTrue
	IsFalse
	IsUnknown
)

// Is is x IS [NOT] NULL|TRUE|FALSE|UNKNOWN.
type Is struct {
	At
	X    Expr
	Kind IsKind
	Not  bool
}

// Between is x [NOT] BETWEEN low AND high.
type Between struct {
	At
	X, Low, High Expr
	Not          bool
	Symmetric    bool
}

// In is x [NOT] IN (list) or x [NOT] IN (query): List or Query is set.
type In struct {
	At
	X     Expr
	List  []Expr
	Query *Query
	Not   bool
}

// LikeKind is the language of a pattern.
type LikeKind int

// The kinds of Like.
const (
	Like LikeKind = iota
	ILike
	SimilarTo
	RLike
)

// Match is x [NOT] LIKE|ILIKE|SIMILAR TO|RLIKE pattern [ESCAPE escape].
type Match struct {
	At
	Kind       LikeKind
	X, Pattern Expr
	Escape     Expr // nil if none
	Not        bool
}

// Quantified is x op ANY|ALL (query or array): Query or Array is set.
type Quantified struct {
	At
	Op    Op
	All   bool
	X     Expr
	Query *Query
	Array Expr
}

// Exists is EXISTS (query).
type Exists struct {
	At
	Query *Query
}

// Subquery is a query in parentheses used as a value.
type Subquery struct {
	At
	Query *Query
}

// Tuple is (a, b) or ROW(a, b).
type Tuple struct {
	At
	Items []Expr
}

// Array is ARRAY[a, b] or ARRAY(query).
type Array struct {
	At
	Items []Expr
	Query *Query
}

// Call is a function call, aggregates and window functions among them.
//
// SUBSTRING, POSITION, OVERLAY, CEIL and FLOOR with keywords between their arguments come as ordinary calls:
// SUBSTRING(s, from, for), POSITION(part, s), OVERLAY(s, by, from, for), CEIL(x, 'UNIT').
// CURRENT_DATE and its like come as calls without arguments.
type Call struct {
	At
	Name *Name
	// TypeParam is the type of f<type>(x); nil if none.
	TypeParam *TypeName
	// Star is f(*); Args is then empty.
	Star     bool
	Distinct bool
	Args     []Expr
	// OrderBy is the order inside the parentheses.
	OrderBy []Order
	// Nulls is IGNORE NULLS or RESPECT NULLS, "" if neither was written.
	Nulls string
	// FromLast is FROM LAST of NTH_VALUE.
	FromLast    bool
	WithinGroup []Order
	Filter      Expr    // nil if none
	Over        *Window // nil if none
}

// Func returns the name for looking the function up: in capitals unless it was quoted.
func (c *Call) Func() string { return funcName(c.Name) }

func funcName(n *Name) string {
	parts := make([]string, len(n.Parts))
	for i, p := range n.Parts {
		if parts[i] = p.Text; !p.Quoted {
			parts[i] = strings.ToUpper(p.Text)
		}
	}
	return strings.Join(parts, ".")
}

// NamedArg is name => value, an argument of a call.
type NamedArg struct {
	At
	Name  Ident
	Value Expr
}

// Case is CASE [x] WHEN ... THEN ... [ELSE ...] END.
type Case struct {
	At
	X     Expr // nil for CASE WHEN
	Whens []When
	Else  Expr // nil if none
}

// When is one branch of a CASE.
type When struct {
	At
	Cond, Then Expr
}

// Cast is CAST(x AS type), TRY_CAST(x AS type) or x::type.
type Cast struct {
	At
	X    Expr
	Type *TypeName
	// Try gives NULL instead of an error.
	Try bool
}

// Extract is EXTRACT(field FROM x).
type Extract struct {
	At
	// Field is in capitals, as written: DOW, DAYS, EPOCH.
	Field string
	X     Expr
}

// TrimMode says which ends a TRIM cuts.
type TrimMode int

// The modes of Trim.
const (
	TrimBoth TrimMode = iota
	TrimLeading
	TrimTrailing
)

// Trim is TRIM([BOTH|LEADING|TRAILING] [chars FROM] x).
type Trim struct {
	At
	Mode  TrimMode
	Chars Expr // nil: blanks
	X     Expr
}

// AtTimeZone is x AT TIME ZONE zone.
type AtTimeZone struct {
	At
	X, Zone Expr
}

// Collate is x COLLATE name.
type Collate struct {
	At
	X    Expr
	Name *Name
}

// Index is x[i] or x[from:to].
type Index struct {
	At
	X, I Expr
	// Slice says that it was x[I:To]; either bound may then be nil.
	Slice bool
	To    Expr
}

// Field is (x).name.
type Field struct {
	At
	X    Expr
	Name Ident
}

// GroupingKind is the kind of a Grouping.
type GroupingKind int

// The kinds of Grouping.
const (
	GroupingSets GroupingKind = iota
	Rollup
	Cube
)

// Grouping is GROUPING SETS, ROLLUP or CUBE (...), in a GROUP BY only. A set of several columns is a *Tuple.
type Grouping struct {
	At
	Kind  GroupingKind
	Items []Expr
}

func (*Name) expr()       {}
func (*Literal) expr()    {}
func (*Interval) expr()   {}
func (*Param) expr()      {}
func (*Star) expr()       {}
func (*Unary) expr()      {}
func (*Binary) expr()     {}
func (*Is) expr()         {}
func (*Between) expr()    {}
func (*In) expr()         {}
func (*Match) expr()      {}
func (*Quantified) expr() {}
func (*Exists) expr()     {}
func (*Subquery) expr()   {}
func (*Tuple) expr()      {}
func (*Array) expr()      {}
func (*Call) expr()       {}
func (*NamedArg) expr()   {}
func (*Case) expr()       {}
func (*Cast) expr()       {}
func (*Extract) expr()    {}
func (*Trim) expr()       {}
func (*AtTimeZone) expr() {}
func (*Collate) expr()    {}
func (*Index) expr()      {}
func (*Field) expr()      {}
func (*Grouping) expr()   {}

// TypeName is a type as written, with its spelling folded.
type TypeName struct {
	At
	// Name is in capitals with single blanks: INT, DOUBLE PRECISION, TIMESTAMP WITH TIME ZONE, and
	// ARRAY, MAP, ROW with their element types in Elems. A quoted name keeps its case.
	Name string
	// Args are the numbers in parentheses: DECIMAL(10, 2).
	Args []int
	// Elems are the types inside ARRAY<..>, MAP<.., ..> and ROW<name type, ..>; x[] is ARRAY<x>.
	Elems []*TypeName
	// Fields are the names of a ROW's elements, one for each of Elems; nil for other types.
	Fields []Ident
}
