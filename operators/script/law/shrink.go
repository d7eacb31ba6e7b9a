package law

import (
	"context"
	"slices"
	"time"

	"github.com/millrace-dev/millrace/operators/script"
)

// shrink makes a failing case smaller while it fails in the same way.
func (t trial) shrink(m *mismatch) (*Case, *mismatch) {
	c := t.Case
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
	defer cancel()
	again := true
	try := func(change func(n *Case)) bool {
		n := &Case{scale: c.scale, tables: c.tables, views: slices.Clone(c.views), epochs: slices.Clone(c.epochs), way: c.way, keyed: c.keyed, puts: c.puts, early: c.early, tick: c.tick, windows: c.windows}
		change(n)
		n.present()
		if ctx.Err() != nil || n.size() >= c.size() && n.way == c.way && len(n.early) >= len(c.early) && n.puts >= c.puts {
			return false
		}
		fail := trial{Case: n, oracle: t.oracle}.run().wrong
		if fail == nil || fail.stage != m.stage {
			return false
		}
		c, m, again = n, fail, true
		return true
	}
	for again {
		again = false
		for i := len(c.views) - 1; i >= 0 && len(c.views) > 1; i-- {
			try(func(n *Case) { n.views = slices.Delete(n.views, i, i+1) })
		}
		if c.way.Workers > 1 || c.way != (script.Way{Workers: 1}) {
			_ = try(func(n *Case) { n.way = script.Way{Workers: 1} }) || c.way.Workers > 2 && try(func(n *Case) { n.way = script.Way{Workers: 2} })
			again = false
		}
		for p := range c.puts {
			_ = c.puts > p && try(func(n *Case) { n.puts = p })
		}
		for i := range slices.Backward(c.early) {
			try(func(n *Case) { n.early = slices.Delete(slices.Clone(n.early), i, i+1) })
		}
		for i := len(c.epochs) - 1; i >= 0 && i < len(c.epochs); i-- {
			if i > 0 && try(func(n *Case) {
				n.epochs[i-1] = append(slices.Clone(n.epochs[i-1]), n.epochs[i]...)
				n.epochs = slices.Delete(n.epochs, i, i+1)
				n.early = nil
			}) {
				continue
			}
			c.shrinkEpoch(i, try)
		}
		for i := range slices.Backward(c.views) {
			c.shrinkView(i, try)
		}
	}
	return c, m
}

// size is what has to become smaller.
func (c *Case) size() int {
	n := 100 * len(c.epochs)
	for _, e := range c.epochs {
		n += 10 * len(e)
	}
	for _, q := range c.queries(nil) {
		n += len(q.ours) * 2
	}
	for _, v := range c.views {
		for _, x := range v {
			n += min(x, 1)
		}
	}
	return n
}

// shrinkEpoch takes rows out.
func (c *Case) shrinkEpoch(e int, try func(func(*Case)) bool) {
	now := c.epochs[e]
	for size := (len(now) + 1) / 2; size >= 1; size /= 2 {
		for i := 0; i < len(now); {
			end := min(i+size, len(now))
			less := append(slices.Clone(now[:i]), now[end:]...)
			if try(func(n *Case) { n.epochs[e] = less }) {
				now = less
			} else {
				i += size
			}
		}
	}
}

// shrinkView drops and lowers choices.
func (c *Case) shrinkView(v int, try func(func(*Case)) bool) {
	now := c.views[v]
	for _, size := range []int{16, 8, 4, 3, 2, 1} {
		for i := 0; i < len(now); i++ {
			end := min(i+size, len(now))
			dropped := append(slices.Clone(now[:i]), now[end:]...)
			zeroed := slices.Clone(now)
			clear(zeroed[i:end])
			for _, less := range [][]int{dropped, zeroed} {
				if try(func(n *Case) { n.views[v] = less }) {
					now = less
					break
				}
			}
		}
	}
}
