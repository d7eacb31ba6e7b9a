package generator

import "math/bits"

// random is a splitmix64 generator: an addition and two multiplications a number. Any seed is as good as
// another, so every value has a generator of its own; see at.
type random uint64

const golden = 0x9e3779b97f4a7c15

func (r *random) next() uint64 {
	*r += golden
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number of 0..n-1. Its bias is below n/2^64.
func (r *random) below(n uint64) uint64 {
	hi, _ := bits.Mul64(r.next(), n)
	return hi
}

// oneIn reports true once in n times.
func (r *random) oneIn(n uint64) bool { return r.below(n) == 0 }

// share returns a number of [0, 1).
func (r *random) share() float64 { return float64(r.next()>>11) / (1 << 53) }

// salt is what tells the values of one column from those of all others.
type salt uint64

// salted returns the salt of a name.
func salted(seed uint64, name string) salt {
	r := random(seed)
	s := r.next()
	for _, c := range []byte(name) {
		r = random(s ^ uint64(c))
		s = r.next()
	}
	return salt(s)
}

// at returns the generator of the value in row n.
func (s salt) at(n int64) random {
	z := uint64(s) + uint64(n)*0xd1342543de82ef95
	return random(z ^ z>>32)
}

// letters is what text is made of: all letters, vowels once more, and some blanks.
const letters = "abcdefghijklmnopqrstuvwxyzaeio  "

// pool is random text, of which values are parts: copying is an order of magnitude faster than making it up.
type pool string

const poolBytes = 1 << 20

func newPool(seed uint64) pool {
	text := make([]byte, poolBytes)
	r := random(salted(seed, "text"))
	var bits uint64
	for i := range text {
		if i%12 == 0 { // 5 bits a letter
			bits = r.next()
		}
		text[i] = letters[bits&31]
		bits >>= 5
	}
	return pool(text)
}

// text returns n bytes.
func (p pool) text(r *random, n int) string {
	i := r.below(uint64(len(p) - n))
	return string(p[i : i+uint64(n)])
}

// textOf returns least to most bytes.
func (p pool) textOf(r *random, least, most int) string {
	return p.text(r, least+int(r.below(uint64(most-least+1))))
}

// word appends n letters to dst.
func word(dst []byte, r *random, n int) []byte {
	for range n {
		dst = append(dst, letters[r.below(26)])
	}
	return dst
}
