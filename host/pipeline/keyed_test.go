package pipeline

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/millrace-dev/millrace/host/catalog"
	"github.com/millrace-dev/millrace/host/config"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// keyedModel is what a keyed table holds, by the definition: for each key a Z-set of rows, of which the first
// one with a positive weight is in the table.
type keyedModel map[int64]map[int64]batch.Weight

func (m keyedModel) live() map[int64]int64 {
	out := map[int64]int64{}
	for key, rows := range m {
		for row, w := range rows {
			if old, ok := out[key]; w > 0 && (!ok || row < old) {
				out[key] = row
			}
		}
	}
	return out
}

func testTable() *table {
	i64 := batch.T(batch.Int64)
	t := &table{Table: &catalog.Table{Table: plan.Table{Name: "t", Schema: batch.Schema{
		Fields: []batch.Field{{Name: "k", Type: i64}, {Name: "v", Type: i64}}, Key: []int{0},
	}}, Conflict: config.ConflictResolution{OnInsert: "Nothing"}}}
	t.carry([]int{0, 1})
	return t
}

// TestLawKeyedResolve checks that a keyed table ends where its definition says, however its history is cut into
// epochs, and that parked rows and dead letters are just the rows that are not in the table.
func TestLawKeyedResolve(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		tab, model := testTable(), keyedModel{}
		live, parked := map[int64]int64{}, map[string]*batch.Batch{}
		letters := map[string]batch.Weight{}
		has := present{
			rows: func(keys *batch.Batch) (*batch.Batch, batch.Bitmap, error) {
				b, found := batch.NewBuilder(tab.types()), batch.NewBitmap(keys.Rows)
				for i := range keys.Rows {
					k := keys.Row(i)[0].(int64)
					v, ok := live[k]
					if ok {
						found.Set(i)
					}
					if err := b.AppendValues(1, k, v); err != nil {
						return nil, nil, err
					}
				}
				return b.Take(), found, nil
			},
			parked: func(key []byte) (*batch.Batch, error) { return parked[string(key)], nil },
		}
		for range 12 {
			r, err := resolve(tab, randomEpoch(rng, model), has)
			if err != nil {
				t.Fatal(err)
			}
			apply(live, r.rows)
			maps.Copy(parked, r.parked)
			for _, l := range r.letters {
				if l.reason == reasonDuplicate {
					letters[fmt.Sprint(l.row.Row(0))] += l.weight
				}
			}
			if want := model.live(); fmt.Sprint(live) != fmt.Sprint(want) {
				t.Fatalf("seed %d: got %v, want %v", seed, live, want)
			}
			checkLetters(t, seed, model, letters)
		}
	}
}

// randomEpoch makes changes and applies them to the model.
func randomEpoch(rng *rand.Rand, model keyedModel) []part {
	changes, keyed := batch.NewBuilder(testTable().types()), batch.NewBuilder(testTable().types())
	for range rng.IntN(6) {
		k, v := rng.Int64N(3), rng.Int64N(4)
		w := batch.Weight(rng.IntN(3) - 1)
		if w == 0 {
			w = 2
		}
		if model[k] == nil {
			model[k] = map[int64]batch.Weight{}
		}
		model[k][v] += w
		if err := changes.AppendValues(w, k, v); err != nil {
			panic(err)
		}
	}
	for range rng.IntN(3) {
		k, v := rng.Int64N(3), rng.Int64N(4)
		w := batch.Weight(1 - 2*rng.IntN(2))
		model[k] = map[int64]batch.Weight{}
		if w > 0 {
			model[k][v] = 1
		}
		if err := keyed.AppendValues(w, k, v); err != nil {
			panic(err)
		}
	}
	tab := testTable()
	parts := []part{{tab, sdk.Keyed, keyed.Take()}, {tab, sdk.Changes, changes.Take()}}
	return slices.DeleteFunc(parts, func(p part) bool { return p.rows.Rows == 0 })
}

func apply(live map[int64]int64, rows *batch.Batch) {
	if rows == nil {
		return
	}
	for _, positive := range []bool{false, true} {
		for i := range rows.Rows {
			if row := rows.Row(i); (rows.Weight(i) > 0) == positive {
				if positive {
					live[row[0].(int64)] = row[1].(int64)
				} else {
					delete(live, row[0].(int64))
				}
			}
		}
	}
}

func checkLetters(t *testing.T, seed uint64, model keyedModel, letters map[string]batch.Weight) {
	t.Helper()
	live := model.live()
	for key, rows := range model {
		for row, w := range rows {
			if l, ok := live[key]; ok && l == row {
				w--
			}
			if got := letters[fmt.Sprintf("[%d %d]", key, row)]; got != w {
				t.Fatalf("seed %d: row %d, %d: %d dead letters, want %d", seed, key, row, got, w)
			}
		}
	}
}
