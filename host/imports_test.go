package host_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// may lists what each folder may import of the others: a folder, or one package of it. Itself is always allowed,
// as far as the rules below go.
var may = map[string][]string{
	"sdk":        {},
	"operators":  {"sdk/batch/..."},
	"wasm":       {"sdk/batch/...", "sdk/udf/abi"},
	"plugins":    {"sdk", "sdk/batch/...", "sdk/arrow"},
	"connectors": {"sdk", "sdk/batch/...", "sdk/arrow"},
	"host":       {"sdk/...", "operators/...", "wasm/...", "plugins/...", "connectors/..."},
	"examples":   {"sdk/..."},
}

// except lists the packages that join two folders on purpose.
var except = map[string][]string{
	"sdk/serve":   {"plugins/..."},
	"sdk/sdktest": {"plugins/..."},
	"sdk/udftest": {"wasm/..."},

	"wasm/internal/testguest": {"sdk/udf"}, // a guest, written as its author would
}

// order gives packages inside a folder a height; none imports one that is higher.
var order = map[string]int{
	"sdk/batch": 0, "sdk/udf/abi": 0, "sdk/udf": 1, "sdk": 1, "sdk/arrow": 1, "sdk/serve": 2, "sdk/sdktest": 3, "sdk/udftest": 3,

	"operators": 0, "operators/kernel": 1, "operators/sql": 2, "operators/expr": 2, "operators/arrange": 2, "operators/exchange": 2,
	"operators/relation": 3, "operators/circuit": 4, "operators/plan": 5, "operators/optest": 6, "operators/script": 6, "operators/script/law": 7, "operators/script/slt": 7,
	"operators/script/law/bench": 8,

	"host/config": 0, "host/ledger": 0, "host/view": 0, "host/catalog": 0, "host/admin": 0,
	"host/pipeline": 1, "host/api": 2, "host/cli": 3, "host/cmd/millrace": 4,
}

// door says which packages a third-party module may be imported by. A module that is not listed may be used by
// connectors only: each driver in its connector. Examples choose for themselves.
var door = map[string][]string{
	"github.com/tetratelabs/wazero":       {"wasm"},
	"github.com/hashicorp/go-plugin":      {"plugins"},
	"github.com/hashicorp/go-hclog":       {"plugins"},
	"google.golang.org/grpc":              {"plugins", "host/api"},
	"google.golang.org/protobuf":          {"plugins", "host/api"},
	"google.golang.org/genproto":          {"plugins", "host/api"},
	"github.com/xwb1989/sqlparser":        {"operators/sql"},
	"github.com/cespare/xxhash/v2":        {"operators/kernel", "host/view"}, // __dozer_record_id is the xxhash of a key
	"github.com/apache/arrow-go/v18":      {"sdk/arrow", "plugins", "connectors", "host/view", "host/pipeline"},
	"github.com/spf13/viper":              {"host/config"},
	"go.yaml.in/yaml/v3":                  {"host/config"},
	"github.com/spf13/cobra":              {"host/cli"},
	"github.com/spf13/pflag":              {"host/cli"},
	"github.com/cockroachdb/pebble/v2":    {"host/view", "host/ledger"},
	"github.com/golang-jwt/jwt/v5":        {"host/api"},
	"github.com/prometheus/client_golang": {"host/admin"},
	"github.com/prometheus/client_model":  {"host/admin"},
	"github.com/prometheus/common":        {"host/admin"},
	"golang.org/x/sync":                   {"host", "plugins", "sdk/serve", "sdk/sdktest", "connectors", "wasm", "operators/circuit"},
	"golang.org/x/sys":                    {"host", "plugins", "operators/arrange"},
	"github.com/go-viper/mapstructure/v2": {"host/config"},
	"modernc.org/sqlite":                  {},
	"github.com/duckdb/duckdb-go/v2":      {"operators/script/law/bench"}, // a module of its own
}

// testOnly lists the packages that only tests import, and the command line, which offers them to users.
var testOnly = []string{"operators/optest", "sdk/sdktest", "sdk/udftest", "operators/script", "operators/script/law", "operators/script/law/bench", "operators/script/slt"}

func TestImports(t *testing.T) {
	for _, f := range tree(t) {
		if f.pkg == "." {
			t.Errorf("%s: the root holds no Go code: put it under one of the folders of the tree", f.path)
			continue
		}
		for _, spec := range f.ast.Imports {
			imp, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			var wrong string
			if own, ours := strings.CutPrefix(imp, module); ours {
				wrong = wrongOwn(f, own)
			} else if first, _, _ := strings.Cut(imp, "/"); strings.Contains(first, ".") && !f.test {
				wrong = wrongThird(f.pkg, imp)
			}
			if wrong != "" {
				t.Errorf("%s:%d: %s must not import %s: %s", f.path, f.line(spec.Pos()), f.pkg, imp, wrong)
			}
		}
	}
}

// wrongOwn says why the file must not import our package imp, and what to do; "" if it may.
func wrongOwn(f goFile, imp string) string {
	top := func(pkg string) string { s, _, _ := strings.Cut(pkg, "/"); return s }
	if !f.test && slices.Contains(testOnly, imp) && !slices.Contains(testOnly, f.pkg) && f.pkg != "host/cli" {
		return "only tests and host/cli use it"
	}
	from, to := top(f.pkg), top(imp)
	if from != to {
		switch {
		case within(imp, may[from]), within(imp, except[f.pkg]):
			return ""
		case from == "connectors" && imp == "sdk/serve" && f.ast.Name.Name == "main":
			return ""
		case f.test && to != "host":
			return "" // a test may bring any two parts together
		case to == "host":
			return "nobody imports host: move the noun that both need to sdk/batch"
		}
		return "it may import " + list(append(slices.Clone(may[from]), except[f.pkg]...)) +
			"; declare the interface it needs where it is used, and wire it in host"
	}
	if from == "connectors" && !sameConnector(f.pkg, imp) && !within(imp, []string{"connectors/internal/..."}) {
		return "connectors do not know each other: share through connectors/internal"
	}
	if low, ok := height(f.pkg); ok && !f.test {
		if high, ok := height(imp); ok && high > low {
			return "it stands higher: kernel < expr, arrange, exchange < relation < circuit < plan; " +
				"config, ledger, view, catalog, admin < pipeline < api < cli < cmd"
		}
	}
	return ""
}

// wrongThird says why the package must not import the third-party package imp; "" if it may.
func wrongThird(pkg, imp string) string {
	if within(pkg, []string{"examples/..."}) {
		return "" // outsiders choose for themselves
	}
	for mod, doors := range door {
		if imp != mod && !strings.HasPrefix(imp, mod+"/") {
			continue
		}
		for _, d := range doors {
			if pkg == d || strings.HasPrefix(pkg, d+"/") {
				return ""
			}
		}
		if len(doors) == 0 {
			return "it is for tests"
		}
		return "its door is " + list(doors) + "; use what that offers, or widen `door` in host/imports_test.go with a reason"
	}
	if within(pkg, []string{"connectors/..."}) {
		return ""
	}
	return "a third-party module has one door: name it in `door` of host/imports_test.go"
}

// height returns the height of the package or of the nearest parent that has one.
func height(pkg string) (int, bool) {
	for {
		if h, ok := order[pkg]; ok {
			return h, true
		}
		cut := strings.LastIndexByte(pkg, '/')
		if cut < 0 {
			return 0, false
		}
		pkg = pkg[:cut]
	}
}

// within reports whether pkg is one of the patterns; "x/..." is x and everything below it.
func within(pkg string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		base, tree := strings.CutSuffix(p, "/...")
		return pkg == base || tree && strings.HasPrefix(pkg, base+"/")
	})
}

func sameConnector(a, b string) bool {
	first := func(p string) string {
		s, _, _ := strings.Cut(strings.TrimPrefix(p, "connectors/"), "/")
		return s
	}
	// connectors itself holds All, the list of them.
	return a == "connectors" || first(a) == first(b)
}

func list(patterns []string) string {
	if len(patterns) == 0 {
		return "the standard library only"
	}
	return strings.Join(patterns, ", ")
}

// TestImportRules keeps the rules above honest: each line is one that must be refused, or allowed.
func TestImportRules(t *testing.T) {
	for _, c := range []struct {
		pkg, imp string
		ok       bool
	}{
		{"operators/relation", "wasm", false},
		{"operators/kernel", "operators/relation", false},
		{"operators/relation", "operators/kernel", true},
		{"operators/plan", "operators/sql", true},
		{"operators/expr", "sdk", false},
		{"operators/expr", "sdk/batch", true},
		{"wasm", "operators/expr", false},
		{"plugins/rpc", "sdk/arrow", true},
		{"connectors/files", "connectors/push", false},
		{"connectors/files", "connectors/files/internal", true},
		{"connectors/files", "plugins", false},
		{"host/config", "host/cli", false},
		{"host/cli", "host/config", true},
		{"examples/ticker", "host/config", false},
		{"sdk/serve", "plugins", true},
		{"sdk", "sdk/serve", false},
		{"host/pipeline", "operators/optest", false},
	} {
		f := parse(t, c.pkg, "package x")
		if wrong := wrongOwn(f, c.imp); (wrong == "") != c.ok {
			t.Errorf("%s imports %s: allowed %v, want %v (%s)", c.pkg, c.imp, wrong == "", c.ok, wrong)
		}
	}
	for _, c := range []struct {
		pkg, imp string
		ok       bool
	}{
		{"host/config", "github.com/spf13/viper", true},
		{"host/cli", "github.com/spf13/viper", false},
		{"operators/kernel", "github.com/cespare/xxhash/v2", true},
		{"operators/expr", "github.com/cespare/xxhash/v2", false},
		{"plugins/rpc", "google.golang.org/grpc/codes", true},
		{"connectors/postgres", "github.com/jackc/pgx/v5", true},
		{"host/pipeline", "github.com/jackc/pgx/v5", false},
		{"host/pipeline", "modernc.org/sqlite", false},
	} {
		if wrong := wrongThird(c.pkg, c.imp); (wrong == "") != c.ok {
			t.Errorf("%s imports %s: allowed %v, want %v (%s)", c.pkg, c.imp, wrong == "", c.ok, wrong)
		}
	}
}
