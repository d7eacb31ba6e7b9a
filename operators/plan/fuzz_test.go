package plan_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/operators/sql/lex"
	"github.com/millrace-dev/millrace/operators/sql/problem"
)

// scripts returns the statements of all golden files of this package, and the examples of the catalogue.
func scripts(t testing.TB) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"testdata/*.sql", "testdata/errors/*.txt"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for piece := range strings.SplitSeq(string(text), "\n====\n") {
				sql, _, _ := strings.Cut(piece, "\n----\n")
				all = append(all, sql)
			}
		}
	}
	for _, e := range problem.Catalogue() {
		all = append(all, e.Wrong, e.Right)
	}
	return slices.DeleteFunc(all, func(s string) bool { return s == "" || len(s) > 4<<10 })
}

// answered plans a script and checks that it is answered in time, with mistakes at places inside it.
func answered(t *testing.T, sql string) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("panic %v for\n%s", r, sql)
			panic(r)
		}
	}()
	start := processTime()
	said := mistakes(t, sql)
	if took := processTime() - start; took > time.Second {
		t.Errorf("took %v for\n%s", took, sql)
	}
	for _, code := range codes.FindAllStringSubmatch(said, -1) {
		if _, ok := problem.Find(code[1]); !ok || code[1] == "E1099" {
			t.Errorf("%s for\n%s", code[1], sql)
		}
	}
}

// FuzzWholeWay plans any text: it never panics or hangs.
func FuzzWholeWay(f *testing.F) {
	for _, s := range scripts(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		if len(sql) > 64<<10 {
			t.Skip()
		}
		answered(t, sql)
	})
}

// TestMutations plans scripts in which a few words were exchanged, most of which are grammatical.
func TestMutations(t *testing.T) {
	all := scripts(t)
	var words []string
	for _, s := range all {
		tokens, _ := lex.Scan(s)
		for _, token := range tokens {
			words = append(words, s[token.Pos:token.End])
		}
	}
	r := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // a test that repeats
	for range 4_000 {
		s := all[r.IntN(len(all))]
		tokens, _ := lex.Scan(s)
		var out []string
		for _, token := range tokens {
			out = append(out, s[token.Pos:token.End])
		}
		for range 1 + r.IntN(3) {
			i := r.IntN(len(out))
			switch r.IntN(5) {
			case 0:
				out = slices.Insert(out, i, words[r.IntN(len(words))])
			case 1:
				out = slices.Delete(out, i, min(i+1, len(out)-1))
			case 2:
				j := r.IntN(len(out))
				out[i], out[j] = out[j], out[i]
			default:
				out[i] = words[r.IntN(len(words))]
			}
		}
		answered(t, strings.Join(out, " "))
	}
}
