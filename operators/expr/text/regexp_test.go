package text

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzSimilar: SIMILAR TO of a pattern with nothing but % and _ is LIKE, and no pattern panics.
func FuzzSimilar(f *testing.F) {
	f.Add("abc", "a%_")
	f.Add("abc", "(a|b)+[c-d]{1,2}")
	f.Fuzz(func(t *testing.T, s, p string) {
		if !utf8.ValidString(s) || !utf8.ValidString(p) || len(s)+len(p) > 200 {
			return
		}
		re, err := compileSimilar(p, `\`)
		if _, other := compileRegexp(p, "ismg", true); other == nil && len(p) > maxPattern {
			t.Error("too long a pattern")
		}
		if strings.ContainsAny(p, `|*+?{}()[]`) {
			return
		}
		like, ok := newPattern(p, '\\', false)
		if (err == nil) != ok {
			t.Fatalf("%q: %v, as LIKE %v", p, err, ok)
		}
		if ok && re.Match(s) != like.matches(s) {
			t.Errorf("%q SIMILAR TO %q is not LIKE", s, p)
		}
	})
}

func TestReplacement(t *testing.T) {
	for by, want := range map[string]string{`\1-\2`: "b-c", `\&\&`: "bcbc", `\\`: `\`, `\x`: `\x`, `\9`: "", `a\`: `a\`} {
		re, err := compileRegexp("(b)(c)", "", false)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := replaceMatches(nil, re, [2]string{"bc", by}, false); !ok || string(got) != want {
			t.Errorf("%s gives %s, want %s", by, got, want)
		}
	}
}

// TestManyPatterns: a call with more expressions than it keeps computes the same.
func TestManyPatterns(t *testing.T) {
	r := &regexps{known: map[string]compiled{}}
	for i := range 3 * maxCompiled {
		p := strings.Repeat("a", i%300+1)
		re, err := r.get(p, "")
		if err != nil || !re.Match(p) || len(r.known) > maxCompiled {
			t.Fatalf("%d: %v, %d kept", i, err, len(r.known))
		}
	}
}
