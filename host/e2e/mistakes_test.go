package e2e_test

import (
	"strings"
	"testing"
)

const mistaken = `app_name: shop
connections:
  - name: shop
    config: !Files
      path: data
      poll: 20ms
sql: |
  -- größe: names of the user's own language
  SELECT o.id, o.whoo, i.name, "größe",
         i.prce * ${FACTOR:-2} AS double, lenght(i.name) AS n
    INTO sold
    FROM orders o
    JOIN items i ON i.id = o.itm;
  SELECT name INTO dear FROM items WHRE price > 5;
  SELECT name INTO more FROM dear;
  SELECT RANDOM() AS r INTO lots FROM itmes
endpoints:
  - {name: items, path: /items, table_name: items, index: {primary_key: [id]}}
  - {name: nice, path: /nice, table_name: nice, sql: "SELECT 'it''s' AS a, nme FROM items"}
api:
  rest: {port: $REST}
  grpc: {port: $GRPC}
`

const mended = `c.yaml:9:16: E2002: unknown column "o.whoo"
  9 |   SELECT o.id, o.whoo, i.name, "größe",
    |                ^^^^^^
  fix: did you mean "who"?
c.yaml:9:32: E2002: unknown column "größe"
  9 |   SELECT o.id, o.whoo, i.name, "größe",
    |                                ^^^^^^^
  fix: strings are written in single quotes: 'größe'
c.yaml:10:10: E2002: unknown column "i.prce"
 10 |          i.prce * ${FACTOR:-2} AS double, lenght(i.name) AS n
    |          ^^^^^^
  fix: did you mean "price"?
c.yaml:10:43: E2004: unknown function "lenght"
 10 |          i.prce * ${FACTOR:-2} AS double, lenght(i.name) AS n
    |                                           ^^^^^^
  fix: did you mean "length"?
c.yaml:13:28: E2002: unknown column "o.itm"
 13 |     JOIN items i ON i.id = o.itm;
    |                            ^^^^^
  fix: did you mean "item"?
c.yaml:14:41: E1010: unexpected "price"
 14 |   SELECT name INTO dear FROM items WHRE price > 5;
    |                                         ^^^^^
  fix: did you mean WHERE instead of WHRE?
c.yaml:16:10: E2902: RANDOM gives another value at each call, and a row that is taken back has to be the row that was added
 16 |   SELECT RANDOM() AS r INTO lots FROM itmes
    |          ^^^^^^^^
  fix: let the source write the value into the row, or derive it from the row's key
c.yaml:16:39: E2001: unknown table "itmes"
 16 |   SELECT RANDOM() AS r INTO lots FROM itmes
    |                                       ^^^^^
  fix: did you mean "items"?
c.yaml:19:76: E2002: unknown column "nme"
 19 |   - {name: nice, path: /nice, table_name: nice, sql: "SELECT 'it''s' AS a, nme FROM items"}
    |                                                                            ^^^
  fix: did you mean "name"?
` + "`millrace explain E2002` tells more\n"

// TestMistakes tells all mistakes of the SQL at once, each at its place in the user's own file.
func TestMistakes(t *testing.T) {
	a := newShop(t, map[string]string{"c.yaml": mistaken})
	for _, command := range [][]string{{"build"}, {"explain"}, {"run", "app", "--once"}} {
		r := a.run(command...)
		r.want(2)
		if _, got, _ := strings.Cut(r.err, "\nc.yaml:9:"); !strings.HasSuffix(r.err, mended) {
			t.Errorf("%v: got\n%s\nwant\n%s", command, "c.yaml:9:"+got, mended)
		}
	}
	many := strings.Repeat("  SELECT x INTO y FROM z;\n", 30)
	a.write("c.yaml", strings.Replace(mistaken, "sql: |\n", "sql: |\n"+many, 1))
	a.run("build").want(2, "and ", " more")
}

// TestExplainCode tells what a code means.
func TestExplainCode(t *testing.T) {
	a := newShop(t, nil)
	for _, code := range []string{"E2002", "e2002"} {
		r := a.run("explain", code)
		r.want(0)
		r.wantOut("E2002: unknown column")
		r.wantOut("SELECT nmae INTO v FROM customers;")
	}
	r := a.run("explain", "w2001")
	r.want(0)
	r.wantOut("W2001: ")
	a.run("explain", "E2999").want(2, "there is no E2999", "E2")
}
