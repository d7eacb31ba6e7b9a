package config

import (
	"fmt"
	"slices"
)

// modernise rewrites what older versions of Dozer called otherwise into the one form that is decoded.
func modernise(root *node, o *notes) {
	moveTuning(root, o)
	moveInternalAPI(root)
	for _, c := range root.get("connections").list() {
		moderniseConnection(c, o)
	}
	for _, s := range root.get("sources").list() {
		if ref := s.get("connection"); ref != nil && ref.tag == "Ref" {
			ref.tag = ""
		}
	}
	var endpoints, sinks []*node
	for _, e := range root.get("endpoints").list() {
		if tag, inner := e.get("kind").variant(); tag != "" && tag != "Api" {
			sinks = append(sinks, sinkOf(e, inner))
			continue
		}
		endpoints = append(endpoints, unwrapAPI(e, "kind"))
	}
	for _, s := range root.get("sinks").list() {
		if tag, _ := s.get("config").variant(); tag == "Api" {
			endpoints = append(endpoints, unwrapAPI(s, "config"))
			continue
		}
		sinks = append(sinks, s)
	}
	replaceList(root, "endpoints", endpoints)
	replaceList(root, "sinks", sinks)
}

// list returns the items of a list; nil for anything else.
func (n *node) list() []*node {
	if n == nil {
		return nil
	}
	return n.items
}

func replaceList(root *node, key string, items []*node) {
	if old := root.get(key); len(items) > 0 && (old == nil || old.kind != list) {
		root.set(key, &node{pos: items[0].pos, kind: list, items: items})
	} else if old != nil && old.kind == list {
		old.items = items
	}
}

// moved lists the keys that stood at the top before there was a section "app".
var moved = []string{
	"app_buffer_size", "commit_size", "commit_timeout", "err_threshold", "error_threshold", "app_max_map_size", "file_buffer_capacity",
}

func moveTuning(root *node, o *notes) {
	for _, key := range moved {
		value := root.take(key)
		if value == nil {
			continue
		}
		app := root.get("app")
		if app == nil || app.kind == null {
			app = &node{pos: value.pos, kind: mapping}
			root.set("app", app)
		}
		if app.kind != mapping {
			continue // its own mistake is reported when it is decoded
		}
		if other := app.get(key); other != nil {
			o.fail(Error{Pos: value.pos, Path: key, Msg: fmt.Sprintf("it is given here and at %s", other.pos), Fix: "keep the one under app"})
			continue
		}
		app.set(key, value)
	}
}

// moveInternalAPI turns the two internal servers of old into app_grpc.
func moveInternalAPI(root *node) {
	api := root.get("api")
	for _, key := range []string{"pipeline_internal", "api_internal"} {
		old := api.take(key)
		if old == nil || old.kind != mapping {
			continue
		}
		old.take("home_dir")
		if api.get("app_grpc") == nil && len(old.entries) > 0 {
			api.set("app_grpc", old)
		}
	}
}

func moderniseConnection(c *node, o *notes) {
	if auth := c.get("authentication"); auth != nil && c.get("config") == nil {
		if kind := c.get("db_type"); auth.tag == "" && kind != nil && kind.kind == scalar {
			auth.tag = kind.text
		}
		c.take("authentication")
		c.take("db_type")
		c.set("config", auth)
	}
	config := c.get("config")
	if config == nil {
		return
	}
	dropTag(config, "Table")
	if tag, inner := config.variant(); tag == "Ethereum" && inner.kind == mapping && inner.get("provider") == nil {
		provider := &node{pos: inner.pos, kind: mapping, tag: "Log", entries: inner.entries}
		inner = &node{pos: config.pos, kind: mapping, tag: tag}
		inner.set("provider", provider)
		c.set("config", inner)
		return
	}
	_, inner := config.variant()
	if inner == nil {
		return
	}
	for _, t := range inner.get("tables").list() {
		moderniseTable(t, o)
	}
}

// moderniseTable turns the flat form {name, prefix, file_type, extension} of a folder of files into
// {name, config: !Parquet {path, extension}}.
func moderniseTable(t *node, o *notes) {
	if kind := t.get("file_type"); kind != nil && t.get("config") == nil {
		t.take("file_type")
		config := &node{pos: kind.pos, kind: mapping, tag: "Parquet"}
		if kind.text == "csv" || kind.text == "CSV" {
			config.tag = "CSV"
		}
		for _, key := range []struct{ from, to string }{{"prefix", "path"}, {"path", "path"}, {"extension", "extension"}, {"marker_extension", "marker_extension"}} {
			if value := t.take(key.from); value != nil {
				config.set(key.to, value)
			}
		}
		if config.get("extension") == nil {
			config.set("extension", &node{pos: kind.pos, kind: scalar, text: "." + map[string]string{"CSV": "csv", "Parquet": "parquet"}[config.tag]})
		}
		t.set("config", config)
	}
	holder := t.get("config")
	if holder != nil && holder.tag == "" {
		_, holder = holder.variant()
	}
	for _, n := range []*node{t, holder} {
		if old := n.take("marker_file"); old != nil && old.text == "true" {
			o.warn(old.pos, "marker_file: ignored: name the ending of marker files with marker_extension")
		}
	}
}

// dropTag removes a tag that means nothing, everywhere below n.
func dropTag(n *node, tag string) {
	if n.tag == tag {
		n.tag = ""
	}
	for _, item := range n.items {
		dropTag(item, tag)
	}
	for _, e := range n.entries {
		dropTag(e.value, tag)
	}
}

// unwrapAPI lifts what stands under {key: !Api {...}} into the endpoint itself.
func unwrapAPI(e *node, key string) *node {
	if e.kind != mapping {
		return e
	}
	if tag, inner := e.get(key).variant(); tag == "Api" {
		e.take(key)
		for _, x := range inner.entries {
			if e.get(x.key) == nil {
				e.entries = append(e.entries, x)
			}
		}
	}
	for _, key := range []string{"name", "table_name"} {
		other := map[string]string{"name": "table_name", "table_name": "name"}[key]
		if e.get(key) == nil && e.get(other) != nil && (key == "name" || e.get("sql") != nil) {
			e.entries = append(e.entries, entry{key, e.pos, e.get(other)})
		}
	}
	return e
}

// sinkOf turns an endpoint of another kind than !Api into a sink.
func sinkOf(e, content *node) *node {
	sink := &node{pos: e.pos, kind: mapping}
	kind := e.get("kind")
	sink.set("config", &node{pos: kind.pos, tag: tagOf(kind), kind: content.kind, text: content.text, entries: content.entries, items: content.items, from: content.from})
	for _, x := range e.entries {
		if slices.Contains([]string{"name", "table_name"}, x.key) {
			sink.entries = append(sink.entries, x)
		}
	}
	return sink
}

func tagOf(n *node) string {
	tag, _ := n.variant()
	return tag
}
