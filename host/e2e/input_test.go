package e2e_test

import (
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// shop joins two tables. A test changes one thing of it.
const shop = `app_name: shop
connections:
  - name: shop
    config: !Files
      path: data
      poll: 20ms
sql: |
  SELECT o.id, o.who, i.name, i.price INTO sold FROM orders o JOIN items i ON o.item = i.id;
endpoints:
  - name: items
    path: /items
    table_name: items
    index:
      primary_key: [id]
  - name: sold
    path: /sold
    table_name: sold
api:
  rest: {host: 127.0.0.1, port: $REST}
  grpc: {host: 127.0.0.1, port: $GRPC}
`

const (
	items  = "id,name,price\n1,pen,1.5\n2,ink,2.5\n3,pad,3.5\n"
	orders = "id,item,who\n10,1,ann\n11,2,bob\n12,3,cy\n"
)

// newShop makes a shop of the given changes: of files, by name; nil text removes one.
func newShop(t *testing.T, changes map[string]string) *app {
	t.Helper()
	files := map[string]string{"c.yaml": shop, "data/items/1.csv": items, "data/orders/1.csv": orders}
	maps.Copy(files, changes)
	return newApp(t, files)
}

func TestShop(t *testing.T) {
	a := newShop(t, nil)
	r, rep := a.once()
	r.want(0)
	if rep.DeadLetters != 0 {
		t.Errorf("%d dead letters", rep.DeadLetters)
	}
	got := a.export("sold")
	slices.Sort(got)
	if want := []string{"10,ann,pen,1.5", "11,bob,ink,2.5", "12,cy,pad,3.5"}; !slices.Equal(got, want) {
		t.Errorf("sold: %q", got)
	}
}

// replaced returns the shop's configuration with something else in one place.
func replaced(t *testing.T, old, new string) string {
	t.Helper()
	if strings.Count(shop, old) != 1 {
		t.Fatalf("%q is there %d times", old, strings.Count(shop, old))
	}
	return strings.Replace(shop, old, new, 1)
}

// declared gives the price a type.
const declared = "poll: 20ms\n      tables:\n        - {name: orders, format: csv}\n        - {name: items, columns: [{name: price, type: double}]}\n"

func TestBadConfiguration(t *testing.T) {
	for _, c := range []struct {
		name, old, new string
		code           int
		words          []string
	}{
		{"unknown column", "i.price INTO", "i.prize INTO", 2, []string{"c.yaml:8:31: ", `unknown column "i.prize"`, `did you mean "price"?`}},
		{"unknown table", "JOIN items", "JOIN item", 2, []string{"c.yaml:8:68: ", `unknown table "item"`, `did you mean "items"?`}},
		{"bad SQL", "FROM orders", "FORM orders", 2, []string{"c.yaml:8:49: ", `"FORM"`}},
		{"endpoint of no table", "table_name: sold", "table_name: solid", 2, []string{"c.yaml:17:17: ", `endpoint "sold"`, "solid", `did you mean "sold"?`}},
		{"wrong key of a table", "[id]", "[ids]", 2, []string{"c.yaml:14:", `endpoint "items"`, `unknown column "ids"`, `did you mean "id"?`}},
		{"wrong key of a view", "table_name: sold", "table_name: sold\n    index: {primary_key: [nme]}", 2, []string{"c.yaml:18:", `endpoint "sold"`, `unknown column "nme"`, `did you mean "name"?`}},
		{"unknown key", "sql:", "sqll:", 2, []string{"c.yaml:7:1: ", `unknown key "sqll"`, `did you mean "sql"?`}},
		{"unknown key of a connector", "path: data", "pth: data", 2, []string{"c.yaml:5:12: ", `connection "shop"`, `unknown key "pth"`, `did you mean "path"?`}},
		{"unknown connector", "!Files", "!Fles", 2, []string{"c.yaml:3:5: ", `connection "shop"`, "millrace-connector-fles", `did you mean "files"?`}},
		{"unknown connection", "sql:", "sources: [{name: items, table_name: items, connection: shpo}]\nsql:", 2, []string{"c.yaml:7:", `"shpo"`, `did you mean "shop"?`}},
		{"unknown source table", "sql:", "sources: [{name: items, table_name: itms, connection: shop}]\nsql:", 2, []string{"c.yaml:7:", `"itms"`, `did you mean "items"?`}},
		{"unknown source column", "sql:", "sources: [{name: items, table_name: items, connection: shop, columns: [id, nam, price]}]\nsql:", 2, []string{"c.yaml:7:", `unknown column "nam"`, `did you mean "name"?`}},
		{"no YAML", "sql:", "sql: [", 2, []string{"c.yaml:"}},
		{"a port twice", "$GRPC", "$REST", 2, []string{"c.yaml:20:", "port", "is also that of api.rest"}},
		{"no such port", "$GRPC", "180830", 2, []string{"c.yaml:20:", "180830 is not in 0..65535"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newShop(t, map[string]string{"c.yaml": replaced(t, c.old, c.new)})
			for _, command := range [][]string{{"build"}, {"run", "app", "--once"}} {
				a.run(command...).want(c.code, c.words...)
			}
			if _, err := os.Stat(filepath.Join(a.dir, "millrace.lock")); err == nil {
				t.Error("a lock file was written")
			}
		})
	}
}

func TestNoConfiguration(t *testing.T) {
	a := newApp(t, nil)
	a.run("run").want(2, "c.yaml")
	a.run("run", "--onec").want(2, "onec")
	a.run("rnu").want(2, `unknown command "rnu"`, `did you mean "run"?`)
	a.run("export").want(2, "VIEW")
}

func TestBadFiles(t *testing.T) {
	for _, c := range []struct {
		name    string
		changes map[string]string
		words   []string
	}{
		{"missing folder", map[string]string{"c.yaml": replaced(t, "path: data", "path: dta")}, []string{"c.yaml:3:5", `connection "shop"`, "there is no folder", "/dta;", "did you mean", "/data"}},
		{"missing folder of tables", map[string]string{"c.yaml": replaced(t, "path: data\n      poll: 20ms", "path: dta\n      tables: [{name: items}, {name: orders}]")}, []string{"c.yaml:3:5", `connection "shop"`, "there is no folder", "/dta;", "did you mean", "/data"}},
		{"missing folders", map[string]string{"c.yaml": replaced(t, "poll: 20ms", "tables: [{name: itms}, {name: ordrs}]")}, []string{"c.yaml:3:5", `connection "shop"`, `table "ordrs"`, "there is no folder", "did you mean", "/data/orders"}},
		{"empty folder", map[string]string{"c.yaml": replaced(t, "path: data", "path: none"), "none/.keep": ""}, []string{"c.yaml:3:5", `connection "shop"`, "/none", "no tables", ".parquet or .csv"}},
		{"empty folder of a table", map[string]string{"c.yaml": replaced(t, "poll: 20ms", "tables: [{name: items, path: none}, {name: orders}]"), "data/none/.keep": ""}, []string{"c.yaml:3:5", `table "items"`, "no .parquet files in", "/data/none"}},
		{"truncated Parquet", map[string]string{"data/items/1.csv": "", "data/items/2.parquet": "PAR1 and half a file"}, []string{"c.yaml:3:5", `table "items"`, "data/items/2.parquet", "cut off"}},
		{"no Parquet", map[string]string{"data/items/2.parquet": "no Parquet at all"}, []string{"c.yaml:3:5", `table "items"`, "data/items/2.parquet", "not a Parquet file"}},
		{"different columns", map[string]string{"data/items/2.csv": "id,name,cost\n4,cup,4.5\n"}, []string{"c.yaml:3:5", `table "items"`, `column "price"`, "data/items/1.csv", "data/items/2.csv", "write them alike"}},
		{"bad cell", map[string]string{"c.yaml": replaced(t, "poll: 20ms\n", declared), "data/items/2.csv": "id,name,price\n4,cup,4.5\n5,mug,cheap\n"}, []string{`table "items"`, "data/items/2.csv:3:7", `column "price"`, `"cheap"`}},
		{"too few cells", map[string]string{"data/items/2.csv": "id,name,price\n4,cup\n"}, []string{`table "items"`, "data/items/2.csv:2", "2 cells where there are 3 columns"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newShop(t, c.changes)
			if strings.HasSuffix(c.name, "Parquet") {
				if err := os.Remove(filepath.Join(a.dir, "data/items/1.csv")); err != nil {
					t.Fatal(err)
				}
			}
			r, _ := a.once()
			r.want(1, c.words...)
		})
	}
}

// TestParquet reads what export wrote, and then what is left of it when half is missing.
func TestParquet(t *testing.T) {
	a := newShop(t, nil)
	a.run("run", "app", "--once").want(0)
	want := a.export("sold")
	a.run("export", "items", "--format", "parquet", "-o", "items.parquet").want(0)
	whole := a.read("items.parquet")
	if err := os.RemoveAll(filepath.Join(a.dir, "data/items/1.csv")); err != nil {
		t.Fatal(err)
	}
	a.run("clean").want(0)
	a.write("data/items/1.parquet", whole)
	a.run("run", "app", "--once").want(0)
	if got := a.export("sold"); !slices.Equal(got, want) {
		t.Errorf("from Parquet %q, from CSV %q", got, want)
	}
	for _, size := range []int{len(whole) / 2, len(whole) - 4} {
		a.write("data/items/1.parquet", whole[:size])
		a.run("run", "app", "--once").want(1, "data/items/1.parquet", "cut off", "write the file again")
		if got := a.export("sold"); !slices.Equal(got, want) {
			t.Errorf("what was stored before is now %q", got)
		}
	}
	// A different schema: the same columns, but one has another type.
	a.write("data/items/1.parquet", whole)
	a.write("c.yaml", replaced(t, "i.name, i.price INTO", "i.name, CAST(i.price AS TEXT) AS price INTO"))
	a.run("clean").want(0)
	a.run("run", "app", "--once").want(0)
	a.run("export", "sold", "--format", "parquet", "-o", "data/items/2.parquet").want(0)
	a.run("run", "app", "--once").want(1, `table "items"`, "files of the table differ", "data/items/1.parquet", "data/items/2.parquet")
}

// TestDuplicateKey has rows with one key: one of them stays, the same whatever the order, and in each view; the
// others are dead letters.
func TestDuplicateKey(t *testing.T) {
	for name, text := range map[string]string{
		"first stands last":  "id,name,price\n2,ink,9.0\n2,ink,2.0\n",
		"first stands first": "id,name,price\n2,ink,2.0\n2,ink,9.0\n",
	} {
		t.Run(name, func(t *testing.T) {
			a := newShop(t, map[string]string{"data/items/2.csv": text})
			r, rep := a.once()
			r.want(0, "level=WARN", "rows became dead letters", "at=items", "rows=2", "another row has the same key")
			if rep.DeadLetters != 2 {
				t.Errorf("%d dead letters, want 2", rep.DeadLetters)
			}
			if got := a.export("items"); !slices.Contains(got, "2,ink,2") || len(got) != 3 {
				t.Errorf("items: %q", got)
			}
			if got := a.export("sold"); !slices.Contains(got, "11,bob,ink,2") || len(got) != 3 {
				t.Errorf("sold: %q", got)
			}
		})
	}
}

// TestDuplicateKeyComes has a second row of a key come while changes are followed: the outcome is the one that it would
// have been, had both been there from the start.
func TestDuplicateKeyComes(t *testing.T) {
	port := freePort(t)
	telemetry := fmt.Sprintf("telemetry: {metrics: !Prometheus {address: \"127.0.0.1:%d\"}}\n", port)
	a := newShop(t, map[string]string{"c.yaml": shop + telemetry})
	p := a.start("run")
	p.until("the first read is done", func() bool { return a.count("/sold") == 3 })
	a.write("data/items/2.csv", "id,name,price\n1,pen,0.5\n2,ink,9.0\n")
	a.write("data/orders/2.csv", "id,item,who\n13,1,dan\n")
	p.until("it has come", func() bool { return a.count("/sold") == 4 })
	p.until("the first in order stands", func() bool {
		_, body := a.get("/items/1")
		return strings.Contains(body, "0.5")
	})
	p.until("it is told", func() bool { return said(p.err.String(), "rows became dead letters", "at=items", "rows=2") })
	if _, text := a.request("GET", fmt.Sprintf("http://127.0.0.1:%d/metrics", port), ""); !said(text, `millrace_dead_letters_total{operator="items",pipeline="shop"} 2`) {
		t.Errorf("metrics: %s", text)
	}
	p.stop()
	got := a.export("sold")
	slices.Sort(got)
	if want := []string{"10,ann,pen,0.5", "11,bob,ink,2.5", "12,cy,pad,3.5", "13,dan,pen,0.5"}; !slices.Equal(got, want) {
		t.Errorf("sold: %q", got)
	}
}

func TestPortInUse(t *testing.T) {
	for _, c := range []struct{ name, old, new, setting string }{
		{"REST", "port: $REST", "port: $TAKEN", "api.rest.port"},
		{"gRPC", "port: $GRPC", "port: $TAKEN", "api.grpc.port"},
		{"metrics", "api:", "telemetry: {metrics: !Prometheus {address: \"127.0.0.1:$TAKEN\"}}\napi:", "telemetry.metrics"},
	} {
		t.Run(c.name, func(t *testing.T) {
			taken, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { taken.Close() })
			port := strconv.Itoa(taken.Addr().(*net.TCPAddr).Port)
			a := newShop(t, map[string]string{"c.yaml": strings.Replace(replaced(t, c.old, c.new), "$TAKEN", port, 1)})
			a.run("run").want(1, c.setting, "another program listens at 127.0.0.1:"+port)
			if c.name != "metrics" {
				a.run("run", "app", "--once").want(0) // it does not need the port
			}
		})
	}
}
