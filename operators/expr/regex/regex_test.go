package regex

import (
	"math/rand/v2"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

func TestNeeded(t *testing.T) {
	for text, want := range map[string]need{
		`(&|^)channel_id=([^&]*)`: {"channel_id=", 1},
		`abc`:                     {}, // package regexp looks for it
		`x*abc`:                   {"abc", -1},
		`x?y{2,3}(abc)+`:          {"abc", 4},
		`(?i)abc`:                 {},
		`(?i)[ab]12-3`:            {"12-3", 1},
		`a|b`:                     {},
		`[ab]x(?:cd){2}e*`:        {"cd", 2},
		`.(?:ab){0,2}`:            {},
		`[ab]+x[cd]yy[ef]zz`:      {"yy", -1},
		`[ab]\x{FFFD}`:            {},
		`^.b`:                     {"b", 1},
		`.{70}b`:                  {"b", -1},
	} {
		p, err := Compile(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := (need{p.need, p.before}); got != want {
			t.Errorf("%s: needs %v, want %v", text, got, want)
		}
	}
}

// same compares with package regexp.
func same(t *testing.T, text, s string) {
	t.Helper()
	re, err := regexp.Compile(text)
	p, ours := Compile(text)
	if (err == nil) != (ours == nil) {
		t.Fatalf("%q: %v, want %v", text, ours, err)
	}
	if err != nil {
		return
	}
	if got, want := p.Match(s), re.MatchString(s); got != want {
		t.Fatalf("%q in %q: match %v, want %v", text, s, got, want)
	}
	if got, want := p.Find(s), re.FindStringSubmatchIndex(s); !reflect.DeepEqual(got, want) {
		t.Fatalf("%q in %q: found %v, want %v", text, s, got, want)
	}
	if got, want := p.FindAll(s, -1), re.FindAllStringSubmatchIndex(s, -1); !reflect.DeepEqual(got, want) {
		t.Fatalf("%q in %q: found %v, want %v", text, s, got, want)
	}
	if got, want := p.Count(s), len(re.FindAllStringIndex(s, -1)); got != want {
		t.Fatalf("%q in %q: %d matches, want %d", text, s, got, want)
	}
}

// TestSame: random expressions over few letters find in random texts what package regexp finds.
func TestSame(t *testing.T) {
	atoms := []string{
		"a", "b", "ab", "ba", "é", "語", ".", "[ab]", "[^a]", `\b`, `\B`, "^", "$", `\A`, `\z`, "(?i:a)", "(?i:k1)", "(?m:^)", "(?m:$)", "(?s:.)", `\n`,
		`\x{FFFD}`, `\Qab\E`, "12",
	}
	texts := []string{"a", "b", "ab", "A", "é", "語", "\n", " ", "\xff", "\xe8\xaa", "\x80", "�", "1", "12", "k", "K", "ſ"}
	for seed := range uint64(20_000) {
		r := rand.New(rand.NewPCG(seed, 1))
		var expression func(depth int) string
		expression = func(depth int) string {
			var out strings.Builder
			for range 1 + r.IntN(4) {
				part := atoms[r.IntN(len(atoms))]
				if depth > 0 && r.IntN(3) == 0 {
					part = []string{"(", "(?:"}[r.IntN(2)] + expression(depth-1) + ")"
				}
				out.WriteString(part + []string{"", "", "", "*", "+", "?", "{2}", "{1,3}", "*?", "+?", "|"}[r.IntN(11)])
			}
			return out.String()
		}
		text := expression(2)
		for range 8 {
			var s strings.Builder
			for range r.IntN(14) {
				s.WriteString(texts[r.IntN(len(texts))])
			}
			same(t, text, s.String())
		}
	}
}

// FuzzSame: any expression finds in any text what package regexp finds.
func FuzzSame(f *testing.F) {
	f.Add(`(&|^)channel_id=([^&]*)`, "https://a.b/c?x=1&channel_id=12&y")
	f.Add(`x?y{2,3}(abc)+`, "xxyyyabcabc")
	f.Add(`(?i)[ab]12-3`, "\xffB12-3")
	f.Add(`\b.b|c`, "語b c")
	f.Add(`.\Qa`, "xa)")
	f.Fuzz(func(t *testing.T, text, s string) {
		if len(text) > 200 || len(s) > 2000 {
			return
		}
		same(t, text, s)
	})
}

func BenchmarkFind(b *testing.B) {
	texts := []string{
		"https://www.nexmark.com/abcd/efgh/ijkl/item.htm?query=1&channel_id=123456",
		"https://www.nexmark.com/abcd/efgh/ijkl/item.htm?query=1",
	}
	const text = `(&|^)channel_id=([^&]*)`
	p, err := Compile(text)
	if err != nil {
		b.Fatal(err)
	}
	for name, find := range map[string]func(string) []int{"regex": p.Find, "regexp": regexp.MustCompile(text).FindStringSubmatchIndex} {
		b.Run(name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				find(texts[i%2])
			}
		})
	}
}
