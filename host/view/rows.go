package view

import (
	"bytes"
	"slices"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// rows are encoded rows in memory with their keys and weights, sorted by key on demand.
type rows struct {
	codec     *codec
	keyPrefix []byte // before every key; not part of the order
	valPrefix []byte // before every value
	data      []byte // keys and values end to end
	entries   []entry
	order     []item // all entries, in key order when sorted
	sorted    bool
	descents  int // how often a key was below the one before
	sizes, at []int
	spare     []item
}

type entry struct {
	off      int
	key, val uint32 // lengths; a keyless entry has its row in the key and no value
	weight   batch.Weight
}

// item is an entry's place in the order.
type item struct {
	prefix uint64
	entry  uint32
}

const entryBytes = 24 + 16 + 16 // entry, item and an item to sort with

func newRows(c *codec, keyPrefix, valPrefix []byte) *rows {
	return &rows{codec: c, keyPrefix: keyPrefix, valPrefix: valPrefix, sorted: true}
}

func (r *rows) len() int { return len(r.entries) }

func (r *rows) bytes() int { return len(r.data) + entryBytes*len(r.entries) }

func (r *rows) reset() {
	r.data, r.entries, r.order = r.data[:0], r.entries[:0], r.order[:0]
	r.sorted, r.descents = true, 0
}

// key returns the whole key of entry e: prefix and key.
func (r *rows) key(e *entry) []byte { return r.data[e.off : e.off+int(e.key)] }

// val returns the whole value of entry e: prefix and row; nothing in a keyless view.
func (r *rows) val(e *entry) []byte {
	start := e.off + int(e.key)
	return r.data[start : start+int(e.val)]
}

// add encodes the rows of b, whose columns were checked. Rows of weight 0 are left out.
func (r *rows) add(b *batch.Batch) {
	if b.Rows == 0 {
		return
	}
	c, base := r.codec, len(r.entries)
	r.sizes = slices.Grow(r.sizes[:0], 2*b.Rows)[:2*b.Rows]
	clear(r.sizes)
	keys, vals := r.sizes[:b.Rows], r.sizes[b.Rows:]
	var cols []*batch.Column
	for _, k := range c.schema.Key {
		cols = append(cols, &b.Cols[k])
	}
	if c.keyed() {
		keySizes(cols, keys)
		c.rowSizes(b, vals)
	} else {
		c.rowSizes(b, keys)
	}
	r.place(b, keys, vals)
	at := r.at
	for i := range at {
		copy(r.data[at[i]:], r.keyPrefix)
		at[i] += len(r.keyPrefix)
	}
	if c.keyed() {
		for _, col := range cols {
			putKey(col, r.data, at)
		}
		for i := range at {
			at[i] += copy(r.data[at[i]:], r.valPrefix)
		}
		c.putRows(b, r.data, at)
	} else {
		for i := range at {
			at[i] += 8
		}
		c.putRows(b, r.data, at)
		for i := range at {
			e := &r.entries[base+i]
			start := e.off + len(r.keyPrefix)
			rowKey(r.data[start:], r.data[start+8:at[i]])
		}
	}
	r.list(base)
}

// place makes room for the rows of b with the given lengths and sets r.at to where they start.
func (r *rows) place(b *batch.Batch, keys, vals []int) {
	keyed := r.codec.keyed()
	off := len(r.data)
	r.at = r.at[:0]
	for i := range keys {
		e := entry{off: off, key: uint32(len(r.keyPrefix) + keys[i]), weight: b.Weight(i)}
		if keyed {
			e.val = uint32(len(r.valPrefix) + vals[i])
		} else {
			e.key += 8
		}
		r.entries = append(r.entries, e)
		r.at = append(r.at, off)
		off += int(e.key) + int(e.val)
	}
	if off > cap(r.data) {
		r.data = slices.Grow(r.data, off-len(r.data))
	}
	r.data = r.data[:off]
}

// list puts the entries from base on into the order.
func (r *rows) list(base int) {
	var last []byte
	var before uint64
	if n := len(r.order); n > 0 {
		before = r.order[n-1].prefix
		last = r.key(&r.entries[r.order[n-1].entry])
	}
	kept := base
	for i := base; i < len(r.entries); i++ {
		e := &r.entries[i]
		if e.weight == 0 {
			continue
		}
		key := r.key(e)
		prefix := r.codec.sortPrefix(key[len(r.keyPrefix):])
		if prefix < before || prefix == before && bytes.Compare(key, last) < 0 {
			r.sorted = false
			r.descents++
		}
		before, last = prefix, key
		r.entries[kept] = *e
		r.order = append(r.order, item{prefix, uint32(kept)})
		kept++
	}
	r.entries = r.entries[:kept]
}

// sort puts the order in order: by radix over the prefixes, then equal prefixes by comparing keys.
func (r *rows) sort() {
	if r.sorted {
		return
	}
	r.radix()
	o := r.order
	for i := 0; i < len(o); {
		j := i + 1
		for j < len(o) && o[j].prefix == o[i].prefix {
			j++
		}
		if j-i > 1 {
			slices.SortStableFunc(o[i:j], func(a, b item) int {
				return bytes.Compare(r.key(&r.entries[a.entry]), r.key(&r.entries[b.entry]))
			})
		}
		i = j
	}
	r.sorted = true
}

// radix sorts the order by prefix, from the lowest byte up, leaving out bytes that are all the same.
func (r *rows) radix() {
	o := r.order
	if len(o) < 256 {
		slices.SortStableFunc(o, func(a, b item) int { return compareUint(a.prefix, b.prefix) })
		return
	}
	var counts [8][256]uint32
	for i := range o {
		p := o[i].prefix
		for d := range counts {
			counts[d][byte(p>>(8*d))]++
		}
	}
	if cap(r.spare) < len(o) {
		r.spare = make([]item, cap(o))
	}
	from, to := o, r.spare[:len(o)]
	for d := range counts {
		count := &counts[d]
		shift := 8 * d
		if count[byte(from[0].prefix>>shift)] == uint32(len(o)) {
			continue
		}
		sum := uint32(0)
		for b, n := range count {
			count[b] = sum
			sum += n
		}
		for _, it := range from {
			b := byte(it.prefix >> shift)
			to[count[b]] = it
			count[b]++
		}
		from, to = to, from
	}
	r.order, r.spare = from, to
}

// appendEntry copies an entry of other, which has the same prefixes, behind the last.
func (r *rows) appendEntry(other *rows, it item) {
	e := other.entries[it.entry]
	start := len(r.data)
	r.data = append(r.data, other.data[e.off:e.off+int(e.key)+int(e.val)]...)
	e.off = start
	r.order = append(r.order, item{it.prefix, uint32(len(r.entries))})
	r.entries = append(r.entries, e)
}
