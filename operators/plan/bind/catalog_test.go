package bind

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/operators/expr"
)

// TestCatalog: what people are told of are the window functions and the table functions that are bound here.
func TestCatalog(t *testing.T) {
	told := map[string][]string{}
	for _, f := range expr.Catalog() {
		told[f.Group] = append(told[f.Group], f.Name)
		if f.Signature == "" || f.Help == "" || !slices.Contains(expr.Groups, f.Group) {
			t.Errorf("%+v is not described", f)
		}
	}
	windows := slices.DeleteFunc(slices.Sorted(maps.Keys(windowForms)), func(name string) bool { return !windowOnly(name) })
	if got := slices.DeleteFunc(slices.Sorted(slices.Values(told["windows"])), func(name string) bool { return !windowOnly(name) }); !slices.Equal(got, windows) {
		t.Errorf("told of %v, bound are %v", got, windows)
	}
	var tables []string
	for name := range timeForms {
		tables = append(tables, strings.ToLower(name))
	}
	slices.Sort(tables)
	if got := slices.Sorted(slices.Values(told["tables"])); !slices.Equal(got, tables) {
		t.Errorf("told of %v, bound are %v", got, tables)
	}
}
