package live

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestExample runs aggregate-config.yaml as it stands (but for its port of metrics) over 1.4 M rows and compares
// the export of its view with SQLite's answer on the same files.
func TestExample(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	run := func(name string, args ...string) {
		t.Helper()
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Dir = dir
		if name == "go" {
			cmd.Dir = ""
		}
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
	}
	folder := filepath.Join(dir, "3-full-data")
	run("go", "run", "github.com/millrace-dev/millrace/examples/scaling-ecommerce/generate", "-scale", "0.01", "-out", folder)
	config, err := os.ReadFile(filepath.Join("..", "aggregate-config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(config), "telemetry:")
	if err := os.WriteFile(filepath.Join(dir, "dozer-config.yaml"), []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	millrace := filepath.Join(programs, "millrace")
	run(millrace, "run", "app", "--once", "--plugin-dir", filepath.Join(programs, "plugins"), "--progress", "off")
	run(millrace, "export", "customer_orders_cache", "-o", "rows.ndjson")

	database := filepath.Join(dir, "oracle.db")
	if err := loadFiles(ctx, folder, database); err != nil {
		t.Fatal(err)
	}
	o, err := openOracle(database)
	if err != nil {
		t.Fatal(err)
	}
	defer o.db.Close()
	want, got := o.view(t, "customer_orders"), exported(t, filepath.Join(dir, "rows.ndjson"))
	if missing, extra := difference(want, got); len(want) < 100_000 || len(missing)+len(extra) > 0 {
		t.Errorf("%d rows of %d: missing %d, extra %d; the first: %v %v", len(got), len(want), len(missing), len(extra),
			missing[:min(3, len(missing))], extra[:min(3, len(extra))])
	}
}

// exported reads the rows of an export of customer_orders as rowText writes them, sorted.
func exported(t *testing.T, path string) (out []string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(content))
	for lines.Scan() {
		decode := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		decode.UseNumber()
		var row map[string]any
		if err := decode.Decode(&row); err != nil {
			t.Fatal(err)
		}
		row["items"] = row["COUNT(*)"]
		out = append(out, rowText(values("customer_orders", row)))
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}
