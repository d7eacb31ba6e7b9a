package host_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/host/config"
)

// TestReadme keeps the configuration that the README begins with loadable, and the README short.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	const maxLines = 200
	if lines := strings.Count(string(text), "\n"); lines > maxLines {
		t.Errorf("README.md has %d lines, at most %d", lines, maxLines)
	}
	_, rest, found := strings.Cut(string(text), "```yaml\n")
	if !found {
		t.Fatal("README.md has no configuration")
	}
	yaml, _, _ := strings.Cut(rest, "```")
	file := filepath.Join(t.TempDir(), "millrace.yaml")
	if err := os.WriteFile(file, []byte(yaml), 0o644); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(t.Context(), config.Options{Paths: []string{file}})
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Warnings) > 0 || len(cfg.Endpoints) != 1 || cfg.SQL.Text == "" {
		t.Errorf("README.md: warnings %v, %d endpoints, SQL %q", cfg.Warnings, len(cfg.Endpoints), cfg.SQL.Text)
	}
}
