package sdk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// Checker is a configuration, or a struct inside one, that checks itself once it is decoded. It
// returns ConfigErrors, whose paths are relative to the struct, or any error.
type Checker interface {
	Check() error
}

// OneOf is embedded: it makes of a struct of pointers a choice: exactly one field is set, and the
// configuration names it by its tag: `!Parquet {path: x}`, in JSON {"Parquet": {"path": "x"}}.
type OneOf struct{}

// DecodeConfig decodes a configuration in JSON into a struct with tags
//
//	cfg:"name"            the key; cfg:"name,required" must be there, cfg:"name,alias=old" may also be
//	                      called old; cfg:"-" is no parameter
//	default:"1s"          when the key is missing
//	min:"1ms" max:"1h"    bounds of numbers, durations and byte sizes, and of the length of text and lists
//	oneof:"read|write"    the only values
//	doc:"Time between."   for people
//
// Fields are bool, integers, floats, string, time.Duration ("1s"), Bytes ("16MiB"), any, json.RawMessage,
// structs, pointers (nil when missing), slices, and maps from string of these, and choices; see OneOf. It is strict: unknown keys and wrong
// types are mistakes. All mistakes come together, as ConfigErrors. It panics when a tag makes no sense.
func DecodeConfig(data []byte, into any) error {
	var value any
	if len(bytes.TrimSpace(data)) > 0 {
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.UseNumber()
		if err := decoder.Decode(&value); err != nil {
			return ConfigErrors{{Msg: "not valid JSON: " + err.Error()}}
		}
	}
	if value == nil {
		value = map[string]any{}
	}
	var d decoder
	d.decode("", value, reflect.ValueOf(into).Elem())
	if len(d.errs) > 0 {
		return d.errs
	}
	return nil
}

// decoder gathers mistakes.
type decoder struct{ errs ConfigErrors }

func (d *decoder) fail(path, fix, format string, args ...any) {
	d.errs = append(d.errs, &ConfigError{Path: path, Msg: fmt.Sprintf(format, args...), Fix: fix})
}

// decode sets to, which is zero, from a value of encoding/json.
func (d *decoder) decode(path string, value any, to reflect.Value) {
	if s, ok := scalars[to.Type()]; ok {
		d.scalar(path, value, to, s)
		return
	}
	switch to.Kind() {
	case reflect.Pointer:
		to.Set(reflect.New(to.Type().Elem()))
		d.decode(path, value, to.Elem())
	case reflect.Struct:
		before := len(d.errs)
		if choice(to.Type()) {
			d.choose(path, value, to)
		} else {
			d.object(path, value, to)
		}
		if c, ok := reflect.TypeAssert[Checker](to.Addr()); ok && len(d.errs) == before {
			if err := c.Check(); err != nil {
				d.errs.add(path, err)
			}
		}
	case reflect.Slice:
		d.list(path, value, to)
	case reflect.Map:
		object, ok := value.(map[string]any)
		if !ok {
			d.fail(path, "", "%s is not a map", say(value))
			return
		}
		to.Set(reflect.MakeMap(to.Type()))
		for _, key := range slices.Sorted(maps.Keys(object)) {
			item := reflect.New(to.Type().Elem()).Elem()
			d.decode(join(path, key), object[key], item)
			to.SetMapIndex(reflect.ValueOf(key).Convert(to.Type().Key()), item)
		}
	default:
		d.scalar(path, value, to, kinds[to.Kind()])
	}
}

func (d *decoder) list(path string, value any, to reflect.Value) {
	items, ok := value.([]any)
	if !ok {
		d.fail(path, "", "%s is not a list", say(value))
		return
	}
	to.Set(reflect.MakeSlice(to.Type(), len(items), len(items)))
	for i, item := range items {
		d.decode(join(path, fmt.Sprintf("[%d]", i)), item, to.Index(i))
	}
}

func (d *decoder) object(path string, value any, to reflect.Value) {
	if value == nil {
		value = map[string]any{}
	}
	object, ok := value.(map[string]any)
	if !ok {
		d.fail(path, "", "%s is not a map of parameters", say(value))
		return
	}
	params := paramsOf(to.Type())
	known := map[string]bool{}
	var names []string
	for _, p := range params {
		names = append(names, p.Name)
		known[p.Name] = true
		item, given := object[p.Name]
		if p.alias != "" {
			known[p.alias] = true
			if old, ok := object[p.alias]; ok && !given {
				item, given = old, true
			}
		}
		d.param(join(path, p.Name), p, optional{item, given}, to.FieldByIndex(p.index))
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if !known[key] {
			d.fail(join(path, key), near.Fix(key, names), "unknown key %q", key)
		}
	}
}

// optional is a value that may be missing.
type optional struct {
	value any
	given bool
}

func (d *decoder) param(path string, p param, in optional, to reflect.Value) {
	nullable := to.Kind() == reflect.Pointer || to.Kind() == reflect.Interface
	switch {
	case in.given && (in.value != nil || nullable && to.Kind() == reflect.Interface):
		before := len(d.errs)
		d.decode(path, in.value, to)
		if len(d.errs) == before {
			d.bounds(path, p, to)
		}
	case p.Required:
		d.fail(path, "", "missing: it is required")
	case p.hasDefault:
		if err := setText(to, p.Default); err != nil {
			panic(fmt.Sprintf("sdk: parameter %q: default: %v", p.Name, err))
		}
	case to.Kind() == reflect.Struct && !choice(to.Type()):
		d.decode(path, map[string]any{}, to) // for the defaults inside
	}
}

// choose decodes the one field that the value names.
func (d *decoder) choose(path string, value any, to reflect.Value) {
	params := paramsOf(to.Type())
	var tags []string
	for _, p := range params {
		tags = append(tags, p.Name)
	}
	tag, body := "", any(nil)
	switch v := value.(type) {
	case string:
		tag = v
	case map[string]any:
		if len(v) == 1 {
			for tag, body = range v {
			}
		}
	}
	if tag == "" {
		d.fail(path, "write !"+strings.Join(tags, " or !"), "%s is not one of the choices", say(value))
		return
	}
	for _, p := range params {
		if p.Name != tag && p.alias != tag {
			continue
		}
		if field := to.FieldByIndex(p.index); body == nil && field.Type().Elem().Kind() == reflect.Struct {
			d.decode(path, map[string]any{}, field)
		} else {
			d.decode(path, body, field)
		}
		return
	}
	d.fail(path, near.Fix(tag, tags), "unknown choice !%s", tag)
}

func (d *decoder) scalar(path string, value any, to reflect.Value, s scalar) {
	if s.set == nil {
		panic(fmt.Sprintf("sdk: parameter %q: a %v cannot be configured", path, to.Type()))
	}
	if err := s.set(to, value); err != nil {
		d.errs.add(path, err)
	}
}

func (d *decoder) bounds(path string, p param, to reflect.Value) {
	for to.Kind() == reflect.Pointer {
		to = to.Elem()
	}
	if len(p.Values) > 0 && !slices.Contains(p.Values, to.String()) {
		d.fail(path, near.Fix(to.String(), p.Values), "%q is not one of the values", to.String())
	}
	what := show(to)
	if to.Kind() == reflect.String || to.Kind() == reflect.Slice || to.Kind() == reflect.Map {
		what = fmt.Sprintf("a length of %d", to.Len())
	}
	if p.Min != "" && less(to, p.Min, p.Name) < 0 {
		d.fail(path, "", "%s is below %s", what, p.Min)
	}
	if p.Max != "" && less(to, p.Max, p.Name) > 0 {
		d.fail(path, "", "%s is above %s", what, p.Max)
	}
}

// less compares a value, or the length of text, a list or a map, with a bound.
func less(v reflect.Value, bound, name string) int {
	limit := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.String, reflect.Slice, reflect.Map:
		v, limit = reflect.ValueOf(v.Len()), reflect.New(reflect.TypeFor[int]()).Elem()
	}
	if err := setText(limit, bound); err != nil {
		panic(fmt.Sprintf("sdk: parameter %q: bound: %v", name, err))
	}
	switch {
	case v.CanInt():
		return sign(v.Int() < limit.Int(), v.Int() > limit.Int())
	case v.CanUint():
		return sign(v.Uint() < limit.Uint(), v.Uint() > limit.Uint())
	case v.CanFloat():
		return sign(v.Float() < limit.Float(), v.Float() > limit.Float())
	}
	panic(fmt.Sprintf("sdk: parameter %q: a %v has no bounds", name, v.Type()))
}

func sign(less, more bool) int {
	switch {
	case less:
		return -1
	case more:
		return 1
	}
	return 0
}

// say shows a value of encoding/json in a message.
func say(value any) string {
	switch v := value.(type) {
	case nil:
		return "nothing"
	case string:
		return strconv.Quote(v)
	case []any:
		return "a list"
	case map[string]any:
		return "a map"
	}
	return fmt.Sprint(value)
}
