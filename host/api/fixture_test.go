package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/host/view"
	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// shop is a backend with three endpoints: orders, keyed by (customer_id, order_id), one with every type of
// column keyed by id, and tags, a multiset.
type shop struct {
	store     *view.Store
	pipeline  *view.Pipeline
	endpoints []Endpoint
	hidden    atomic.Bool
	orders    []order
}

type order struct {
	customer, id int32
	city         any // string or nil
	total        float64
}

func (s *shop) Endpoints() []Endpoint { return s.endpoints }

func (s *shop) Phase(string) Phase {
	return Phase{Snapshotting: s.hidden.Load(), Progress: []Progress{{"orders", 5, 10}, {"tags", 7, -1}}}
}

func field(name string, t batch.Type, nullable bool) batch.Field {
	return batch.Field{Name: name, Type: t, Nullable: nullable}
}

var orderSchema = batch.Schema{Key: []int{1, 0}, Fields: []batch.Field{
	field("order_id", batch.T(batch.Int32), false),
	field("customer_id", batch.T(batch.Int32), false),
	field("city", batch.T(batch.Utf8), true),
	field("total", batch.T(batch.Float64), true),
}}

var cities = []any{"New York", "York", "Newark", "new york", "St. York-upon-Sea", nil}

func allTypes() (batch.Schema, []any) {
	s := batch.Schema{Key: []int{0}}
	var row []any
	add := func(name string, t batch.Type, value any) {
		s.Fields = append(s.Fields, field(name, t, true))
		row = append(row, value)
	}
	add("id", batch.T(batch.Int64), int64(-7))
	add("bool", batch.T(batch.Bool), true)
	add("int8", batch.T(batch.Int8), int64(-8))
	add("uint64", batch.T(batch.Uint64), uint64(1<<63))
	add("float32", batch.T(batch.Float32), 0.5)
	add("decimal", batch.DecimalType(2), batch.Dec{Hi: -1, Lo: ^uint64(0) - 12344, Scale: 2})
	add("huge", batch.DecimalType(3), batch.Dec{Hi: 1 << 40, Lo: 1, Scale: 3})
	add("int128", batch.T(batch.Int128), batch.Dec{Hi: 1})
	add("uint128", batch.T(batch.Uint128), batch.Dec{Hi: -1, Lo: 1})
	add("binary", batch.T(batch.Binary), []byte{0, 255})
	add("date", batch.T(batch.Date), int64(19000))
	add("timestamp", batch.T(batch.Timestamp), int64(1_650_000_000_123_000))
	add("duration", batch.T(batch.Duration), int64(1500))
	add("json", batch.T(batch.JSON), `{"a":[1,null]}`)
	add("uuid", batch.T(batch.UUID), [16]byte{1, 2})
	add("point", batch.T(batch.Point), [2]float64{1.5, -2})
	add("null", batch.T(batch.Utf8), nil)
	return s, row
}

func newShop(t testing.TB, orders int) *shop {
	t.Helper()
	store, err := view.Open(t.TempDir(), view.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	s := &shop{store: store, pipeline: store.Pipeline("main")}
	types, row := allTypes()
	tags := batch.Schema{Fields: []batch.Field{field("tag", batch.T(batch.Utf8), false), field("n", batch.T(batch.Int32), false)}}
	for path, schema := range map[string]batch.Schema{"/orders": orderSchema, "/types": types, "/orders/tags": tags} {
		name := path[strings.LastIndex(path, "/")+1:]
		v, err := s.pipeline.Define(view.Definition{Name: name, Schema: schema})
		if err != nil {
			t.Fatal(err)
		}
		s.endpoints = append(s.endpoints, Endpoint{Name: name, Path: path, View: v})
	}
	slices.SortFunc(s.endpoints, func(a, b Endpoint) int { return strings.Compare(a.Path, b.Path) })
	r := rand.New(rand.NewSource(1))
	b := batch.NewBuilder(orderSchema.Types())
	for i := range orders {
		o := order{int32(i % 7), int32(i), cities[r.Intn(len(cities))], float64(r.Intn(20)) / 4}
		s.orders = append(s.orders, o)
		if err := b.AppendValues(1, int64(o.id), int64(o.customer), o.city, o.total); err != nil {
			t.Fatal(err)
		}
	}
	all := batch.NewBuilder(types.Types())
	if err := all.AppendValues(1, row...); err != nil {
		t.Fatal(err)
	}
	multi := batch.NewBuilder(tags.Types())
	for i := range 30 {
		if err := multi.AppendValues(batch.Weight(1+i%3), fmt.Sprint("tag", i), int64(i)); err != nil {
			t.Fatal(err)
		}
	}
	s.epoch(t, map[string]*batch.Batch{"orders": b.Take(), "types": all.Take(), "tags": multi.Take()})
	return s
}

// epoch makes the next epoch.
func (s *shop) epoch(t testing.TB, changes map[string]*batch.Batch) sdk.Epoch {
	t.Helper()
	e := s.pipeline.Committed() + 1
	tx := s.pipeline.Begin(e)
	for _, end := range s.endpoints {
		if b := changes[end.Name]; b != nil {
			d := end.View.NewDelta()
			if err := d.Add(b); err != nil {
				t.Fatal(err)
			}
			if _, err := tx.Apply(end.View, d); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(tx.Commit(false), s.pipeline.Publish(e)); err != nil {
		t.Fatal(err)
	}
	return e
}

// handler is the REST side without a port.
func (s *shop) handler(opts Options) http.Handler {
	return New(s, opts).http.Handler
}

// answer is what came back from a request.
type answer struct {
	status int
	header http.Header
	body   string
}

func call(t testing.TB, h http.Handler, method, path, body string, headers ...string) answer {
	t.Helper()
	r := httptest.NewRequestWithContext(context.Background(), method, path, strings.NewReader(body))
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	data, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	if len(data) > 0 && !json.Valid(data) {
		t.Fatalf("%s %s: not JSON: %s", method, path, data)
	}
	return answer{w.Code, w.Result().Header, string(data)}
}

// failure checks an error's answer.
func (a answer) failure(t testing.TB, status int, code, message string) {
	t.Helper()
	var in struct {
		Error struct {
			Status        int
			Code, Message string
		}
	}
	if err := json.Unmarshal([]byte(a.body), &in); err != nil || a.status != status || in.Error.Status != status ||
		in.Error.Code != code || !strings.Contains(in.Error.Message, message) {
		t.Errorf("status %d, %s; want %d, %s: ...%s...", a.status, a.body, status, code, message)
	}
}

// records decodes a list of records.
func (a answer) records(t testing.TB) (out []map[string]any) {
	t.Helper()
	if a.status != http.StatusOK {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), &out); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
	return out
}

func ids(records []map[string]any) (out []int) {
	for _, r := range records {
		out = append(out, int(r["order_id"].(float64)))
	}
	return out
}

// serve runs a server until the test ends and returns it.
func serve(t testing.TB, b Backend, opts Options) *Server {
	t.Helper()
	s := New(b, opts)
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(20 * time.Second):
			t.Error("the server does not stop")
		}
	})
	return s
}
