package view

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/cespare/xxhash/v2"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// A key is the key columns one after the other, written so that keys compare as bytes in canonical order:
// a tag byte, then integers big-endian with the sign flipped, floats with their bits ordered, text and
// bytes with every 0x00 doubled to 0x00 0xff and 0x00 0x01 behind.
const (
	tagValue = 1
	tagNull  = 2 // NULL comes last

	escape     = 0x00
	escapedNul = 0xff
	terminator = 0x01
)

// ordered64 maps the bits of a canonical float to integers in the order of the floats, NaN last.
func ordered64(bits uint64) uint64 {
	if bits>>63 != 0 {
		return ^bits
	}
	return bits | 1<<63
}

func ordered32(bits uint32) uint32 {
	if bits>>31 != 0 {
		return ^bits
	}
	return bits | 1<<31
}

// keySizes adds the bytes that keys of the given columns take to sizes.
func keySizes(cols []*batch.Column, sizes []int) {
	fixed := 0
	for _, col := range cols {
		switch {
		case col.Type.Variable():
			for i := range sizes {
				sizes[i]++
				if !col.Null(i) {
					v := col.View(i)
					sizes[i] += len(v) + bytes.Count(v, []byte{escape}) + 2
				}
			}
		case col.Valid == nil:
			fixed += 1 + max(1, col.Type.Width())
		default:
			for i := range sizes {
				sizes[i]++
				if !col.Null(i) {
					sizes[i] += max(1, col.Type.Width())
				}
			}
		}
	}
	for i := range sizes {
		sizes[i] += fixed
	}
}

// putKey writes one key column of every row to dst from at[i] on and moves at[i] behind it.
func putKey(col *batch.Column, dst []byte, at []int) { //nolint:gocyclo // a switch over the kinds
	if len(at) == 0 {
		return
	}
	be := binary.BigEndian
	w := col.Type.Width()
	size := 1 + max(1, w)
	tag := func(i int) bool {
		if col.Null(i) {
			dst[at[i]] = tagNull
			at[i]++
			return false
		}
		dst[at[i]] = tagValue
		return true
	}
	switch k := col.Type.Kind; {
	case col.Type.Variable():
		for i := range at {
			if tag(i) {
				at[i] = putText(dst, at[i]+1, col.View(i))
			}
		}
	case k == batch.Bool:
		for i := range at {
			if tag(i) {
				dst[at[i]+1] = 0
				if col.Bool(i) {
					dst[at[i]+1] = 1
				}
				at[i] += size
			}
		}
	case k == batch.Float64:
		for i, v := range batch.Values[float64](col)[:len(at)] {
			if tag(i) {
				be.PutUint64(dst[at[i]+1:], ordered64(canonical64(v)))
				at[i] += size
			}
		}
	case k == batch.Float32:
		for i, v := range batch.Values[float32](col)[:len(at)] {
			if tag(i) {
				be.PutUint32(dst[at[i]+1:], ordered32(canonical32(v)))
				at[i] += size
			}
		}
	case k == batch.Point:
		for i, v := range batch.Values[[2]float64](col)[:len(at)] {
			if tag(i) {
				be.PutUint64(dst[at[i]+1:], ordered64(canonical64(v[0])))
				be.PutUint64(dst[at[i]+9:], ordered64(canonical64(v[1])))
				at[i] += size
			}
		}
	case k == batch.UUID:
		for i, v := range batch.Values[[16]byte](col)[:len(at)] {
			if tag(i) {
				copy(dst[at[i]+1:], v[:])
				at[i] += size
			}
		}
	case w == 16:
		flip := uint64(math.MaxInt64 + 1)
		if k == batch.Uint128 {
			flip = 0
		}
		for i, v := range batch.Values[[2]uint64](col)[:len(at)] {
			if tag(i) {
				be.PutUint64(dst[at[i]+1:], v[1]^flip)
				be.PutUint64(dst[at[i]+9:], v[0])
				at[i] += size
			}
		}
	default:
		putInts(col, dst, at, tag)
	}
}

// putInts is putKey for the integers of up to 64 bits, dates, times and durations.
func putInts(col *batch.Column, dst []byte, at []int, tag func(int) bool) {
	be := binary.BigEndian
	sign := uint64(1)
	if col.Type.Unsigned() {
		sign = 0
	}
	switch col.Type.Width() {
	case 1:
		for i, v := range batch.Values[uint8](col)[:len(at)] {
			if tag(i) {
				dst[at[i]+1] = v ^ uint8(sign<<7)
				at[i] += 2
			}
		}
	case 2:
		for i, v := range batch.Values[uint16](col)[:len(at)] {
			if tag(i) {
				be.PutUint16(dst[at[i]+1:], v^uint16(sign<<15))
				at[i] += 3
			}
		}
	case 4:
		for i, v := range batch.Values[uint32](col)[:len(at)] {
			if tag(i) {
				be.PutUint32(dst[at[i]+1:], v^uint32(sign<<31))
				at[i] += 5
			}
		}
	default:
		for i, v := range batch.Values[uint64](col)[:len(at)] {
			if tag(i) {
				be.PutUint64(dst[at[i]+1:], v^sign<<63)
				at[i] += 9
			}
		}
	}
}

func putText(dst []byte, at int, v []byte) int {
	for {
		nul := bytes.IndexByte(v, escape)
		if nul < 0 {
			break
		}
		at += copy(dst[at:], v[:nul])
		dst[at], dst[at+1] = escape, escapedNul
		at += 2
		v = v[nul+1:]
	}
	at += copy(dst[at:], v)
	dst[at], dst[at+1] = escape, terminator
	return at + 2
}

// keys returns the encoded keys of rows whose columns are the first key columns of the schema, in the
// key's order: all of them for a whole key, fewer for the beginning of a range.
func (c *codec) keys(b *batch.Batch) [][]byte {
	cols := make([]*batch.Column, len(b.Cols))
	for i := range b.Cols {
		cols[i] = &b.Cols[i]
	}
	sizes := make([]int, b.Rows)
	keySizes(cols, sizes)
	total := 0
	for i, n := range sizes {
		sizes[i] = total
		total += n
	}
	data := make([]byte, total)
	at := append([]int(nil), sizes...)
	for _, col := range cols {
		putKey(col, data, at)
	}
	out := make([][]byte, b.Rows)
	for i := range out {
		out[i] = data[sizes[i]:at[i]:at[i]]
	}
	return out
}

// rowKey writes the key of a keyless row before it: the hash of the row's bytes.
func rowKey(dst, row []byte) { binary.BigEndian.PutUint64(dst, xxhash.Sum64(row)) }

// sortPrefix returns the eight bytes of a key that tell most keys apart, as a number of the same order.
// Keys with equal numbers have to be compared.
func (c *codec) sortPrefix(key []byte) uint64 {
	if c.keyed() && len(key) > 0 { // a view of one row has a key of no columns
		if key[0] != tagValue {
			return math.MaxUint64
		}
		key = key[1:]
	}
	if len(key) >= 8 {
		return binary.BigEndian.Uint64(key)
	}
	var n uint64
	for i, b := range key {
		n |= uint64(b) << (56 - 8*i)
	}
	return n
}

// successor returns the least key above all keys that begin with key, or nil when there is none.
func successor(key []byte) []byte {
	out := bytes.Clone(key)
	for i := len(out) - 1; i >= 0; i-- {
		if out[i]++; out[i] != 0 {
			return out[:i+1]
		}
	}
	return nil
}
