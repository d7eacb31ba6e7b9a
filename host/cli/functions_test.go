package cli

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/operators/expr"
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

// libraryApp is a fakeApp with functions.
type libraryApp struct {
	*fakeApp
	err error
}

func (a *libraryApp) Functions(context.Context) ([]expr.Function, error) {
	return []expr.Function{{Name: "distance_km", Group: "of the configuration", Signature: "distance_km(float64, float64) -> float64", Help: "From the module geo."}}, a.err
}

// TestOwnFunctions lists the functions of the configuration beside the others.
func TestOwnFunctions(t *testing.T) {
	s := newSession(t)
	app := &libraryApp{fakeApp: s.app}
	s.testable = app
	for _, args := range [][]string{{"functions"}, {"functions", "distance_"}, {"functions", "DISTANCE_KM", "-c", "millrace.yaml"}} {
		s.out.reset()
		if code := s.call(args...); code != Done || !strings.Contains(s.out.String(), "distance_km(float64, float64) -> float64") || !strings.Contains(s.out.String(), "module geo") {
			t.Errorf("%v: %d\n%s\n%s", args, code, &s.out, &s.err)
		}
	}
	app.err = os.ErrPermission
	if code := s.call("functions"); code != Done || !strings.Contains(s.err.String(), "are missing: permission denied") || !strings.Contains(s.out.String(), "upper(text)") {
		t.Errorf("%d\n%s", code, &s.err)
	}
	if code := s.call("functions", "-c", "millrace.yaml"); code == Done {
		t.Error("functions of a named configuration may be missing")
	}
	if err := os.Remove("millrace.yaml"); err != nil {
		t.Fatal(err)
	}
	s.err.reset()
	if code := s.call("functions"); code != Done || s.err.String() != "" {
		t.Errorf("without a configuration: %d %s", code, &s.err)
	}
}
