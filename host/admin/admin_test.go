package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMetrics(t *testing.T) {
	m := NewMetrics()
	m.SourceRows("files", "orders", Insert, 7)
	m.SinkRows("orders", Delete, 2)
	m.ViewRows("orders", Update, true, 3)
	m.IndexRows("orders", "by_date", "sorted", 4)
	m.EpochLatency("orders", 20*time.Millisecond)
	m.DataLatency("orders", 30*time.Millisecond)
	m.Request("orders", "rest", time.Millisecond)
	m.OnScrape(func(g Gauges) {
		g(Epoch, 42, "main")
		g(DeadLetters, 1, "main", "filter 3")
		g(MemoryBudget, 1<<30)
	})
	m.OnScrape(NewProcesses().Scrape)

	s, err := Listen("127.0.0.1:0", m, true)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	get := func(path string) string {
		resp, err := http.Get("http://" + s.Address() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v, %s", path, resp.Status, err, text)
		}
		return string(text)
	}
	for _, path := range []string{"/", "/metrics", "/any/path"} {
		text := get(path)
		for _, want := range []string{
			`source_operation{connection="files",operation_type="insert",table="orders"} 7`,
			`sink_operation{operation_type="delete",table="orders"} 2`,
			`cache_operation{endpoint="orders",operation_type="update",snapshotting="true"} 3`,
			`build_index{endpoint="orders",secondary_index="by_date",secondary_index_type="sorted"} 4`,
			`pipeline_latency{endpoint="orders",quantile="0.5"} 0.02`,
			`data_latency_count{endpoint="orders"} 1`,
			`api_requests{api_type="rest",endpoint="orders"} 1`,
			`api_latency_count{api_type="rest",endpoint="orders"} 1`,
			`millrace_epoch{pipeline="main"} 42`,
			"# TYPE millrace_dead_letters_total counter",
			`millrace_dead_letters_total{operator="filter 3",pipeline="main"} 1`,
			"millrace_memory_budget_bytes 1.073741824e+09",
			`millrace_process_resident_bytes{process="host"}`,
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %s:\n%s", path, want, text)
			}
		}
	}
	if text := get("/debug/pprof/"); !strings.Contains(text, "goroutine") {
		t.Errorf("profiles: %s", text)
	}
	if _, err := Listen(s.Address(), m, false); err == nil || !strings.Contains(err.Error(), "telemetry.metrics") {
		t.Errorf("a port in use: %v", err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestLatency(t *testing.T) {
	var l Latency
	if q := l.Quantiles(); q != (Quantiles{}) {
		t.Errorf("of nothing: %+v", q)
	}
	random := rand.New(rand.NewPCG(1, 2))
	var all []time.Duration
	for range 10_000 {
		d := time.Duration(random.ExpFloat64() * float64(time.Millisecond))
		all = append(all, d)
		l.Observe(d)
	}
	slices.Sort(all)
	q := l.Quantiles()
	for share, got := range map[float64]float64{0.5: q.P50, 0.9: q.P90, 0.99: q.P99, 0.999: q.P999, 1: q.Max} {
		want := all[int(share*float64(len(all)))-1].Seconds()
		if got < want || got > want*33/32+1e-9 {
			t.Errorf("quantile %v is %v, want %v or a little more", share, got, want)
		}
	}
	if q.Count != 10_000 || q.Mean < 0.0009 || q.Mean > 0.0011 {
		t.Errorf("count %d, mean %v", q.Count, q.Mean)
	}
	for _, d := range []time.Duration{0, 1, 31, 32, 63, 64, 65, 127, 128, 1<<62 + 5, 1<<63 - 1} {
		if p := part(d); top(p) < d || d > 64 && float64(top(p)) > float64(d)*33/32 || p > 0 && top(p-1) >= d {
			t.Errorf("%d ns is counted in part %d, whose top is %d", d, p, top(p))
		}
	}
}

func TestProcesses(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("there is no /proc")
	}
	p := NewProcesses()
	child := exec.Command("sleep", "60")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	p.Add("files", child.Process.Pid)
	memory := bytes.Repeat([]byte{1}, 64<<20)
	all := p.Usage()
	runtime.KeepAlive(memory)
	if len(all) != 2 || all[0].Process != "host" || all[0].PID != os.Getpid() || all[1].Process != "files" {
		t.Fatalf("usage %+v", all)
	}
	if all[0].PeakBytes < 64<<20 || all[0].CPUSeconds <= 0 || all[1].Bytes <= 0 || all[1].PeakBytes > 64<<20 {
		t.Errorf("usage %+v", all)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	p.Sample() // a process that has ended and was not waited for has no memory
	_ = child.Wait()
	again := exec.Command("sleep", "60")
	if err := again.Start(); err != nil {
		t.Fatal(err)
	}
	p.Add("files", again.Process.Pid)
	after := p.Usage()
	if len(after) != 2 || after[1].PID != again.Process.Pid || after[1].PeakBytes < all[1].PeakBytes {
		t.Errorf("after a restart %+v, before %+v", after, all)
	}
	_ = again.Process.Kill()
	_ = again.Wait()
	if last := p.Usage(); last[1].Bytes != 0 || last[1].PeakBytes == 0 {
		t.Errorf("after the end %+v", last[1])
	}
}

func TestReport(t *testing.T) {
	r := Report{App: "shop", Tables: []TableReport{{"files", "orders", 11, 0.5}}, Phases: []Phase{{"read", 1, 2}}, Latency: map[string]Quantiles{"visible": {Count: 1}}}
	path := filepath.Join(t.TempDir(), "r.json")
	for range 2 { // a report that is there is replaced
		if err := r.Write(path, nil); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(text, &back); err != nil || back.Tables[0] != r.Tables[0] || back.Latency["visible"].Count != 1 {
		t.Errorf("%v: %s", err, text)
	}
	var out bytes.Buffer
	if err := r.Write("-", &out); err != nil || out.String() != string(text) {
		t.Errorf("%v: %s", err, &out)
	}
	if err := r.Write(filepath.Join(path, "x"), nil); err == nil {
		t.Error("a folder that is a file: no error")
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestPhases(t *testing.T) {
	var cpu float64
	p := NewPhases(func() float64 { return cpu })
	at := func(seconds int) time.Time { return time.Unix(int64(seconds), 0) }
	p.Enter("read", at(0))
	cpu = 3
	p.Enter("compute", at(2))
	cpu = 4
	p.Enter("read", at(5))
	cpu = 5
	p.Enter("", at(6))
	cpu = 50
	p.Enter("", at(60))
	if got, want := fmt.Sprint(p.All()), "[{read 3 4} {compute 3 1}]"; got != want {
		t.Errorf("phases %s, want %s", got, want)
	}
}

func TestProgressLines(t *testing.T) {
	var out bytes.Buffer
	r := newRenderer(&out, func() int { return 0 })
	begin := time.Unix(1000, 0)
	p := Progress{Sources: []SourceProgress{{"files", "orders", 0, 1000, false}}, Views: []ViewProgress{{View: "v"}}}
	r.Render(begin, p)
	r.Render(begin.Add(time.Second), p) // nothing has changed
	p.Sources[0].Rows, p.Views[0].Rows = 500, 20
	r.Render(begin.Add(2*time.Second), p)
	p.Sources[0] = SourceProgress{"files", "orders", 1000, 1000, true}
	p.Views[0].Epoch, p.Views[0].Note = 3, "paused: no memory"
	r.Render(begin.Add(12*time.Second), p)
	want := `source orders from files: 0 % 0 of 1000 rows
view v: 0 rows
source orders from files: 50 % 500 of 1000 rows, 500/s, 2s left
view v: 20 rows, 20/s
source orders from files: 1000 rows, 50/s, live
view v: 20 rows, epoch 3, paused: no memory
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", &out, want)
	}
}

// screen is what a terminal shows after what was written to it.
func screen(text string) (lines []string) {
	row := 0
	for text != "" {
		if rest, ok := strings.CutPrefix(text, "\x1b["); ok {
			var n int
			var c byte
			if _, err := fmt.Sscanf(rest, "%d%c", &n, &c); err == nil && c == 'A' {
				row -= n
				text = rest[strings.IndexByte(rest, 'A')+1:]
			} else {
				lines, text = lines[:row], strings.TrimPrefix(rest, "J")
			}
			continue
		}
		line, rest, _ := strings.Cut(text, "\n")
		lines, text, row = append(lines[:row], line), rest, row+1
	}
	return lines
}

func TestProgressBars(t *testing.T) {
	var out bytes.Buffer
	r := newRenderer(&out, func() int { return 80 })
	begin := time.Unix(1000, 0)
	p := Progress{
		Phase: "snapshotting", Bytes: 3 << 30, Views: []ViewProgress{{View: "customer_orders"}},
		Sources: []SourceProgress{{"files", "orders", 0, 100_000, false}, {"files", "a_table_with_a_very_long_name_indeed", 5, -1, false}},
	}
	r.Render(begin, p)
	p.Sources[0].Rows = 50_000
	r.Render(begin.Add(time.Second), p)
	fmt.Fprintf(r, "a line of the log\n")
	p.Sources[0] = SourceProgress{"files", "orders", 100_000, 100_000, true}
	r.Render(begin.Add(61*time.Second), p)
	got := screen(out.String())
	want := []string{
		"a line of the log",
		"snapshotting  1m1s  3.0 GiB",
		"source orders                     ██████████ 100.0 k rows, 833/s, live",
		"source a_table_with_a_very_long_… ░░░░░░░░░░ 5 rows",
		"view   customer_orders            0 rows",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the screen shows\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	r.Close()
	fmt.Fprintf(r, "after\n")
	if got := screen(out.String()); !slices.Equal(got, append(want, "after")) {
		t.Errorf("after closing the screen shows\n%s", strings.Join(got, "\n"))
	}
}
