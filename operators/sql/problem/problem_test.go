package problem

import (
	"slices"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	for _, code := range []string{"E2002", "e2002", " w2001 "} {
		if e, ok := Find(code); !ok || !strings.EqualFold(e.Code, strings.TrimSpace(code)) {
			t.Errorf("%q: %v %v", code, e.Code, ok)
		}
	}
	if _, ok := Find("E9999"); ok {
		t.Error("E9999 is found")
	}
	if got := Nearest("E2202"); len(got) != 3 || !slices.Contains(got, "E2002") {
		t.Errorf("near E2202 are %v", got)
	}
	for word, want := range map[string]bool{"E2002": true, "w17": false, "w2017": true, "e": false, "orders": false, "E20O2": false, "events": false, "": false} {
		if IsCode(word) != want {
			t.Errorf("IsCode(%q) is %v", word, !want)
		}
	}
}

// TestTexts checks that each entry can be read in a terminal.
func TestTexts(t *testing.T) {
	for _, e := range Catalogue() {
		text := e.Text()
		if !strings.HasPrefix(text, e.Code+": "+e.Title+"\n\n") || !strings.HasSuffix(text, "\n") {
			t.Errorf("%s:\n%s", e.Code, text)
		}
		for line := range strings.Lines(fill(e.Means) + fill(e.Mend)) {
			if len(line) > width+1 {
				t.Errorf("%s: a line of %d: %s", e.Code, len(line), line)
			}
		}
		for _, part := range []string{e.Title, e.Means, e.Mend} {
			if lower := strings.ToLower(part); strings.Contains(lower, "failed to") || strings.Contains(lower, "invalid") {
				t.Errorf("%s: %q: name the thing, its place and the fix", e.Code, part)
			}
		}
	}
}

func TestRender(t *testing.T) {
	long := strings.Repeat("x", 80) + " mistake " + strings.Repeat("y", 80)
	for _, c := range []struct {
		r    Report
		want string
	}{
		{
			Report{Place: "a.sql:2:8", Msg: "E1010: unexpected FROM", Fix: "add one", Line: 2, Col: 8, Text: "SELECT FROM t", Width: 4},
			"a.sql:2:8: E1010: unexpected FROM\n  2 | SELECT FROM t\n    |        ^^^^\n  fix: add one\n",
		},
		{Report{Msg: "nothing is known"}, "nothing is known\n"},
		{Report{Place: "c", Msg: "m", Line: 1234, Col: 3, Text: "\t\tx", Width: 9}, "c: m\n1234 | \t\tx\n     | \t\t^\n"},
		{Report{Place: "c", Msg: "m", Line: 1, Col: 3, Text: "日本x", Width: 1}, "c: m\n  1 | 日本x\n    | \u3000\u3000^\n"},
		{Report{Place: "c", Msg: "m", Line: 1, Col: 99, Text: "ab", Width: 0}, "c: m\n  1 | ab\n    |   ^\n"},
		{Report{Place: "c", Msg: "m", Line: 1, Col: 0, Text: "", Width: 5}, "c: m\n  1 | \n    | ^\n"},
		{Report{Place: "c", Msg: "m", Line: 1, Col: 2, Text: "a\x1b[31m\xff\u009b", Width: 1}, "c: m\n  1 | a\ufffd[31m\ufffd\ufffd\n    |  ^\n"},
		{
			Report{Place: "c", Msg: "m", Line: 1, Col: 82, Text: long, Width: 7},
			"c: m\n  1 | ..." + strings.Repeat("x", 49) + " mistake " + strings.Repeat("y", 39) + "...\n    | " + strings.Repeat(" ", 53) + "^^^^^^^\n",
		},
	} {
		if got := c.r.Render(false); got != c.want {
			t.Errorf("got\n%s\nwant\n%s", got, c.want)
		}
	}
	r := Report{Place: "a:1:1", Msg: "W2001: m", Fix: "f", Line: 1, Col: 1, Text: "x", Width: 1, Warning: true}
	if got := r.Render(true); strings.Count(got, "\x1b[33;1m") != 2 || strings.Count(got, plain) != 6 {
		t.Errorf("%q", got)
	}
	r.Warning = false
	if got := r.Render(true); strings.Count(got, "\x1b[31;1m") != 2 {
		t.Errorf("%q", got)
	}
}

// FuzzRender shows any mistake in any text.
func FuzzRender(f *testing.F) {
	f.Add("SELECT a", "E1010: m", 3, 4)
	f.Fuzz(func(t *testing.T, text, msg string, col, width int) {
		got := Report{Place: "c", Msg: msg, Line: 1, Col: col, Text: text, Width: width}.Render(false)
		if !strings.Contains(got, "^") || len(got) > 10*len(text)+2*len(msg)+2_000 {
			t.Errorf("%q", got)
		}
	})
}
