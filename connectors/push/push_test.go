package push

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// host remembers what it is given. Rows are durable when they are committed.
type host struct {
	mu      sync.Mutex
	open    []string
	rows    []string
	commits [][]string
	last    sdk.Position
	live    []string
	fail    error
	slow    time.Duration
	hold    chan struct{} // closed when Await may return; nil: at once
	stages  []sdk.Stage
}

func (h *host) Write(split, table string, mode sdk.Mode, b *batch.Batch) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range b.Rows {
		h.open = append(h.open, fmt.Sprintf("%s %d %+d %v", table, mode, b.Weight(i), b.Row(i)))
	}
	return nil
}

func (h *host) Commit(split string, p sdk.Position) error {
	time.Sleep(h.slow)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fail != nil {
		return h.fail
	}
	h.rows, h.commits = append(h.rows, h.open...), append(h.commits, h.open)
	h.open, h.last = nil, bytes.Clone(p)
	return nil
}

func (h *host) Await(_ string, p sdk.Position, until sdk.Stage) (sdk.Epoch, error) {
	if h.hold != nil {
		<-h.hold
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stages = append(h.stages, until)
	n, _ := binary.Uvarint(p)
	return sdk.Epoch(100 + n), nil
}

func (h *host) Live(table string) error {
	h.live = append(h.live, table)
	return nil
}

func (h *host) taken() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.rows)
}

var (
	keyed = sdk.TableRequest{Name: "people", Schema: batch.Schema{
		Fields: []batch.Field{{Name: "id", Type: batch.T(batch.Int32)}, {Name: "name", Type: batch.T(batch.Utf8), Nullable: true}, {Name: "born", Type: batch.T(batch.Date), Nullable: true}},
		Key:    []int{0},
	}}
	pairs = sdk.TableRequest{Name: "pairs", Columns: []string{"b", "a"}, Schema: batch.Schema{
		Fields: []batch.Field{{Name: "a", Type: batch.T(batch.Utf8)}, {Name: "x", Type: batch.T(batch.Float64), Nullable: true}, {Name: "b", Type: batch.T(batch.Int64)}},
		Key:    []int{0, 2},
	}}
	plain = sdk.TableRequest{Name: "log", Schema: batch.Schema{
		Fields: []batch.Field{{Name: "line", Type: batch.T(batch.Utf8), Nullable: true}, {Name: "n", Type: batch.T(batch.Uint8)}},
	}}
)

// server runs the connector's server on a free port.
type server struct {
	url   string
	stop  context.CancelFunc
	ended chan error
}

func start(t testing.TB, out *host) *server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &server{url: "http://" + listener.Addr().String(), stop: stop, ended: make(chan error, 1)}
	src := &Source{config: config{MaxBody: 1 << 20}}
	h, err := src.handler([]sdk.TableRequest{keyed, pairs, plain})
	if err != nil {
		t.Fatal(err)
	}
	go func() { s.ended <- h.serve(ctx, listener, &committer{out: sdk.NewWriter(out, nil)}) }()
	t.Cleanup(stop)
	return s
}

func (s *server) do(t testing.TB, method, path, body string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(answer) && len(answer) > 0 && resp.Header.Get("Content-Type") == "application/json" {
		t.Errorf("%s %s: not JSON: %s", method, path, answer)
	}
	return resp.StatusCode, strings.TrimSpace(string(answer))
}

func TestRows(t *testing.T) {
	for _, c := range []struct {
		method, path, body string
		want               []string
	}{
		{"POST", "/people", `{"id": 1, "name": "ada", "born": "1815-12-10"}`, []string{"people 1 +1 [1 ada -56270]"}},
		{"PUT", "/people/", `{"id": "2", "name": null}`, []string{"people 1 +1 [2 <nil> <nil>]"}},
		{"POST", "/people", ` [{"id": 1}, {"id": 2, "name": "x"}] `, []string{"people 1 +1 [1 <nil> <nil>]", "people 1 +1 [2 x <nil>]"}},
		{"POST", "/people", "{\"id\": 1}\n{\"id\": 2}\n\n{\"id\": 3}\n", []string{"people 1 +1 [1 <nil> <nil>]", "people 1 +1 [2 <nil> <nil>]", "people 1 +1 [3 <nil> <nil>]"}},
		{"POST", "/people", "[]", nil},
		{"DELETE", "/people", `{"id": 1}`, []string{"people 1 -1 [1 <nil> <nil>]"}},
		{"DELETE", "/people", `[{"id": 1, "name": "whatever"}]`, []string{"people 1 -1 [1 <nil> <nil>]"}},
		{"DELETE", "/people/7", "", []string{"people 1 -1 [7 <nil> <nil>]"}},
		{"POST", "/pairs", `{"a": "x", "b": 2, "x": 1.5}`, []string{"pairs 1 +1 [2 x]"}},
		{"DELETE", "/pairs/a%2Fb/-3", "", []string{"pairs 1 -1 [-3 a/b]"}},
		{"POST", "/log", `{"line": "hi", "n": 255}`, []string{"log 0 +1 [hi 255]"}},
		{"DELETE", "/log", `{"line": "hi", "n": 255}`, []string{"log 0 -1 [hi 255]"}},
	} {
		h := &host{}
		s := start(t, h)
		status, answer := s.do(t, c.method, c.path, c.body)
		if want := fmt.Sprintf(`{"epoch":101,"rows":%d}`, len(c.want)); status != 200 || answer != want {
			t.Errorf("%s %s %s: %d %s", c.method, c.path, c.body, status, answer)
		}
		if got := h.taken(); !slices.Equal(got, c.want) {
			t.Errorf("%s %s %s: %q, want %q", c.method, c.path, c.body, got, c.want)
		}
		if !slices.Equal(h.stages, []sdk.Stage{sdk.Durable}) {
			t.Errorf("stages %v", h.stages)
		}
		if status, _ := s.do(t, c.method, c.path+"?wait=visible", c.body); status != 200 || !slices.Contains(h.stages, sdk.Visible) {
			t.Errorf("visible: %d, %v", status, h.stages)
		}
		s.stop()
		if err := <-s.ended; !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
	}
}

func TestRefusals(t *testing.T) {
	h := &host{}
	s := start(t, h)
	for _, c := range []struct {
		method, path, body string
		status             int
		says               []string
	}{
		{"POST", "/peoples", `{}`, 404, []string{`no table \"peoples\"`, `did you mean \"people\"?`}},
		{"POST", "/people", ``, 400, []string{"the body is empty"}},
		{"POST", "/people", `{"id": 1}{"name": "x"}`, 400, []string{`"row":1`, `"column":"id"`, "is missing", "primary key"}},
		{"POST", "/people", `{"id": null}`, 400, []string{`"row":0`, "is null"}},
		{"POST", "/people", `[{"id": 1}, {"id": 3000000000}]`, 400, []string{`"row":1`, `"column":"id"`, `"value":"3000000000"`, `"type":"int32"`}},
		{"POST", "/people", `{"id": 1, "namee": "x"}`, 400, []string{`"column":"namee"`, `did you mean \"name\"?`}},
		{"POST", "/people", `{"id": 1, "born": "yesterday"}`, 400, []string{`"column":"born"`, `"value":"yesterday"`, `"type":"date"`, "YYYY-MM-DD"}},
		{"POST", "/people", `{"id": {}}`, 400, []string{`"column":"id"`, "an object does not fit"}},
		{"POST", "/people", `[{"id": 1}`, 400, []string{"ends too early"}},
		{"POST", "/people", `[{"id": 1}]]`, 400, []string{"behind the list"}},
		{"POST", "/people", `{"id": 1}]`, 400, []string{"not valid JSON"}},
		{"POST", "/people", `{"id": 1`, 400, []string{"ends too early"}},
		{"POST", "/people", `{id: 1}`, 400, []string{"row 0: not valid JSON at byte 2"}},
		{"POST", "/people", `[1]`, 400, []string{"a row is an object, not a number"}},
		{"POST", "/people", `[null]`, 400, []string{"row 0: null"}},
		{"POST", "/people", `"` + strings.Repeat("x", 2<<20) + `"`, 413, []string{"more than 1048576 bytes"}},
		{"POST", "/people?wait=forever", `{"id": 1}`, 400, []string{"wait=forever is unknown"}},
		{"POST", "/log", `{"n": 256}`, 400, []string{`"value":"256"`, `"type":"uint8"`}},
		{"DELETE", "/log", `{"line": "hi"}`, 400, []string{`"column":"n"`, "is missing"}},
		{"DELETE", "/log/1", ``, 400, []string{"has no key", "whole rows"}},
		{"DELETE", "/people", `{"name": "x"}`, 400, []string{`"column":"id"`}},
		{"DELETE", "/people/x", ``, 400, []string{`"column":"id"`, `"value":"x"`}},
		{"DELETE", "/pairs/x", ``, 400, []string{"a key of 2 values, not 1", "/pairs/{a}/{b}"}},
		{"PATCH", "/people", `{}`, 405, []string{"GET, POST, PUT, DELETE"}},
		{"PUT", "/people/1", `{}`, 405, []string{"DELETE"}},
		{"POST", "/", `{}`, 405, []string{"GET"}},
	} {
		status, answer := s.do(t, c.method, c.path, c.body)
		if status != c.status {
			t.Errorf("%s %s %.50s: status %d: %s", c.method, c.path, c.body, status, answer)
		}
		for _, says := range append(c.says, `{"error":"`) {
			if !strings.Contains(answer, says) {
				t.Errorf("%s %s %.50s: %s\ndoes not say %s", c.method, c.path, c.body, answer, says)
			}
		}
	}
	if got := h.taken(); got != nil {
		t.Errorf("taken all the same: %q", got)
	}
	// A page in a browser may not send rows here.
	if status, _ := s.do(t, "POST", "/people", `{"id": 1}`, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"); status != 403 {
		t.Errorf("cross-site: %d", status)
	}
}

func TestDescriptions(t *testing.T) {
	s := start(t, &host{})
	status, answer := s.do(t, "GET", "/", "")
	var list []description
	if err := json.Unmarshal([]byte(answer), &list); err != nil || status != 200 || len(list) != 3 || list[0].Name != "people" {
		t.Errorf("%d %s", status, answer)
	}
	want := `{"name":"pairs","columns":[{"name":"a","type":"utf8","nullable":false},{"name":"x","type":"float64","nullable":true},{"name":"b","type":"int64","nullable":false}],"primary_key":["a","b"]}`
	if status, answer := s.do(t, "GET", "/pairs", ""); status != 200 || answer != want {
		t.Errorf("%d %s", status, answer)
	}
}

// TestGrouping sees requests that wait for a slow commit share the next one, each of them whole.
func TestGrouping(t *testing.T) {
	h := &host{slow: 20 * time.Millisecond}
	s := start(t, h)
	var callers sync.WaitGroup
	const requests = 60
	for i := range requests {
		callers.Go(func() {
			body := fmt.Sprintf(`[{"id": %d, "name": "a"}, {"id": %d, "name": "b"}]`, i, i)
			if status, answer := s.do(t, "POST", "/people", body); status != 200 {
				t.Errorf("%d %s", status, answer)
			}
		})
	}
	callers.Wait()
	if len(h.commits) > requests/3 {
		t.Errorf("%d commits for %d requests", len(h.commits), requests)
	}
	total := 0
	for _, rows := range h.commits {
		total += len(rows)
		for i := 0; i < len(rows); i += 2 {
			var a, b int
			fmt.Sscanf(rows[i], "people 1 +1 [%d a", &a)
			fmt.Sscanf(rows[i+1], "people 1 +1 [%d b", &b)
			if a != b || !strings.HasSuffix(rows[i], " a <nil>]") || !strings.HasSuffix(rows[i+1], " b <nil>]") {
				t.Errorf("torn request: %q", rows[i:i+2])
			}
		}
	}
	if n, _ := binary.Uvarint(h.last); total != 2*requests || int(n) != len(h.commits) {
		t.Errorf("%d rows, last position %d of %d commits", total, n, len(h.commits))
	}
}

// TestEnd stops the source under load: every row that was answered with 200 was taken, and every
// caller gets an answer.
func TestEnd(t *testing.T) {
	h := &host{slow: time.Millisecond}
	s := start(t, h)
	var callers sync.WaitGroup
	var mu sync.Mutex
	accepted := map[string]bool{}
	for c := range 8 {
		callers.Go(func() {
			for i := 0; ; i++ {
				id := c*1_000_000 + i
				resp, err := http.Post(s.url+"/people", "application/json", strings.NewReader(fmt.Sprintf(`{"id": %d}`, id)))
				if err != nil {
					return // the port is closed
				}
				resp.Body.Close()
				if resp.StatusCode == 503 {
					return
				}
				mu.Lock()
				accepted[fmt.Sprintf("people 1 +1 [%d <nil> <nil>]", id)] = true
				mu.Unlock()
			}
		})
	}
	time.Sleep(50 * time.Millisecond)
	s.stop()
	if err := <-s.ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	callers.Wait()
	taken := map[string]bool{}
	for _, row := range h.taken() {
		taken[row] = true
	}
	for row := range accepted {
		if !taken[row] {
			t.Errorf("lost: %s", row)
		}
	}
	if len(accepted) == 0 {
		t.Error("nothing was accepted")
	}
}

// TestHostFails sees the caller told that rows may be lost, and the source end.
func TestHostFails(t *testing.T) {
	broken := errors.New("disk full")
	s := start(t, &host{fail: broken})
	status, answer := s.do(t, "POST", "/people", `{"id": 1}`)
	if status != 503 || !strings.Contains(answer, "disk full") {
		t.Errorf("%d %s", status, answer)
	}
	if err := <-s.ended; !errors.Is(err, broken) {
		t.Errorf("ended with %v", err)
	}
}

// TestAwaitsTogether sees later requests committed while earlier ones wait to become durable.
func TestAwaitsTogether(t *testing.T) {
	h := &host{hold: make(chan struct{})}
	s := start(t, h)
	answers := make(chan int, 2)
	for i := range 2 {
		go func() {
			status, _ := s.do(t, "POST", "/people", fmt.Sprintf(`{"id": %d}`, i))
			answers <- status
		}()
		for len(h.taken()) < i+1 {
			time.Sleep(time.Millisecond)
		}
	}
	select {
	case status := <-answers:
		t.Errorf("answer %d before the rows are durable", status)
	case <-time.After(20 * time.Millisecond):
	}
	close(h.hold)
	if a, b := <-answers, <-answers; a != 200 || b != 200 {
		t.Errorf("%d, %d", a, b)
	}
}

func openWith(t *testing.T, config string) (sdk.Source, error) {
	t.Helper()
	return Connector.Open(context.Background(), []byte(config))
}

func TestSource(t *testing.T) {
	src, err := openWith(t, `{"port": 1, "tables": [{"name": "a"}, {"name": "b", "columns": [{"name": "id", "type": "int"}], "primary_key": ["id"]}]}`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := sdk.Discover(context.Background(), src)
	if err != nil || len(tables) != 2 || len(tables[0].Schema.Fields) != 0 || !tables[0].Keyed || tables[0].Replayable || tables[0].Rows != 0 || tables[1].Schema.Key[0] != 0 {
		t.Errorf("%+v, %v", tables, err)
	}
	h := &host{}
	req := sdk.Request{Bounded: true, Parallel: 1, Tables: []sdk.TableRequest{keyed}}
	if err := src.Read(context.Background(), req, sdk.NewWriter(h, nil)); err != nil || !slices.Equal(h.live, []string{"people"}) {
		t.Errorf("bounded: %v, live %v", err, h.live)
	}
	req.Tables[0].Schema.Fields = nil
	if err := src.Read(context.Background(), req, sdk.NewWriter(h, nil)); err == nil || !strings.Contains(err.Error(), "has no columns; declare them") {
		t.Errorf("no columns: %v", err)
	}
}

func TestPortInUse(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	src, err := openWith(t, fmt.Sprintf(`{"port": %d, "tables": [{"name": "a"}]}`, listener.Addr().(*net.TCPAddr).Port))
	if err != nil {
		t.Fatal(err)
	}
	err = src.Read(context.Background(), sdk.Request{Tables: []sdk.TableRequest{keyed}}, sdk.NewWriter(&host{}, nil))
	if err == nil || !strings.Contains(err.Error(), "in use") || !strings.Contains(err.Error(), "another port") {
		t.Errorf("port in use: %v", err)
	}
}

func TestConfigMistakes(t *testing.T) {
	for config, says := range map[string]string{
		`{}`:                            "tables: missing",
		`{"tables": []}`:                "below 1",
		`{"tables": [{"name": "a/b"}]}`: "it has a slash",
		`{"tables": [{"name": "a"}, {"name": "a"}]}`:                                                      "there twice",
		`{"tables": [{"name": "a", "primary_key": ["x"]}]}`:                                               "a key of no columns",
		`{"tables": [{"name": "a", "columns": [{"name": "id", "type": "int"}], "primary_key": ["idd"]}]}`: `did you mean "id"?`,
		`{"tables": [{"name": "a", "columns": [{"name": "id", "type": "itn"}]}]}`:                         `unknown type "itn"`,
		`{"tables": [{"name": "a"}], "port": 70000}`:                                                      "port",
		`{"tables": [{"name": "a"}], "prot": 1}`:                                                          `did you mean "port"?`,
	} {
		if _, err := openWith(t, config); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %s", config, err, says)
		}
	}
}

// FuzzRows decodes any body twice: it is refused or taken in the same way, with columns of equal length.
func FuzzRows(f *testing.F) {
	f.Add(`[{"id": 1, "name": "x"}, {"id": 2}]`)
	f.Add("{\"id\": 1}\n{\"id\": 2, \"born\": \"2022-01-01\"}")
	f.Add(`[{"id": 1}`)
	t1, err := newTable(keyed)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var answers []string
		for range 2 {
			r := newRows(t1, 1)
			err := r.decode(strings.NewReader(body))
			answers = append(answers, fmt.Sprint(err))
			n := 0
			for _, b := range r.batches() {
				n += b.Rows
				for i := range b.Rows {
					b.Row(i)
				}
			}
			if n != r.count {
				t.Errorf("%d rows in batches, %d counted", n, r.count)
			}
			if err == nil && n == 0 && strings.Contains(body, "{") && strings.TrimSpace(body)[0] == '{' {
				t.Errorf("no rows of %q", body)
			}
		}
		if answers[0] != answers[1] {
			t.Errorf("%q: %q", body, answers)
		}
	})
}

func BenchmarkRows(b *testing.B) {
	t1, err := newTable(keyed)
	if err != nil {
		b.Fatal(err)
	}
	var body strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&body, `{"id": %d, "name": "name of %d", "born": "2022-01-01"}`+"\n", i, i)
	}
	rows := 0
	for b.Loop() {
		r := newRows(t1, 1)
		if err := r.decode(strings.NewReader(body.String())); err != nil {
			b.Fatal(err)
		}
		rows += r.count
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkRequests(b *testing.B) {
	s := start(b, &host{})
	b.SetParallelism(25)
	b.RunParallel(func(pb *testing.PB) {
		client := &http.Client{Transport: &http.Transport{}}
		for pb.Next() {
			resp, err := client.Post(s.url+"/people", "application/json", strings.NewReader(`{"id": 1, "name": "x"}`))
			if err != nil {
				b.Error(err)
				return
			}
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}
