package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/viper"

	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// defaults are the settings that a file need not give.
var defaults = map[string]string{
	"version":  "1",
	"app_name": "millrace",
	"home_dir": "./.millrace",

	"api.rest.host": "0.0.0.0", "api.rest.port": "8080", "api.rest.enabled": "true", "api.rest.cors": "true", "api.rest.enable_sql": "true",
	"api.grpc.host": "0.0.0.0", "api.grpc.port": "50051", "api.grpc.enabled": "true", "api.grpc.cors": "true", "api.grpc.web": "true",
	"api.app_grpc.host": "0.0.0.0", "api.app_grpc.port": "50053", "api.app_grpc.enabled": "true",
	"api.pgwire.host": "0.0.0.0", "api.pgwire.port": "50054", "api.pgwire.enabled": "true",
	"api.default_max_num_records": "50", "api.max_scan_rows": "1000000",

	"app.app_buffer_size": "20000", "app.commit_size": "10000", "app.commit_timeout": "50ms",

	"flags.dynamic": "true", "flags.grpc_web": "true", "flags.push_events": "true",
}

// layer puts the settings over each other, the later winning: defaults, the files, environment variables
// MILLRACE_<KEY>, and what the command line sets. It returns the tree that is to be decoded.
//
// Viper does the layering. It lower-cases the keys of maps, so it is given the map of settings only, with nodes for
// leaves: what users name (tables, columns, keys of a connector) lies inside the nodes and stays as it is.
func layer(root *node, o Options, n *notes) *node {
	v := viper.New()
	keys := settings(reflect.TypeFor[Config](), "")
	for _, key := range keys {
		if text, ok := defaults[key]; ok {
			v.SetDefault(key, &node{kind: scalar, text: text, plain: true})
		}
		if text, ok := o.Lookup(envName(key)); ok && text != "" {
			v.Set(key, &node{pos: Pos{File: envName(key)}, kind: scalar, text: text, plain: true})
		}
	}
	if err := v.MergeConfigMap(leaves(root, sections(keys), "")); err != nil {
		n.fail(Error{Pos: root.pos, Msg: err.Error()})
	}
	for key, text := range o.Set {
		if !slices.Contains(keys, key) {
			n.fail(Error{Pos: Pos{File: "command line"}, Path: key, Msg: "there is no such setting", Fix: near.Fix(key, keys)})
			continue
		}
		v.Set(key, &node{pos: Pos{File: "command line"}, kind: scalar, text: text, plain: true})
	}
	for _, key := range keys {
		if leaf, ok := v.Get(key).(*node); ok {
			put(root, strings.Split(key, "."), leaf)
		}
	}
	return root
}

func envName(key string) string {
	return "MILLRACE_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// settings lists the single values of a section and of those in it, as dotted keys.
func settings(section reflect.Type, prefix string) (keys []string) {
	for field, name := range fields(section) {
		key := join(prefix, name)
		switch t := field.Type; {
		case t.Kind() == reflect.Struct && isSection(t):
			keys = append(keys, settings(t, key)...)
		case t.Kind() == reflect.Slice, t.Kind() == reflect.Struct:
		default:
			keys = append(keys, key)
		}
	}
	return keys
}

// isSection reports whether a struct is decoded key by key.
func isSection(t reflect.Type) bool {
	for range fields(t) {
		return true
	}
	return false
}

// sections returns every prefix of the dotted keys.
func sections(keys []string) map[string]bool {
	out := map[string]bool{"": true}
	for _, key := range keys {
		for i, c := range key {
			if c == '.' {
				out[key[:i]] = true
			}
		}
	}
	return out
}

// leaves returns the settings of a file as viper wants them: maps for sections, nodes for values.
func leaves(n *node, sections map[string]bool, path string) map[string]any {
	out := map[string]any{}
	for _, e := range n.entries {
		key := join(path, e.key)
		if e.value.kind == mapping && e.value.tag == "" && sections[key] {
			out[e.key] = leaves(e.value, sections, key)
		} else if e.value.kind != null {
			out[e.key] = e.value
		}
	}
	return out
}

// put gives the value at a path a node, unless what stands in the way is a mistake to be reported.
func put(n *node, path []string, leaf *node) {
	for _, key := range path[:len(path)-1] {
		next := n.get(key)
		if next == nil || next.kind == null {
			next = &node{pos: leaf.pos, kind: mapping}
			n.set(key, next)
		}
		if next.kind != mapping || next.tag != "" {
			return
		}
		n = next
	}
	n.set(path[len(path)-1], leaf)
}

// override replaces, or adds, the values that JSON pointers name: "/app/commit_size=5".
func override(root *node, overrides []string, o *notes) {
	for _, arg := range overrides {
		pos := Pos{File: "--config-overrides " + arg}
		pointer, text, ok := strings.Cut(arg, "=")
		if !ok || !strings.HasPrefix(pointer, "/") {
			o.fail(Error{Pos: pos, Msg: "it is not a JSON pointer, =, and JSON", Fix: `write for example /app/commit_size=5 or /sql="select 1"`})
			continue
		}
		value := parseYAML(&source{pos.File, []byte(text)}, o) // JSON is YAML
		if value == nil {
			value = &node{}
		}
		clearPos(value, pos)
		if err := assign(root, pointer, value); err != nil {
			o.fail(Error{Pos: pos, Msg: err.Error()})
		}
	}
}

// clearPos makes all of a value stand where the override stands.
func clearPos(n *node, pos Pos) {
	n.pos, n.from = pos, nil
	for _, item := range n.items {
		clearPos(item, pos)
	}
	for i := range n.entries {
		n.entries[i].pos = pos
		clearPos(n.entries[i].value, pos)
	}
}

// assign sets what a JSON pointer names, and makes the maps on the way there.
func assign(n *node, pointer string, value *node) error {
	steps := strings.Split(pointer[1:], "/")
	for i, step := range steps {
		step = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		last := i == len(steps)-1
		if n.tag == step { // "!Tag value" is {"Tag": value}
			if last {
				pos, tag := n.pos, n.tag
				*n = *value
				n.pos, n.tag = pos, tag
			}
			continue
		}
		switch n.kind {
		case list:
			at, err := position(step, len(n.items))
			if err != nil {
				return fmt.Errorf("%s: %w", strings.Join(steps[:i+1], "/"), err)
			}
			if at == len(n.items) {
				n.items = append(n.items, container(value.pos, steps[i+1:]))
			}
			if last {
				n.items[at] = value
			}
			n = n.items[at]
		case mapping, null:
			if last {
				n.set(step, value)
			} else if n.get(step) == nil {
				n.set(step, container(value.pos, steps[i+1:]))
			}
			n = n.get(step)
		default:
			return fmt.Errorf("%s: %q holds a single value, nothing below it can be set", strings.Join(steps[:i+1], "/"), strings.Join(steps[:i], "/"))
		}
	}
	return nil
}

// container is what is made on the way to the remaining steps: a list if the next of them is the first place of one.
func container(pos Pos, steps []string) *node {
	if len(steps) > 0 && (steps[0] == "-" || steps[0] == "0") {
		return &node{pos: pos, kind: list}
	}
	return &node{pos: pos, kind: mapping}
}

// position reads a step into a list of the given length; "-" is the place after its end.
func position(step string, length int) (int, error) {
	if step == "-" {
		return length, nil
	}
	var at int
	if _, err := fmt.Sscanf(step, "%d", &at); err != nil || fmt.Sprint(at) != step || at < 0 {
		return 0, fmt.Errorf("%q is not a place in a list", step)
	}
	if at > length {
		return 0, fmt.Errorf("the list has only %d items", length)
	}
	return at, nil
}
