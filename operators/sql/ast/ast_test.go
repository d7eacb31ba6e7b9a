package ast_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/operators/sql/parse"
)

// scripts returns the statements of all scripts that the parser is tested with.
func scripts(t *testing.T) []ast.Statement {
	t.Helper()
	files, err := filepath.Glob("../parse/testdata/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	var all []ast.Statement
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		statements, _ := parse.ParseScript(file, string(text))
		all = append(all, statements...)
	}
	return all
}

// nodes collects every node below a value that Walk promises to visit.
func nodes(v reflect.Value, found map[ast.Node]bool) {
	switch v.Kind() {
	case reflect.Interface:
		nodes(v.Elem(), found)
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if n, ok := reflect.TypeAssert[ast.Node](v); ok {
			switch n.(type) {
			case ast.Statement, ast.Body, ast.From, ast.Expr, *ast.Window:
				found[n] = true
			}
		}
		nodes(v.Elem(), found)
	case reflect.Struct:
		for _, field := range v.Fields() {
			nodes(field, found)
		}
	case reflect.Slice:
		for i := range v.Len() {
			nodes(v.Index(i), found)
		}
	}
}

// TestWalk compares what Walk visits with what reflection finds. Names that are no expressions (of tables,
// functions, collations) are parts of their nodes and not visited.
func TestWalk(t *testing.T) {
	kinds := map[string]bool{}
	for _, s := range scripts(t) {
		want := map[ast.Node]bool{}
		nodes(reflect.ValueOf(s), want)
		ast.Walk(s, func(n ast.Node) bool {
			if !want[n] {
				t.Errorf("%s: %T visited twice or not part of it", ast.SQL(s), n)
			}
			delete(want, n)
			kinds[fmt.Sprintf("%T", n)] = true
			return true
		})
		for n := range want {
			if _, name := n.(*ast.Name); !name {
				t.Errorf("%s: %T %s not visited", ast.SQL(s), n, ast.SQL(n))
			}
		}
	}
	if len(kinds) < 40 {
		t.Errorf("only %d kinds of node in the scripts: %v", len(kinds), kinds)
	}
}

// TestWalkStops checks that parts are left out when visit says so.
func TestWalkStops(t *testing.T) {
	e := expr(t, "a + (SELECT b FROM t) + f(c)")
	var names []string
	ast.Walk(e, func(n ast.Node) bool {
		if name, ok := n.(*ast.Name); ok {
			names = append(names, name.String())
		}
		_, query := n.(*ast.Query)
		return !query
	})
	if got := fmt.Sprint(names); got != "[a c]" {
		t.Errorf("names outside the subquery: %s", got)
	}
}

// TestPlaces checks that every node lies inside its statement and has a place at all.
func TestPlaces(t *testing.T) {
	for _, s := range scripts(t) {
		ast.Walk(s, func(n ast.Node) bool {
			at := n.Span()
			if at.Pos < s.Span().Pos || at.End > s.Span().End || at.Pos > at.End {
				t.Errorf("%s: %T %s lies at %v, the statement at %v", ast.SQL(s), n, ast.SQL(n), at, s.Span())
			}
			return true
		})
	}
}

func expr(t *testing.T, text string) ast.Expr {
	t.Helper()
	e, diags := parse.ParseExpr("test", text)
	if len(diags) > 0 {
		t.Fatalf("%s: %v", text, diags[0])
	}
	return e
}

func TestOutputName(t *testing.T) {
	for text, want := range map[string]string{
		"a":                               "a",
		"t.a":                             "a",
		`t."a b"`:                         "a b",
		"(x).y":                           "y",
		"count(*)":                        "COUNT(*)",
		"Count( t.x )":                    "COUNT(x)",
		"count(distinct x, y)":            "COUNT(DISTINCT x, y)",
		"round(sum(round(t.x,2)),2)":      "ROUND(SUM(ROUND(x, 2)), 2)",
		"'AVG:'":                          "'AVG:'",
		"1":                               "1",
		"-1":                              "-1",
		"- a":                             "-a",
		"- - a":                           "- -a",
		"(a+b)*c":                         "(a + b) * c",
		"a+(b*c)":                         "a + b * c",
		"a-(b-c)":                         "a - (b - c)",
		"(a - b) - c":                     "a - b - c",
		"not (a and b)":                   "NOT (a AND b)",
		"(a or b) and c":                  "(a OR b) AND c",
		"a is not null":                   "a IS NOT NULL",
		"(a = b) is null":                 "a = b IS NULL",
		"a not in (1,2)":                  "a NOT IN (1, 2)",
		"a between 1 and 2+3":             "a BETWEEN 1 AND 2 + 3",
		"a not like 'x'":                  "a NOT LIKE 'x'",
		"cast(t.a as decimal(10,2))":      "CAST(a AS DECIMAL(10, 2))",
		"a::int":                          "CAST(a AS INT)",
		"case when t.a then b else 1 end": "CASE WHEN a THEN b ELSE 1 END",
		"extract(year from t.ts)":         "EXTRACT(YEAR FROM ts)",
		"now()":                           "NOW()",
		"current_date":                    "CURRENT_DATE",
		"py_add<float>(a,b)":              "PY_ADD<FLOAT>(a, b)",
		"null":                            "NULL",
		"(select max(a) from t)":          "(SELECT MAX(a) FROM t)",
	} {
		if got := ast.OutputName(expr(t, text)); got != want {
			t.Errorf("%s is named %q, want %q", text, got, want)
		}
	}
}

func TestEqual(t *testing.T) {
	for _, c := range []struct {
		a, b  string
		equal bool
	}{
		{"a+b", "(a) + b", true},
		{"COUNT(x)", "count(x)", true},
		{"a", "A", false},
		{"a", "t.a", false},
		{"a + b", "b + a", false},
		{"a != b", "a <> b", true},
		{"'x'", "'X'", false},
		{"cast(a as int)", "a::INT", true},
		{"count(a)", "count(distinct a)", false},
		{`"count"(a)`, "count(a)", false},
		{"a is null", "a is not null", false},
	} {
		if got := ast.Equal(expr(t, c.a), expr(t, c.b)); got != c.equal {
			t.Errorf("Equal(%s, %s) = %v", c.a, c.b, got)
		}
	}
}

func TestSource(t *testing.T) {
	src := ast.NewSource("s", "ab\ncäd\r\n\nx")
	for offset, want := range map[int]string{
		-1: "1:1 ab", 0: "1:1 ab", 2: "1:3 ab", 3: "2:1 cäd", 4: "2:2 cäd", 6: "2:3 cäd", 8: "2:5 cäd", 9: "3:1 ", 10: "4:1 x", 11: "4:2 x", 99: "4:2 x",
	} {
		line, col := src.Position(offset)
		if got := fmt.Sprintf("%d:%d %s", line, col, src.Line(line)); got != want {
			t.Errorf("offset %d is at %q, want %q", offset, got, want)
		}
	}
	if src.Line(0) != "" || src.Line(5) != "" {
		t.Error("lines that do not exist have text")
	}
}

func TestReserved(t *testing.T) {
	for word, want := range map[string]bool{"select": true, "From": true, "END": true, "key": false, "date": false, "to": false, "": false} {
		if ast.Reserved(word) != want {
			t.Errorf("Reserved(%q) = %v", word, !want)
		}
	}
}
