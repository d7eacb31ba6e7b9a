package e2e_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long anything may take. It is generous because the machine may be busy.
const patience = 40 * time.Second

// app is a folder with a configuration, data and plugins of its own, in which commands are run.
type app struct {
	t       *testing.T
	dir     string // the working folder
	plugins string // its own folder of plugins: a process is known by it
	rest    int    // the ports of the API
	grpc    int
}

// newApp makes an app of files, of which c.yaml is the configuration. In it, $REST and $GRPC are ports.
func newApp(t *testing.T, files map[string]string) *app {
	t.Helper()
	t.Parallel()
	a := &app{t: t, dir: t.TempDir(), plugins: t.TempDir(), rest: freePort(t), grpc: freePort(t)}
	for name, text := range files {
		a.write(name, text)
	}
	for _, name := range []string{"files", "push", "ticker"} {
		link(t, filepath.Join(built, "plugins", plugin+name), a.pluginPath(name))
	}
	return a
}

func (a *app) pluginPath(name string) string { return filepath.Join(a.plugins, plugin+name) }

func (a *app) write(name, text string) {
	a.t.Helper()
	text = strings.NewReplacer("$REST", strconv.Itoa(a.rest), "$GRPC", strconv.Itoa(a.grpc)).Replace(text)
	path := filepath.Join(a.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		a.t.Fatal(err)
	}
	// A file comes into its folder whole.
	if err := os.WriteFile(path+".part", []byte(text), 0o644); err != nil {
		a.t.Fatal(err)
	}
	if err := os.Rename(path+".part", path); err != nil {
		a.t.Fatal(err)
	}
}

func (a *app) read(name string) string {
	a.t.Helper()
	text, err := os.ReadFile(filepath.Join(a.dir, name))
	if err != nil {
		a.t.Fatal(err)
	}
	return string(text)
}

// rogue puts a plugin into the app's folder that is this test program; see rogue.
func (a *app) rogue(name string) {
	a.t.Helper()
	self, err := os.Executable()
	if err != nil {
		a.t.Fatal(err)
	}
	link(a.t, self, a.pluginPath(name))
}

// proc is a command that runs.
type proc struct {
	app      *app
	cmd      *exec.Cmd
	out, err output
	done     chan struct{}
	hasty    bool // it is given no time to clean up
}

// start starts a command of the program.
func (a *app) start(args ...string) *proc {
	a.t.Helper()
	p := &proc{app: a, done: make(chan struct{})}
	p.cmd = exec.Command(filepath.Join(built, "millrace"), append([]string{"-c", "c.yaml", "--plugin-dir", a.plugins}, args...)...)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = a.dir, &p.out, &p.err
	if err := p.cmd.Start(); err != nil {
		a.t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is in its state
		close(p.done)
	}()
	a.t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.done
	})
	return p
}

// result is how a command ended.
type result struct {
	*proc
	code     int // -1: a signal
	out, err string
}

// noise is what no user should have to read.
var noise = regexp.MustCompile(`(?m)^panic: |^fatal error: |msg="?panic: |goroutine \d+ \[|\.go:\d+|0x[0-9a-f]{8}|%!\w|<nil>|rpc error|[Ff]ailed to|context canceled`)

// wait waits for the end of a command, and checks what is true of all of them.
func (p *proc) wait() result {
	p.app.t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		_ = p.cmd.Process.Signal(syscall.SIGQUIT) // it tells what it was doing
		select {
		case <-p.done:
		case <-time.After(5 * time.Second):
		}
		p.app.t.Fatalf("%v hangs:\n%.5000s", p.cmd.Args[5:], p.err.String())
	}
	r := result{proc: p, code: p.cmd.ProcessState.ExitCode(), out: p.out.String(), err: p.err.String()}
	if found := noise.FindString(r.out + r.err); found != "" {
		p.app.t.Errorf("%v: the user has to read %q:\n%s", p.cmd.Args[5:], found, r.err)
	}
	p.noOrphans()
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), fmt.Sprintf("millrace-%d-*", p.cmd.Process.Pid)))
	if left != nil && r.code >= 0 && !p.hasty {
		p.app.t.Errorf("%v: it left %v behind", p.cmd.Args[5:], left)
	}
	return r
}

// run runs a command to its end.
func (a *app) run(args ...string) result {
	a.t.Helper()
	return a.start(args...).wait()
}

// once reads everything once, and returns the report of it.
func (a *app) once() (result, report) {
	a.t.Helper()
	r := a.run("run", "app", "--once", "--report", "report.json")
	var rep report
	if _, err := os.Stat(filepath.Join(a.dir, "report.json")); err == nil {
		if err := json.Unmarshal([]byte(a.read("report.json")), &rep); err != nil {
			a.t.Fatal(err)
		}
	}
	return r, rep
}

// report is what we look at of a report.
type report struct {
	DeadLetters int64  `json:"dead_letters"`
	Error       string `json:"error"`
	Views       []struct {
		View string
		Rows int64
	}
}

// signal sends a signal.
func (p *proc) signal(s os.Signal) {
	p.app.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.app.t.Fatal(err)
	}
}

// stop asks the process to end, and expects that it does so in good order.
func (p *proc) stop() result {
	p.app.t.Helper()
	p.signal(syscall.SIGTERM)
	r := p.wait()
	r.want(0)
	return r
}

// want checks how a command ended: its exit code, and words that it must have said, in this order, in one line.
func (r result) want(code int, words ...string) {
	t := r.app.t
	t.Helper()
	if r.code != code {
		t.Errorf("%v: exit code %d, want %d:\n%s", r.cmd.Args[5:], r.code, code, r.err)
	}
	if len(words) > 0 && !said(r.err, words...) {
		t.Errorf("%v: no line has %q:\n%s", r.cmd.Args[5:], words, r.err)
	}
}

// said reports whether a line of a text has all words in this order.
func said(text string, words ...string) bool {
	text = strings.ReplaceAll(text, "\n ", " ") // the lines of a mistake are one
	for line := range strings.Lines(text) {
		found := true
		for _, w := range words {
			var ok bool
			if _, line, ok = strings.Cut(line, w); !ok {
				found = false
				break
			}
		}
		if found {
			return true
		}
	}
	return false
}

// until waits until something is so, while the process runs.
func (p *proc) until(what string, ok func() bool) {
	p.app.t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(10 * time.Millisecond) {
		select {
		case <-p.done:
			if ok() {
				return
			}
			p.app.t.Fatalf("%s: the process has ended, with %v:\n%s", what, p.cmd.ProcessState, p.err.String())
		default:
		}
		if time.Now().After(end) {
			p.app.t.Fatalf("%s: not after %v:\n%s", what, patience, p.err.String())
		}
	}
}

// get asks the REST API and returns status and body; 0 if nobody listens.
func (a *app) get(path string) (int, string) {
	a.t.Helper()
	return a.request("GET", a.url(path), "")
}

func (a *app) url(path string) string { return fmt.Sprintf("http://127.0.0.1:%d%s", a.rest, path) }

func (a *app) request(method, url, body string) (int, string) {
	a.t.Helper()
	req, err := http.NewRequestWithContext(a.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, strings.TrimSpace(string(text))
}

// count returns how many rows an endpoint has, or -1.
func (a *app) count(path string) int {
	a.t.Helper()
	status, body := a.request("POST", a.url(path+"/count"), "")
	n, err := strconv.Atoi(body)
	if status != 200 || err != nil {
		return -1
	}
	return n
}

// export returns the rows of a view as CSV, without the header.
func (a *app) export(view string) []string {
	a.t.Helper()
	r := a.run("export", view, "--format", "csv")
	r.want(0)
	lines := strings.Split(strings.TrimSpace(r.out), "\n")
	return lines[1:]
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// pluginPIDs returns the processes of a plugin of this app.
func (a *app) pluginPIDs(name string) (pids []int) {
	for pid := range a.processes(a.pluginPath(name)) {
		pids = append(pids, pid)
	}
	return pids
}

// processes returns the processes whose command line begins with text, and who their hosts are.
func (a *app) processes(text string) map[int]int {
	found := map[int]int{}
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range all {
		line, err := os.ReadFile(filepath.Join(dir, "cmdline"))
		if err != nil || !strings.HasPrefix(string(line), text) {
			continue
		}
		stat, _ := os.ReadFile(filepath.Join(dir, "stat"))
		_, after, _ := strings.Cut(string(stat), ") ")
		if fields := strings.Fields(after); len(fields) > 1 {
			pid, _ := strconv.Atoi(filepath.Base(dir))
			found[pid], _ = strconv.Atoi(fields[1])
		}
	}
	return found
}

// noOrphans checks that no plugin runs whose host, this process, has ended.
func (p *proc) noOrphans() {
	p.app.t.Helper()
	var left []int
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		left = nil
		for pid, host := range p.app.processes(p.app.plugins) {
			if host <= 1 || host == p.cmd.Process.Pid {
				left = append(left, pid)
			}
		}
		if left == nil {
			return
		}
	}
	p.app.t.Errorf("%v: plugins that outlive it: %v", p.cmd.Args[5:], left)
}
