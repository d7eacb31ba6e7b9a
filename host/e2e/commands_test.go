package e2e_test

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// wantOut checks that a line of standard output has words in this order.
func (r result) wantOut(words ...string) {
	r.app.t.Helper()
	if !said(r.out, words...) {
		r.app.t.Errorf("%v: no line has %q:\n%s", r.cmd.Args[5:], words, r.out)
	}
}

func TestLooking(t *testing.T) {
	a := newShop(t, nil)
	r := a.run("version")
	r.want(0)
	r.wantOut("millrace", "go1.")

	r = a.run("connectors")
	r.want(0)
	r.wantOut("connection shop: table items")
	r.wantOut("price", "float64", "null")
	if r = a.run("connectors", "-f", "ord"); strings.Contains(r.out, "items") || !strings.Contains(r.out, "orders") {
		t.Errorf("filtered: %s", r.out)
	}

	r = a.run("explain")
	r.want(0)
	r.wantOut("view items: table items as it is")
	r.wantOut("join", "item = id")
	r.wantOut("scan orders")
	r = a.run("explain", "--format", "json", "sold")
	r.want(0)
	var plan struct{ Views []struct{ Name string } }
	if err := json.Unmarshal([]byte(r.out), &plan); err != nil || len(plan.Views) != 1 || plan.Views[0].Name != "sold" {
		t.Errorf("%v: %s", err, r.out)
	}
	a.run("explain", "slod").want(1, `view "slod"`, `did you mean "sold"?`)
	r = a.run("explain", "--config-overrides", "/endpoints=[]")
	r.want(0)
	r.wantOut("No endpoint serves a result")

	if entries, err := os.ReadDir(filepath.Join(a.dir, ".millrace")); err == nil {
		t.Errorf("looking left data behind: %v", entries)
	}
}

func TestBuild(t *testing.T) {
	a := newShop(t, nil)
	a.run("build", "--locked").want(1, "millrace.lock does not exist", "run millrace build")
	a.run("run", "app", "--once", "--locked").want(1, "millrace.lock does not exist", "run millrace build")
	r := a.run("build")
	r.want(0)
	r.wantOut("endpoint sold at /sold: view sold")
	var lock struct {
		Plugins map[string]string
		Views   map[string][]string
	}
	if err := json.Unmarshal([]byte(a.read("millrace.lock")), &lock); err != nil {
		t.Fatal(err)
	}
	if len(lock.Plugins) != 1 || len(lock.Plugins["files"]) != 64 || !slices.Equal(lock.Views["items"], []string{"id int64 key", "name utf8", "price float64"}) {
		t.Errorf("lock file: %+v", lock)
	}
	a.run("build", "--locked").want(0)
	a.write("c.yaml", replaced(t, "o.who, ", ""))
	a.run("build", "--locked").want(1, "millrace.lock is out of date", "run millrace build")
	a.run("build").want(0)
	a.run("build", "--locked").want(0)
}

func TestExport(t *testing.T) {
	a := newShop(t, map[string]string{"data/items/1.csv": "id,name,price\n1,\"a \"\"pen\"\", blue\",1.5\n2,ink,2.5\n3,,\n"})
	a.run("export", "sold").want(1, "there is no data in .millrace/views", "nothing is stored yet", "run the app first")
	a.run("run", "app", "--once").want(0)
	for format, want := range map[string]string{
		"csv":    "id,name,price\n1,\"a \"\"pen\"\", blue\",1.5\n2,ink,2.5\n3,,\n",
		"ndjson": "{\"id\":1,\"name\":\"a \\\"pen\\\", blue\",\"price\":1.5}\n{\"id\":2,\"name\":\"ink\",\"price\":2.5}\n{\"id\":3,\"name\":null,\"price\":null}\n",
	} {
		r := a.run("export", "items", "--format", format)
		r.want(0)
		if r.out != want {
			t.Errorf("%s: %q", format, r.out)
		}
		a.run("export", "items", "-o", "items."+format).want(0)
		if got := a.read("items." + format); got != want {
			t.Errorf("%s file: %q", format, got)
		}
	}
	a.run("export", "items", "-o", "items.parquet").want(0)
	if text := a.read("items.parquet"); !strings.HasPrefix(text, "PAR1") || !strings.HasSuffix(text, "PAR1") {
		t.Errorf("no Parquet: %q", text)
	}
	a.run("export", "itms").want(1, `view "itms"`, `did you mean "items"?`)
	a.run("export", "items", "--format", "xml").want(2, "xml", "parquet, csv, ndjson")
	a.run("export", "items", "-o", "nowhere/items.csv").want(1, "nowhere")
	a.run("clean").want(0)
	a.run("clean").want(0)
	a.run("export", "items").want(1, "nothing is stored yet")
	if _, err := os.Stat(filepath.Join(a.dir, ".millrace")); err == nil {
		t.Error("clean left the folder of the data")
	}
}

// TestAPI serves what is stored, alone and beside the process that has the data.
func TestAPI(t *testing.T) {
	a := newShop(t, nil)
	a.run("run", "api").want(1, "there is no data in .millrace/views", "nothing is stored yet", "run the app first")
	a.run("run", "app", "--once").want(0)
	api := a.start("run", "api")
	api.until("it serves", func() bool { return a.count("/sold") == 3 })
	if status, body := a.get("/items/2"); status != 200 || !strings.Contains(body, `"ink"`) {
		t.Errorf("%d %s", status, body)
	}
	if status, body := a.get("/itms"); status != 404 || !strings.Contains(body, `did you mean`) {
		t.Errorf("%d %s", status, body)
	}
	api.stop()

	app := a.start("run", "app")
	app.until("it runs", func() bool {
		_, err := os.Stat(filepath.Join(a.dir, ".millrace", "rest.sock"))
		return err == nil
	})
	api = a.start("run", "api")
	api.until("it serves", func() bool { return a.count("/sold") == 3 })
	a.write("data/orders/2.csv", "id,item,who\n13,1,dan\n")
	api.until("changes are served", func() bool { return a.count("/sold") == 4 })

	// What is in use is neither removed nor used by another.
	for _, command := range [][]string{{"clean"}, {"run", "app"}, {"run", "app", "--once"}} {
		a.run(command...).want(1, "data in .millrace/views", "another millrace process has it open", "stop that one")
	}
	a.run("explain").want(0)
	app.signal(os.Interrupt)
	app.wait().want(0)
	api.stop()
	if got := a.export("sold"); len(got) != 4 {
		t.Errorf("sold: %q", got)
	}
}

// shopWithPush has a second connection, by which orders come one by one.
var shopWithPush = strings.Replace(strings.Replace(shop, "sql: |", `  - name: till
    config: !Push
      port: $PUSH
      tables: [{name: orders}]
sources:
  - {name: items, table_name: items, connection: shop}
  - {name: orders, table_name: orders, connection: shop, primary_key: [id]}
  - {name: orders, table_name: orders, connection: till, primary_key: [id]}
sql: |`, 1), "SELECT o.id", "SELECT i.name, COUNT(*) AS sales, SUM(i.price) AS total INTO sums FROM orders o JOIN items i ON o.item = i.id GROUP BY i.name;\n  SELECT o.id", 1)

func TestPush(t *testing.T) {
	port := freePort(t)
	text := strings.Replace(shopWithPush, "$PUSH", fmt.Sprint(port), 1)
	text = strings.Replace(text, "api:", "  - name: sums\n    path: /sums\n    table_name: sums\napi:", 1)
	a := newShop(t, map[string]string{"c.yaml": text})
	push := fmt.Sprintf("http://127.0.0.1:%d", port)
	p := a.start("run")
	p.until("the first read is done", func() bool { return a.count("/sold") == 3 })
	send := func(method, path, body string, want int) string {
		t.Helper()
		status, answer := a.request(method, push+path, body)
		if status != want {
			t.Fatalf("%s %s: %d %s", method, path, status, answer)
		}
		return answer
	}
	send("POST", "/orders?wait=visible", `{"id": 20, "item": 2, "who": "eve"}`, 200)
	if n := a.count("/sold"); n != 4 {
		t.Errorf("%d rows are visible, want 4", n)
	}
	send("PUT", "/orders?wait=visible", `{"id": 10, "item": 2, "who": "ann"}`, 200)
	send("DELETE", "/orders/12?wait=visible", "", 200)
	for _, bad := range []struct{ path, body, words string }{
		{"/orders", `{"id": "x", "item": 2, "who": "eve"}`, "id"},
		{"/orders", `{"id": 21, "itm": 2}`, "itm"},
		{"/orders", `{"id": 21`, "JSON"},
	} {
		if answer := send("POST", bad.path, bad.body, 400); !strings.Contains(answer, bad.words) {
			t.Errorf("%s: %s", bad.body, answer)
		}
	}
	send("POST", "/ordrs", `{}`, 404)
	p.signal(os.Kill)
	p.wait()
	p = a.start("run")
	p.until("it serves what it had", func() bool { return a.count("/sold") == 3 })
	p.until("it listens again", func() bool {
		status, _ := a.request("GET", push, "")
		return status == 200
	})
	send("POST", "/orders?wait=visible", `{"id": 30, "item": 1, "who": "fay"}`, 200)
	p.stop()
	got := a.export("sums")
	slices.Sort(got)
	if want := []string{"ink,3,7.5", "pen,1,1.5"}; !slices.Equal(got, want) {
		t.Errorf("sums: %q, want %q", got, want)
	}
}

// TestPushPort has another program at the port of a push connection, for a while.
func TestPushPort(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := fmt.Sprint(taken.Addr().(*net.TCPAddr).Port)
	a := newShop(t, map[string]string{"c.yaml": strings.Replace(shopWithPush, "$PUSH", port, 1)})
	p := a.start("run")
	p.until("it is told", func() bool {
		return said(p.err.String(), "level=WARN", "source failed, it is opened again", "connection=till", "127.0.0.1:"+port, "set another port for the push connection")
	})
	p.until("other sources are read", func() bool { return a.count("/sold") == 3 })
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}
	p.until("rows are taken", func() bool {
		status, _ := a.request("POST", "http://127.0.0.1:"+port+"/orders?wait=visible", `{"id": 20, "item": 2, "who": "eve"}`)
		return status == 200
	})
	if n := a.count("/sold"); n != 4 {
		t.Errorf("%d rows, want 4", n)
	}
	p.stop()
}

// TestChanged changes the statements and the types of columns between runs: the views are built anew.
func TestChanged(t *testing.T) {
	a := newShop(t, nil)
	p := a.start("run")
	p.until("the first read is done", func() bool { return a.count("/sold") == 3 })
	p.stop()
	a.write("c.yaml", replaced(t, "o.who, i.name", "i.name"))
	p = a.start("run")
	p.until("the view has other columns", func() bool {
		status, body := a.get("/sold")
		return status == 200 && strings.Contains(body, "pen") && !strings.Contains(body, "who")
	})
	a.write("data/orders/2.csv", "id,item,who\n13,3,dan\n")
	p.until("it goes on", func() bool { return a.count("/sold") == 4 })
	p.stop().want(0, "the statements or tables have changed: everything is read anew")
	got := a.export("sold")
	slices.Sort(got)
	if want := []string{"10,pen,1.5", "11,ink,2.5", "12,pad,3.5", "13,pad,3.5"}; !slices.Equal(got, want) {
		t.Errorf("sold: %q", got)
	}
	a.write("data/items/1.csv", strings.Replace(items, "3.5", "cheap", 1))
	a.run("run", "app", "--once").want(0, "the statements or tables have changed")
	if got := a.export("items"); !slices.Equal(got, []string{"1,pen,1.5", "2,ink,2.5", "3,pad,cheap"}) {
		t.Errorf("items: %q", got)
	}
	// A file that was read and is another now is not read twice.
	a.write("data/items/1.csv", strings.Replace(items, "3.5", "dear", 1))
	a.run("run", "app", "--once").want(1, "data/items/1.csv", "put the new data under a new name")
}

// TestBadData has a folder of data that cannot be used.
func TestBadData(t *testing.T) {
	for _, c := range []struct {
		name  string
		home  string
		spoil func(t *testing.T, a *app)
		words []string
	}{
		{"a long path", "/" + strings.Repeat("a-rather-long-name/", 6), nil, []string{"rest.sock", "at most 103", "home_dir", "shorter path"}},
		{"a file in its place", "", func(t *testing.T, a *app) { a.write(".millrace", "") }, []string{".millrace", "not a directory"}},
		{"damaged", "", func(t *testing.T, a *app) {
			a.run("run", "app", "--once").want(0)
			found, _ := filepath.Glob(filepath.Join(a.dir, ".millrace/views/MANIFEST-*"))
			for _, file := range found {
				if err := os.Truncate(file, 20); err != nil {
					t.Fatal(err)
				}
			}
		}, []string{"data in .millrace/views is damaged", "MANIFEST", "millrace clean"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newShop(t, nil)
			if c.home != "" {
				a.write("c.yaml", "home_dir: "+a.dir+c.home+"\n"+shop)
			}
			if c.spoil != nil {
				c.spoil(t, a)
			}
			r, _ := a.once()
			r.want(1, c.words...)
			if c.name == "damaged" {
				a.run("clean").want(0)
				a.run("run", "app", "--once").want(0)
			}
		})
	}
}
