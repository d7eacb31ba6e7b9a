package expr

import (
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

func comparisons() []builtin {
	op := func(name, help string) builtin {
		return builtin{
			Function: Function{Name: name, Signature: "any " + name + " any", Help: help},
			bind:     bindComparison, build: buildComparison,
		}
	}
	ops := []builtin{
		op("=", "Whether two values are equal; NULL if one is null."),
		op("<>", "Whether two values differ; NULL if one is null."),
		op("<", "Whether the first value is less. Text is compared bytewise, NaN is greatest."),
		op("<=", "Whether the first value is not greater."),
		op(">", "Whether the first value is greater."),
		op(">=", "Whether the first value is not less."),
	}
	for _, name := range []string{"is distinct from", "is not distinct from"} {
		ops = append(ops, builtin{
			Function: Function{Name: name, Signature: "any " + name + " any", Help: "Like <> and =, but NULL equals NULL and differs from all else."},
			bind:     bindComparison, build: buildDistinct, nullable: never,
		})
	}
	return append(ops, builtin{
		Function: Function{Name: "in", Signature: "any in (any...)", Help: "Whether the first value equals one of the others."},
		bind:     bindSame(2, batch.Bool), build: buildIn,
	})
}

func buildComparison(n *node) {
	op := n.e.Func
	n.run = func(f *frame, n *node) {
		compare(op, boolean(n, f.rows), n.args[0], n.args[1], f.rows)
	}
}

// compare sets the bits of dst in which a op b. At null rows they are undefined.
func compare(op string, dst batch.Bitmap, a, b *node, rows int) {
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
func compareKind(less bool, dst batch.Bitmap, a, b *node, rows int) {
	switch a.e.Type.Kind {
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
			kernel.LessBytes(dst, &a.col, &b.col, rows)
		} else {
			kernel.EqualBytes(dst, &a.col, &b.col, rows)
		}
	case batch.Bool:
		if less {
			kernel.AndNot(dst, b.col.Data, a.col.Data, rows)
		} else {
			kernel.Xor(dst, a.col.Data, b.col.Data, rows)
			kernel.Not(dst, dst, rows)
		}
	default:
		test := 2
		if less {
			test = 1
		}
		kernel.CompareBits(dst, &a.col, &b.col, rows, test)
	}
}

func compareInts[T interface {
	kernel.Integer
	batch.Fixed
}](less bool, dst batch.Bitmap, a, b *node, rows int) {
	if less {
		kernel.Less(dst, values[T](a, rows), values[T](b, rows))
	} else {
		kernel.Equal(dst, values[T](a, rows), values[T](b, rows))
	}
}

func compareFloats[T interface {
	kernel.Float
	batch.Fixed
}](less bool, dst batch.Bitmap, a, b *node, rows int) {
	if less {
		kernel.LessFloat(dst, values[T](a, rows), values[T](b, rows))
	} else {
		kernel.EqualFloat(dst, values[T](a, rows), values[T](b, rows))
	}
}

// buildDistinct: equal are two equal values and two nulls.
func buildDistinct(n *node) {
	distinct := n.e.Func == "is distinct from"
	var null batch.Bitmap
	n.run = func(f *frame, n *node) {
		a, b, dst := n.args[0], n.args[1], boolean(n, f.rows)
		compareKind(false, dst, a, b, f.rows)
		if n.col.Valid != nil {
			kernel.And(dst, dst, n.col.Valid, f.rows)
			null = append(null[:0], make(batch.Bitmap, len(dst))...)
			if a.col.Valid != nil && b.col.Valid != nil {
				kernel.Or(null, a.col.Valid, b.col.Valid, f.rows)
				kernel.Not(null, null, f.rows)
				kernel.Or(dst, dst, null, f.rows)
			}
		}
		if distinct {
			kernel.Not(dst, dst, f.rows)
		}
		n.col.Valid = nil
	}
}

// buildIn: x IN (a, b) is x = a OR x = b. Longer lists of literals are looked up in a set.
func buildIn(n *node) {
	n.lazy = true
	if set := literalSet(n.args[1:]); set != nil {
		n.run = func(f *frame, n *node) {
			n.bad = n.joinBad(f.rows)
			x := &n.args[0].col
			dst := boolean(n, f.rows)
			clear(dst)
			for i := range f.rows {
				if !x.Null(i) && set.has(x, i) {
					dst.Set(i)
				}
			}
			n.col.Valid = x.Valid
		}
		return
	}
	var one batch.Bitmap
	n.run = func(f *frame, n *node) {
		n.bad = n.joinBad(f.rows)
		dst, x := boolean(n, f.rows), n.args[0]
		clear(dst)
		one = append(one[:0], make(batch.Bitmap, len(dst))...)
		n.col.Valid = nil
		for _, a := range n.args[1:] {
			compareKind(false, one, x, a, f.rows)
			if a.col.Valid != nil {
				kernel.And(one, one, a.col.Valid, f.rows)
				valid := n.ownValid(f.rows)
				kernel.And(valid, valid, a.col.Valid, f.rows)
			}
			kernel.Or(dst, dst, one, f.rows)
		}
		if n.col.Valid != nil { // a match makes up for a null in the list
			kernel.Or(n.col.Valid, n.col.Valid, dst, f.rows)
		}
		if x.col.Valid != nil {
			valid := n.ownValid(f.rows)
			kernel.And(valid, valid, x.col.Valid, f.rows)
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
func literalSet(args []*node) *set {
	t := args[0].e.Type
	if len(args) < 5 || !t.Variable() && (t.Width() <= 0 || t.Width() > 8 || t.Float()) {
		return nil
	}
	s := &set{texts: map[string]struct{}{}, words: map[uint64]struct{}{}}
	for _, a := range args {
		if a.e.Op != LiteralOp || a.e.Null {
			return nil
		}
		if t.Variable() {
			s.texts[string(a.col.View(0))] = struct{}{}
		} else {
			s.words[word(&a.col, 0)] = struct{}{}
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
