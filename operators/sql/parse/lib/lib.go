// Package lib is the only door to the parser library. It hands over operands, as numbers, and
// operators, as one representative for each class of precedence, and gets back how they group.
//
// No byte of a user's text reaches the library: what it sees consists of _N, of the operators below
// and of blanks.
package lib

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"github.com/xwb1989/sqlparser"
)

// Op is a class of operators, from loose to tight. Within a class they group from the left, except
// for Compare, Like, In and Between, whose results can only be joined by And, Or, Not and Is.
type Op uint8

// The classes.
const (
	Or      Op = iota
	And        // also between the bounds of Between
	Not        // prefix
	Is         // postfix: is null
	Compare    // = <> < <= > >= and IS DISTINCT FROM
	Like
	Escape // after the pattern of Like
	In     // its right side is one operand
	Between
	Other // || -> ->> & | << and all others without a class of their own
	Add   // + -
	Mul   // * / %
	Pow
)

// written is what the library gets to see for each class.
var written = [...]string{
	Or: "or", And: "and", Not: "not", Is: "is null", Compare: "=", Like: "like", Escape: "escape",
	In: "in", Between: "between", Other: "|", Add: "+", Mul: "*", Pow: "^",
}

// Expr collects an expression, piece by piece.
type Expr struct {
	text   []byte
	ends   []int // offset behind each piece
	inList bool  // the next operand is the right side of In
}

const head = "select "

// Operand adds operand number n.
func (e *Expr) Operand(n int) {
	e.start()
	if e.inList {
		e.text = append(e.text, "( "...)
	}
	e.text = strconv.AppendInt(append(e.text, '_'), int64(n), 10)
	e.ends = append(e.ends, len(e.text))
	if e.inList {
		e.text = append(e.text, " )"...)
		e.inList = false
	}
	e.text = append(e.text, ' ')
}

// Operator adds an operator.
func (e *Expr) Operator(op Op) {
	e.start()
	e.text = append(e.text, written[op]...)
	e.ends = append(e.ends, len(e.text))
	e.text = append(e.text, ' ')
	e.inList = op == In
}

func (e *Expr) start() {
	if e.text == nil {
		e.text = append(e.text, head...)
	}
}

// Len returns how many pieces have been added.
func (e *Expr) Len() int { return len(e.ends) }

// Tree is a grouped expression: an operand, or an operator and what it is applied to.
type Tree struct {
	// Leaf says that this is operand number Operand.
	Leaf    bool
	Operand int

	// Op is the class of the operator. Escape and the And of a Between do not occur: their operands
	// are the third of Like and of Between.
	Op   Op
	Kids []*Tree

	// First and Last are the operands that stand first and last in the text.
	First, Last int
}

// Rejected says that the operators of an expression cannot stand next to each other like that.
type Rejected struct {
	// Piece is the number, from 0, of the piece at which it was noticed; the number of pieces if that
	// was the end.
	Piece int
}

// Error describes the rejection without a place, which only the caller knows.
func (r *Rejected) Error() string { return fmt.Sprintf("piece %d does not fit", r.Piece) }

// Group returns how operators and operands belong together. The error is a *Rejected, or says that
// the library did what it must not do.
func (e *Expr) Group() (*Tree, error) {
	stmt, err := sqlparser.ParseStrictDDL(string(e.text))
	if err != nil {
		return nil, e.rejected(err)
	}
	sel, ok := stmt.(*sqlparser.Select)
	if !ok || len(sel.SelectExprs) != 1 {
		return nil, fmt.Errorf("parser library: %q became a %T", e.text, stmt)
	}
	item, ok := sel.SelectExprs[0].(*sqlparser.AliasedExpr)
	if !ok || !item.As.IsEmpty() {
		return nil, fmt.Errorf("parser library: %q became an item of type %T", e.text, sel.SelectExprs[0])
	}
	return tree(item.Expr)
}

var position = regexp.MustCompile(`at position (\d+)`)

// rejected finds the piece that an error of the library is about: it gives the offset behind it, plus one.
func (e *Expr) rejected(err error) error {
	m := position.FindStringSubmatch(err.Error())
	if m == nil {
		return fmt.Errorf("parser library: %w", err)
	}
	at, convErr := strconv.Atoi(m[1])
	if convErr != nil {
		return errors.Join(err, convErr)
	}
	for i, end := range e.ends {
		if at-1 <= end {
			return &Rejected{Piece: i}
		}
	}
	return &Rejected{Piece: len(e.ends)}
}
