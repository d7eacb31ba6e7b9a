package expr

import (
	"context"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Program computes a list of expressions over batches, a column at a time. Equal parts are computed
// once, constants before the first batch. A Program belongs to one goroutine.
//
// Every part is computed for all rows; a row that a part cannot compute is bad there, and whatever needs
// that part is bad in turn. CASE, AND, OR and COALESCE do not need what they do not reach, so that an
// expression is bad in exactly the rows in which its evaluation, from left to right, would fail.
type Program struct {
	nodes []*node // arguments before those who use them
	out   []*node
	cols  []batch.Column
	frame frame
	names []string
}

// node computes one part of the expressions.
type node struct {
	e    Expr
	args []*node

	// run computes n.col from the arguments'. Before it, unless lazy, n.col.Valid has been set to the
	// rows in which no argument is null, and n.bad to those in which one is bad.
	run  func(f *frame, n *node)
	lazy bool
	// from returns the argument that makes a row bad, or nil; unset: the first that is bad.
	from func(n *node, row int) *node
	// why says why a row is bad that no argument made so.
	why func(n *node, row int) string

	col batch.Column
	bad batch.Bitmap // nil: no row is bad
	own batch.Bitmap // what run marks; nil: nothing yet
	mem buffers
}

// buffers is memory that a node keeps between batches.
type buffers struct {
	data, valid, bad, own []byte
	offsets               []int32
}

// frame is what all nodes see while a batch is computed.
type frame struct {
	ctx  context.Context
	in   *batch.Batch
	rows int
	err  error
}

// Compile makes a program of expressions over input columns. r, which may be nil, finds the functions from
// elsewhere.
func Compile(exprs []Expr, r Resolver) (*Program, error) {
	c := compiler{program: &Program{}, resolver: r, known: map[string]*node{}}
	for _, e := range exprs {
		n, err := c.compile(e, nil)
		if err != nil {
			return nil, err
		}
		c.program.out = append(c.program.out, n)
	}
	c.program.cols = make([]batch.Column, len(exprs))
	return c.program, nil
}

// Name gives the input's columns names for the reasons of bad rows.
func (p *Program) Name(columns []string) { p.names = columns }

// Eval computes the expressions over in. The columns are valid until the next call; plain columns of in
// are handed through. Rows that could not be computed go into errs, with their reasons; what the columns
// hold there is undefined. The error is for what concerns no single row: a function from elsewhere that
// cannot be called.
func (p *Program) Eval(ctx context.Context, in *batch.Batch, errs *batch.RowErrors) ([]batch.Column, error) {
	if in.Rows == 0 {
		for i, n := range p.out {
			p.cols[i] = batch.Column{Type: n.e.Type, Data: []byte{}, Offsets: []int32{0}}
		}
		return p.cols, nil
	}
	p.frame = frame{ctx: ctx, in: in, rows: in.Rows}
	for _, n := range p.nodes {
		n.eval(&p.frame)
	}
	err := p.frame.err
	p.frame = frame{}
	if err != nil {
		return nil, err
	}
	for i, n := range p.out {
		p.cols[i] = n.col
		if n.bad == nil {
			continue
		}
		for _, row := range kernel.Select(nil, n.bad, nil, in.Rows) {
			errs.Add(int(row), n.reason(int(row), p.names))
		}
	}
	return p.cols, nil
}

// Select computes a program of one Bool expression and appends to sel the rows in which it is TRUE. Bad
// rows go into errs and are not selected.
func (p *Program) Select(ctx context.Context, in *batch.Batch, sel []int32, errs *batch.RowErrors) ([]int32, error) {
	cols, err := p.Eval(ctx, in, errs)
	if err != nil || in.Rows == 0 {
		return sel, err
	}
	start := len(sel)
	sel = kernel.Select(sel, batch.Bitmap(cols[0].Data), cols[0].Valid, in.Rows)
	if p.out[0].bad == nil {
		return sel, nil
	}
	kept := sel[:start]
	for _, i := range sel[start:] {
		if !p.out[0].isBad(int(i)) {
			kept = append(kept, i)
		}
	}
	return kept, nil
}

func (n *node) eval(f *frame) {
	n.own = nil
	if n.lazy {
		n.bad = nil
		n.run(f, n)
		return
	}
	n.col.Valid, n.bad = n.meet(f.rows), n.joinBad(f.rows)
	n.run(f, n)
	if n.own == nil {
		return
	}
	if n.col.Valid != nil {
		kernel.And(n.own, n.own, n.col.Valid, f.rows)
	}
	n.addBad(n.own, f.rows)
}

// meet returns the rows in which no argument is null; nil: all.
func (n *node) meet(rows int) batch.Bitmap {
	var valid batch.Bitmap
	shared := true
	for _, a := range n.args {
		switch {
		case a.col.Valid == nil:
		case valid == nil:
			valid = a.col.Valid
		default:
			memory := valid
			if shared {
				memory = room(&n.mem.valid, rows)
			}
			kernel.And(memory, valid, a.col.Valid, rows)
			valid, shared = memory, false
		}
	}
	return valid
}

// joinBad returns the rows in which an argument is bad; nil: none.
func (n *node) joinBad(rows int) batch.Bitmap {
	var bad batch.Bitmap
	shared := true
	for _, a := range n.args {
		switch {
		case a.bad == nil:
		case bad == nil:
			bad = a.bad
		default:
			memory := bad
			if shared {
				memory = room(&n.mem.bad, rows)
			}
			kernel.Or(memory, bad, a.bad, rows)
			bad, shared = memory, false
		}
	}
	return bad
}

// addBad marks further rows as bad.
func (n *node) addBad(more batch.Bitmap, rows int) {
	switch {
	case !kernel.Any(more, rows):
	case n.bad == nil:
		n.bad = more
	default:
		memory := room(&n.mem.bad, rows)
		kernel.Or(memory, n.bad, more, rows)
		n.bad = memory
	}
}

func (n *node) isBad(row int) bool { return n.bad != nil && n.bad.Has(row) }

// mark returns the bits in which run marks rows that it cannot compute. Null rows may be marked: those
// marks are dropped.
func (n *node) mark(rows int) batch.Bitmap {
	if n.own == nil {
		n.own = room(&n.mem.own, rows)
		clear(n.own)
	}
	return n.own
}

// ownValid makes n.col.Valid writable: a copy in the node's own memory.
func (n *node) ownValid(rows int) batch.Bitmap {
	valid := room(&n.mem.valid, rows)
	kernel.And(valid, n.col.Valid, nil, rows)
	n.col.Valid = valid
	return valid
}

// room returns bits for so many rows in kept memory.
func room(memory *[]byte, rows int) batch.Bitmap { return batch.Bitmap(bytesOf(memory, (rows+7)/8)) }

// bytesOf returns n bytes of kept memory, whose contents are left from before.
func bytesOf(memory *[]byte, n int) []byte {
	if cap(*memory) < n {
		*memory = batch.Alloc(n + n/4)
	}
	*memory = (*memory)[:n]
	return *memory
}

// fixed makes the node's column one of rows values of type T and returns them.
func fixed[T batch.Fixed](n *node, rows int) []T {
	n.col.Type = n.e.Type
	n.col.Data = bytesOf(&n.mem.data, rows*n.e.Type.Width())
	return batch.Values[T](&n.col)
}

// boolean makes the node's column one of bits and returns them.
func boolean(n *node, rows int) batch.Bitmap {
	n.col.Type = n.e.Type
	n.col.Data = bytesOf(&n.mem.data, (rows+7)/8)
	return n.col.Data
}

// values returns the values of an argument.
func values[T batch.Fixed](a *node, rows int) []T { return batch.Values[T](&a.col)[:rows] }

// reason says why a row is bad: the part that could not be computed, its cause and its arguments.
func (n *node) reason(row int, names []string) string {
	for {
		next := n.culprit(row)
		if next == nil {
			break
		}
		n = next
	}
	cause := "cannot be computed"
	if n.why != nil {
		cause = n.why(n, row)
	}
	var vals []string
	for _, a := range n.args {
		if a.e.Op != LiteralOp && len(vals) < 8 && n.e.Op != ExternalOp {
			vals = append(vals, Format(a.e, names)+" = "+clip(a.col, row))
		}
	}
	text := Format(n.e, names)
	if len(vals) > 0 {
		text += " with " + strings.Join(vals, ", ")
	}
	return text + ": " + cause
}

func (n *node) culprit(row int) *node {
	if n.from != nil {
		return n.from(n, row)
	}
	for _, a := range n.args {
		if a.isBad(row) {
			return a
		}
	}
	return nil
}

// clip returns a value as a short text.
func clip(c batch.Column, row int) string {
	if c.Null(row) {
		return "NULL"
	}
	text := string(batch.AppendText(nil, &c, row))
	if len(text) > 60 {
		text = strings.ToValidUTF8(text[:60], "") + "..."
	}
	if c.Type.Variable() {
		return strconv.Quote(text)
	}
	return text
}

// Fold returns the literal that a constant expression is. Other expressions come back as they are. The
// error says why the constant cannot be computed.
func Fold(e Expr) (Expr, error) {
	if e.Op == LiteralOp || e.IsCall("months") || !Constant(e) {
		return e, nil
	}
	p, err := Compile([]Expr{e}, nil)
	if err != nil {
		return e, err
	}
	var errs batch.RowErrors
	cols, err := p.Eval(context.Background(), &batch.Batch{Rows: 1}, &errs)
	if err != nil {
		return e, err
	}
	if errs.Len() > 0 {
		return e, errorAt(e.Pos, "", "%s", errs.Reasons[0])
	}
	return fromColumn(&cols[0], 0).At(e.Pos), nil
}
