package law

import "math/rand/v2"

// choices are the numbers that a generator draws: at random, or given ones. 0 is always the simplest choice, and
// follows when the given ones have been used up, so dropping and lowering numbers makes a case smaller.
type choices struct {
	r     *rand.Rand // nil: use given
	given []int
	made  []int
}

func (c *choices) pick(n int) int {
	v := 0
	switch {
	case c.r != nil:
		v = c.r.IntN(n)
	case len(c.made) < len(c.given):
		v = c.given[len(c.made)] % n
	}
	c.made = append(c.made, v)
	return v
}

// rarely is true once in n times.
func (c *choices) rarely(n int) bool { return c.pick(n) == n-1 }
