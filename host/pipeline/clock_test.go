package pipeline

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/sdk"
)

// hands is a clock that a test sets.
type hands struct {
	mu sync.Mutex
	at int64 // seconds since 1970
	w  *world
}

func (h *hands) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Unix(h.at, 0)
}

// set sets the clock, and lets the pipeline, whose timers run by the machine's, look at it.
func (h *hands) set(at int64) {
	h.mu.Lock()
	h.at = at
	h.mu.Unlock()
	h.w.p.mu.Lock()
	h.w.p.wake()
	h.w.p.mu.Unlock()
}

// clockWorld has a table of rows with seconds, of which views show those of the last hundred, and those that have come.
func clockWorld(t *testing.T, workers int, systems ...*system) (*world, *hands) {
	w := &world{
		t: t, dir: t.TempDir(), workers: workers, systems: systems, keys: map[string][]string{"a": {"k"}}, served: []Served{{"as", "a"}},
		sql: "select k, s into recent from ttl(a, to_timestamp(s), '100 SECONDS');\n" +
			"select x.g, count(*) as n, max(x.k) as last into groups from ttl(a, to_timestamp(s), '1 MINUTE 40 SECONDS') x join b on x.g = b.g group by x.g;\n" +
			"select k into came from a where to_timestamp(s) <= now()",
	}
	h := &hands{w: w, at: 1000}
	w.clock = h.now
	return w, h
}

// TestClock proves I2 for what depends on the time: rows come and go when it passes, whether the pipeline runs then or not,
// and what a crash leaves is computed again at the times at which it was computed before.
func TestClock(t *testing.T) {
	shop := newSystem("shop", intTable("a", "k", "s", "g"), intTable("b", "g"))
	shop.add("s", step{parts: []change{
		ints("a", sdk.Changes, []int64{1, 1, 899, 7}, []int64{1, 2, 901, 7}, []int64{1, 3, 950, 8}, []int64{1, 4, 1010, 8}),
		ints("b", sdk.Changes, []int64{1, 7}, []int64{1, 8}),
	}, live: []string{"a", "b"}})
	w, h := clockWorld(t, 2, shop)
	check := func(recent, groups, came map[string]int64) {
		t.Helper()
		w.shows("recent", recent)
		w.shows("groups", groups)
		w.shows("came", came)
	}
	w.start()
	check(map[string]int64{"2 901": 1, "3 950": 1, "4 1010": 1}, map[string]int64{"7 1 2": 1, "8 2 4": 1}, map[string]int64{"1": 1, "2": 1, "3": 1})
	h.set(1001)
	check(map[string]int64{"3 950": 1, "4 1010": 1}, map[string]int64{"8 2 4": 1}, map[string]int64{"1": 1, "2": 1, "3": 1})
	shop.add("s", step{parts: []change{ints("a", sdk.Changes, []int64{-1, 3, 950, 8}, []int64{1, 5, 1020, 7})}})
	w.shows("recent", map[string]int64{"4 1010": 1, "5 1020": 1})
	w.kill()
	h.at = 1050 // while nothing runs
	w.start()
	all := map[string]int64{"1": 1, "2": 1, "4": 1, "5": 1}
	check(map[string]int64{"4 1010": 1, "5 1020": 1}, map[string]int64{"7 1 5": 1, "8 1 4": 1}, all)
	h.set(1110)
	check(map[string]int64{"5 1020": 1}, map[string]int64{"7 1 5": 1}, all)
	if err := w.end(true); err != nil {
		t.Fatal(err)
	}
	h.at = 900 // set back: the time that was stands still
	w.start()
	check(map[string]int64{"5 1020": 1}, map[string]int64{"7 1 5": 1}, all)
	shop.add("s", step{parts: []change{ints("a", sdk.Changes, []int64{1, 6, 1009, 7}, []int64{1, 7, 1109, 8})}})
	check(map[string]int64{"5 1020": 1, "7 1109": 1}, map[string]int64{"7 1 5": 1, "8 1 7": 1}, map[string]int64{"1": 1, "2": 1, "4": 1, "5": 1, "6": 1, "7": 1})
	h.set(1 << 33) // far ahead
	check(map[string]int64{}, map[string]int64{}, map[string]int64{"1": 1, "2": 1, "4": 1, "5": 1, "6": 1, "7": 1})
	if got := stateRows(w); got != 2 { // the rows of b, by their key
		t.Errorf("%d rows are kept of what has passed", got)
	}
	if err := w.end(true); err != nil {
		t.Fatal(err)
	}
}

// TestClockFirstRead: rows that go while everything is read for the first time are not there afterwards.
func TestClockFirstRead(t *testing.T) {
	shop := newSystem("shop", intTable("a", "k", "s", "g"), intTable("b", "g"))
	shop.add("s",
		step{parts: []change{ints("a", sdk.Changes, []int64{1, 1, 899, 7}, []int64{1, 2, 901, 7}, []int64{1, 3, 950, 8}, []int64{1, 4, 1010, 8})}, live: []string{"a"}},
		step{parts: []change{ints("b", sdk.Changes, []int64{1, 7}, []int64{1, 8})}, live: []string{"b"}})
	w, h := clockWorld(t, 2, shop)
	commits := 0
	shop.trip = func(_, at string) error {
		if commits += map[bool]int{true: 1}[at == "commit"]; commits != 2 {
			return nil
		}
		for deadline := time.Now().Add(10 * time.Second); rowsOut(w) == 0 && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		}
		h.set(1020)
		return nil
	}
	w.start()
	w.shows("recent", map[string]int64{"3 950": 1, "4 1010": 1})
	w.shows("groups", map[string]int64{"8 2 4": 1})
	w.shows("came", map[string]int64{"1": 1, "2": 1, "3": 1, "4": 1})
	if err := w.end(true); err != nil {
		t.Fatal(err)
	}
}

// stateRows returns how many rows the circuit keeps.
func stateRows(w *world) (rows int64) {
	w.p.mu.Lock()
	defer w.p.mu.Unlock()
	for _, n := range w.p.circuit.Stats().Nodes {
		rows += n.StateRows
	}
	return rows
}

// rowsOut returns how many rows have come out of operators.
func rowsOut(w *world) (rows int64) {
	w.p.mu.Lock()
	defer w.p.mu.Unlock()
	if w.p.circuit != nil {
		for _, n := range w.p.circuit.Stats().Nodes {
			rows += n.RowsOut
		}
	}
	return rows
}

// TestClockIdle: time alone ends epochs only where something is due, and no more than a few a second.
func TestClockIdle(t *testing.T) {
	for _, sql := range []string{"select k into v from a", "select k into v from a where to_timestamp(s) > now()"} {
		shop := newSystem("shop", intTable("a", "k", "s"))
		shop.add("s", step{parts: []change{ints("a", sdk.Changes, []int64{1, 1, 1 << 33}, []int64{1, 2, 5})}, live: []string{"a"}})
		w := &world{t: t, dir: t.TempDir(), workers: 1, systems: []*system{shop}, sql: sql}
		w.start()
		for w.p.store.Committed() == 0 {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(300 * time.Millisecond)
		if e := w.p.store.Committed(); e != 1 {
			t.Errorf("%s: epoch %d", sql, e)
		}
		var soon [][]int64
		now := time.Now().Unix()
		for i := range int64(1000) {
			soon = append(soon, []int64{1, 10 + i, now + i%3})
		}
		shop.add("s", step{parts: []change{ints("a", sdk.Changes, soon...)}})
		time.Sleep(time.Second)
		if e := w.p.store.Committed(); e > 12 {
			t.Errorf("%s: epoch %d after a second", sql, e)
		}
		if err := w.end(true); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLawClock proves I2 and I4 for the time: in any history of rows, times, kills and restarts with another number of
// workers, the views end where the queries over the whole tables do at the time that it is then.
func TestLawClock(t *testing.T) {
	seeds := uint64(16)
	if testing.Short() {
		seeds = 3
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			clockHistory(t, rand.New(rand.NewPCG(seed, 21)))
		})
	}
}

func clockHistory(t *testing.T, r *rand.Rand) {
	shop := newSystem("shop", intTable("a", "k", "s", "g"), intTable("b", "g"))
	if r.IntN(2) == 0 {
		shop.spooled()
	}
	w, h := clockWorld(t, 1+r.IntN(3), shop)
	if r.IntN(2) == 0 {
		w.limits = &limits{waiting: 400, open: 400, stash: 1, checkpoint: r.IntN(500)}
	}
	rows, latest := map[int64][2]int64{}, h.at
	next := func(n int, live ...string) step {
		var changes [][]int64
		for range n {
			k := r.Int64N(20)
			if old, ok := rows[k]; ok {
				changes = append(changes, []int64{-1, k, old[0], old[1]})
				delete(rows, k)
			}
			if r.IntN(4) > 0 {
				rows[k] = [2]int64{latest - 150 + r.Int64N(250), 7 + r.Int64N(3)}
				changes = append(changes, []int64{1, k, rows[k][0], rows[k][1]})
			}
		}
		out := step{live: live}
		if len(changes) > 0 {
			out.parts = append(out.parts, ints("a", sdk.Changes, changes...))
		}
		if live != nil {
			out.parts = append(out.parts, ints("b", sdk.Changes, []int64{1, 7}, []int64{1, 8}))
		}
		return out
	}
	settle := func() {
		t.Helper()
		recent, groups, came := map[string]int64{}, map[string]int64{}, map[string]int64{}
		counts, last := map[int64]int64{}, map[int64]int64{}
		for k, v := range rows {
			if v[0]+100 > latest {
				recent[fmt.Sprint(k, v[0])]++
				if v[1] < 9 {
					counts[v[1]]++
					last[v[1]] = max(last[v[1]], k)
				}
			}
			if v[0] <= latest {
				came[fmt.Sprint(k)]++
			}
		}
		for g, n := range counts {
			groups[fmt.Sprint(g, n, last[g])]++
		}
		w.shows("recent", recent)
		w.shows("groups", groups)
		w.shows("came", came)
	}
	shop.add("s", next(10, "a", "b"))
	w.start()
	for range 3 + r.IntN(4) {
		for range r.IntN(8) {
			if r.IntN(2) == 0 {
				shop.add("s", next(1+r.IntN(4)))
				continue
			}
			latest += r.Int64N(40)
			h.set(latest)
		}
		switch r.IntN(3) {
		case 0:
			w.kill()
		case 1:
			settle()
			fallthrough
		default:
			if err := w.end(true); err != nil {
				t.Fatal(err)
			}
		}
		w.workers = 1 + r.IntN(3)
		latest += r.Int64N(30)
		h.at = latest
		w.start()
	}
	settle()
	if err := w.end(true); err != nil {
		t.Fatal(err)
	}
}
