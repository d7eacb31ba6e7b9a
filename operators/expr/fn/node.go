package fn

import (
	"context"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Node computes one part of an expression: a column, a literal or the call of a function.
type Node struct {
	// Func is the function that is called; "" of a column or a literal.
	Func     string
	Type     batch.Type
	Nullable bool
	// Literal is a constant with the text Value in the form of batch.AppendText, or null.
	Literal, Null bool
	Value         string
	Args          []*Node

	// Run computes Col from the arguments'. Before it, unless Lazy, Col.Valid has been set to the rows in
	// which no argument is null, and Bad to those in which one is bad.
	Run  func(f *Frame, n *Node)
	Lazy bool
	// From returns the argument that makes a row bad, or nil; unset: the first that is bad.
	From func(n *Node, row int) *Node
	// Why says why a row is bad that no argument made so.
	Why func(n *Node, row int) string

	Col batch.Column
	Bad batch.Bitmap // nil: no row is bad
	Own batch.Bitmap // what Run marks; nil: nothing yet
	mem buffers
}

// buffers is memory that a node keeps between batches.
type buffers struct {
	data, valid, bad, own []byte
	offsets               []int32
}

// Frame is what all nodes see while a batch is computed.
type Frame struct {
	Ctx  context.Context
	In   *batch.Batch
	Rows int
	Err  error
}

// Eval computes the node, after its arguments.
func (n *Node) Eval(f *Frame) {
	n.Own = nil
	if n.Lazy {
		n.Bad = nil
		n.Run(f, n)
		return
	}
	n.Col.Valid, n.Bad = n.meet(f.Rows), n.JoinBad(f.Rows)
	n.Run(f, n)
	if n.Own == nil {
		return
	}
	if n.Col.Valid != nil {
		kernel.And(n.Own, n.Own, n.Col.Valid, f.Rows)
	}
	n.AddBad(n.Own, f.Rows)
}

// meet returns the rows in which no argument is null; nil: all.
func (n *Node) meet(rows int) batch.Bitmap {
	var valid batch.Bitmap
	shared := true
	for _, a := range n.Args {
		switch {
		case a.Col.Valid == nil:
		case valid == nil:
			valid = a.Col.Valid
		default:
			memory := valid
			if shared {
				memory = room(&n.mem.valid, rows)
			}
			kernel.And(memory, valid, a.Col.Valid, rows)
			valid, shared = memory, false
		}
	}
	return valid
}

// JoinBad returns the rows in which an argument is bad; nil: none.
func (n *Node) JoinBad(rows int) batch.Bitmap {
	var bad batch.Bitmap
	shared := true
	for _, a := range n.Args {
		switch {
		case a.Bad == nil:
		case bad == nil:
			bad = a.Bad
		default:
			memory := bad
			if shared {
				memory = room(&n.mem.bad, rows)
			}
			kernel.Or(memory, bad, a.Bad, rows)
			bad, shared = memory, false
		}
	}
	return bad
}

// AddBad marks further rows as bad.
func (n *Node) AddBad(more batch.Bitmap, rows int) {
	switch {
	case !kernel.Any(more, rows):
	case n.Bad == nil:
		n.Bad = more
	default:
		memory := room(&n.mem.bad, rows)
		kernel.Or(memory, n.Bad, more, rows)
		n.Bad = memory
	}
}

// IsBad reports whether a row could not be computed.
func (n *Node) IsBad(row int) bool { return n.Bad != nil && n.Bad.Has(row) }

// Mark returns the bits in which Run marks rows that it cannot compute. Null rows may be marked: those
// marks are dropped.
func (n *Node) Mark(rows int) batch.Bitmap {
	if n.Own == nil {
		n.Own = room(&n.mem.own, rows)
		clear(n.Own)
	}
	return n.Own
}

// OwnValid makes n.Col.Valid writable: a copy in the node's own memory.
func (n *Node) OwnValid(rows int) batch.Bitmap {
	valid := room(&n.mem.valid, rows)
	kernel.And(valid, n.Col.Valid, nil, rows)
	n.Col.Valid = valid
	return valid
}

// room returns bits for so many rows in kept memory.
func room(memory *[]byte, rows int) batch.Bitmap { return batch.Bitmap(bytesOf(memory, (rows+7)/8)) }

// bytesOf returns n bytes of kept memory, whose contents are left from before.
func bytesOf(memory *[]byte, n int) []byte {
	if cap(*memory) < n {
		*memory = batch.Alloc(n + n/4)
	}
	*memory = (*memory)[:n]
	return *memory
}

// Bytes makes the node's column one of rows values of its type's width and returns their memory.
func (n *Node) Bytes(rows int) []byte {
	n.Col.Type = n.Type
	n.Col.Data = bytesOf(&n.mem.data, rows*n.Type.Width())
	return n.Col.Data
}

// Fixed makes the node's column one of rows values of type T and returns them.
func Fixed[T batch.Fixed](n *Node, rows int) []T {
	n.Bytes(rows)
	return batch.Values[T](&n.Col)
}

// Bits makes the node's column one of bits and returns them.
func Bits(n *Node, rows int) batch.Bitmap {
	n.Col.Type = n.Type
	n.Col.Data = bytesOf(&n.mem.data, (rows+7)/8)
	return n.Col.Data
}

// Values returns the values of an argument.
func Values[T batch.Fixed](a *Node, rows int) []T { return batch.Values[T](&a.Col)[:rows] }

// Map1 computes a value of one argument of fixed width, or marks the row.
func Map1[D, S batch.Fixed](n *Node, op func(S) (D, bool)) {
	n.Run = func(f *Frame, n *Node) {
		kernel.MapBad(Fixed[D](n, f.Rows), Values[S](n.Args[0], f.Rows), n.Col.Valid, n.Mark(f.Rows), op)
	}
}

// Map2 computes a value of two arguments of fixed width, or marks the row.
func Map2[D, S, T batch.Fixed](n *Node, op func(S, T) (D, bool)) {
	n.Run = func(f *Frame, n *Node) {
		a, b := Values[S](n.Args[0], f.Rows), Values[T](n.Args[1], f.Rows)
		kernel.Map2Bad(Fixed[D](n, f.Rows), a, b, n.Col.Valid, n.Mark(f.Rows), op)
	}
}

// Same hands the argument through.
func Same(_ *Frame, n *Node) { n.Col = n.Args[0].Col }

// Causes that have a code of their own: the texts of Why, or how they begin.
const (
	DivisionByZero = "division by zero"
	Overflow       = "the result does not fit "
	Oversize       = "the text is longer than 16 MiB"
	ManyRows       = "a subquery that is used as a value has more than one row"
)

// Unfit is the Why of results that their type cannot hold.
func Unfit(n *Node, _ int) string { return Overflow + n.Type.String() }

// IsZero reports whether a value of fixed width is zero.
func IsZero(c *batch.Column, row int) bool {
	w := c.Type.Width()
	for i, b := range c.Data[row*w : row*w+w] {
		if b != 0 && (!c.Type.Float() || i != w-1 || b != 0x80) {
			return false
		}
	}
	return true
}

// FirstBad is a From: the first argument that is bad.
func FirstBad(n *Node, row int) *Node {
	for _, a := range n.Args {
		if a.IsBad(row) {
			return a
		}
	}
	return nil
}

// Constant reports whether all arguments are literals.
func Constant(args []*Node) bool {
	for _, a := range args {
		if !a.Literal {
			return false
		}
	}
	return true
}

// Integer are the integers of up to 64 bits that columns hold.
type Integer interface {
	kernel.Integer
	batch.Fixed
}

// Float are the floats that columns hold.
type Float interface {
	kernel.Float
	batch.Fixed
}
