package ast

// Alias is [AS] name [(columns)] after something in a FROM. It is absent when Name is.
type Alias struct {
	At
	Name    Ident
	Columns []Ident
}

// Table is a table, a view or a CTE by name.
type Table struct {
	At
	Name  *Name
	Alias Alias
	// AsOf is the time of FOR SYSTEM_TIME AS OF; nil if none.
	AsOf Expr
}

// Derived is a query in parentheses. It needs no alias.
type Derived struct {
	At
	Query   *Query
	Lateral bool
	Alias   Alias
}

// JoinKind is the kind of a join.
type JoinKind int

// The kinds of join.
const (
	Inner JoinKind = iota
	Left
	Right
	Full
	Cross
	Semi
	Anti
	Asof
	LeftAsof
)

// String returns the keywords before JOIN.
func (k JoinKind) String() string {
	return [...]string{"INNER", "LEFT", "RIGHT", "FULL", "CROSS", "SEMI", "ANTI", "ASOF", "LEFT ASOF"}[k]
}

// Join is left JOIN right. Exactly one of On, Using and Natural is set, none for Cross.
type Join struct {
	At
	Kind        JoinKind
	Natural     bool
	Left, Right From
	On          Expr
	Using       []Ident
}

// TableFunc is a function that gives rows: a window function of tables (TUMBLE, HOP, SESSION, TTL),
// UNNEST, or a table function of a module.
type TableFunc struct {
	At
	Name       *Name
	Args       []TableArg
	Lateral    bool
	Ordinality bool // WITH ORDINALITY
	Alias      Alias
}

// Func returns the name for looking the function up: in capitals unless it was quoted.
func (f *TableFunc) Func() string { return funcName(f.Name) }

// TableArg is one argument of a table function: exactly one of Table, Columns and Expr is set.
//
// The first argument of TUMBLE, HOP, SESSION, CUMULATE and TTL is a Table. Of any other function an argument
// is a Table if it was written TABLE name, as a query in parentheses or as one of those functions; a bare
// name is an Expr, and may name a table, too: only the catalog knows.
type TableArg struct {
	At
	Name  Ident // of name => value; absent otherwise
	Table From
	// Partition is what stands behind PARTITION BY, after a table; nil if none.
	Partition []Expr
	Columns   []Ident // of DESCRIPTOR(a, b)
	Expr      Expr
}

func (*Table) from()     {}
func (*Derived) from()   {}
func (*Join) from()      {}
func (*TableFunc) from() {}
