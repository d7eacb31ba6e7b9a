package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

type kind uint8

const (
	null kind = iota
	scalar
	list
	mapping
)

func (k kind) String() string {
	return [...]string{"nothing", "a single value", "a list", "a map"}[k]
}

// node is a value of a configuration file that knows where it stands. A tag "!Name value" is kept apart from its
// value; what YAML itself resolves (anchors, aliases, merge keys) is resolved.
type node struct {
	pos     Pos
	kind    kind
	tag     string // without "!"
	text    string // of a scalar
	plain   bool   // the scalar is not quoted: it may be a number or true or false
	entries []entry
	items   []*node
	from    *source // of a scalar: the text it was read from; nil if it was made
	block   bool    // the scalar is a block: it starts on the line below its indicator
	subst   []subst // where variables changed the text
	before  string  // the text as it was then
}

type entry struct {
	key   string
	pos   Pos
	value *node
}

// source is a file as it was read.
type source struct {
	name string
	text []byte
}

// maxNodes bounds what aliases can make of a small file.
const maxNodes = 1 << 20

// get returns the value of a key of a map, or nil.
func (n *node) get(key string) *node {
	if n == nil || n.kind != mapping {
		return nil
	}
	for i := range n.entries {
		if n.entries[i].key == key {
			return n.entries[i].value
		}
	}
	return nil
}

// set gives a key of a map a value, in the key's place if it is there.
func (n *node) set(key string, value *node) {
	n.kind = mapping
	for i := range n.entries {
		if n.entries[i].key == key {
			n.entries[i].value = value
			return
		}
	}
	n.entries = append(n.entries, entry{key, value.pos, value})
}

// take removes a key from a map and returns its value, or nil.
func (n *node) take(key string) *node {
	if n == nil {
		return nil
	}
	for i := range n.entries {
		if n.entries[i].key == key {
			value := n.entries[i].value
			n.entries = append(n.entries[:i:i], n.entries[i+1:]...)
			return value
		}
	}
	return nil
}

// variant returns the name and the content of a tagged value, also when it is spelled {Name: content} as in JSON.
func (n *node) variant() (tag string, content *node) {
	if n == nil {
		return "", nil
	}
	if n.tag != "" {
		inner := *n
		inner.tag = ""
		if inner.kind == scalar && inner.text == "" {
			inner.kind = null
		}
		return n.tag, &inner
	}
	if n.kind == mapping && len(n.entries) == 1 && len(n.entries[0].key) > 0 {
		if key := n.entries[0].key; key[0] >= 'A' && key[0] <= 'Z' {
			return key, n.entries[0].value
		}
	}
	return "", nil
}

// parser turns YAML into nodes.
type parser struct {
	notes *notes
	from  *source
	count int
	open  map[*yaml.Node]bool // aliases that are being followed
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// parseYAML reads every document of a file and merges them. It returns nil for an empty file.
func parseYAML(from *source, o *notes) *node {
	p := &parser{notes: o, from: from, open: map[*yaml.Node]bool{}}
	var all *node
	for dec := yaml.NewDecoder(bytes.NewReader(from.text)); ; {
		var doc yaml.Node
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			o.fail(p.syntax(err))
			return all
		}
		all = merge(all, p.convert(&doc), o)
	}
}

// syntax turns an error of the YAML library into one of ours.
func (p *parser) syntax(err error) Error {
	msg := err.Error()
	e := Error{Pos: Pos{File: p.from.name}, Msg: "not valid YAML: " + yamlLine.ReplaceAllString(msg, "")}
	if m := yamlLine.FindStringSubmatch(msg); m != nil && m[1] != "" {
		e.Pos.Line, _ = strconv.Atoi(m[1])
		lines := strings.Split(string(p.from.text), "\n")
		for _, near := range []int{e.Pos.Line, e.Pos.Line + 1} {
			if near <= len(lines) && strings.Contains(lines[near-1], "\t") {
				e.Fix = "indent with spaces, not with tabs"
			}
		}
		if e.Pos.Line <= len(lines) && strings.ContainsAny(lines[e.Pos.Line-1], "{") {
			e.Fix = `put quotes around a value with {{NAME}} or ${NAME}`
		}
	}
	return e
}

func (p *parser) pos(n *yaml.Node) Pos {
	if n.Line == 0 {
		return Pos{File: p.from.name}
	}
	return Pos{p.from.name, n.Line, n.Column}
}

func (p *parser) convert(n *yaml.Node) *node {
	if p.count++; p.count > maxNodes {
		if p.count == maxNodes+1 {
			p.notes.fail(Error{Pos: p.pos(n), Msg: "the file has more than a million values", Fix: "use fewer aliases"})
		}
		return &node{pos: p.pos(n)}
	}
	out := &node{pos: p.pos(n), from: p.from}
	if t := n.Tag; strings.HasPrefix(t, "!") && !strings.HasPrefix(t, "!!") {
		out.tag = t[1:]
	}
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) == 0 {
			return nil
		}
		return p.convert(n.Content[0])
	case yaml.AliasNode:
		if p.open[n.Alias] {
			p.notes.fail(Error{Pos: out.pos, Msg: fmt.Sprintf("anchor %q contains itself", n.Value)})
			return out
		}
		p.open[n.Alias] = true
		defer delete(p.open, n.Alias)
		return p.convert(n.Alias)
	case yaml.ScalarNode:
		out.kind, out.text = scalar, n.Value
		out.plain = n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0 &&
			(n.Style&yaml.TaggedStyle == 0 || n.ShortTag() != "!!str")
		out.block = n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
		if out.plain && (n.ShortTag() == "!!null" || n.Value == "" && out.tag != "") {
			out.kind, out.text = null, ""
		}
	case yaml.SequenceNode:
		out.kind = list
		for _, c := range n.Content {
			out.items = append(out.items, p.convert(c))
		}
	case yaml.MappingNode:
		if name, ok := braces(n); ok {
			out.kind, out.text, out.plain = scalar, "{{"+name+"}}", true
			return out
		}
		out.kind = mapping
		p.entries(n, out)
	}
	return out
}

// entries converts the keys and values of a map, merge keys ("<<") included.
func (p *parser) entries(n *yaml.Node, out *node) {
	var inherited []*node
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.ShortTag() == "!!merge" {
			if v := p.convert(value); v.kind == list {
				inherited = append(inherited, v.items...)
			} else {
				inherited = append(inherited, v)
			}
			continue
		}
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		switch {
		case key.Kind != yaml.ScalarNode:
			p.notes.fail(Error{Pos: p.pos(key), Msg: "a key must be a word", Fix: "quote a value that begins with { or ["})
		case seen[key.Value]:
			p.notes.fail(Error{Pos: p.pos(key), Msg: fmt.Sprintf("key %q stands here twice", key.Value), Fix: "remove one of them"})
		default:
			seen[key.Value] = true
			out.entries = append(out.entries, entry{key.Value, p.pos(key), p.convert(value)})
		}
	}
	for _, base := range inherited {
		for _, e := range base.entries {
			if !seen[e.key] {
				seen[e.key] = true
				out.entries = append(out.entries, e)
			}
		}
	}
}

// braces recognises an unquoted {{NAME}}, which to YAML is a map in a map.
func braces(n *yaml.Node) (name string, ok bool) {
	for range 2 {
		if n.Kind != yaml.MappingNode || len(n.Content) != 2 || n.Content[1].ShortTag() != "!!null" || n.Content[1].Value != "" {
			return "", false
		}
		n = n.Content[0]
	}
	return n.Value, n.Kind == yaml.ScalarNode && n.Value != ""
}

var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// json writes the value as JSON. "!Tag value" becomes {"Tag": value}; keys keep their order and case; a scalar
// that is not quoted is a number, true or false if it looks like one.
func (n *node) json() json.RawMessage {
	var b bytes.Buffer
	n.appendJSON(&b)
	return b.Bytes()
}

func (n *node) appendJSON(b *bytes.Buffer) {
	if n.tag != "" {
		tag, content := n.variant()
		b.WriteString("{" + quote(tag) + ":")
		content.appendJSON(b)
		b.WriteString("}")
		return
	}
	switch n.kind {
	case null:
		b.WriteString("null")
	case scalar:
		b.WriteString(n.scalarJSON())
	case list:
		b.WriteByte('[')
		for i, item := range n.items {
			if i > 0 {
				b.WriteByte(',')
			}
			item.appendJSON(b)
		}
		b.WriteByte(']')
	case mapping:
		b.WriteByte('{')
		for i, e := range n.entries {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(quote(e.key) + ":")
			e.value.appendJSON(b)
		}
		b.WriteByte('}')
	}
}

func (n *node) scalarJSON() string {
	if !n.plain {
		return quote(n.text)
	}
	switch {
	case n.text == "true", n.text == "false", jsonNumber.MatchString(n.text):
		return n.text
	}
	// 0x1F, 0o17 and 1_000 are numbers in YAML; 007 is left alone, it is rather a name.
	if t := n.text; len(t) > 1 && t[0] >= '0' && t[0] <= '9' && (t[0] != '0' || t[1] == 'x' || t[1] == 'o') {
		if v, err := strconv.ParseInt(t, 0, 64); err == nil {
			return strconv.FormatInt(v, 10)
		}
	}
	return quote(n.text)
}

func quote(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes
	return strings.TrimSuffix(b.String(), "\n")
}
