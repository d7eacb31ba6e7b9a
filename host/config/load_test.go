package config

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write the answers of this run as the wanted ones")

// lookup is the environment of the tests.
func lookup(name string) (string, bool) {
	value, ok := map[string]string{
		"PG_PASSWORD": `p<&">`, "AWS_KEY": "AKIA", "AWS_SECRET": "a=b", "SECRET": "s3cret", "PORT": "7777", "LIMIT": "10", "EMPTY": "",
	}[name]
	return value, ok
}

// golden compares got with the file, or writes it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *rewrite {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
	}
}

// each calls f for every YAML file of a folder of testdata.
func each(t *testing.T, folder string, f func(t *testing.T, file string)) {
	files, err := filepath.Glob("testdata/" + folder + "/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("testdata/%s: %d files, %v", folder, len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) { f(t, file) })
	}
}

func TestMistakes(t *testing.T) {
	each(t, "mistakes", func(t *testing.T, file string) {
		_, err := Load(t.Context(), Options{Paths: []string{file}, Lookup: lookup})
		if _, ok := errors.AsType[Errors](err); !ok {
			t.Fatalf("got %v, want mistakes", err)
		}
		golden(t, strings.TrimSuffix(file, ".yaml")+".txt", strings.ReplaceAll(err.Error(), "testdata/mistakes/", "")+"\n")
	})
}

func TestOldSpellings(t *testing.T) {
	each(t, "old", func(t *testing.T, file string) {
		cfg, err := Load(t.Context(), Options{Paths: []string{file}, Lookup: lookup})
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.MarshalIndent(cfg, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, strings.TrimSuffix(file, ".yaml")+".json", strings.ReplaceAll(string(text), "testdata/old/", "")+"\n")
	})
}

// write makes files in a new working directory.
func write(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// load reads text as if it stood in dozer-config.yaml.
func load(t *testing.T, text string, o Options) (*Config, error) {
	t.Helper()
	if o.Lookup == nil {
		o.Lookup = lookup
	}
	return parse([]*source{{"c.yaml", []byte(text)}}, o)
}

func must(t *testing.T, text string) *Config {
	t.Helper()
	cfg, err := load(t, text, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestDefaultFiles(t *testing.T) {
	for _, c := range []struct {
		name   string
		files  []string
		want   []string
		strict bool
	}{
		{"ours", []string{"millrace.yaml", "dozer-config.yaml"}, []string{"millrace.yaml"}, true},
		{"Dozer's", []string{"dozer-config.yaml", "other.yaml"}, []string{"dozer-config.yaml"}, false},
		{"Dozer's, yml", []string{"dozer-config.yml"}, []string{"dozer-config.yml"}, false},
		{"with SQL", []string{"dozer-config.yaml", "queries/b.sql", "queries/a.sql", "queries/a.txt"}, []string{"dozer-config.yaml", "queries/a.sql", "queries/b.sql"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := map[string]string{}
			for _, f := range c.files {
				files[f] = "app_name: x\n"
				if strings.HasPrefix(f, "queries/") {
					files[f] = "select 1 into " + strings.TrimSuffix(filepath.Base(f), ".sql")
				}
			}
			write(t, files)
			cfg, err := Load(t.Context(), Options{Lookup: lookup})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(cfg.Files, c.want) || cfg.Strict != c.strict {
				t.Errorf("files %v, strict %v; want %v, %v", cfg.Files, cfg.Strict, c.want, c.strict)
			}
		})
	}
	t.Run("none", func(t *testing.T) {
		write(t, nil)
		for _, paths := range [][]string{nil, {"x.yaml"}, {"*.yaml"}} {
			if _, err := Load(t.Context(), Options{Paths: paths}); !errors.Is(err, ErrNotFound) && !strings.Contains(err.Error(), ErrNotFound.Error()) {
				t.Errorf("%v: got %v, want %v", paths, err, ErrNotFound)
			}
		}
	})
}

func TestMerge(t *testing.T) {
	write(t, map[string]string{
		"a.yaml": "app_name: x\nconnections:\n  - {name: a, config: !Files {}}\napi: {rest: {port: 1}}\nsql: select 1 into q1; -- end;\n",
		"b.yaml": "connections:\n  - {name: b, config: !Push {}}\napi: {rest: {host: h}, grpc: {port: 2}}\n",
		"q.sql":  "select 2 into q2;\n",
		"r.sql":  "select 3 into q3",
		"c.yaml": "app_name: y\nconnections: {}\n",
	})
	cfg, err := Load(t.Context(), Options{Paths: []string{"[ab].yaml", "*.sql"}, Stdin: strings.NewReader("home_dir: h\n")})
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Connections) != 2 || cfg.API.REST.Port != 1 || cfg.API.REST.Host != "h" || cfg.API.GRPC.Port != 2 || cfg.HomeDir != "h" {
		t.Errorf("merged: %+v", cfg)
	}
	if want := "select 1 into q1; -- end;\n;\nselect 2 into q2;\n\nselect 3 into q3"; cfg.SQL.Text != want {
		t.Errorf("SQL %q, want %q", cfg.SQL.Text, want)
	}
	for find, want := range map[string]string{"q1": "a.yaml:5:20", "2 into": "q.sql:1:8", "q3": "r.sql:1:15"} {
		if got := cfg.SQL.At(strings.Index(cfg.SQL.Text, find)).String(); got != want {
			t.Errorf("place of %q: %s, want %s", find, got, want)
		}
	}
	_, err = Load(t.Context(), Options{Paths: []string{"a.yaml", "c.yaml"}})
	want := "c.yaml:1:11: app_name: it is given here and at a.yaml:1:11: such values do not merge; remove one of them\n" +
		"c.yaml:2:14: connections: it is given here and at a.yaml:3:3: such values do not merge; remove one of them"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestOverrides(t *testing.T) {
	const text = "app_name: x\nconnections:\n  - name: a\n    config: !Files {path: p, 'a/b': 1}\n"
	cfg, err := load(t, text, Options{Overrides: []string{
		"/app/commit_size=7", "/home_dir=a=b", "/connections/0/config/Files/path=\"q\"", "/connections/0/config/a~1b=2",
		`/endpoints/-={"name":"e","path":"/e","table_name":"T"}`, "/endpoints/0/index/primary_key=[\"Id\"]",
	}})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(cfg.Connections[0].Config); got != `{"path":"q","a/b":2}` {
		t.Errorf("config %s", got)
	}
	if cfg.App.CommitSize != 7 || cfg.HomeDir != "a=b" || cfg.Endpoints[0].Index.PrimaryKey[0] != "Id" {
		t.Errorf("overridden: %+v", cfg)
	}
	for override, want := range map[string]string{
		"app=1":                  "it is not a JSON pointer",
		"/nope=1":                `unknown key "nope"`,
		"/connections/7/name=1":  "the list has only 1 items",
		"/connections/x/name=1":  `"x" is not a place in a list`,
		"/app_name/x=1":          "holds a single value",
		"/app/commit_size=[1":    "not valid YAML",
		"/app/commit_size=\"n\"": "is not a whole number",
	} {
		_, err := load(t, text, Options{Overrides: []string{override}})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "--config-overrides "+override) {
			t.Errorf("%s: got %v, want %s", override, err, want)
		}
	}
}

func TestLayers(t *testing.T) {
	env := func(name string) (string, bool) {
		v, ok := map[string]string{"MILLRACE_APP_WORKERS": "3", "MILLRACE_API_REST_PORT": "1000", "MILLRACE_HOME_DIR": "/env"}[name]
		return v, ok
	}
	cfg, err := load(t, "app: {workers: 2, commit_size: 9}\nhome_dir: /file\n", Options{
		Lookup: env, Set: map[string]string{"api.rest.port": "2000"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.App.Workers != 3 || cfg.App.CommitSize != 9 || cfg.API.REST.Port != 2000 || cfg.API.GRPC.Port != 50051 || cfg.HomeDir != "/env" {
		t.Errorf("layered: %+v", cfg)
	}
	_, err = load(t, "", Options{Set: map[string]string{"api.rest.prot": "1"}})
	if want := `command line: api.rest.prot: there is no such setting; did you mean "api.rest.port"?`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = load(t, "", Options{Lookup: func(n string) (string, bool) { return "x", n == "MILLRACE_APP_WORKERS" }})
	if want := `MILLRACE_APP_WORKERS: app.workers: "x" is not a whole number`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
