package running

import (
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// set keeps rows in the order of some keys; those that are equal by all of them are one, with a weight. It is a treap: a
// tree by the keys, and a heap by priorities that are random but the same in every run, so its depth is logarithmic.
type set struct {
	keys     []relation.OrderKey
	where    []int // a row with a null in one of these columns does not count
	nodes    []node
	root     int32
	free     []int32
	sources  [][]batch.Column
	source   int32 // of the row that is added
	row      int
	priority uint32
	// entered, if there is one, is told of rows whose equals came first or went last.
	entered func(cols []batch.Column, row int, sign batch.Weight)
}

// node is rows that are equal, and what is below it in the tree.
type node struct {
	source, row int32
	left, right int32
	priority    uint32
	rows        int32 // nodes of the subtree
	weight      batch.Weight
	total       int64        // of the weights of the subtree
	most        batch.Weight // the greatest of them
}

// none is no node.
const none = -1

func newSet(keys []relation.OrderKey, where []int) *set {
	return &set{keys: keys, where: where, root: none, priority: 1}
}

// keysOf returns columns in canonical order.
func keysOf(cols []int) (keys []relation.OrderKey) {
	for _, c := range cols {
		keys = append(keys, relation.OrderKey{Col: c})
	}
	return keys
}

// add adds rows, or takes them out.
func (s *set) add(rows Rows) {
	s.source = s.sourceOf(rows.Cols)
	for row := rows.From; row < rows.To; row++ {
		if w := rows.weight(row); w != 0 && s.counts(rows.Cols, row) {
			s.row = row
			s.root = s.change(s.root, w)
		}
	}
}

func (s *set) counts(cols []batch.Column, row int) bool {
	for _, c := range s.where {
		if cols[c].Null(row) {
			return false
		}
	}
	return true
}

// sourceOf returns the number of the columns of a segment.
func (s *set) sourceOf(cols []batch.Column) int32 {
	for i := range s.sources {
		if at := len(s.sources) - 1 - i; &s.sources[at][0] == &cols[0] {
			return int32(at)
		}
	}
	s.sources = append(s.sources, cols)
	return int32(len(s.sources) - 1)
}

// compare compares the row that is added with that of a node.
func (s *set) compare(n *node) int {
	as, bs := s.sources[s.source], s.sources[n.source]
	for _, k := range s.keys {
		a, b := &as[k.Col], &bs[k.Col]
		if a.Null(s.row) || b.Null(int(n.row)) {
			if d := kernel.Compare(a, s.row, b, int(n.row)); d != 0 { // null is last
				if k.NullsFirst {
					return -d
				}
				return d
			}
			continue
		}
		if d := kernel.Compare(a, s.row, b, int(n.row)); d != 0 {
			if k.Desc {
				return -d
			}
			return d
		}
	}
	return 0
}

// change adds the row with a weight below a node, and returns what takes its place.
func (s *set) change(at int32, w batch.Weight) int32 {
	if at == none {
		return s.fresh(w)
	}
	n := &s.nodes[at]
	switch d := s.compare(n); {
	case d < 0:
		left := s.change(n.left, w)
		n = &s.nodes[at] // they may have moved
		if n.left = left; left != none && s.nodes[left].priority > n.priority {
			n.left = s.nodes[left].right
			s.update(at)
			s.nodes[left].right = at
			at = left
		}
	case d > 0:
		right := s.change(n.right, w)
		n = &s.nodes[at]
		if n.right = right; right != none && s.nodes[right].priority > n.priority {
			n.right = s.nodes[right].left
			s.update(at)
			s.nodes[right].left = at
			at = right
		}
	default:
		if n.weight += w; n.weight == 0 {
			if s.entered != nil {
				s.entered(s.sources[n.source], int(n.row), -1)
			}
			s.free = append(s.free, at)
			return s.merge(n.left, n.right)
		}
	}
	s.update(at)
	return at
}

// fresh returns a node of the row that is added.
func (s *set) fresh(w batch.Weight) (at int32) {
	s.priority ^= s.priority << 13
	s.priority ^= s.priority >> 17
	s.priority ^= s.priority << 5
	n := node{source: s.source, row: int32(s.row), left: none, right: none, priority: s.priority, rows: 1, weight: w, total: int64(w), most: w}
	if free := len(s.free); free > 0 {
		at, s.free = s.free[free-1], s.free[:free-1]
		s.nodes[at] = n
	} else {
		at = int32(len(s.nodes))
		s.nodes = append(s.nodes, n)
	}
	if s.entered != nil {
		s.entered(s.sources[n.source], s.row, 1)
	}
	return at
}

// merge makes one tree of two, of which the first comes first.
func (s *set) merge(a, b int32) int32 {
	switch {
	case a == none:
		return b
	case b == none:
		return a
	case s.nodes[a].priority > s.nodes[b].priority:
		s.nodes[a].right = s.merge(s.nodes[a].right, b)
		s.update(a)
		return a
	}
	s.nodes[b].left = s.merge(a, s.nodes[b].left)
	s.update(b)
	return b
}

// update sums a node up with what is below it.
func (s *set) update(at int32) {
	n := &s.nodes[at]
	n.rows, n.total, n.most = 1, int64(n.weight), n.weight
	for _, below := range [2]int32{n.left, n.right} {
		if below != none {
			m := &s.nodes[below]
			n.rows += m.rows
			n.total += m.total
			n.most = max(n.most, m.most)
		}
	}
}

// total returns how many rows there are, equal ones once if distinct is set.
func (s *set) total(distinct bool) int64 { return s.below(s.root, distinct) }

func (s *set) below(at int32, distinct bool) int64 {
	switch {
	case at == none:
		return 0
	case distinct:
		return int64(s.nodes[at].rows)
	}
	return s.nodes[at].total
}

// at returns the row at a rank below the total, and whether the next rank is that of an equal row.
func (s *set) at(rank int64, distinct bool) (n *node, again bool) {
	for at := s.root; ; {
		n = &s.nodes[at]
		own := int64(n.weight)
		if distinct {
			own = 1
		}
		switch left := s.below(n.left, distinct); {
		case rank < left:
			at = n.left
		case rank < left+own:
			return n, rank+1 < left+own
		default:
			rank -= left + own
			at = n.right
		}
	}
}

// frequent returns the first of the rows with the greatest weight.
func (s *set) frequent() *node {
	for at := s.root; ; {
		n := &s.nodes[at]
		switch most := n.most; {
		case n.left != none && s.nodes[n.left].most == most:
			at = n.left
		case n.weight == most:
			return n
		default:
			at = n.right
		}
	}
}

// each visits the rows in order, until visit says false.
func (s *set) each(visit func(n *node) bool) bool { return s.eachBelow(s.root, visit) }

func (s *set) eachBelow(at int32, visit func(n *node) bool) bool {
	if at == none {
		return true
	}
	n := &s.nodes[at]
	return s.eachBelow(n.left, visit) && visit(n) && s.eachBelow(n.right, visit)
}

// largest is how many nodes are kept for the next rows.
const largest = 1 << 12

// reset takes all rows out.
func (s *set) reset() {
	s.nodes, s.free, s.root, s.priority = s.nodes[:0], s.free[:0], none, 1
	if cap(s.nodes) > largest {
		s.nodes, s.free = nil, nil
	}
	clear(s.sources)
	s.sources = s.sources[:0]
}
