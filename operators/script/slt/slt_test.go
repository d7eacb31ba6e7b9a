package slt_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/operators/script/slt"
)

var rewrite = flag.Bool("rewrite", false, "write the answers of .slt files")

func open(name string) (string, error) {
	text, err := os.ReadFile(name)
	return string(text), err
}

// TestFiles: our own suites. With -rewrite their answers are written, to be reviewed.
func TestFiles(t *testing.T) {
	for _, pattern := range []string{"testdata/*.slt", "testdata/sqlite/*.slt"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no files: %v", err)
		}
		for _, file := range files {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".slt"), func(t *testing.T) { runFile(t, file) })
		}
	}
}

func runFile(t *testing.T, file string) {
	text, err := open(file)
	if err != nil {
		t.Fatal(err)
	}
	f, err := slt.Read(file, text, open)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r, err := f.Run(ctx, slt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Rewrite(r); *rewrite && got != text {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for i := range r.Failures {
		t.Error(r.Failures[i].String())
	}
	if r.Passed == 0 || r.Missing != "" {
		t.Errorf("%d checks passed, %q is missing", r.Passed, r.Missing)
	}
}
