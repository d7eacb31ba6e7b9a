package plan_test

import (
	"fmt"
	"testing"

	"github.com/millrace-dev/millrace/operators/plan/bind"
	"github.com/millrace-dev/millrace/operators/plan/rule"
	"github.com/millrace-dev/millrace/operators/sql/parse"
)

// TestPredicates: a connector is told only what every reader of a table tests first.
func TestPredicates(t *testing.T) {
	for _, c := range []struct{ sql, want string }{
		{"select price into x from order_items where order_id > 5 and 7 >= quantity and price > 1", "[{1 > 5} {3 <= 7}]"},
		{"select price into x from order_items where order_id = 5; select quantity into y from order_items where order_id = 5 and quantity < 3", "[{1 = 5}]"},
		{"select price into x from order_items where order_id = 5; select quantity into y from order_items", "[]"},
		{"select price into x from order_items where order_id = 5 or quantity < 3", "[]"},
		{"select price into x from order_items where order_id = 5 and 1 / quantity > 0", "[{1 = 5}]"}, // which guards the division
		{"select price, order_date into x from order_items i join orders o on i.order_id = o.order_id where i.order_id < 9", "[{1 < 9}]"},
		{"select price, order_date into x from orders o left join order_items i on i.order_id = o.order_id where o.order_id < 9", "[]"},
	} {
		statements, diags := parse.ParseScript("sql", c.sql)
		views, problems := bind.Bind(statements, shop(), bind.Options{})
		if len(diags)+len(problems) > 0 {
			t.Fatalf("%s: %v %v", c.sql, diags, problems)
		}
		best, err := rule.Optimise(views, shop())
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(best.Predicates("order_items")); got != c.want {
			t.Errorf("%s: got %s, want %s\n%s", c.sql, got, c.want, best.Explain(shop()))
		}
	}
}
