package plan_test

import (
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/operators/plan/bind"
	"github.com/millrace-dev/millrace/operators/plan/build"
	"github.com/millrace-dev/millrace/operators/plan/rule"
	"github.com/millrace-dev/millrace/operators/sql/parse"
)

// TestArrangements counts the arrangements that explain says joins share, and looks that what it predicts counts them once.
func TestArrangements(t *testing.T) {
	const one = "select c.name, o.order_id into a from customers c join orders o on c.customer_id = o.customer_id"
	const two = one + ";select c.email, o.total_amount into b from customers c join orders o on c.customer_id = o.customer_id"
	const other = one + ";select c.email, o.total_amount into b from customers c join orders o on c.customer_id = o.order_id"
	const outer = one + ";select c.email, o.total_amount into b from customers c left join orders o on c.customer_id = o.customer_id"
	for _, c := range []struct {
		sql           string
		shared, reads int
	}{{one, 0, 0}, {two, 2, 2}, {other, 1, 1}, {outer, 1, 1}} { // a key that may be null is not shared where its rows are padded
		statements, _ := parse.ParseScript("sql", c.sql)
		views, _ := bind.Bind(statements, shop(), bind.Options{})
		p, err := rule.Optimise(views, shop())
		if err != nil {
			t.Fatal(err)
		}
		text := p.Explain(shop())
		if shared, reads := strings.Count(text, "readers, as arrangement"), strings.Count(text, "from arrangement"); shared != c.shared || reads != c.reads {
			t.Errorf("%s: %d shared and %d read, want %d and %d:\n%s", c.sql, shared, reads, c.shared, c.reads, text)
		}
		if _, err := build.New(p, build.Options{Catalog: shop()}); err != nil {
			t.Error(err)
		}
	}
}
