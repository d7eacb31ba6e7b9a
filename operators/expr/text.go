package expr

import (
	"math"
	"unicode/utf8"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// maxText bounds the text that a function makes of one row.
const maxText = 16 << 20

// texts makes n's column one of texts: each appends that of row i to dst, or reports that it cannot.
// Null rows are left out.
func texts(n *node, rows int, each func(dst []byte, i int) ([]byte, bool)) {
	if cap(n.mem.offsets) < rows+1 {
		n.mem.offsets = make([]int32, rows+1+rows/4)
	}
	offsets, data := n.mem.offsets[:rows+1], n.mem.data[:0]
	offsets[0] = 0
	for i := range rows {
		if n.col.Valid == nil || n.col.Valid.Has(i) {
			start := len(data)
			longer, ok := each(data, i)
			data = longer
			if !ok || len(data) > math.MaxInt32 || len(data)-start > maxText {
				data = data[:start]
				n.mark(rows).Set(i)
			}
		}
		offsets[i+1] = int32(len(data))
	}
	n.mem.data = data
	n.col.Type, n.col.Data, n.col.Offsets = n.e.Type, data, offsets
}

// textArgs returns the text of row i of each argument.
type textArg struct{ c *batch.Column }

func (a textArg) at(i int) string { return a.c.Text(i) }

// text1 builds functions of one text that give a text.
func text1(op func(dst []byte, s string) []byte) func(n *node) {
	return func(n *node) {
		n.why = whyTooLong
		n.run = func(f *frame, n *node) {
			a := textArg{&n.args[0].col}
			texts(n, f.rows, func(dst []byte, i int) ([]byte, bool) { return op(dst, a.at(i)), true })
		}
	}
}

// textInt builds functions of one text that give an integer.
func textInt(op func(s string) int64) func(n *node) {
	return func(n *node) {
		n.run = func(f *frame, n *node) {
			a := textArg{&n.args[0].col}
			dst := fixed[int64](n, f.rows)
			for i := range dst {
				dst[i] = op(a.at(i))
			}
		}
	}
}

// textsWith builds functions that give a text from any arguments: op gets their columns and a row.
func textsWith(op func(dst []byte, args []batch.Column, i int) ([]byte, bool)) func(n *node) {
	return func(n *node) {
		n.why = whyTooLong
		args := make([]batch.Column, len(n.args))
		n.run = func(f *frame, n *node) {
			for k, a := range n.args {
				args[k] = a.col
			}
			texts(n, f.rows, func(dst []byte, i int) ([]byte, bool) { return op(dst, args, i) })
		}
	}
}

func whyTooLong(*node, int) string { return "the text is longer than 16 MiB" }

// intAt returns row i of an int64 column.
func intAt(c *batch.Column, i int) int64 { return batch.Values[int64](c)[i] }

// runes returns s without its first n characters, and those.
func runes(s string, n int64) (rest, first string) {
	at := 0
	for ; n > 0 && at < len(s); n-- {
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return s[at:], s[:at]
}
