package ast

// QueryStatement is a query on its own: SELECT ... INTO name FROM ...
type QueryStatement struct {
	At
	Query *Query

	// Into is the table the result becomes; absent if the statement does not say.
	Into Ident
}

// CreateView is CREATE [MATERIALIZED] VIEW name [(columns)] AS query.
type CreateView struct {
	At
	Name         *Name
	Columns      []Ident
	Materialized bool
	// Temporary is a view that is used by other statements but not served.
	Temporary   bool
	OrReplace   bool
	IfNotExists bool
	Options     []Option
	Query       *Query
}

// CreateTable is CREATE TABLE|SOURCE|SINK name (columns, constraints) [WITH (options)] [AS query].
type CreateTable struct {
	At
	// Kind is TABLE, SOURCE or SINK.
	Kind        string
	Name        *Name
	Temporary   bool
	OrReplace   bool
	IfNotExists bool
	Columns     []ColumnDef
	// PrimaryKey holds the columns of a PRIMARY KEY constraint, whether it was written at a column
	// or on its own.
	PrimaryKey []Ident
	Watermarks []Watermark
	Options    []Option
	// From is the table of CREATE SINK name FROM table; absent otherwise.
	From *Name
	// Query is that of CREATE TABLE name AS query; nil otherwise.
	Query *Query
}

// ColumnDef is one column of a CREATE TABLE.
type ColumnDef struct {
	At
	Name    Ident
	Type    *TypeName // nil for a computed column without one
	NotNull bool
	Default Expr // nil if none
	As      Expr // the value of a computed column; nil for a stored one
}

// Watermark is WATERMARK FOR column AS expr.
type Watermark struct {
	At
	Column Ident
	Expr   Expr
}

// Option is one name = value of a WITH (...) list.
type Option struct {
	At
	// Key is the name as written, without quotes; parts are joined by dots.
	Key   string
	Value Expr // nil for a bare name
}

// CreateFunctions is CREATE FUNCTIONS FROM 'file.wasm' [WITH (options)]: all functions of a module.
type CreateFunctions struct {
	At
	Path    string
	Options []Option
}

// Insert is INSERT INTO table [(columns)] query.
type Insert struct {
	At
	Table   *Name
	Columns []Ident
	Query   *Query
}

// Update is UPDATE table SET column = value, ... [WHERE condition].
type Update struct {
	At
	Table *Name
	Set   []Assign
	Where Expr // nil: every row
}

// Assign is column = value of an UPDATE.
type Assign struct {
	At
	Column Ident
	Value  Expr
}

// Delete is DELETE FROM table [WHERE condition].
type Delete struct {
	At
	Table *Name
	Where Expr // nil: every row
}

func (*QueryStatement) statement()  {}
func (*CreateView) statement()      {}
func (*CreateTable) statement()     {}
func (*CreateFunctions) statement() {}
func (*Insert) statement()          {}
func (*Update) statement()          {}
func (*Delete) statement()          {}
