package config

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// keys reports the keys of a map that are not known, and returns a function that finds the values of the others.
func (d decoder) keys(n *node, path string, known ...string) func(string) *node {
	switch {
	case n.kind != mapping && n.kind != null:
		d.fail(n, path, fmt.Sprintf("it has %s where a map belongs", n.kind), "")
	case n.tag != "":
		d.fail(n, path, fmt.Sprintf("tag !%s has no meaning here", n.tag), "remove it")
	}
	for _, e := range n.entries {
		ok := false
		for _, k := range known {
			ok = ok || k == e.key
		}
		if !ok {
			d.notes.fail(Error{Pos: e.pos, Path: path, Msg: fmt.Sprintf("unknown key %q", e.key), Fix: near.Fix(e.key, known)})
		}
	}
	return n.get
}

// str fills text if there is a value.
func (d decoder) str(n *node, into *string, path string) {
	if n != nil {
		*into = d.text(n, "", path, "")
	}
}

// variantOf returns the tag and the content of what must be tagged.
func (d decoder) variantOf(parent, n *node, path, example string) (string, *node) {
	if n == nil {
		d.fail(parent, path, "config is missing", "write `config: !"+example+"`")
		return "", nil
	}
	tag, content := n.variant()
	if tag == "" {
		d.fail(n, path+".config", "it has no tag that names its kind", "write `config: !"+example+"`")
	}
	return tag, content
}

// connectorName is the name of a connector that a tag stands for.
func connectorName(tag string) string {
	if tag == "LocalStorage" {
		return "files"
	}
	return strings.ToLower(tag)
}

func (d decoder) connection(n *node, c *Connection, path string) {
	c.Pos = n.pos
	get := d.keys(n, path, "name", "config", "in_process")
	d.str(get("name"), &c.Name, path+".name")
	if v := get("in_process"); v != nil {
		d.boolean(v, reflect.ValueOf(&c.InProcess).Elem(), path+".in_process")
	}
	tag, content := d.variantOf(n, get("config"), path, "LocalStorage {details: {path: data}, tables: []}")
	if tag == "" {
		return
	}
	if strings.ContainsAny(tag, `/\. `) {
		d.fail(get("config"), path+".config", fmt.Sprintf("!%s cannot be the name of a connector", tag), "")
		return
	}
	c.Connector, c.Config, c.config = connectorName(tag), content.json(), content
}

func (d decoder) sink(n *node, s *Sink, path string) {
	s.Pos = n.pos
	get := d.keys(n, path, "name", "table_name", "config")
	d.str(get("name"), &s.Name, path+".name")
	d.str(get("table_name"), &s.TableName, path+".table_name")
	tag, content := d.variantOf(n, get("config"), path, "Dummy {table_name: t}")
	if tag == "" {
		return
	}
	s.Connector, s.Config, s.config = connectorName(tag), content.json(), content
	for _, key := range []string{"table_name", "source_table_name"} {
		if v := content.get(key); s.TableName == "" && v != nil && v.kind == scalar {
			s.TableName = v.text
		}
	}
}

func (d decoder) udf(n *node, u *UDF, path string) {
	u.Pos = n.pos
	get := d.keys(n, path, "name", "config")
	d.str(get("name"), &u.Name, path+".name")
	tag, content := d.variantOf(n, get("config"), path, "Wasm {path: functions.wasm}")
	if tag == "" {
		return
	}
	u.Kind, u.Config, u.config = strings.ToLower(tag), content.json(), content
	for _, key := range []string{"path", "module"} {
		d.str(content.get(key), &u.Path, path+".config."+key)
		if u.Path != "" {
			return
		}
	}
	d.fail(n, path+".config", "it names no file", "write `path: functions.wasm`")
}

func (d decoder) lambda(n *node, l *Lambda, path string) {
	l.Pos = n.pos
	tag, content := n.variant()
	if tag == "" {
		d.fail(n, path, "it has no tag that names its kind", "write `- !JavaScript {endpoint: e, module: m.js}`")
		return
	}
	l.Kind = strings.ToLower(tag)
	get := d.keys(content, path, "endpoint", "module")
	d.str(get("endpoint"), &l.Endpoint, path+".endpoint")
	d.str(get("module"), &l.Module, path+".module")
}

func (d decoder) secondaryIndex(n *node, x *SecondaryIndex, path string) {
	x.Pos = n.pos
	tag, content := n.variant()
	switch tag {
	case "SortedInverted":
		if v := d.keys(content, path, "fields")("fields"); v != nil {
			d.slice(v, reflect.ValueOf(&x.Fields).Elem(), path+".fields")
		}
	case "FullText":
		x.FullText = true
		var field string
		d.str(d.keys(content, path, "field")("field"), &field, path+".field")
		if field != "" {
			x.Fields = []string{field}
		}
	default:
		d.fail(n, path, "it is not a kind of index", "write !SortedInverted {fields: [a, b]} or !FullText {field: a}")
		return
	}
	if len(x.Fields) == 0 {
		d.fail(n, path, "the index has no columns", "name its columns")
	}
}

func (d decoder) security(n *node, s *Security, path string) {
	if n.kind == null && n.tag == "" {
		return
	}
	tag, content := n.variant()
	if tag != "Jwt" || content.kind != scalar {
		d.fail(n, path, "it is not a way to check callers", "write `api_security: !Jwt \"{{SECRET}}\"`")
		return
	}
	s.JWT = content.text
}

// defaultMetrics is where Dozer serves its metrics.
const defaultMetrics = "0.0.0.0:9000"

func (d decoder) telemetry(n *node, t *Telemetry, path string) {
	get := d.keys(n, path, "metrics", "trace")
	if trace := get("trace"); trace != nil {
		d.notes.warn(trace.pos, "%s.trace: ignored: there is no tracing yet", path)
	}
	metrics := get("metrics")
	if metrics == nil || metrics.kind == null && metrics.tag == "" {
		return
	}
	tag, content := metrics.variant()
	if tag == "" && metrics.kind == scalar {
		tag, content = metrics.text, &node{pos: metrics.pos}
	}
	if tag != "Prometheus" {
		d.fail(metrics, path+".metrics", fmt.Sprintf("%q is not a kind of metrics", tag), "write `metrics: !Prometheus`")
		return
	}
	t.Prometheus = defaultMetrics
	if address := d.keys(content, path+".metrics", "address")("address"); address != nil {
		d.str(address, &t.Prometheus, path+".metrics.address")
	}
}
