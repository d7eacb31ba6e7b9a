package expr

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr/fn"
	"github.com/millrace-dev/millrace/operators/fault"
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
	nodes []*fn.Node // arguments before those who use them
	out   []*fn.Node
	cols  []batch.Column
	frame fn.Frame
	names []string
	exprs map[*fn.Node]Expr // what the nodes compute, for messages
}

// Compile makes a program of expressions over input columns. r, which may be nil, finds the functions from
// elsewhere.
func Compile(exprs []Expr, r Resolver) (*Program, error) {
	c := compiler{program: &Program{exprs: map[*fn.Node]Expr{}}, resolver: r, known: map[string]*fn.Node{}, outside: map[*fn.Node]bool{}}
	c.external = slices.ContainsFunc(exprs, callsOutside)
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
			p.cols[i] = batch.Column{Type: n.Type, Data: []byte{}, Offsets: []int32{0}}
		}
		return p.cols, nil
	}
	p.frame = fn.Frame{Ctx: ctx, In: in, Rows: in.Rows}
	for _, n := range p.nodes {
		n.Eval(&p.frame)
	}
	err := p.frame.Err
	p.frame = fn.Frame{}
	if err != nil {
		return nil, err
	}
	for i, n := range p.out {
		p.cols[i] = n.Col
		if n.Bad == nil {
			continue
		}
		for _, row := range kernel.Select(nil, n.Bad, nil, in.Rows) {
			errs.Add(int(row), p.reason(n, int(row)))
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
	if p.out[0].Bad == nil {
		return sel, nil
	}
	kept := sel[:start]
	for _, i := range sel[start:] {
		if !p.out[0].IsBad(int(i)) {
			kept = append(kept, i)
		}
	}
	return kept, nil
}

// reason says why a row is bad: the part that could not be computed, its cause and its arguments.
func (p *Program) reason(n *fn.Node, row int) string {
	for {
		next := culprit(n, row)
		if next == nil {
			break
		}
		n = next
	}
	cause := "cannot be computed"
	if n.Why != nil {
		cause = n.Why(n, row)
	}
	e := p.exprs[n]
	var vals []string
	for _, a := range n.Args {
		if !a.Literal && len(vals) < 8 && e.Op != ExternalOp {
			vals = append(vals, Format(p.exprs[a], p.names)+" = "+clip(a.Col, row))
		}
	}
	text := Format(e, p.names)
	if len(vals) > 0 {
		text += " with " + strings.Join(vals, ", ")
	}
	return fault.Reason(faultOf(e, cause), text+": "+cause)
}

// faultOf returns the code of why an expression cannot be computed.
func faultOf(e Expr, cause string) string {
	switch {
	case e.Op == ExternalOp:
		return fault.Function
	case e.IsCall("cast") || e.IsCall("precise"):
		return fault.Cast
	case cause == fn.DivisionByZero:
		return fault.DivisionByZero
	case strings.HasPrefix(cause, fn.Overflow):
		return fault.Overflow
	case cause == fn.Oversize:
		return fault.TooLong
	case cause == fn.ManyRows:
		return fault.ManyRows
	}
	return fault.Argument
}

func culprit(n *fn.Node, row int) *fn.Node {
	if n.From != nil {
		return n.From(n, row)
	}
	for _, a := range n.Args {
		if a.IsBad(row) {
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
		_, why, _ := strings.Cut(errs.Reasons[0], ": ")
		return e, failAt(codeFails, e.Pos, "", "%s", why)
	}
	return fromColumn(&cols[0], 0).At(e.Pos), nil
}
