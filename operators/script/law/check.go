package law

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/millrace-dev/millrace/operators/plan/bind"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/operators/script"
)

// mismatch is what is wrong with a case. The stage stays the same while it is shrunk.
type mismatch struct{ stage, detail string }

func (m *mismatch) Error() string { return m.stage + ": " + m.detail }

// create returns the CREATE VIEW statements in our dialect.
func create(queries []phrase) string {
	var out strings.Builder
	for i, q := range queries {
		fmt.Fprintf(&out, "create view v%d as %s;\n", i, q.ours)
	}
	return out.String()
}

// refusal is what the planner may say of a query that means something: a key that is a constant leaves a cross join, and
// some subqueries are not supported, a view has to read a table, and CUBE over subqueries over CUBE may have too many parts.
var refusal = regexp.MustCompile("tables without a condition|E2013: .*reads no table|E29[0-9][0-9]: .*|E3003: .*times in all")

// absent is what becomes of a deletion by key that is delivered once more.
var absent = regexp.MustCompile("dead key of .*" + relation.AbsentKey + ".*\n")

// trial is a case beside an oracle.
type trial struct {
	*Case
	oracle *Oracle
	// seen gets what the oracle has after an epoch. It may be nil.
	seen func(epoch int, rows map[string]int64)
}

// outcome is what became of a case: it was wrong, or left out for a reason, or right.
type outcome struct {
	wrong   *mismatch
	refused string // by the planner
	left    string // by the oracle
}

func wrong(stage, detail string) outcome { return outcome{wrong: &mismatch{stage, detail}} }

// noAnswer is the outcome when the oracle fails.
func noAnswer(err error) outcome {
	if left, ok := errors.AsType[unanswered](err); ok {
		return outcome{left: left.reason}
	}
	return wrong("oracle", err.Error())
}

// run runs a case and compares the views with the oracle's after every epoch.
func (t trial) run() (out outcome) {
	defer func() {
		if v := recover(); v != nil {
			out = wrong("panic", fmt.Sprintf("%v\n%s", v, shortStack()))
		}
	}()
	queries := t.queries(nil)
	p, err := script.Compile("law", t.tables, create(queries), bind.Options{})
	if err != nil && refusal.MatchString(err.Error()) {
		return outcome{refused: refusal.FindString(err.Error())}
	}
	if err != nil {
		return wrong("plan", err.Error())
	}
	if t.keyed {
		p.Keyed = map[string]bool{}
		for _, table := range t.tables {
			p.Keyed[table.Name] = table.Schema.Key != nil
		}
	}
	b := &bench{Oracle: t.oracle, c: t.Case, planned: p.Plan.Views}
	defer func() {
		if err := b.close(); err != nil && out.wrong == nil {
			out = noAnswer(err)
		}
	}()
	if err := b.open(queries); err != nil {
		return noAnswer(err)
	}
	x, err := p.Start(t.way)
	if err != nil {
		return wrong("start", err.Error())
	}
	defer func() {
		if err := x.Stop(); err != nil && out.wrong == nil {
			out = wrong("run", err.Error())
		}
	}()
	have := map[string]int64{}
	for e := range t.epochs {
		if out := t.epoch(e, x, b, have); out != (outcome{}) {
			return out
		}
	}
	return outcome{}
}

// epoch makes an epoch in both engines and compares the views, which have holds.
func (t trial) epoch(e int, x *script.Instance, b *bench, have map[string]int64) outcome {
	changes, negative := t.delivered(e)
	x.SetClock(t.clock(e).UnixMicro())
	if err := b.setClock(t.clock(e)); err != nil {
		return noAnswer(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second) // not for the oracle
	deltas, dead, err := x.Epoch(ctx, changes)
	cancel()
	if err != nil {
		return wrong("run", fmt.Sprintf("epoch %d: %v", e, err))
	}
	for i, d := range deltas {
		for row := range d.Rows.Rows {
			key := fmt.Sprint("v", i, " ", cells(d.Rows.Row(row)))
			if have[key] += int64(d.Rows.Weight(row)); have[key] == 0 {
				delete(have, key)
			}
		}
	}
	if err := b.apply(t.epochs[e]); err != nil {
		return noAnswer(err)
	}
	want, err := b.views()
	if err != nil {
		return noAnswer(err)
	}
	if t.seen != nil {
		t.seen(e, want)
	}
	if negative {
		return outcome{}
	}
	if detail := differences(have, want); detail != "" {
		return wrong("differs", fmt.Sprintf("after epoch %d ours is first, then %v's\n%s%s", e, t.oracle.Dialect, detail, dead))
	}
	if t.puts != weighted {
		dead = absent.ReplaceAllString(dead, "")
	}
	if dead != "" {
		return wrong("dead letters", dead)
	}
	return outcome{}
}

// shortStack returns where in our code a panic came from.
func shortStack() string {
	var out []string
	for line := range strings.Lines(string(debug.Stack())) {
		if strings.Contains(line, "/operators/") && strings.HasPrefix(line, "\t") && !strings.Contains(line, "/script/") {
			out = append(out, line)
		}
	}
	return strings.Join(out[:min(len(out), 8)], "")
}

func differences(have, want map[string]int64) string {
	var lines []string
	for key, w := range have {
		if want[key] != w {
			lines = append(lines, fmt.Sprintf("  %s: %d times, and %d\n", key, w, want[key]))
		}
	}
	for key, w := range want {
		if have[key] == 0 {
			lines = append(lines, fmt.Sprintf("  %s: missing, and %d\n", key, w))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines[:min(len(lines), 12)], "")
}
