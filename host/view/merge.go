package view

import (
	"bytes"
	"slices"
	"sort"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// head is the entry at which a source stands. Its memory is the source's until its next call.
type head struct {
	prefix uint64
	key    []byte // whole key
	row    []byte // encoded row; nil in a keyless view, where the key has it
	weight batch.Weight
	source source
}

// source gives entries in key order.
type source interface {
	// next sets h to the next entry and reports whether there is one.
	next(h *head) (bool, error)
	close() error
}

// merger gives the entries of several sources in key order.
type merger struct {
	heads []head // a heap, the least first
	moved bool   // the first head was handed out
}

// newMerger takes over the sources and closes them at their ends.
func newMerger(sources []source) (*merger, error) {
	m := &merger{}
	for i, s := range sources {
		h := head{source: s}
		ok, err := s.next(&h)
		if ok {
			m.heads = append(m.heads, h)
			continue
		}
		if closed := s.close(); err == nil {
			err = closed
		}
		if err != nil {
			for _, rest := range sources[i+1:] {
				_ = rest.close()
			}
			_ = m.close()
			return nil, err
		}
	}
	for i := len(m.heads)/2 - 1; i >= 0; i-- {
		m.sink(i)
	}
	return m, nil
}

// close closes what is not at its end.
func (m *merger) close() error {
	var first error
	for i := range m.heads {
		if err := m.heads[i].source.close(); first == nil {
			first = err
		}
	}
	m.heads = nil
	return first
}

// next returns the next entry, valid until the call after, or nil at the end.
func (m *merger) next() (*head, error) {
	if m.moved {
		h := &m.heads[0]
		ok, err := h.source.next(h)
		if err != nil {
			return nil, err
		}
		if !ok {
			if err := h.source.close(); err != nil {
				return nil, err
			}
			last := len(m.heads) - 1
			m.heads[0] = m.heads[last]
			m.heads = m.heads[:last]
		}
		if len(m.heads) > 1 {
			m.sink(0)
		}
	}
	if m.moved = len(m.heads) > 0; !m.moved {
		return nil, nil
	}
	return &m.heads[0], nil
}

func (h *head) below(o *head) bool {
	if h.prefix != o.prefix {
		return h.prefix < o.prefix
	}
	return bytes.Compare(h.key, o.key) < 0
}

func (m *merger) sink(i int) {
	hs := m.heads
	for {
		least := 2*i + 1
		if least >= len(hs) {
			return
		}
		if right := least + 1; right < len(hs) && hs[right].below(&hs[least]) {
			least = right
		}
		if !hs[least].below(&hs[i]) {
			return
		}
		hs[i], hs[least] = hs[least], hs[i]
		i = least
	}
}

// weighted is a row and its net weight.
type weighted struct {
	row    []byte
	weight batch.Weight
}

// group gathers the entries of one key.
type group struct {
	key  []byte
	buf  []byte
	ends []int
	rows []weighted
}

func (g *group) start(h *head) {
	g.key = append(g.key[:0], h.key...)
	g.buf, g.ends, g.rows = g.buf[:0], g.ends[:0], g.rows[:0]
	g.add(h)
}

func (g *group) add(h *head) {
	g.buf = append(g.buf, h.row...)
	g.ends = append(g.ends, len(g.buf))
	g.rows = append(g.rows, weighted{weight: h.weight})
}

// net returns the rows of the key whose weights do not add up to zero, ordered by their bytes.
func (g *group) net() []weighted {
	start := 0
	for i, end := range g.ends {
		g.rows[i].row = g.buf[start:end]
		start = end
	}
	if len(g.rows) > 1 {
		slices.SortFunc(g.rows, func(a, b weighted) int { return bytes.Compare(a.row, b.row) })
	}
	kept := 0
	for i := 0; i < len(g.rows); {
		sum := g.rows[i]
		for i++; i < len(g.rows) && bytes.Equal(g.rows[i].row, sum.row); i++ {
			sum.weight += g.rows[i].weight
		}
		if sum.weight != 0 {
			g.rows[kept] = sum
			kept++
		}
	}
	return g.rows[:kept]
}

// consolidate hands every key with its net rows to emit, in key order; keys without any are left out.
// What emit gets is valid during the call.
func consolidate(sources []source, emit func(key []byte, rows []weighted) error) error {
	m, err := newMerger(sources)
	if err != nil {
		return err
	}
	defer m.close() //nolint:errcheck // only what an error left open
	var g group
	open := false
	flush := func() error {
		if !open {
			return nil
		}
		if net := g.net(); len(net) > 0 {
			return emit(g.key, net)
		}
		return nil
	}
	for {
		h, err := m.next()
		if err != nil {
			return err
		}
		if h == nil {
			return flush()
		}
		if open && bytes.Equal(h.key, g.key) {
			g.add(h)
			continue
		}
		if err := flush(); err != nil {
			return err
		}
		g.start(h)
		open = true
	}
}

// rowsSource reads sorted rows in memory.
type rowsSource struct {
	rows  *rows
	order []item
}

// source returns the entries with lo <= key < hi; nil bounds are open. The rows must be sorted.
func (r *rows) source(lo, hi []byte) source {
	return &rowsSource{rows: r, order: r.order[r.search(lo, 0):r.search(hi, len(r.order))]}
}

// search returns the place of the first entry at or above key, or other when key is nil.
func (r *rows) search(key []byte, other int) int {
	if key == nil {
		return other
	}
	return sort.Search(len(r.order), func(i int) bool {
		return bytes.Compare(r.key(&r.entries[r.order[i].entry]), key) >= 0
	})
}

func (s *rowsSource) next(h *head) (bool, error) {
	if len(s.order) == 0 {
		return false, nil
	}
	it := s.order[0]
	s.order = s.order[1:]
	e := &s.rows.entries[it.entry]
	h.prefix, h.key, h.row, h.weight = it.prefix, s.rows.key(e), nil, e.weight
	if e.val > 0 {
		h.row = s.rows.val(e)[len(s.rows.valPrefix):]
	}
	return true, nil
}

func (s *rowsSource) close() error { return nil }
