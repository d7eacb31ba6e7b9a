package plan_test

import (
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/plan/bind"
	"github.com/millrace-dev/millrace/operators/plan/build"
	"github.com/millrace-dev/millrace/operators/plan/rule"
	"github.com/millrace-dev/millrace/operators/sql/parse"
)

// wholeWay plans a script and returns the code of the first mistake, or "".
func wholeWay(sql string) string {
	statements, diags := parse.ParseScript("sql", sql)
	if len(diags) > 0 {
		return diags[0].Code
	}
	views, problems := bind.Bind(statements, shop(), bind.Options{})
	for _, p := range problems {
		if !p.Warning {
			return p.Code
		}
	}
	best, err := rule.Optimise(views, shop())
	if err == nil {
		_, err = build.New(best, build.Options{Catalog: shop()})
	}
	if err == nil {
		_ = best.Explain(shop())
	}
	if problems := plan.Problems(err); len(problems) > 0 {
		return problems[0].Code
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// list writes numbered copies of a text.
func list(n int, text, between string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = strings.ReplaceAll(text, "%", fmt.Sprint(i))
	}
	return strings.Join(parts, between)
}

// TestLimits plans statements of absurd size: each is planned or refused quickly and in bounded memory.
func TestLimits(t *testing.T) {
	rep := strings.Repeat
	for name, c := range map[string]struct{ text, code string }{
		"20,000 and":              {"SELECT name INTO v FROM customers WHERE customer_id > 1" + rep(" AND customer_id > 1", 20_000), ""},
		"10,000 different and":    {"SELECT name INTO v FROM customers WHERE " + list(10_000, "customer_id <> %", " AND "), ""},
		"10,000 different or":     {"SELECT name INTO v FROM customers WHERE " + list(10_000, "customer_id = %", " OR "), ""},
		"5,000 or of and":         {"SELECT name INTO v FROM customers WHERE " + list(5_000, "customer_id = % AND name = 'n%'", " OR "), ""},
		"40,000 in":               {"SELECT name INTO v FROM customers WHERE customer_id IN (" + list(40_000, "%", ", ") + ")", ""},
		"40,000 texts in":         {"SELECT name INTO v FROM customers WHERE name IN (" + list(40_000, "'n%'", ", ") + ")", ""},
		"10,000 plus":             {"SELECT customer_id" + rep(" + customer_id", 10_000) + " AS s INTO v FROM customers", ""},
		"10,000 concatenations":   {"SELECT name" + rep(" || name", 10_000) + " AS s INTO v FROM customers", ""},
		"5,000 when":              {"SELECT CASE " + list(5_000, "WHEN customer_id = % THEN 'n%'", " ") + " END AS c INTO v FROM customers", ""},
		"5,000 when of a value":   {"SELECT CASE customer_id " + list(5_000, "WHEN % THEN 'n%'", " ") + " END AS c INTO v FROM customers", ""},
		"5,000 columns":           {"SELECT " + list(5_000, "customer_id + % AS c%", ", ") + " INTO v FROM customers", ""},
		"5,000 equal columns":     {"SELECT " + list(5_000, "name AS c%", ", ") + " INTO v FROM customers", ""},
		"2,000 aggregates":        {"SELECT " + list(2_000, "SUM(total_amount + %) AS c%", ", ") + " INTO v FROM orders", ""},
		"1,000 group keys":        {"SELECT COUNT(*) AS n INTO v FROM orders GROUP BY " + list(1_000, "customer_id + %", ", "), ""},
		"2,000 order keys":        {"SELECT order_id INTO v FROM orders ORDER BY " + list(2_000, "customer_id + %", ", ") + " LIMIT 5", ""},
		"10,000 values":           {"SELECT name INTO v FROM customers JOIN (VALUES " + list(10_000, "(%)", ", ") + ") t(x) ON x = customer_id", ""},
		"450 unions all":          {"SELECT name INTO v FROM customers " + rep(" UNION ALL SELECT name FROM customers", 450), ""},
		"450 different unions":    {"SELECT name INTO v FROM customers " + list(450, " UNION SELECT name || '%' FROM customers", ""), ""},
		"10,000 unions":           {"SELECT name INTO v FROM customers " + rep(" UNION SELECT name FROM customers", 10_000), "E3003"},
		"450 excepts":             {"SELECT name INTO v FROM customers " + rep(" EXCEPT SELECT name FROM customers", 450), ""},
		"12 correlated levels":    {"SELECT customer_id INTO v FROM customers c WHERE EXISTS (" + rep("SELECT 1 FROM (SELECT order_id FROM orders o WHERE EXISTS (", 12) + "SELECT 1 FROM orders p WHERE p.total_amount > c.customer_id" + rep(") AND o.total_amount > c.customer_id) t WHERE t.order_id > c.customer_id", 12) + ")", "E3003"},
		"300 joins":               {"SELECT c.name INTO v FROM customers c" + list(300, " JOIN orders o% ON o%.customer_id = c.customer_id", ""), ""},
		"500 left joins":          {"SELECT c.name INTO v FROM customers c" + list(500, " LEFT JOIN orders o% ON o%.customer_id = c.customer_id", ""), ""},
		"200 using":               {"SELECT name INTO v FROM customers c" + list(200, " JOIN orders o% USING (customer_id)", ""), ""},
		"500 commas":              {"SELECT c.name INTO v FROM customers c" + list(500, ", orders o%", "") + " WHERE " + list(500, "o%.customer_id = c.customer_id", " AND "), "E3003"},
		"50 commas":               {"SELECT c.name INTO v FROM customers c" + list(50, ", orders o%", "") + " WHERE " + list(50, "o%.customer_id = c.customer_id", " AND "), ""},
		"5,000 commas":            {"SELECT c.name INTO v FROM customers c" + list(5_000, ", orders o%", ""), "E3003"},
		"300 crossed":             {"SELECT c.name INTO v FROM customers c" + list(300, " CROSS JOIN orders o%", ""), ""},
		"5,000 joins":             {"SELECT c.name INTO v FROM customers c" + list(5_000, " JOIN orders o% ON o%.customer_id = c.customer_id", ""), "E3003"},
		"100 stars":               {"SELECT " + list(100, "o%.order_id AS x%", ", ") + " INTO v FROM customers c" + list(100, " JOIN orders o% ON o%.customer_id = c.customer_id", ""), ""},
		"140 derived tables":      {"SELECT name INTO v FROM " + rep("(SELECT name FROM ", 140) + "customers" + rep(")", 140), ""},
		"140 grouped":             {"SELECT name INTO v FROM " + rep("(SELECT name, COUNT(*) AS n FROM ", 140) + "customers" + rep(" GROUP BY name)", 140), ""},
		"140 doubling":            {"SELECT a INTO v FROM " + rep("(SELECT a || a AS a FROM ", 140) + "(SELECT name AS a FROM customers)" + rep(")", 140), "E3003"},
		"60 doubling with":        {"WITH t0 AS (SELECT * FROM customers)" + doubling(60, "SELECT a.customer_id FROM t# a JOIN t# b ON a.customer_id = b.customer_id") + " SELECT customer_id INTO v FROM t60", "E3003"},
		"60 doubling unions":      {"WITH t0 AS (SELECT customer_id FROM customers)" + doubling(60, "SELECT * FROM t# UNION ALL SELECT * FROM t#") + " SELECT customer_id INTO v FROM t60", "E3003"},
		"30 doubling expressions": {"WITH t0 AS (SELECT customer_id AS a FROM customers)" + doubling(30, "SELECT a + a AS a FROM t#") + " SELECT a INTO v FROM t30", "E3003"},
		"60 doubling coalesce":    {"WITH t0 AS (SELECT name AS a FROM customers)" + doubling(60, "SELECT COALESCE(a, a) AS a FROM t#") + " SELECT a INTO v FROM t60", "E3003"},
		"10 doubling coalesce":    {"WITH t0 AS (SELECT name AS a FROM customers)" + doubling(10, "SELECT COALESCE(a, a) AS a FROM t#") + " SELECT a INTO v FROM t10", ""},
		"300 subqueries":          {"SELECT name, " + list(300, "(SELECT MAX(total_amount) FROM orders o WHERE o.customer_id = c.customer_id AND o.order_id > %) AS m%", ", ") + " INTO v FROM customers c", ""},
		"300 exists":              {"SELECT name INTO v FROM customers c WHERE " + list(300, "EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.customer_id AND o.order_id > %)", " AND "), ""},
		"300 exists or":           {"SELECT name INTO v FROM customers c WHERE " + list(300, "EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.customer_id AND o.order_id > %)", " OR "), ""},
		"70 nested in":            {"SELECT name INTO v FROM customers WHERE customer_id IN " + rep("(SELECT customer_id FROM orders WHERE customer_id IN ", 70) + "(1)" + rep(")", 70), ""},
		"5,000 statements":        {list(5_000, "SELECT name INTO v% FROM customers", ";"), ""},
		"500 statements in line":  {"SELECT name INTO v0 FROM customers" + chain(500), ""},
		"20,000 unknown":          {"SELECT " + list(20_000, "x%", ", ") + " INTO v FROM customers", "E2002"},
		"100 casts":               {"SELECT name" + rep("::text::json", 70) + " AS x INTO v FROM customers", ""},
		"1 MiB text":              {"SELECT '" + rep("x", 1<<20-100) + "' AS x, name INTO v FROM customers", ""},
		"140 not":                 {"SELECT name INTO v FROM customers WHERE " + rep("NOT ", 140) + "(name = 'a')", ""},
		"140 case":                {"SELECT " + rep("CASE WHEN customer_id = 1 THEN ", 140) + "1" + rep(" END", 140) + " AS x INTO v FROM customers", ""},
		"140 coalesce":            {"SELECT " + rep("COALESCE(name, ", 140) + "'a'" + rep(")", 140) + " AS x INTO v FROM customers", ""},
		"10,000 is null":          {"SELECT name" + rep(" IS NULL", 10_000) + " AS x INTO v FROM customers", ""},
		"5,000 between":           {"SELECT name INTO v FROM customers WHERE " + list(5_000, "customer_id BETWEEN % AND %0", " OR "), ""},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			start := processTime()
			code := wholeWay(c.text)
			took := processTime() - start
			runtime.ReadMemStats(&after)
			if code != c.code {
				t.Errorf("got %q, want %q", code, c.code)
			}
			if took > 4*time.Second {
				t.Errorf("took %v", took)
			}
			if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 1_000 {
				t.Errorf("allocated %d MiB", used)
			}
		})
	}
}

// processTime returns the time that processors have spent on this process: the machine may be busy with others.
func processTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// doubling writes a WITH whose queries read the one before twice.
func doubling(n int, query string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ", t%d AS (%s)", i+1, strings.ReplaceAll(query, "#", fmt.Sprint(i)))
	}
	return b.String()
}

// chain writes statements that each read the one before.
func chain(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "; SELECT name || 'x' AS name INTO v%d FROM v%d", i+1, i)
	}
	return b.String()
}
