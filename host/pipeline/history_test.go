package pipeline

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/sdk"
)

// history writes the logs of systems at random, and knows what the tables then hold.
type history struct {
	rng  *rand.Rand
	a    map[int64]int64    // k: v
	b    map[int64][2]int64 // k: a, w
	read sdk.Mode           // how rows come in the first read
	mode sdk.Mode           // and afterwards: keyed, if they were before
}

// splits are those of the shop; a row belongs to the split of its key, and the pushed rows have keys above.
const (
	splits = 3
	pushed = 100
)

// step makes a transaction of a split, over keys that are its own.
func (h *history) step(first int64, most int) step {
	var st step
	for range 1 + h.rng.IntN(most) {
		k := first + splits*h.rng.Int64N(6)
		if first >= pushed {
			k = first + 2*h.rng.Int64N(4)
		}
		mode := h.mode
		switch {
		case first >= pushed:
			mode = sdk.Keyed
		case most == firstRead:
			mode = h.read
		}
		if h.rng.IntN(2) == 0 {
			st.parts = append(st.parts, h.changeA(k, mode))
		} else {
			st.parts = append(st.parts, h.changeB(k, mode))
		}
	}
	return st
}

const firstRead = 7

func (h *history) changeA(k int64, mode sdk.Mode) change {
	old, there := h.a[k]
	v := h.rng.Int64N(4)
	rows := [][]int64{}
	switch {
	case there && mode == sdk.Changes:
		rows = append(rows, []int64{-1, k, old})
	case there && h.rng.IntN(3) == 0:
		delete(h.a, k)
		return ints("a", mode, []int64{-1, k, 0})
	}
	if mode == sdk.Changes && there && h.rng.IntN(3) == 0 {
		delete(h.a, k)
		return ints("a", mode, rows...)
	}
	h.a[k] = v
	return ints("a", mode, append(rows, []int64{1, k, v})...)
}

func (h *history) changeB(k int64, mode sdk.Mode) change {
	old, there := h.b[k]
	now := [2]int64{h.rng.Int64N(18), h.rng.Int64N(100)}
	if h.rng.IntN(4) == 0 {
		now[0] = pushed + h.rng.Int64N(8)
	}
	rows := [][]int64{}
	switch {
	case there && mode == sdk.Changes:
		rows = append(rows, []int64{-1, k, old[0], old[1]})
	case there && h.rng.IntN(3) == 0:
		delete(h.b, k)
		return ints("b", mode, []int64{-1, k, 0, 0})
	}
	if mode == sdk.Changes && there && h.rng.IntN(3) == 0 {
		delete(h.b, k)
		return ints("b", mode, rows...)
	}
	h.b[k] = now
	return ints("b", mode, append(rows, []int64{1, k, now[0], now[1]})...)
}

// views returns what the views have to show.
func (h *history) views() map[string]map[string]int64 {
	out := map[string]map[string]int64{"as": {}, "as2": {}, "j": {}, "g": {}}
	type sum struct{ n, w int64 }
	sums := map[int64]sum{}
	for k, v := range h.a {
		out["as"][fmt.Sprint(k, v)]++
		out["as2"][fmt.Sprint(k, v)]++
	}
	for k, b := range h.b {
		if v, ok := h.a[b[0]]; ok {
			out["j"][fmt.Sprint(k, v, b[1])]++
			s := sums[v]
			sums[v] = sum{s.n + 1, s.w + b[1]}
		}
	}
	for v, s := range sums {
		out["g"][fmt.Sprint(v, s.n, s.w)]++
	}
	return out
}

// TestLawHistories proves I1, I2 and I4: whatever fails, and whenever the pipeline is stopped, killed and started again
// with another number of workers, the views end where the queries over the whole tables do.
func TestLawHistories(t *testing.T) {
	seeds := uint64(24)
	if testing.Short() {
		seeds = 4
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			runHistory(t, rand.New(rand.NewPCG(seed, 7)))
		})
	}
}

func runHistory(t *testing.T, rng *rand.Rand) {
	h := &history{rng: rng, a: map[int64]int64{}, b: map[int64][2]int64{}, read: sdk.Mode(rng.IntN(8) / 7)}
	h.mode = max(h.read, sdk.Mode(rng.IntN(2)))
	shop := newSystem("shop", intTable("a", "k", "v"), intTable("b", "k", "a", "w"))
	push := newSystem("push", intTable("a", "k", "v"), intTable("b", "k", "a", "w")).spooled()
	w := &world{
		t: t, dir: t.TempDir(), systems: []*system{shop, push},
		keys: map[string][]string{"a": {"k"}, "b": {"k"}}, served: []Served{{"as", "a"}, {"as2", "a"}},
		sql: "select b.k, a.v, b.w into j from b join a on b.a = a.k;\n" +
			"select a.v, count(*) as n, sum(b.w) as s into g from b join a on b.a = a.k group by a.v",
	}
	if rng.IntN(2) == 0 {
		w.limits = &limits{waiting: rng.IntN(400), open: rng.Int64N(400), stash: 1, checkpoint: rng.IntN(1000)}
	}
	for s := range int64(splits) {
		for range rng.IntN(4) {
			shop.add(fmt.Sprint(s), h.step(s, firstRead))
		}
		// The tables become live one after the other, with changes between.
		shop.add(fmt.Sprint(s), step{live: []string{"a"}}, h.step(s, firstRead), step{live: []string{"b"}})
	}
	push.add("0", h.step(pushed, 3))
	push.add("1", h.step(pushed+1, 3))
	var lock sync.Mutex
	var rate int
	trip := func(string, string) error {
		lock.Lock()
		defer lock.Unlock()
		if rate > 0 && rng.IntN(rate) == 0 {
			return errors.New("the network is down")
		}
		return nil
	}
	shop.trip, push.trip = trip, trip
	for range 2 + rng.IntN(4) {
		lock.Lock()
		rate = []int{0, 20, 60}[rng.IntN(3)]
		w.workers = 1 + rng.IntN(3)
		steps := rng.IntN(12)
		lock.Unlock()
		w.start()
		for range steps {
			lock.Lock()
			s := rng.Int64N(splits + 2)
			to, first := shop, s
			if s >= splits {
				s -= splits
				to, first = push, pushed+s
			}
			st := h.step(first, 4)
			pause := time.Duration(rng.IntN(4000)) * time.Microsecond
			lock.Unlock()
			to.add(fmt.Sprint(s), st)
			time.Sleep(pause)
		}
		lock.Lock()
		how := rng.IntN(3)
		rate = 0
		lock.Unlock()
		switch how {
		case 0:
			w.kill()
		case 1:
			w.settle(h)
			fallthrough
		default:
			if err := w.end(true); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.workers = 2
	w.start()
	w.settle(h)
	if err := w.end(true); err != nil {
		t.Fatal(err)
	}
	shop.add("0", h.step(0, 4))
	w.once = true
	for range 2 {
		w.start()
		err := <-w.ended
		w.ended <- err
		if err != nil {
			t.Fatal(err)
		}
		w.settle(h)
		if err := w.end(false); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := os.ReadDir(filepath.Join(w.dir, "views", "load")); err == nil && len(left) > 0 {
		t.Errorf("a load left %v", left)
	}
}

// settle waits until all views show what they have to.
func (w *world) settle(h *history) {
	w.t.Helper()
	views := h.views()
	for _, name := range slices.Sorted(maps.Keys(views)) {
		w.shows(name, views[name])
	}
}
