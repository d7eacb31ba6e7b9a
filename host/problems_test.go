package host_test

import (
	"go/ast"
	"go/token"
	"regexp"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/operators/sql/problem"
)

var code = regexp.MustCompile(`\b[EW][0-9]{4}\b`)

// TestProblems compares the codes in the code with the catalogue: an error is one row there and one call.
func TestProblems(t *testing.T) {
	known, used := map[string]bool{}, map[string]bool{}
	for _, e := range problem.Catalogue() {
		if known[e.Code] {
			t.Errorf("operators/sql/problem has two rows %s: give the newer one the next free number", e.Code)
		}
		known[e.Code] = true
		if code.FindString(e.Code) != e.Code || e.Title == "" || e.Means == "" || e.Mend == "" {
			t.Errorf("operators/sql/problem: the row %q needs a code such as E2001, a Title, and what it Means and how to Mend it", e.Code)
		}
	}
	for _, f := range tree(t) {
		if f.test || !within(f.pkg, []string{"operators/...", "host/..."}) || f.pkg == "operators/sql/problem" {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			text := code.FindString(lit.Value)
			if text == "" {
				return true
			}
			used[text] = true
			if !known[text] {
				t.Errorf("%s:%d: %s is not in the catalogue: add a row to the file of operators/sql/problem that fits (lexical, grammar, names, types, shapes, refused, planning or warnings):\n"+
					"\t{\n\t\tCode: %q, Title: \"...\",\n\t\tMeans: \"...\",\n\t\tMend:  \"...\",\n\t\tWrong: \"SELECT ... INTO v FROM orders;\", Right: \"...\",\n\t},\n"+
					"and where Wrong is empty a case to operators/plan/testdata/errors, then run go test ./operators/plan -run Errors -rewrite",
					f.path, f.line(lit.Pos()), text, text)
			}
			return true
		})
	}
	for name, uses := range names(t) {
		if uses == 0 {
			t.Errorf("%s is never used: remove it, and its row from operators/sql/problem", name)
		}
	}
	for c := range known {
		if !used[c] {
			t.Errorf("%s is in the catalogue and nothing reports it: remove its row from operators/sql/problem", c)
		}
	}
}

// names counts how often the constants that stand for codes are used, by package and name.
func names(t *testing.T) map[string]int {
	uses := map[string]int{}
	files := tree(t)
	for _, f := range files {
		if f.test || !within(f.pkg, []string{"operators/...", "host/..."}) {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
				if lit, ok := spec.Values[0].(*ast.BasicLit); ok && code.FindString(lit.Value) == strings.Trim(lit.Value, `"`) && lit.Kind == token.STRING && len(lit.Value) > 2 {
					uses[f.pkg+"."+spec.Names[0].Name] += 0
				}
			}
			return true
		})
	}
	for _, f := range files {
		if f.test {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Names) == 1 {
				if _, known := uses[f.pkg+"."+spec.Names[0].Name]; known {
					return false // its declaration is no use
				}
			}
			if sel, ok := n.(*ast.SelectorExpr); ok {
				for name := range uses {
					if pkg, ok := sel.X.(*ast.Ident); ok && strings.HasSuffix(name, "/"+pkg.Name+"."+sel.Sel.Name) {
						uses[name]++
					}
				}
			}
			if id, ok := n.(*ast.Ident); ok {
				if _, known := uses[f.pkg+"."+id.Name]; known {
					uses[f.pkg+"."+id.Name]++
				}
			}
			return true
		})
	}
	return uses
}
