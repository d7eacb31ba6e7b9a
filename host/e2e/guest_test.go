package e2e_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// guests gives the numbers of a table to a function of a module.
const guests = `app_name: guests
connections:
  - name: files
    config: !Files
      path: data
      poll: 20ms
udfs:
  - name: rogue
    config: !Wasm
      path: rogue.wasm
sql: |
  SELECT n.id, $CALL AS result INTO results FROM numbers n;
endpoints:
  - name: results
    path: /results
    table_name: results
api:
  rest: {host: 127.0.0.1, port: $REST}
  grpc: {host: 127.0.0.1, port: $GRPC}
`

// newGuests makes an app in which a function of the rogue module is called for numbers.
func newGuests(t *testing.T, call string, numbers ...int64) *app {
	t.Helper()
	var rows strings.Builder
	rows.WriteString("id,x\n")
	for i, x := range numbers {
		fmt.Fprintf(&rows, "%d,%d\n", i, x)
	}
	a := newApp(t, map[string]string{"c.yaml": strings.Replace(guests, "$CALL", call, 1), "data/numbers/1.csv": rows.String()})
	link(t, filepath.Join(built, "rogue.wasm"), filepath.Join(a.dir, "rogue.wasm"))
	a.shareCompiled()
	return a
}

// shareCompiled lets all tests have what was compiled for one of them.
func (a *app) shareCompiled() {
	a.t.Helper()
	shared := filepath.Join(built, "compiled")
	if err := errors.Join(os.MkdirAll(shared, 0o755), os.Mkdir(filepath.Join(a.dir, ".millrace"), 0o755)); err != nil {
		a.t.Fatal(err)
	}
	if err := os.Symlink(shared, filepath.Join(a.dir, ".millrace", "compiled")); err != nil {
		a.t.Fatal(err)
	}
}

// TestGuestFunctions: what a configuration brings is listed with its signature.
func TestGuestFunctions(t *testing.T) {
	a := newGuests(t, "misbehave(n.x)", 1)
	r := a.run("functions", "misbehave")
	r.want(0)
	if !strings.Contains(r.out, "misbehave(int64) -> int64") || !strings.Contains(r.out, "From the module rogue.") {
		t.Errorf("%s", r.out)
	}
}

// TestBadGuests has functions that misbehave for one row in the middle: it is a dead letter, and all others pass.
func TestBadGuests(t *testing.T) {
	for _, c := range []struct {
		name, call string
		bad        int64 // good are -1, -2, ...
		reason     string
	}{
		{"returns an error", "misbehave(n.x)", 14, "/etc/passwd"},
		{"panics", "misbehave(n.x)", 1, "on purpose"},
		{"reads past an end", "misbehave(n.x)", 2, "index out of range"},
		{"exits", "misbehave(n.x)", 3, "it stopped with code 3"},
		{"loops", "misbehave(n.x)", 6, "fuel"},
		{"recurses", "misbehave(n.x)", 7, "fuel"},
		{"asks for 1 GB", "misbehave(n.x)", 8, "out of memory"},
		{"asks for 4 GB", "leak(n.x + 100)", 4 << 30, "out of range"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var numbers []int64
			for i := range int64(100) {
				numbers = append(numbers, -i-1)
			}
			numbers[50] = c.bad
			a := newGuests(t, c.call, numbers...)
			began := time.Now()
			r, rep := a.once()
			r.want(0, "level=WARN", "rows became dead letters", "rows=1", c.reason)
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
			if rep.DeadLetters != 1 {
				t.Errorf("%d dead letters, want 1", rep.DeadLetters)
			}
			if got := a.export("results"); len(got) != 99 || slices.ContainsFunc(got, func(row string) bool { return strings.HasPrefix(row, "50,") }) {
				t.Errorf("%d rows: %q", len(got), got)
			}
		})
	}
}

// TestGuestWhileRunning has bad rows come and go while the app runs.
func TestGuestWhileRunning(t *testing.T) {
	a := newGuests(t, "misbehave(n.x)", 0, 6, 0)
	p := a.start("run")
	p.until("the first read is done", func() bool { return a.count("/results") == 2 })
	a.write("data/numbers/2.csv", "id,x\n10,0\n11,1\n12,0\n")
	p.until("the host goes on", func() bool { return a.count("/results") == 4 })
	p.stop().want(0, "rows became dead letters", "rows=2", "on purpose")
}

func TestBadModules(t *testing.T) {
	const header = "\x00asm\x01\x00\x00\x00"
	for _, c := range []struct {
		name, config, module string
		words                []string
	}{
		{"missing", "", "", []string{"c.yaml:10:13: ", `udf "rogue"`, "rogue.wasm"}},
		{"no module", "", "hello", []string{"c.yaml:10:13: ", `udf "rogue"`, "rogue.wasm", "not a WebAssembly module"}},
		{"half a module", "", header + "\x01", []string{"c.yaml:10:13: ", `udf "rogue"`, "rogue.wasm"}},
		{"4 GB from the start", "", header + "\x05\x05\x01\x00\x80\x80\x04", []string{"c.yaml:10:13: ", `udf "rogue"`, "memory", "max_pages"}},
		{"no functions", "", header, []string{"c.yaml:10:13: ", `udf "rogue"`, "sdk/udf"}},
		{"unknown setting", "\n      pages: 3", header, []string{"c.yaml:11:14: ", `udf "rogue"`, `unknown key "pages"`, "max_pages"}},
		{"bad setting", "\n      max_pages: lots", header, []string{"c.yaml:11:", `udf "rogue"`, "max_pages"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.NewReplacer("$CALL", "misbehave(n.x)", "path: rogue.wasm", "path: rogue.wasm"+c.config).Replace(guests)
			a := newApp(t, map[string]string{"c.yaml": text, "data/numbers/1.csv": "id,x\n1,1\n"})
			if c.module != "" {
				a.write("rogue.wasm", c.module)
			}
			r, _ := a.once()
			r.want(2, c.words...)
		})
	}
}

func TestUnknownFunction(t *testing.T) {
	a := newGuests(t, "misbehav(n.x)", 1)
	r, _ := a.once()
	r.want(2, "c.yaml:12:16: E2004: ", `"misbehav"`)
	r.want(2, `fix: did you mean "misbehave"?`)
	a.write("c.yaml", strings.Replace(guests, "$CALL", "misbehave(n.x, n.id)", 1))
	r, _ = a.once()
	r.want(2, "c.yaml:12:16: ", "MISBEHAVE takes 1 arguments, not 2")
	if _, err := os.Stat(filepath.Join(a.dir, ".millrace", "views")); err == nil {
		t.Error("it has begun to keep data")
	}
}
