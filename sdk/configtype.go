package sdk

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Bytes is a size in bytes, written as a number or with a unit: 512KB, 16MiB, 2GB.
type Bytes int64

// String returns the size in the largest binary unit that divides it.
func (b Bytes) String() string {
	for _, unit := range []string{"GiB", "MiB", "KiB"} {
		if n := Bytes(units[unit]); b != 0 && b%n == 0 {
			return strconv.FormatInt(int64(b/n), 10) + unit
		}
	}
	return strconv.FormatInt(int64(b), 10)
}

var units = map[string]int64{
	"": 1, "B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
	"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
}

func parseBytes(s string) (Bytes, error) {
	i := strings.LastIndexAny(s, "0123456789.") + 1
	n, err := strconv.ParseFloat(s[:i], 64)
	unit, ok := units[strings.TrimSpace(s[i:])]
	if size := n * float64(unit); err == nil && ok && size >= 0 && size < math.MaxInt64 {
		return Bytes(size), nil
	}
	return 0, &ConfigError{Msg: fmt.Sprintf("%q is not a size", s), Fix: `write for example "16MiB" or "2GB"`}
}

// scalar is a type that takes one JSON value which is not looked into.
type scalar struct {
	name string
	set  func(to reflect.Value, value any) error
}

// scalars are the types that mean more than their Go kind, kinds all others.
var (
	scalars = map[reflect.Type]scalar{
		reflect.TypeFor[time.Duration]():   {"duration", setDuration},
		reflect.TypeFor[Bytes]():           {"bytes", setBytes},
		reflect.TypeFor[any]():             {"any", setAny},
		reflect.TypeFor[json.RawMessage](): {"any", setRaw},
	}
	kinds = map[reflect.Kind]scalar{
		reflect.Bool: {"bool", setBool}, reflect.String: {"string", setString},
		reflect.Int: {"int", setInt}, reflect.Int8: {"int", setInt}, reflect.Int16: {"int", setInt},
		reflect.Int32: {"int", setInt}, reflect.Int64: {"int", setInt},
		reflect.Uint: {"int", setUint}, reflect.Uint8: {"int", setUint}, reflect.Uint16: {"int", setUint},
		reflect.Uint32: {"int", setUint}, reflect.Uint64: {"int", setUint},
		reflect.Float32: {"float", setFloat}, reflect.Float64: {"float", setFloat},
	}
)

func setDuration(to reflect.Value, value any) error {
	s, ok := value.(string)
	d, err := time.ParseDuration(s)
	if !ok || err != nil {
		return &ConfigError{Msg: say(value) + " is not a duration", Fix: `write for example "500ms" or "1h30m"`}
	}
	to.SetInt(int64(d))
	return nil
}

func setBytes(to reflect.Value, value any) error {
	text, ok := value.(string)
	if n, isNumber := value.(json.Number); isNumber {
		text, ok = n.String(), true
	}
	if !ok {
		text = say(value)
	}
	size, err := parseBytes(text)
	to.SetInt(int64(size))
	return err
}

func setAny(to reflect.Value, value any) error {
	if value != nil {
		to.Set(reflect.ValueOf(value))
	}
	return nil
}

func setRaw(to reflect.Value, value any) error {
	raw, err := json.Marshal(value)
	to.SetBytes(raw)
	return err
}

func setBool(to reflect.Value, value any) error {
	b, ok := value.(bool)
	if !ok {
		return &ConfigError{Msg: say(value) + " is not a boolean", Fix: "write true or false"}
	}
	to.SetBool(b)
	return nil
}

func setString(to reflect.Value, value any) error {
	s, ok := value.(string)
	if !ok {
		e := &ConfigError{Msg: say(value) + " is not text"}
		switch value.(type) {
		case json.Number, bool:
			e.Fix = fmt.Sprintf("put it in quotes: %q", fmt.Sprint(value))
		}
		return e
	}
	to.SetString(s)
	return nil
}

func setInt(to reflect.Value, value any) error {
	n, ok := value.(json.Number)
	i, err := strconv.ParseInt(string(n), 10, 64)
	switch {
	case !ok || errors.Is(err, strconv.ErrSyntax):
		return fmt.Errorf("%s is not a whole number", say(value))
	case err != nil || to.OverflowInt(i):
		return fmt.Errorf("%s is out of range", say(value))
	}
	to.SetInt(i)
	return nil
}

func setUint(to reflect.Value, value any) error {
	n, ok := value.(json.Number)
	i, err := strconv.ParseUint(string(n), 10, 64)
	switch {
	case ok && strings.HasPrefix(string(n), "-"):
		return fmt.Errorf("%s is below 0", say(value))
	case !ok || errors.Is(err, strconv.ErrSyntax):
		return fmt.Errorf("%s is not a whole number", say(value))
	case err != nil || to.OverflowUint(i):
		return fmt.Errorf("%s is out of range", say(value))
	}
	to.SetUint(i)
	return nil
}

func setFloat(to reflect.Value, value any) error {
	n, ok := value.(json.Number)
	f, err := strconv.ParseFloat(string(n), 64)
	if !ok || err != nil {
		return fmt.Errorf("%s is not a number", say(value))
	}
	to.SetFloat(f)
	return nil
}

// setText sets a value from a tag: text as it is, all else as JSON would have it.
func setText(to reflect.Value, text string) error {
	if to.Kind() == reflect.Pointer {
		to.Set(reflect.New(to.Type().Elem()))
		to = to.Elem()
	}
	var value any
	switch name := typeName(to.Type()); name {
	case "string", "duration":
		value = text
	case "int", "float", "bytes":
		value = json.Number(text)
	default:
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			return err
		}
	}
	var d decoder
	if d.decode("", value, to); len(d.errs) > 0 {
		return d.errs
	}
	return nil
}

func show(v reflect.Value) string {
	if v.CanInterface() {
		return fmt.Sprint(v.Interface())
	}
	return v.String()
}

// param is a parameter and the field it sets.
type param struct {
	Parameter
	index      []int
	alias      string
	hasDefault bool
}

// choice reports whether a struct embeds OneOf.
func choice(t reflect.Type) bool {
	f, ok := t.FieldByName("OneOf")
	return ok && f.Anonymous && f.Type == reflect.TypeFor[OneOf]()
}

// paramsOf reads the tags of a struct; embedded structs count as its own fields.
func paramsOf(t reflect.Type) []param {
	var params []param
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous || f.Tag.Get("cfg") == "-" || !f.IsExported() {
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("cfg"), ",")
		if name == "" {
			panic(fmt.Sprintf(`sdk: %v: field %s has no name: add a tag cfg:"name", or cfg:"-" to leave it out`, t, f.Name))
		}
		p := param{index: f.Index, Parameter: Parameter{
			Name: name, Type: typeName(f.Type), Min: f.Tag.Get("min"), Max: f.Tag.Get("max"), Doc: f.Tag.Get("doc"),
		}}
		p.Default, p.hasDefault = f.Tag.Lookup("default")
		if values := f.Tag.Get("oneof"); values != "" {
			p.Values = strings.Split(values, "|")
		}
		for option := range strings.SplitSeq(options, ",") {
			old, isAlias := strings.CutPrefix(option, "alias=")
			switch {
			case isAlias:
				p.alias = old
			case option == "required":
				p.Required = true
			case option != "":
				panic(fmt.Sprintf("sdk: %v: field %s: unknown option %q", t, f.Name, option))
			}
		}
		params = append(params, p)
	}
	return params
}

// Parameters describes the fields of a configuration struct; see DecodeConfig. It panics when a
// tag makes no sense.
func Parameters[C any]() []Parameter { return describe(reflect.TypeFor[C](), 0) }

func describe(t reflect.Type, depth int) []Parameter {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if _, opaque := scalars[t]; opaque || t.Kind() != reflect.Struct || depth > 8 {
		return nil
	}
	var out []Parameter
	for _, p := range paramsOf(t) {
		f := t.FieldByIndex(p.index)
		if p.hasDefault {
			if err := setText(reflect.New(f.Type).Elem(), p.Default); err != nil {
				panic(fmt.Sprintf("sdk: %v: field %s: default: %v", t, f.Name, err))
			}
		}
		p.Fields = describe(f.Type, depth+1)
		out = append(out, p.Parameter)
	}
	return out
}

func typeName(t reflect.Type) string {
	if s, ok := scalars[t]; ok {
		return s.name
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeName(t.Elem())
	case reflect.Slice:
		return "list of " + typeName(t.Elem())
	case reflect.Map:
		return "map of " + typeName(t.Elem())
	case reflect.Struct:
		if choice(t) {
			return "one of"
		}
		return "object"
	}
	if s, ok := kinds[t.Kind()]; ok {
		return s.name
	}
	panic(fmt.Sprintf("sdk: a %v cannot be configured", t))
}
