package json

import (
	encoding "encoding/json"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr/fn"
	"github.com/millrace-dev/millrace/operators/expr/jsonpath"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// members are the functions that take documents apart without a path language.
func members() []fn.Function {
	arrow := func(name, signature, help string, path, text bool) fn.Function {
		return fn.Function{
			Name: name, Signature: signature, Help: help, Nullable: fn.Always,
			Build: func(n *fn.Node) { buildArrow(n, path, text) },
		}
	}
	null := func(signature, help string, build func(*fn.Node), fallible func(*fn.Node) bool) fn.Function {
		return fn.Function{Signature: signature, Help: help, Nullable: fn.Always, Build: build, Fallible: fallible}
	}
	return []fn.Function{
		arrow("->", "->(json, text) json; ->(json, int) json", "The member of an object by its key, or the element of an array by its place from 0, or from -1 backwards; NULL if there is none.", false, false),
		arrow("->>", "->>(json, text) text; ->>(json, int) text", "Like ->, as text.", false, true),
		arrow("#>", "#>(json, text) json", "What keys and places lead to that are written '{a,0,b}'; NULL if there is nothing.", true, false),
		arrow("#>>", "#>>(json, text) text", "Like #>, as text.", true, true),
		null("json_extract_path(json, any...) json", "What keys and places lead to; NULL if there is nothing.", func(n *fn.Node) { buildPathOf(n, false) }, nil),
		null("json_extract_path_text(json, any...) text", "Like JSON_EXTRACT_PATH, as text.", func(n *fn.Node) { buildPathOf(n, true) }, nil),
		null("json_keys(json[, text]) json", "An array of the keys of an object, which a path leads to; NULL if it is none.", buildKeys, pathFails),
		{
			Signature: "json_array_length(json) int", Help: "How many elements an array has.", Fallible: fn.Always,
			Build: buildArrayLength,
		},
		null("json_length(json[, text]) int", "How many elements an array has, or members an object; 1 of others; NULL if a path leads nowhere.", buildLength, pathFails),
		{
			Signature: "json_typeof(json) text", Help: "object, array, string, number, boolean or null.",
			Build: fn.Text1(func(dst []byte, s string) []byte { return append(dst, typeOf(s)...) }),
		},
		{
			Signature: "json_exists(json, text) bool", Help: "Whether a path leads anywhere.", Fallible: pathFails, Check: checkPath, Build: buildExists,
		},
		null("json_unquote(json) text", "A string without its quotes; other values as they are written.", fn.TextsOrNullWith(func(dst []byte, args []batch.Column, i int) ([]byte, fn.Outcome) {
			return value(dst, jsonpath.Value(args[0].Text(i)), true)
		}), nil),
		{
			Signature: "json_valid(text) bool", Help: "Whether the text is JSON.",
			Build: fn.Test(func(args []batch.Column, i int) (bool, bool) { return encoding.Valid(args[0].View(i)), true }),
		},
	}
}

// value appends a part of a document, as text without the quotes of a string; there JSON's null is null.
func value(dst []byte, part string, text bool) ([]byte, fn.Outcome) {
	switch {
	case part == "" || text && part == "null":
		return dst, fn.Null
	case text:
		return append(dst, jsonpath.Text(part)...), fn.Made
	}
	return append(dst, part...), fn.Made
}

// step goes from a value to one of its parts.
func step(part, key string) string {
	if part != "" && part[0] == '[' {
		i, err := strconv.ParseInt(strings.TrimSpace(key), 10, 64)
		if err != nil {
			return ""
		}
		return jsonpath.Element(part, i)
	}
	return jsonpath.Member(part, key)
}

func buildArrow(n *fn.Node, path, text bool) {
	place := n.Args[1].Type.Kind == batch.Int64
	fn.TextsOrNullWith(func(dst []byte, args []batch.Column, i int) ([]byte, fn.Outcome) {
		part := jsonpath.Value(args[0].Text(i))
		switch {
		case place:
			part = jsonpath.Element(part, fn.Int(&args[1], i))
		case path:
			keys := strings.TrimSuffix(strings.TrimPrefix(args[1].Text(i), "{"), "}")
			if keys != "" {
				for key := range strings.SplitSeq(keys, ",") {
					part = step(part, strings.Trim(strings.TrimSpace(key), `"`))
				}
			}
		default:
			part = jsonpath.Member(part, args[1].Text(i))
		}
		return value(dst, part, text)
	})(n)
}

func buildPathOf(n *fn.Node, text bool) {
	var key []byte
	fn.TextsOrNullWith(func(dst []byte, args []batch.Column, i int) ([]byte, fn.Outcome) {
		part := jsonpath.Value(args[0].Text(i))
		for k := range args[1:] {
			key = batch.AppendText(key[:0], &args[k+1], i)
			part = step(part, string(key))
		}
		return value(dst, part, text)
	})(n)
}

// at returns the part of a document that the path in an argument, if there is one, leads to: the one it has.
func at(c *paths, args []batch.Column, i int) (part string, out fn.Outcome) {
	part = jsonpath.Value(args[0].Text(i))
	if len(args) > 1 {
		found, err := c.find(args[1].Text(i), part)
		if err != nil {
			return "", fn.Bad
		}
		if part = ""; len(found) == 1 {
			part = found[0]
		}
	}
	if part == "" {
		return "", fn.Null
	}
	return part, fn.Made
}

func buildKeys(n *fn.Node) {
	c := newPaths(n)
	why := n.Why
	fn.TextsOrNullWith(func(dst []byte, args []batch.Column, i int) ([]byte, fn.Outcome) {
		part, out := at(c, args, i)
		switch {
		case out != fn.Made:
			return dst, out
		case part[0] != '{':
			return dst, fn.Null
		}
		dst = append(dst, '[')
		first := len(dst)
		jsonpath.Keys(part, func(key string) {
			if len(dst) > first {
				dst = append(dst, ',')
			}
			dst = append(dst, key...)
		})
		return append(dst, ']'), fn.Made
	})(n)
	n.Why = why
}

func buildArrayLength(n *fn.Node) {
	n.Why = func(*fn.Node, int) string { return "the value is no array" }
	fn.Ints(func(args []batch.Column, i int) (int64, fn.Outcome) {
		part := jsonpath.Value(args[0].Text(i))
		if part == "" || part[0] != '[' {
			return 0, fn.Bad
		}
		return int64(jsonpath.Len(part)), fn.Made
	})(n)
}

func buildLength(n *fn.Node) {
	c := newPaths(n)
	fn.Ints(func(args []batch.Column, i int) (int64, fn.Outcome) {
		part, out := at(c, args, i)
		switch {
		case out != fn.Made:
			return 0, out
		case jsonpath.Scalar(part):
			return 1, fn.Made
		}
		return int64(jsonpath.Len(part)), fn.Made
	})(n)
}

func buildExists(n *fn.Node) {
	c := newPaths(n)
	fn.Test(func(args []batch.Column, i int) (bool, bool) {
		found, err := c.find(args[1].Text(i), args[0].Text(i))
		return len(found) > 0, err == nil
	})(n)
}

// typeOf is a switch over the first letters of values.
func typeOf(s string) string {
	part := jsonpath.Value(s)
	if part == "" {
		return "null"
	}
	switch part[0] {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}
