package live

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// What all tests share.
var (
	programs string // has millrace and plugins/
	data     string // has a folder of Parquet files per table
	master   string // a SQLite database with the same rows
)

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "millrace-live-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = prepare(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "live:", err)
		return 1
	}
	return m.Run()
}

// prepare builds the programs, generates the data and loads it into SQLite.
func prepare(dir string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	programs, data, master = os.Getenv("LIVE_BIN"), filepath.Join(dir, "data"), filepath.Join(dir, "master.db")
	const module = "github.com/millrace-dev/millrace/"
	var steps [][]string
	if programs == "" {
		programs = dir
		plugin := filepath.Join(dir, "plugins", "millrace-connector-")
		steps = append(steps,
			[]string{"build", "-o", filepath.Join(dir, "millrace"), module + "host/cmd/millrace"},
			[]string{"build", "-o", plugin + "files", module + "connectors/files/cmd/millrace-connector-files"},
			[]string{"build", "-o", plugin + "push", module + "connectors/push/cmd/millrace-connector-push"})
	}
	steps = append(steps, []string{
		"run", module + "examples/scaling-ecommerce/generate", "-out", data,
		"-scale", cmp.Or(os.Getenv("LIVE_SCALE"), "0.00005"), "-orphans", "0.01",
	})
	for _, args := range steps {
		cmd := exec.CommandContext(ctx, "go", args...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("go %v: %w\n%s", args, err, out)
		}
	}
	return loadFiles(ctx, data, master)
}

// rounds returns how often a test repeats what it does.
func rounds(usual int) int {
	if n, err := strconv.Atoi(os.Getenv("LIVE_ROUNDS")); err == nil {
		return n
	}
	return usual
}

// random returns the source of a test's random choices, whose seed it logs.
func random(t *testing.T) *rand.Rand {
	t.Helper()
	seed, err := strconv.ParseUint(os.Getenv("LIVE_SEED"), 10, 64)
	if err != nil {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("LIVE_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // choices of a test
}
