package slt_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/operators/script/slt"
)

// TestMistakes: what the reader does not take is named with its line.
func TestMistakes(t *testing.T) {
	files := func(name string) (string, error) {
		switch name {
		case "deep.txt":
			return "include deep.txt\n", nil
		case "bad.txt":
			return "\nstatement\n", nil
		}
		return "", fmt.Errorf("there is no %s", name)
	}
	for text, want := range map[string]string{
		"\nquerry I\nSELECT 1\n":               `x.slt:2: unknown directive "querry"; did you mean "query"?`,
		"pragma x\n":                           `x.slt:1: unknown directive "pragma"; this reader knows statement, query`,
		"statement\nSELECT 1\n":                `x.slt:1: statement: write statement ok, error, count N or maybe`,
		"statement fine\nSELECT 1\n":           `statement fine: write statement ok`,
		"statement ok\n\n":                     `x.slt:2: there is no SQL`,
		"statement ok con1\nSELECT 1\n":        `"con1": there are no named connections`,
		"statement count x\nSELECT 1\n":        `statement count: "x" is no number`,
		"statement count\nSELECT 1\n":          `statement count needs a number`,
		"statement error (\nSELECT 1\n":        `the pattern of an error`,
		"query i\nSELECT 1\n":                  `query i: write a letter for each column`,
		"query I rowsrt\nSELECT 1\n":           `unknown order "rowsrt"; did you mean "rowsort"?`,
		"query I rowsort a b\nSELECT 1\n":      `"b" behind the label "a"`,
		"query I colnames\nSELECT 1\n":         `colnames is not supported`,
		"query I\n----\n1\n":                   `there is no SQL`,
		"skipif\n":                             `skipif needs the name of an engine`,
		"hash-threshold many\n":                `hash-threshold: "many" is no number`,
		"endloop\n":                            `endloop without a loop`,
		"loop i 0 2\nstatement ok\nSELECT 1\n": `a loop has no endloop`,
		"loop i 0\n":                           `loop: write loop VAR FROM TO`,
		"loop i 0 x\nendloop\n":                `loop: write two numbers`,
		"loop i 0 9999999999\nendloop\n":       `loop: write two numbers`,
		"foreach t <numeric>\nendloop\n":       `<numeric> is not supported; list the values`,
		strings.Repeat("loop i 0 2\n", 30):     `x.slt:17: loops in loops more than 16 deep`,
		"mode\n":                               `mode needs a word`,
		"mode output_csv\n":                    `mode output_csv is not supported; write skip or unskip`,
		"require\n":                            `require needs a name`,
		"control sortmode\n":                   `control: write sortmode or resultmode`,
		"control sortmode up\n":                `control sortmode up is not supported`,
		"include\n":                            `include needs the name of a file`,
		"include none.txt\n":                   `x.slt:1: include: there is no none.txt`,
		"include deep.txt\n":                   `files include each other more than 16 deep`,
		"include bad.txt\n":                    `x.slt:1: include: bad.txt:2: statement: write`,
	} {
		if _, err := slt.Read("x.slt", text, files); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
	if _, err := slt.Read("x", "include y\n", nil); err == nil || !strings.Contains(err.Error(), "there are no other files here") {
		t.Errorf("error %v", err)
	}
}

// runText runs a text and returns the result.
func runText(t *testing.T, text string, o slt.Options) (*slt.File, *slt.Result) {
	t.Helper()
	f, err := slt.Read("x.slt", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return f, r
}

const made = "statement ok\nCREATE TABLE t (a INTEGER, b TEXT, x DOUBLE)\n\nstatement ok\nINSERT INTO t VALUES (2, 'two', 0.5), (1, NULL, 12), (10, '', -0.0625)\n\n"

// TestAnswers: the forms in which an answer may be given.
func TestAnswers(t *testing.T) {
	for _, query := range []string{
		"query ITR rowsort\nSELECT * FROM t\n----\n1\nNULL\n12.000\n10\n(empty)\n-0.062\n2\ntwo\n0.500\n",
		"query ITR rowsort\nSELECT * FROM t\n----\n1\tNULL\t12\n2\ttwo\t0.5\n10\t(empty)\t-0.0625\n",
		"query ITR rowsort\nSELECT * FROM t\n----\n1  NULL  12.0\n2 two 5e-1\n10 (empty) -0.0625\n",
		"query ITR valuesort\nSELECT * FROM t\n----\n-0.062\n(empty)\n0.500\n1\n10\n12.000\n2\nNULL\ntwo\n",
		"query I rowsort\nSELECT a FROM t\n----\n3 values hashing to 91FF90854a35e9226df03b9b06c2f9c8\n",
		"query ITR\nSELECT * FROM t ORDER BY x DESC\n----\n1 NULL 12\n2 two 0.5\n10 (empty) -0.0625\n",
		"query IR\nSELECT a, x FROM t ORDER BY b NULLS FIRST\n----\n1 12\n10 -0.0625\n2 0.5\n",
		"query I\nSELECT x FROM t ORDER BY a\n----\n12\n0\n0\n",
		"query T\nSELECT b FROM t WHERE a = 2\n----\n<REGEX>:t.o\n",
		"query I\nSELECT a FROM t\n----\n10\n2\n1\n",
		"query R\nSELECT 1 / 3.0E0 FROM t WHERE a = 2\n----\n0.333333\n",
		"query P\nSELECT TIMESTAMP '2024-02-03 04:05:06.7'\n----\n2024-02-03T04:05:06.700Z\n",
		"query T\nSELECT b FROM t WHERE a = 2\n----\n<!REGEX>:.*x\n",
		"query\nSELECT a, b FROM t WHERE a = 2\n----\n2 two\n",
		"query I\nSELECT a > 1 FROM t ORDER BY a\n----\n0\n1\n1\n",
		"query I\nSELECT a > 1 FROM t ORDER BY a\n----\nfalse\ntrue\ntrue\n",
		"query I\nSELECT '12 apples'\n----\n12\n",
		"query T\nSELECT E'a\\tb'\n----\na@b\n",
		"query I\nSELECT a FROM t WHERE a > 99\n----\n",
		"query I\nSELECT a FROM t WHERE a > 99\n",
		"query error division by zero\nSELECT 1 / 0 FROM t\n",
		"statement error\nSELECT nothing\n----\nunknown column\n",
		"statement error\nSELECT nothing\n----\n<REGEX>:unknown.*nothing\n",
	} {
		if _, r := runText(t, made+query, slt.Options{}); len(r.Failures) > 0 || r.Passed != 3 {
			t.Errorf("%d passed: %v", r.Passed, r.Failures)
		}
	}
}

// hint is what an error says behind its message.
var hint = regexp.MustCompile(`; .*`)

// TestFailures: what is wrong is told with its line, its cause and what differs.
func TestFailures(t *testing.T) {
	for query, want := range map[string]string{
		"query I rowsort\nSELECT a FROM t\n----\n1\n2\n3\n": `x.slt:7: the answer differs
    SELECT a FROM t
    (in the order of rowsort)
    10   1
       + 10
    11   2
    12 - 3
`,
		"query II\nSELECT a, x FROM t WHERE a = 2\n----\n2\t1\n": `x.slt:7: the answer differs
    SELECT a, x FROM t WHERE a = 2
    10 - 2	1
       + 2	0
`,
		"query I\nSELECT a,\n nothing FROM t\n----\n": `x.slt:7: an error
    SELECT a,
     nothing FROM t
    x.slt:9:2: E2002: unknown column "nothing"
`,
		"query I\nSELECT a, b FROM t\n----\n": `x.slt:7: the answer differs
    SELECT a, b FROM t
    10 - 1 columns: I
       + 2 columns
`,
		"statement error\nSELECT 1\n": `x.slt:7: there is no error
    SELECT 1
    there must be one
`,
		"query error column\nSELECT 1 FROM nowhere\n": `x.slt:7: another error
    SELECT 1 FROM nowhere
     7 - error (?i)column
       + error E2001: unknown table "nowhere"
`,
		"statement count 3\nDELETE FROM t WHERE a > 1\n": `x.slt:7: the answer differs
    DELETE FROM t WHERE a > 1
     7 - statement count 3
       + statement count 2
`,
		"query I rowsort same\nSELECT 1\n----\n1\n\nquery I rowsort same\nSELECT 2\n----\n2\n": `x.slt:12: the answer differs
    SELECT 2
    the answer under the label same differs from that in line 7
`,
		"query I rowsort\nSELECT a FROM t\n----\n3 values hashing to 00000000000000000000000000000000\n": `x.slt:7: the answer differs
    SELECT a FROM t
    (in the order of rowsort)
    10 - 3 values hashing to 00000000000000000000000000000000
       + 3 values hashing to 91ff90854a35e9226df03b9b06c2f9c8
       + 1
       + 10
       + 2
`,
	} {
		_, r := runText(t, made+query, slt.Options{})
		if len(r.Failures) != 1 {
			t.Errorf("%d failures, want\n%s", len(r.Failures), want)
		} else if got := hint.ReplaceAllString(r.Failures[0].String(), ""); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

// TestSkipping: what is skipped is counted, and what a file requires is named.
func TestSkipping(t *testing.T) {
	text := made + "skipif sqlite\nquery I\nSELECT 1\n----\n1\n\nonlyif SQLite\nquery I\nSELECT 2\n----\n2\n\nmode skip\n\nquery I\nSELECT 3\n----\n\n"
	for engine, passed := range map[string]int{"": 3, "sqlite": 3, "millrace": 3} {
		if _, r := runText(t, text, slt.Options{Engine: engine}); r.Passed != passed || r.Skipped != 2 {
			t.Errorf("%q: %d passed, %d skipped: %v", engine, r.Passed, r.Skipped, r.Failures)
		}
	}
	_, r := runText(t, made+"require parquet\n\nquery I\nSELECT 1\n----\n2\n", slt.Options{})
	if r.Missing != "parquet" || r.Passed != 2 || len(r.Failures) > 0 {
		t.Errorf("missing %q, %d passed", r.Missing, r.Passed)
	}
	_, r = runText(t, made+strings.Repeat("query I\nSELECT 1\n----\n1\n\n", 10), slt.Options{Sample: 5})
	if r.Passed != 4 || r.Skipped != 8 {
		t.Errorf("%d passed, %d skipped", r.Passed, r.Skipped)
	}
}

// TestRewrite: answers are written in the form that they had; right ones stay.
func TestRewrite(t *testing.T) {
	text := made + "# Kept.\nquery IT rowsort\nSELECT a, b FROM t\n----\nx\ty\n\nquery IR\nSELECT a, x FROM t ORDER BY a\n----\n\nquery I\nSELECT a FROM t ORDER BY a\n----\n1\n2\n10\n\n" +
		"hash-threshold 2\n\nquery I rowsort\nSELECT a FROM t WHERE a < 9\n----\n\nquery I rowsort\nSELECT a FROM t\n----\n"
	want := made + "# Kept.\nquery IT rowsort\nSELECT a, b FROM t\n----\n1\tNULL\n10\t(empty)\n2\ttwo\n\nquery IR\nSELECT a, x FROM t ORDER BY a\n----\n1\n12.000\n2\n0.500\n10\n-0.062\n\nquery I\nSELECT a FROM t ORDER BY a\n----\n1\n2\n10\n\n" +
		"hash-threshold 2\n\nquery I rowsort\nSELECT a FROM t WHERE a < 9\n----\n1\n2\n\nquery I rowsort\nSELECT a FROM t\n----\n3 values hashing to "
	f, r := runText(t, text, slt.Options{})
	got := f.Rewrite(r)
	if !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	again, r := runText(t, got, slt.Options{})
	if len(r.Failures) > 0 || again.Rewrite(r) != got {
		t.Errorf("%v\n%s", r.Failures, again.Rewrite(r))
	}
}

// FuzzRead: no file makes the reader panic, and what is rewritten without answers stays the same.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.slt")
	if err != nil {
		f.Fatal(err)
	}
	more, err := filepath.Glob("testdata/*.slt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, more...) {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		read, err := slt.Read("x", text, func(string) (string, error) { return "halt", nil })
		if err != nil {
			return
		}
		if got := read.Rewrite(&slt.Result{}); got != text {
			t.Errorf("%q becomes %q", text, got)
		}
	})
}

// FuzzExec: no statement makes the database panic.
func FuzzExec(f *testing.F) {
	for _, text := range []string{
		"CREATE TABLE u (a INT UNIQUE, b VARCHAR(3) DEFAULT 'x', UNIQUE (a, b), PRIMARY KEY (a))", "DROP TABLE IF EXISTS t",
		"CREATE UNIQUE INDEX i ON t (a, b DESC)", "INSERT INTO t (b, a) VALUES (1, 'x'), (NULL, NULL)", "UPDATE t SET a = a + 1 WHERE b LIKE 'x%'",
		"DELETE FROM t WHERE a IN (SELECT max(a) FROM t)", "BEGIN", "ROLLBACK", "CREATE VIEW v AS SELECT * FROM t", "SELECT * FROM t, t AS u ORDER BY 1",
		"CREATE TABLE u AS SELECT a, b FROM t",
	} {
		f.Add(text, text)
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		d := slt.New()
		ctx := context.Background()
		for _, sql := range []string{"CREATE TABLE t (a INTEGER, b TEXT)", "INSERT INTO t VALUES (1, 'one'), (2, NULL)", one, two, "SELECT * FROM t"} {
			_, _ = d.Exec(ctx, sql) // only that it returns
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
}
