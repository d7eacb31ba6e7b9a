package cli

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/script"
	"github.com/millrace-dev/millrace/operators/sql/parse"
	"github.com/millrace-dev/millrace/sdk/batch"
)

const (
	goodDelta = "create table t (id int, s text)\nview v as select s, count(*) as n from t group by s\n\nepoch\nt  +1  1 a\nt  +1  2 a\n----\nv  +1  a 2\n"
	goodSlt   = "statement ok\nCREATE TABLE t (a INTEGER)\n\nstatement ok\nINSERT INTO t VALUES (1), (2)\n\nquery I rowsort\nSELECT a FROM t\n----\n1\n2\n\nskipif millrace\nquery I\nSELECT 1\n----\n"
)

// write writes files of a test.
func write(t *testing.T, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

var seconds = regexp.MustCompile(`[0-9.]+s\n`)

// TestTest: what the command prints, word for word.
func TestTest(t *testing.T) {
	bad := strings.Replace(goodDelta, "a 2", "a 1\nv  +1  b 1", 1)
	for _, c := range []struct {
		name  string
		files map[string]string
		args  string
		code  int
		out   string
		err   string // must be in what is said beside it
	}{
		{
			"all pass",
			map[string]string{"a.delta": goodDelta, "b.slt": goodSlt},
			"a.delta b.slt", Done,
			"2 files, 4 checks passed, 0 failed, 1 skipped\n", "",
		},
		{
			"folder",
			map[string]string{"d/a.delta": goodDelta, "d/e/b.test": goodSlt, "d/readme.md": "no test"},
			"-v -j 1 d", Done,
			"ok    d/a.delta  1 passed, 0 failed, 0 skipped  0s\nok    d/e/b.test  3 passed, 0 failed, 1 skipped  0s\n2 files, 4 checks passed, 0 failed, 1 skipped\n", "",
		},
		{
			"failures",
			map[string]string{"a.delta": bad, "b.slt": strings.Replace(goodSlt, "\n2\n\n", "\n3\n\n", 1) + "\nquery I\nSELECT b FROM t\n----\n"},
			"-v a.delta b.slt", Failed,
			`a.delta:4: the answer differs
     8 - v  +1  a 1
     9 - v  +1  b 1
       + v  +1  a 2

FAIL  a.delta  0 passed, 1 failed, 0 skipped  0s
b.slt:7: the answer differs
    SELECT a FROM t
    (in the order of rowsort)
    10   1
    11 - 3
       + 2

b.slt:18: an error
    SELECT b FROM t
    b.slt:19:8: E2002: unknown column "b"; did you mean "a"?

FAIL  b.slt  2 passed, 2 failed, 1 skipped  0s
2 files, 2 checks passed, 3 failed (refused E2002: 1, wrong: 2), 1 skipped
`, "millrace: 3 checks failed",
		},
		{
			"mistakes",
			map[string]string{"a.delta": "create table t (id int)\nview v as select\n  nothing from t\n\nepoch\n----\n", "b.slt": "qeury I\nSELECT 1\n"},
			"a.delta b.slt", Failed,
			`a.delta:3:3: E2002: unknown column "nothing"; known here: id

b.slt:1: unknown directive "qeury"; did you mean "query"?

2 files, 0 checks passed, 2 failed (file: 2)
`, "millrace: 2 checks failed",
		},
		{
			"rewrite",
			map[string]string{"a.delta": bad, "b.slt": goodSlt},
			"--rewrite a.delta b.slt", Done,
			"a.delta: rewritten\n2 files, 4 checks passed, 0 failed, 1 skipped\n", "",
		},
		{"require", map[string]string{"b.test": goodSlt + "\nrequire parquet\n"}, "b.test", Done, "b.test: the rest is skipped: it requires parquet\n1 file, 3 checks passed, 0 failed, 1 skipped\n", ""},
		{"engine", map[string]string{"b.test": goodSlt}, "--engine sqlite --sample 2 b.test", Failed, "b.test:14: the answer differs\n    SELECT 1\n       + 1\n\n1 file, 2 checks passed, 1 failed (wrong: 1), 1 skipped\n", ""},
		{"no file", nil, "", Usage, "", "requires at least 1 arg"},
		{"missing", nil, "none.slt", Usage, "", "none.slt"},
		{"empty folder", map[string]string{"d/x.md": ""}, "d", Usage, "", "there is no file that ends in .delta, .slt, .test"},
		{"jobs", map[string]string{"a.delta": goodDelta}, "-j 0 a.delta", Usage, "", "numbers from 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSession(t)
			write(t, c.files)
			code := s.call(append([]string{"test"}, strings.Fields(c.args)...)...)
			if got := seconds.ReplaceAllString(s.out.String(), "0s\n"); code != c.code || got != c.out {
				t.Errorf("exit code %d\n%swant %d\n%s", code, got, c.code, c.out)
			}
			if !strings.Contains(s.err.String(), c.err) {
				t.Errorf("beside it: %s", s.err.String())
			}
			if text, _ := os.ReadFile("a.delta"); c.name == "rewrite" && string(text) != goodDelta {
				t.Errorf("rewritten:\n%s", text)
			}
		})
	}
}

// testableApp is a fakeApp with a configuration to be tested.
type testableApp struct {
	*fakeApp
	sql   string
	asked int
}

func (a *testableApp) Subject(context.Context) (*Subject, error) {
	statements, diags := parse.ParseScript("config", a.sql)
	if len(diags) > 0 {
		return nil, diags[0]
	}
	return &Subject{
		Statements: statements,
		Views:      []Served{{Name: "latest", Result: "per_item", Key: []string{"item"}}, {Name: "all", Result: "counted"}},
		Tables: func() ([]*plan.Table, error) {
			a.asked++
			fields := []batch.Field{{Name: "item", Type: batch.T(batch.Utf8)}, {Name: "n", Type: batch.T(batch.Int64)}}
			return []*plan.Table{{Name: "orders", Rows: -1, Schema: batch.Schema{Fields: fields}}}, nil
		},
	}, nil
}

// TestTestConfig: a script uses the statements, views and tables of a configuration.
func TestTestConfig(t *testing.T) {
	const sql = "SELECT item, n INTO per_item FROM orders; SELECT count(*) AS c INTO counted FROM per_item"
	for _, c := range []struct {
		name, text string
		code       int
		words      string
		asked      int
	}{
		{"all views", "use config\n\nepoch\norders +1 pen 2\norders +1 pen 1\n----\nlatest  +1  pen 1\nall  +1  2\ndead unique  +1  pen 2 \"E4008: another row has this key\"\n", Done, "1 file, 1 checks passed", 1},
		{"one view", "use config all\n\nepoch\norders +1 pen 2\n----\nall  +1  1\n", Done, "1 checks passed", 1},
		{"own table", "use config latest\ncreate table orders (item text, n int, primary key (item))\n\nepoch\norders put pen 2\norders put pen 3\n----\nlatest  +1  pen 3\n", Done, "1 checks passed", 0},
		{"own view", "use config all\nview most as select item, max(n) as n from per_item group by item\n\nepoch\norders +1 pen 2\n----\nall  +1  1\nmost  +1  pen 2\n", Done, "1 checks passed", 1},
		{"unknown view", "use config al\n\nepoch\n----\n", Failed, `x.delta:1: use config: it serves no view "al"; did you mean "all"?`, 0},
		{"twice", "use config\nuse config\n", Failed, "x.delta:2: use config: once is enough", 0},
		{"wrong word", "use cofnig\n", Failed, "x.delta:1: use: write use config", 0},
		{"own table of another shape", "use config\ncreate table orders (id int)\n\nepoch\n----\n", Failed, `x.delta: the config, with the tables of the script: E2002: unknown column "item"`, 0},
		{"a name twice", "use config\nview latest as select 1 as one from orders\n\nepoch\n----\n", Failed, `the config serves a view "latest", too`, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSession(t)
			app := &testableApp{fakeApp: s.app, sql: sql}
			s.testable = app
			write(t, map[string]string{"x.delta": c.text})
			if code := s.call("test", "x.delta"); code != c.code || !strings.Contains(s.out.String(), c.words) || app.asked != c.asked {
				t.Errorf("exit code %d, asked %d times\n%s%s", code, app.asked, s.out.String(), s.err.String())
			}
		})
	}
	s := newSession(t)
	write(t, map[string]string{"x.delta": "use config\n"})
	if code := s.call("test", "x.delta"); code != Failed || !strings.Contains(s.out.String(), "cannot be tested") {
		t.Errorf("exit code %d: %s", code, s.out.String())
	}
	if _, err := script.Parse("x.delta", "use config\n"); err == nil || !strings.Contains(err.Error(), "name its file with -c") {
		t.Errorf("error %v", err)
	}
}
