package config

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/sdk"
)

func TestSQLPlaces(t *testing.T) {
	for _, c := range []struct{ name, text, find, want string }{
		{"literal", "sql: |\n  select ä,\n    bee\n  from t\n", "bee", "c.yaml:3:5"},
		{"literal, last word", "sql: |\n  select ä, here\n", "here", "c.yaml:2:13"},
		{"literal with indentation indicator", "sql: |2-\n    select 1\n  from t\n", "from", "c.yaml:3:3"},
		{"literal after a comment", "sql: |  # all of it\n\n\n  select x\n", "x", "c.yaml:4:10"},
		{"folded", "sql: >\n  select a,\n  b\n\n  from t\n", "from", "c.yaml:5:3"},
		{"plain", "sql: select a\n  from t\n", "from", "c.yaml:2:3"},
		{"single quoted", "sql: 'select ''x'' from t'\n", "from", "c.yaml:1:20"},
		{"double quoted", "sql: \"select a,\\n  b from t\"\n", "from", "c.yaml:1:22"},
		{"tagged", "sql: &q\n  select b\n", "b", "c.yaml:2:10"},
		{"windows", "app_name: x\r\nsql: |\r\n  select a,\r\n    bee\r\n", "bee", "c.yaml:4:5"},
	} {
		cfg := must(t, c.text)
		if got := cfg.SQL.At(strings.LastIndex(cfg.SQL.Text, c.find)).String(); got != c.want {
			t.Errorf("%s: %q stands at %s, want %s", c.name, c.find, got, c.want)
		}
	}
}

func TestSQLPlacesAfterVariables(t *testing.T) {
	cfg := must(t, "sql: |\n  select ${LIMIT} as n, {{PORT}} as p,\n    $${x} as q\n")
	if want := "select 10 as n, 7777 as p,\n  ${x} as q\n"; cfg.SQL.Text != want {
		t.Fatalf("SQL %q, want %q", cfg.SQL.Text, want)
	}
	for find, want := range map[string]string{"10": "c.yaml:2:10", "0 as": "c.yaml:2:10", "as n": "c.yaml:2:19", "777 ": "c.yaml:2:25", "p,": "c.yaml:2:37", "q": "c.yaml:3:14"} {
		if got := cfg.SQL.At(strings.Index(cfg.SQL.Text, find)).String(); got != want {
			t.Errorf("%q stands at %s, want %s", find, got, want)
		}
	}
	if got := cfg.SQL.AtLine(2, 11).String(); got != "c.yaml:3:14" {
		t.Errorf("line 2, column 11 stands at %s", got)
	}
	for _, offset := range []int{-1, 1 << 20} {
		if got := cfg.SQL.At(offset); got.File != "c.yaml" {
			t.Errorf("offset %d stands at %v", offset, got)
		}
	}
}

func TestLocate(t *testing.T) {
	cfg := must(t, `connections:
  - name: files
    config: !Files
      details: {path: data}
      tables:
        - name: a
          config: !Parquet
            path: x
            extension:
        - name: b
          config: {CSV: {path: y}}
udfs:
  - name: geo
    config: !Wasm {path: g, fuel: 5}
`)
	for path, want := range map[string]string{
		"details.path":                  "c.yaml:4:23",
		"tables[0].config.path":         "c.yaml:8:19",
		"tables[0].config.Parquet.path": "c.yaml:8:19",
		"tables[0].config.extension":    "c.yaml:9:13",
		"tables[1].config.CSV.path":     "c.yaml:11:32",
		"tables[1].config.path":         "c.yaml:11:32",
		"tables[1].config.nope.deeper":  "c.yaml:11:19",
		"tables[9]":                     "c.yaml:6:9",
		"":                              "c.yaml:3:13",
	} {
		if got := cfg.Locate(0, path).String(); got != want {
			t.Errorf("%s stands at %s, want %s", path, got, want)
		}
	}
	if got := cfg.LocateUDF(0, "fuel").String(); got != "c.yaml:14:35" {
		t.Errorf("fuel stands at %s", got)
	}
	for path, want := range map[string]string{"udfs[0].name": "c.yaml:13:11", "connections[0].config.tables[1].name": "c.yaml:10:17", "api.rest": "c.yaml:1:1"} {
		if got := cfg.At(path).String(); got != want {
			t.Errorf("%s stands at %s, want %s", path, got, want)
		}
	}
	if got := cfg.Locate(3, "x"); got != (Pos{}) {
		t.Errorf("no connection stands at %v", got)
	}
}

func TestPlace(t *testing.T) {
	cfg := must(t, "connections:\n  - name: a\n    config: !Files\n      tables:\n        - {name: x, pth: y}\n")
	mistakes := sdk.ConfigErrors{{Path: "tables[0].pth", Msg: `unknown key "pth"`, Fix: `did you mean "path"?`}, {Msg: "no path"}}
	want := `c.yaml:5:26: connections[0].config.tables[0].pth: unknown key "pth"; did you mean "path"?` + "\n" +
		"c.yaml:3:13: connections[0].config: no path"
	if got := cfg.Place(0, fmt.Errorf("plugin: %w", mistakes)); got.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", got, want)
	}
	if got := cfg.Place(0, mistakes[1]); got.Error() != "c.yaml:3:13: connections[0].config: no path" {
		t.Errorf("got %v", got)
	}
	other := errors.New("other")
	if got := cfg.Place(0, other); !errors.Is(got, other) {
		t.Errorf("got %v", got)
	}
}

func TestVariables(t *testing.T) {
	cfg := must(t, `connections:
  - name: "${PORT}-{{ PORT }}-{{{PORT}}}-${NONE:-none}-${EMPTY:-empty}-${EMPTY}-$PORT-$${PORT}"
    config: !Pg
      port: ${PORT}
      quoted: "${PORT}"
      bare: {{PORT}}
      password: "{{PG_PASSWORD}}"
      zero: ${NONE:-007}
      yes: ${NONE:-true}
`)
	c := cfg.Connections[0]
	if want := "7777-7777-7777-none-empty--$PORT-${PORT}"; c.Name != want {
		t.Errorf("name %q, want %q", c.Name, want)
	}
	if want := `{"port":7777,"quoted":"7777","bare":7777,"password":"p<&\">","zero":"007","yes":true}`; string(c.Config) != want {
		t.Errorf("config %s, want %s", c.Config, want)
	}
}

// FuzzParse looks for input that panics, hangs, or is accepted with a place outside of the text.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"app_name: x\n", "a: &b [*b]", "<<: [1, {a: b}]", "sql: >\n  a\n\n b ${LIMIT}", "connections: [{name: a, config: !X {{PORT}}}]",
		"? [a]\n: b", "sql: \"\\u0041 b\"", "api: {rest: {port: 0x10}}", "endpoints: [{kind: !Api, name: 5}]", "udfs: [!X {}]", "- !<a b> c",
		"connections: [{db_type: [], authentication: 5}]", "sources: [{connection: !Ref }]", "connections: [{config: !A {tables: [{file_type: csv, config: }]}}]",
		"app: 5\ncommit_size: 4", "api: [1]", "api: {api_internal: 5}", "\xff\xfe", "sql: !a !b c", "sql: *x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cfg, err := load(t, text, Options{Overrides: []string{"/app/commit_size=5"}})
		if err != nil {
			_ = err.Error()
			return
		}
		for i := range len(cfg.SQL.Text) + 1 {
			if pos := cfg.SQL.At(i); pos.File == "c.yaml" && pos.Line > strings.Count(text, "\n")+1 {
				t.Fatalf("offset %d stands at %v of %q", i, pos, text)
			}
		}
		for i := range cfg.Connections {
			cfg.Locate(i, "tables[0].config.path")
		}
	})
}
