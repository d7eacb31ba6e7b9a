package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/sdk/batch"
)

func TestRecordShape(t *testing.T) {
	s := newShop(t, 1)
	h := s.handler(Options{ServerName: "box"})
	a := call(t, h, "GET", "/types", "")
	want := `[{"id":-7,"bool":true,"int8":-8,"uint64":9223372036854775808,"float32":0.5,"decimal":-123.45,` +
		`"huge":"20282409603651670423947251286.017","int128":"18446744073709551616","uint128":"340282366920938463444927863358058659841",` +
		`"binary":[0,255],"date":"2022-01-08","timestamp":"2022-04-15T05:20:00.123Z","duration":{"value":"1500000","time_unit":"Nanoseconds"},` +
		`"json":{"a":[1,null]},"uuid":"01020000-0000-0000-0000-000000000000","point":{"x":1.5,"y":-2},"null":null,` +
		`"__dozer_record_id":3318932350419407725,"__dozer_record_version":1}]`
	if a.body != want {
		t.Errorf("got  %s\nwant %s", a.body, want)
	}
	if a.header.Get(headerEpoch) != "1" || a.header.Get(headerServer) != "box" || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("headers %v", a.header)
	}
}

func TestPaths(t *testing.T) {
	s := newShop(t, 100)
	h := s.handler(Options{CORS: true})
	if a := call(t, h, "GET", "/", ""); a.body != `["/orders","/orders/tags","/types"]` {
		t.Errorf("list: %s", a.body)
	}
	if a := call(t, h, "GET", "/health", ""); a.body != `{"status":"SERVING"}` {
		t.Errorf("health: %s", a.body)
	}
	if a := call(t, h, "GET", "/orders/", ""); len(a.records(t)) != 50 || a.header.Get(headerNext) == "" {
		t.Errorf("list of records: %d", len(a.records(t)))
	}
	for _, path := range []string{"/orders/3,10", "/orders?customer_id=3&order_id=10"} {
		a := call(t, h, "GET", path, "")
		var r map[string]any
		if err := json.Unmarshal([]byte(a.body), &r); err != nil || r["order_id"] != 10.0 || r["customer_id"] != 3.0 || a.header.Get(headerEpoch) != "1" {
			t.Errorf("%s: %s", path, a.body)
		}
	}
	if a := call(t, h, "GET", "/orders?customer_id=3&$limit=2", ""); !slices.Equal(ids(a.records(t)), []int{3, 10}) {
		t.Errorf("by a column: %s", a.body)
	}
	if a := call(t, h, "POST", "/orders/count", ""); a.body != "100" {
		t.Errorf("count: %s", a.body)
	}
	if a := call(t, h, "POST", "/orders/tags/count", "{}"); a.body != "60" {
		t.Errorf("count of a multiset: %s", a.body)
	}
	if a := call(t, h, "POST", "/orders/phase", ""); a.body != `"Streaming"` {
		t.Errorf("phase: %s", a.body)
	}
	if a := call(t, h, "OPTIONS", "/orders", ""); a.status != http.StatusNoContent || a.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("preflight: %v", a)
	}
	a := call(t, h, "POST", "/orders/oapi", "")
	var doc struct {
		OpenAPI string
		Paths   map[string]any
	}
	if err := json.Unmarshal([]byte(a.body), &doc); err != nil || doc.OpenAPI != "3.0.0" || doc.Paths["/orders/{customer_id},{order_id}"] == nil || doc.Paths["/orders/query"] == nil {
		t.Errorf("oapi: %s", a.body)
	}
}

func TestMistakesOfCallers(t *testing.T) {
	s := newShop(t, 100)
	h := s.handler(Options{MaxScanRows: 40, MinEpochWait: 10 * time.Millisecond})
	query := func(body string) answer { return call(t, h, "POST", "/orders/query", body) }
	query(`{"$filter": {"custmer_id": 1}}`).failure(t, 400, "unknown_column", `did you mean "customer_id"?`)
	query(`{"$filter": {"zzz": 1}}`).failure(t, 400, "unknown_column", `the columns are order_id, customer_id, city, total`)
	query(`{"$filter": {"order_id": "x"}}`).failure(t, 400, "bad_value", `column "order_id"`)
	query(`{"$filter": {"order_id": 1.5}}`).failure(t, 400, "bad_value", `1.5`)
	query(`{"$filter": {"order_id": {"$gtt": 1}}}`).failure(t, 400, "bad_query", `did you mean "$gt`)
	query(`{"$filter": {"order_id": {"$in": 1}}}`).failure(t, 400, "bad_query", `$in needs a list`)
	query(`{"$filter": {"order_id": {"$contains": 1}}}`).failure(t, 400, "bad_query", `needs text`)
	query(`{"$filter": {"$or": {}}}`).failure(t, 400, "bad_query", `needs a list of filters`)
	query(`{"$filter": [1]}`).failure(t, 400, "bad_query", `it is not an object`)
	query(`{"$filtre": {}}`).failure(t, 400, "bad_query", `did you mean "$filter"?`)
	query(`{"city": "York"}`).failure(t, 400, "bad_query", `columns stand in {"$filter"`)
	query(`{"$limit": -1}`).failure(t, 400, "bad_query", `$limit: -1 is not a whole number`)
	query(`{"$order_by": {"total": "up"}}`).failure(t, 400, "bad_query", `"asc" nor "desc"`)
	query(`{"$after": "x"}`).failure(t, 400, "bad_query", `$after`)
	query(`{"$after": 77}`).failure(t, 422, "scan_limit", `max_scan_rows`)
	query(`{"$after": "kAA", "$skip": 1}`).failure(t, 400, "bad_query", `do not go together`)
	query(`{"$filter": {"total": -1}}`).failure(t, 422, "scan_limit", `filter by the key (customer_id, order_id)`)
	query(`{"a": `).failure(t, 400, "bad_query", `not JSON`)
	query(strings.Repeat(" ", maxBody+1)).failure(t, 413, "too_large", `above`)
	deep := strings.Repeat(`{"$not":`, 100) + "{}" + strings.Repeat("}", 100)
	query(`{"$filter": `+deep+`}`).failure(t, 400, "bad_query", `stand in each other`)
	call(t, h, "GET", "/order", "").failure(t, 404, "unknown_path", `did you mean "/orders"?`)
	call(t, h, "GET", "/orders/1,2/3", "").failure(t, 404, "unknown_path", ``)
	call(t, h, "GET", "/orders/1", "").failure(t, 422, "no_key", `/orders/{customer_id},{order_id}`)
	call(t, h, "GET", "/orders/tags/x", "").failure(t, 422, "no_key", `has no key`)
	call(t, h, "GET", "/orders/1,2", "").failure(t, 404, "not_found", `no such record`)
	call(t, h, "GET", "/orders/x,2", "").failure(t, 400, "bad_value", `customer_id`)
	call(t, h, "GET", "/orders?citty=x", "").failure(t, 400, "unknown_column", `did you mean "city"?`)
	call(t, h, "DELETE", "/orders", "").failure(t, 405, "method_not_allowed", `use GET`)
	call(t, h, "POST", "/sql", "{}").failure(t, 501, "not_supported", ``)
	call(t, h, "GET", "/orders?min_epoch=x", "").failure(t, 400, "bad_query", `min_epoch`)
	a := call(t, h, "GET", "/orders?min_epoch=9", "")
	a.failure(t, 504, "epoch_not_visible", `readers see epoch 1`)
	if a.header.Get(headerEpoch) != "1" {
		t.Errorf("headers %v", a.header)
	}
	s.hidden.Store(true)
	a = call(t, h, "GET", "/orders", "")
	a.failure(t, 503, "snapshotting", `orders 5 of 10 rows, tags 7 rows`)
	if !strings.Contains(a.body, `"progress":[{"table":"orders","rows":5,"total":10}`) || a.header.Get("Retry-After") == "" {
		t.Errorf("%s", a.body)
	}
	if a := call(t, h, "POST", "/orders/phase", ""); a.body != `"Snapshotting"` {
		t.Errorf("phase: %s", a.body)
	}
}

func TestMinEpochWaits(t *testing.T) {
	s := newShop(t, 3)
	h := s.handler(Options{})
	done := make(chan answer)
	go func() { done <- call(t, h, "GET", "/orders/1,50", "", headerMinEpoch, "2") }()
	b := batch.NewBuilder(orderSchema.Types())
	if err := b.AppendValues(1, int64(50), int64(1), "York", 1.0); err != nil {
		t.Fatal(err)
	}
	s.epoch(t, map[string]*batch.Batch{"orders": b.Take()})
	if a := <-done; a.status != 200 || a.header.Get(headerEpoch) != "2" || !strings.Contains(a.body, `"__dozer_record_version":2}`) {
		t.Errorf("%+v", a)
	}
}

// TestPagesAreTheWhole: pages by cursor, by record id and by $skip give every record once.
func TestPagesAreTheWhole(t *testing.T) {
	s := newShop(t, 100)
	h := s.handler(Options{})
	for _, path := range []string{"/orders", "/orders/tags"} {
		whole := call(t, h, "POST", path+"/query", `{"$limit": 1000}`).records(t)
		for _, how := range []string{"cursor", "id", "skip", "parameter"} {
			if how == "id" && path == "/orders/tags" {
				continue // an id does not tell copies apart
			}
			var paged []map[string]any
			after := "null"
			for len(paged) < len(whole)+1 {
				body := fmt.Sprintf(`{"$limit": 7, "$after": %s}`, after)
				if how == "skip" {
					body = fmt.Sprintf(`{"$limit": 7, "$skip": %d}`, len(paged))
				}
				a := call(t, h, "POST", path+"/query", body)
				if how == "parameter" {
					a = call(t, h, "GET", path+"?$limit=7&$after="+strings.Trim(strings.Replace(after, "null", "", 1), `"`), "")
					if after == "null" {
						a = call(t, h, "GET", path+"?$limit=7", "")
					}
				}
				page := a.records(t)
				if len(page) == 0 {
					break
				}
				paged = append(paged, page...)
				after = fmt.Sprintf("%q", a.header.Get(headerNext))
				if how == "id" {
					var raw []struct {
						ID json.Number `json:"__dozer_record_id"`
					}
					if err := json.Unmarshal([]byte(a.body), &raw); err != nil {
						t.Fatal(err)
					}
					after = raw[len(raw)-1].ID.String()
				}
				if a.header.Get(headerNext) == "" {
					break
				}
			}
			if !reflect.DeepEqual(paged, whole) {
				t.Errorf("%s by %s: %d records, want %d", path, how, len(paged), len(whole))
			}
		}
	}
}

// TestLargeAnswerIsStreamed: an answer above wholeBytes has its cursor behind it.
func TestLargeAnswerIsStreamed(t *testing.T) {
	s := newShop(t, 0)
	b := batch.NewBuilder(orderSchema.Types())
	text := strings.Repeat("x", 100_000)
	for i := range 120 {
		if err := b.AppendValues(1, int64(i), int64(1), text, 1.0); err != nil {
			t.Fatal(err)
		}
	}
	s.epoch(t, map[string]*batch.Batch{"orders": b.Take()})
	a := call(t, s.handler(Options{}), "GET", "/orders?$limit=110", "")
	if n := len(a.records(t)); n != 110 || a.header.Get("Content-Length") != "" {
		t.Errorf("%d records, headers %v", n, a.header)
	}
}

func TestOpenAPIDescribesWhatIsAnswered(t *testing.T) {
	s := newShop(t, 1)
	h := s.handler(Options{})
	var doc struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]struct{ Type string }
			}
		}
	}
	if err := json.Unmarshal([]byte(call(t, h, "POST", "/types/oapi", "").body), &doc); err != nil {
		t.Fatal(err)
	}
	record := call(t, h, "GET", "/types", "").records(t)[0]
	described := doc.Components.Schemas["types"].Properties
	if len(described) != len(record) {
		t.Errorf("%d properties, %d members", len(described), len(record))
	}
	for name, value := range record {
		kinds := map[string]string{"string": "string", "float64": "number integer", "bool": "boolean", "[]interface {}": "array", "map[string]interface {}": "object"}
		want := described[name].Type
		if got := kinds[fmt.Sprintf("%T", value)]; want != "" && value != nil && !strings.Contains(got, want) {
			t.Errorf("%s is %T, described as %q", name, value, want)
		}
	}
}
