package plan_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/plan/bind"
	"github.com/millrace-dev/millrace/operators/plan/rule"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/operators/sql/parse"
	"github.com/millrace-dev/millrace/sdk/batch"
)

var rewrite = flag.Bool("rewrite", false, "write the answers of the scripts")

// catalog is a plan.Catalog of the tables that a test declares.
type catalog map[string]*plan.Table

func (c catalog) Table(name string) (*plan.Table, bool) {
	t, ok := c[name]
	return t, ok
}

func (c catalog) Names() (names []string) {
	for name := range c {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func shop() catalog {
	c := catalog{}
	add := func(name string, rows int64, key string, columns ...string) {
		t := &plan.Table{Name: name, Rows: rows}
		for i, col := range columns {
			n, kind, _ := strings.Cut(col, " ")
			typ, err := batch.ParseType(kind)
			if err != nil {
				panic(err)
			}
			t.Schema.Fields = append(t.Schema.Fields, batch.Field{Name: n, Type: typ, Nullable: true})
			if n == key {
				t.Schema.Key = []int{i}
			}
		}
		c[name] = t
	}
	add("customers", 11_000_000, "customer_id", "customer_id int32", "name utf8", "email utf8", "address utf8", "created_at timestamp")
	add("orders", 11_000_000, "order_id", "order_id int32", "customer_id int32", "order_date timestamp", "total_amount float64")
	add("order_items", 100_000_000, "", "order_item_id int32", "order_id int32", "product_id int32", "quantity int32", "price float64")
	add("products", 16_000_000, "", "product_id int32", "name utf8", "category utf8", "price float64")
	return c
}

// TestPlans holds the plans of scripts: testdata/*.sql has statements, and behind ---- what explain says of
// them, or their problems.
func TestPlans(t *testing.T) {
	files, err := filepath.Glob("testdata/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			for piece := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n====\n") {
				sql, _, _ := strings.Cut(piece, "\n----\n")
				if out.Len() > 0 {
					out.WriteString("====\n")
				}
				out.WriteString(sql + "\n----\n" + explain(sql))
			}
			if *rewrite {
				if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got := strings.TrimSpace(out.String()); got != strings.TrimSpace(string(text)) {
				t.Errorf("run with -rewrite and read the diff; got:\n%s", got)
			}
		})
	}
}

func explain(sql string) string {
	var out strings.Builder
	source := ast.NewSource("sql", sql)
	statements, diags := parse.ParseScript("sql", sql)
	for _, d := range diags {
		out.WriteString(d.Error() + "\n")
	}
	views, problems := bind.Bind(statements, shop(), bind.Options{Loose: true})
	failed := len(diags) > 0
	for _, p := range problems {
		line, column := source.Position(p.Span.Pos)
		out.WriteString(strings.Join([]string{"sql", itoa(line), itoa(column)}, ":") + ": " + p.Code + ": " + p.Error() + "\n")
		failed = failed || !p.Warning
	}
	if failed {
		return out.String()
	}
	best, err := rule.Optimise(views, shop())
	if err != nil {
		return out.String() + err.Error() + "\n"
	}
	return out.String() + best.Explain(shop())
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}
