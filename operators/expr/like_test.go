package expr

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/millrace-dev/millrace/sdk/batch"
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

func TestLikeOfColumns(t *testing.T) {
	m := made(t)
	x, in := columnOf(t, tText, "a%c", "abc", nil, "ABC")
	for want, e := range map[string]Expr{
		"true true NULL false":  m(Call("like", x, Text("a%"))),
		"true false NULL false": m(Call("like", x, Text("a!%_"), Text("!"))),
		"true true NULL true":   m(Call("ilike", x, Text("a_C"))),
		"true true NULL bad":    m(Call("like", x, m(Call("case", m(Call("=", x, Text("ABC"))), Text(`x\`), Text("a%"))))),
		"NULL NULL NULL NULL":   m(Call("like", x, Null(tText))),
	} {
		got := results(t, e, in, nil)
		for i := range got {
			if strings.HasPrefix(got[i], "bad: ") {
				got[i] = "bad"
			}
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%v: %s, want %s", e, s, want)
		}
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

func FuzzStrftime(f *testing.F) {
	f.Add("%Y-%m-%d %H:%M:%S.%3f %p %-d %_H", int64(0))
	f.Fuzz(func(t *testing.T, p string, us int64) {
		out, ok := strftime(nil, time.UnixMicro(us).UTC(), p)
		again, ok2 := strftime(nil, time.UnixMicro(us).UTC(), p)
		if ok != ok2 || string(out) != string(again) || len(out) > 64*len(p)+1 {
			t.Errorf("%q gives %q, %v", p, out, ok)
		}
	})
}

func FuzzInterval(f *testing.F) {
	f.Add("1 day 2 hours", "")
	f.Add("1.5", "HOUR")
	f.Fuzz(func(t *testing.T, text, unit string) {
		e, err := Interval(text, unit)
		if err == nil && (e.Op != LiteralOp || e.Type != tDur) && !e.IsCall("months") {
			t.Errorf("INTERVAL %q %q is %v", text, unit, e)
		}
	})
}

func FuzzCastText(f *testing.F) {
	f.Add("1.5")
	f.Add("2024-01-01T00:00:00Z")
	f.Add(`{"a": [1]}`)
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return
		}
		for _, typ := range []string{"int8", "uint64", "float32", "decimal(38,3)", "int128", "bool", "date", "timestamp", "duration", "json", "uuid", "point", "binary"} {
			typ, err := batch.ParseType(typ)
			if err != nil {
				t.Fatal(err)
			}
			e, err := Cast(Text(s), typ, true)
			if err != nil {
				t.Fatalf("%q as %v: %v", s, typ, err)
			}
			if e.Null {
				continue
			}
			if back, err := Cast(Text(e.Value), typ, false); err != nil || back.Value != e.Value {
				t.Errorf("%q as %v is %q, which reads as %q, %v", s, typ, e.Value, back.Value, err)
			}
		}
	})
}
