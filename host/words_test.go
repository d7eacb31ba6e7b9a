package host_test

import (
	"go/ast"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// banned maps a word that must not be part of a declared name to what we say instead (STYLE, glossary). It holds
// only words that have no honest second meaning in our code.
var banned = map[string]string{
	"chunk": "batch (rows), segment (storage)", "multiset": "zset", "multiplicity": "weight", "bag": "zset",
	"bookmark": "position", "savepoint": "checkpoint", "backfill": "snapshot (of a source), checkpoint (ours)",
	"vnode": "partition", "shard": "partition", "shuffle": "exchange", "repartition": "exchange",
	"dag": "circuit", "topology": "circuit", "materialization": "view",
	"gas": "fuel", "quota": "fuel (a guest's), budget", "sandbox": "instance",
	"subscription": "feed", "nack": "dead letter", "metastore": "ledger",
	"manager": "the noun that it manages", "helper": "what it does", "util": "what it does", "utils": "what it does",
	"impl": "a name of its own", "mgr": "the noun that it manages",
}

// bannedPhrases are names that are banned as a whole, whatever stands around them.
var bannedPhrases = map[string]string{
	"recordbatch": "batch", "nullmask": "validity", "porthandle": "port", "opidentifier": "position",
	"filtervector": "selection", "statetable": "arrangement", "executiongraph": "circuit",
	"failedrecord": "dead letter", "deadletterqueue": "dead letters",
}

// allowed names come from outside and keep the word they have there, each with its reason.
var allowed = map[string]string{
	"NewRecordBatch": "arrow-go's name", "recordBatch": "a message of Arrow IPC",
}

func TestWords(t *testing.T) {
	for _, f := range tree(t) {
		if strings.HasPrefix(f.path, "examples/") {
			continue // outsiders have words of their own
		}
		for _, id := range declared(f.ast) {
			if word, say := bannedIn(id.Name); word != "" {
				t.Errorf("%s:%d: %s: do not say %q for it, say %s", f.path, f.line(id.Pos()), id.Name, word, say)
			}
		}
	}
}

// declared returns the package name and every name that the file declares at top level, fields and methods included.
func declared(f *ast.File) []*ast.Ident {
	names := []*ast.Ident{f.Name}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			names = append(names, d.Name)
		case *ast.GenDecl:
			ast.Inspect(d, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.TypeSpec:
					names = append(names, n.Name)
				case *ast.ValueSpec:
					names = append(names, n.Names...)
				case *ast.Field:
					names = append(names, n.Names...)
				case *ast.FuncLit, *ast.FuncType:
					return false
				}
				return true
			})
		}
	}
	return names
}

// bannedIn returns the banned word in a name and what to say instead; "" if there is none.
func bannedIn(name string) (word, say string) {
	if allowed[name] != "" {
		return "", ""
	}
	for _, w := range words(name) {
		for _, form := range []string{w, strings.TrimSuffix(w, "s")} {
			if say, ok := banned[form]; ok {
				return form, say
			}
		}
	}
	flat := strings.ToLower(strings.ReplaceAll(name, "_", ""))
	for _, phrase := range slices.Sorted(maps.Keys(bannedPhrases)) {
		if strings.Contains(flat, phrase) {
			return phrase, bannedPhrases[phrase]
		}
	}
	return "", ""
}

// words splits a Go name into its lower-case words: "newHTTPServer" is new, http, server.
func words(name string) (out []string) {
	runes := []rune(name)
	start := 0
	cut := func(end int) {
		if end > start {
			out = append(out, strings.ToLower(string(runes[start:end])))
		}
		start = end
	}
	for i := 1; i < len(runes); i++ {
		upper := unicode.IsUpper(runes[i])
		switch {
		case runes[i] == '_' || unicode.IsDigit(runes[i]):
			cut(i)
			start = i + 1
		case upper && !unicode.IsUpper(runes[i-1]), upper && i+1 < len(runes) && unicode.IsLower(runes[i+1]):
			cut(i)
		}
	}
	cut(len(runes))
	return out
}

func TestWordRules(t *testing.T) {
	for name, want := range map[string]string{
		"newViewManager": "manager", "Chunks": "chunk", "chunkSize": "chunk", "DAGNode": "dag", "RecordBatch": "recordbatch",
		"record_batch": "recordbatch", "NewRecordBatch": "", "Baggage": "", "gasoline": "", "implement": "", "batch": "",
		"utils": "utils", "HTTPHelper": "helper", "shardOf2": "shard",
	} {
		if got, _ := bannedIn(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := strings.Join(words("newHTTPServer2Go"), " "); got != "new http server go" {
		t.Errorf("words: %q", got)
	}
}
