package text

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// asRegexp is LIKE by another road.
func asRegexp(p string, escape rune, fold bool) *regexp.Regexp {
	var out strings.Builder
	out.WriteString("(?s)^")
	if fold {
		out.WriteString("(?i)")
	}
	escaped := false
	for _, r := range p {
		switch {
		case escaped:
			out.WriteString(regexp.QuoteMeta(string(r)))
			escaped = false
		case r == escape:
			escaped = true
		case r == '%':
			out.WriteString(".*")
		case r == '_':
			out.WriteString(".")
		default:
			out.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	return regexp.MustCompile(out.String() + "$")
}

func TestLike(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	letters := []string{"a", "b", "B", "ä", "%", "_", "\\", "!"}
	word := func(n int) string {
		var s strings.Builder
		for range r.IntN(n) {
			s.WriteString(letters[r.IntN(len(letters))])
		}
		return s.String()
	}
	matched := 0
	for range 30000 {
		s, p, fold := word(7), word(6), r.IntN(2) == 0
		escape := []rune{'\\', '!', -1}[r.IntN(3)]
		pat, ok := newPattern(p, escape, fold)
		if !ok {
			continue
		}
		want := asRegexp(p, escape, fold).MatchString(s)
		if got := pat.matches(s); got != want {
			t.Fatalf("%q LIKE %q escape %q, fold %v: %v", s, p, escape, fold, got)
		}
		if want {
			matched++
		}
	}
	if matched < 1500 {
		t.Errorf("only %d matches", matched)
	}
}

func FuzzLike(f *testing.F) {
	f.Add("abc", "a%_", "\\", true)
	f.Fuzz(func(t *testing.T, s, p, escape string, fold bool) {
		if !utf8.ValidString(s) || !utf8.ValidString(p) || len(s)+len(p) > 200 {
			return
		}
		esc, _ := utf8.DecodeRuneInString(escape)
		if escape == "" {
			esc = -1
		}
		pat, ok := newPattern(p, esc, fold)
		got := ok && pat.matches(s)
		if ok && !fold && got != asRegexp(p, esc, false).MatchString(s) {
			t.Errorf("%q LIKE %q escape %q: %v", s, p, esc, got)
		}
	})
}
