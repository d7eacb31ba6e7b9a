// Package e2e_test runs the product as its users do: the real program and real plugins, in processes of their own, with
// all that users do wrong. Every test gives each process a limited time, and checks of each that it leaves no other
// process behind and that nobody has to read a stack trace.
package e2e_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// built is where the program, the plugins and the guest modules are.
var built string

const plugin = "millrace-connector-"

func TestMain(m *testing.M) {
	if name, ok := strings.CutPrefix(filepath.Base(os.Args[0]), plugin); ok {
		rogue(name) // this program is a plugin, too: what its file is called says which
		return
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "e2e")
	if err == nil {
		built = dir
		defer os.RemoveAll(dir)
		err = build(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// build builds everything, at the same time.
func build(dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, "plugins"), 0o755); err != nil {
		return err
	}
	native := map[string]string{
		"millrace":                     "host/cmd/millrace",
		"plugins/" + plugin + "files":  "connectors/files/cmd/millrace-connector-files",
		"plugins/" + plugin + "push":   "connectors/push/cmd/millrace-connector-push",
		"plugins/" + plugin + "ticker": "examples/connector-ticker",
	}
	guests := map[string]string{"geo.wasm": "examples/distance", "rogue.wasm": "wasm/internal/testguest"}
	var parts sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	for _, group := range []struct {
		of    map[string]string
		env   []string
		flags []string
	}{
		{native, []string{"CGO_ENABLED=0"}, nil},
		{guests, []string{"GOOS=wasip1", "GOARCH=wasm"}, []string{"-buildmode=c-shared"}},
	} {
		for out, pkg := range group.of {
			parts.Go(func() {
				args := append([]string{"build", "-ldflags", "-s -w", "-o", filepath.Join(dir, out)}, group.flags...)
				cmd := exec.Command("go", append(args, "github.com/millrace-dev/millrace/"+pkg)...)
				cmd.Env = append(os.Environ(), group.env...)
				if text, err := cmd.CombinedOutput(); err != nil {
					mu.Lock()
					errs = append(errs, fmt.Errorf("%v: %w\n%s", cmd, err, text))
					mu.Unlock()
				}
			})
		}
	}
	parts.Wait()
	return errors.Join(errs...)
}

// link makes a file that is the same as another, by a link if the file system lets us.
func link(t *testing.T, from, to string) {
	t.Helper()
	if os.Link(from, to) == nil {
		return
	}
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

// output gathers what a process writes, and can be read meanwhile.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}
