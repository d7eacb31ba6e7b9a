// Package host_test holds the rules that the whole tree keeps: who may import whom, how large things
// may get, and which words are not ours. Each failure says what to do instead.
package host_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/millrace-dev/millrace/"

// goFile is one hand-written Go file of the tree.
type goFile struct {
	path  string // from the root, with slashes
	pkg   string // its folder, the same
	test  bool
	lines int
	fset  *token.FileSet
	ast   *ast.File
}

func (f goFile) line(p token.Pos) int { return f.fset.Position(p).Line }

// tree reads every hand-written Go file, whatever its build tags; generated code and testdata are left out.
func tree(t *testing.T) []goFile {
	t.Helper()
	const root = ".."
	var files []goFile
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); name != root && (strings.HasPrefix(base, ".") || base == "testdata" || base == "bin" || base == "data") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		parsed, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Errorf("%v", err)
			return nil
		}
		if ast.IsGenerated(parsed) {
			return nil
		}
		rel := filepath.ToSlash(strings.TrimPrefix(name, root+string(filepath.Separator)))
		files = append(files, goFile{
			path: rel, pkg: path.Dir(rel), test: strings.HasSuffix(rel, "_test.go"),
			lines: strings.Count(string(src), "\n"), fset: fset, ast: parsed,
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("no Go files under " + root)
	}
	return files
}
