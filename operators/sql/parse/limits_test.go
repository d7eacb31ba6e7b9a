package parse

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestLimits feeds texts of absurd size and nesting: each is answered quickly, with an error of our own or
// a tree.
func TestLimits(t *testing.T) {
	rep := strings.Repeat
	const deep = 200
	for name, c := range map[string]struct{ text, code string }{
		"parentheses":      {"SELECT " + rep("(", deep) + "1" + rep(")", deep), "E1032"},
		"140 parentheses":  {"SELECT " + rep("(", 140) + "1" + rep(")", 140), ""},
		"calls":            {"SELECT " + rep("f(", deep) + "1" + rep(")", deep), "E1032"},
		"140 calls":        {"SELECT " + rep("f(", 140) + "1" + rep(")", 140), ""},
		"case":             {"SELECT " + rep("CASE WHEN a THEN ", deep) + "1" + rep(" END", deep), "E1032"},
		"not":              {"SELECT " + rep("NOT ", deep) + "a", "E1032"},
		"140 nots":         {"SELECT " + rep("NOT ", 140) + "a", ""},
		"a million nots":   {"SELECT " + rep("NOT ", 1_000_000/4) + "a", "E1031"},
		"minus":            {"SELECT " + rep("- ", deep) + "a", "E1032"},
		"subqueries":       {"SELECT " + rep("(SELECT ", deep) + "1" + rep(")", deep), "E1032"},
		"70 subqueries":    {"SELECT " + rep("(SELECT ", 70) + "1" + rep(")", 70), ""},
		"derived tables":   {rep("SELECT * FROM (", deep) + "SELECT 1" + rep(")", deep), "E1032"},
		"exists":           {"SELECT 1 WHERE " + rep("EXISTS (SELECT 1 WHERE ", deep) + "a" + rep(")", deep), "E1032"},
		"arrays":           {"SELECT " + rep("ARRAY[", deep) + "1" + rep("]", deep), "E1032"},
		"indexes":          {"SELECT a" + rep("[a", deep) + rep("]", deep), "E1032"},
		"types":            {"SELECT CAST(a AS " + rep("ARRAY<", deep) + "INT" + rep(">", deep) + ")", "E1032"},
		"windows":          {"SELECT " + rep("f() OVER (ORDER BY ", deep) + "1" + rep(")", deep), "E1032"},
		"joins in parens":  {"SELECT * FROM " + rep("(", deep) + "a" + rep(")", deep), "E1032"},
		"joins to right":   {"SELECT * FROM a" + rep(" JOIN b", deep) + rep(" ON true", deep), "E1032"},
		"grouping sets":    {"SELECT 1 GROUP BY " + rep("GROUPING SETS (", deep) + "a" + rep(")", deep), "E1032"},
		"set operands":     {rep("(", deep) + "SELECT 1" + rep(")", deep), "E1032"},
		"table functions":  {"SELECT * FROM " + rep("TTL(", deep) + "t" + rep(", c)", deep), "E1032"},
		"open parentheses": {"SELECT " + rep("(", 50_000), "E1032"},
		"open queries":     {"SELECT " + rep("(SELECT ", 40_000), "E1032"},
		"40,000 and":       {"SELECT a" + rep(" AND a", 40_000), ""},
		"100,000 and":      {"SELECT a" + rep(" AND a", 100_000), "E1031"},
		"40,000 plus":      {"SELECT a" + rep(" + a", 40_000), ""},
		"40,000 in":        {"SELECT a IN (1" + rep(", 1", 40_000) + ")", ""},
		"100,000 in":       {"SELECT a IN (1" + rep(", 1", 100_000) + ")", "E1031"},
		"10,000 unions":    {"SELECT 1" + rep(" UNION SELECT 1", 10_000), ""},
		"10,000 joins":     {"SELECT * FROM a" + rep(" CROSS JOIN a", 10_000), ""},
		"10,000 casts":     {"SELECT a" + rep("::int", 10_000), ""},
		"40,000 is null":   {"SELECT a" + rep(" IS NULL", 40_000), ""},
		"1.5 MiB string":   {"SELECT '" + rep("x", 3<<19) + "'", "E1030"},
		"1.5 MiB words":    {"SELECT a" + rep(" , abcdefghijklmnopqrstuvwxyz", 3<<19/29), "E1030"},
		"1.5 MiB comment":  {"/*" + rep("x", 3<<19) + "*/ SELECT 1", ""},
		"nested comments":  {rep("/*", 1<<19), "E1004"},
		"1.1 MiB string":   {"SELECT '" + rep("x", 9<<17) + "'", "E1030"},
		"0.8 MiB string":   {"SELECT '" + rep("x", 6<<17) + "'", ""},
		"100,000 errors":   {rep("SELECT;", 100_000), "E1011"},
		"many dots":        {"SELECT a" + rep(".a", 40_000), ""},
		"many quotes":      {"SELECT '" + rep("''", 100_000) + "'", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			start := time.Now()
			statements, diags := ParseScript(name, c.text)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			code := ""
			if len(diags) > 0 {
				code = diags[0].Code
			}
			if code != c.code || code == "" && len(statements) != 1 {
				t.Errorf("got %q, want %q: %d statements, %.2v", code, c.code, len(statements), diags)
			}
			if took > 2*time.Second {
				t.Errorf("took %v", took)
			}
			if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 200 {
				t.Errorf("allocated %d MiB", used)
			}
		})
	}
}
