package expr

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

func conditionals() []builtin {
	return []builtin{
		{
			Function: Function{Name: "case", Signature: "case when bool then any ... [else any] end", Help: "The value of the first condition that is true; NULL if none is."},
			bind:     bindCase, build: buildCase, nullable: caseNullable,
		},
		{
			Function: Function{Name: "coalesce", Signature: "coalesce(any...)", Help: "The first value that is not null."},
			bind:     bindSame(1, batch.Invalid), build: buildCoalesce, nullable: allNullable,
		},
		{
			Function: Function{Name: "nullif", Signature: "nullif(any, any)", Help: "NULL if the two are equal, else the first."},
			bind:     bindNullif,
		},
		{
			Function: Function{Name: "greatest", Signature: "greatest(any...)", Help: "The greatest of the values that are not null."},
			bind:     bindSame(1, batch.Invalid), build: buildExtreme, nullable: allNullable,
		},
		{
			Function: Function{Name: "least", Signature: "least(any...)", Help: "The least of the values that are not null."},
			bind:     bindSame(1, batch.Invalid), build: buildExtreme, nullable: allNullable,
		},
		{
			Function: Function{Name: "if", Signature: "if(bool, any, any)", Help: "The second value if the condition is true, else the third."},
			bind: func(e Expr) (Expr, error) {
				if err := exactly(e, 3); err != nil {
					return Expr{}, err
				}
				e.Func = "case"
				return bindCase(e)
			},
		},
	}
}

// bindNullif writes NULLIF(a, b) as CASE WHEN a = b THEN NULL ELSE a END.
func bindNullif(e Expr) (Expr, error) {
	if err := exactly(e, 2); err != nil {
		return Expr{}, err
	}
	equal, err := Call("=", e.Args...)
	if err != nil {
		return Expr{}, err
	}
	e.Func, e.Args = "case", []Expr{equal, Null(e.Args[0].Type), e.Args[0]}
	return bindCase(e)
}

// choice copies, row by row, the value of one of the arguments.
type choice struct {
	pick []uint16 // the argument whose value a row has
	bad  batch.Bitmap
	sel  []int32
	from any // of pickFixed: its arguments' values
}

func newChoice(n *node, decide func(c *choice, rows int), from func(n *node, row int) *node) {
	c := &choice{}
	n.lazy, n.from = true, from
	n.run = func(f *frame, n *node) {
		c.pick = slices.Grow(c.pick[:0], f.rows)[:f.rows]
		c.bad = nil
		decide(c, f.rows)
		c.copy(n, f.rows)
	}
}

// copy fills n's column, its validity and its bad rows.
func (c *choice) copy(n *node, rows int) {
	n.col.Valid, n.bad = nil, c.bad
	if slices.ContainsFunc(n.args, func(a *node) bool { return a.col.Valid != nil }) {
		valid := n.ownValid(rows)
		for i, p := range c.pick {
			if n.args[p].col.Null(i) {
				valid.Clear(i)
			}
		}
	}
	if slices.ContainsFunc(n.args, func(a *node) bool { return a.bad != nil }) {
		more := n.mark(rows)
		for i, p := range c.pick {
			if n.args[p].isBad(i) {
				more.Set(i)
			}
		}
		n.addBad(more, rows)
	}
	switch w := n.e.Type.Width(); {
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
	case n.e.Type.Variable():
		texts(n, rows, func(dst []byte, i int) ([]byte, bool) {
			return append(dst, n.args[c.pick[i]].col.View(i)...), true
		})
	default:
		dst := boolean(n, rows)
		clear(dst)
		for i, p := range c.pick {
			if n.args[p].col.Bool(i) {
				dst.Set(i)
			}
		}
	}
}

func pickFixed[T batch.Fixed](c *choice, n *node, rows int) {
	from, ok := c.from.([][]T)
	if !ok {
		from = make([][]T, len(n.args))
		c.from = from
	}
	for k, a := range n.args {
		if a.e.Type == n.e.Type {
			from[k] = values[T](a, rows)
		}
	}
	kernel.Choose(fixed[T](n, rows), c.pick, from)
}

// buildCase: a row has the value after the first condition that is true. A condition that cannot be
// computed makes the row bad if no condition before it is true.
func buildCase(n *node) {
	branches, last := len(n.args)/2, len(n.args)-1
	var open batch.Bitmap
	newChoice(n, func(c *choice, rows int) {
		for i := range c.pick {
			c.pick[i] = uint16(last)
		}
		open = append(open[:0], make(batch.Bitmap, (rows+7)/8)...)
		open.Fill(rows) // append clears, and a row past the last stays closed
		for k := range branches {
			cond := n.args[2*k]
			c.sel = kernel.Select(c.sel[:0], open, nil, rows)
			for _, i := range c.sel {
				switch row := int(i); {
				case cond.isBad(row):
					if c.bad == nil {
						c.bad = batch.NewBitmap(rows)
					}
					c.bad.Set(row)
				case cond.col.Null(row) || !cond.col.Bool(row):
					continue
				default:
					c.pick[i] = uint16(2*k + 1)
				}
				open.Clear(int(i))
			}
		}
	}, func(n *node, row int) *node {
		for k := range branches {
			cond := n.args[2*k]
			switch {
			case cond.isBad(row):
				return cond
			case !cond.col.Null(row) && cond.col.Bool(row):
				return n.args[2*k+1]
			}
		}
		return n.args[last]
	})
}

func buildCoalesce(n *node) {
	newChoice(n, func(c *choice, rows int) {
		for i := range c.pick {
			c.pick[i] = uint16(len(n.args) - 1)
			for k, a := range n.args {
				if a.isBad(i) || !a.col.Null(i) {
					c.pick[i] = uint16(k)
					break
				}
			}
		}
	}, func(n *node, row int) *node {
		for _, a := range n.args {
			if a.isBad(row) || !a.col.Null(row) {
				return a
			}
		}
		return nil
	})
}

func firstBad(n *node, row int) *node {
	for _, a := range n.args {
		if a.isBad(row) {
			return a
		}
	}
	return nil
}

func buildExtreme(n *node) {
	sign := 1
	if n.e.Func == "least" {
		sign = -1
	}
	newChoice(n, func(c *choice, rows int) {
		clear(c.pick)
		for k, a := range n.args[1:] {
			for i, p := range c.pick {
				best := &n.args[p].col
				if !a.col.Null(i) && (best.Null(i) || sign*kernel.Compare(&a.col, i, best, i) > 0) {
					c.pick[i] = uint16(k + 1)
				}
			}
		}
	}, firstBad)
	run := n.run
	n.run = func(f *frame, n *node) {
		run(f, n)
		n.bad = n.joinBad(f.rows)
	}
}
