// Package json has the functions of JSON documents.
package json

import (
	"github.com/millrace-dev/millrace/operators/expr/fn"
	"github.com/millrace-dev/millrace/operators/expr/jsonpath"
)

// Functions returns the functions of JSON documents.
func Functions() []fn.Function {
	f := func(signature, help string, op jsonOp) fn.Function {
		return fn.Function{
			Signature: signature, Help: help,
			Build: func(n *fn.Node) { buildJSON(n, op) }, Fallible: pathFails, Nullable: fn.Always,
		}
	}
	return []fn.Function{
		f("json_value(json, text) json", "The string, number or truth value that a path such as '$.items[0].name' leads to; NULL if there is none.", jsonValue),
		f("json_query(json[, text]) json", "The object or array that a path leads to, or an array of all values if there are several; NULL if there is none.", jsonQuery),
		f("json_text(json[, text]) text", "The value that a path leads to as text, a string without its quotes; NULL if there is none.", jsonText),
	}
}

// jsonOp appends what it makes of the values that a path led to, or reports that this is null.
type jsonOp func(dst []byte, found []string) ([]byte, bool)

func jsonValue(dst []byte, found []string) ([]byte, bool) {
	if len(found) != 1 || !jsonpath.Scalar(found[0]) || found[0] == "null" {
		return dst, false
	}
	return append(dst, found[0]...), true
}

func jsonQuery(dst []byte, found []string) ([]byte, bool) {
	if len(found) == 0 || len(found) == 1 && jsonpath.Scalar(found[0]) {
		return dst, false
	}
	return jsonpath.Join(dst, found), true
}

func jsonText(dst []byte, found []string) ([]byte, bool) {
	switch {
	case len(found) == 0 || len(found) == 1 && found[0] == "null":
		return dst, false
	case len(found) == 1:
		return append(dst, jsonpath.Text(found[0])...), true
	}
	return jsonpath.Join(dst, found), true
}

// pathFails: a literal path is known to be right.
func pathFails(e *fn.Node) bool {
	if len(e.Args) < 2 {
		return false
	}
	_, err := jsonpath.Parse(e.Args[1].Value)
	return !e.Args[1].Literal || err != nil
}

// buildJSON keeps the path that it parsed last: mostly it is a literal.
func buildJSON(n *fn.Node, op jsonOp) {
	var last string
	var path *jsonpath.Path
	var problem error
	n.Why = func(n *fn.Node, row int) string {
		_, err := jsonpath.Parse(n.Args[1].Col.Text(row))
		if err == nil {
			return "the value is longer than 16 MiB"
		}
		return err.Error()
	}
	n.Run = func(f *fn.Frame, n *fn.Node) {
		var nulls []int
		fn.Texts(n, f.Rows, func(dst []byte, i int) ([]byte, bool) {
			text := "$"
			if len(n.Args) > 1 {
				text = n.Args[1].Col.Text(i)
			}
			if text != last || path == nil {
				path, problem = jsonpath.Parse(text)
				last = string([]byte(text)) // the column's memory is borrowed
			}
			if problem != nil {
				return dst, false
			}
			longer, ok := op(dst, path.Find(n.Args[0].Col.Text(i)))
			if !ok {
				nulls = append(nulls, i)
				return dst, true
			}
			return longer, true
		})
		if nulls != nil {
			valid := n.OwnValid(f.Rows)
			for _, i := range nulls {
				valid.Clear(i)
			}
		}
	}
}
