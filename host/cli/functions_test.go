package cli

import (
	"strings"
	"testing"
)

func TestFunctions(t *testing.T) {
	for _, c := range []struct {
		args, has []string
		not       string
	}{
		{[]string{}, []string{"operators:", "text:", "upper(text) -> text", "The text in capitals.", "aggregates:", "sum(number)", "tables:", "tumble("}, "bit_not"},
		{[]string{"UPPER"}, []string{"upper (text)", "upper(text) -> text", "upper('tom') -> TOM"}, "lower"},
		{[]string{"regexp_*"}, []string{"regexp_like(text, text[, text]) -> bool", "regexp_extract("}, "upper"},
		{[]string{"split"}, []string{"split_part(", "split_index("}, "upper"},
		{[]string{"--", "->>"}, []string{"json ->> text -> text", "'{\"a\": 1, \"b\": \"x\"}'::json ->> 'b' -> x"}, "#>"},
		{[]string{"count"}, []string{"count (aggregates)"}, "upper"},
	} {
		s := newSession(t)
		code := s.call(append([]string{"functions"}, c.args...)...)
		out, errOut := s.out.String(), s.err.String()
		if code != 0 {
			t.Errorf("%v: %d %s", c.args, code, errOut)
		}
		for _, want := range c.has {
			if !strings.Contains(out, want) {
				t.Errorf("%v does not say %q:\n%s", c.args, want, out)
			}
		}
		if strings.Contains(out, c.not) {
			t.Errorf("%v says %q", c.args, c.not)
		}
	}
	s := newSession(t)
	if code := s.call("functions", "uper"); code == Done || !strings.Contains(s.err.String(), `did you mean "upper"`) {
		t.Errorf("%d %s", code, &s.err)
	}
}
