package near

import (
	"fmt"
	"testing"
)

func TestFix(t *testing.T) {
	columns := []string{"id", "customer_id", "name", "total_amount", "columns"}
	var many []string
	for i := range 20 {
		many = append(many, fmt.Sprintf("column_number_%d", i))
	}
	for _, c := range []struct {
		word  string
		known []string
		want  string
	}{
		{"custmer_id", columns, `did you mean "customer_id"?`},
		{"customerId", columns, `did you mean "customer_id"?`},
		{"Total-Amount", columns, `did you mean "total_amount"?`},
		{"nema", columns, `did you mean "name"?`},
		{"cols", columns, `did you mean "columns"?`},
		{"ÄÖÜ", columns[:1], "known here: id"},
		{"zzzz", columns[:2], "known here: id, customer_id"},
		{"zzzz", nil, ""},
		{"", columns[:1], "known here: id"},
		{"_", columns[:1], "known here: id"},
		{"qqqqqqqqqqqqqqq", many[:17], "known here: column_number_0, column_number_1, column_number_2, column_number_3, column_number_4, column_number_5, column_number_6, column_number_7, column_number_8, column_number_9, column_number_10, column_number_11, column_number_12, column_number_13, column_number_14, column_number_15 and 1 more"},
	} {
		if got := Fix(c.word, c.known); got != c.want {
			t.Errorf("%q: %s, want %s", c.word, got, c.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"ab", "ba", 1}, {"kitten", "sitting", 3}, {"abc", "abc", 0}, {"ca", "abc", 3}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%s, %s: %d, want %d", c.a, c.b, got, c.want)
		}
		if got := distance(c.b, c.a); got != c.want {
			t.Errorf("%s, %s: %d, want %d", c.b, c.a, got, c.want)
		}
	}
}
