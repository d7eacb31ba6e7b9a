package over

// gap is what a frame leaves out around its row: the rows from low up to, but not, high. What is left are the part before it,
// the part behind it and, of ties, the row itself: none of these ever goes back either.
type gap struct {
	low, high cursor
	self      cursor // the row itself
	parts     []part // before, the row itself, behind: in the order of the rows
}

// newGap returns the gap of a frame; nil: it leaves nothing out.
func newGap(f *frameSpec) *gap {
	if f.Exclude == "" {
		return nil
	}
	return &gap{parts: []part{newPart(f), newPart(f), newPart(f)}}
}

// open begins where at stands.
func (g *gap) open(at *cursor) {
	g.low.copyFrom(at)
	g.high.copyFrom(at)
	g.self.copyFrom(at)
	for i := range g.parts {
		g.parts[i].open(at)
	}
}

// leaveOut moves the gap of a frame to the row of main, and the parts to what is left, as far as the budget allows.
func (f *frame) leaveOut(main *cursor, budget *int) bool {
	g, peers := f.gap, f.spec.Exclude != CurrentRow
	if !g.low.follow(main, peers, budget) {
		return false
	}
	if !peers {
		if !g.high.skip(g.low.pos+1, budget) {
			return false
		}
	} else if !g.high.leave(main, budget) {
		return false
	}
	from, to := f.start.pos, f.end.pos
	before, self, behind := &g.parts[0], &g.parts[1], &g.parts[2]
	if f.spec.Exclude == Ties {
		if !g.self.follow(main, false, budget) || !f.push(self, min(to, g.self.pos+1), budget) ||
			!f.drop(self, min(max(from, g.self.pos), self.end.pos), budget) {
			return false
		}
	}
	return f.push(before, min(to, g.low.pos), budget) && f.drop(before, min(from, before.end.pos), budget) &&
		f.push(behind, to, budget) && f.drop(behind, min(max(from, g.high.pos), behind.end.pos), budget)
}

// follow goes to the row of main, or with peers set to the first of its peers, from one that is not behind it.
func (c *cursor) follow(main *cursor, peers bool, budget *int) bool {
	t, j := main.row()
	for ; !c.done; *budget-- {
		s, i := c.row()
		d := 0
		switch {
		case peers:
			d = s.peers(i, t, j)
		case s.seg != t.seg || i != j:
			d = s.compare(i, t, j)
		}
		if d >= 0 {
			break
		}
		if *budget <= 0 {
			return false
		}
		c.next()
	}
	if !peers && !c.done && c.used < main.used {
		c.take(main.used - c.used)
	}
	return true
}

// leave goes behind the last of main's peers.
func (c *cursor) leave(main *cursor, budget *int) bool {
	t, j := main.row()
	for ; !c.done; *budget-- {
		if s, i := c.row(); s.peers(i, t, j) > 0 {
			break
		}
		if *budget <= 0 {
			return false
		}
		c.take(c.weight - c.used)
	}
	return true
}

// forget drops what refers to segments.
func (g *gap) forget() {
	if g == nil {
		return
	}
	for _, c := range []*cursor{&g.low, &g.high, &g.self} {
		c.forget()
	}
	for i := range g.parts {
		g.parts[i].forget()
	}
}
