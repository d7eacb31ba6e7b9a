package plan_test

import (
	"testing"

	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/plan/bind"
	"github.com/millrace-dev/millrace/operators/plan/rule"
	"github.com/millrace-dev/millrace/operators/sql/parse"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// TestTimeBounded: of a stream that time bounds no state grows without end.
func TestTimeBounded(t *testing.T) {
	stream := &plan.Table{Name: "clicks", Rows: 0, Schema: batch.Schema{Fields: []batch.Field{
		{Name: "k", Type: batch.T(batch.Int64)}, {Name: "at", Type: batch.T(batch.Timestamp), Nullable: true},
	}}}
	c := shop()
	c["clicks"] = stream
	for sql, grows := range map[string]bool{
		"select * into v from clicks c join orders o on c.k = o.order_id":                                                             true,
		"select * into v from ttl(clicks, at, '1 HOUR') c join orders o on c.k = o.order_id":                                          false,
		"select * into v from clicks c join orders o on c.k = o.order_id where c.at > now() - interval '1' hour":                      false,
		"select * into v from clicks c join orders o on c.k = o.order_id where c.at <= now()":                                         true,
		"select k, window_end, count(*) n into v from session(clicks, at, '1 HOUR', k) group by k, window_start, window_end":          true,
		"select k, window_end, count(*) n into v from session(ttl(clicks, at, '1 DAY'), at, '1 HOUR', k) group by 1, window_start, 2": false,
	} {
		statements, diags := parse.ParseScript("sql", sql)
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		views, problems := bind.Bind(statements, c, bind.Options{})
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		p, err := rule.Optimise(views, c)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.State(c).Streams; (len(got) > 0) != grows {
			t.Errorf("%s: streams %v", sql, got)
		}
	}
}
