package bind

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// timeArgs are the arguments of a table function of time.
type timeArgs struct {
	in    *plan.Node
	time  *ast.TableArg
	spans []*ast.TableArg // in the order of names
	keys  []*ast.TableArg // what is left: columns that divide a SESSION
}

// timeForm says how a table function of time is written.
type timeForm struct {
	form, takes string
	names       []string // of the arguments, for name => value
}

var timeForms = map[string]timeForm{
	"TUMBLE":   {"TUMBLE(table, time, '5 MINUTES')", "a table, its time and a size", []string{"DATA", "TIMECOL", "SIZE"}},
	"HOP":      {"HOP(table, time, '1 MINUTE', '5 MINUTES')", "a table, its time and a hop and a size", []string{"DATA", "TIMECOL", "SLIDE", "SIZE"}},
	"CUMULATE": {"CUMULATE(table, time, '1 MINUTE', '5 MINUTES')", "a table, its time and a step and a size", []string{"DATA", "TIMECOL", "STEP", "SIZE"}},
	"SESSION":  {"SESSION(table, time, '5 MINUTES', key)", "a table, its time, a gap, and columns that divide it", []string{"DATA", "TIMECOL", "GAP"}},
	"TTL":      {"TTL(table, time, '1 HOUR')", "a table, its time and a length", []string{"DATA", "TIMECOL", "SIZE"}},
}

// tableFunc binds a table function.
func (b *binder) tableFunc(f *ast.TableFunc, with *ctes) (*plan.Node, error) {
	switch f.Func() {
	case "TUMBLE", "HOP", "CUMULATE":
		return b.windowed(f, with)
	case "SESSION":
		return b.session(f, with)
	case "TTL":
		return b.ttl(f, with)
	}
	return nil, b.fail(f, plan.CodeTableFunc, near.Fix(f.Func(), slices.Sorted(maps.Keys(timeForms))), "unknown table function %s", f.Func())
}

// timeArgs reads the arguments, in order or by name, and binds the table.
func (b *binder) timeArgs(f *ast.TableFunc, with *ctes) (*timeArgs, error) {
	name := f.Func()
	form := timeForms[name]
	args := make([]*ast.TableArg, 0, len(f.Args))
	for i := range f.Args {
		args = append(args, &f.Args[i])
	}
	if f.Args[0].Name.Text != "" {
		byName := make([]*ast.TableArg, len(form.names))
		for _, a := range args {
			at := -1
			for i, n := range form.names {
				if strings.EqualFold(n, a.Name.Text) {
					at = i
				}
			}
			if at < 0 || byName[at] != nil {
				return nil, b.fail(a, plan.CodeWindow, "they are "+strings.Join(form.names, ", "), "%s has no argument %q here", name, a.Name.Text)
			}
			byName[at] = a
		}
		args = byName
	}
	want := len(form.names)
	wrong := len(args) < want || len(args) > want && name != "SESSION"
	for i, a := range args {
		wrong = wrong || a == nil || i == 0 && a.Table == nil || f.Args[0].Name.Text == "" && a.Name.Text != ""
	}
	if wrong {
		return nil, b.fail(f, plan.CodeWindow, "write "+form.form, "%s takes %s", name, form.takes)
	}
	end := b.independent()
	in, err := b.factor(args[0].Table, with)
	end()
	if err != nil {
		return nil, err
	}
	if args[0].Partition != nil && name != "SESSION" {
		return nil, b.fail(args[0], plan.CodeWindow, "leave it out, and GROUP BY those columns", "%s is the same for all partitions", name)
	}
	return &timeArgs{in: in, time: args[1], spans: args[2:want], keys: args[want:]}, nil
}

// labelled gives the result of a table function its alias.
func (b *binder) labelled(n *plan.Node, f *ast.TableFunc) (*plan.Node, error) {
	if f.Alias.Name.Text == "" {
		return n, nil
	}
	return b.alias(n, f.Alias.Name.Text, f.Alias)
}

// argColumn returns the column that an argument names, or -1.
func (b *binder) argColumn(a *ast.TableArg, in *plan.Node) (int, error) {
	name, ok := a.Expr.(*ast.Name)
	if len(a.Columns) == 1 {
		name, ok = &ast.Name{At: a.Columns[0].At, Parts: a.Columns}, true
	}
	if !ok {
		return -1, nil
	}
	return b.resolve(&scope{fields: in.Fields}, name)
}

// timeColumn returns the column that the time of a window function names.
func (b *binder) timeColumn(f *ast.TableFunc, in *plan.Node, a *ast.TableArg) (int, error) {
	c, err := b.argColumn(a, in)
	switch {
	case err != nil:
		return 0, err
	case c < 0:
		return 0, b.fail(a, plan.CodeTime, "compute it in a derived table", "the time of %s is no column", f.Func())
	case in.Fields[c].Type.Kind != batch.Timestamp:
		return 0, b.fail(a, plan.CodeTime, "CAST it in a derived table", "the time of %s is a timestamp, and %q is %v", f.Func(), in.Fields[c].Name, in.Fields[c].Type)
	}
	return c, nil
}

// timeOf binds the time of a TTL, which may be any expression over the table.
func (b *binder) timeOf(in *plan.Node, a *ast.TableArg) (expr.Expr, error) {
	c, err := b.argColumn(a, in)
	if err != nil {
		return expr.Expr{}, err
	}
	var at expr.Expr
	switch {
	case c >= 0:
		at = plan.Column(in, c)
	case a.Expr == nil:
		return at, b.fail(a, plan.CodeWindow, "write a column or an expression", "the time of TTL is missing")
	default:
		if at, err = b.expr(a.Expr, &env{scope: &scope{fields: in.Fields}, clause: "TTL"}); err != nil {
			return at, err
		}
	}
	if k := at.Type.Kind; k != batch.Timestamp && k != batch.Date {
		return at, b.fail(a, plan.CodeTime, "CAST it", "the time of TTL is a timestamp or a date, and this is %v", at.Type)
	}
	return at, nil
}

var spanUnits = map[string]int64{
	"MICROSECOND": 1, "MILLISECOND": 1e3, "SECOND": 1e6, "MINUTE": 60e6, "HOUR": 3600e6, "DAY": 86400e6, "WEEK": 7 * 86400e6,
}

// span returns the microseconds of an interval: '5 MINUTES', INTERVAL '5' MINUTE or INTERVAL '5 minutes'.
func (b *binder) span(a *ast.TableArg) (int64, error) {
	text := ""
	switch e := a.Expr.(type) {
	case *ast.Literal:
		text = e.Text
	case *ast.Name: // in double quotes
		text = e.Last().Text
	case *ast.Interval:
		if v, ok := e.Value.(*ast.Literal); ok && e.To == "" && !e.Negative {
			text = strings.TrimSpace(v.Text + " " + e.Unit)
		}
	}
	if n, ok := parseSpan(text); ok {
		return n, nil
	}
	return 0, b.fail(a, plan.CodeSpan, "write '5 MINUTES': a number and MILLISECONDS, SECONDS, MINUTES, HOURS, DAYS or WEEKS", "%q is no length of time", text)
}

// parseSpan reads numbers with their units: '1 HOUR', '1.5 SECONDS', '1 DAY 12 HOURS'.
func parseSpan(text string) (micros int64, ok bool) {
	words := strings.Fields(text)
	const most = 1e17
	for i := 0; i+1 < len(words); i += 2 {
		unit := spanUnits[strings.TrimSuffix(strings.ToUpper(words[i+1]), "S")]
		whole, fraction, _ := strings.Cut(words[i], ".")
		n, err := strconv.ParseInt(whole, 10, 64)
		if err != nil || unit == 0 || n < 0 || n > most/unit || strings.HasPrefix(whole, "+") {
			return 0, false
		}
		part := n * unit
		for _, digit := range fraction {
			if unit /= 10; digit < '0' || digit > '9' || unit == 0 && digit != '0' {
				return 0, false
			}
			part += int64(digit-'0') * unit
		}
		if micros += part; micros > most {
			return 0, false
		}
	}
	return micros, len(words) > 0 && len(words)%2 == 0 && micros > 0 && micros <= most
}
