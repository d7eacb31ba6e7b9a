package kernel

import (
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Directory finds the keys of a hash in a list of distinct keys ordered by hash: those of bucket b,
// the hashes from Base + b<<Shift, are Starts[b] to Starts[b+1].
type Directory struct {
	Base   uint64
	Shift  uint
	Starts []int32
}

// DirectorySize returns, for n keys between two hashes, how many entries Starts has and the shift:
// about four keys share a bucket.
func DirectorySize(n int, first, last uint64) (entries int, shift uint) {
	for (last-first)>>shift >= uint64(max(n/2, 1)) {
		shift++
	}
	return int((last-first)>>shift) + 2, shift
}

// Fill writes the entries for hashes, which are those of the keys from number at on. The keys are
// given in order; next is where filling goes on, first 0, and what Fill returned last.
func (d *Directory) Fill(hashes []uint64, at, next int) int {
	for i, h := range hashes {
		b := int((h - d.Base) >> d.Shift)
		for ; next <= b; next++ {
			d.Starts[next] = int32(at + i)
		}
	}
	return next
}

// bucket returns the keys that may have hash h.
func (d *Directory) bucket(h uint64) (lo, hi int32) {
	b := (h - d.Base) >> d.Shift
	if h < d.Base || b >= uint64(len(d.Starts)-1) {
		return 0, 0
	}
	return d.Starts[b], d.Starts[b+1]
}

// Find appends to f.Hits the numbers i of the probed keys that are among keys, and to f.Groups which of
// keys each one equals, in the canonical sense where NULL equals NULL. Both have the same types;
// hashes are those of the probed keys.
func (d *Directory) Find(f *Found, keys, probed []batch.Column, hashes []uint64) {
	if len(keys) == 1 && keys[0].Valid == nil && probed[0].Valid == nil {
		switch k := keys[0].Type.Kind; k {
		case batch.Int32, batch.Date, batch.Uint32:
			findWords(d, f, values[uint32](&keys[0]), hashedWords[uint32]{values[uint32](&probed[0]), hashes})
			return
		case batch.Int64, batch.Timestamp, batch.Duration, batch.Uint64:
			findWords(d, f, values[uint64](&keys[0]), hashedWords[uint64]{values[uint64](&probed[0]), hashes})
			return
		}
	}
	order := NewOrder(keys, probed)
	for i, h := range hashes {
		lo, hi := d.bucket(h)
		for g := lo; g < hi; g++ {
			if order(g, int32(i)) == 0 {
				f.Hits, f.Groups = append(f.Hits, int32(i)), append(f.Groups, g)
				break
			}
		}
	}
}

// Found says which of the probed keys were found, and where.
type Found struct {
	Hits, Groups []int32
}

type hashedWords[T Unsigned] struct {
	vals   []T
	hashes []uint64
}

func findWords[T Unsigned](d *Directory, f *Found, keys []T, probed hashedWords[T]) {
	hits, groups := f.Hits, f.Groups
	vals := probed.vals[:len(probed.hashes)]
	for i, h := range probed.hashes {
		lo, hi := d.bucket(h)
		v := vals[i]
		for g := lo; g < hi; g++ {
			if keys[g] == v {
				hits, groups = append(hits, int32(i)), append(groups, g)
				break
			}
		}
	}
	f.Hits, f.Groups = hits, groups
}

// Lower returns the number of hashes in keys that are below h, given that of the n keys those whose
// bucket comes earlier are. hash gives the hash of a key.
func (d *Directory) Lower(h uint64, n int, hash func(i int32) uint64) int32 {
	if h <= d.Base {
		return 0
	}
	b := (h - d.Base) >> d.Shift
	if b >= uint64(len(d.Starts)-1) {
		return int32(n)
	}
	lo, hi := d.Starts[b], d.Starts[b+1]
	for lo < hi && hash(lo) < h {
		lo++
	}
	return lo
}
