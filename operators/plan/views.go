package plan

import (
	"fmt"
	"slices"

	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// Plan is the logical plan of all views of an app: plain data.
type Plan struct {
	Views []View `json:"views"`
}

// Readers returns how many nodes and views read each node.
func Readers(views []View) map[*Node]int {
	count := map[*Node]int{}
	var visit func(n *Node)
	visit = func(n *Node) {
		if count[n]++; count[n] > 1 {
			return
		}
		for _, in := range n.Inputs {
			visit(in)
		}
	}
	for _, v := range views {
		visit(v.Node)
	}
	return count
}

// WithKey returns the view with the named columns for its key. Where the plan does not prove that no two
// rows share it, the first row in canonical order stands for its key.
func (v View) WithKey(columns []string, catalog Catalog) (View, error) {
	if len(columns) == 0 {
		return v, nil
	}
	var key []int
	for _, name := range columns {
		i := slices.Index(v.Columns, name)
		if i < 0 {
			return v, &Problem{Code: codeKeyColumn, Msg: fmt.Sprintf("primary key: unknown column %q", name), Hint: near.Fix(name, v.Columns)}
		}
		key = append(key, i)
	}
	v.Key = key
	if !Analyse(catalog).Of(v.Node).Proves(key) {
		v.Node = &Node{Kind: Unique, Fields: v.Node.Fields, Inputs: []*Node{v.Node}, Unique: &UniqueSpec{Key: key}, Rows: -1}
	}
	return v, nil
}

// Tables returns the names of the tables that a node reads, sorted.
func Tables(n *Node) []string {
	var names []string
	for n := range Readers([]View{{Node: n}}) {
		if n.Kind == Scan {
			names = append(names, n.Scan.Table)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Reads reports whether another of the views reads the named one.
func Reads(views []View, name string) bool {
	at := slices.IndexFunc(views, func(v View) bool { return v.Name == name })
	for i := range views {
		if i != at && Readers(views[i : i+1])[views[at].Node] > 0 {
			return true
		}
	}
	return false
}
