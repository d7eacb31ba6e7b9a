package plan_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/plan/bind"
	"github.com/millrace-dev/millrace/operators/plan/build"
	"github.com/millrace-dev/millrace/operators/plan/rule"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/operators/sql/parse"
	"github.com/millrace-dev/millrace/operators/sql/problem"
)

// elsewhere are the codes that no case of testdata/errors shows, and why.
var elsewhere = map[string]string{
	"E1030": "a MiB of text: TestLimits of package parse",
	"E1031": "100,000 words: TestLimits of package parse",
	"E1033": "200 mistakes: TestLimits of package parse",
	"E1099": "no text is known that brings it about; the fuzz tests look for one",
	"E3002": "the key stands in the config, not in the script: TestKeyOfNoColumn",
	"E3003": "a thousand tables: TestLimits",
	"E3004": "the budget is the host's: host/e2e",
	"E4001": "of rows, not of scripts: TestFaults of package script",
	"E4002": "of rows: TestFaults", "E4003": "of rows: TestFaults", "E4004": "of rows: TestFaults", "E4005": "of rows: TestFaults", "E4006": "of rows: TestFaults",
	"E4007": "modules belong to the host: host/e2e",
	"E4008": "of rows: testdata/keyed.delta of package script",
	"E4009": "of rows: testdata/keyed.delta of package script",
	"E4010": "of rows: testdata/window.delta of package script",
	"W2005": "which tables have an end is known to the host: host/e2e",
	"W2002": "which results are used is known in the config: host/app",
}

// TestErrors holds what is said about wrong scripts: testdata/errors/*.txt has scripts, and behind ---- what is
// shown. A script that starts with -- loose is one of a dozer-config.yaml.
func TestErrors(t *testing.T) {
	files, err := filepath.Glob("testdata/errors/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	shown := map[string]bool{}
	cases := 0
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			for piece := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n====\n") {
				sql, _, _ := strings.Cut(piece, "\n----\n")
				said := mistakes(t, sql)
				for _, code := range codes.FindAllStringSubmatch(said, -1) {
					shown[code[1]] = true
				}
				if said == "" {
					t.Errorf("nothing is wrong with\n%s", sql)
				}
				cases++
				if out.Len() > 0 {
					out.WriteString("====\n")
				}
				out.WriteString(sql + "\n----\n" + said)
			}
			if *rewrite {
				if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got := out.String(); strings.TrimSpace(got) != strings.TrimSpace(string(text)) {
				t.Errorf("run go test ./operators/plan -run Errors -rewrite and read the diff; got:\n%s", got)
			}
		})
	}
	if cases < 120 {
		t.Errorf("only %d cases", cases)
	}
	for _, e := range problem.Catalogue() {
		if _, ok := elsewhere[e.Code]; ok == shown[e.Code] {
			t.Errorf("%s (%s): add a case that shows it to operators/plan/testdata/errors and run go test ./operators/plan -run Errors -rewrite, "+
				"or say in `elsewhere` of errors_test.go why no script can; shown %v, elsewhere %v", e.Code, e.Title, shown[e.Code], ok)
		}
	}
}

var codes = regexp.MustCompile(`(?m)^sql:\d+:\d+: ([EW]\d{4}): `)

// mistakes returns what is shown about a script, all of it.
func mistakes(t *testing.T, sql string) string {
	t.Helper()
	var out strings.Builder
	src := ast.NewSource("sql", sql)
	show := func(p *plan.Problem) {
		line, col := src.Position(p.Span.Pos)
		if p.Span.Pos < 0 || p.Span.End < p.Span.Pos || p.Span.End > len(sql) || p.Code == "" || p.Msg == "" {
			t.Errorf("%s: bad place or text in %+v", sql, p)
		}
		out.WriteString(problem.Report{
			Place: fmt.Sprintf("sql:%d:%d", line, col), Msg: p.Code + ": " + p.Msg, Fix: p.Hint, Warning: p.Warning,
			Line: line, Col: col, Text: src.Line(line), Width: utf8.RuneCountInString(src.Slice(p.Span)),
		}.Render(false))
	}
	statements, diags := parse.ParseScript("sql", sql)
	var broken []string
	for _, d := range diags {
		out.WriteString(d.Render(src))
		broken = append(broken, d.Result)
	}
	views, problems := bind.Bind(statements, shop(), bind.Options{Loose: strings.HasPrefix(sql, "-- loose"), Broken: broken})
	failed := len(diags) > 0
	for _, p := range problems {
		show(p)
		failed = failed || !p.Warning
	}
	if failed {
		return out.String()
	}
	best, err := rule.Optimise(views, shop())
	if err == nil {
		_, err = build.New(best, build.Options{Catalog: shop()})
	}
	for _, p := range plan.Problems(err) {
		show(p)
	}
	return out.String()
}

// TestCatalogue checks the examples of the catalogue: the wrong one makes the mistake, the right one none.
func TestCatalogue(t *testing.T) {
	for _, e := range problem.Catalogue() {
		loose := ""
		if strings.HasPrefix(e.Code, "W") {
			loose = "-- loose\n"
		}
		if e.Wrong != "" && !strings.HasPrefix(e.Code, "E4") { // rows make that
			if said := mistakes(t, loose+e.Wrong); !strings.Contains(said, ": "+e.Code+": ") {
				t.Errorf("%s: the wrong example\n%s\ngives\n%s", e.Code, e.Wrong, said)
			}
		}
		if e.Right != "" {
			if said := mistakes(t, loose+e.Right); said != "" {
				t.Errorf("%s: the right example\n%s\ngives\n%s", e.Code, e.Right, said)
			}
		}
		if _, ok := problem.Find(strings.ToLower(e.Code)); !ok || !problem.IsCode(e.Code) {
			t.Errorf("%s is not found", e.Code)
		}
	}
}

// TestKeyOfNoColumn: a key that the config asks for is one of the view's columns.
func TestKeyOfNoColumn(t *testing.T) {
	statements, _ := parse.ParseScript("sql", "select name into v from customers")
	views, _ := bind.Bind(statements, shop(), bind.Options{})
	_, err := views[0].WithKey([]string{"nmae"}, shop())
	if got := plan.Problems(err); len(got) != 1 || got[0].Code != "E3002" || got[0].Hint != `did you mean "name"?` {
		t.Errorf("%v", err)
	}
}
