package jsonpath

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

const store = ` {"book": [
  {"title": "A \"b\"", "price": 8.95, "tags": ["x", "y"]},
  {"title": "C,]", "price": 12, "isbn": null},
  {"title": "D", "price": 9}
], "open": true, "päth": {"a.b": {"price": 1}}} `

func TestFind(t *testing.T) {
	for path, want := range map[string]string{
		"$":                               strings.TrimSpace(store),
		"$.open":                          "true",
		"$.missing":                       "",
		"$.book[0].price":                 "8.95",
		"$.book[-1].title":                `"D"`,
		"$.book[9]":                       "",
		"$.book[*].price":                 "8.95 12 9",
		"$.book[0,2].price":               "8.95 9",
		"$.book[1:].price":                "12 9",
		"$.book[::2].price":               "8.95 9",
		"$.book[:-1].price":               "8.95 12",
		"$..price":                        "8.95 12 9 1",
		"$.*.*.price":                     "8.95 12 9 1",
		"$['open']":                       "true",
		"$['päth']['a.b']":                `{"price": 1}`,
		"$.päth":                          `{"a.b": {"price": 1}}`,
		"$['open', 'book'][0].title":      `"A \"b\""`,
		"$.book[1].isbn":                  "null",
		"$.book[?(@.price < 10)].title":   `"A \"b\"" "D"`,
		"$.book[?(@.isbn)].price":         "12",
		"$.book[?(@.title == 'D')].price": "9",
		"$.book[?(@.title == 'D' || @.price >= 12 && @.price != 13)].price": "12 9",
		"$.book[?((@.price>8.95) && (@.price<12))].price":                   "9",
		"$.book[?(@.tags.length() == 2)].price":                             "8.95",
		"$.book[?(@.title > 5)].price":                                      "",
		"$.book[0].tags[1]":                                                 `"y"`,
		"$.book[?(@.price in [9, 12])].price":                               "12 9",
		"$.book[?(@.title nin ['D', \"C,]\"])].price":                       "8.95",
		"$.book[?(@.tags size 2)].price":                                    "8.95",
		"$.book[?(@.tags anyOf ['y', 'z'])].price":                          "8.95",
		"$.book[?(@.tags subsetOf ['x', 'y', 'z'] && @.tags)].price":        "8.95",
		"$.book[?(@.tags noneOf ['x'])].price":                              "12 9",
		"$.book[?(@.title ~= '^[CD]')].price":                               "12 9",
	} {
		p, err := Parse(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := strings.Join(p.Find(store), " "); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for path, want := range map[string]string{
		"":                               "begins with $",
		"a":                              "begins with $",
		"$.":                             "a name is missing",
		"$[":                             "an index is missing",
		"$[1":                            "a ] is missing",
		"$['a":                           "a quote is missing",
		"$['a', 1]":                      "keys and indexes",
		"$[::0]":                         "at least 1",
		"$[?(@.a ==)]":                   "a value is missing",
		"$[?(1)]":                        "a comparison is missing",
		"$[?(@.a == b)]":                 `"b" is no value`,
		"$[?(@.a ~= '(')]":               "regular expression",
		"$[?(@.a ~= 1)]":                 "in quotes",
		"$[?(@.a in [1 2])]":             "a ] is missing",
		"$[?(1 size 1)]":                 "size of a constant",
		"$x":                             `unexpected "x"`,
		"$[?" + strings.Repeat("(", 100): "too deeply",
	} {
		if _, err := Parse(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
}

func TestText(t *testing.T) {
	for in, want := range map[string]string{`"a"`: "a", `"a\"\u00e4"`: `a"ä`, "12": "12", "{}": "{}", "": ""} {
		if got := Text(in); got != want {
			t.Errorf("%s says %s", in, got)
		}
	}
}

func FuzzFind(f *testing.F) {
	f.Add("$.book[?(@.price < 10)]..title", store)
	f.Add("$[0:1]['a']", `[{"a":1}]`)
	f.Fuzz(func(t *testing.T, path, text string) {
		p, err := Parse(path)
		if err != nil || len(path) > 50 || len(text) > 500 {
			return
		}
		found := p.Find(text)
		if !json.Valid([]byte(text)) {
			return
		}
		for _, v := range found {
			if !json.Valid([]byte(v)) {
				t.Errorf("%q in %q is %q", path, text, v)
			}
		}
	})
}

func TestTooMany(t *testing.T) {
	p, err := Parse("$..*..*..*..*")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Search(strings.Repeat("[", 200) + "1" + strings.Repeat("]", 200)); !errors.Is(err, ErrTooMany) {
		t.Errorf("got %v", err)
	}
}
