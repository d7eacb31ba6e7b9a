package script_test

import (
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/operators/script"
	"github.com/millrace-dev/millrace/operators/sql/problem"
)

// TestFaults runs the examples of the codes that dead letters begin with: rows of the wrong one are parked for that
// reason, and none of the right one.
func TestFaults(t *testing.T) {
	const tables = `create table customers (customer_id int, name text)
create table orders (order_id int, customer_id int, total_amount float64)
view v as `
	const rows = `

epoch
customers +1 0 Ada
customers +1 1 Tom
orders +1 2 0 5
orders +1 3 0 206
----
`
	n := 0
	for _, e := range problem.Catalogue() {
		if !strings.HasPrefix(e.Code, "E4") || e.Wrong == "" {
			continue
		}
		n++
		for sql, wrong := range map[string]bool{e.Wrong: true, e.Right: false} {
			s, err := script.Parse(e.Code, tables+strings.TrimSuffix(strings.Replace(sql, " INTO v", "", 1), ";")+rows)
			if err != nil {
				t.Fatalf("%s: %v", e.Code, err)
			}
			answers, err := s.Check(script.Ways)
			if err != nil {
				t.Fatalf("%s: %v", e.Code, err)
			}
			text := s.Text(answers)
			if strings.Contains(text, "dead ") != wrong || strings.Contains(text, `"`+e.Code+": ") != wrong || !strings.Contains(text, "v  +1") && !wrong {
				t.Errorf("%s: %s\ngives\n%s", e.Code, sql, text)
			}
		}
	}
	if n < 6 {
		t.Errorf("only %d examples", n)
	}
}
