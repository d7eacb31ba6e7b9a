package script_test

import (
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/operators/script"
)

// TestDiff: lines that are missing have their numbers, equal ones stand only near differences.
func TestDiff(t *testing.T) {
	for _, c := range []struct{ want, got, diff string }{
		{"a b c", "a b c", ""},
		{"a b c d e f", "a b c x e f", "     8   b\n     9   c\n    10 - d\n       + x\n    11   e\n    12   f\n"},
		{"", "a b", "       + a\n       + b\n"},
		{"a b", "", "     7 - a\n     8 - b\n"},
		{"a b c d", "b c e d", "     7 - a\n     8   b\n     9   c\n       + e\n    10   d\n"},
		{"a b a b", "b a b a", "     7 - a\n     8   b\n     9   a\n    10   b\n       + a\n"},
	} {
		if got := script.Diff(7, strings.Fields(c.want), strings.Fields(c.got)); got != c.diff {
			t.Errorf("%q and %q:\n%swant\n%s", c.want, c.got, got, c.diff)
		}
	}
	many := strings.Fields(strings.Repeat("x ", 3000))
	if got := script.Diff(1, append([]string{"a"}, many...), append([]string{"b"}, many...)); !strings.HasPrefix(got, "     1 - a\n       + b\n") {
		t.Errorf("%.100s", got)
	}
}

// TestPlaces: what is wrong with a statement has its place in the file.
func TestPlaces(t *testing.T) {
	const head = "# A comment.\ncreate table t (a int)\n"
	for text, want := range map[string]string{
		head + "view v as\n  select a,\n    b from t -- here\n":                         `x:5:5: E2002: unknown column "b"`,
		head + "view v as select a from t;\n# Between.\nview w as select c from t\n":    `x:5:18: E2002: unknown column "c"`,
		head + "view v as select a from t -- fine\nselect d into w\n# Inside.\n from t": `x:4:8: E2002: unknown column "d"`,
		head + "view v as select a\n  from from t\n":                                    `x:4:8: `,
		head + "create table u (b numbr)\n":                                             `x:3: table "u": column "b": unknown type`,
		head + "  view v\n":                                                             `x:3:3: unexpected "view"`,
	} {
		s, err := script.Parse("x", text)
		if err == nil {
			_, err = s.Compile()
		}
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}
