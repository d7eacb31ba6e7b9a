package wasm

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// group is the states of an aggregate's groups, as a host keeps them.
type groups struct {
	t      *testing.T
	f      *Function
	states [][]byte
}

// add adds rows, each with its group and weight, and returns the failed ones.
func (g *groups) add(in *batch.Batch, group []uint32) map[int]string {
	g.t.Helper()
	states := batch.NewVector(stateType)
	for _, s := range g.states {
		states.AppendBytes(s)
	}
	to := Groups{States: states.Take(), Count: len(g.states), Group: group, Weights: in.Weights}
	var errs batch.RowErrors
	if err := g.f.Add(context.Background(), in.Rows, in.Cols, &to, &errs); err != nil {
		g.t.Fatal(err)
	}
	for i := range g.states {
		g.states[i] = append([]byte(nil), to.States.View(i)...)
	}
	failed := map[int]string{}
	for i, row := range errs.Rows {
		failed[int(row)] = errs.Reasons[i]
	}
	return failed
}

func (g *groups) results() []any {
	g.t.Helper()
	states := batch.NewVector(stateType)
	for _, s := range g.states {
		states.AppendBytes(s)
	}
	column := states.Take()
	var out batch.Column
	var errs batch.RowErrors
	if err := g.f.Results(context.Background(), len(g.states), &column, &out, &errs); err != nil || errs.Len() > 0 {
		g.t.Fatal(err, errs.Reasons)
	}
	var values []any
	for i := range g.states {
		values = append(values, out.Value(i))
	}
	return values
}

func weighted(t *testing.T, f *Function, weights []int64, rows ...[]any) *batch.Batch {
	t.Helper()
	b := batch.NewBuilder(f.Args)
	for i, row := range rows {
		if err := b.AppendValues(batch.Weight(weights[i]), row...); err != nil {
			t.Fatal(err)
		}
	}
	return b.Take()
}

func TestAggregate(t *testing.T) {
	m := testguest(t, Options{})
	g := &groups{t: t, f: m.Function("distinct_words"), states: make([][]byte, 3)}
	if got, want := g.results(), []any{nil, nil, nil}; !reflect.DeepEqual(got, want) {
		t.Errorf("empty: %v", got)
	}
	g.add(weighted(t, g.f, []int64{1, 2, 1, 1}, []any{"pen"}, []any{"cup"}, []any{nil}, []any{"ink"}), []uint32{0, 2, 0, 2})
	if got, want := g.results(), []any{"pen", nil, "cup ink"}; !reflect.DeepEqual(got, want) {
		t.Errorf("added: %v", got)
	}
	g.add(weighted(t, g.f, []int64{-1, -2, 1}, []any{"pen"}, []any{"cup"}, []any{"ink"}), []uint32{0, 2, 2})
	if got, want := g.results(), []any{nil, nil, "ink"}; !reflect.DeepEqual(got, want) {
		t.Errorf("taken back: %v", got)
	}
	if len(g.states[0]) != 0 || len(g.states[2]) == 0 {
		t.Errorf("a state without rows has %d bytes, one with a row %d", len(g.states[0]), len(g.states[2]))
	}
	two := &groups{t: t, f: m.Function("dot"), states: make([][]byte, 1)}
	two.add(columns(t, two.f.Args, []any{2.0, 3.0}, []any{4.0, 0.5}), []uint32{0, 0})
	if got := two.results(); got[0] != 8.0 {
		t.Errorf("dot: %v", got)
	}
}

// A row that fails changes no state, whether it panics or takes the guest down.
func TestAggregateRowFails(t *testing.T) {
	m := testguest(t, Options{})
	g := &groups{t: t, f: m.Function("picky"), states: make([][]byte, 2)}
	var rows [][]any
	var weights []int64
	var group []uint32
	want := [2]int64{}
	for i := range int64(60) {
		rows, weights, group = append(rows, []any{i % 20}), append(weights, i%3+1), append(group, uint32(i%2))
		if x := i % 20; x != 13 && x != 14 {
			want[i%2] += x * (i%3 + 1)
		}
	}
	failed := g.add(weighted(t, g.f, weights, rows...), group)
	for i := range rows {
		reason := map[int]string{13: "panic: 13 is bad luck", 14: "it stopped with code 1"}[i%20]
		if failed[i] != reason {
			t.Errorf("row %d: %q, want %q", i, failed[i], reason)
		}
	}
	if got := g.results(); got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Any history in any cut ends where the sum does.
func TestAggregateAnyCut(t *testing.T) {
	m := testguest(t, Options{})
	random := rand.New(rand.NewPCG(1, 2))
	g := &groups{t: t, f: m.Function("checksum"), states: make([][]byte, 5)}
	want := make([]int64, 5)
	for range 30 {
		var rows [][]any
		var weights []int64
		var group []uint32
		for range random.IntN(50) + 1 {
			x, w, n := random.Int64N(1000), random.Int64N(7)-3, random.IntN(5)
			rows, weights, group = append(rows, []any{x}), append(weights, w), append(group, uint32(n))
			want[n] += x * w
		}
		g.add(weighted(t, g.f, weights, rows...), group)
	}
	if got := g.results(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	in := columns(t, g.f.Args, []any{int64(1)})
	err := g.f.Add(context.Background(), 1, in.Cols, &Groups{Count: 1, Group: []uint32{1}}, &batch.RowErrors{})
	if err == nil || !strings.Contains(err.Error(), "group 1 of 1") {
		t.Errorf("got %v", err)
	}
}
