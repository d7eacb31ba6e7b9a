package live

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// change is one request to the push connector, and so one transaction.
type change struct {
	table  string
	del    bool
	byPath bool    // a delete with its key in the path
	rows   [][]any // whole rows, or only keys
}

// request returns the method, path and body that ask for the change.
func (c *change) request() (method, path string, body []byte) {
	if c.byPath {
		return "DELETE", fmt.Sprintf("/%s/%v", c.table, c.rows[0][0]), nil
	}
	list := make([]map[string]any, len(c.rows))
	for i, row := range c.rows {
		list[i] = map[string]any{}
		for j, v := range row {
			list[i][tables[c.table][j]] = v
		}
	}
	body, err := json.Marshal(list)
	if err != nil {
		panic(err) // a row has numbers and texts only
	}
	if c.del {
		return "DELETE", "/" + c.table, body
	}
	return "POST", "/" + c.table, body
}

func (c *change) String() string {
	method, path, body := c.request()
	if len(body) > 300 {
		body = append(body[:300:300], "..."...)
	}
	return fmt.Sprintf("%s %s %s", method, path, body)
}

// changes makes random changes. Those of one of several shares touch keys of their own, so that their order among
// each other does not matter.
type changes struct {
	*rand.Rand
	share, shares int
	count         map[string]int // rows of the files
	fresh         int            // keys above those of the files
}

// key returns a key of a table: often a hot one, often one of the files, sometimes a new one. What refers to a
// key may refer to one of any share.
func (g *changes) key(table string, own bool) int64 {
	n, k := g.count[table], 0
	switch g.IntN(10) {
	case 0, 1, 2, 3:
		k = 1 + g.IntN(20)
	case 4, 5, 6, 7:
		k = 1 + g.IntN(n)
	default:
		k = 1_000_000 + g.IntN(g.fresh)
	}
	if own {
		k = k - k%g.shares + g.share
	}
	return int64(k)
}

func (g *changes) next() *change {
	c := &change{table: tableNames[g.IntN(len(tableNames))]}
	n := 1
	if g.IntN(5) == 0 {
		n = 1 + g.IntN(30)
	}
	c.del = g.IntN(3) == 0
	c.byPath = c.del && n == 1 && g.IntN(2) == 0
	for range n {
		row := []any{g.key(c.table, true)}
		if !c.del {
			for _, column := range tables[c.table][1:] {
				row = append(row, g.value(c.table, column))
			}
		}
		c.rows = append(c.rows, row)
	}
	return c
}

func (g *changes) value(table, column string) any {
	switch {
	case strings.HasSuffix(column, "_id"):
		return g.key(strings.TrimSuffix(column, "_id")+"s", false)
	case g.IntN(12) == 0 && (table == "customers" || table == "products"):
		return nil
	case column == "created_at", column == "order_date":
		return time.Unix(1_640_995_200+int64(g.IntN(31_536_000)), 0).UTC().Format(timeText)
	case column == "price", column == "total_amount":
		return float64(g.IntN(1_000_000)) / 100
	case column == "quantity" && table == "order_items":
		return int64(g.IntN(10))
	}
	return fmt.Sprintf("%s %x", column, g.Uint32())
}
