// Package law makes up schemas, queries and histories at random, and compares the views after every epoch with what
// another engine answers over the tables as they are then (I4). What fails is made as small as possible and shown as a
// script.
package law

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
)

// Options say which cases Run tries.
type Options struct {
	Seed     uint64 // of the first case; each next one has the next
	Failures int    // after how many Run gives up; 0 is 1
	// Scale is how many times as many rows, and values of a column, a case has; 0 is 1. With more than 1 the queries join
	// by keys that have many values only.
	Scale int
	// Windows has most of what is selected be window functions.
	Windows bool
}

// Report is what Run did.
type Report struct {
	Queries  int            // that were compared after every epoch, without a difference
	Refused  map[string]int // cases that the planner did not take, by reason
	Left     map[string]int // cases that the oracle could not answer, by reason
	Failures int
}

// String says it in a line.
func (r Report) String() string {
	return fmt.Sprintf("%d queries equal after every epoch, %d failures; cases refused: %v; left out by the oracle: %v", r.Queries, r.Failures, r.Refused, r.Left)
}

// Run tries cases until ctx is done or enough have failed. Each failure is given to failed, as a text for a person.
// Failures that are alike are given once, unless rows differ.
func Run(ctx context.Context, o *Oracle, opt Options, failed func(text string)) Report {
	r := Report{Refused: map[string]int{}, Left: map[string]int{}}
	seen := map[string]bool{}
	for seed := opt.Seed; ctx.Err() == nil && r.Failures < max(opt.Failures, 1); seed++ {
		t := trial{Case: New(rand.New(rand.NewPCG(seed, 16)), opt), oracle: o}
		switch out := t.run(); {
		case out.refused != "":
			r.Refused[out.refused]++
		case out.left != "":
			r.Left[out.left]++
			if err := o.renew(); err != nil {
				r.Failures++
				failed(err.Error())
			}
		case out.wrong == nil:
			r.Queries += len(t.views)
		default:
			small, m := t.shrink(out.wrong)
			what := m.stage + strings.SplitN(m.detail, "\n", 2)[0]
			if m.stage != "differs" && seen[what] {
				continue
			}
			seen[what] = true
			r.Failures++
			failed(fmt.Sprintf("seed %d: %v\n%v keyed=%t\n%s", seed, m, small.way, small.keyed, small.delta(o)))
		}
	}
	return r
}
