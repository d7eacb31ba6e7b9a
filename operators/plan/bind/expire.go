package bind

import (
	"math"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// ttl binds TTL(table, time, '1 HOUR'): the rows of the table until so long after their time.
func (b *binder) ttl(f *ast.TableFunc, with *ctes) (*plan.Node, error) {
	a, err := b.timeArgs(f, with)
	if err != nil {
		return nil, err
	}
	at, err := b.timeOf(a.in, a.time)
	if err != nil {
		return nil, err
	}
	length, err := b.span(a.spans[0])
	if err != nil {
		return nil, err
	}
	at, offset := shifted(at)
	if offset > math.MaxInt64-length {
		offset = math.MaxInt64 - length
	}
	if at, err = b.made(a.time)(expr.Cast(at, batch.T(batch.Timestamp), false)); err != nil {
		return nil, err
	}
	c, err := b.made(f)(currentWhile(at, plan.CurrentSpec{Offset: offset + length, Unit: 1, Until: true, Required: true}))
	if err != nil {
		return nil, err
	}
	return b.labelled(placed(plan.Keep(a.in, c), f), f)
}

// clockedJoin takes the conditions with the clock out of an ON: to the side that they read, or above an inner join.
func (b *binder) clockedJoin(on []expr.Expr, kind plan.JoinKind, sides [2]*plan.Node) (rest []expr.Expr, below [2]*plan.Node, above []expr.Expr, err error) {
	below = sides
	width := len(sides[0].Fields)
	for _, c := range on {
		if !plan.Current(c) {
			rest = append(rest, c)
			continue
		}
		switch s := plan.Side(c, width); {
		case s < 0 && (kind == plan.Inner || kind == plan.Right || kind == plan.Semi):
			below[0] = plan.Keep(below[0], c)
		case s > 0 && kind != plan.Right && kind != plan.Full:
			below[1] = plan.Keep(below[1], expr.Remap(c, func(c int) int { return c - width }))
		case kind == plan.Inner:
			above = append(above, c)
		default:
			at := ast.At(ast.Span{Pos: c.Pos, End: c.Pos + 1})
			return nil, below, nil, b.fail(at, plan.CodeClock, "filter that side in a derived table: JOIN (SELECT * FROM t WHERE ts > NOW() - INTERVAL '1' HOUR) t ON ...",
				"in the ON of a %s JOIN the clock can only bound rows of the side that need not match", kind)
		}
	}
	return rest, below, above, nil
}
