package expr

import (
	"strings"
	"testing"
)

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
