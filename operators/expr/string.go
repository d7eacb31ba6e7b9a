package expr

import (
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// String returns e as SQL, with column i written $i.
func String(e Expr) string { return Format(e, nil) }

// String returns e as SQL, with column i written $i.
func (e Expr) String() string { return Format(e, nil) }

// Format returns e as SQL, with columns written by their names where there are any.
func Format(e Expr, names []string) string {
	f := formatter{names: names}
	f.expr(e, 0)
	return f.out.String()
}

// operand is Format of an expression that stands within another.
func operand(e Expr, names []string) string {
	f := formatter{names: names}
	f.expr(e, 10)
	return f.out.String()
}

type formatter struct {
	out   strings.Builder
	names []string
}

// binding says how strongly an infix operator binds.
var binding = map[string]int{
	"or": 1, "and": 2, "=": 4, "<>": 4, "<": 4, "<=": 4, ">": 4, ">=": 4,
	"is distinct from": 4, "is not distinct from": 4, "like": 4, "ilike": 4,
	"at time zone": 9, "||": 5, "~": 5, "~*": 5, "!~": 5, "!~*": 5, "&": 5, "|": 5, "#": 5, "<<": 5, ">>": 5, "->": 5, "->>": 5, "#>": 5, "#>>": 5, "+": 6, "-": 6, "*": 7, "/": 7, "%": 7,
}

func (f *formatter) expr(e Expr, outer int) {
	switch e.Op {
	case ColumnOp:
		if e.Column < len(f.names) {
			f.out.WriteString(f.names[e.Column])
		} else {
			f.out.WriteString("$" + strconv.Itoa(e.Column))
		}
	case LiteralOp:
		f.literal(e)
	default:
		f.call(e, outer)
	}
}

func (f *formatter) literal(e Expr) {
	switch {
	case e.Null:
		f.out.WriteString("NULL")
	case e.Type.Numeric():
		f.out.WriteString(e.Value)
	case e.Type.Kind == batch.Bool:
		f.out.WriteString(strings.ToUpper(e.Value))
	case e.Type.Kind == batch.Utf8:
		f.quote(e.Value)
	case e.Type.Kind == batch.Duration:
		f.out.WriteString("INTERVAL ")
		f.quote(e.Value)
	default:
		f.out.WriteString(strings.ToUpper(e.Type.String()) + " ")
		f.quote(e.Value)
	}
}

func (f *formatter) quote(s string) {
	f.out.WriteString("'" + strings.ReplaceAll(s, "'", "''") + "'")
}

// call is a switch over the forms that are not written name(arguments).
func (f *formatter) call(e Expr, outer int) {
	args := e.Args
	switch level := binding[e.Func]; {
	case e.Op == ExternalOp:
	case level > 0 && len(args) >= 2 && (len(args) <= 2 || level != 4):
		f.infix(e, level, outer)
		return
	case e.Func == "neg" || e.Func == "not":
		sign, own := "-", 8
		if e.Func == "not" {
			sign, own = "NOT ", 3
		}
		f.open(outer, own)
		f.out.WriteString(sign)
		f.expr(args[0], own)
		f.close(outer, own)
		return
	case strings.HasPrefix(e.Func, "is ") && len(args) == 1:
		f.open(outer, 4)
		f.expr(args[0], 5)
		f.out.WriteString(" " + strings.ToUpper(e.Func))
		f.close(outer, 4)
		return
	case e.Func == "cast" || e.Func == "try_cast":
		f.out.WriteString(strings.ToUpper(e.Func) + "(")
		f.expr(args[0], 0)
		f.out.WriteString(" AS " + strings.ToUpper(e.Type.String()) + ")")
		return
	case e.Func == "in":
		f.open(outer, 4)
		f.expr(args[0], 5)
		f.out.WriteString(" IN (")
		f.list(args[1:])
		f.out.WriteString(")")
		f.close(outer, 4)
		return
	case e.Func == "case":
		f.cases(args)
		return
	}
	name := e.Func
	if e.Op == CallOp {
		name = strings.ToUpper(name)
	}
	f.out.WriteString(name + "(")
	f.list(args)
	f.out.WriteString(")")
}

func (f *formatter) cases(args []Expr) {
	f.out.WriteString("CASE")
	for len(args) >= 2 {
		f.out.WriteString(" WHEN ")
		f.expr(args[0], 0)
		f.out.WriteString(" THEN ")
		f.expr(args[1], 0)
		args = args[2:]
	}
	if len(args) == 1 && (args[0].Op != LiteralOp || !args[0].Null) {
		f.out.WriteString(" ELSE ")
		f.expr(args[0], 0)
	}
	f.out.WriteString(" END")
}

func (f *formatter) infix(e Expr, level, outer int) {
	f.open(outer, level)
	for i, a := range e.Args {
		if i > 0 {
			f.out.WriteString(" " + strings.ToUpper(e.Func) + " ")
			f.expr(a, level+1)
			continue
		}
		f.expr(a, level)
	}
	f.close(outer, level)
}

func (f *formatter) list(args []Expr) {
	for i, a := range args {
		if i > 0 {
			f.out.WriteString(", ")
		}
		f.expr(a, 0)
	}
}

func (f *formatter) open(outer, level int) {
	if outer > level {
		f.out.WriteByte('(')
	}
}

func (f *formatter) close(outer, level int) {
	if outer > level {
		f.out.WriteByte(')')
	}
}
