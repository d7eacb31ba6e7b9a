package app

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"time"

	"github.com/millrace-dev/millrace/host/admin"
	"github.com/millrace-dev/millrace/host/config"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// budget is how much memory the app, its plugins included, may use (promise I7).
type budget struct {
	bytes  int64
	origin string // where the number comes from, for messages
}

// memoryBudget returns app.memory or else nine tenths of what the machine, or the control group, has.
func (a *App) memoryBudget() budget {
	if a.cfg.App.Memory > 0 {
		return budget{int64(a.cfg.App.Memory), "app.memory"}
	}
	total := physicalMemory()
	if total == 0 {
		return budget{}
	}
	return budget{total / 10 * 9, "nine tenths of the machine's memory"}
}

// checkState refuses a plan that is known to need more memory than there is, and warns of state that grows without
// end.
func (a *App) checkState(p *planned, s *script, all *plan.Plan) error {
	state := all.State(a.catalog)
	for _, st := range state.Streams {
		w := a.placed(s, st.At, fmt.Sprintf("W2005: every row of the stream %q is kept, by %s: its state grows as long as rows come", st.Table, st.Operator),
			"bound it with TTL("+st.Table+", time, '1 HOUR') or a condition such as time > NOW() - INTERVAL '1' HOUR, "+
				"or declare a primary_key if rows replace others")
		w.Warning = true
		p.warnings = append(p.warnings, w)
	}
	b := a.memoryBudget()
	why, at := state.Exceeds(b.bytes)
	if why == "" || a.cfg.App.AllowLargeState {
		return nil
	}
	return a.placed(s, at, fmt.Sprintf("E3004: the plan is predicted to exceed the memory budget of %s (%s): %s", kibibytes(b.bytes), b.origin, why),
		"join on more conditions, drop columns, filter earlier, or bound rows by TTL or a window; "+
			"app.memory raises the budget, and app.allow_large_state: true runs it all the same")
}

// placed returns a mistake in a clause of the script, or of what is served without a statement.
func (a *App) placed(s *script, at ast.Span, msg, fix string) *config.Error {
	if at.End == 0 {
		return &config.Error{Pos: a.cfg.At("endpoints"), Msg: msg, Fix: fix}
	}
	return s.mistake(at, msg, fix)
}

// kibibytes writes a size in MiB, or in KiB if it is small.
func kibibytes(bytes int64) string {
	if bytes < 1<<20 {
		return fmt.Sprintf("%d KiB", bytes>>10)
	}
	return fmt.Sprintf("%d MiB", bytes>>20)
}

// physicalMemory returns the memory that the kernel lets us have, or 0 if it does not say.
func physicalMemory() int64 {
	total := int64(0)
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if rest, ok := strings.CutPrefix(line, "MemTotal:"); ok {
				kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
				if err == nil {
					total = kib << 10
				}
			}
		}
	}
	if text, err := os.ReadFile("/sys/fs/cgroup/memory.max"); err == nil {
		if limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && limit < total {
			total = limit
		}
	}
	return total
}

// guard returns an error when the processes use more than the budget: stopping with a reason comes before the
// kernel's killer. Before that it makes the collector work harder.
func (b budget) guard(ctx context.Context, processes *admin.Processes) error {
	if b.bytes == 0 {
		return nil
	}
	heap := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		used, own := int64(0), int64(0)
		for i, u := range processes.Usage() {
			used += u.Bytes
			if i == 0 {
				own = u.Bytes
			}
		}
		// The collector's limit is what the rest leaves: state outside its heap is not its to free.
		metrics.Read(heap)
		outside := own - int64(heap[0].Value.Uint64()-heap[1].Value.Uint64())
		debug.SetMemoryLimit(max(b.bytes-max(outside, 0)-(used-own), b.bytes/8))
		if used > b.bytes {
			return fmt.Errorf("memory: %d MiB are in use, more than the budget of %d MiB (%s): "+
				"give it more with app.memory, or keep less state: fewer columns, smaller tables",
				used>>20, b.bytes>>20, b.origin)
		}
	}
}
