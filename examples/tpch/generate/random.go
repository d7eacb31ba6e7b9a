package main

import "math/bits"

// random is a splitmix64 generator: any seed is as good as another, so every row has a generator of its own.
type random struct{ state uint64 }

// newRandom returns the generator of a row: what its values are depends on nothing but the arguments.
func newRandom(seed uint64, table string, row int64) *random {
	r := &random{seed}
	for i := range len(table) {
		r.state ^= uint64(table[i])
		r.next()
	}
	r.state = r.next() ^ uint64(row)*0x9e3779b97f4a7c15
	r.next()
	return r
}

func (r *random) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// between returns a whole number from low to high.
func (r *random) between(low, high int64) int64 {
	hi, _ := bits.Mul64(r.next(), uint64(high-low+1))
	return low + int64(hi)
}

// pick returns one of the words.
func (r *random) pick(words []string) string { return words[r.between(0, int64(len(words)-1))] }

const alphanumeric = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ, "

// characters appends low to high random characters.
func (r *random) characters(b []byte, low, high int64) []byte {
	for range r.between(low, high) {
		b = append(b, alphanumeric[r.next()>>58])
	}
	return b
}
