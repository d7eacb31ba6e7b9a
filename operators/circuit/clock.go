package circuit

import (
	"slices"

	"github.com/millrace-dev/millrace/operators"
)

// SetClock sets the clock of the epoch that Finish will end and of the rows pushed from now on. The clock never goes
// back: an earlier time is not heeded. Like Push it is not called during Finish.
func (c *Circuit) SetClock(at int64) {
	if c.clock != nil && at <= *c.clock {
		return
	}
	c.clock = &at
	if !c.Timed() {
		return
	}
	for id := range c.workers {
		c.send(id, message{task: func(w *worker) {
			for _, s := range w.nodes {
				if s.timed != nil {
					s.timed.SetClock(at)
				}
			}
		}})
	}
}

// Timed reports whether any operator looks at the clock.
func (c *Circuit) Timed() bool {
	return slices.ContainsFunc(c.all[0].nodes, func(s *station) bool { return s.timed != nil })
}

// Due returns when some output changes although no rows come: an epoch is to be ended then. Without an operator that
// looks at the clock it is operators.Never. It is called between epochs.
func (c *Circuit) Due() int64 {
	at := int64(operators.Never)
	for _, w := range c.all {
		for _, s := range w.nodes {
			if s.timed != nil {
				at = min(at, s.due.Load())
			}
		}
	}
	return at
}
