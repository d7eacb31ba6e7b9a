package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/sdk"
)

// At returns the place of what a path names in the whole configuration: "endpoints[0].index.primary_key". Of a
// path that leads nowhere the last known place is returned.
func (c *Config) At(path string) Pos {
	if c.root == nil {
		return Pos{}
	}
	return locate(c.root, c.root.pos, path)
}

// Locate returns the place of a value in the configuration of a connection, by the path that a connector uses in
// its errors: "tables[0].config.path". Of a path that leads nowhere the last known place is returned.
func (c *Config) Locate(connection int, path string) Pos {
	if connection < 0 || connection >= len(c.Connections) {
		return Pos{}
	}
	return locate(c.Connections[connection].config, c.Connections[connection].Pos, path)
}

// LocateUDF is Locate for the configuration of a module of functions.
func (c *Config) LocateUDF(udf int, path string) Pos {
	if udf < 0 || udf >= len(c.UDFs) {
		return Pos{}
	}
	return locate(c.UDFs[udf].config, c.UDFs[udf].Pos, path)
}

func locate(n *node, pos Pos, path string) Pos {
	if n == nil {
		return pos
	}
	pos = n.pos
	for step := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		if n.tag == step { // "!Tag value" is {"Tag": value}
			continue
		}
		next, at := n.child(step)
		if tag, inner := n.variant(); next == nil && n.tag == "" && tag != "" {
			next, at = inner.child(step)
		}
		if next == nil {
			return pos
		}
		if n = next; at != (Pos{}) { // a default has no place
			pos = at
		}
	}
	return pos
}

// child returns what a step of a path leads to: the value of a key, or an item of a list.
func (n *node) child(step string) (*node, Pos) {
	if i, err := strconv.Atoi(step); err == nil && n.kind == list && i >= 0 && i < len(n.items) {
		return n.items[i], n.items[i].pos
	}
	for _, e := range n.entries {
		if e.key == step {
			if e.value.kind == null && e.value.tag == "" {
				return e.value, e.pos
			}
			return e.value, e.value.pos
		}
	}
	return nil, Pos{}
}

// Place gives the mistakes that a connector found in its configuration their places in the user's file. Any other
// error comes back as it is.
func (c *Config) Place(connection int, err error) error {
	var many sdk.ConfigErrors
	var one *sdk.ConfigError
	switch {
	case errors.As(err, &many):
	case errors.As(err, &one):
		many = sdk.ConfigErrors{one}
	default:
		return err
	}
	prefix := fmt.Sprintf("connections[%d].config", connection)
	var out Errors
	for _, m := range many {
		out = append(out, &Error{Pos: c.Locate(connection, m.Path), Path: join(prefix, m.Path), Msg: m.Msg, Fix: m.Fix})
	}
	return out
}
