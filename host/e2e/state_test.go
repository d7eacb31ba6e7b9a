package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPredictedState refuses plans that are known to keep too much, and warns of state that grows without end.
func TestPredictedState(t *testing.T) {
	var rows strings.Builder
	rows.WriteString("id,name,price\n")
	for i := range 2000 {
		fmt.Fprintf(&rows, "%d,a,1\n", i)
	}
	a := newShop(t, map[string]string{"data/items/1.csv": rows.String()})
	a.run("run", "app", "--once").want(0)
	a.run("export", "items", "-o", "items.parquet").want(0)
	if err := os.Remove(filepath.Join(a.dir, "data/items/1.csv")); err != nil {
		t.Fatal(err)
	}
	a.write("data/items/1.parquet", a.read("items.parquet"))
	config := func(sql, more string) {
		text := replaced(t, "SELECT o.id", sql+";\n  SELECT o.id")
		a.write("c.yaml", strings.Replace(text, "api:", "  - {name: big, path: /big, table_name: big}\n"+more+"api:", 1))
	}
	pairs := "SELECT a.id, b.id AS b, c.id AS c, d.id AS d INTO big FROM items a CROSS JOIN items b CROSS JOIN items c CROSS JOIN items d"
	config(pairs, "")
	a.run("build").want(2, "c.yaml:8:119: E3004", "would come out of it", "app.allow_large_state: true runs")
	config(pairs, "app: {allow_large_state: true}\n")
	a.run("build").want(0)

	twice := "SELECT a.id, b.name INTO big FROM items a JOIN items b ON a.id = b.id"
	config(twice, "app: {memory: 40000}\n")
	a.run("build").want(2, "c.yaml:9:68: E3004", "memory budget of 39 KiB", "app.memory", "would keep the right side by its key")
	config(twice, "app: {memory: 40000, allow_large_state: true}\n")
	a.run("build").want(0)

	a.write("c.yaml", strings.Replace(strings.Replace(replaced(t, "SELECT o.id",
		"SELECT i.name, c.at INTO big FROM clicks c JOIN items i ON i.id = c.item;\n  SELECT o.id"),
		"api:", "  - {name: big, path: /big, table_name: big}\napi:", 1),
		"connections:", "connections:\n  - name: web\n    config: !Push {port: 1, tables: [{name: clicks, columns: [{name: item, type: int}, {name: at, type: timestamp}]}]}", 1))
	a.run("build").want(0, "c.yaml:10:51: W2005", "clicks", "JOIN items i ON i.id = c.item;", "^^^^^^^^^^^^^^^^^^^^^^^^", "TTL(clicks")
}
