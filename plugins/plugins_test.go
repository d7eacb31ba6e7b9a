package plugins_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/plugins"
	"github.com/millrace-dev/millrace/plugins/process"
	"github.com/millrace-dev/millrace/sdk"
)

// start starts the test program as a plugin.
func start(t testing.TB, o plugins.Options) *plugins.Plugin {
	t.Helper()
	o.Env = append(o.Env, modeVar+"=good")
	o.SocketDir = shortDir(t)
	p, err := plugins.Open(t.Context(), os.Args[0], o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if left, _ := os.ReadDir(o.SocketDir); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		if process.Alive(p.PID()) {
			t.Error("the process lives on")
		}
	})
	return p
}

// shortDir returns a temporary folder whose path has room for a socket.
func shortDir(t testing.TB) string {
	dir, err := os.MkdirTemp("", "p")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func openSource(t testing.TB, p sdk.Opener, config string) sdk.Source {
	t.Helper()
	src, err := p.Open(t.Context(), []byte(config))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for range 2 { // closing twice is fine
			if err := src.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	return src
}

// TestLiveInOrder: the host hears that a table is live after the rows before, and before the rows after, of any split.
func TestLiveInOrder(t *testing.T) {
	p := start(t, plugins.Options{})
	src := openSource(t, p, `{"mode": "stream", "rows": 250, "splits": 3}`)
	out := newMemory()
	out.slowLive = 100 * time.Millisecond
	if err := src.Read(t.Context(), request(true), sdk.NewWriter(out, nil)); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(out.live), "[rows after 0 rows after 750]"; got != want || len(out.rows) != 751 {
		t.Errorf("live: %s instead of %s; %d rows", got, want, len(out.rows))
	}
}

func TestSameAsInProcess(t *testing.T) {
	noLeaks(t)
	p := start(t, plugins.Options{})
	if got, want := fmt.Sprintf("%+v", p.Spec()), fmt.Sprintf("%+v", testConnector.Spec()); got != want {
		t.Errorf("spec\n%s instead of\n%s", got, want)
	}
	for _, config := range []string{`{}`, `{"rows": 0}`, `{"rows": 950, "splits": 5}`, `{"rows": 30, "width": 100000}`, `{"mode": "await"}`} {
		var seen []string
		for _, opener := range []sdk.Opener{testConnector, p} {
			src := openSource(t, opener, config)
			tables, err := sdk.Discover(t.Context(), src)
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := src.(sdk.Acker); !ok {
				t.Error("the source lost an ability")
			}
			m := newMemory()
			if err := src.Read(t.Context(), request(true), sdk.NewWriter(m, nil)); err != nil {
				t.Fatalf("%s: %v", config, err)
			}
			seen = append(seen, fmt.Sprint(tables, m.rows, m.positions, m.live))
		}
		if seen[0] != seen[1] {
			t.Errorf("%s: in process\n%.300s\nover the wire\n%.300s", config, seen[0], seen[1])
		}
	}
}

func TestColumnsAndPositions(t *testing.T) {
	p := start(t, plugins.Options{})
	src := openSource(t, p, `{"rows": 250}`)
	req := request(true)
	req.Tables[0].Columns = []string{"s", "n"}
	m := newMemory()
	if err := src.Read(t.Context(), req, sdk.NewWriter(m, map[string]sdk.Position{"split0": {200, 1}})); err != nil {
		t.Fatal(err)
	}
	if len(m.rows) != 50 || m.rows["split0 rows 0 1 xxxxxxxxxx249"] != 1 {
		t.Errorf("%d rows: %v", len(m.rows), m.rows)
	}
}

func TestHugeRowsPass(t *testing.T) {
	p := start(t, plugins.Options{})
	src := openSource(t, p, `{"rows": 2, "width": 20971520}`)
	m := newMemory()
	if err := src.Read(t.Context(), request(true), sdk.NewWriter(m, nil)); err != nil {
		t.Fatal(err)
	}
	if len(m.rows) != 2 || m.bytes < 40<<20 {
		t.Errorf("%d rows of %d bytes", len(m.rows), m.bytes)
	}
}

func TestConnectorErrorsPass(t *testing.T) {
	p := start(t, plugins.Options{})
	_, err := p.Open(t.Context(), []byte(`{"rows": -1, "mod": "x"}`))
	var mistakes sdk.ConfigErrors
	if !errors.As(err, &mistakes) || len(mistakes) != 2 || mistakes[1].Fix != `did you mean "mode"?` {
		t.Errorf("%v", err)
	}
	if _, err = p.Open(t.Context(), []byte(`{"mode": "refuse"}`)); err == nil || err.Error() != "the database is asleep" {
		t.Error(err)
	}
	src := openSource(t, p, `{"mode": "fail"}`)
	if err = src.Read(t.Context(), request(true), sdk.NewWriter(newMemory(), nil)); err == nil || err.Error() != "the table was dropped" {
		t.Error(err)
	}
	src = openSource(t, p, `{"mode": "mistake"}`)
	if err = src.Read(t.Context(), request(true), sdk.NewWriter(newMemory(), nil)); !errors.As(err, &mistakes) || mistakes[0].Fix != "take fewer" {
		t.Error(err)
	}
}

func TestAck(t *testing.T) {
	p := start(t, plugins.Options{})
	src := openSource(t, p, `{"mode": "acked"}`)
	if err := src.(sdk.Acker).Ack(t.Context(), map[string]sdk.Position{"x": sdk.Position("here")}); err != nil {
		t.Fatal(err)
	}
	if err := src.Read(t.Context(), request(true), sdk.NewWriter(newMemory(), nil)); err == nil || err.Error() != "acked here" {
		t.Error(err)
	}
}

func TestReadEndsWithItsContext(t *testing.T) {
	noLeaks(t)
	p := start(t, plugins.Options{})
	src := openSource(t, p, `{"rows": 10}`)
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		m := newMemory()
		m.committed = cancel
		begin := time.Now()
		if err := src.Read(ctx, request(false), sdk.NewWriter(m, nil)); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if time.Since(begin) > 2*time.Second {
			t.Errorf("it took %v", time.Since(begin))
		}
	}
}

// A host that cannot take more holds the plugin back: what is under way stays within the window.
func TestBackPressure(t *testing.T) {
	p := start(t, plugins.Options{})
	src := openSource(t, p, `{"rows": 60000, "width": 1000}`)
	m := newMemory()
	m.slow = 2 * time.Millisecond
	begin := time.Now()
	if err := src.Read(t.Context(), request(true), sdk.NewWriter(m, nil)); err != nil {
		t.Fatal(err)
	}
	if len(m.rows) != 60000 || time.Since(begin) < 600*m.slow {
		t.Errorf("%d rows in %v", len(m.rows), time.Since(begin))
	}
	if peak := p.Usage().PeakBytes; peak > 150<<20 {
		t.Errorf("the plugin took %d MB for 60 MB held back", peak>>20)
	}
}

func TestHostErrorStopsTheRead(t *testing.T) {
	noLeaks(t)
	p := start(t, plugins.Options{})
	src := openSource(t, p, `{"rows": 1000000, "splits": 3}`)
	m := newMemory()
	m.refuse = errors.New("the disk is full")
	if err := src.Read(t.Context(), request(true), sdk.NewWriter(m, nil)); !errors.Is(err, m.refuse) {
		t.Error(err)
	}
	m = newMemory() // and the plugin is as good as before
	src = openSource(t, p, `{"rows": 10}`)
	if err := src.Read(t.Context(), request(true), sdk.NewWriter(m, nil)); err != nil || len(m.rows) != 10 {
		t.Error(err, len(m.rows))
	}
}

func TestBadPrograms(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	sum, err := plugins.Checksum(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	foreign := append([]byte{}, self[:4096]...)
	foreign[18], foreign[19] = 0xf3, 0 // ELF machine: RISC-V
	for _, c := range []struct {
		mode, path, checksum string
		kind                 plugins.Kind
		say                  []string
	}{
		{path: filepath.Join(dir, "nothing"), kind: plugins.Missing, say: []string{"no such file", "build or install it"}},
		{path: write("text", "hello", 0o644), kind: plugins.NotExecutable, say: []string{"chmod +x"}},
		{path: dir, kind: plugins.NotExecutable},
		{path: write("text2", "hello", 0o755), kind: plugins.WrongArch, say: []string{"GOARCH="}},
		{path: write("foreign", string(foreign), 0o755), kind: plugins.WrongArch, say: []string{"is not a program for"}},
		{path: write("script", "#!/no/such/interpreter\n", 0o755), kind: plugins.WrongArch, say: []string{"an interpreter"}},
		{mode: "good", checksum: strings.Repeat("0", 64), kind: plugins.BadChecksum, say: []string{sum, "millrace build"}},
		{mode: "crash", kind: plugins.CrashedAtStart, say: []string{"exit code 7", "the flux capacitor is missing"}},
		{mode: "stdout", kind: plugins.StdoutBefore, say: []string{"Welcome to my connector!", "standard error"}},
		{mode: "exit", kind: plugins.NotPlugin, say: []string{"exit code 0", "serve.Connector"}},
		{mode: "other", kind: plugins.NotPlugin, say: []string{"another program"}},
		{mode: "version", kind: plugins.BadProtocol, say: []string{"version 99", "version 1"}},
		{mode: "sleep", kind: plugins.SlowStart, say: []string{"within 200ms"}},
	} {
		t.Run(fmt.Sprint(c.kind, " ", c.mode), func(t *testing.T) {
			noLeaks(t)
			path := c.path
			if path == "" {
				path = os.Args[0]
			}
			o := plugins.Options{Env: []string{modeVar + "=" + c.mode}, Checksum: c.checksum, SocketDir: shortDir(t)}
			if c.mode == "sleep" {
				o.Start = 200 * time.Millisecond
			}
			_, err := plugins.Open(t.Context(), path, o)
			var e *plugins.Error
			if !errors.As(err, &e) || e.Kind != c.kind || e.Fix == "" {
				t.Fatalf("%v", err)
			}
			for _, say := range append(c.say, filepath.Base(path)) {
				if !strings.Contains(err.Error(), say) {
					t.Errorf("%q is not in: %v", say, err)
				}
			}
			if left, _ := os.ReadDir(o.SocketDir); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestTooLongForASocket(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 20))
	_, err := plugins.Open(t.Context(), os.Args[0], plugins.Options{SocketDir: dir})
	if err == nil || !strings.Contains(err.Error(), "TMPDIR") {
		t.Error(err)
	}
}

func TestRightChecksum(t *testing.T) {
	sum, err := plugins.Checksum(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	start(t, plugins.Options{Checksum: sum})
}

func TestDeathsInTheMiddle(t *testing.T) {
	for _, c := range []struct {
		mode string
		do   func(p *plugins.Plugin)
		kind plugins.Kind
		say  []string
	}{
		{mode: "die", kind: plugins.Died, say: []string{"exit code 3"}},
		{mode: "panic", kind: plugins.Died, say: []string{"exit code 2", "row 500 is cursed"}},
		{mode: "", do: func(p *plugins.Plugin) { _ = syscall.Kill(p.PID(), syscall.SIGKILL) }, kind: plugins.Died, say: []string{"signal 9"}},
	} {
		t.Run(c.mode, func(t *testing.T) {
			noLeaks(t)
			p := start(t, plugins.Options{})
			src := openSource(t, p, fmt.Sprintf(`{"mode": %q}`, c.mode))
			m := newMemory()
			if c.do != nil {
				m.committed = sync.OnceFunc(func() { c.do(p) })
			}
			err := src.Read(t.Context(), request(c.mode != ""), sdk.NewWriter(m, nil))
			var e *plugins.Error
			if !errors.As(err, &e) || e.Kind != c.kind || !e.Retry() {
				t.Fatalf("%v", err)
			}
			for _, say := range c.say {
				if !strings.Contains(err.Error(), say) {
					t.Errorf("%q is not in: %v", say, err)
				}
			}
			select {
			case <-p.Exited():
			case <-time.After(time.Second):
				t.Error("the plugin has not exited")
			}
			if _, err := p.Open(t.Context(), nil); !errors.As(err, &e) || e.Kind != plugins.Died {
				t.Errorf("open of a dead plugin: %v", err)
			}
			if p.Usage().PeakBytes < 1<<20 {
				t.Errorf("usage %+v", p.Usage())
			}
		})
	}
}

func TestPanicAtOpen(t *testing.T) {
	p := start(t, plugins.Options{})
	_, err := p.Open(t.Context(), []byte(`{"mode": "panic at open"}`))
	var e *plugins.Error
	if !errors.As(err, &e) || e.Kind != plugins.Died || !strings.Contains(err.Error(), "open went wrong") {
		t.Error(err)
	}
}

func TestHangs(t *testing.T) {
	noLeaks(t)
	p := start(t, plugins.Options{Stop: 100 * time.Millisecond})
	src := openSource(t, p, `{"mode": "hang"}`)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err := src.Read(ctx, request(false), sdk.NewWriter(newMemory(), nil))
	var e *plugins.Error
	if !errors.As(err, &e) || e.Kind != plugins.Hangs {
		t.Fatal(err)
	}
}

// A stopped process answers nothing at all; closing it must not wait for it.
func TestCloseOfAStoppedProcess(t *testing.T) {
	p := start(t, plugins.Options{Stop: 200 * time.Millisecond})
	if err := syscall.Kill(p.PID(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	if err := p.Close(); err != nil || time.Since(begin) > 5*time.Second {
		t.Errorf("%v after %v", err, time.Since(begin))
	}
}

func TestOutputIsLogged(t *testing.T) {
	var mu sync.Mutex
	var text bytes.Buffer
	log := slog.New(slog.NewTextHandler(&lockedWriter{&mu, &text}, nil))
	p := start(t, plugins.Options{Log: log})
	src := openSource(t, p, `{"mode": "print", "rows": 10}`)
	if err := src.Read(t.Context(), request(true), sdk.NewWriter(newMemory(), nil)); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, say := range []string{`level=WARN msg="a line that does not belong here"`, "a complaint", "plugin=plugins.test"} {
		if !strings.Contains(text.String(), say) {
			t.Errorf("%q is not in the log:\n%s", say, text.String())
		}
	}
}

type lockedWriter struct {
	mu *sync.Mutex
	b  *bytes.Buffer
}

func (w *lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func TestSecretsStayHere(t *testing.T) {
	t.Setenv("SECRET_OF_THE_HOST", "abc")
	p := start(t, plugins.Options{Env: []string{"GIVEN=yes"}})
	_, err := p.Open(t.Context(), []byte(`{"mode": "environment"}`))
	if err == nil || strings.Contains(err.Error(), "SECRET_OF_THE_HOST") || !strings.Contains(err.Error(), "GIVEN=yes") {
		t.Error(err)
	}
}

func TestGrandchildrenDie(t *testing.T) {
	p := start(t, plugins.Options{})
	_, err := p.Open(t.Context(), []byte(`{"mode": "child"}`))
	pid, convErr := strconv.Atoi(fmt.Sprint(err))
	if convErr != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	for range 50 {
		if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("a process of the plugin lives on")
}

// A host that is killed leaves no process behind, and no socket once the next plugin has started.
func TestNoOrphans(t *testing.T) {
	sockets := shortDir(t)
	host := exec.Command(os.Args[0])
	host.Env = append(os.Environ(), modeVar+"=host", "TEST_SOCKETS="+sockets)
	out, err := host.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := host.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscan(out, &pid); err != nil || !process.Alive(pid) {
		t.Fatalf("plugin %d: %v", pid, err)
	}
	if err := host.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = host.Wait()
	for deadline := time.Now().Add(5 * time.Second); process.Alive(pid); time.Sleep(10 * time.Millisecond) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(stat), ") Z ") {
			break // nobody here to reap it
		}
		if time.Now().After(deadline) {
			t.Fatal("the plugin outlives its host")
		}
	}
	p, err := plugins.Open(t.Context(), os.Args[0], plugins.Options{Env: []string{modeVar + "=good"}, SocketDir: sockets})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(sockets); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
