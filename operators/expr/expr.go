// Package expr holds typed expressions: plain data that is part of a plan, can be written out and
// read back, and is evaluated a column at a time. It also holds the table of the built-in functions
// and aggregates and says what a function from elsewhere has to offer to be called.
package expr

import (
	"slices"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Op is the kind of an expression.
type Op string

// The kinds of expressions.
const (
	ColumnOp   Op = "column"   // column Column of the input
	LiteralOp  Op = "literal"  // the constant Value, or null
	CallOp     Op = "call"     // the built-in function Func of Args; operators are functions
	ExternalOp Op = "external" // the function Func of a Resolver
)

// Expr is a typed expression. It is made by Column, the literals, Call and Cast, which check types and
// insert casts; its parts are never changed after that. It is plain data and can be kept as JSON.
type Expr struct {
	Op       Op         `json:"op"`
	Type     batch.Type `json:"type"`
	Nullable bool       `json:"nullable,omitempty"`
	Column   int        `json:"column,omitempty"`
	// Value is a literal in the text form of batch.AppendText; a null literal has Null set.
	Value string `json:"value,omitempty"`
	Null  bool   `json:"null,omitempty"`
	Func  string `json:"func,omitempty"`
	Args  []Expr `json:"args,omitempty"`
	// Pos is where the expression stands in the user's SQL text, in bytes; for messages only.
	Pos int `json:"pos,omitempty"`
}

// Column returns the expression that is column i of the input.
func Column(i int, t batch.Type, nullable bool) Expr {
	return Expr{Op: ColumnOp, Type: t, Nullable: nullable, Column: i}
}

// At returns e with its position in the SQL text.
func (e Expr) At(pos int) Expr {
	e.Pos = pos
	return e
}

// IsColumn reports which column e is, if it is nothing else.
func (e Expr) IsColumn() (column int, ok bool) { return e.Column, e.Op == ColumnOp }

// IsCall reports whether e is a call of the named built-in function.
func (e Expr) IsCall(name string) bool { return e.Op == CallOp && e.Func == name }

// Equal reports whether two expressions compute the same from the same input. Positions do not count.
func Equal(a, b Expr) bool {
	return a.Op == b.Op && a.Type == b.Type && a.Column == b.Column && a.Value == b.Value &&
		a.Null == b.Null && a.Func == b.Func && slices.EqualFunc(a.Args, b.Args, Equal)
}

// Walk calls visit for e and, as long as visit returns true, for the arguments below it.
func Walk(e Expr, visit func(Expr) bool) {
	if !visit(e) {
		return
	}
	for _, a := range e.Args {
		Walk(a, visit)
	}
}

// Columns returns the columns that e reads, ascending and each once.
func Columns(e Expr) []int {
	var cols []int
	Walk(e, func(e Expr) bool {
		if e.Op == ColumnOp {
			cols = append(cols, e.Column)
		}
		return true
	})
	slices.Sort(cols)
	return slices.Compact(cols)
}

// Map returns e with every part of it, arguments first, replaced by what change returns for it.
func Map(e Expr, change func(Expr) Expr) Expr {
	if len(e.Args) > 0 {
		args := make([]Expr, len(e.Args))
		for i, a := range e.Args {
			args[i] = Map(a, change)
		}
		e.Args = args
	}
	return change(e)
}

// Remap returns e with every column c replaced by column to(c).
func Remap(e Expr, to func(c int) int) Expr {
	return Map(e, func(e Expr) Expr {
		if e.Op == ColumnOp {
			e.Column = to(e.Column)
		}
		return e
	})
}

// Replace returns e with column c replaced by by[c]. The types must agree; what e may be null for is
// derived again from the new arguments.
func Replace(e Expr, by []Expr) Expr {
	return Map(e, func(e Expr) Expr {
		switch e.Op {
		case ColumnOp:
			return by[e.Column]
		case CallOp:
			e.Nullable = nullable(e)
		}
		return e
	})
}

// Conjuncts splits e at its ANDs. The literal TRUE has none.
func Conjuncts(e Expr) []Expr {
	switch {
	case e.IsCall("and"):
		var parts []Expr
		for _, a := range e.Args {
			parts = append(parts, Conjuncts(a)...)
		}
		return parts
	case e.Op == LiteralOp && e.Type.Kind == batch.Bool && e.Value == "true":
		return nil
	}
	return []Expr{e}
}

// Disjuncts splits e at its ORs.
func Disjuncts(e Expr) []Expr {
	if !e.IsCall("or") {
		return []Expr{e}
	}
	var parts []Expr
	for _, a := range e.Args {
		parts = append(parts, Disjuncts(a)...)
	}
	return parts
}

// All returns the conjunction of parts: TRUE if there are none.
func All(parts []Expr) Expr {
	switch len(parts) {
	case 0:
		return Bool(true)
	case 1:
		return parts[0]
	}
	e := Expr{Op: CallOp, Type: batch.T(batch.Bool), Func: "and", Args: parts, Pos: parts[0].Pos}
	e.Nullable = anyNullable(parts)
	return e
}

// Constant reports whether e reads neither a column nor the clock and calls no function from elsewhere.
func Constant(e Expr) bool {
	constant := true
	Walk(e, func(e Expr) bool {
		constant = constant && e.Op != ColumnOp && e.Op != ExternalOp && !isClock(e)
		return constant
	})
	return constant
}

// Clock returns the first call in e that gives the time: NOW() or CURRENT_DATE.
func Clock(e Expr) (call Expr, ok bool) {
	Walk(e, func(e Expr) bool {
		if !ok && isClock(e) {
			call, ok = e, true
		}
		return !ok
	})
	return call, ok
}

func isClock(e Expr) bool { return e.IsCall("now") || e.IsCall("current_date") }

// Fallible reports whether e may be unable to compute some rows: it may divide by zero, overflow, meet
// a text that is no number, or call a function from elsewhere. What TRY holds cannot.
func Fallible(e Expr) bool {
	fallible := false
	Walk(e, func(e Expr) bool {
		switch e.Op {
		case ExternalOp:
			fallible = true
		case CallOp:
			if e.IsCall("try") {
				return false
			}
			if f := builtins().find(e.Func); f != nil && f.Fallible != nil && f.Fallible(shape(e)) {
				fallible = true
			}
		}
		return !fallible
	})
	return fallible
}

func anyNullable(args []Expr) bool {
	return slices.ContainsFunc(args, func(e Expr) bool { return e.Nullable })
}

// nullable reports whether a call may be null, given its arguments.
func nullable(e Expr) bool {
	if f := builtins().find(e.Func); f != nil && f.Nullable != nil {
		return f.Nullable(shape(e))
	}
	return anyNullable(e.Args)
}
