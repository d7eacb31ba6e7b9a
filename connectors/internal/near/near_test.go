package near

import "testing"

func TestFix(t *testing.T) {
	for _, c := range []struct {
		s     string
		words []string
		want  string
	}{
		{"custmer_id", []string{"name", "customer_id"}, `did you mean "customer_id"?`},
		{"Name", []string{"name", "customer_id"}, `did you mean "name"?`},
		{"zzzzzz", []string{"name", "customer_id"}, "there is name, customer_id"},
		{"x", nil, "there is none"},
	} {
		if got := Fix(c.s, c.words); got != c.want {
			t.Errorf("%s: %s, want %s", c.s, got, c.want)
		}
	}
}
