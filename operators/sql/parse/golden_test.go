package parse

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/operators/sql/ast"
)

var rewrite = flag.Bool("rewrite", false, "write the answers of the golden tests anew")

// clean lists the scripts without a mistake: their golden files must not hold errors.
var clean = map[string]bool{"dozer": true, "tpch": true, "nexmark": true, "forms": true, "web": true, "retail": true, "streams": true}

// TestGolden compares scripts with the canonical text of their statements, the names of their
// unaliased columns, and their errors.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.sql")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d scripts: %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".sql")
		t.Run(name, func(t *testing.T) {
			text := read(t, file)
			statements, diags := ParseScript(name, text)
			if clean[name] && len(diags) > 0 {
				t.Errorf("%v", diags)
			}
			got := answer(ast.NewSource(name, text), statements, diags)
			golden := strings.TrimSuffix(file, ".sql") + ".golden"
			if *rewrite {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := read(t, golden); got != want {
				t.Errorf("differs from %s at %s; run with -rewrite and read the diff", golden, firstDifference(got, want))
			}
		})
	}
}

func read(t testing.TB, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func answer(src *ast.Source, statements []ast.Statement, diags []Diag) string {
	var b strings.Builder
	for _, s := range statements {
		line, col := src.Position(s.Span().Pos)
		fmt.Fprintf(&b, "%d:%d %s\n", line, col, ast.SQL(s))
		if names := unnamed(s); len(names) > 0 {
			fmt.Fprintf(&b, "  names: %s\n", strings.Join(names, " | "))
		}
	}
	for _, d := range diags {
		b.WriteString(d.Render(src))
	}
	return b.String()
}

// unnamed returns the output names of the items that have no alias and are not plain columns.
func unnamed(s ast.Statement) []string {
	var names []string
	ast.Walk(s, func(n ast.Node) bool {
		if sel, ok := n.(*ast.Select); ok {
			for _, i := range sel.Items {
				switch i.Expr.(type) {
				case *ast.Name, *ast.Star:
				default:
					if i.Alias.Text == "" {
						names = append(names, ast.OutputName(i.Expr))
					}
				}
			}
		}
		return true
	})
	return names
}

func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return fmt.Sprintf("line %d:\ngot  %s\nwant %s", i+1, x[i], y[i])
		}
	}
	return fmt.Sprintf("line %d, where one ends", min(len(x), len(y)))
}

// TestRoundTrip prints every statement of the scripts and reads it back: the tree must be the same.
func TestRoundTrip(t *testing.T) {
	for name := range clean {
		statements, _ := ParseScript(name, read(t, "testdata/"+name+".sql"))
		for _, s := range statements {
			roundTrip(t, s)
		}
	}
}

func roundTrip(t *testing.T, s ast.Statement) {
	t.Helper()
	text := ast.SQL(s)
	again, diags := ParseScript("again", text)
	if len(diags) > 0 || len(again) != 1 {
		t.Fatalf("%s\nprinted form gives %d statements, %v", text, len(again), diags)
	}
	if path := different(reflect.ValueOf(s), reflect.ValueOf(again[0])); path != "" {
		t.Errorf("%s\nprinted form differs at %s", text, path)
	}
	if !ast.Equal(s, again[0]) {
		t.Errorf("%s\nis not Equal to its printed form", text)
	}
}

// different returns the path to the first difference of two trees, places and quotes aside.
func different(a, b reflect.Value) string {
	if a.IsValid() != b.IsValid() || a.IsValid() && a.Type() != b.Type() {
		return "?"
	}
	if !a.IsValid() {
		return ""
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() || b.IsNil() {
			if a.IsNil() != b.IsNil() {
				return "nil"
			}
			return ""
		}
		return different(a.Elem(), b.Elem())
	case reflect.Struct:
		for i := range a.NumField() {
			f := a.Type().Field(i)
			if f.Type == reflect.TypeFor[ast.At]() || f.Type == reflect.TypeFor[ast.Span]() || f.Name == "Quoted" {
				continue
			}
			if path := different(a.Field(i), b.Field(i)); path != "" {
				return a.Type().Name() + "." + f.Name + " " + path
			}
		}
	case reflect.Slice:
		if a.Len() != b.Len() {
			return fmt.Sprintf("%d and %d items", a.Len(), b.Len())
		}
		for i := range a.Len() {
			if path := different(a.Index(i), b.Index(i)); path != "" {
				return fmt.Sprintf("[%d] %s", i, path)
			}
		}
	default:
		if !a.Equal(b) {
			return fmt.Sprintf("%v, %v", a, b)
		}
	}
	return ""
}
