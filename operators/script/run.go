package script

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Ways are those in which every script is run. The first one gives the answers.
var Ways = []Way{
	{Workers: 1},
	{Workers: 2, Batch: 1},
	{Workers: 8, Separate: true},
	{Workers: 1, Batch: 1, Step: 1, Backward: true},
	{Workers: 8, Batch: 3, Step: 2},
	{Workers: 2, Separate: true, Backward: true, Queue: 1 << 20, Keep: true},
	{Workers: 1, Restart: 1},
	{Workers: 2, Restart: 3, Batch: 2},
	{Workers: 1, Merged: true},
	{Workers: 2, Batch: 2, Merged: true, Backward: true},
}

// maxTime is how long an epoch may take before it is taken for stuck.
const maxTime = 60 * time.Second

// Check runs a script in several ways, of which the first gives the answers that it returns. It reports a way that
// does not agree with it.
func (s *Script) Check(ways []Way) ([]string, error) {
	p, err := s.Compile()
	if err != nil {
		return nil, err
	}
	first, err := s.run(p, ways[0])
	if err != nil {
		return nil, fmt.Errorf("%v: %w", ways[0], err)
	}
	for _, w := range ways[1:] {
		other, err := s.run(p, w)
		if err != nil {
			return nil, fmt.Errorf("%v: %w", w, err)
		}
		if got, want := other.total(p), first.total(p); got != want {
			return nil, fmt.Errorf("%v: at the end the views are\n%sand with %v\n%s", w, got, ways[0], want)
		}
		for i := range other.answers {
			if got, want := other.answers[i], first.answers[i]; got != want && !w.Merged {
				return nil, fmt.Errorf("%s:%d: %v gives\n%sand %v\n%s", s.Name, s.Blocks[i].Line, w, got, ways[0], want)
			}
		}
	}
	return first.answers, nil
}

// results are what a script gives in one way.
type results struct {
	answers []string // for each block, unless epochs were merged
	deltas  [][]Delta
}

// total returns the views at the end.
func (r *results) total(p *Program) string {
	var out strings.Builder
	for i, v := range p.Plan.Views {
		var parts []*batch.Batch
		for _, e := range r.deltas {
			parts = append(parts, e[i].Rows)
		}
		out.WriteString(Delta{v.Name, Sum(v.Node.Types(), parts...)}.String())
	}
	return out.String()
}

// run runs a script one way.
func (s *Script) run(p *Program, w Way) (out *results, err error) {
	x, err := p.Start(w)
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := x.Stop(); err == nil {
			err = e
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), maxTime)
	defer cancel()
	out = &results{}
	var all []Change
	for _, b := range s.Blocks {
		switch {
		case b.Explain:
			out.answers = append(out.answers, p.Plan.Explain(Tables(s.Tables)))
			continue
		case w.Merged:
			all = append(all, b.Changes...)
			if b.Clock != nil {
				x.SetClock(*b.Clock)
			}
			continue
		}
		if b.Clock != nil {
			x.SetClock(*b.Clock)
		}
		deltas, dead, err := x.Epoch(ctx, b.Changes)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", s.Name, b.Line, err)
		}
		var answer strings.Builder
		for _, d := range deltas {
			answer.WriteString(d.String())
		}
		out.answers = append(out.answers, answer.String()+dead)
		out.deltas = append(out.deltas, deltas)
	}
	if w.Merged {
		deltas, _, err := x.Epoch(ctx, all)
		if err != nil {
			return nil, fmt.Errorf("%s: all epochs in one: %w", s.Name, err)
		}
		out.answers, out.deltas = nil, [][]Delta{deltas}
	}
	return out, nil
}
