package script_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/operators/plan/bind"
	"github.com/millrace-dev/millrace/operators/script"
)

var rewrite = flag.Bool("rewrite", false, "write the answers of .delta scripts")

func TestScripts(t *testing.T) { run(t, "testdata/*.delta") }

// run runs the scripts that match the pattern, each as a test of its own, in all Ways. With -rewrite it writes
// their answers.
func run(t *testing.T, pattern string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts match %s: %v", pattern, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".delta"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := script.Parse(filepath.Base(file), string(text))
			if err != nil {
				t.Fatal(err)
			}
			answers, err := s.Check(script.Ways)
			if err != nil {
				t.Fatal(err)
			}
			got := s.Text(answers)
			if *rewrite && got != string(text) {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			for _, m := range s.Mismatches(answers) {
				t.Error(m)
			}
		})
	}
}

// TestParse: mistakes in a script name their line and what to write.
func TestParse(t *testing.T) {
	const head = "create table t (id int, s text)\ncreate table k (id int, primary key (id))\nview v as select id from t\n\n"
	for text, want := range map[string]string{
		"epoch\nu +1 1 x\n":            `x.delta:6: unknown table "u"`,
		"epoch\nt +1 1\n":              `x.delta:6: 1 values for the 2 columns of "t"`,
		"epoch\nt +1 one x\n":          `x.delta:6: column "id": "one" as int64`,
		"epoch\nt 0 1 x\n":             `"0" is no weight`,
		"epoch\nt put 1 x\n":           `put: the table "t" has no primary key`,
		"epoch\nt +1 1 \"x\n":          `does not end`,
		"explain\nt +1 1 x\n":          `explain takes no rows`,
		"epoch\n----\n\nepch\n":        `x.delta:8: "epch" is neither epoch nor explain`,
		"view w as select from\n":      `x.delta`,
		"create table t (id int)\n":    `two tables "t"`,
		"create table u (id number)\n": `unknown type`,
	} {
		if _, err := script.Parse("x.delta", head+text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

// TestText: a script comes back as it was written, with the answers that were given; odd values keep their form.
func TestText(t *testing.T) {
	const text = `# A comment.
create table t (id int, s text)

# Another one.
view v as select s
  from t

# Of the epoch.
epoch
t  +1  1 "a b"  # one
t  +2  2 ""
t  +1  3 "NULL"
t  +1  4 NULL
t  +1  5 "\"\\\n"
----
v  +2  ""
v  +1  "\"\\\n"
v  +1  "NULL"
v  +1  "a b"
v  +1  NULL

epoch
----

# The end.
`
	s, err := script.Parse("x.delta", text)
	if err != nil {
		t.Fatal(err)
	}
	answers, err := s.Check(script.Ways)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Text(answers); got != text {
		t.Errorf("got\n%s\nwant\n%s", got, text)
	}
}

// TestCompile: what is wrong with the statements is said with its place; warnings do not count.
func TestCompile(t *testing.T) {
	s, err := script.Parse("x.delta", "create table t (a int, b int)\n")
	if err != nil {
		t.Fatal(err)
	}
	_, err = script.Compile("x", s.Tables, "create view v as select a,\n c from t", bind.Options{})
	if want := `x:2:2: E2002: unknown column "c"`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
	if _, err := script.Compile("x", s.Tables, "select a, b into v from t group by a", bind.Options{Loose: true}); err != nil {
		t.Error(err)
	}
}

// FuzzParse: no script makes the parser panic, and what it takes it writes in a form that it takes again.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.delta")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := script.Parse("x", text)
		if err != nil {
			return
		}
		answers := func(s *script.Script) (out []string) {
			for _, b := range s.Blocks {
				out = append(out, b.Answer)
			}
			return out
		}
		once := s.Text(answers(s))
		again, err := script.Parse("x", once)
		if err != nil {
			t.Fatalf("%v\n%s", err, once)
		}
		if twice := again.Text(answers(again)); twice != once {
			t.Errorf("%q becomes %q", once, twice)
		}
	})
}
