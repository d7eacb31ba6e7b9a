package expr

import (
	"strconv"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/sdk/batch"
)

func TestJSONFunctions(t *testing.T) {
	m := made(t)
	x, in := columnOf(t, batch.T(batch.JSON), `{"a": {"b": "x\"y"}, "n": 5, "l": [1, 2]}`, `{"a": 7}`, nil, `[null]`)
	path := func(name, p string) Expr { return m(Call(name, x, Text(p))) }
	for want, e := range map[string]Expr{
		`"x\"y"; NULL; NULL; NULL`:        path("json_value", "$.a.b"),
		`x"y; NULL; NULL; NULL`:           path("json_text", "$.a.b"),
		`{"b": "x\"y"}; NULL; NULL; NULL`: path("json_query", "$.a"),
		`[1,2]; NULL; NULL; NULL`:         path("json_query", "$.l[*]"),
		`NULL; 7; NULL; NULL`:             path("json_value", "$.a"),
		`NULL; NULL; NULL; NULL`:          path("json_value", "$[0]"),
		`5; NULL; NULL; NULL`:             m(Cast(path("json_value", "$.n"), tInt, false)),
		`true; NULL; NULL; NULL`:          m(Call("=", path("json_text", "$.n"), Text("5"))),
		`bad; bad; NULL; bad`:             m(Call("json_value", x, m(Call("case", m(Call("is null", x)), Text("$"), Text("n"))))),
		`NULL; {"a": 7}; NULL; NULL`:      m(Call("case", m(Call("=", path("json_text", "$.a"), Text("7"))), m(Call("json_query", x)))),
	} {
		got := results(t, e, in, nil)
		for i := range got {
			if strings.HasPrefix(got[i], "bad: ") && Fallible(e) && strings.Contains(got[i], "it begins with $") {
				got[i] = "bad"
			}
		}
		if s := strings.Join(got, "; "); s != want {
			t.Errorf("%v: %s\nwant %s", e, s, want)
		}
	}
}

func TestDistance(t *testing.T) {
	m := made(t)
	berlin, paris := m(Call("point", Float(13.4050), Float(52.5200))), m(Call("point", Float(2.3522), Float(48.8566)))
	for _, c := range []struct {
		method    string
		low, high float64
	}{
		{"GEODESIC", 879_690, 879_710}, // 879.7 km
		{"vincenty", 879_690, 879_710},
		{"HAVERSINE", 877_400, 877_600},
	} {
		d, err := Fold(m(Call("distance", berlin, paris, Text(c.method))))
		if err != nil {
			t.Fatal(err)
		}
		if f, err := strconv.ParseFloat(d.Value, 64); err != nil || f < c.low || f > c.high {
			t.Errorf("%s: %v", c.method, f)
		}
	}
	for _, e := range []Expr{
		m(Call("distance", berlin, m(Call("point", Float(0), Float(91))))),
		m(Call("distance", berlin, paris, Text("FLAT"))),
	} {
		if d, err := Fold(e); err == nil {
			t.Errorf("%v is %v", e, d)
		}
	}
	p, in := columnOf(t, batch.T(batch.Point), [2]float64{1, 2}, nil)
	if got := results(t, m(Call("y", p)), in, nil); got[0] != "2" || got[1] != "NULL" {
		t.Errorf("y: %v", got)
	}
	if d, err := Fold(m(Call("distance", berlin, berlin))); err != nil || d.Value != "0" {
		t.Errorf("to itself: %v, %v", d.Value, err)
	}
}
