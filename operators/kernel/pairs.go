package kernel

import "github.com/millrace-dev/millrace/sdk/batch"

// Pairs lists pairs of rows: Group and Left name a key and a row on the left, Right a row on the
// right.
type Pairs struct {
	Group, Left, Right []int32
}

// Reset empties the list.
func (p *Pairs) Reset() { p.Group, p.Left, p.Right = p.Group[:0], p.Left[:0], p.Right[:0] }

// Cross goes through all pairs of rows of matching groups: those of group Base+Hits[i] on the left
// with those of Groups[i] on the right. Where the rows of a group begin stands in its side's
// offsets; nil: group g is row g. It can stop anywhere and go on.
type Cross struct {
	Hits, Groups              []int32
	Base                      int32
	LeftOffsets, RightOffsets []int32

	hit         int
	left, right int32 // the next pair, counted from the group's first rows
}

// Next appends up to most pairs to p and reports whether there are more.
func (c *Cross) Next(p *Pairs, most int) (more bool) {
	if c.LeftOffsets == nil && c.RightOffsets == nil {
		end := min(c.hit+most, len(c.Hits))
		for i, hit := range c.Hits[c.hit:end] {
			left := c.Base + hit
			p.Group, p.Left, p.Right = append(p.Group, left), append(p.Left, left), append(p.Right, c.Groups[c.hit+i])
		}
		c.hit = end
		return end < len(c.Hits)
	}
	for ; c.hit < len(c.Hits); c.hit++ {
		group := c.Base + c.Hits[c.hit]
		llo, lhi := span(c.LeftOffsets, group)
		rlo, rhi := span(c.RightOffsets, c.Groups[c.hit])
		for ; llo+c.left < lhi; c.left++ {
			n := min(int(rhi-rlo-c.right), most)
			left := llo + c.left
			for right := rlo + c.right; right < rlo+c.right+int32(n); right++ {
				p.Group, p.Left, p.Right = append(p.Group, group), append(p.Left, left), append(p.Right, right)
			}
			c.right += int32(n)
			if most -= n; rlo+c.right < rhi {
				return true
			}
			c.right = 0
		}
		c.left = 0
	}
	return false
}

func span(offsets []int32, group int32) (lo, hi int32) {
	if offsets == nil {
		return group, group + 1
	}
	return offsets[group], offsets[group+1]
}

// MulWeights sets dst[k] to the product of the weights of rows ai[k] of a and bi[k] of b; nil
// weights are all +1.
func MulWeights(dst, a, b []batch.Weight, p *Pairs) {
	switch {
	case a == nil:
		Take(dst, b, p.Right)
	case b == nil:
		Take(dst, a, p.Left)
	default:
		left, right := p.Left[:len(dst)], p.Right[:len(dst)]
		for k := range dst {
			dst[k] = a[left[k]] * b[right[k]]
		}
	}
}
