// Package drive runs Millrace on queries of the TPC-H example: it starts the program, pushes the rounds of changes
// and reads views and state. The example's test and its benchmark share it.
package drive

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// keys are the primary keys of the tables.
var keys = map[string]string{
	"region": "r_regionkey", "nation": "n_nationkey", "supplier": "s_suppkey", "customer": "c_custkey", "part": "p_partkey",
	"partsupp": "ps_partkey, ps_suppkey", "orders": "o_orderkey", "lineitem": "l_orderkey, l_linenumber",
}

// Options say what to run, and where.
type Options struct {
	Bin  string // has millrace and plugins/
	Data string // has a folder of Parquet files per table
	Dir  string // of the run; it is made anew
	// Changes has a folder for each round.
	Changes string
}

// Query is a query of the example.
type Query struct {
	Name string
	Text string // with its INTO
	Bare string // without, and without the semicolon
}

// Queries reads the queries of a folder.
func Queries(dir string) ([]Query, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.sql"))
	if err != nil || len(paths) == 0 {
		return nil, fmt.Errorf("no queries in %s: %w", dir, err)
	}
	var list []Query
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		before, after, _ := strings.Cut(string(text), "\ninto ")
		name, after, _ := strings.Cut(after, "\n")
		list = append(list, Query{name, string(text), strings.TrimSuffix(strings.TrimSpace(before+"\n"+after), ";")})
	}
	return list, nil
}

// Tables are the tables of the example, those that others refer to first.
var Tables = []string{"region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem"}

// App is a running Millrace.
type App struct {
	Options
	api, push, metrics string // base URLs
	cmd                *exec.Cmd
	started            time.Time
	exited             chan error
	client             *http.Client
	touched            map[string]bool // tables that are pushed to
}

// Start starts Millrace on queries. Kill ends it.
func Start(ctx context.Context, o Options, queries []Query) (*App, error) {
	a := &App{Options: o, client: &http.Client{}, touched: map[string]bool{}}
	ports, err := freePorts(4)
	if err != nil {
		return nil, err
	}
	a.api, a.push, a.metrics = address(ports[0]), address(ports[2]), address(ports[3])
	if err := errors.Join(os.RemoveAll(a.Dir), os.MkdirAll(a.Dir, 0o755)); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(a.Dir, "millrace.yaml"), []byte(a.config(ports, queries)), 0o600); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(a.Dir, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	a.cmd = exec.CommandContext(ctx, filepath.Join(o.Bin, "millrace"), "run", "--plugin-dir", filepath.Join(o.Bin, "plugins"),
		"--progress", "off", "--report", "report.json")
	a.cmd.Dir, a.cmd.Stdout, a.cmd.Stderr = a.Dir, log, log
	a.started, a.exited = time.Now(), make(chan error, 1)
	if err := a.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { a.exited <- a.cmd.Wait() }()
	return a, nil
}

func address(port int) string { return fmt.Sprintf("http://127.0.0.1:%d", port) }

func freePorts(n int) (ports []int, err error) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer func() { _ = l.Close() }() // it was only asked for its port
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// config is the configuration of the example for some of its queries.
func (a *App) config(ports []int, queries []Query) string {
	var b, sql strings.Builder
	for i := range queries {
		sql.WriteString(queries[i].Text)
	}
	read := func(table string) bool { return strings.Contains(sql.String(), table) }
	fmt.Fprintf(&b, "app_name: tpch\napi:\n  rest: {host: 127.0.0.1, port: %d}\n  grpc: {host: 127.0.0.1, port: %d}\n", ports[0], ports[1])
	fmt.Fprintf(&b, "telemetry:\n  metrics: !Prometheus {address: '127.0.0.1:%d'}\n", ports[3])
	fmt.Fprintf(&b, "connections:\n  - name: files\n    config: !Files {path: '%s'}\n", a.Data)
	fmt.Fprintf(&b, "  - name: changes\n    config: !Push {port: %d, tables: [{name: orders}, {name: lineitem}]}\n", ports[2])
	b.WriteString("sources:\n")
	for _, t := range Tables {
		if !read(t) {
			continue
		}
		fmt.Fprintf(&b, "  - {name: %s, table_name: %s, connection: files, primary_key: [%s]}\n", t, t, keys[t])
		if t == "orders" || t == "lineitem" {
			a.touched[t] = true
			fmt.Fprintf(&b, "  - {name: %s, table_name: %s, connection: changes, primary_key: [%s]}\n", t, t, keys[t])
		}
	}
	b.WriteString("sql: |\n")
	for line := range strings.Lines(sql.String()) {
		b.WriteString("  " + line)
	}
	b.WriteString("endpoints:\n")
	for i := range queries {
		fmt.Fprintf(&b, "  - {name: %s, path: /%s, table_name: %s}\n", queries[i].Name, queries[i].Name, queries[i].Name)
	}
	return b.String()
}

// Ready waits until the views are served, and returns how long that took.
func (a *App) Ready(ctx context.Context, queries []Query) (time.Duration, error) {
	for ; ; time.Sleep(2 * time.Millisecond) {
		select {
		case err := <-a.exited:
			log, _ := os.ReadFile(filepath.Join(a.Dir, "log")) // without one there is nothing to show
			return 0, fmt.Errorf("the program ended: %w\n%s", err, log[max(0, len(log)-2000):])
		case <-ctx.Done():
			return 0, ctx.Err()
		default:
		}
		served := true
		for i := range queries {
			resp, err := a.client.Get(a.api + "/" + queries[i].Name + "?$limit=1")
			if err != nil {
				served = false
				break
			}
			_, _ = io.Copy(io.Discard, resp.Body) // only the status counts
			_ = resp.Body.Close()
			served = served && resp.StatusCode == http.StatusOK
		}
		if served {
			return time.Since(a.started), nil
		}
	}
}

// Changing reports whether the queries read a table that the rounds change.
func (a *App) Changing() bool { return len(a.touched) > 0 }

// Change pushes a round of changes and returns how long it took until the views show all of it.
func (a *App) Change(ctx context.Context, round int) (time.Duration, error) {
	type request struct {
		method, table string
		body          []byte
	}
	var requests []request
	for table := range a.touched {
		for method, what := range map[string]string{http.MethodPost: "insert", http.MethodDelete: "delete"} {
			body, err := os.ReadFile(filepath.Join(a.Changes, fmt.Sprintf("%02d", round), what+"-"+table+".ndjson"))
			if err != nil {
				return 0, err
			}
			requests = append(requests, request{method, table, body})
		}
	}
	start := time.Now()
	errs := make([]error, len(requests))
	var wait sync.WaitGroup
	for i, r := range requests {
		wait.Go(func() { errs[i] = a.do(ctx, r.method, a.push+"/"+r.table+"?wait=visible", r.body, nil) })
	}
	wait.Wait()
	return time.Since(start), errors.Join(errs...)
}

func (a *App) do(ctx context.Context, method, url string, body []byte, read func(*http.Response) error) error {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := a.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(resp.Body) // as much as there is
		return fmt.Errorf("%s %s: %d %s", method, url, resp.StatusCode, text)
	}
	if read == nil {
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	}
	return read(resp)
}

// View returns all rows of a view, numbers as they are written.
func (a *App) View(ctx context.Context, name string) (rows []map[string]any, err error) {
	for url := a.api + "/" + name + "?$limit=5000"; url != ""; {
		next := ""
		err := a.do(ctx, http.MethodGet, url, nil, func(resp *http.Response) error {
			var page []map[string]any
			d := json.NewDecoder(resp.Body)
			d.UseNumber()
			if err := d.Decode(&page); err != nil {
				return err
			}
			_, err := io.Copy(io.Discard, resp.Body) // the trailers come at the end
			for _, row := range page {
				maps.DeleteFunc(row, func(name string, _ any) bool { return strings.HasPrefix(name, "__dozer_") })
			}
			rows = append(rows, page...)
			next = resp.Header.Get("x-millrace-next") + resp.Trailer.Get("x-millrace-next")
			return err
		})
		if err != nil {
			return nil, err
		}
		if url = ""; next != "" {
			url = a.api + "/" + name + "?$limit=5000&$after=" + next
		}
	}
	return rows, nil
}

// State is what the operators keep.
type State struct{ Rows, Bytes int64 }

// State returns what the operators keep, by the program's metrics.
func (a *App) State(ctx context.Context) (s State, err error) {
	err = a.do(ctx, http.MethodGet, a.metrics+"/metrics", nil, func(resp *http.Response) error {
		lines := bufio.NewScanner(resp.Body)
		for lines.Scan() {
			text, number, _ := strings.Cut(lines.Text(), "} ")
			value, err := strconv.ParseFloat(number, 64)
			switch {
			case err != nil:
			case strings.HasPrefix(text, "millrace_state_rows"):
				s.Rows += int64(value)
			case strings.HasPrefix(text, "millrace_state_bytes"):
				s.Bytes += int64(value)
			}
		}
		return lines.Err()
	})
	return s, err
}

// Stop ends the program and returns how long it took to connect, before it read anything.
func (a *App) Stop() (connect time.Duration, err error) {
	if err := a.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, err
	}
	if err := <-a.exited; err != nil {
		return 0, err
	}
	text, err := os.ReadFile(filepath.Join(a.Dir, "report.json"))
	if err != nil {
		return 0, err
	}
	var r struct {
		Phases []struct {
			Name    string
			Seconds float64
		}
		DeadLetters int `json:"dead_letters"`
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return 0, err
	}
	if r.DeadLetters > 0 {
		return 0, fmt.Errorf("%d dead letters", r.DeadLetters)
	}
	for _, p := range r.Phases {
		if p.Name == "connect" {
			connect = time.Duration(p.Seconds * float64(time.Second))
		}
	}
	return connect, nil
}

// Kill ends the program, if it still runs.
func (a *App) Kill() { _ = a.cmd.Process.Kill() }
