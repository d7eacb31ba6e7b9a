package script_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/plan/bind"
	"github.com/millrace-dev/millrace/operators/plan/rule"
	"github.com/millrace-dev/millrace/operators/script"
	"github.com/millrace-dev/millrace/operators/sql/parse"
)

// dialectTables are what the examples of the dialect read, and their rows.
const dialectTables = `
create table o (id int, customer int, item text, amount int, price decimal(10,2), at timestamp, day date, note json, f double, paid boolean, primary key (id))
create table c (id int, name text, city text, at timestamp, primary key (id))
create table e (k int, v int, at timestamp)
view nothing as select id from c where id < 0

epoch 2024-01-01T10:00:00Z
c  +1  1 ann oslo 2024-01-01T09:00:00Z
c  +1  2 bob NULL 2024-01-01T09:30:00Z
c  +1  3 NULL rome NULL
----

epoch 2024-01-01T10:00:01Z
o  +1  1 1 pen 1 1.50 2024-01-01T09:10:00Z 2024-01-01 "{\"a\": 1, \"b\": [1, 2]}" 0.5 true
o  +1  2 1 ink 2 2.25 2024-01-01T09:11:00Z 2024-01-02 {} 1.5 false
o  +1  3 2 pen 4 9.99 2024-01-01T09:30:00Z 2024-01-31 NULL NULL NULL
o  +1  4 9 NULL NULL NULL NULL NULL NULL NULL true
e  +1  1 1 2024-01-01T09:58:30Z
e  +1  1 4 2024-01-01T09:59:30Z
e  +1  2 2 2024-01-01T08:00:00Z
----

epoch 2024-01-01T10:00:02Z
o  -1  2 1 ink 2 2.25 2024-01-01T09:11:00Z 2024-01-02 {} 1.5 false
o  +1  2 2 ink 3 2.25 2024-01-01T09:11:00Z 2024-01-02 {} 1.5 false
c  -1  3 NULL rome NULL
e  +1  3 3 2024-01-01T10:00:00Z
----

epoch 2024-01-01T11:30:00Z
o  +1  5 3 pad 1 0.01 2024-01-01T11:00:00Z 2024-02-29 "[]" 2.5 false
----
`

const dialectFile = "../sql/DIALECT.md"

// TestDialect: every construct of testdata/dialect.txt works, in all ways of running it, or is refused with its code.
// The table of them is what a user reads.
func TestDialect(t *testing.T) {
	text, err := os.ReadFile("testdata/dialect.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	out.WriteString("# The SQL of Millrace\n\nEvery construct, and whether it works: `TestDialect` runs each example, row by row and all at once, and writes this table.\n" +
		"`millrace functions` lists the functions; `millrace explain E2905` says more about a code.\n")
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if section, ok := strings.CutPrefix(line, "== "); ok {
			fmt.Fprintf(&out, "\n## %s\n\n| construct | | example |\n|---|---|---|\n", section)
			continue
		}
		if line == "" || line[0] == '#' {
			continue
		}
		what, rest := line, ""
		if at := states.FindStringSubmatchIndex(line); at != nil {
			what, rest = line[:at[0]], line[at[2]:]
		}
		want, sql, ok := strings.Cut(rest, " | ")
		if !ok {
			t.Fatalf("%q is no construct", line)
		}
		what, loose := strings.CutPrefix(what, "~ ")
		t.Run(what, func(t *testing.T) {
			if got := dialectState(t, sql, loose); got != want {
				t.Errorf("%s: %s, want %s", sql, got, want)
			}
		})
		fmt.Fprintf(&out, "| %s | %s | `%s` |\n", bar(what), want, bar(sql))
	}
	out.WriteString("\n## Where PostgreSQL or MySQL gives another value\n\nThousands of expressions of hostile values are compared with PostgreSQL 15, and calls of functions that it has not with\n" +
		"MariaDB 10.11; these are all kinds of differences.\n")
	out.WriteString(dialectDifferences(t, "postgres", "PostgreSQL") + dialectDifferences(t, "mysql", "MySQL"))
	if f := flag.Lookup("rewrite"); f != nil && f.Value.String() == "true" {
		if err := os.WriteFile(dialectFile, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(dialectFile); err != nil || string(have) != out.String() {
		t.Errorf("%s is not up to date (%v): run go test ./operators/script -run Dialect -rewrite", dialectFile, err)
	}
}

func bar(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// dialectDifferences writes the table of expressions that another engine evaluates otherwise; TestDifferences of
// operators/plan evaluates them.
func dialectDifferences(t *testing.T, folder, engine string) string {
	text, err := os.ReadFile("../plan/testdata/" + folder + "/differences.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "\n| expression | Millrace | %s | |\n|---|---|---|---|\n", engine)
	code := func(s string) string {
		if s == "" {
			return "(empty)"
		}
		return "`" + bar(s) + "`"
	}
	for line := range strings.Lines(string(text)) {
		if c := strings.Split(strings.TrimSuffix(line, "\n"), " || "); len(c) == 4 {
			fmt.Fprintf(&out, "| %s | %s | %s | %s |\n", code(c[0]), code(c[1]), code(c[2]), bar(c[3]))
		}
	}
	return out.String()
}

var states = regexp.MustCompile(` \| (works|[EW]\d{4}) \| `)

// dialectState runs views in all ways and returns "works", or the code that they are refused with.
func dialectState(t *testing.T, sql string, loose bool) string {
	t.Helper()
	s, err := script.Parse("dialect", dialectTables)
	if err != nil {
		t.Fatal(err)
	}
	s.SQL, s.Loose = sql, loose
	if code := refusedWith(s); code != "" {
		return code
	}
	answers, err := s.Check(script.Ways)
	if err != nil {
		return err.Error()
	}
	if strings.Join(answers, "") == "" {
		return "works, but has no rows"
	}
	return "works"
}

// refusedWith returns the code of the first mistake of a script, or "".
func refusedWith(s *script.Script) string {
	statements, diags := parse.ParseScript(s.Name, s.SQL)
	if len(diags) > 0 {
		return diags[0].Code
	}
	views, problems := bind.Bind(statements, script.Tables(s.Tables), bind.Options{Loose: s.Loose})
	_, err := rule.Optimise(views, script.Tables(s.Tables))
	for _, p := range append(problems, plan.Problems(err)...) {
		if !p.Warning {
			return p.Code
		}
	}
	return ""
}
