package bind

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// clockHint says where NOW() can stand.
const clockHint = "write it in WHERE, compared with the row by itself and ANDed to the rest, as in ts > NOW() - INTERVAL '1' HOUR"

// unsolved says why a comparison with the clock is no bound, and what to write; "": what clockHint says.
type unsolved struct{ what, hint string }

// clocked returns conditions in which comparisons with the clock have become bounds.
func (b *binder) clocked(conditions []expr.Expr) ([]expr.Expr, error) {
	var out []expr.Expr
	for _, c := range conditions {
		call, reads := expr.Clock(c)
		if !reads {
			out = append(out, c)
			continue
		}
		bounds, why := compared(c)
		if why != nil {
			return nil, b.fail(ast.At(ast.Span{Pos: call.Pos, End: call.Pos + 1}), plan.CodeClock, cmp.Or(why.hint, clockHint), "%s", why.what)
		}
		out = append(out, bounds...)
	}
	return out, nil
}

// clockFree reports NOW() where no condition has taken it.
func (b *binder) clockFree(root *plan.Node) error {
	var found error
	for n := range plan.Readers([]plan.View{{Node: root}}) {
		if n.Join != nil && n.Join.Kind != plan.Inner {
			if i := slices.IndexFunc(n.Join.Residual, plan.Current); i >= 0 && found == nil {
				pos := n.Join.Residual[i].Pos
				found = b.fail(ast.At(ast.Span{Pos: pos, End: pos + 1}), plan.CodeClock, "move the comparison to the WHERE of the query around",
					"a subquery compares the clock with the row around it")
			}
		}
		for _, e := range n.Expressions() {
			if call, reads := expr.Clock(e); reads && found == nil {
				found = b.fail(ast.At(ast.Span{Pos: call.Pos, End: call.Pos + 1}), plan.CodeClock, clockHint,
					"the result would change all the time with %s at this place", clockName(call))
			}
		}
	}
	return found
}

func clockName(call expr.Expr) string {
	if call.IsCall("now") {
		return "NOW()"
	}
	return "CURRENT_DATE"
}

var opposite = map[string]string{"<": ">=", ">=": "<", ">": "<=", "<=": ">"}

// compared makes bounds of one comparison with the clock, or says why it cannot.
func compared(c expr.Expr) ([]expr.Expr, *unsolved) {
	negate, pos := false, c.Pos
	for c.IsCall("not") {
		c, negate = c.Args[0], !negate
	}
	op := c.Func
	if c.Op != expr.CallOp || plan.Mirrored[op] == "" || negate && opposite[op] == "" {
		call, _ := expr.Clock(c)
		return nil, &unsolved{what: clockName(call) + " is not compared by =, <, <=, > or >= at the top of the condition"}
	}
	if negate {
		op = opposite[op]
	}
	clock, other := c.Args[0], c.Args[1]
	if _, ok := expr.Clock(clock); !ok {
		clock, other, op = other, clock, plan.Mirrored[op]
	}
	if _, both := expr.Clock(other); both {
		return nil, &unsolved{what: "both sides of the comparison read the clock"}
	}
	ops := []string{op}
	if op == "=" {
		ops = []string{">=", "<="}
	}
	var out []expr.Expr
	for _, op := range ops {
		s := solver{clock: clock, op: op, other: other, unit: 1}
		for s.step() {
		}
		bound := s.bound()
		if s.why != nil {
			return nil, s.why
		}
		out = append(out, bound.At(pos))
	}
	return out, nil
}

// cutUnits are those that the clock can be cut to.
var cutUnits = map[string]int64{"millisecond": 1e3, "second": 1e6, "minute": 60e6, "hour": 3600e6, "day": dayMicros}

// solver brings a comparison of an expression that reads the clock with one that does not into the form
// trunc(clock) op other.
type solver struct {
	clock expr.Expr
	op    string
	other expr.Expr
	unit  int64 // to which the clock is cut
	why   *unsolved
}

func (s *solver) fail(what, hint string) bool {
	s.why = &unsolved{what, hint}
	return false
}

// step moves one operation over. It is a switch over the operations.
func (s *solver) step() (more bool) {
	e := s.clock
	switch {
	case e.IsCall("now"):
		return false
	case e.IsCall("current_date"):
		s.cut(dayMicros)
		return false
	case e.IsCall("cast") && e.Type.Kind == batch.Timestamp && e.Args[0].Type.Kind == batch.Date:
		s.clock = e.Args[0]
		return true
	case e.IsCall("cast") && e.Type.Kind == batch.Date && e.Args[0].Type.Kind == batch.Timestamp:
		if !s.cut(dayMicros) {
			return false
		}
		s.clock = e.Args[0]
		return s.inside()
	case e.IsCall("date_trunc"):
		size := cutUnits[e.Args[0].Value]
		if size == 0 {
			return s.fail("the clock cannot be cut to a "+e.Args[0].Value, "cut it to a second, minute, hour or day")
		}
		if !s.cut(size) {
			return false
		}
		s.clock = e.Args[1]
		return s.inside()
	case e.IsCall("add_months"):
		return s.fail("months before or after the clock differ in length", "write days, as in INTERVAL '30' DAY, or add the months to the column: NOW() < ts + INTERVAL '1' MONTH")
	case (e.IsCall("+") || e.IsCall("-")) && s.move(e.Func, e.Args[0], e.Args[1]):
		return true
	}
	if s.why == nil {
		call, _ := expr.Clock(e)
		s.fail(clockName(call)+" is an argument of "+strings.ToUpper(e.Func), "")
	}
	return false
}

// cut notes that the clock is cut to a unit.
func (s *solver) cut(unit int64) bool {
	if s.unit%unit != 0 && unit%s.unit != 0 {
		return s.fail("the clock is cut twice", "")
	}
	s.unit = max(s.unit, unit)
	return true
}

// inside takes off what stands inside a cut: whole units can be moved out of it.
func (s *solver) inside() (more bool) {
	e := s.clock
	if !e.IsCall("+") && !e.IsCall("-") {
		return true
	}
	micros, ok := length(e.Args[1])
	if !ok || micros%s.unit != 0 {
		return s.fail("the clock is cut to a unit, and what is added to it before is no multiple of that", "add it to the column")
	}
	return s.move(e.Func, e.Args[0], e.Args[1])
}

// move brings the operand that does not read the clock to the other side.
func (s *solver) move(op string, x, y expr.Expr) bool {
	_, right := expr.Clock(y)
	if _, left := expr.Clock(x); left && right {
		return s.fail("the clock is read twice", "")
	}
	var err error
	if x.Type.Kind == batch.Date && y.Type.Integer() && s.other.Type.Kind == batch.Timestamp { // days
		day, derr := expr.Interval("1", "day", "")
		if y, err = expr.Call("*", y, day); derr != nil || err != nil {
			return s.fail("the days cannot be added", "")
		}
	}
	switch {
	case op == "+" && right:
		s.clock = y
		s.other, err = expr.Call("-", s.other, x)
	case op == "+":
		s.clock = x
		s.other, err = expr.Call("-", s.other, y)
	case right: // x - clock op other
		s.clock, s.op = y, plan.Mirrored[s.op]
		s.other, err = expr.Call("-", x, s.other)
	default:
		s.clock = x
		s.other, err = expr.Call("+", s.other, y)
	}
	if err != nil {
		return s.fail("the comparison cannot be solved for the clock: "+err.Error(), "")
	}
	return true
}

const dayMicros = 86400e6

// bound returns the condition as the rules see it.
func (s *solver) bound() expr.Expr {
	if s.why != nil {
		return expr.Expr{}
	}
	x, offset := shifted(s.other)
	stamp, err := expr.Cast(x, batch.T(batch.Timestamp), false)
	if err == nil {
		stamp, err = currentWhile(stamp, plan.CurrentSpec{
			Offset: offset, Unit: s.unit, After: s.op == "<=" || s.op == ">", Until: s.op == "<" || s.op == "<=",
		})
	}
	if err != nil {
		s.fail("the clock is compared with no time: "+err.Error(), "")
	}
	return stamp
}

// shifted takes constant spans off an expression: what is left cannot overflow because of them.
func shifted(e expr.Expr) (x expr.Expr, micros int64) {
	for {
		switch {
		case e.IsCall("cast") && e.Type.Kind == batch.Timestamp && e.Args[0].Type.Kind == batch.Date:
			e = e.Args[0]
			continue
		case (e.IsCall("+") || e.IsCall("-")) && (e.Type.Kind == batch.Timestamp || e.Type.Kind == batch.Date):
			by, ok := length(e.Args[1])
			if e.IsCall("-") {
				by = -by
			}
			sum := micros + by
			if ok && (sum > micros) == (by > 0) {
				e, micros = e.Args[0], sum
				continue
			}
		}
		return e, micros
	}
}

// length returns that of a constant duration, or of a number of days, in microseconds.
func length(e expr.Expr) (micros int64, ok bool) {
	e, err := expr.Fold(e)
	if err != nil || e.Op != expr.LiteralOp || e.Null {
		return 0, false
	}
	switch e.Type.Kind {
	case batch.Int64:
		days, err := strconv.ParseInt(e.Value, 10, 64)
		return days * dayMicros, err == nil && days < 1<<26 && days > -1<<26
	case batch.Duration:
		v := batch.NewVector(e.Type)
		if err := v.AppendText(e.Value); err != nil {
			return 0, false
		}
		col := v.Peek()
		return batch.Values[int64](&col)[0], true
	}
	return 0, false
}

// currentWhile returns the condition that a time bounds.
func currentWhile(at expr.Expr, s plan.CurrentSpec) (expr.Expr, error) {
	return expr.Call(plan.IsCurrent, at, expr.Int(s.Offset), expr.Int(s.Unit), expr.Bool(s.After), expr.Bool(s.Until), expr.Bool(s.Required))
}
