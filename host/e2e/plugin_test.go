package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestBadPlugins(t *testing.T) {
	script := func(text string) func(t *testing.T, a *app, path string) {
		return func(t *testing.T, _ *app, path string) {
			if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	self := func(name string) func(t *testing.T, a *app, path string) {
		return func(t *testing.T, a *app, _ string) {
			a.rogue(name)
			a.write("c.yaml", replaced(t, "!Files", "!"+name))
		}
	}
	for _, c := range []struct {
		name  string
		put   func(t *testing.T, a *app, path string)
		code  int
		words []string
	}{
		{"missing", nil, 2, []string{"there is no millrace-connector-files", "--plugin-dir", "push, ticker"}},
		{"not executable", func(t *testing.T, _ *app, path string) {
			if err := os.WriteFile(path, nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}, 1, []string{"not an executable file", "chmod +x"}},
		{"not a program", script("garbage"), 1, []string{"is not a program for"}},
		{"crashes at start", script("#!/bin/sh\necho the license has expired >&2\nexit 7\n"), 1, []string{"crashed at its start (exit code 7)", "the license has expired"}},
		{"panics at start", self("panicking"), 1, []string{"crashed at its start (exit code 2)", "no memory left for jokes"}},
		{"prints at start", self("greeting"), 1, []string{`it printed "Welcome to my connector!"`, "before the handshake", "print to standard error"}},
		{"no plugin", script("#!/bin/sh\nexit 0\n"), 1, []string{"without a handshake", "serve.Connector"}},
		{"leaves a child behind", script("#!/bin/sh\nsleep 300 &\nexit 7\n"), 1, []string{"crashed at its start (exit code 7)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newShop(t, nil)
			path := a.pluginPath("files")
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if c.put != nil {
				c.put(t, a, path)
			}
			r, _ := a.once()
			r.want(c.code, append([]string{"c.yaml:3:5: ", `connection "shop"`}, c.words...)...)
		})
	}
}

// TestChecksum replaces a plugin after it was locked.
func TestChecksum(t *testing.T) {
	a := newShop(t, nil)
	a.run("build").want(0)
	locked := a.read("millrace.lock")
	path := a.pluginPath("files")
	if err := os.Rename(path, path+".was"); err != nil {
		t.Fatal(err)
	}
	link(t, filepath.Join(built, "plugins", plugin+"push"), path)
	for _, command := range [][]string{{"run", "app", "--once"}, {"run", "app", "--once", "--locked"}, {"connectors"}, {"explain"}} {
		a.run(command...).want(1, "c.yaml:3:5: ", `connection "shop"`, `plugin "millrace-connector-files"`, "its SHA-256 is", "but the lock file has", "millrace build")
		if a.read("millrace.lock") != locked {
			t.Fatalf("%v changed the lock file", command)
		}
	}
	if err := os.Rename(path+".was", path); err != nil {
		t.Fatal(err)
	}
	a.run("run", "app", "--once", "--locked").want(0)
	a.write("millrace.lock", "{")
	a.run("build", "--locked").want(1, "millrace.lock", "millrace build")
	a.run("run", "app", "--once").want(1, "millrace.lock", "remove it and run millrace build")
}

// numbersApp serves the numbers of a rogue plugin, as they are and doubled.
func numbersApp(t *testing.T, config string) *app {
	t.Helper()
	a := newApp(t, map[string]string{"c.yaml": `app_name: numbers
connections:
  - name: n
    config: !Counting
` + strings.ReplaceAll("\n"+config, "\n", "\n      ") + `
sql: |
  SELECT n, n + n AS twice INTO doubled FROM numbers;
endpoints:
  - {name: numbers, path: /numbers, table_name: numbers}
  - {name: doubled, path: /doubled, table_name: doubled, index: {primary_key: [n]}}
api:
  rest: {host: 127.0.0.1, port: $REST}
  grpc: {host: 127.0.0.1, port: $GRPC}
`})
	a.rogue("counting")
	return a
}

// wantNumbers checks that each number up to n is there once, in both views.
func (a *app) wantNumbers(n int) {
	a.t.Helper()
	for _, view := range []string{"numbers", "doubled"} {
		var want []string
		for i := range n {
			row := strconv.Itoa(i)
			if view == "doubled" {
				row += "," + strconv.Itoa(2*i)
			}
			want = append(want, row)
		}
		got := a.export(view)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			a.t.Errorf("view %s: %d rows, want %d, or others", view, len(got), len(want))
		}
	}
}

// kill kills the plugin and waits until it runs again.
func (a *app) kill(p *proc, name string) {
	a.t.Helper()
	var pids []int
	p.until("the plugin runs", func() bool {
		pids = a.pluginPIDs(name)
		return len(pids) == 1
	})
	if err := syscall.Kill(pids[0], syscall.SIGKILL); err != nil {
		a.t.Fatal(err)
	}
	p.until("the plugin runs again", func() bool {
		again := a.pluginPIDs(name)
		return len(again) == 1 && again[0] != pids[0]
	})
}

// TestPluginDies kills the plugin while everything is read for the first time, and again while changes come.
func TestPluginDies(t *testing.T) {
	a := numbersApp(t, "first: 300\nmore: 60\npause: 20ms")
	p := a.start("run")
	p.until("the first read is under way", func() bool {
		status, body := a.get("/numbers")
		return status == 503 && strings.Contains(body, `"rows":`) && !strings.Contains(body, `"rows":0`)
	})
	a.kill(p, "counting")
	p.until("the first read is done", func() bool { return a.count("/doubled") >= 300 })
	p.until("changes come", func() bool { return a.count("/doubled") >= 310 })
	a.kill(p, "counting")
	p.until("everything is there", func() bool { return a.count("/numbers") == 360 && a.count("/doubled") == 360 })
	r := p.stop()
	const died = `plugin \"millrace-connector-counting\": it died (killed by signal 9 (killed)); it is started again`
	if n := strings.Count(r.err, died); n != 2 {
		t.Errorf("the end of the plugin was told %d times, want 2:\n%s", n, r.err)
	}
	a.wantNumbers(360)
}

// TestFilesPluginDies kills the plugin while it reads many files at once, and again when more come.
func TestFilesPluginDies(t *testing.T) {
	const files, rows = 6, 30_000
	a := newShop(t, nil)
	numbers := func(file int) string {
		text := []byte("id,item,who\n")
		for i := range rows {
			id := file*rows + i
			text = strconv.AppendInt(text, int64(id), 10)
			text = append(text, ',')
			text = strconv.AppendInt(text, int64(id%4), 10) // there is no item 0
			text = append(text, ",somebody\n"...)
		}
		return string(text)
	}
	a.write("data/orders/1.csv", numbers(0))
	for i := 1; i < files; i++ {
		a.write(fmt.Sprintf("data/orders/%d.csv", i+1), numbers(i))
	}
	p := a.start("run")
	p.until("files are being read", func() bool {
		_, body := a.get("/sold")
		return strings.Contains(body, `"rows":`) && !strings.Contains(body, `"rows":0,"`) || a.count("/sold") > 0
	})
	a.kill(p, "files")
	p.until("everything is read", func() bool { return a.count("/sold") == files*rows*3/4 })
	a.write("data/orders/more.csv", numbers(files))
	time.Sleep(20 * time.Millisecond) // any moment will do
	a.kill(p, "files")
	p.until("what came is read", func() bool { return a.count("/sold") == (files+1)*rows*3/4 })
	p.stop()
	seen := map[string]bool{}
	for _, row := range a.export("sold") {
		id, _, _ := strings.Cut(row, ",")
		if seen[id] {
			t.Fatalf("order %s is there twice", id)
		}
		seen[id] = true
	}
	if len(seen) != (files+1)*rows*3/4 {
		t.Errorf("%d orders", len(seen))
	}
}

// TestPluginPrints has a plugin that prints to its standard output while it is read.
func TestPluginPrints(t *testing.T) {
	a := numbersApp(t, "first: 50\nprint: true")
	p := a.start("run")
	p.until("everything is there", func() bool { return a.count("/doubled") == 50 })
	p.until("it has printed", func() bool {
		return said(p.err.String(), "level=WARN", "number 40 is next", "plugin=millrace-connector-counting", "stream=stdout")
	})
	p.stop()
	a.wantNumbers(50)
}

// TestHostDies kills the host: its plugins end with it, and what it had is there again.
func TestHostDies(t *testing.T) {
	a := numbersApp(t, "first: 100\nmore: 100\npause: 5ms")
	p := a.start("run")
	p.until("changes come", func() bool { return a.count("/doubled") >= 120 })
	p.signal(syscall.SIGKILL)
	if r := p.wait(); r.code != -1 {
		t.Errorf("exit code %d", r.code)
	}
	p = a.start("run")
	p.until("everything is there", func() bool { return a.count("/numbers") == 200 && a.count("/doubled") == 200 })
	p.stop()
	a.wantNumbers(200)
}

// TestBadFileComes has a file that is not as it should be come while changes are followed: the others are read, and
// its rows, too, once it is repaired.
func TestBadFileComes(t *testing.T) {
	a := newShop(t, nil)
	p := a.start("run")
	p.until("the first read is done", func() bool { return a.count("/sold") == 3 })
	a.write("data/items/2.csv", "id,name,cost\n4,cup,4.5\n")
	p.until("it is told", func() bool {
		return said(p.err.String(), "source failed, it is opened again", "connection=shop", "data/items/2.csv")
	})
	a.write("data/orders/2.csv", "id,item,who\n13,1,dan\n14,4,eve\n")
	p.until("other files are read", func() bool { return a.count("/sold") == 4 })
	a.write("data/items/2.csv", "id,name,price\n4,cup,4.5\n")
	p.until("the repaired file is read", func() bool { return a.count("/sold") == 5 })
	p.stop()
	if got := a.export("sold"); !slices.Contains(got, "14,eve,cup,4.5") {
		t.Errorf("sold: %q", got)
	}
}

// TestTicker runs a third party's connector as its example says: built, dropped into the folder of plugins, and named.
func TestTicker(t *testing.T) {
	a := newApp(t, nil)
	a.copyExample("connector-ticker")
	a.write("c.yaml", strings.Replace(a.read("c.yaml"), "every: 100ms", "every: 5ms", 1))
	a.run("connectors").want(0)
	p := a.start("run")
	p.until("it ticks", func() bool { return a.count("/ticks") > 20 })
	// It keeps no rows: those that the host has taken must outlive the plugin and the host.
	a.kill(p, "ticker")
	before := a.count("/ticks")
	p.until("it ticks on", func() bool { return a.count("/ticks") > before })
	before = a.count("/ticks")
	p.signal(syscall.SIGKILL)
	p.wait()
	p = a.start("run")
	p.until("it ticks on", func() bool { return a.count("/ticks") > before })
	p.stop()
	seen := map[string]bool{}
	for _, row := range a.export("ticks") {
		n, _, _ := strings.Cut(row, ",")
		if seen[n] {
			t.Errorf("tick %s is there twice", n)
		}
		seen[n] = true
	}
	for i := range len(seen) {
		if !seen[strconv.Itoa(i)] {
			t.Fatalf("tick %d of %d is lost", i, len(seen))
		}
	}
	want := fmt.Sprintf("%d,%d", len(seen), len(seen)-1)
	if got := a.export("counted"); !slices.Equal(got, []string{want}) {
		t.Errorf("counted: %q, want %q", got, want)
	}
}

// TestDistance runs the example of a function.
func TestDistance(t *testing.T) {
	a := newApp(t, nil)
	a.copyExample("distance")
	link(t, filepath.Join(built, "geo.wasm"), filepath.Join(a.dir, "geo.wasm"))
	a.shareCompiled()
	r, rep := a.once()
	r.want(0, "rows became dead letters", "latitude out of range: 48.8867, 488.53")
	if rep.DeadLetters != 1 {
		t.Errorf("%d dead letters, want 1", rep.DeadLetters)
	}
	want := []string{"1,Berlin,1.12821", "2,Berlin,5.42685", "3,Paris,3.1625", "5,Oslo,0.444856", "6,Oslo,"}
	got := a.export("ride_lengths")
	if !slices.EqualFunc(got, want, strings.HasPrefix) {
		t.Errorf("ride_lengths: %q", got)
	}
	if got := a.export("cities"); len(got) != 3 || !strings.HasPrefix(got[0], "Berlin,2,3.27753") {
		t.Errorf("cities: %q", got)
	}
}

// copyExample takes over the configuration and the data of an example, with ports of our own.
func (a *app) copyExample(name string) {
	a.t.Helper()
	from := filepath.Join("..", "..", "examples", name)
	config, err := os.ReadFile(filepath.Join(from, "millrace.yaml"))
	if err != nil {
		a.t.Fatal(err)
	}
	a.write("c.yaml", string(config)+"\napi: {rest: {host: 127.0.0.1, port: $REST}, grpc: {host: 127.0.0.1, port: $GRPC}}\n")
	files, _ := filepath.Glob(filepath.Join(from, "data", "*"))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			a.t.Fatal(err)
		}
		a.write(filepath.Join("data", filepath.Base(file)), string(text))
	}
}

// TestPluginStops stops a plugin without ending it: the host can be ended all the same, and soon.
func TestPluginStops(t *testing.T) {
	for name, ready := range map[string]func(a *app) bool{
		"at its start":  func(a *app) bool { return len(a.pluginPIDs("counting")) == 1 },
		"while reading": func(a *app) bool { return a.count("/numbers") > 12 },
	} {
		t.Run(name, func(t *testing.T) {
			a := numbersApp(t, "first: 10\nmore: 1000")
			p := a.start("run")
			p.until(name, func() bool { return ready(a) })
			for _, pid := range a.pluginPIDs("counting") {
				if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
					t.Fatal(err)
				}
			}
			began := time.Now()
			p.signal(syscall.SIGTERM)
			p.wait().want(0)
			if took := time.Since(began); took > 15*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// TestSignals ends runs in every phase.
func TestSignals(t *testing.T) {
	a := numbersApp(t, "first: 200\npause: 20ms")
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
		p := a.start("run")
		p.until("the first read is under way", func() bool {
			status, body := a.get("/numbers")
			return status == 503 && strings.Contains(body, `"rows":`)
		})
		p.signal(s)
		p.wait().want(0)
		p = a.start("run", "app", "--once", "--report", "r.json")
		p.until("the plugin runs", func() bool { return len(a.pluginPIDs("counting")) == 1 })
		p.signal(s)
		p.wait().want(1, s.String(), "before everything was read")
		if !strings.Contains(a.read("r.json"), "before everything was read") {
			t.Errorf("report: %s", a.read("r.json"))
		}
	}
	// Nobody has to wait for what does not end.
	p := a.start("run")
	p.until("the plugin runs", func() bool { return len(a.pluginPIDs("counting")) == 1 })
	p.signal(syscall.SIGTERM)
	p.hasty = true
	time.Sleep(time.Millisecond)
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended already
	if r := p.wait(); r.code != 0 && r.code != 1 {
		r.want(0)
	}
	left, _ := filepath.Glob(filepath.Join(a.dir, ".millrace", "*.sock"))
	if left != nil && p.cmd.ProcessState.ExitCode() == 0 {
		t.Errorf("left behind: %v", left)
	}
}
