package plan

// Ranked returns the side of a TopJoin whose columns make up its order, and that order over the columns of the side; ok
// is false if there is no such side. It asks the same of a Join and a Top over it.
func Ranked(n *Node, j *JoinSpec, t *TopSpec) (side int, order []OrderSpec, ok bool) {
	width := len(n.Inputs[0].Fields)
	side = -1
	for _, o := range t.Order {
		c, of := j.Output[o.Column], 0
		if c >= width {
			c, of = c-width, 1
		}
		if side >= 0 && side != of {
			return 0, nil, false
		}
		side, o.Column = of, c
		order = append(order, o)
	}
	return side, order, side >= 0
}

// joined returns the join that a TopJoin takes the first pairs of.
func (n *Node) joined() *Node {
	return &Node{Kind: Join, Fields: n.Fields, Inputs: n.Inputs, Join: n.Join, Rows: -1}
}

// Counted reports whether the rows of a node follow from counts that connectors reported.
func Counted(n *Node, catalog Catalog) bool { return counted(n, catalog) }
