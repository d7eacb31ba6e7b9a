package fn

import (
	"math"
	"unicode/utf8"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// MaxText bounds the text that a function makes of one row.
const MaxText = 16 << 20

// Texts makes n's column one of texts: each appends that of row i to dst, or reports that it cannot.
// Null rows are left out.
func Texts(n *Node, rows int, each func(dst []byte, i int) ([]byte, bool)) {
	if cap(n.mem.offsets) < rows+1 {
		n.mem.offsets = make([]int32, rows+1+rows/4)
	}
	offsets, data := n.mem.offsets[:rows+1], n.mem.data[:0]
	offsets[0] = 0
	for i := range rows {
		if n.Col.Valid == nil || n.Col.Valid.Has(i) {
			start := len(data)
			longer, ok := each(data, i)
			data = longer
			if !ok || len(data) > math.MaxInt32 || len(data)-start > MaxText {
				data = data[:start]
				n.Mark(rows).Set(i)
			}
		}
		offsets[i+1] = int32(len(data))
	}
	n.mem.data = data
	n.Col.Type, n.Col.Data, n.Col.Offsets = n.Type, data, offsets
}

// Outcome says what became of one row.
type Outcome int

// The outcomes: a value, null, or a row that cannot be computed.
const (
	Made Outcome = iota
	Null
	Bad
)

// TextsOrNull is Texts for functions that give null where no argument is.
func TextsOrNull(n *Node, rows int, each func(dst []byte, i int) ([]byte, Outcome)) {
	var nulls []int
	Texts(n, rows, func(dst []byte, i int) ([]byte, bool) {
		start := len(dst)
		longer, out := each(dst, i)
		if out == Null {
			nulls = append(nulls, i)
			return longer[:start], true
		}
		return longer, out == Made
	})
	n.Clear(nulls, rows)
}

// Clear makes rows null.
func (n *Node) Clear(nulls []int, rows int) {
	if len(nulls) == 0 {
		return
	}
	valid := n.OwnValid(rows)
	for _, i := range nulls {
		valid.Clear(i)
	}
}

// Skips reports whether row i is null already, because an argument is.
func (n *Node) Skips(i int) bool { return n.Col.Valid != nil && !n.Col.Valid.Has(i) }

// Test builds functions that give a condition from any arguments: op gets their columns and a row.
func Test(op func(args []batch.Column, i int) (value, ok bool)) func(n *Node) {
	return func(n *Node) {
		args := make([]batch.Column, len(n.Args))
		n.Run = func(f *Frame, n *Node) {
			for k, a := range n.Args {
				args[k] = a.Col
			}
			dst := Bits(n, f.Rows)
			clear(dst)
			for i := range f.Rows {
				if n.Skips(i) {
					continue
				}
				value, ok := op(args, i)
				if value {
					dst.Set(i)
				}
				if !ok {
					n.Mark(f.Rows).Set(i)
				}
			}
		}
	}
}

// Ints builds functions that give an int from any arguments: op gets their columns and a row.
func Ints(op func(args []batch.Column, i int) (value int64, out Outcome)) func(n *Node) {
	return func(n *Node) {
		args := make([]batch.Column, len(n.Args))
		n.Run = func(f *Frame, n *Node) {
			for k, a := range n.Args {
				args[k] = a.Col
			}
			var nulls []int
			dst := Fixed[int64](n, f.Rows)
			for i := range dst {
				if dst[i] = 0; n.Skips(i) {
					continue
				}
				value, out := op(args, i)
				switch dst[i] = value; out {
				case Null:
					nulls = append(nulls, i)
				case Bad:
					n.Mark(f.Rows).Set(i)
				}
			}
			n.Clear(nulls, f.Rows)
		}
	}
}

// Text1 builds functions of one text that give a text.
func Text1(op func(dst []byte, s string) []byte) func(n *Node) {
	return func(n *Node) {
		n.Why = TooLong
		n.Run = func(f *Frame, n *Node) {
			a := &n.Args[0].Col
			Texts(n, f.Rows, func(dst []byte, i int) ([]byte, bool) { return op(dst, a.Text(i)), true })
		}
	}
}

// TextInt builds functions of one text that give an integer.
func TextInt(op func(s string) int64) func(n *Node) {
	return func(n *Node) {
		n.Run = func(f *Frame, n *Node) {
			a := &n.Args[0].Col
			dst := Fixed[int64](n, f.Rows)
			for i := range dst {
				dst[i] = op(a.Text(i))
			}
		}
	}
}

// TextsWith builds functions that give a text from any arguments: op gets their columns and a row.
func TextsWith(op func(dst []byte, args []batch.Column, i int) ([]byte, bool)) func(n *Node) {
	return func(n *Node) {
		n.Why = TooLong
		args := make([]batch.Column, len(n.Args))
		n.Run = func(f *Frame, n *Node) {
			for k, a := range n.Args {
				args[k] = a.Col
			}
			Texts(n, f.Rows, func(dst []byte, i int) ([]byte, bool) { return op(dst, args, i) })
		}
	}
}

// TextsOrNullWith is TextsWith for functions that give null where no argument is.
func TextsOrNullWith(op func(dst []byte, args []batch.Column, i int) ([]byte, Outcome)) func(n *Node) {
	return func(n *Node) {
		n.Why = TooLong
		args := make([]batch.Column, len(n.Args))
		n.Run = func(f *Frame, n *Node) {
			for k, a := range n.Args {
				args[k] = a.Col
			}
			TextsOrNull(n, f.Rows, func(dst []byte, i int) ([]byte, Outcome) { return op(dst, args, i) })
		}
	}
}

// TooLong is the Why of texts that are longer than MaxText.
func TooLong(*Node, int) string { return Oversize }

// Int returns row i of an int64 column.
func Int(c *batch.Column, i int) int64 { return batch.Values[int64](c)[i] }

// Runes returns s without its first n characters, and those.
func Runes(s string, n int64) (rest, first string) {
	at := 0
	for ; n > 0 && at < len(s); n-- {
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return s[at:], s[:at]
}
