// Package json has the functions of JSON documents.
package json

import (
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr/fn"
	"github.com/millrace-dev/millrace/operators/expr/jsonpath"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Functions returns the functions of JSON documents.
func Functions() []fn.Function {
	f := func(signature, help string, op jsonOp) fn.Function {
		return fn.Function{
			Signature: signature, Help: help, Check: checkPath,
			Build: func(n *fn.Node) { buildJSON(n, op) }, Fallible: pathFails, Nullable: fn.Always,
		}
	}
	own := []fn.Function{
		f("json_value(json, text) json", "The string, number or truth value that a path such as '$.items[0].name' leads to; NULL if there is none.", jsonValue),
		f("json_query(json[, text]) json", "The object or array that a path leads to, or an array of all values if there are several; NULL if there is none.", jsonQuery),
		f("json_extract(json, text) json", "The value that a path leads to, or an array of all values if there are several; NULL if there is none.", jsonExtract),
		f("json_text(json[, text]) text", "The value that a path leads to as text, a string without its quotes; NULL if there is none.", jsonText),
	}
	return slices.Concat(own, members(), makers())
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

func jsonExtract(dst []byte, found []string) ([]byte, bool) {
	if len(found) == 0 {
		return dst, false
	}
	return jsonpath.Join(dst, found), true
}

// pathFails: a literal path is known to be right, but may lead to too much if it has two ..
func pathFails(n *fn.Node) bool {
	return len(n.Args) > 1 && (!n.Args[1].Literal || strings.Count(n.Args[1].Value, "..") > 1 || checkPath(n) != nil)
}

// checkPath checks a path that is a literal.
func checkPath(n *fn.Node) error {
	if len(n.Args) < 2 || !n.Args[1].Literal || n.Args[1].Null {
		return nil
	}
	_, err := jsonpath.Parse(n.Args[1].Value)
	return err
}

// paths keeps the path that was parsed last: mostly it is a literal.
type paths struct {
	last string
	path *jsonpath.Path
	err  error
}

func newPaths(n *fn.Node) *paths {
	c := &paths{}
	n.Why = func(n *fn.Node, row int) string {
		if len(n.Args) > 1 {
			if _, err := c.find(n.Args[1].Col.Text(row), n.Args[0].Col.Text(row)); err != nil {
				return err.Error()
			}
		}
		return "the value is longer than 16 MiB"
	}
	return c
}

// find returns what a path leads to.
func (c *paths) find(path, text string) ([]string, error) {
	if c.path == nil && c.err == nil || path != c.last {
		c.last = strings.Clone(path) // the column's memory is borrowed
		c.path, c.err = jsonpath.Parse(c.last)
	}
	if c.err != nil {
		return nil, c.err
	}
	return c.path.Search(text)
}

func buildJSON(n *fn.Node, op jsonOp) {
	c := newPaths(n)
	why := n.Why
	fn.TextsOrNullWith(func(dst []byte, args []batch.Column, i int) ([]byte, fn.Outcome) {
		path := "$"
		if len(args) > 1 {
			path = args[1].Text(i)
		}
		found, err := c.find(path, args[0].Text(i))
		if err != nil {
			return dst, fn.Bad
		}
		longer, ok := op(dst, found)
		if !ok {
			return dst, fn.Null
		}
		return longer, fn.Made
	})(n)
	n.Why = why
}
