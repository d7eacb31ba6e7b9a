package host_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"strconv"
	"strings"
	"testing"
)

// The budget of sizes. Past it: split by idea, not by "utils".
const (
	maxFileLines      = 500
	maxTestFileLines  = 600
	maxFuncLines      = 80
	maxSwitchLines    = 120 // of a function whose doc comment says that it is a switch
	maxParams         = 4   // of an exported function; a context and a variadic tail do not count
	maxOwnParams      = 5   // of any other
	maxKernelParams   = 6   // of a kernel, whose parameters are the columns of one loop
	maxInterfaceSigns = 5
)

func TestShape(t *testing.T) {
	documented := map[string]bool{}
	for _, f := range tree(t) {
		for _, complaint := range shape(f) {
			t.Error(complaint)
		}
		if !f.test {
			documented[f.pkg] = documented[f.pkg] || f.ast.Doc != nil
		}
	}
	for pkg, ok := range documented {
		if !ok {
			t.Errorf("%s: no package comment: say in one file above `package` what the package is for", pkg)
		}
	}
}

// shape returns what is too large in a file, or lacks its comment.
func shape(f goFile) (complaints []string) {
	complain := func(p token.Pos, what string) {
		pos := f.fset.Position(p)
		complaints = append(complaints, strings.Join([]string{f.path, strconv.Itoa(pos.Line), " " + what}, ":"))
	}
	if f.test {
		if f.lines > maxTestFileLines {
			complain(f.ast.Pos(), strconv.Itoa(f.lines)+" lines, at most "+strconv.Itoa(maxTestFileLines)+": move cases to testdata/")
		}
		return complaints
	}
	if f.lines > maxFileLines {
		complain(f.ast.Pos(), strconv.Itoa(f.lines)+" lines, at most "+strconv.Itoa(maxFileLines)+": split by idea")
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			budget := maxFuncLines
			if strings.Contains(n.Doc.Text(), "switch") {
				budget = maxSwitchLines
			}
			if lines := f.line(n.End()) - f.line(n.Pos()) + 1; lines > budget {
				complain(n.Pos(), n.Name.Name+" has "+strconv.Itoa(lines)+" lines, at most "+strconv.Itoa(budget)+": give its parts names")
			}
			if params, budget := parameters(n), paramBudget(f, n); params > budget {
				complain(n.Pos(), n.Name.Name+" has "+strconv.Itoa(params)+" parameters, at most "+strconv.Itoa(budget)+": pass a struct")
			}
		case *ast.InterfaceType:
			signs := 0
			for _, m := range n.Methods.List {
				if _, isFunc := m.Type.(*ast.FuncType); isFunc {
					signs++
				}
			}
			if signs > maxInterfaceSigns {
				complain(n.Pos(), "an interface of "+strconv.Itoa(signs)+" methods, at most "+strconv.Itoa(maxInterfaceSigns)+": make what some can do an ability of its own")
			}
		}
		return true
	})
	if f.ast.Name.Name != "main" && !strings.Contains("/"+f.pkg+"/", "/internal/") {
		for _, d := range f.ast.Decls {
			for _, name := range undocumented(d) {
				complain(name.Pos(), "exported "+name.Name+" has no comment: say its contract")
			}
		}
	}
	return complaints
}

// parameters counts those that a caller has to tell apart: not a context, not the variadic tail.
func parameters(d *ast.FuncDecl) int {
	n := d.Type.Params.NumFields()
	for _, p := range d.Type.Params.List {
		switch t := p.Type.(type) {
		case *ast.Ellipsis:
			n--
		case *ast.SelectorExpr:
			if pkg, ok := t.X.(*ast.Ident); ok && pkg.Name == "context" {
				n--
			}
		}
	}
	return n
}

func paramBudget(f goFile, d *ast.FuncDecl) int {
	switch {
	case f.pkg == "operators/kernel":
		return maxKernelParams
	case d.Name.IsExported():
		return maxParams
	}
	return maxOwnParams
}

// undocumented returns the exported names of a declaration that have no comment of their own or of their group.
func undocumented(d ast.Decl) (names []*ast.Ident) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc == nil && (d.Recv == nil || receiver(d).IsExported()) {
			names = append(names, d.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() && s.Doc == nil && s.Comment == nil && (d.Doc == nil || d.Lparen.IsValid()) {
					names = append(names, s.Name)
				}
			case *ast.ValueSpec:
				if s.Names[0].IsExported() && s.Doc == nil && s.Comment == nil && d.Doc == nil {
					names = append(names, s.Names[0])
				}
			}
		}
	}
	return names
}

// receiver returns the name of a method's type.
func receiver(d *ast.FuncDecl) *ast.Ident {
	for typ := d.Recv.List[0].Type; ; {
		switch x := typ.(type) {
		case *ast.StarExpr:
			typ = x.X
		case *ast.IndexExpr:
			typ = x.X
		case *ast.IndexListExpr:
			typ = x.X
		case *ast.ParenExpr:
			typ = x.X
		case *ast.Ident:
			return x
		default:
			return ast.NewIdent("_")
		}
	}
}

// parse makes a goFile of source text, as if it stood in the package's folder.
func parse(t *testing.T, pkg, src string) goFile {
	t.Helper()
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, "x.go", src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return goFile{path: path.Join(pkg, "x.go"), pkg: pkg, lines: strings.Count(src, "\n"), fset: fset, ast: parsed}
}

func TestShapeRules(t *testing.T) {
	long := "package x\n// F is long.\nfunc F() {\n" + strings.Repeat("_ = 1\n", 100) + "}\n"
	for _, c := range []struct {
		name, src, want string
	}{
		{"fine", "package x\n// A is fine.\ntype A int\n", ""},
		{"no comment", "package x\ntype A int\n", "exported A has no comment"},
		{"method without comment", "package x\n// A is.\ntype A[T any] struct{}\nfunc (a *A[T]) M() {}\n", "exported M has no comment"},
		{"method of a private type", "package x\ntype a struct{}\nfunc (a) M() {}\n", ""},
		{"group comment", "package x\n// Kinds.\nconst (\n\tA = 1\n\tB = 2\n)\n", ""},
		{"long function", long, "F has 102 lines"},
		{"long switch", strings.Replace(long, "is long", "is a switch over types", 1), ""},
		{"parameters", "package x\n// F is.\nfunc F(a, b, c, d, e int) {}\n", "5 parameters"},
		{"own parameters", "package x\nfunc f(a, b, c, d, e, g int) {}\n", "6 parameters"},
		{"uncounted parameters", "package x\n// F is.\nfunc F(ctx context.Context, a, b, c, d int, e ...any) {}\n", ""},
		{"interface", "package x\ntype i interface{ A(); B(); C(); D(); E(); F() }\n", "6 methods"},
		{"long file", "package x\n" + strings.Repeat("\n", 500), "501 lines"},
	} {
		got := strings.Join(shape(parse(t, "host/x", c.src)), "\n")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
