// Package sdktest holds the laws that every connector must keep, as one test: in this process, over the
// wire, and when the plugin is killed in the middle.
package sdktest

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/plugins"
	"github.com/millrace-dev/millrace/sdk"
)

// Source tests the source of a connector:
//
//	func TestLaws(t *testing.T) { sdktest.Source{Connector: connector, Config: "every: 1ms"}.Run(t) }
type Source struct {
	Connector sdk.Connector
	// Config is a configuration under which it can be opened; see sdk.ConfigText.
	Config string
	// Main is the package of the program, built for the laws over the wire. Empty: that of the test.
	Main string
	// Commits is how many transactions of a stream are read. Zero means 10.
	Commits int
	// Feed, if set, makes rows come to a source that does not make them by itself, until ctx ends. It runs
	// along with each read of a stream.
	Feed func(ctx context.Context)
	// Patience is how long a read may take. Zero means 20 s.
	Patience time.Duration
}

// Run tests all laws.
func (s Source) Run(t *testing.T) {
	if s.Commits == 0 {
		s.Commits = 10
	}
	if s.Patience == 0 {
		s.Patience = 20 * time.Second
	}
	config, err := sdk.ConfigText(s.Config)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("configuration", func(t *testing.T) { s.configuration(t, config) })
	t.Run("in process", func(t *testing.T) {
		s.laws(t, config, func(*testing.T) (sdk.Opener, func()) { return s.Connector, nil })
	})
	program := s.build(t)
	t.Run("over the wire", func(t *testing.T) {
		s.laws(t, config, func(t *testing.T) (sdk.Opener, func()) {
			p, err := plugins.Open(t.Context(), program, plugins.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = p.Close() })
			return p, func() { _ = syscall.Kill(p.PID(), syscall.SIGKILL) }
		})
	})
}

// build builds the program as its users do.
func (s Source) build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "millrace-connector-"+s.Connector.Name)
	pkg := s.Main
	if pkg == "" {
		pkg = "."
	}
	if out, err := exec.Command("go", "build", "-o", program, pkg).CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", pkg, err, out)
	}
	if info, err := os.Stat(program); err != nil || info.Mode()&0o100 == 0 {
		t.Fatalf("%s is not a program: set Main to the package that calls serve.Connector", pkg)
	}
	return program
}

// configuration: the spec is data; an unknown key and a missing required one are mistakes with a path.
func (s Source) configuration(t *testing.T, config []byte) {
	spec := s.Connector.Spec()
	if spec.Name == "" || spec.Name != strings.ToLower(spec.Name) {
		t.Errorf("the name %q is empty or not in lower case", spec.Name)
	}
	if _, err := json.Marshal(spec); err != nil {
		t.Errorf("spec: %v", err)
	}
	values := map[string]any{}
	if err := json.Unmarshal(config, &values); err != nil {
		t.Fatal(err)
	}
	refused := func(why string, change func(map[string]any)) {
		changed := map[string]any{}
		maps.Copy(changed, values)
		change(changed)
		raw, err := json.Marshal(changed)
		if err != nil {
			t.Fatal(err)
		}
		src, err := s.Connector.Open(t.Context(), raw)
		if err == nil {
			_ = src.Close()
		}
		var mistakes sdk.ConfigErrors
		if !errors.As(err, &mistakes) || mistakes[0].Path == "" {
			t.Errorf("%s: got %v instead of a mistake with a path", why, err)
		}
	}
	refused("an unknown key", func(c map[string]any) { c["no_such_parameter"] = 1 })
	for _, p := range spec.Parameters {
		if p.Required {
			refused("without the required "+p.Name, func(c map[string]any) { delete(c, p.Name) })
		}
	}
}

// home opens the connector somewhere; kill ends it the hard way, and is nil in this process.
type home func(t *testing.T) (opener sdk.Opener, kill func())

func (s Source) laws(t *testing.T, config []byte, at home) {
	opener, kill := at(t)
	tables := s.tables(t, opener, config)
	finite := slices.ContainsFunc(tables, func(t sdk.Table) bool { return t.Rows != 0 })
	replayable := !slices.ContainsFunc(tables, func(t sdk.Table) bool { return !t.Replayable })
	r := &reads{Source: s, config: config, at: at, tables: tables}

	t.Run("bounded ends", func(t *testing.T) {
		got := r.run(t, opener, nil, way{bounded: true})
		for _, table := range tables {
			if !slices.Contains(got.live, table.Name) {
				t.Errorf("table %q never went live", table.Name)
			}
		}
	})
	t.Run("columns", func(t *testing.T) { r.columns(t, opener, finite) })
	t.Run("close twice", func(t *testing.T) { r.closeTwice(t, opener) })
	switch {
	case replayable && finite:
		t.Run("resume", func(t *testing.T) { r.resumeReplayable(t, opener) })
		if kill != nil {
			t.Run("kill -9", func(t *testing.T) { r.killReplayable(t) })
		}
	default:
		t.Run("resume", func(t *testing.T) { r.resumeStream(t, false) })
		if kill != nil {
			t.Run("kill -9", func(t *testing.T) { r.resumeStream(t, true) })
		}
	}
}

func (s Source) tables(t *testing.T, opener sdk.Opener, config []byte) []sdk.Table {
	t.Helper()
	src, err := opener.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = src.Close() }() // it is closed for its tables only
	tables, err := sdk.Discover(t.Context(), src)
	if err != nil || len(tables) == 0 {
		t.Fatalf("tables: %v, %v", tables, err)
	}
	for _, table := range tables {
		for _, k := range table.Schema.Key {
			if k < 0 || k >= len(table.Schema.Fields) {
				t.Fatalf("table %q: key column %d of %d", table.Name, k, len(table.Schema.Fields))
			}
		}
		if table.Keyed && table.Schema.Fields != nil && table.Schema.Key == nil {
			t.Errorf("table %q is keyed but has no key", table.Name)
		}
	}
	return tables
}

// leaks fails the test if goroutines are left behind.
func leaks(t *testing.T) {
	before := settled()
	t.Cleanup(func() {
		for range 100 {
			if runtime.NumGoroutine() <= before {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
		stacks := make([]byte, 1<<20)
		t.Errorf("%d goroutines instead of %d:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
	})
}

// settled returns the number of goroutines when it has not changed for a while: a plugin that was just opened is
// still starting some of its own.
func settled() int {
	n, same := runtime.NumGoroutine(), 0
	for range 100 {
		time.Sleep(10 * time.Millisecond)
		if now := runtime.NumGoroutine(); now != n {
			n, same = now, 0
		} else if same++; same == 10 {
			break
		}
	}
	return n
}
