package api

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// someFilter makes a random filter and what it means, computed on the order itself.
func someFilter(r *rand.Rand, depth int) (any, func(order) bool) {
	if depth > 0 && r.Intn(3) == 0 {
		a, fa := someFilter(r, depth-1)
		b, fb := someFilter(r, depth-1)
		switch r.Intn(3) {
		case 0:
			return map[string]any{"$and": []any{a, b}}, func(o order) bool { return fa(o) && fb(o) }
		case 1:
			return map[string]any{"$or": []any{a, b}}, func(o order) bool { return fa(o) || fb(o) }
		}
		return map[string]any{"$not": a}, func(o order) bool { return !fa(o) }
	}
	col := []string{"order_id", "customer_id", "total", "city"}[r.Intn(4)]
	number := func(o order) float64 {
		return map[string]float64{"order_id": float64(o.id), "customer_id": float64(o.customer), "total": o.total}[col]
	}
	value := map[string]float64{"order_id": float64(r.Intn(100)), "customer_id": float64(r.Intn(8)), "total": float64(r.Intn(20)) / 4}[col]
	if col == "city" {
		return someTextFilter(r)
	}
	compare := map[string]func(int) bool{
		"$eq": func(n int) bool { return n == 0 }, "$ne": func(n int) bool { return n != 0 },
		"$lt": func(n int) bool { return n < 0 }, "$lte": func(n int) bool { return n <= 0 },
		"$gt": func(n int) bool { return n > 0 }, "$gte": func(n int) bool { return n >= 0 },
	}
	switch r.Intn(4) {
	case 0:
		return map[string]any{col: value}, func(o order) bool { return number(o) == value }
	case 1:
		other := value - 2
		in := []any{value, other, value, nil}
		if col != "total" {
			in = append(in, value+1)
			return map[string]any{col: map[string]any{"$in": in}}, func(o order) bool {
				return number(o) == value || number(o) == other || number(o) == value+1
			}
		}
		return map[string]any{col: map[string]any{"$nin": in}}, func(o order) bool { return number(o) != value && number(o) != other }
	case 2:
		return map[string]any{col: map[string]any{"$gte": value, "$lt": value + 20}}, func(o order) bool { return number(o) >= value && number(o) < value+20 }
	}
	op := []string{"$eq", "$ne", "$lt", "$lte", "$gt", "$gte"}[r.Intn(6)]
	return map[string]any{col: map[string]any{op: value}}, func(o order) bool { return compare[op](cmp.Compare(number(o), value)) }
}

func someTextFilter(r *rand.Rand) (any, func(order) bool) {
	city := cities[r.Intn(len(cities))]
	words := func(o order) []string {
		text, _ := o.city.(string)
		return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
	}
	word := []string{"York", "New", "ork", "upon"}[r.Intn(4)]
	switch r.Intn(5) {
	case 0:
		return map[string]any{"city": city}, func(o order) bool { return o.city == city }
	case 1:
		return map[string]any{"city": map[string]any{"$ne": city}}, func(o order) bool { return o.city != city }
	case 2:
		return map[string]any{"city": map[string]any{"$gt": city}}, func(o order) bool {
			x, ok := o.city.(string)
			y, other := city.(string)
			return ok && other && x > y
		}
	case 3:
		return map[string]any{"city": map[string]any{"$contains": word}}, func(o order) bool { return slices.Contains(words(o), word) }
	}
	return map[string]any{"city": map[string]any{"$matches_all": []any{"New", word}}}, func(o order) bool {
		return slices.Contains(words(o), word) && slices.Contains(words(o), "New")
	}
}

// orderings are columns to order by, with their comparison.
var orderings = map[string]func(a, b order) int{
	"order_id":    func(a, b order) int { return cmp.Compare(a.id, b.id) },
	"customer_id": func(a, b order) int { return cmp.Compare(a.customer, b.customer) },
	"total":       func(a, b order) int { return cmp.Compare(a.total, b.total) },
	"city": func(a, b order) int {
		switch {
		case a.city == nil && b.city == nil:
			return 0
		case a.city == nil:
			return 1
		case b.city == nil:
			return -1
		}
		return strings.Compare(a.city.(string), b.city.(string))
	},
}

// TestQueriesAnswerWhatTheyMean compares random queries with the plain computation over all orders.
func TestQueriesAnswerWhatTheyMean(t *testing.T) {
	s := newShop(t, 100)
	h := s.handler(Options{})
	r := rand.New(rand.NewSource(3))
	for range 1500 {
		f, means := someFilter(r, 2)
		query := map[string]any{"$filter": f, "$limit": 1000}
		var want []order
		for _, o := range s.orders {
			if means(o) {
				want = append(want, o)
			}
		}
		slices.SortFunc(want, func(a, b order) int {
			return cmp.Or(orderings["customer_id"](a, b), orderings["order_id"](a, b))
		})
		var order string
		if r.Intn(2) == 0 {
			order = someOrder(r, want)
		}
		skip, limit := 0, 1000
		if r.Intn(2) == 0 {
			skip, limit = r.Intn(10), r.Intn(20)
			query["$skip"], query["$limit"] = skip, limit
		}
		body, err := json.Marshal(query)
		if err != nil {
			t.Fatal(err)
		}
		if order != "" {
			body = append(body[:len(body)-1], `,"$order_by":`+order+"}"...)
		}
		want = want[min(skip, len(want)):]
		want = want[:min(limit, len(want))]
		var wantIDs []int
		for _, o := range want {
			wantIDs = append(wantIDs, int(o.id))
		}
		got := ids(call(t, h, "POST", "/orders/query", string(body)).records(t))
		if !slices.Equal(got, wantIDs) {
			t.Fatalf("%s\n got %v\nwant %v", body, got, wantIDs)
		}
		if n := call(t, h, "POST", "/orders/count", string(body)).body; n != fmt.Sprint(len(want)) {
			t.Fatalf("count of %s: %s, want %d", body, n, len(want))
		}
	}
}

// someOrder sorts want by random columns and returns them as $order_by. Its last column is the order's id,
// so that no order is left to the key.
func someOrder(r *rand.Rand, want []order) string {
	var names, members []string
	for name := range orderings {
		if r.Intn(2) == 0 && name != "order_id" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	names = append(names, "order_id")
	desc := make([]bool, len(names))
	for i, name := range names {
		way := "asc"
		if desc[i] = r.Intn(2) == 0; desc[i] {
			way = "desc"
		}
		members = append(members, fmt.Sprintf("%q:%q", name, way))
	}
	slices.SortFunc(want, func(a, b order) int {
		for i, name := range names {
			if n := orderings[name](a, b); n != 0 {
				if desc[i] {
					return -n
				}
				return n
			}
		}
		return 0
	})
	return "{" + strings.Join(members, ",") + "}"
}

// TestKeyOrderServesQueries: what the key can answer does not read the whole view.
func TestKeyOrderServesQueries(t *testing.T) {
	s := newShop(t, 100)
	e, err := (&service{backend: s}).endpoint("orders")
	if err != nil {
		t.Fatal(err)
	}
	svc := &service{backend: s, opts: Options{}.withDefaults()}
	for body, most := range map[string]int{
		`{"$filter": {"customer_id": 3, "order_id": 10}}`:                               1,
		`{"$filter": {"customer_id": 3, "order_id": {"$gte": 10, "$lt": 30}}}`:          3,
		`{"$filter": {"customer_id": {"$in": [1, 2]}, "order_id": {"$in": [1, 2, 9]}}}`: 3,
		`{"$filter": {"customer_id": {"$gt": 5}}}`:                                      14,
		`{"$limit": 3}`: 3,
		`{"$limit": 3, "$order_by": {"customer_id": "desc"}}`:                                 3,
		`{"$limit": 3, "$order_by": {"customer_id": "desc", "order_id": "desc"}}`:             3,
		`{"$limit": 3, "$filter": {"customer_id": 2}, "$order_by": {"order_id": "desc"}}`:     3,
		`{"$limit": 3, "$filter": {"$and": [{"customer_id": 2}, {"order_id": {"$lte": 9}}]}}`: 2,
		`{"$limit": 3, "$order_by": {"order_id": "asc"}}`:                                     100,
		`{"$limit": 3, "$order_by": {"customer_id": "asc", "order_id": "desc"}}`:              100,
		`{"$filter": {"$or": [{"customer_id": 2}, {"customer_id": 3}]}}`:                      100,
		`{"$filter": {"customer_id": {"$in": []}}}`:                                           100,
	} {
		session, err := svc.session(t.Context(), e, &Access{All: true}, 0)
		if err != nil {
			t.Fatal(err)
		}
		q, err := parseQuery([]byte(body), session.columns)
		if err != nil {
			t.Fatal(err)
		}
		if q.limit < 0 {
			q.limit = 50
		}
		x := session.execution(q, func(page) error { return nil })
		if _, err := x.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if x.read > most {
			t.Errorf("%s reads %d rows, want at most %d", body, x.read, most)
		}
		session.close()
	}
}

func FuzzQuery(f *testing.F) {
	f.Add(`{"$filter": {"a": {"$in": [1, null]}, "$or": [{"b": "x"}]}, "$order_by": [{"a": "asc"}], "$limit": 3, "$after": "kAA"}`)
	f.Add(`{"$filter": {"$not": {"c": {"$contains": "x", "$gt": "y"}}}, "$skip": 1}`)
	schema := orderSchema
	cols, err := newColumns(&schema, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.NewReplacer(`"a"`, `"customer_id"`, `"b"`, `"city"`, `"c"`, `"total"`).Replace(text)
		q, err := parseQuery([]byte(text), cols)
		if err != nil {
			if asError(err).code == codeInternal {
				t.Errorf("%s: %v", text, err)
			}
			return
		}
		q.plan(&schema)
	})
}
