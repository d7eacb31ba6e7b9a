package lex

import (
	"fmt"
	"strings"
	"testing"
)

func show(tokens []Token, errs []Error) string {
	var parts []string
	names := [...]string{EOF: "eof", Word: "w", Quoted: "q", String: "s", Bytes: "x", Number: "n", Param: "p", Op: "", Bad: "bad"}
	for _, t := range tokens[:len(tokens)-1] {
		parts = append(parts, names[t.Kind]+":"+t.Text)
	}
	for _, e := range errs {
		parts = append(parts, fmt.Sprintf("%s@%d-%d", e.Code, e.Pos, e.End))
	}
	return strings.Join(parts, " ")
}

func TestScan(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "",
		"select a1_$ from größe": "w:select w:a1_$ w:from w:größe",
		`"a""b" ` + "`c``d`":     "q:a\"b q:c`d",
		`'it''s' '' E'\n\\\'\x41\101\u00e9\U0001F600' N'n' n'm'`: "s:it's s: s:\n\\'AAé😀 s:n s:m",
		"X'00fF' x''":                "x:00fF x:",
		"1 1.5 .5 5. 1e3 1E-3 1_000": "n:1 n:1.5 n:.5 n:5. n:1e3 n:1E-3 n:1000",
		"a.b a . b t.1":              "w:a :. w:b w:a :. w:b w:t n:.1",
		"1..2":                       "n:1 :. n:.2",
		"$1 $12":                     "p:1 p:12",
		"a->>b->c||d<=e<>f!=g::h=>i": "w:a :->> w:b :-> w:c :|| w:d :<= w:e :<> w:f :!= w:g ::: w:h :=> w:i",
		"a- -b a--b\nc":              "w:a :- :- w:b w:a w:c",
		"a/*x/*y*/z*/b/**/c":         "w:a w:b w:c",
		"a*/b":                       "w:a :* :/ w:b",
		"a\u00a0b\u2028c":            "w:a w:b w:c",
		"\ufeffa":                    "w:a",
		"!~* !~ ~* ~ #>> #> @> <@ && << >> == **": ":!~* :!~ :~* :~ :#>> :#> :@> :<@ :&& :<< :>> :== :**",
		"x'0g' X'0'":      "bad:x'0g' bad:X'0' E1006@0-5 E1006@6-10",
		"b'01'":           "bad:01 E1040@0-5",
		`U&'x'`:           "bad:U& s:x E1040@0-2",
		"'abc":            "bad:'abc E1002@0-1",
		`"abc`:            `bad:"abc E1003@0-1`,
		`""`:              `bad:"" E1007@0-2`,
		"/* /* */":        "E1004@0-2",
		`E'\q'`:           `bad:\q s: E1006@2-4`,
		`E'\u12'`:         `bad:\u s:12 E1006@2-4`,
		`E'\`:             `bad:\ bad:E'\ E1006@2-3 E1002@0-1`,
		"1a 0x1F 1e 1_":   "bad:1a bad:0x1F bad:1e bad:1_ E1005@0-2 E1005@3-7 E1005@8-10 E1005@11-13",
		"$ $x ${A}":       "bad:$ bad:$ w:x bad:${ w:A bad:} E1001@0-1 E1001@2-3 E1008@5-7 E1001@8-9",
		"‘a’":             "bad:‘ w:a bad:’ E1001@0-3 E1001@4-7",
		"a \x00 \xff":     "w:a bad:\x00 bad:\xff E1001@2-3 E1001@4-5",
		"'\xff' \"\xff\"": "bad:'\xff' bad:\"\xff\" E1001@0-3 E1001@4-7",
		"'\x00'":          "bad:'\x00' E1006@0-3",
		"? @ ! { } \\":    "bad:? bad:@ bad:! bad:{ bad:} bad:\\ E1001@0-1 E1001@2-3 E1001@4-5 E1001@6-7 E1001@8-9 E1001@10-11",
	} {
		if got := show(Scan(text)); got != want {
			t.Errorf("%q:\ngot  %q\nwant %q", text, got, want)
		}
	}
}

// TestPlaces checks that tokens lie in order inside the text, end with EOF at its end, and that words,
// numbers and operators are the text at their place.
func TestPlaces(t *testing.T) {
	const text = "/* c */ select a.\"b\", 'x''y' || 12.5 -- end\n from t where größe >= $1 "
	tokens, errs := Scan(text)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	last := 0
	for _, token := range tokens {
		if token.Pos < last || token.End < token.Pos || token.End > len(text) {
			t.Errorf("%+v out of order", token)
		}
		last = token.End
		if token.Kind == Word || token.Kind == Number || token.Kind == Op {
			if text[token.Pos:token.End] != token.Text {
				t.Errorf("%+v is not the text at its place", token)
			}
		}
		if (token.Upper != "") != (token.Kind == Word) {
			t.Errorf("%+v: only words have capitals", token)
		}
	}
	if end := tokens[len(tokens)-1]; end.Kind != EOF || end.Pos != len(text) {
		t.Errorf("ends with %+v", end)
	}
}

// FuzzScan checks that any text is cut into tokens in order, with an error for each Bad one.
func FuzzScan(f *testing.F) {
	f.Add("select 'a', E'\\n', \"b\", 1.5e3 -- c\n /* d */ ${e}")
	f.Fuzz(func(t *testing.T, text string) {
		tokens, errs := Scan(text)
		last, bad := 0, 0
		for _, token := range tokens {
			if token.Pos < last || token.End < token.Pos || token.End > len(text) {
				// What is wrong inside a string comes before the string itself.
				if token.Kind != String && token.Kind != Bad && token.Kind != Bytes {
					t.Fatalf("%+v out of order in %q", token, text)
				}
			}
			last = token.End
			if token.Kind == Bad {
				bad++
			}
		}
		if bad > len(errs) {
			t.Fatalf("%d bad tokens, %d errors in %q", bad, len(errs), text)
		}
	})
}
