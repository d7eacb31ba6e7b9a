package udftest

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"

	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/wasm"
)

const (
	rows   = 400 // of a batch
	groups = 5   // of an aggregate
	most   = 5   // violations of one law that are listed
)

// laws checks one function and lists what does not hold.
type laws struct {
	*subject
	violations []string
	listed     map[string]int
}

func (l *laws) violated(law, format string, args ...any) {
	if l.listed == nil {
		l.listed = map[string]int{}
	}
	if l.listed[law]++; l.listed[law] <= most {
		l.violations = append(l.violations, law+": "+fmt.Sprintf(format, args...))
	}
}

// The laws' names, as they are reported.
const (
	lawRuns     = "the host can call it"
	lawNative   = "WASM and native agree"
	lawWorld    = "instances agree"
	lawHistory  = "an instance agrees with itself"
	lawCut      = "any cut agrees"
	lawNull     = "null in, null out"
	lawFuel     = "out of fuel"
	lawOrder    = "rows may come in any order"
	lawTakeBack = "what is taken back is gone"
)

func (l *laws) scalar() {
	random := rand.New(rand.NewPCG(1, 1))
	in := generate(random, l.native.Function, rows)
	whole, err := callGuest(l.guest, in)
	if err != nil {
		l.violated(lawRuns, "%v", err)
		return
	}
	l.compare(lawNative, in, callNative(l.native, in), whole, near)

	// Another history, then the same rows.
	other := l.call(l.other, generate(rand.New(rand.NewPCG(7, 7)), l.native.Function, rows))
	if other.values == nil {
		return
	}
	l.compare(lawWorld, in, whole, l.call(l.other, in), same)
	l.compare(lawHistory, in, whole, l.call(l.guest, in), same)

	cut := outcome{}
	for i := 0; i < in.Rows; {
		k := min(in.Rows, i+1+random.IntN(40)*random.IntN(2))
		part := l.call(l.guest, in.Slice(i, k))
		cut.values, cut.reasons = append(cut.values, part.values...), append(cut.reasons, part.reasons...)
		i = k
	}
	l.compare(lawCut, in, whole, cut, same)
	run := l.native.Run(in.Rows, in.Cols)
	for i := range in.Rows {
		if run != nil && !run.Has(i) && (whole.values[i] != nil || whole.reasons[i] != "") {
			l.violated(lawNull, "f%.200v = %s", in.Row(i), whole.row(i))
		}
	}
	poor := l.call(l.poor, in)
	for i := range poor.values {
		if poor.reasons[i] == "" && !same(poor.values[i], whole.values[i]) {
			l.violated(lawFuel, "f%.200v = %s with little fuel, %s with enough", in.Row(i), poor.row(i), whole.row(i))
		}
	}
}

func (l *laws) call(f *wasm.Function, in *batch.Batch) outcome {
	o, err := callGuest(f, in)
	if err != nil {
		l.violated(lawRuns, "%v", err)
		return outcome{}
	}
	return o
}

func (l *laws) compare(law string, in *batch.Batch, want, got outcome, equal func(a, b any) bool) {
	for i := range min(len(want.values), len(got.values)) {
		if want.reasons[i] != got.reasons[i] || !equal(want.values[i], got.values[i]) {
			l.violated(law, "f%.200v is %s and %s", in.Row(i), want.row(i), got.row(i))
		}
	}
}

// same reports whether two values are the same to the last bit; NaN is NaN.
func same(a, b any) bool {
	x, ok := a.(float64)
	if y, too := b.(float64); ok && too {
		return math.Float64bits(x) == math.Float64bits(y) || x != x && y != y
	}
	return reflect.DeepEqual(a, b) || fmt.Sprint(a) == fmt.Sprint(b) && a != nil && b != nil
}

// near reports whether two values are the same but for the last digits of a float.
func near(a, b any) bool {
	switch x := a.(type) {
	case float64:
		y, ok := b.(float64)
		return ok && (same(a, b) || math.Abs(x-y) <= 1e-9*max(1, math.Abs(x), math.Abs(y)))
	case [2]float64:
		y, ok := b.([2]float64)
		return ok && near(x[0], y[0]) && near(x[1], y[1])
	}
	return same(a, b)
}

// history is the rows of an aggregate with their groups.
type history struct {
	in    *batch.Batch
	group []uint32
}

// permuted returns the rows in another order, and taken back if sign is -1.
func (h history) permuted(random *rand.Rand, sign batch.Weight) history {
	b := batch.NewBuilder(h.in.Types())
	out := history{}
	for _, i := range random.Perm(h.in.Rows) {
		b.AppendRow(h.in, i, sign*h.in.Weight(i))
		out.group = append(out.group, h.group[i])
	}
	out.in = b.Take()
	return out
}

func (l *laws) aggregate() {
	random := rand.New(rand.NewPCG(1, 1))
	all := generate(random, l.native.Function, rows)
	h := l.good(random, all)
	once := l.add(l.guest, nil, h, h.in.Rows)
	l.compareResults(h, once)
	l.add(l.other, nil, h.permuted(random, -1), 7)
	l.compareStates(lawWorld, once, l.add(l.other, nil, h, h.in.Rows))
	l.compareStates(lawCut, once, l.add(l.guest, nil, h, 1+random.IntN(40)))
	l.compareStates(lawOrder, once, l.add(l.guest, nil, h.permuted(random, 1), h.in.Rows))
	back := l.add(l.guest, once, h.permuted(random, -1), 1+random.IntN(40))
	for g, state := range back {
		if len(state) != 0 {
			l.violated(lawTakeBack, "group %d keeps %.100q; a sum of floats needs an exact accumulator, a zero count must go", g, state)
		}
	}
	l.poorly(h, once)
}

// good returns the rows that do not fail, with weights and groups.
func (l *laws) good(random *rand.Rand, all *batch.Batch) history {
	b := batch.NewBuilder(all.Types())
	h := history{}
	for i := range all.Rows {
		one := history{all.Slice(i, i+1), []uint32{0}}
		if _, errs, err := l.addOnce(l.guest, nil, one, 0, 1); err != nil || errs.Len() > 0 {
			continue
		}
		b.AppendRow(all, i, batch.Weight(random.IntN(4)+1))
		h.group = append(h.group, uint32(random.IntN(groups)))
	}
	h.in = b.Take()
	return h
}

// add adds the rows, size at a time, and returns the states.
func (l *laws) add(f *wasm.Function, states [][]byte, h history, size int) [][]byte {
	for i := 0; i < h.in.Rows; i += size {
		next, errs, err := l.addOnce(f, states, h, i, min(h.in.Rows, i+size))
		if err != nil || errs.Len() > 0 {
			l.violated(lawRuns, "adding rows that can be added alone: %v %v", err, errs.Reasons)
			return next
		}
		states = next
	}
	return states
}

// addOnce adds rows i to k in one call.
func (l *laws) addOnce(f *wasm.Function, states [][]byte, h history, i, k int) ([][]byte, *batch.RowErrors, error) {
	to := wasm.Groups{States: column(states), Count: groups, Group: h.group[i:k]}
	part := h.in.Slice(i, k)
	to.Weights = part.Weights
	errs := &batch.RowErrors{}
	if err := f.Add(context.Background(), part.Rows, part.Cols, &to, errs); err != nil {
		return states, errs, err
	}
	out := make([][]byte, groups)
	for g := range out {
		out[g] = bytes.Clone(to.States.View(g))
	}
	return out, errs, nil
}

// column returns the states as a column; nil states are empty ones.
func column(states [][]byte) batch.Column {
	v := batch.NewVector(batch.T(batch.Binary))
	for g := range groups {
		if states == nil {
			v.AppendBytes(nil)
		} else {
			v.AppendBytes(states[g])
		}
	}
	return v.Take()
}

func (l *laws) compareStates(law string, want, got [][]byte) {
	for g := range min(len(want), len(got)) {
		if !bytes.Equal(want[g], got[g]) {
			l.violated(law, "the state of group %d is %.100q and %.100q", g, want[g], got[g])
		}
	}
}

// compareResults compares the results of states with what the native function gives.
func (l *laws) compareResults(h history, states [][]byte) {
	native, err := nativeResults(l.native, h.in, h.group, groups)
	if err != nil {
		l.violated(lawNative, "natively: %v", err)
		return
	}
	in := column(states)
	var out batch.Column
	var errs batch.RowErrors
	if err := l.guest.Results(context.Background(), groups, &in, &out, &errs); err != nil {
		l.violated(lawRuns, "%v", err)
		return
	}
	got := gather(&out, groups, &errs)
	for g := range groups {
		if native.reasons[g] != got.reasons[g] || !near(native.values[g], got.values[g]) {
			l.violated(lawNative, "the result of group %d is %s natively and %s in WASM", g, native.row(g), got.row(g))
		}
	}
}

// poorly adds the rows with little fuel: those that pass must be in the states, the others not.
func (l *laws) poorly(h history, once [][]byte) {
	poor, errs, err := l.addOnce(l.poor, nil, h, 0, h.in.Rows)
	if err != nil {
		l.violated(lawRuns, "%v", err)
		return
	}
	b := batch.NewBuilder(h.in.Types())
	missing := history{}
	for _, row := range errs.Rows {
		b.AppendRow(h.in, int(row), h.in.Weight(int(row)))
		missing.group = append(missing.group, h.group[row])
	}
	missing.in = b.Take()
	l.compareStates(lawFuel, once, l.add(l.guest, poor, missing, rows))
}
