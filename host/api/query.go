package api

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/host/view"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// query is a parsed query of one endpoint.
type query struct {
	filter *filter
	order  []ordering
	limit  int // of records; -1: none was given
	skip   int
	after  *cursor
}

// ordering is a column of $order_by.
type ordering struct {
	col  int
	desc bool
}

// cursor says where a page ended.
type cursor struct {
	key    []byte // the last record's, or nil: only its id is known
	copies uint64 // how many of its copies were given, of a view without a key; 0: all
	id     uint64
}

func (c *cursor) String() string {
	return "k" + base64.RawURLEncoding.EncodeToString(append(binary.AppendUvarint(nil, c.copies), c.key...))
}

// parseCursor reads what String writes, or a __dozer_record_id.
func parseCursor(text string) (*cursor, error) {
	if id, err := strconv.ParseUint(text, 10, 64); err == nil {
		return &cursor{id: id}, nil
	}
	rest, ok := strings.CutPrefix(text, "k")
	data, err := base64.RawURLEncoding.DecodeString(rest)
	copies, size := binary.Uvarint(data)
	if !ok || err != nil || size <= 0 {
		return nil, newError(codeBadQuery, "$after: %q is neither a record's id nor a cursor from the header %s", text, headerNext)
	}
	return &cursor{key: data[size:], copies: copies}, nil
}

var queryKeys = []string{"$filter", "$order_by", "$limit", "$skip", "$after"}

// parseQuery reads a query as JSON; nothing at all is the query without a filter.
func parseQuery(data []byte, cols columns) (*query, error) {
	q := &query{filter: &filter{}, limit: -1}
	data = bytes.TrimSpace(data)
	if len(data) == 0 || isNull(data) {
		return q, nil
	}
	if !json.Valid(data) {
		var v any
		return nil, newError(codeBadQuery, "the query is not JSON: %v", json.Unmarshal(data, &v))
	}
	list, err := members(data)
	if err != nil {
		return nil, newError(codeBadQuery, "the query: %v: write {\"$filter\": {\"column\": value}, \"$limit\": 10}", err)
	}
	for _, m := range list {
		if err := q.set(m, cols); err != nil {
			return nil, err
		}
	}
	if q.after != nil && q.skip > 0 {
		return nil, newError(codeBadQuery, "$after and $skip do not go together: leave $skip out")
	}
	return q, nil
}

func (q *query) set(m member, cols columns) (err error) {
	switch m.name {
	case "$filter":
		q.filter, err = parseFilter(m.value, cols, 0)
	case "$order_by":
		err = q.setOrder(m.value, cols)
	case "$limit":
		q.limit, err = parseCount(m)
	case "$skip":
		q.skip, err = parseCount(m)
		q.skip = max(q.skip, 0)
	case "$after":
		if isNull(m.value) {
			return nil
		}
		text := strings.Trim(string(bytes.TrimSpace(m.value)), `"`)
		q.after, err = parseCursor(text)
	default:
		hint := didYouMean(m.name, queryKeys)
		if hint == "" && cols.schema.Index(m.name) >= 0 {
			hint = ": columns stand in {\"$filter\": {...}}"
		} else if hint == "" {
			hint = ": the parts of a query are " + strings.Join(queryKeys, ", ")
		}
		err = newError(codeBadQuery, "the query has an unknown part %q%s", m.name, hint)
	}
	return err
}

func parseCount(m member) (int, error) {
	n, err := strconv.ParseUint(string(bytes.TrimSpace(m.value)), 10, 31)
	if isNull(m.value) {
		return -1, nil
	}
	if err != nil {
		return 0, newError(codeBadQuery, "%s: %s is not a whole number from 0 on", m.name, m.value)
	}
	return int(n), nil
}

// setOrder reads {column: "asc", ...}, or a list of such objects.
func (q *query) setOrder(data json.RawMessage, cols columns) error {
	if isNull(data) {
		return nil
	}
	var objects []json.RawMessage
	if json.Unmarshal(data, &objects) != nil {
		objects = []json.RawMessage{data}
	}
	for _, o := range objects {
		list, err := members(o)
		if err != nil {
			return newError(codeBadQuery, "$order_by: %v: write {\"column\": \"asc\"}", err)
		}
		for _, m := range list {
			col, err := cols.find(m.name)
			if err != nil {
				return err
			}
			var way string
			_ = json.Unmarshal(m.value, &way)
			if way = strings.ToLower(way); way != "asc" && way != "desc" {
				return newError(codeBadQuery, "$order_by: column %q: %s is neither \"asc\" nor \"desc\"", m.name, m.value)
			}
			q.order = append(q.order, ordering{col, way == "desc"})
		}
	}
	return nil
}

// access is how a query reads a view.
type access struct {
	ranges  []view.KeyRange // in the order in which they are read
	ordered bool            // the rows come in the order that is wanted
	reverse bool
}

// maxRanges bounds the ranges that $in on key columns is turned into.
const maxRanges = 1000

// plan finds the ranges of keys that hold all matching rows: equal values of the first key columns, lists of
// values, and a range of the column after them.
func (q *query) plan(schema *batch.Schema) access {
	key := schema.Key
	ranges := []keyRange{{}}
	fixed := map[int]bool{}
	for i, col := range key {
		l := q.equal(col)
		if l == nil || len(ranges)*len(l.fields) > maxRanges {
			low, high := q.between(col)
			for k := range ranges {
				ranges[k].low, ranges[k].high = low, high
			}
			break
		}
		places := l.distinct()
		if len(places) == 1 {
			fixed[i] = true
		}
		var wider []keyRange
		for _, r := range ranges {
			for _, place := range places {
				wider = append(wider, keyRange{prefix: append(slices.Clip(r.prefix), value{l, place})})
			}
		}
		ranges = wider
	}
	a := access{}
	a.ordered, a.reverse = q.inKeyOrder(key, fixed)
	for _, r := range ranges {
		a.ranges = append(a.ranges, r.build(a.reverse))
	}
	if a.reverse {
		for i, j := 0, len(a.ranges)-1; i < j; i, j = i+1, j-1 {
			a.ranges[i], a.ranges[j] = a.ranges[j], a.ranges[i]
		}
	}
	return a
}

// inKeyOrder reports whether the order that is wanted is that of the keys, or the reverse of it. Columns of
// the key that have one value only do not matter.
func (q *query) inKeyOrder(key []int, fixed map[int]bool) (ordered, reverse bool) {
	at := 0
	first := true
	for _, o := range q.order {
		same := false
		for at < len(key) {
			same = key[at] == o.col
			if same || !fixed[at] {
				break
			}
			at++
		}
		if !same || !first && o.desc != reverse {
			return false, false
		}
		reverse, first = o.desc, false
		at++
	}
	return true, reverse
}

// equal returns the comparison of a column with one value or a list of them.
func (q *query) equal(col int) *leaf {
	var list *leaf
	for _, l := range q.filter.leaves {
		if l.col == col && l.op == "$eq" {
			return l
		}
		if l.col == col && l.op == "$in" && len(l.fields) > 0 {
			list = l
		}
	}
	return list
}

// distinct returns the places of the values, each once, in canonical order.
func (l *leaf) distinct() (places []int) {
	less := func(a, b int) int {
		x, y := l.fields[a], l.fields[b]
		switch {
		case x == nil && y == nil:
			return 0
		case x == nil:
			return 1
		case y == nil:
			return -1
		}
		return view.CompareField(l.types, x, y)
	}
	for i := range l.fields {
		at := 0
		for at < len(places) && less(places[at], i) < 0 {
			at++
		}
		if at < len(places) && less(places[at], i) == 0 {
			continue
		}
		places = append(places[:at], append([]int{i}, places[at:]...)...)
	}
	return places
}

// between returns the comparisons that bound a column, nil where it is open.
func (q *query) between(col int) (low, high *leaf) {
	for _, l := range q.filter.leaves {
		if l.col != col || l.fields == nil || l.fields[0] == nil {
			continue
		}
		switch l.op {
		case "$gt", "$gte":
			low = l
		case "$lt", "$lte":
			high = l
		}
	}
	return low, high
}

// value is one of a comparison's values.
type value struct {
	leaf  *leaf
	place int
}

// keyRange is a range of keys: equal values of the first columns and bounds of the one after them.
type keyRange struct {
	prefix    []value
	low, high *leaf
}

func (k *keyRange) build(reverse bool) view.KeyRange {
	out := view.KeyRange{Reverse: reverse}
	bound := func(l *leaf) *batch.Batch {
		values := k.prefix
		if l != nil {
			values = append(slices.Clip(values), value{l, 0})
		}
		if len(values) == 0 {
			return nil
		}
		b := &batch.Batch{Rows: 1}
		for _, v := range values {
			b.Cols = append(b.Cols, v.leaf.column.Slice(v.place, v.place+1))
		}
		return b
	}
	out.From, out.To = bound(k.low), bound(k.high)
	out.AboveFrom = k.low != nil && k.low.op == "$gt"
	out.BelowTo = k.high != nil && k.high.op == "$lt"
	return out
}
