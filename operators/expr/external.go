package expr

import (
	"context"
	"fmt"

	"github.com/millrace-dev/millrace/operators/expr/fn"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Func is a function from elsewhere, for example of a guest module. It must be deterministic.
type Func interface {
	// Call computes rows values from the arguments into out. The arguments are borrowed for the
	// length of the call; out is the function's until its next call. A row that cannot be computed goes
	// into errs with its reason; an error is for what concerns no single row.
	Call(ctx context.Context, rows int, args []batch.Column, out *batch.Column, errs *batch.RowErrors) error
}

// Signature says what a function from elsewhere takes and gives.
type Signature struct {
	Args   []batch.Type
	Result batch.Type
	// SeesNulls: the function is called for rows with null arguments, too. Otherwise such a row is null.
	SeesNulls bool
	// Nullable: the result may be null where no argument is.
	Nullable bool
}

// Resolver finds functions from elsewhere by their name.
type Resolver interface {
	Func(name string) (Signature, Func, bool)
}

// Lister is a Resolver that knows the names of its functions, to tell which one was probably meant.
type Lister interface {
	Names() []string
}

// Invoke returns the call of a function by name: a built-in one, or else one that r, which may be nil,
// knows.
func Invoke(r Resolver, name string, args ...Expr) (Expr, error) {
	e, err := Call(name, args...)
	if err == nil || r == nil || builtins().find(name) != nil {
		return e, err
	}
	sig, _, ok := r.Func(name)
	if l, lists := r.(Lister); !ok && lists {
		return e, unknown(name, position(args), append(l.Names(), builtins().names...))
	}
	if !ok {
		return e, err
	}
	if len(args) != len(sig.Args) {
		return Expr{}, failAt(codeArguments, position(args), "", "%s takes %d arguments, not %d", name, len(sig.Args), len(args))
	}
	e = Expr{Op: ExternalOp, Func: name, Type: sig.Result, Pos: position(args), Args: make([]Expr, len(args))}
	for i, a := range args {
		t := sig.Args[i]
		if a.Type != t && !untyped(a) {
			if c, ok := Common(a.Type, t); !ok || c != t && !a.Type.Numeric() {
				return Expr{}, errorAt(a.Pos, "cast it", "%s: argument %d is %v, not %v", name, i+1, t, a.Type)
			}
		}
		c, err := Cast(a, t, false)
		if err != nil {
			return Expr{}, err
		}
		e.Args[i] = c
	}
	e.Nullable = sig.Nullable || !sig.SeesNulls && anyNullable(e.Args)
	return e, nil
}

// external computes calls of functions from elsewhere. It calls them for the rows that count: those that
// are reached, whose arguments could be computed and, unless the function wants to see them, are not null.
type external struct {
	fn      Func
	sig     Signature
	guards  []guard
	params  []*fn.Node
	rows    []int32 // those that count
	place   []int32 // where a row stands among those that count, or -1
	args    []batch.Column
	packed  []*batch.Vector
	out     batch.Column
	result  *batch.Vector
	errs    batch.RowErrors
	reasons map[int]string
}

func newExternal(n *fn.Node, outside Func, sig Signature, guards []guard) {
	x := &external{fn: outside, sig: sig, guards: guards, params: n.Args, result: batch.NewVector(n.Type), reasons: map[int]string{}}
	for _, a := range n.Args {
		x.packed = append(x.packed, batch.NewVector(a.Type))
	}
	x.args = make([]batch.Column, len(n.Args))
	n.Lazy, n.Run = true, x.run
	n.Why = func(_ *fn.Node, row int) string { return x.reasons[row] }
}

func (x *external) run(f *fn.Frame, n *fn.Node) {
	n.Bad = n.JoinBad(f.Rows)
	x.choose(f.Rows)
	x.result.Reset()
	x.errs.Reset()
	clear(x.reasons)
	whole := len(x.rows) == f.Rows
	for i, p := range x.params {
		if x.args[i] = p.Col; !whole {
			x.packed[i].Reset()
			kernel.Gather(x.packed[i], &p.Col, x.rows)
			x.args[i] = x.packed[i].Peek()
		}
	}
	x.out = batch.Column{Type: n.Type}
	if len(x.rows) > 0 && f.Err == nil {
		if err := x.fn.Call(f.Ctx, len(x.rows), x.args, &x.out, &x.errs); err != nil {
			f.Err = fmt.Errorf("function %q: %w", n.Func, err)
		}
	}
	if f.Err != nil || len(x.rows) == 0 {
		x.place = append(x.place[:0], make([]int32, f.Rows)...)
		for i := range x.place {
			x.place[i] = -1
		}
	}
	for k, i := range x.errs.Rows { // what the function left there is undefined
		row := x.rows[i]
		x.place[row] = -1
		x.reasons[int(row)] = x.errs.Reasons[k]
		n.Mark(f.Rows).Set(int(row))
	}
	kernel.GatherOuter(x.result, &x.out, x.place)
	n.Col = x.result.Peek()
	if n.Own != nil {
		n.AddBad(n.Own, f.Rows)
	}
}

// choose finds the rows that count.
func (x *external) choose(rows int) {
	x.rows, x.place = x.rows[:0], x.place[:0]
	for row := range rows {
		if !x.counts(row) {
			x.place = append(x.place, -1)
			continue
		}
		x.place = append(x.place, int32(len(x.rows)))
		x.rows = append(x.rows, int32(row))
	}
}

func (x *external) counts(row int) bool {
	for _, p := range x.params {
		if p.IsBad(row) || !x.sig.SeesNulls && p.Col.Null(row) {
			return false
		}
	}
	for _, g := range x.guards {
		if !g.passes(row) {
			return false
		}
	}
	return true
}
