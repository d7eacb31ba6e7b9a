package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/host/admin"
	"github.com/millrace-dev/millrace/host/config"
)

// fakeApp stands for the pipelines: it says what it was asked for.
type fakeApp struct {
	cfg    *config.Config
	opened OpenOptions
	run    func(ctx context.Context, o RunOptions) (*admin.Report, error)
	closed int
	ran    RunOptions
	built  BuildOptions
}

func (a *fakeApp) Tables(context.Context) ([]Table, error) {
	return []Table{
		{Connection: "data", Name: "orders", Rows: 11, Columns: []Column{{"order_id", "int32", false, true}, {"note", "utf8", true, false}}},
		{Connection: "data", Name: "items", Rows: -1},
	}, nil
}

func (a *fakeApp) Build(ctx context.Context, o BuildOptions) (*Description, error) {
	a.built = o
	tables, err := a.Tables(ctx)
	return &Description{
		Tables: tables, Warnings: []*config.Error{{Pos: config.Pos{File: "m.yaml", Line: 1, Column: 1}, Msg: "be careful", Warning: true}},
		Views: []View{{"o", "/o", Table{Name: "orders", Rows: -1, Columns: tables[0].Columns}}},
	}, err
}

func (a *fakeApp) Run(ctx context.Context, o RunOptions) (*admin.Report, error) {
	a.ran = o
	return a.run(ctx, o)
}

func (a *fakeApp) Explain(_ context.Context, o ExplainOptions) error {
	_, err := fmt.Fprintf(o.Out, "plan of %q as %s\n", o.View, o.Format)
	return err
}

func (a *fakeApp) Export(_ context.Context, o ExportOptions) error {
	if o.View == "broken" {
		_, _ = o.Out.Write([]byte("half a row"))
		return errors.New(`view "broken": disk on fire`)
	}
	_, err := fmt.Fprintf(o.Out, "rows of %s as %s\n", o.View, o.Format)
	return err
}

func (a *fakeApp) Close() error { a.closed++; return nil }

// session is one call of the program in a folder of its own.
type session struct {
	app      *fakeApp
	testable App // is opened instead, if it is not nil
	out, err buffer
	signals  chan os.Signal
	exited   chan int
	cleaned  []string
	env      map[string]string
}

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

const yaml = `app_name: shop
api: {api_security: !Jwt geheim}
connections:
  - {name: data, config: !Files {path: data}}
endpoints:
  - {name: o, path: /o, table_name: orders}
cloud: {}
`

func newSession(t *testing.T) *session {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("millrace.yaml", []byte(yaml), 0o644); err != nil {
		t.Fatal(err)
	}
	done := func(context.Context, RunOptions) (*admin.Report, error) { return &admin.Report{Epochs: 3}, nil }
	return &session{app: &fakeApp{run: done}, signals: make(chan os.Signal, 2), exited: make(chan int, 1), env: map[string]string{}}
}

func (s *session) call(args ...string) int {
	return Main(context.Background(), Env{
		Args: args, Out: &s.out, Err: &s.err, Signals: s.signals,
		Exit:   func(code int) { s.exited <- code },
		Lookup: func(name string) (string, bool) { v, ok := s.env[name]; return v, ok },
	}, Program{
		Version: "v9",
		Open: func(cfg *config.Config, o OpenOptions) (App, error) {
			s.app.cfg, s.app.opened = cfg, o
			if s.testable != nil {
				return s.testable, nil
			}
			return s.app, nil
		},
		Clean: func(_ context.Context, cfg *config.Config) error {
			s.cleaned = append(s.cleaned, cfg.HomeDir)
			return nil
		},
		Token: func(secret string, valid time.Duration) (string, error) { return secret + "/" + valid.String(), nil },
	})
}

func TestCommands(t *testing.T) {
	for _, c := range []struct {
		args string
		code int
		out  string // must be in the output
		err  string // must be in what is said beside it
	}{
		{"", Done, "Usage:", ""},
		{"--help", Done, "security", ""},
		{"--version", Done, "v9", ""},
		{"version", Done, "millrace v9", ""},
		{"nope", Usage, "", `unknown command "nope"`},
		{"run nope", Usage, "", "nope"},
		{"run --nope", Usage, "", "unknown flag: --nope"},
		{"build extra", Usage, "", "extra"},
		{"export", Usage, "", "accepts 1 arg"},
		{"run --log-level loud", Usage, "", "write debug, info, warn or error"},
		{"run --log-format xml", Usage, "", "write text or json"},
		{"run --progress never", Usage, "", "write auto, lines or off"},
		{"run api --once", Usage, "", "nothing to be done once"},
		{"run -c missing.yaml", Usage, "", "missing.yaml"},
		{"run --workers 100000", Usage, "", "command line: app.workers: 100000 is not in 0..1024"},
		{"run --config-overrides /api/prot=1", Usage, "", `unknown key "prot"`},
		{"run --config-overrides /endpoints=[]", Usage, "", "it has no endpoints"},
		{"build", Done, "endpoint o at /o: view orders\n  order_id  int32  not null, key\n  note      utf8   null\n", "be careful"},
		{"build", Done, "connection data: table orders, 11 rows", "millrace.yaml:7:1: cloud: ignored"},
		{"connectors", Done, "connection data: table items\n", ""},
		{"connectors -f order", Done, "table orders", ""},
		{"explain", Done, `plan of "" as text`, ""},
		{"explain o --format json", Done, `plan of "o" as json`, ""},
		{"explain --format dot", Usage, "", "write text or json"},
		{"export o", Done, "rows of o as csv", ""},
		{"export o --format ndjson", Done, "rows of o as ndjson", ""},
		{"export o --format xml", Usage, "", "one of parquet, csv, ndjson"},
		{"export broken", Failed, "", `millrace: view "broken": disk on fire`},
		{"security generate-token", Done, "geheim/0s\n", ""},
		{"security generate-token --valid 1h", Done, "geheim/1h0m0s\n", ""},
		{"security generate-token --config-overrides /api={}", Usage, "", "there is no secret"},
		{"run --once", Done, "", "starting"},
	} {
		t.Run(c.args, func(t *testing.T) {
			s := newSession(t)
			code := s.call(strings.Fields(c.args)...)
			if code != c.code || !strings.Contains(s.out.String(), c.out) || !strings.Contains(s.err.String(), c.err) {
				t.Errorf("code %d, want %d\nout:\n%s\nwant in it: %s\nerr:\n%s\nwant in it: %s", code, c.code, &s.out, c.out, &s.err, c.err)
			}
			if s.app.cfg != nil && s.app.closed != 1 {
				t.Errorf("the app was closed %d times", s.app.closed)
			}
		})
	}
}

func (b *buffer) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.b.Reset()
}

func TestFlagsReachTheApp(t *testing.T) {
	s := newSession(t)
	s.env["MILLRACE_PLUGINS"] = "a" + string(os.PathListSeparator) + "b"
	for args, want := range map[string]RunOptions{
		"run":                  {Pipelines: true, API: true},
		"run app --once":       {Pipelines: true, Once: true},
		"run api":              {API: true},
		"run --locked --once":  {Pipelines: true, API: true, Once: true, BuildOptions: BuildOptions{Locked: true}},
		"--workers 3 run":      {Pipelines: true, API: true},
		"run --plugin-dir x,y": {Pipelines: true, API: true},
	} {
		if code := s.call(strings.Fields(args)...); code != Done {
			t.Fatalf("%s: code %d: %s", args, code, &s.err)
		}
		got := s.app.ran
		if got.Watch == nil {
			t.Errorf("%s: there is nobody to watch", args)
		}
		got.Watch = nil
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: ran %+v, want %+v", args, got, want)
		}
		dirs, workers := "[a b]", 0
		if strings.Contains(args, "--plugin-dir") {
			dirs = "[x,y]"
		}
		if strings.Contains(args, "--workers") {
			workers = 3
		}
		if fmt.Sprint(s.app.opened.PluginDirs) != dirs || s.app.cfg.App.Workers != workers {
			t.Errorf("%s: plugins in %v, %d workers", args, s.app.opened.PluginDirs, s.app.cfg.App.Workers)
		}
	}
	delete(s.env, "MILLRACE_PLUGINS")
	s.call("run")
	if dirs := s.app.opened.PluginDirs; len(dirs) != 2 || filepath.Base(dirs[0]) != "plugins" || !filepath.IsAbs(dirs[0]) || dirs[1] != "plugins" {
		t.Errorf("plugins in %v", dirs)
	}
	s.call("build", "--locked", "-f")
	if !s.app.built.Locked || len(s.cleaned) != 1 || s.cleaned[0] != "./.millrace" {
		t.Errorf("built %+v, cleaned %v", s.app.built, s.cleaned)
	}
	s.call("clean")
	if len(s.cleaned) != 2 {
		t.Errorf("cleaned %v", s.cleaned)
	}
}

func TestReport(t *testing.T) {
	s := newSession(t)
	look := func() admin.Progress {
		return admin.Progress{Phase: "snapshotting", Sources: []admin.SourceProgress{{Connection: "data", Table: "orders", Rows: 1, Total: 2}}}
	}
	s.app.run = func(_ context.Context, o RunOptions) (*admin.Report, error) {
		o.Watch(look)
		return &admin.Report{Epochs: 3, Workers: 2}, errors.New(`plugin "data": it died`)
	}
	if code := s.call("run", "app", "--once", "--report", "r.json", "--log-format", "json"); code != Failed {
		t.Errorf("code %d", code)
	}
	text, err := os.ReadFile("r.json")
	if err != nil {
		t.Fatal(err)
	}
	var r admin.Report
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	if r.App != "shop" || r.Version != "v9" || r.Epochs != 3 || r.Workers != 2 || r.Cores == 0 || r.Started.IsZero() ||
		len(r.Processes) != 1 || r.Processes[0].PeakBytes == 0 || r.CPUSeconds <= 0 || r.Error != `plugin "data": it died` {
		t.Errorf("report %+v", r)
	}
	if !strings.Contains(s.err.String(), `millrace: plugin "data": it died`) || !strings.Contains(s.err.String(), `"msg":"starting"`) {
		t.Errorf("said: %s", &s.err)
	}
	if code := s.call("run", "--report", "no/such/folder/r.json"); code != Failed || !strings.Contains(s.err.String(), "--report no/such/folder/r.json") {
		t.Errorf("code %d: %s", code, &s.err)
	}
}

func TestSignals(t *testing.T) {
	untilStopped := func(began chan struct{}) func(context.Context, RunOptions) (*admin.Report, error) {
		return func(ctx context.Context, _ RunOptions) (*admin.Report, error) {
			close(began)
			<-ctx.Done()
			return nil, fmt.Errorf("pipeline: %w", ctx.Err())
		}
	}
	for _, c := range []struct {
		args string
		code int
	}{{"run", Done}, {"run app", Done}, {"run --once", Failed}} {
		s := newSession(t)
		began := make(chan struct{})
		s.app.run = untilStopped(began)
		code := make(chan int)
		go func() { code <- s.call(strings.Fields(c.args)...) }()
		<-began
		s.signals <- syscall.SIGTERM
		if got := <-code; got != c.code {
			t.Errorf("%s: code %d, want %d: %s", c.args, got, c.code, &s.err)
		}
		if !strings.Contains(s.err.String(), "stopping") || s.app.closed != 1 {
			t.Errorf("%s: closed %d times, said %s", c.args, s.app.closed, &s.err)
		}
	}

	s := newSession(t)
	began, release := make(chan struct{}), make(chan struct{})
	s.app.run = func(ctx context.Context, _ RunOptions) (*admin.Report, error) {
		close(began)
		<-release // it hangs
		return nil, errors.Join(ctx.Err(), errors.New("checkpoint: disk on fire"))
	}
	code := make(chan int)
	go func() { code <- s.call("run") }()
	<-began
	s.signals <- os.Interrupt
	s.signals <- os.Interrupt
	if got := <-s.exited; got != Failed {
		t.Errorf("a second signal ended with code %d", got)
	}
	close(release)
	if got := <-code; got != Failed || !strings.Contains(s.err.String(), "disk on fire") {
		t.Errorf("an error while stopping: code %d, said %s", got, &s.err)
	}
}

func TestMetricsServer(t *testing.T) {
	s := newSession(t)
	if code := s.call("run", "--config-overrides", `/telemetry={"metrics":{"Prometheus":{"address":"127.0.0.1:0"}}}`, "--pprof"); code != Done || !strings.Contains(s.err.String(), "metrics") {
		t.Errorf("code %d: %s", code, &s.err)
	}
	s.err.reset()
	if code := s.call("run", "--config-overrides", `/telemetry={"metrics":{"Prometheus":{"address":"256.0.0.1:0"}}}`); code != Failed || !strings.Contains(s.err.String(), "telemetry.metrics") {
		t.Errorf("code %d: %s", code, &s.err)
	}
}

func TestExportFile(t *testing.T) {
	s := newSession(t)
	for file, format := range map[string]string{"a.parquet": "parquet", "b.csv": "csv", "c.ndjson": "ndjson"} {
		if code := s.call("export", "o", "-o", file); code != Done {
			t.Fatalf("%s: code %d: %s", file, code, &s.err)
		}
		if text, err := os.ReadFile(file); err != nil || string(text) != "rows of o as "+format+"\n" {
			t.Errorf("%s: %q, %v", file, text, err)
		}
	}
	if code := s.call("export", "broken", "-o", "a.parquet"); code != Failed {
		t.Errorf("code %d", code)
	}
	if text, _ := os.ReadFile("a.parquet"); string(text) != "rows of o as parquet\n" {
		t.Errorf("a file that was there is now %q", text)
	}
	if left, _ := filepath.Glob(".a*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestInit(t *testing.T) {
	s := newSession(t)
	for _, dir := range []string{"my data/orders", "my data/it's", "my data/.hidden"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	ask := func(answers string) int {
		return Main(t.Context(), Env{Args: []string{"init"}, In: strings.NewReader(answers), Out: &s.out, Err: &s.err}, Program{})
	}
	if code := s.call("init", "-y", "--path", "my data", "--app-name", "on", "-o", "files.yaml"); code != Done {
		t.Fatalf("code %d: %s", code, &s.err)
	}
	if code := ask("my app\n\npush\npush.yaml\n"); code != Done {
		t.Fatalf("code %d: %s", code, &s.err)
	}
	for file, want := range map[string]string{"files.yaml": "on [it's orders]", "push.yaml": "my app [events]"} {
		cfg, err := config.Load(t.Context(), config.Options{Paths: []string{file}})
		if err != nil {
			t.Fatal(err)
		}
		var tables []string
		for _, e := range cfg.Endpoints {
			tables = append(tables, e.TableName)
		}
		if got := fmt.Sprint(cfg.AppName, " ", tables); got != want {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
	if code := s.call("init", "-y", "-o", "files.yaml"); code != Usage || !strings.Contains(s.err.String(), "files.yaml: the file exists") {
		t.Errorf("code %d: %s", code, &s.err)
	}
	if code := s.call("init", "-y", "--connection", "fax", "-o", "x.yaml"); code != Usage || !strings.Contains(s.err.String(), "write one of files, push") {
		t.Errorf("code %d: %s", code, &s.err)
	}
	if code := ask("left\n"); code != Done {
		t.Errorf("somebody who went away: code %d", code)
	}
}

func TestStdin(t *testing.T) {
	s := newSession(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	call := func(args ...string) (int, string) {
		var out bytes.Buffer
		code := Main(t.Context(), Env{Args: args, In: r, Out: &out, Err: &s.err}, Program{Token: func(secret string, _ time.Duration) (string, error) { return secret, nil }})
		return code, out.String()
	}
	if code, out := call("security", "generate-token"); code != Done || out != "geheim\n" {
		t.Errorf("a pipe into which nobody writes: code %d, %s%s", code, out, &s.err)
	}
	if _, err := w.WriteString("app_name: twice\n"); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if code, out := call("security", "generate-token", "--ignore-pipe"); code != Done || out != "geheim\n" {
		t.Errorf("--ignore-pipe: code %d, %s%s", code, out, &s.err)
	}
	if code, _ := call("security", "generate-token"); code != Usage || !strings.Contains(s.err.String(), "<stdin>:1:11: app_name: it is given here and at millrace.yaml:1:11") {
		t.Errorf("a document on standard input: code %d, %s", code, &s.err)
	}
}

func TestOnlyStopped(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{nil, true},
		{context.Canceled, true},
		{fmt.Errorf("x: %w", context.Canceled), true},
		{errors.Join(context.Canceled, fmt.Errorf("y: %w", errSignal{os.Interrupt})), true},
		{errors.Join(context.Canceled, errors.New("z")), false},
		{errors.New("z"), false},
		{context.DeadlineExceeded, false},
	} {
		if got := onlyStopped(c.err); got != c.want {
			t.Errorf("%v: %v", c.err, got)
		}
	}
}
