package logic

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/expr/fn"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

func conditionals() []fn.Function {
	return []fn.Function{
		{
			Name: "case", Signature: "case when bool then any ... [else any] end", Help: "The value of the first condition that is true; NULL if none is.",
			Build: buildCase, Nullable: caseNullable,
		},
		{
			Name: "coalesce", Signature: "coalesce(any...)", Help: "The first value that is not null.",
			Build: buildCoalesce, Nullable: fn.AllNullable,
		},
		{
			Name: "nullif", Signature: "nullif(any, any)", Help: "NULL if the two are equal, else the first.",
		},
		{
			Name: "greatest", Signature: "greatest(any...)", Help: "The greatest of the values that are not null.",
			Build: buildExtreme, Nullable: fn.AllNullable,
		},
		{
			Name: "least", Signature: "least(any...)", Help: "The least of the values that are not null.",
			Build: buildExtreme, Nullable: fn.AllNullable,
		},
		{
			Name: "if", Signature: "if(bool, any, any)", Help: "The second value if the condition is true, else the third.",
		},
	}
}

// choice copies, row by row, the value of one of the arguments.
type choice struct {
	pick []uint16 // the argument whose value a row has
	bad  batch.Bitmap
	sel  []int32
	from any // of pickFixed: its arguments' values
}

func newChoice(n *fn.Node, decide func(c *choice, rows int), from func(n *fn.Node, row int) *fn.Node) {
	c := &choice{}
	n.Lazy, n.From = true, from
	n.Run = func(f *fn.Frame, n *fn.Node) {
		c.pick = slices.Grow(c.pick[:0], f.Rows)[:f.Rows]
		c.bad = nil
		decide(c, f.Rows)
		c.copy(n, f.Rows)
	}
}

// copy fills n's column, its validity and its bad rows.
func (c *choice) copy(n *fn.Node, rows int) {
	n.Col.Valid, n.Bad = nil, c.bad
	if slices.ContainsFunc(n.Args, func(a *fn.Node) bool { return a.Col.Valid != nil }) {
		valid := n.OwnValid(rows)
		for i, p := range c.pick {
			if n.Args[p].Col.Null(i) {
				valid.Clear(i)
			}
		}
	}
	if slices.ContainsFunc(n.Args, func(a *fn.Node) bool { return a.Bad != nil }) {
		more := n.Mark(rows)
		for i, p := range c.pick {
			if n.Args[p].IsBad(i) {
				more.Set(i)
			}
		}
		n.AddBad(more, rows)
	}
	switch w := n.Type.Width(); {
	case w == 1:
		pickFixed[uint8](c, n, rows)
	case w == 2:
		pickFixed[uint16](c, n, rows)
	case w == 4:
		pickFixed[uint32](c, n, rows)
	case w == 8:
		pickFixed[uint64](c, n, rows)
	case w == 16:
		pickFixed[[2]uint64](c, n, rows)
	case n.Type.Variable():
		fn.Texts(n, rows, func(dst []byte, i int) ([]byte, bool) {
			return append(dst, n.Args[c.pick[i]].Col.View(i)...), true
		})
	default:
		dst := fn.Bits(n, rows)
		clear(dst)
		for i, p := range c.pick {
			if n.Args[p].Col.Bool(i) {
				dst.Set(i)
			}
		}
	}
}

func pickFixed[T batch.Fixed](c *choice, n *fn.Node, rows int) {
	from, ok := c.from.([][]T)
	if !ok {
		from = make([][]T, len(n.Args))
		c.from = from
	}
	for k, a := range n.Args {
		if a.Type == n.Type {
			from[k] = fn.Values[T](a, rows)
		}
	}
	kernel.Choose(fn.Fixed[T](n, rows), c.pick, from)
}

// buildCase: a row has the value after the first condition that is true. A condition that cannot be
// computed makes the row bad if no condition before it is true.
func buildCase(n *fn.Node) {
	branches, last := len(n.Args)/2, len(n.Args)-1
	var open batch.Bitmap
	newChoice(n, func(c *choice, rows int) {
		for i := range c.pick {
			c.pick[i] = uint16(last)
		}
		open = append(open[:0], make(batch.Bitmap, (rows+7)/8)...)
		open.Fill(rows) // append clears, and a row past the last stays closed
		for k := range branches {
			cond := n.Args[2*k]
			c.sel = kernel.Select(c.sel[:0], open, nil, rows)
			for _, i := range c.sel {
				switch row := int(i); {
				case cond.IsBad(row):
					if c.bad == nil {
						c.bad = batch.NewBitmap(rows)
					}
					c.bad.Set(row)
				case cond.Col.Null(row) || !cond.Col.Bool(row):
					continue
				default:
					c.pick[i] = uint16(2*k + 1)
				}
				open.Clear(int(i))
			}
		}
	}, func(n *fn.Node, row int) *fn.Node {
		for k := range branches {
			cond := n.Args[2*k]
			switch {
			case cond.IsBad(row):
				return cond
			case !cond.Col.Null(row) && cond.Col.Bool(row):
				return n.Args[2*k+1]
			}
		}
		return n.Args[last]
	})
}

func buildCoalesce(n *fn.Node) {
	newChoice(n, func(c *choice, rows int) {
		for i := range c.pick {
			c.pick[i] = uint16(len(n.Args) - 1)
			for k, a := range n.Args {
				if a.IsBad(i) || !a.Col.Null(i) {
					c.pick[i] = uint16(k)
					break
				}
			}
		}
	}, func(n *fn.Node, row int) *fn.Node {
		for _, a := range n.Args {
			if a.IsBad(row) || !a.Col.Null(row) {
				return a
			}
		}
		return nil
	})
}

func caseNullable(n *fn.Node) bool {
	for i, a := range n.Args {
		if (i%2 == 1 || i == len(n.Args)-1) && a.Nullable {
			return true
		}
	}
	return false
}

func buildExtreme(n *fn.Node) {
	sign := 1
	if n.Func == "least" {
		sign = -1
	}
	newChoice(n, func(c *choice, rows int) {
		clear(c.pick)
		for k, a := range n.Args[1:] {
			for i, p := range c.pick {
				best := &n.Args[p].Col
				if !a.Col.Null(i) && (best.Null(i) || sign*kernel.Compare(&a.Col, i, best, i) > 0) {
					c.pick[i] = uint16(k + 1)
				}
			}
		}
	}, fn.FirstBad)
	run := n.Run
	n.Run = func(f *fn.Frame, n *fn.Node) {
		run(f, n)
		n.Bad = n.JoinBad(f.Rows)
	}
}
