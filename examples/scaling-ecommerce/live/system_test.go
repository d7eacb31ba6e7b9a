package live

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// system is a configuration, its data, and the program while it runs.
type system struct {
	dir       string
	api, shop string // base URLs
	client    *http.Client
	cmd       *exec.Cmd
	exited    chan struct{}
	err       error // of the end, once exited is closed
	args      []string
	published bool // views were served once, so they must be served at once after any end
}

func newSystem(t testing.TB) *system {
	t.Helper()
	s := &system{dir: t.TempDir(), client: &http.Client{Timeout: 30 * time.Second}}
	ports := freePorts(t, 3)
	s.api, s.shop = fmt.Sprintf("http://127.0.0.1:%d", ports[0]), fmt.Sprintf("http://127.0.0.1:%d", ports[2])
	if err := os.WriteFile(s.config(), []byte(configText(ports)), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.running() {
			s.kill(t)
		}
		if t.Failed() {
			log, _ := os.ReadFile(s.log()) // without one there is nothing to show
			t.Logf("the program's log ends with:\n%s", log[max(0, len(log)-4000):])
		}
	})
	return s
}

func (s *system) config() string { return filepath.Join(s.dir, "millrace.yaml") }
func (s *system) log() string    { return filepath.Join(s.dir, "log") }
func (s *system) report() string { return filepath.Join(s.dir, "report.json") }

func freePorts(t testing.TB, n int) []int {
	t.Helper()
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

func configText(ports []int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "version: 1\napp_name: live\nhome_dir: home\napi:\n  rest: {host: 127.0.0.1, port: %d}\n  grpc: {host: 127.0.0.1, port: %d}\n", ports[0], ports[1])
	fmt.Fprintf(&b, "connections:\n  - name: lake\n    config: !Files\n      path: %s\n", data)
	fmt.Fprintf(&b, "  - name: shop\n    config: !Push\n      port: %d\n      tables:\n", ports[2])
	for _, name := range tableNames {
		fmt.Fprintf(&b, "        - name: %s\n", name)
	}
	b.WriteString("sources:\n")
	for _, name := range tableNames {
		for _, connection := range []string{"lake", "shop"} {
			fmt.Fprintf(&b, "  - {name: %s, table_name: %s, connection: %s, primary_key: [%s]}\n", name, name, connection, tables[name][0])
		}
	}
	b.WriteString("sql: |\n")
	for _, name := range viewNames()[len(tableNames):] {
		list, rest, _ := strings.Cut(views[name], "from")
		fmt.Fprintf(&b, "  %s into %s from %s;\n", strings.TrimSpace(list), name, strings.Join(strings.Fields(rest), " "))
	}
	b.WriteString("endpoints:\n")
	for _, name := range viewNames() {
		fmt.Fprintf(&b, "  - {name: %s, path: /%s, table_name: %s}\n", name, name, name)
	}
	return b.String()
}

// command returns a call of the program on the configuration.
func (s *system) command(ctx context.Context, args ...string) *exec.Cmd {
	args = append(args, "-c", s.config(), "--plugin-dir", filepath.Join(programs, "plugins"), "--progress", "off")
	cmd := exec.CommandContext(ctx, filepath.Join(programs, "millrace"), args...)
	cmd.Dir = s.dir
	return cmd
}

// start starts the program, which must not run.
func (s *system) start(t testing.TB) {
	t.Helper()
	_ = os.Remove(s.report()) // of the run before
	log, err := os.OpenFile(s.log(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	s.cmd = s.command(context.Background(), append([]string{"run", "--report", s.report()}, s.args...)...)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	dieWithUs(s.cmd)
	s.exited = make(chan struct{})
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // the program dies with the thread that started it
		defer runtime.UnlockOSThread()
		started <- s.cmd.Start()
		s.err = s.cmd.Wait()
		close(s.exited)
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
}

func (s *system) running() bool {
	if s.exited == nil {
		return false
	}
	select {
	case <-s.exited:
		return false
	default:
		return true
	}
}

func (s *system) listens() bool {
	resp, err := s.client.Get(s.api + "/health")
	return err == nil && resp.Body.Close() == nil
}

// ready returns when the views are served. What was published before must be served from the first answer on.
func (s *system) ready(t testing.TB) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if !s.running() {
			t.Fatalf("the program ended before its views were served: %v", s.err)
		}
		resp, err := s.client.Get(s.api + "/customer_orders?$limit=1")
		if err != nil { // it does not listen yet
			if time.Now().After(end) {
				t.Fatal(err)
			}
			continue
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		switch {
		case resp.StatusCode == http.StatusOK:
			s.published = true
			return
		case s.published:
			t.Fatalf("views that were published before are not served at once: %d %s", resp.StatusCode, body)
		case time.Now().After(end):
			t.Fatalf("no view after a minute: %d %s", resp.StatusCode, body)
		}
	}
}

// kill ends the program by SIGKILL. Its plugins have to go with it.
func (s *system) kill(t testing.TB) {
	t.Helper()
	plugins := children(s.cmd.Process.Pid)
	_ = s.cmd.Process.Kill() // it may have ended
	s.wait(t)
	for _, p := range plugins {
		gone := func() bool { return !p.alive() }
		if !eventually(10*time.Second, gone) {
			t.Errorf("plugin %v outlived its host by ten seconds", p)
		}
	}
}

// stop ends the program by SIGTERM.
func (s *system) stop(t testing.TB) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.wait(t)
	if s.err != nil {
		t.Errorf("ended by SIGTERM: %v", s.err)
	}
}

func (s *system) wait(t testing.TB) {
	t.Helper()
	select {
	case <-s.exited:
	case <-time.After(30 * time.Second):
		t.Fatal("the program did not end within 30 s")
	}
}

func eventually(most time.Duration, ok func() bool) bool {
	for end := time.Now().Add(most); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// errRefused is an answer that says that the change was not taken, and never will be.
var errRefused = errors.New("refused")

// push sends a change and returns the epoch of the answer. After another error than errRefused it is not certain
// whether the change was taken.
func (s *system) push(c *change, visible bool) (epoch uint64, err error) {
	method, path, body := c.request()
	if visible {
		path += "?wait=visible"
	}
	req, err := http.NewRequest(method, s.shop+path, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	var a struct{ Epoch, Rows uint64 }
	switch {
	case resp.StatusCode >= 500:
		return 0, fmt.Errorf("%d %s", resp.StatusCode, answer)
	case resp.StatusCode != http.StatusOK:
		return 0, fmt.Errorf("%w: %v: %d %s", errRefused, c, resp.StatusCode, answer)
	}
	if err := json.Unmarshal(answer, &a); err != nil || a.Rows != uint64(len(c.rows)) {
		return 0, fmt.Errorf("%w: answer %s: %w", errRefused, answer, err)
	}
	return a.Epoch, nil
}

// mustPush sends a change, which becomes visible.
func (s *system) mustPush(t testing.TB, c *change) (epoch uint64) {
	t.Helper()
	epoch, err := s.push(c, true)
	if err != nil {
		t.Fatalf("%v: %v", c, err)
	}
	return epoch
}

// page is an answer of the API.
type page struct {
	rows  []map[string]any
	epoch uint64
	next  string
}

func (s *system) get(view string, params url.Values) (*page, error) {
	resp, err := s.client.Get(s.api + "/" + view + "?" + params.Encode())
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		body, err := io.ReadAll(resp.Body)
		return nil, fmt.Errorf("%s: %d %s: %w", view, resp.StatusCode, body, err)
	}
	var p page
	d := json.NewDecoder(resp.Body)
	d.UseNumber()
	if err := d.Decode(&p.rows); err != nil {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil { // the trailers come at the end
		return nil, err
	}
	p.next = resp.Header.Get("x-millrace-next") + resp.Trailer.Get("x-millrace-next")
	p.epoch, err = strconv.ParseUint(resp.Header.Get("x-millrace-epoch"), 10, 64)
	return &p, err
}

// view returns all rows of a view in an epoch that is at least the given one, as text, sorted.
func (s *system) view(t testing.TB, name string, minEpoch uint64) []string {
	t.Helper()
	var out []string
	params := url.Values{"$limit": {"7000"}, "min_epoch": {strconv.FormatUint(minEpoch, 10)}}
	epoch := uint64(0)
	for {
		p, err := s.get(name, params)
		if err != nil {
			t.Fatal(err)
		}
		if p.epoch < minEpoch {
			t.Fatalf("%s: epoch %d is below the %d asked for", name, p.epoch, minEpoch)
		}
		if epoch == 0 {
			epoch = p.epoch
		}
		if p.epoch != epoch { // something is pushed meanwhile: begin anew
			out, epoch = nil, 0
			params.Del("$after")
			continue
		}
		for _, row := range p.rows {
			out = append(out, rowText(values(name, row)))
		}
		if p.next == "" {
			slices.Sort(out)
			return out
		}
		params.Set("$after", p.next)
	}
}

// values returns a row's values in the order of the view's columns.
func values(view string, row map[string]any) []any {
	columns := tables[view]
	if columns == nil {
		columns = viewColumns(view)
	}
	out := make([]any, len(columns))
	for i, name := range columns {
		v, ok := row[name]
		if !ok {
			out[i] = "no such column"
			continue
		}
		out[i] = v
		if n, ok := v.(json.Number); ok {
			if f, err := n.Float64(); err == nil {
				out[i] = f
			}
		}
	}
	return out
}

// viewColumns returns the names of what a statement selects.
func viewColumns(view string) []string {
	list, _, _ := strings.Cut(strings.TrimPrefix(views[view], "select "), "from")
	var names []string
	for item := range strings.SplitSeq(list, ",") {
		fields := strings.FieldsFunc(strings.TrimSpace(item), func(r rune) bool { return r == ' ' || r == '.' })
		names = append(names, fields[len(fields)-1])
	}
	return names
}

// mustEqual compares every view with the oracle.
func (s *system) mustEqual(t testing.TB, o *oracle, minEpoch uint64) {
	t.Helper()
	for _, name := range viewNames() {
		got, want := s.view(t, name, minEpoch), o.view(t, name)
		if slices.Equal(got, want) {
			continue
		}
		extra, missing := difference(got, want)
		t.Errorf("%s: %d rows, want %d; %d that should not be there, such as\n  %s\n%d are missing, such as\n  %s", name, len(got), len(want),
			len(extra), strings.Join(extra[:min(3, len(extra))], "\n  "), len(missing), strings.Join(missing[:min(3, len(missing))], "\n  "))
	}
	if t.Failed() {
		t.FailNow()
	}
}

// difference returns what only a has and what only b has, of sorted lists.
func difference(a, b []string) (onlyA, onlyB []string) {
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0] < b[0]:
			onlyA, a = append(onlyA, a[0]), a[1:]
		case len(a) == 0 || b[0] < a[0]:
			onlyB, b = append(onlyB, b[0]), b[1:]
		default:
			a, b = a[1:], b[1:]
		}
	}
	return onlyA, onlyB
}

// readOf returns how many rows the last run, which has ended by itself, read from a connection, and how many
// dead letters there were.
func (s *system) readOf(t testing.TB, connection string) (rows, dead int64) {
	t.Helper()
	text, err := os.ReadFile(s.report())
	if err != nil {
		t.Fatal(err)
	}
	var r struct {
		Tables []struct {
			Connection string
			Rows       int64
		}
		DeadLetters int64 `json:"dead_letters"`
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	for _, table := range r.Tables {
		if table.Connection == connection {
			rows += table.Rows
		}
	}
	return rows, r.DeadLetters
}
