package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/millrace-dev/millrace/host/view"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// A filter is
//
//	{column: value, column: {op: value, ...}, $and: [filter, ...], $or: [filter, ...], $not: filter}
//
// and means that all of it holds. Two values are equal or not, null being equal to null alone; so $ne and
// $nin hold wherever $eq and $in do not. $lt, $lte, $gt, $gte and the text operators never hold of a null.
// $contains holds of a text that has the value standing between whole words, $matches_any and $matches_all of
// one with any or all of the given values.

// predicate says whether a record passes.
type predicate func(*view.Record) bool

// leaf is a comparison of one column with a value, kept beside its predicate so that the key order can
// serve it.
type leaf struct {
	col    int
	op     string
	value  []any         // one, or those of $in, as JSON
	fields [][]byte      // the same as stored; nil is null
	column *batch.Column // the same as a column, for key ranges
	types  batch.Type    //
	test   func(null bool, field []byte) bool
}

// filter is a compiled filter.
type filter struct {
	leaves []*leaf     // comparisons that must all hold
	rest   []predicate // $or and $not
}

func (f *filter) passes(r *view.Record) bool {
	for _, l := range f.leaves {
		if !l.passes(r) {
			return false
		}
	}
	for _, p := range f.rest {
		if !p(r) {
			return false
		}
	}
	return true
}

func (l *leaf) passes(r *view.Record) bool {
	if r.Null(l.col) {
		return l.test(true, nil)
	}
	return l.test(false, r.Field(l.col))
}

// columns says which columns of a view a caller may see.
type columns struct {
	schema  *batch.Schema
	visible []int // in schema order
}

func newColumns(s *batch.Schema, only []string) (columns, error) {
	c := columns{schema: s}
	for i, f := range s.Fields {
		if len(only) == 0 || slices.Contains(only, f.Name) {
			c.visible = append(c.visible, i)
		}
	}
	if len(c.visible) == 0 {
		return c, newError(codeForbidden, "the token names none of the endpoint's columns")
	}
	return c, nil
}

// find returns the position of a column that the caller may see.
func (c columns) find(name string) (int, error) {
	i := c.schema.Index(name)
	if slices.Contains(c.visible, i) {
		return i, nil
	}
	names := make([]string, len(c.visible))
	for k, v := range c.visible {
		names[k] = c.schema.Fields[v].Name
	}
	hint := didYouMean(name, names)
	if hint == "" {
		hint = ": the columns are " + strings.Join(names, ", ")
	}
	return -1, newError(codeUnknownColumn, "unknown column %q%s", name, hint)
}

// member is a name and a value of a JSON object.
type member struct {
	name  string
	value json.RawMessage
}

// members returns what a JSON object has, in the order in which it is written.
func members(data json.RawMessage) (out []member, err error) {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("it is not an object")
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		out = append(out, member{t.(string), value})
	}
	_, err = d.Token()
	return out, err
}

func isNull(data json.RawMessage) bool { return string(bytes.TrimSpace(data)) == "null" }

// maxDepth bounds how deep filters stand in filters.
const maxDepth = 64

// parseFilter compiles a filter; null and nothing are no filter.
func parseFilter(data json.RawMessage, cols columns, depth int) (*filter, error) {
	f := &filter{}
	if len(data) == 0 || isNull(data) {
		return f, nil
	}
	if depth > maxDepth {
		return nil, newError(codeBadQuery, "$filter: more than %d filters stand in each other", maxDepth)
	}
	list, err := members(data)
	if err != nil {
		return nil, newError(codeBadQuery, "$filter: %v: write {\"column\": value}", err)
	}
	for _, m := range list {
		switch {
		case m.name == "$and" || m.name == "$or":
			err = f.addList(m, cols, depth)
		case m.name == "$not":
			var inner *filter
			if inner, err = parseFilter(m.value, cols, depth+1); err == nil {
				f.rest = append(f.rest, func(r *view.Record) bool { return !inner.passes(r) })
			}
		case strings.HasPrefix(m.name, "$"):
			err = newError(codeBadQuery, "$filter: unknown operator %q%s", m.name, didYouMean(m.name, []string{"$and", "$or", "$not"}))
		default:
			err = f.addColumn(m, cols)
		}
		if err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *filter) addList(m member, cols columns, depth int) error {
	var list []json.RawMessage
	if err := json.Unmarshal(m.value, &list); err != nil || len(list) == 0 {
		return newError(codeBadQuery, "$filter: %s needs a list of filters: write {%q: [{\"column\": value}, ...]}", m.name, m.name)
	}
	var either []*filter
	for _, item := range list {
		inner, err := parseFilter(item, cols, depth+1)
		if err != nil {
			return err
		}
		if m.name == "$and" {
			f.leaves = append(f.leaves, inner.leaves...)
			f.rest = append(f.rest, inner.rest...)
			continue
		}
		either = append(either, inner)
	}
	if m.name == "$or" {
		f.rest = append(f.rest, func(r *view.Record) bool {
			return slices.ContainsFunc(either, func(f *filter) bool { return f.passes(r) })
		})
	}
	return nil
}

// operators of columns.
var operators = []string{"$eq", "$ne", "$lt", "$lte", "$gt", "$gte", "$in", "$nin", "$contains", "$matches_any", "$matches_all"}

// addColumn compiles "column: value" or "column: {op: value, ...}".
func (f *filter) addColumn(m member, cols columns) error {
	col, err := cols.find(m.name)
	if err != nil {
		return err
	}
	ops := []member{{"$eq", m.value}}
	if list, err := members(m.value); err == nil && len(list) > 0 && slices.ContainsFunc(list, func(o member) bool { return strings.HasPrefix(o.name, "$") }) {
		ops = list
	}
	for _, o := range ops {
		l, err := newLeaf(col, &cols.schema.Fields[col], o)
		if err != nil {
			return err
		}
		f.leaves = append(f.leaves, l)
	}
	return nil
}

func newLeaf(col int, field *batch.Field, o member) (*leaf, error) {
	l := &leaf{col: col, op: o.name, types: field.Type}
	if o.name == "in" || o.name == "nin" {
		l.op = "$" + o.name
	}
	if !slices.Contains(operators, l.op) {
		return nil, newError(codeBadQuery, "$filter: column %q: unknown operator %q%s", field.Name, o.name, didYouMean(o.name, operators))
	}
	list := l.op == "$in" || l.op == "$nin" || l.op == "$matches_any" || l.op == "$matches_all"
	if err := l.decode(field, o.value, list); err != nil {
		return nil, err
	}
	switch l.op {
	case "$contains", "$matches_any", "$matches_all":
		if !field.Type.Variable() || field.Type.Kind == batch.Binary {
			return nil, newError(codeBadQuery, "$filter: column %q: %s needs text, the column is %v", field.Name, l.op, field.Type)
		}
	}
	l.test = l.compile()
	return l, nil
}

// decode reads the value, or the list of values, as values of the column.
func (l *leaf) decode(field *batch.Field, data json.RawMessage, list bool) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if list {
		if err := d.Decode(&l.value); err != nil {
			return newError(codeBadQuery, "$filter: column %q: %s needs a list of values", field.Name, l.op)
		}
	} else {
		var value any
		if err := d.Decode(&value); err != nil {
			return newError(codeBadQuery, "$filter: column %q: %v", field.Name, err)
		}
		l.value = []any{value}
	}
	v := batch.NewVector(field.Type)
	for _, value := range l.value {
		if err := v.AppendJSON(value); err != nil {
			return newError(codeBadValue, "$filter: column %q: %v", field.Name, err)
		}
	}
	column := v.Take()
	l.column = &column
	for i := range l.value {
		if column.Null(i) {
			l.fields = append(l.fields, nil)
		} else {
			l.fields = append(l.fields, view.Field(&column, i))
		}
	}
	return nil
}

// compile returns the test of a column's field.
func (l *leaf) compile() func(bool, []byte) bool { //nolint:gocyclo // a switch over the operators
	t := l.types
	is := func(null bool, field, value []byte) bool {
		if null || value == nil {
			return null && value == nil
		}
		return bytes.Equal(field, value)
	}
	anyOf := func(null bool, field []byte) bool {
		return slices.ContainsFunc(l.fields, func(v []byte) bool { return is(null, field, v) })
	}
	compare := func(pass func(int) bool) func(bool, []byte) bool {
		v := l.fields[0]
		return func(null bool, field []byte) bool {
			return !null && v != nil && pass(view.CompareField(t, field, v))
		}
	}
	switch l.op {
	case "$eq":
		v := l.fields[0]
		return func(null bool, field []byte) bool { return is(null, field, v) }
	case "$ne":
		v := l.fields[0]
		return func(null bool, field []byte) bool { return !is(null, field, v) }
	case "$lt":
		return compare(func(n int) bool { return n < 0 })
	case "$lte":
		return compare(func(n int) bool { return n <= 0 })
	case "$gt":
		return compare(func(n int) bool { return n > 0 })
	case "$gte":
		return compare(func(n int) bool { return n >= 0 })
	case "$in":
		return anyOf
	case "$nin":
		return func(null bool, field []byte) bool { return !anyOf(null, field) }
	case "$matches_all":
		return func(null bool, field []byte) bool {
			return !null && !slices.ContainsFunc(l.fields, func(v []byte) bool { return !containsWords(field, v) })
		}
	}
	return func(null bool, field []byte) bool {
		return !null && slices.ContainsFunc(l.fields, func(v []byte) bool { return containsWords(field, v) })
	}
}

// containsWords reports whether text has words in it, not as a part of longer words.
func containsWords(text, words []byte) bool {
	if len(words) == 0 {
		return false
	}
	inWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_' }
	for from := 0; ; {
		i := bytes.Index(text[from:], words)
		if i < 0 {
			return false
		}
		i += from
		before, _ := utf8.DecodeLastRune(text[:i])
		after, _ := utf8.DecodeRune(text[i+len(words):])
		first, _ := utf8.DecodeRune(words)
		last, _ := utf8.DecodeLastRune(words)
		if (!inWord(before) || !inWord(first)) && (!inWord(after) || !inWord(last)) {
			return true
		}
		from = i + 1
	}
}
