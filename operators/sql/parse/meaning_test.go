package parse

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// TestMeaning holds what the parser library reads wrongly, or takes silently, when it sees the text
// itself: here each has its own meaning or is an error.
func TestMeaning(t *testing.T) {
	for text, want := range map[string]string{
		"select a || b":                                "SELECT (a || b)",
		`select "a"`:                                   `SELECT "a"`,
		"select date '2020-01-01'":                     "SELECT DATE '2020-01-01'",
		"select timestamp '2020-01-01 00:00:00'":       "SELECT TIMESTAMP '2020-01-01 00:00:00'",
		"select 'abc' 'def'":                           "E1057",
		"select N'abc'":                                "SELECT 'abc'",
		`select E'a\tb'`:                               "SELECT 'a\tb'",
		"select U&'x'":                                 "E1040",
		"select try_cast(a as int)":                    "SELECT TRY_CAST(a AS INT)",
		"select f(a as b)":                             "E1010",
		"select f(a b)":                                "E1010",
		"select 1 from a asof join b on true":          "SELECT 1 FROM a ASOF JOIN b ON TRUE",
		"select 1 from a semi join b on true":          "SELECT 1 FROM a SEMI JOIN b ON TRUE",
		"select 1 from a anti join b on true":          "SELECT 1 FROM a ANTI JOIN b ON TRUE",
		"select a//b from t":                           "E1010",
		"select a # c from t":                          "SELECT (a # c) FROM t",
		"select a--b\nfrom t":                          "SELECT a FROM t",
		"select a /*! , b */ from t":                   "SELECT a FROM t",
		`select 'a\'`:                                  `SELECT 'a\'`,
		`select '\\'`:                                  `SELECT '\\'`,
		"select !a":                                    "E1001",
		"select a && b":                                "E1040",
		"select 1e":                                    "E1005",
		"select 1 limit 1 union select 2":              "E1010",
		"select 1 from a cross join b":                 "SELECT 1 FROM a CROSS JOIN b",
		"select 1 from a join b":                       "E1052",
		"select 1 from a cross join b on a.x = b.x":    "E1053",
		"select 1":                                     "SELECT 1",
		"select -9223372036854775808":                  "SELECT -9223372036854775808",
		"select - -5":                                  "SELECT (- -5)",
		"select a ^ b * c":                             "SELECT ((a ^ b) * c)",
		"select a mod b":                               "SELECT (a % b)",
		"select a regexp b":                            "SELECT (a RLIKE b)",
		"explain garbage ((":                           "E1041",
		"desc x y z":                                   "E1010",
		"create view v as garbage":                     "E1010",
		"create table t garbage":                       "E1010",
		"select a from t for update":                   "E1040",
		"select a from t lock in share mode":           "E1010",
		"select next value from t":                     "SELECT next AS value FROM t",
		"select 1 from a use index (x)":                "E1010",
		"select @a":                                    "E1001",
		"select @@b":                                   "E1001",
		"select ?":                                     "E1001",
		"select :x":                                    "E1010",
		"select a from t offset 2":                     "SELECT a FROM t OFFSET 2",
		"select a from t intersect select b from u":    "SELECT a FROM t INTERSECT SELECT b FROM u",
		"select a from t except select b from u":       "SELECT a FROM t EXCEPT SELECT b FROM u",
		"select a from t emit changes":                 "SELECT a FROM t EMIT CHANGES",
		"select Date, KEY from T":                      "SELECT Date, KEY FROM T",
		"select a as Date":                             "SELECT a AS Date",
		"select count(*), count(distinct a, b) from t": "SELECT count(*), count(DISTINCT a, b) FROM t",
		"select a from (select 1) union select 2":      "SELECT a FROM (SELECT 1) UNION SELECT 2",
		"select a is null = b":                         "E1020",
		"select a > b = true":                          "E1021",
		"select straight_join a from t":                "SELECT straight_join AS a FROM t",
		"select sql_no_cache a from t":                 "SELECT sql_no_cache AS a FROM t",
		"select position(f(a in (1)) in b), position((a in (1)) in b)": "SELECT position(f((a IN (1))), b), position((a IN (1)), b)",
		"select binary a":                                 "SELECT binary AS a",
		"select a collate utf8":                           "SELECT (a COLLATE utf8)",
		"select group_concat(a separator 'x')":            "SELECT group_concat(a, 'x')",
		"select group_concat(a, b separator 'x')":         "E1010",
		"select a from t group by a with rollup":          "SELECT a FROM t GROUP BY ROLLUP (a)",
		"select a from t procedure analyse()":             "E1010",
		"select interval as day, interval a day":          "SELECT interval AS day, INTERVAL (a) DAY",
		"select a from dual":                              "SELECT a FROM dual",
		"select default(a), values(a), match(a), char(1)": "SELECT default(a), values(a), match(a), char(1)",
		"insert into t set a = 1":                         "E1010",
		"replace into t values (1)":                       "E1010",
		"set a = 1":                                       "E1041",
	} {
		if got := outcome(text); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", text, got, want)
		}
	}
}

// TestSetOps is the table of how set operations group.
func TestSetOps(t *testing.T) {
	for text, want := range map[string]string{
		"U U":   "((0 UNION 1) UNION 2)",
		"U E":   "((0 UNION 1) EXCEPT 2)",
		"E U":   "((0 EXCEPT 1) UNION 2)",
		"I I":   "((0 INTERSECT 1) INTERSECT 2)",
		"U I":   "(0 UNION (1 INTERSECT 2))",
		"I E":   "((0 INTERSECT 1) EXCEPT 2)",
		"E I U": "((0 EXCEPT (1 INTERSECT 2)) UNION 3)",
		"U I I": "(0 UNION ((1 INTERSECT 2) INTERSECT 3))",
	} {
		query := "SELECT 0"
		words := map[string]string{"U": "UNION", "E": "EXCEPT", "I": "INTERSECT"}
		for i, op := range strings.Fields(text) {
			query += fmt.Sprintf(" %s SELECT %d", words[op], i+1)
		}
		statements, diags := ParseScript("test", query)
		if len(diags) > 0 {
			t.Errorf("%s: %v", query, diags[0])
			continue
		}
		if got := setText(statements[0].(*ast.QueryStatement).Query.Body); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", query, got, want)
		}
	}
}

func setText(b ast.Body) string {
	if op, ok := b.(*ast.SetOp); ok {
		return "(" + setText(op.Left) + " " + op.Kind.String() + " " + setText(op.Right) + ")"
	}
	return ast.SQL(b.(*ast.Select).Items[0].Expr)
}

// outcome returns the canonical text of a script or the code of its first error.
func outcome(text string) string {
	statements, diags := ParseScript("test", text)
	if len(diags) > 0 {
		return diags[0].Code
	}
	var all []string
	for _, s := range statements {
		all = append(all, ast.SQL(s))
	}
	return strings.Join(all, "; ")
}

// TestPositions checks line and column of errors in texts with tabs, several kinds of line ends, characters of
// several bytes and comments.
func TestPositions(t *testing.T) {
	for text, want := range map[string]string{
		"select ,":            "1:8",
		"select a\nfrom":      "2:5",
		"select a\r\nfrom ,":  "2:6",
		"select\ta,\t,":       "1:11",
		"select 'äöü', 'ß' !": "1:19",
		"select 'äöü' from t where größe = ]":   "1:35",
		"/* a\n b */ select ,":                  "2:14",
		"-- ä\n\n  select ,":                    "3:10",
		"\ufeffselect ,":                        "1:9",
		"select 1;\nselect 2;\n\tselect ,;":     "3:9",
		"select (\n(1)":                         "2:4",
		"select a from t where x = 'abc":        "1:27",
		"select \"abc":                          "1:8",
		"select 1 /* abc":                       "1:10",
		"select\u00a0\u2003,":                   "1:9",
		"select a < b\n  < c":                   "2:3",
		"select a from t where not a\n = not b": "2:4",
		"select cast(a as\nint":                 "2:4",
		"select '日本' || ,":                      "1:16",
		"select 1e":                             "1:8",
		"select E'abc\\q'":                      "1:13",
	} {
		_, diags := ParseScript("s", text)
		if len(diags) == 0 {
			t.Errorf("%q is accepted", text)
			continue
		}
		if got := fmt.Sprintf("%d:%d", diags[0].Line, diags[0].Col); got != want {
			t.Errorf("%q: %v at %s, want %s", text, diags[0], got, want)
		}
	}
}

// TestAllErrors checks that every statement reports its mistake and that the good ones come through.
func TestAllErrors(t *testing.T) {
	statements, diags := ParseScript("views.sql", "select a; select ,; select b;; select (; select 'c' from t;\nselect ‘d; select")
	if len(statements) != 3 {
		t.Errorf("%d statements, want 3", len(statements))
	}
	var got []string
	for _, d := range diags {
		got = append(got, d.Error())
	}
	want := []string{
		"views.sql:1:18: unexpected ,; expected an expression",
		"views.sql:1:40: unexpected end of the statement; expected an expression",
		"views.sql:2:8: unexpected typographic quote ‘; use ' for strings and \" for names",
		"views.sql:2:18: unexpected end of the script; expected an expression",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestSpans checks that nodes know their places: each of these words is the text of a node.
func TestSpans(t *testing.T) {
	const text = "select (a + b) * c as x, f(d) over (order by e) from t u join (select 1) v on u.i = v.i where not y is null and (q, r) in (1, 2) or not not z"
	statements, diags := ParseScript("s", text)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	src := ast.NewSource("s", text)
	seen := map[string]bool{}
	ast.Walk(statements[0], func(n ast.Node) bool {
		seen[src.Slice(n.Span())] = true
		return true
	})
	for _, want := range []string{
		text, "(a + b) * c", "a + b", "f(d) over (order by e)", "(order by e)", "t u", "(select 1) v", "select 1",
		"t u join (select 1) v on u.i = v.i", "u.i = v.i", "not y is null", "y is null", "not y is null and (q, r) in (1, 2)",
		"(q, r) in (1, 2)", "(q, r)", "e", "not not z", "not z",
	} {
		if !seen[want] {
			t.Errorf("no node for %q", want)
		}
	}
}

// TestConcurrent parses in several goroutines at once; the race detector watches.
func TestConcurrent(t *testing.T) {
	text := read(t, "testdata/tpch.sql")
	want := outcome(text)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 3 {
				if outcome(text) != want {
					t.Error("another answer in another goroutine")
				}
			}
		})
	}
	wg.Wait()
}

// FuzzParseScript checks that any text is answered, in time, with errors inside the text or with trees that
// survive printing.
func FuzzParseScript(f *testing.F) {
	for name := range clean {
		for _, s := range strings.SplitAfter(read(f, "testdata/"+name+".sql"), ";\n") {
			f.Add(s)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 64<<10 {
			t.Skip()
		}
		start := time.Now()
		statements, diags := ParseScript("fuzz", text)
		if took := time.Since(start); took > time.Second {
			t.Errorf("%d bytes took %v", len(text), took)
		}
		for _, d := range diags {
			checkPlace(t, text, d)
		}
		for _, s := range statements {
			roundTrip(t, s)
		}
	})
}

// BenchmarkParse parses the 22 queries of TPC-H.
func BenchmarkParse(b *testing.B) {
	text := read(b, "testdata/tpch.sql")
	statements := 0
	for b.Loop() {
		got, _ := ParseScript("tpch", text)
		statements += len(got)
	}
	b.ReportMetric(float64(statements)/b.Elapsed().Seconds(), "statements/s")
	b.ReportAllocs()
}
