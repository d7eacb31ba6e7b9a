// Package logic has comparisons, conditions and the functions that choose between values.
package logic

import (
	"github.com/millrace-dev/millrace/operators/expr/fn"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

func comparisons() []fn.Function {
	op := func(name, help string) fn.Function {
		return fn.Function{
			Name: name, Signature: "any " + name + " any", Help: help,
			Build: buildComparison,
		}
	}
	ops := []fn.Function{
		op("=", "Whether two values are equal; NULL if one is null."),
		op("<>", "Whether two values differ; NULL if one is null."),
		op("<", "Whether the first value is less. Text is compared bytewise, NaN is greatest."),
		op("<=", "Whether the first value is not greater."),
		op(">", "Whether the first value is greater."),
		op(">=", "Whether the first value is not less."),
	}
	for _, name := range []string{"is distinct from", "is not distinct from"} {
		ops = append(ops, fn.Function{
			Name: name, Signature: "any " + name + " any", Help: "Like <> and =, but NULL equals NULL and differs from all else.",
			Build: buildDistinct, Nullable: fn.Never,
		})
	}
	return append(ops, fn.Function{
		Name: "in", Signature: "any in (any...)", Help: "Whether the first value equals one of the others.",
		Build: buildIn,
	})
}

func buildComparison(n *fn.Node) {
	op := n.Func
	n.Run = func(f *fn.Frame, n *fn.Node) {
		compare(op, fn.Bits(n, f.Rows), n.Args[0], n.Args[1], f.Rows)
	}
}

// compare sets the bits of dst in which a op b. At null rows they are undefined.
func compare(op string, dst batch.Bitmap, a, b *fn.Node, rows int) {
	switch op {
	case ">", "<=":
		a, b = b, a
	}
	less := op != "=" && op != "<>"
	compareKind(less, dst, a, b, rows)
	switch op {
	case "<>", "<=", ">=":
		kernel.Not(dst, dst, rows)
	}
}

// compareKind sets the bits in which a is less than b, or equal. It is a switch over the kinds.
func compareKind(less bool, dst batch.Bitmap, a, b *fn.Node, rows int) {
	switch a.Type.Kind {
	case batch.Int8:
		compareInts[int8](less, dst, a, b, rows)
	case batch.Int16:
		compareInts[int16](less, dst, a, b, rows)
	case batch.Int32, batch.Date:
		compareInts[int32](less, dst, a, b, rows)
	case batch.Int64, batch.Timestamp, batch.Duration:
		compareInts[int64](less, dst, a, b, rows)
	case batch.Uint8:
		compareInts[uint8](less, dst, a, b, rows)
	case batch.Uint16:
		compareInts[uint16](less, dst, a, b, rows)
	case batch.Uint32:
		compareInts[uint32](less, dst, a, b, rows)
	case batch.Uint64:
		compareInts[uint64](less, dst, a, b, rows)
	case batch.Float32:
		compareFloats[float32](less, dst, a, b, rows)
	case batch.Float64:
		compareFloats[float64](less, dst, a, b, rows)
	case batch.Utf8, batch.Binary, batch.JSON:
		if less {
			kernel.LessBytes(dst, &a.Col, &b.Col, rows)
		} else {
			kernel.EqualBytes(dst, &a.Col, &b.Col, rows)
		}
	case batch.Bool:
		if less {
			kernel.AndNot(dst, b.Col.Data, a.Col.Data, rows)
		} else {
			kernel.Xor(dst, a.Col.Data, b.Col.Data, rows)
			kernel.Not(dst, dst, rows)
		}
	default:
		test := 2
		if less {
			test = 1
		}
		kernel.CompareBits(dst, &a.Col, &b.Col, rows, test)
	}
}

func compareInts[T interface {
	kernel.Integer
	batch.Fixed
}](less bool, dst batch.Bitmap, a, b *fn.Node, rows int) {
	if less {
		kernel.Less(dst, fn.Values[T](a, rows), fn.Values[T](b, rows))
	} else {
		kernel.Equal(dst, fn.Values[T](a, rows), fn.Values[T](b, rows))
	}
}

func compareFloats[T interface {
	kernel.Float
	batch.Fixed
}](less bool, dst batch.Bitmap, a, b *fn.Node, rows int) {
	if less {
		kernel.LessFloat(dst, fn.Values[T](a, rows), fn.Values[T](b, rows))
	} else {
		kernel.EqualFloat(dst, fn.Values[T](a, rows), fn.Values[T](b, rows))
	}
}

// buildDistinct: equal are two equal values and two nulls.
func buildDistinct(n *fn.Node) {
	distinct := n.Func == "is distinct from"
	var null batch.Bitmap
	n.Run = func(f *fn.Frame, n *fn.Node) {
		a, b, dst := n.Args[0], n.Args[1], fn.Bits(n, f.Rows)
		compareKind(false, dst, a, b, f.Rows)
		if n.Col.Valid != nil {
			kernel.And(dst, dst, n.Col.Valid, f.Rows)
			null = append(null[:0], make(batch.Bitmap, len(dst))...)
			if a.Col.Valid != nil && b.Col.Valid != nil {
				kernel.Or(null, a.Col.Valid, b.Col.Valid, f.Rows)
				kernel.Not(null, null, f.Rows)
				kernel.Or(dst, dst, null, f.Rows)
			}
		}
		if distinct {
			kernel.Not(dst, dst, f.Rows)
		}
		n.Col.Valid = nil
	}
}

// buildIn: x IN (a, b) is x = a OR x = b. Longer lists of literals are looked up in a set.
func buildIn(n *fn.Node) {
	n.Lazy = true
	if set := literalSet(n.Args[1:]); set != nil {
		n.Run = func(f *fn.Frame, n *fn.Node) {
			n.Bad = n.JoinBad(f.Rows)
			x := &n.Args[0].Col
			dst := fn.Bits(n, f.Rows)
			clear(dst)
			for i := range f.Rows {
				if !x.Null(i) && set.has(x, i) {
					dst.Set(i)
				}
			}
			n.Col.Valid = x.Valid
		}
		return
	}
	var one batch.Bitmap
	n.Run = func(f *fn.Frame, n *fn.Node) {
		n.Bad = n.JoinBad(f.Rows)
		dst, x := fn.Bits(n, f.Rows), n.Args[0]
		clear(dst)
		one = append(one[:0], make(batch.Bitmap, len(dst))...)
		n.Col.Valid = nil
		for _, a := range n.Args[1:] {
			compareKind(false, one, x, a, f.Rows)
			if a.Col.Valid != nil {
				kernel.And(one, one, a.Col.Valid, f.Rows)
				valid := n.OwnValid(f.Rows)
				kernel.And(valid, valid, a.Col.Valid, f.Rows)
			}
			kernel.Or(dst, dst, one, f.Rows)
		}
		if n.Col.Valid != nil { // a match makes up for a null in the list
			kernel.Or(n.Col.Valid, n.Col.Valid, dst, f.Rows)
		}
		if x.Col.Valid != nil {
			valid := n.OwnValid(f.Rows)
			kernel.And(valid, valid, x.Col.Valid, f.Rows)
		}
	}
}

// set is a list of literals of one type.
type set struct {
	texts map[string]struct{}
	words map[uint64]struct{}
}

// literalSet returns the set of the arguments if they are literals of a type that can be looked up, none
// of them null, and there are enough of them.
func literalSet(args []*fn.Node) *set {
	t := args[0].Type
	if len(args) < 5 || !t.Variable() && (t.Width() <= 0 || t.Width() > 8 || t.Float()) {
		return nil
	}
	s := &set{texts: map[string]struct{}{}, words: map[uint64]struct{}{}}
	for _, a := range args {
		if !a.Literal || a.Null {
			return nil
		}
		if t.Variable() {
			s.texts[string(a.Col.View(0))] = struct{}{}
		} else {
			s.words[word(&a.Col, 0)] = struct{}{}
		}
	}
	return s
}

func (s *set) has(c *batch.Column, i int) bool {
	if c.Type.Variable() {
		_, ok := s.texts[c.Text(i)]
		return ok
	}
	_, ok := s.words[word(c, i)]
	return ok
}

// word returns the bytes of a fixed-width value of up to 8 bytes.
func word(c *batch.Column, i int) uint64 {
	w := c.Type.Width()
	v := uint64(0)
	for k := w - 1; k >= 0; k-- {
		v = v<<8 | uint64(c.Data[i*w+k])
	}
	return v
}
