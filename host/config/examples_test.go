package config

import (
	"path/filepath"
	"testing"
)

// TestExamples loads the configurations of all examples: what is in Dozer's format stays loadable unchanged.
func TestExamples(t *testing.T) {
	var files []string
	for _, pattern := range []string{"*-config.yaml", "millrace.yaml"} {
		more, err := filepath.Glob("../../examples/*/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	if len(files) == 0 {
		t.Fatal("no example has a configuration")
	}
	for _, file := range files {
		cfg, err := Load(t.Context(), Options{Paths: []string{file}})
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if len(cfg.Endpoints) == 0 || len(cfg.Connections) == 0 {
			t.Errorf("%s: %d endpoints, %d connections", file, len(cfg.Endpoints), len(cfg.Connections))
		}
		for _, warning := range cfg.Warnings {
			t.Log(warning)
		}
	}
}
