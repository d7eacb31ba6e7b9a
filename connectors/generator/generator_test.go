package generator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/sdktest"
)

const someTables = `{"kind": "tables", "batch": 50, "splits": 2, "tables": [
	{"name": "orders", "rows": 2000, "primary_key": ["id"], "updates": 0.3, "deletes": 0.2, "after": 70, "columns": [
		{"name": "id", "type": "bigint", "sequence": {"from": 100}},
		{"name": "price", "type": "decimal(10,2)", "range": {"min": "0.5", "max": 99.99}},
		{"name": "city", "type": "text", "choice": {"values": ["Rome", "Oslo"], "weights": [3, 1]}, "nulls": 0.1},
		{"name": "code", "type": "text", "pattern": "??-##/{n}"},
		{"name": "at", "type": "timestamp", "sequence": {"step": "250ms"}}]},
	{"name": "marks", "rows": 500, "columns": [
		{"name": "day", "type": "date", "sequence": {"from": "2024-02-28", "step": 1}},
		{"name": "ratio", "type": "double", "range": {"min": -1, "max": 1}},
		{"name": "ok", "type": "bool", "choice": {"values": [true, false]}}]}]}`

func TestLaws(t *testing.T) {
	const main = "./cmd/millrace-connector-generator"
	for name, config := range map[string]string{
		"stream": `{"kind": "nexmark", "rate": 20000, "batch": 100}`,
		"tables": someTables,
	} {
		t.Run(name, func(t *testing.T) {
			sdktest.Source{Connector: Connector, Config: config, Main: main}.Run(t)
		})
	}
}

// host keeps what is written, as a Z-set of each table.
type host struct {
	mu      sync.Mutex
	rows    map[string]map[string]batch.Weight
	order   map[string][][]any
	weights map[string][]batch.Weight // of order
	where   []sdk.Predicate           // asked for
	only    string                    // the table that is asked for; empty: all
	from    map[string]sdk.Position
	after   int // commits after which it has had enough; 0: never
	full    func()
}

func newHost() *host {
	return &host{rows: map[string]map[string]batch.Weight{}, order: map[string][][]any{}, weights: map[string][]batch.Weight{}, from: map[string]sdk.Position{}}
}

func (h *host) Write(_, table string, _ sdk.Mode, b *batch.Batch) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rows[table] == nil {
		h.rows[table] = map[string]batch.Weight{}
	}
	for i := range b.Rows {
		row := b.Row(i)
		key := fmt.Sprintf("%q", row)
		h.order[table] = append(h.order[table], row)
		h.weights[table] = append(h.weights[table], b.Weight(i))
		if h.rows[table][key] += b.Weight(i); h.rows[table][key] == 0 {
			delete(h.rows[table], key)
		}
	}
	return nil
}

func (h *host) Commit(split string, p sdk.Position) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.from[split] = slices.Clone(p)
	if h.after--; h.after == 0 {
		h.full()
	}
	return nil
}

func (h *host) Await(string, sdk.Position, sdk.Stage) (sdk.Epoch, error) { return 0, nil }
func (h *host) Live(string) error                                        { return nil }

// read reads all tables into h, which may have been read into before.
func (h *host) read(t testing.TB, config string, columns ...string) error {
	t.Helper()
	src, err := Connector.Open(t.Context(), []byte(config))
	if err != nil {
		t.Fatal(err)
	}
	tables, err := sdk.Discover(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	req := sdk.Request{Bounded: true, Parallel: 2}
	for _, table := range tables {
		if h.only == "" || h.only == table.Name {
			req.Tables = append(req.Tables, sdk.TableRequest{Name: table.Name, Schema: table.Schema, Columns: columns, Where: h.where})
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	h.full = cancel
	return src.Read(ctx, req, sdk.NewWriter(h, maps.Clone(h.from)))
}

func all(t testing.TB, config string) *host {
	t.Helper()
	h := newHost()
	if err := h.read(t, config); err != nil {
		t.Fatal(err)
	}
	return h
}

// TestSameRows: batches, splits and interruptions do not change what is made.
func TestSameRows(t *testing.T) {
	want := all(t, `{"kind": "nexmark", "events": 10000}`)
	for _, way := range []string{`"batch": 7`, `"batch": 9000`, `"batch": 333, "splits": 5`, `"rate": 1000000`} {
		got := newHost()
		got.after = 3
		for more := true; more; {
			err := got.read(t, `{"kind": "nexmark", "events": 10000, `+way+`}`)
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			more = err != nil
		}
		if !maps.EqualFunc(got.rows, want.rows, maps.Equal) {
			t.Errorf("%s: other rows", way)
		}
	}
	if other := all(t, `{"kind": "nexmark", "events": 10000, "seed": 2}`); maps.Equal(other.rows["bid"], want.rows["bid"]) {
		t.Error("another seed gives the same rows")
	}
}

// TestMoreEvents: a longer run goes on where the shorter one ended, in any splits.
func TestMoreEvents(t *testing.T) {
	want := all(t, `{"kind": "nexmark", "events": 5000}`)
	for _, way := range []string{`"batch": 70`, `"batch": 70, "splits": 4`} {
		got := newHost()
		for _, events := range []int{0, 1, 1234, 1260, 5000} {
			if err := got.read(t, fmt.Sprintf(`{"kind": "nexmark", "events": %d, %s}`, events, way)); err != nil {
				t.Fatal(err)
			}
		}
		if !maps.EqualFunc(got.rows, want.rows, maps.Equal) {
			t.Errorf("%s: other rows", way)
		}
	}
}

// TestOtherSettings: a position means nothing under settings that give other rows.
func TestOtherSettings(t *testing.T) {
	h := all(t, `{"kind": "nexmark", "events": 100}`)
	if err := h.read(t, `{"kind": "nexmark", "events": 200, "rate": 1e6, "batch": 10}`); err != nil {
		t.Errorf("what does not matter may change: %v", err)
	}
	for _, other := range []string{`"seed": 2`, `"splits": 2`, `"hot_sellers": 2`} {
		if err := h.read(t, `{"kind": "nexmark", "events": 200, `+other+`}`); err == nil || !strings.Contains(err.Error(), "settings") {
			t.Errorf("%s: %v", other, err)
		}
	}
	h.from["nexmark/0"] = sdk.Position("x")
	if err := h.read(t, `{"kind": "nexmark", "events": 200}`); err == nil {
		t.Error("a position of another connector is taken")
	}
}

// TestNexmark checks the proportions that the benchmark is about.
func TestNexmark(t *testing.T) {
	h := all(t, `{"kind": "nexmark", "events": 100000}`)
	for table, want := range map[string]int{"person": 2000, "auction": 6000, "bid": 92000} {
		if got := len(h.order[table]); got != want {
			t.Errorf("%d rows in %s instead of %d", got, table, want)
		}
	}
	people, auctions := map[any]bool{}, map[any]int64{}
	for _, p := range h.order["person"] {
		people[p[0]] = true
		if state := p[5].(string); !slices.Contains(states, state) {
			t.Fatalf("state %q", state)
		}
	}
	for _, a := range h.order["auction"] {
		auctions[a[0]] = a[3].(int64)
		switch {
		case a[4].(int64) < a[3].(int64):
			t.Fatalf("a reserve below the initial bid: %v", a)
		case a[6].(int64) <= a[5].(int64):
			t.Fatalf("an auction that ends before it begins: %v", a)
		case a[8].(int64) < 10 || a[8].(int64) > 14:
			t.Fatalf("a category of %v", a[8])
		}
	}
	if len(people) != 2000 || len(auctions) != 6000 {
		t.Errorf("ids of %d people and %d auctions", len(people), len(auctions))
	}
	var hot, hotChannel, unknown, before int
	last := int64(0)
	for _, b := range h.order["bid"] {
		if b[0].(int64)%100 == 0 {
			hot++
		}
		if slices.Contains(hotChannels, b[3].(string)) {
			hotChannel++
		}
		if _, ok := auctions[b[0]]; !ok {
			unknown++
		}
		if b[5].(int64) < last {
			before++
		}
		last = b[5].(int64)
		if p := b[2].(int64); p < 100 || p > 100_000_000 {
			t.Fatalf("a price of %d", p)
		}
	}
	n := len(h.order["bid"])
	if before > 0 || unknown > n/100 {
		t.Errorf("%d bids out of order, %d for auctions that are never there", before, unknown)
	}
	between(t, "hot auctions", float64(hot)/float64(n), 0.48, 0.53)
	between(t, "hot channels", float64(hotChannel)/float64(n), 0.48, 0.52)
}

func between(t *testing.T, what string, got, least, most float64) {
	t.Helper()
	if got < least || got > most {
		t.Errorf("%s: %v is not in %v..%v", what, got, least, most)
	}
}

// TestTables checks that rows are changed and deleted as asked, and never taken back before they came.
func TestTables(t *testing.T) {
	h := all(t, someTables)
	rows := h.rows["orders"]
	between(t, "rows that are left", float64(len(rows)), 2000*0.8-80, 2000*0.8+100)
	seen := map[any]bool{}
	keys := map[string]bool{}
	changed := 0
	for _, row := range h.order["orders"] {
		if seen[row[0]] {
			changed++
		}
		seen[row[0]] = true
	}
	there := map[string]batch.Weight{}
	for i, row := range h.order["orders"] {
		if there[fmt.Sprintf("%q", row)] += h.weights["orders"][i]; there[fmt.Sprintf("%q", row)] < 0 {
			t.Fatalf("%v is taken back before it is there", row)
		}
	}
	for row, weight := range rows {
		key, _, _ := strings.Cut(row, " ")
		if keys[key] || weight != 1 {
			t.Fatalf("key %s is there twice, or with weight %d", key, weight)
		}
		keys[key] = true
	}
	between(t, "changes", float64(changed), 2*0.3*1930+0.2*1860-120, 2*0.3*1930+0.2*1860+120)
	nulls := 0
	for row := range rows {
		if strings.Contains(row, "<nil>") {
			nulls++
		}
	}
	between(t, "nulls", float64(nulls)/float64(len(rows)), 0.07, 0.13)
	for i := range int64(500) {
		if !slices.ContainsFunc(h.order["marks"], func(row []any) bool { return row[0] == 19781+i }) {
			t.Errorf("no row of day %d after 2024-02-28", i)
		}
	}
}

// TestMistakes: a mistake says where it is.
func TestMistakes(t *testing.T) {
	column := func(c string) string {
		return `{"kind": "tables", "tables": [{"name": "t", "columns": [{"name": "a", ` + c + `}]}]}`
	}
	for config, want := range map[string]string{
		`{}`:                  "kind: missing",
		`{"kind": "nexmerk"}`: `did you mean "nexmark"?`,
		`{"kind": "tables"}`:  "tables: missing",
		`{"kind": "nexmark", "tables": [{"name": "t", "columns": [{"name": "a", "type": "int", "sequence": {}}]}]}`: "tables: kind nexmark has tables of its own",
		`{"kind": "nexmark", "first_time": "soon"}`:                                                                 "first_time: ",
		`{"kind": "nexmark", "events": 9999999999999999}`:                                                           "events: ",
		column(`"type": "int"`):                                                                                                     `tables[0].columns[0]: column "a" has no rule; give it`,
		column(`"type": "itn", "sequence": {}`):                                                                                     `tables[0].columns[0].type: unknown type "itn"; did you mean "int"?`,
		column(`"type": "int", "sequence": {}, "range": {"min": 1, "max": 2}`):                                                      "tables[0].columns[0].range: ",
		column(`"type": "int", "sequence": {"from": "x"}`):                                                                          "tables[0].columns[0].sequence.from: ",
		column(`"type": "text", "sequence": {}`):                                                                                    "tables[0].columns[0].sequence: this rule is for numbers",
		column(`"type": "timestamp", "sequence": {"step": 5}`):                                                                      "tables[0].columns[0].sequence.step: ",
		column(`"type": "int", "range": {"min": 5, "max": 2}`):                                                                      "tables[0].columns[0].range.max: 5 to 2",
		column(`"type": "tinyint", "range": {"min": 5, "max": 200}`):                                                                "tables[0].columns[0].range.max: ",
		column(`"type": "double", "range": {"min": 5, "max": "NaN"}`):                                                               "tables[0].columns[0].range.max: ",
		column(`"type": "text", "choice": {"values": ["a", ["b"]]}`):                                                                "tables[0].columns[0].choice.values[1]: ",
		column(`"type": "text", "choice": {"values": ["a"], "weights": [1, 2]}`):                                                    "tables[0].columns[0].choice.weights: 2 weights for 1 values",
		column(`"type": "text", "choice": {"values": ["a", "b"], "weights": [1, -2]}`):                                              "tables[0].columns[0].choice.weights[1]: ",
		column(`"type": "int", "pattern": "##"`):                                                                                    "tables[0].columns[0].pattern: ",
		column(`"type": "int", "sequence": {}}, {"name": "a", "type": "int", "pattern": ""`):                                        "tables[0].columns[1]: ",
		`{"kind": "tables", "tables": [{"name": "t", "rows": 200, "columns": [{"name": "a", "type": "tinyint", "sequence": {}}]}]}`: "tables[0].columns[0].type: the sequence passes the end of tinyint after 128 rows",
		`{"kind": "tables", "tables": [{"name": "t", "primary_key": ["a"], "columns": [{"name": "a", "type": "int", "range": {"min": 1, "max": 9}}]}]}`:                                      "tables[0].primary_key: different rows",
		`{"kind": "tables", "tables": [{"name": "t", "primary_key": ["a"], "columns": [{"name": "a", "type": "int", "sequence": {}, "nulls": 0.5}]}]}`:                                       "tables[0].columns[0].nulls: ",
		`{"kind": "tables", "tables": [{"name": "t", "primary_key": ["b"], "columns": [{"name": "a", "type": "int", "sequence": {}}]}]}`:                                                     `tables[0].primary_key: unknown column "b"`,
		`{"kind": "tables", "events": 5, "tables": [{"name": "t", "columns": [{"name": "a", "type": "int", "sequence": {}}]}]}`:                                                              "events: only kind nexmark",
		`{"kind": "tables", "tables": [{"name": "t", "columns": [{"name": "a", "type": "int", "sequence": {}}]}, {"name": "t", "columns": [{"name": "a", "type": "int", "sequence": {}}]}]}`: "tables[1].name: ",
	} {
		_, err := Connector.Open(t.Context(), []byte(config))
		var mistakes sdk.ConfigErrors
		if !errors.As(err, &mistakes) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n\tgot  %v\n\twant %s", config, err, want)
		}
	}
}

// TestWhere: conditions leave out the rows that do not meet them, and no others.
func TestWhere(t *testing.T) {
	const config = `{"kind": "nexmark", "events": 20000}`
	for _, c := range []struct {
		config, table string
		where         sdk.Predicate
		met           func(row []any) bool
	}{
		{config, "auction", sdk.Predicate{Column: "category", Op: "=", Value: "10"}, func(row []any) bool { return row[8] == int64(10) }},
		{config, "bid", sdk.Predicate{Column: "price", Op: ">=", Value: "50000000"}, func(row []any) bool { return row[2].(int64) >= 50_000_000 }},
		{config, "bid", sdk.Predicate{Column: "dateTime", Op: "<", Value: "2015-07-15T00:00:01Z"}, func(row []any) bool { return row[5].(int64) < 1436918401e6 }},
		{config, "person", sdk.Predicate{Column: "state", Op: "=", Value: "OR"}, func(row []any) bool { return row[5] == "OR" }},
		{config, "bid", sdk.Predicate{Column: "price", Op: ">", Value: "x"}, func([]any) bool { return true }},
		{someTables, "orders", sdk.Predicate{Column: "city", Op: "=", Value: "Oslo"}, func(row []any) bool { return row[2] == "Oslo" }},
		{someTables, "orders", sdk.Predicate{Column: "price", Op: "<=", Value: "50"}, func([]any) bool { return true }},
	} {
		want, got := map[string]batch.Weight{}, newHost()
		whole := all(t, c.config)
		for i, row := range whole.order[c.table] {
			if c.met(row) {
				want[fmt.Sprintf("%q", row)] += whole.weights[c.table][i]
			}
		}
		maps.DeleteFunc(want, func(_ string, w batch.Weight) bool { return w == 0 })
		got.where, got.only = []sdk.Predicate{c.where}, c.table
		if err := got.read(t, c.config); err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(got.rows[c.table], want) || len(want) == 0 || len(got.rows) != 1 {
			t.Errorf("%v: %d rows instead of %d", c.where, len(got.rows[c.table]), len(want))
		}
	}
}

// TestTypes makes values of every type that a rule may have, and finds them within bounds.
func TestTypes(t *testing.T) {
	for _, typ := range []string{
		"tinyint", "smallint", "int", "bigint", "uint8", "uint16", "uint32", "uint64", "int128", "uint128", "decimal(9,0)", "real", "double",
	} {
		h := all(t, `{"kind": "tables", "tables": [{"name": "t", "rows": 100, "columns": [
			{"name": "s", "type": "`+typ+`", "sequence": {"from": 1, "step": 1}},
			{"name": "r", "type": "`+typ+`", "range": {"min": 3, "max": 9}},
			{"name": "c", "type": "`+typ+`", "choice": {"values": [7]}}]}]}`)
		for i, row := range h.order["t"] {
			s, r, c := wide(t, row[0]), wide(t, row[1]), wide(t, row[2])
			if s != float64(i+1) || r < 3 || r > 9 || c != 7 {
				t.Errorf("%s: row %d is %v", typ, i, row)
			}
		}
	}
}

func wide(t *testing.T, value any) float64 {
	switch x := value.(type) {
	case int64:
		return float64(x)
	case uint64:
		return float64(x)
	case float64:
		return x
	case batch.Dec:
		return float64(x.Lo)
	}
	t.Fatalf("%T", value)
	return 0
}

// nowhere takes everything and keeps nothing.
type nowhere struct{}

func (nowhere) Write(string, string, sdk.Mode, *batch.Batch) error       { return nil }
func (nowhere) Commit(string, sdk.Position) error                        { return nil }
func (nowhere) Await(string, sdk.Position, sdk.Stage) (sdk.Epoch, error) { return 0, nil }
func (nowhere) Live(string) error                                        { return nil }

func BenchmarkRead(b *testing.B) {
	const rows = 500_000
	for _, c := range []struct{ name, config, table, columns string }{
		{"nexmark", `{"kind": "nexmark", "events": 500000}`, "", ""},
		{"nexmark/numbers", `{"kind": "nexmark", "events": 500000}`, "bid", `["auction", "bidder", "price", "dateTime"]`},
		{"tables", `{"kind": "tables", "tables": [{"name": "t", "rows": 500000, "updates": 0.1, "columns": [
			{"name": "id", "type": "bigint", "sequence": {}}, {"name": "x", "type": "double", "range": {"min": 0, "max": 1}},
			{"name": "city", "type": "text", "choice": {"values": ["Rome", "Oslo"]}}, {"name": "at", "type": "timestamp", "sequence": {}}]}]}`, "", ""},
	} {
		b.Run(c.name, func(b *testing.B) {
			src, err := Connector.Open(b.Context(), []byte(c.config))
			if err != nil {
				b.Fatal(err)
			}
			tables, err := sdk.Discover(b.Context(), src)
			if err != nil {
				b.Fatal(err)
			}
			req := sdk.Request{Bounded: true, Parallel: 1}
			for _, t := range tables {
				ask := sdk.TableRequest{Name: t.Name, Schema: t.Schema}
				if c.columns != "" {
					if err := json.Unmarshal([]byte(c.columns), &ask.Columns); err != nil {
						b.Fatal(err)
					}
				}
				if c.table == "" || c.table == t.Name {
					req.Tables = append(req.Tables, ask)
				}
			}
			for b.Loop() {
				if err := src.Read(b.Context(), req, sdk.NewWriter(nowhere{}, nil)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
			b.ReportAllocs()
		})
	}
}
