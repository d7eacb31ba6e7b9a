package json

import (
	"errors"

	"github.com/millrace-dev/millrace/operators/expr/fn"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// makers are the functions that make documents of values.
func makers() []fn.Function {
	return []fn.Function{
		{
			Signature: "json_object(any...) json", Help: "An object of keys and values in turn; a null becomes JSON's null.",
			Build: buildObject, Fallible: fn.Always, Nullable: fn.Never, Check: checkObject,
		},
		{
			Signature: "json_array(any...) json", Help: "An array of the values; a null becomes JSON's null.",
			Build: buildArray, Fallible: fn.Always, Nullable: fn.Never,
		},
		{
			Signature: "to_json(any) json", Help: "The value as JSON: a text as a string, a number as a number.", Fallible: fn.Always,
			Build: fn.TextsWith(func(dst []byte, args []batch.Column, i int) ([]byte, bool) {
				return batch.AppendJSON(dst, &args[0], i), true
			}),
		},
	}
}

func checkObject(n *fn.Node) error {
	if len(n.Args)%2 != 0 {
		return errors.New("keys and values do not pair")
	}
	return nil
}

// build makes a document even where arguments are null.
func build(n *fn.Node, each func(dst []byte, row int) ([]byte, bool)) {
	n.Lazy = true
	n.Run = func(f *fn.Frame, n *fn.Node) {
		n.Bad, n.Col.Valid = n.JoinBad(f.Rows), nil
		fn.Texts(n, f.Rows, func(dst []byte, i int) ([]byte, bool) {
			if n.IsBad(i) {
				return append(dst, "null"...), true
			}
			return each(dst, i)
		})
		if n.Own != nil {
			n.AddBad(n.Own, f.Rows)
		}
	}
	n.From = fn.FirstBad
}

func buildObject(n *fn.Node) {
	var key []byte
	build(n, func(dst []byte, i int) ([]byte, bool) {
		dst = append(dst, '{')
		for k := 0; k+1 < len(n.Args); k += 2 {
			c := &n.Args[k].Col
			if c.Null(i) {
				return dst, false
			}
			if k > 0 {
				dst = append(dst, ',')
			}
			key = batch.AppendText(key[:0], c, i)
			dst = append(batch.AppendQuoted(dst, string(key)), ':')
			dst = batch.AppendJSON(dst, &n.Args[k+1].Col, i)
		}
		return append(dst, '}'), true
	})
	n.Why = func(*fn.Node, int) string { return "a key is null, or the document is longer than 16 MiB" }
}

func buildArray(n *fn.Node) {
	build(n, func(dst []byte, i int) ([]byte, bool) {
		dst = append(dst, '[')
		for k, a := range n.Args {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = batch.AppendJSON(dst, &a.Col, i)
		}
		return append(dst, ']'), true
	})
	n.Why = fn.TooLong
}
