package config

import (
	"fmt"
	"iter"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// decoder fills structs from nodes, strictly: a key that the struct does not have is a mistake.
type decoder struct{ notes *notes }

// fields yields the fields of a struct that a file may set, with their keys.
func fields(t reflect.Type) iter.Seq2[reflect.StructField, string] {
	return func(yield func(reflect.StructField, string) bool) {
		for f := range t.Fields() {
			if key := f.Tag.Get("yaml"); key != "" && key != "-" && !yield(f, key) {
				return
			}
		}
	}
}

func (d decoder) config(root *node, cfg *Config) { d.structure(root, reflect.ValueOf(cfg).Elem(), "") }

func (d decoder) fail(n *node, path, msg, fix string) {
	d.notes.fail(Error{Pos: n.pos, Path: path, Msg: msg, Fix: fix})
}

// slot is where a value goes, with the tag of its field and its path in the file.
type slot struct {
	v    reflect.Value
	tag  reflect.StructTag
	path string
}

// structure fills a struct from a map.
func (d decoder) structure(n *node, v reflect.Value, path string) {
	if pos := v.FieldByName("Pos"); pos.IsValid() {
		pos.Set(reflect.ValueOf(n.pos))
	}
	if n.tag != "" {
		d.fail(n, path, fmt.Sprintf("tag !%s has no meaning here", n.tag), "remove it")
	}
	if n.kind == null {
		return
	}
	if n.kind != mapping {
		d.fail(n, path, fmt.Sprintf("it has %s where a map belongs", n.kind), "")
		return
	}
	known := map[string]reflect.StructField{}
	var keys []string
	for f, key := range fields(v.Type()) {
		known[key] = f
		if f.Type != reflect.TypeFor[ignored]() {
			keys = append(keys, key)
		}
	}
	for _, e := range n.entries {
		f, ok := known[e.key]
		if !ok {
			d.notes.fail(Error{Pos: e.pos, Path: path, Msg: fmt.Sprintf("unknown key %q", e.key), Fix: near.Fix(e.key, keys)})
			continue
		}
		switch f.Type {
		case reflect.TypeFor[ignored]():
			d.notes.warn(e.pos, "%s: ignored: %s", join(path, e.key), f.Tag.Get("ignored"))
			continue
		case reflect.TypeFor[silent]():
			continue
		}
		d.value(e.value, v.FieldByIndex(f.Index), f.Tag, join(path, e.key))
	}
}

// value fills one value. It is a switch over the types that a configuration has.
func (d decoder) value(n *node, v reflect.Value, tag reflect.StructTag, path string) {
	switch into := v.Addr().Interface().(type) {
	case *Text:
		if n.kind == scalar {
			into.add(n)
		} else if n.kind != null {
			d.fail(n, path, fmt.Sprintf("it has %s where SQL belongs", n.kind), "write it as a block: `sql: |` and indented lines")
		}
		return
	case *Connection:
		d.connection(n, into, path)
		return
	case *Sink:
		d.sink(n, into, path)
		return
	case *UDF:
		d.udf(n, into, path)
		return
	case *Lambda:
		d.lambda(n, into, path)
		return
	case *SecondaryIndex:
		d.secondaryIndex(n, into, path)
		return
	case *Security:
		d.security(n, into, path)
		return
	case *Telemetry:
		d.telemetry(n, into, path)
		return
	case *Bytes:
		d.number(n, slot{v, tag, path}, parseBytes)
		return
	case *time.Duration:
		d.number(n, slot{v, tag, path}, parseDuration)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(n, v, path)
	case reflect.Slice:
		d.slice(n, v, path)
	case reflect.String:
		v.SetString(d.text(n, tag, path, v.String()))
	case reflect.Bool:
		d.boolean(n, v, path)
	case reflect.Int:
		d.number(n, slot{v, tag, path}, parseInt)
	default:
		panic("config: no way to decode " + v.Type().String())
	}
}

func (d decoder) slice(n *node, v reflect.Value, path string) {
	switch {
	case n.kind == null && n.tag == "":
		return
	case n.kind != list:
		d.fail(n, path, fmt.Sprintf("it has %s where a list belongs", n.kind), "write [a, b], or one line `- a` for each")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.items), len(n.items)))
	for i, item := range n.items {
		d.value(item, v.Index(i), "", fmt.Sprintf("%s[%d]", path, i))
	}
}

// text returns a single value as text. Enumerations may be written as a tag, too.
func (d decoder) text(n *node, tag reflect.StructTag, path, otherwise string) string {
	oneof := tag.Get("oneof")
	text := n.text
	if oneof != "" && n.tag != "" {
		text = n.tag
	} else if n.kind == null && n.tag == "" {
		return otherwise
	} else if n.kind != scalar || n.tag != "" {
		d.fail(n, path, fmt.Sprintf("it has %s where text belongs", describe(n)), "")
		return otherwise
	}
	if known := strings.Split(oneof, ","); oneof != "" && !slices.Contains(known, text) {
		d.fail(n, path, fmt.Sprintf("%q is not possible here", text), near.Fix(text, known))
		return otherwise
	}
	return text
}

func describe(n *node) string {
	if n.tag != "" {
		return "a value tagged !" + n.tag
	}
	return n.kind.String()
}

func (d decoder) boolean(n *node, v reflect.Value, path string) {
	switch {
	case n.kind == null && n.tag == "":
		return
	case n.kind == scalar && n.tag == "":
		switch strings.ToLower(n.text) {
		case "true", "yes", "on":
			v.SetBool(true)
			return
		case "false", "no", "off":
			v.SetBool(false)
			return
		}
		d.fail(n, path, fmt.Sprintf("%q is neither true nor false", n.text), "write true or false")
		return
	}
	d.fail(n, path, fmt.Sprintf("it has %s where true or false belongs", describe(n)), "write true or false")
}

func (d decoder) number(n *node, s slot, read func(string) (int64, error)) {
	path := s.path
	if n.kind == null && n.tag == "" {
		return
	}
	if n.kind != scalar || n.tag != "" {
		d.fail(n, path, fmt.Sprintf("it has %s where a number belongs", describe(n)), "")
		return
	}
	x, err := read(strings.TrimSpace(n.text))
	if err != nil {
		d.fail(n, path, err.Error(), "")
		return
	}
	least, most := int64(math.MinInt64), int64(math.MaxInt64)
	if text := s.tag.Get("min"); text != "" {
		least, _ = strconv.ParseInt(text, 10, 64)
	}
	if text := s.tag.Get("max"); text != "" {
		most, _ = strconv.ParseInt(text, 10, 64)
	}
	switch {
	case x < least && most == math.MaxInt64:
		d.fail(n, path, fmt.Sprintf("%s is below %d", n.text, least), "")
	case x < least, x > most:
		d.fail(n, path, fmt.Sprintf("%s is not in %d..%d", n.text, least, most), "")
	default:
		s.v.SetInt(x)
	}
}

func parseInt(s string) (int64, error) {
	x, err := strconv.ParseInt(s, 10, 64)
	if err == nil {
		return x, nil
	}
	if x, err := strconv.ParseInt(s, 0, 64); err == nil {
		return x, nil
	}
	return 0, fmt.Errorf("%q is not a whole number", s)
}

var units = map[string]int64{
	"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
	"k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
}

func parseBytes(s string) (int64, error) {
	digits := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
	unit, ok := units[strings.ToLower(strings.TrimSpace(s[len(digits):]))]
	x, err := strconv.ParseFloat(digits, 64)
	if err != nil || !ok || math.IsNaN(x) || math.Abs(x*float64(unit)) >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is not a size: write for example 512MiB or 4GiB", s)
	}
	return int64(x * float64(unit)), nil
}

func parseDuration(s string) (int64, error) {
	if ms, err := strconv.ParseInt(s, 10, 64); err == nil && ms < math.MaxInt64/int64(time.Millisecond) && ms > math.MinInt64/int64(time.Millisecond) {
		return ms * int64(time.Millisecond), nil
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a time: write for example 50ms or 2s; a plain number is milliseconds", s)
	}
	return int64(d), nil
}
