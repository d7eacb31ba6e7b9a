package kernel

import (
	"slices"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Tie is a range of positions whose rows were equal so far.
type Tie struct{ Lo, Hi int32 }

// HashTies appends the ranges of two and more equal values in the sorted hashes.
func HashTies(ties []Tie, hashes []uint64) []Tie {
	for i := 1; i < len(hashes); i++ {
		if hashes[i] != hashes[i-1] {
			continue
		}
		lo := i - 1
		for i < len(hashes) && hashes[i] == hashes[lo] {
			i++
		}
		ties = append(ties, Tie{int32(lo), int32(i)})
	}
	return ties
}

// TieSorter sorts within ties. It keeps scratch memory for the next call; the zero value is ready to
// use.
type TieSorter struct {
	sorter Sorter
	words  []uint64
}

// largeTie is from how many rows on a tie is sorted by the bits of its values.
const largeTie = 256

// Sort sorts, within each tie, the rows perm by the column in canonical order, and appends to out
// the ties that are left: ranges of two and more rows whose values are equal. It is a switch over
// the kinds.
func (s *TieSorter) Sort(out, ties []Tie, perm []int32, col *batch.Column) []Tie {
	if len(ties) == 0 {
		return out
	}
	if col.Valid == nil {
		switch col.Type.Kind {
		case batch.Int32, batch.Date:
			return sortTies(s, out, tied[int32]{ties, perm, values[int32](col)})
		case batch.Int64, batch.Timestamp, batch.Duration:
			return sortTies(s, out, tied[int64]{ties, perm, values[int64](col)})
		case batch.Uint32:
			return sortTies(s, out, tied[uint32]{ties, perm, values[uint32](col)})
		case batch.Uint64:
			return sortTies(s, out, tied[uint64]{ties, perm, values[uint64](col)})
		case batch.Int16:
			return sortTies(s, out, tied[int16]{ties, perm, values[int16](col)})
		case batch.Uint8:
			return sortTies(s, out, tied[uint8]{ties, perm, values[uint8](col)})
		case batch.Float64:
			return sortFloatTies(s, out, tied[float64]{ties, perm, values[float64](col)})
		case batch.Float32:
			return sortFloatTies(s, out, tied[float32]{ties, perm, values[float32](col)})
		}
	}
	cols := []batch.Column{*col}
	order := NewOrder(cols, cols)
	for _, t := range ties {
		rows := perm[t.Lo:t.Hi]
		slices.SortFunc(rows, order)
		for i := 1; i < len(rows); i++ {
			if order(rows[i-1], rows[i]) != 0 {
				continue
			}
			lo := i - 1
			for i < len(rows) && order(rows[lo], rows[i]) == 0 {
				i++
			}
			out = append(out, Tie{t.Lo + int32(lo), t.Lo + int32(i)})
		}
	}
	return out
}

// Release gives the scratch memory back.
func (s *TieSorter) Release() { *s = TieSorter{} }

// tied is rows to sort within ties, and their values.
type tied[T any] struct {
	ties []Tie
	perm []int32
	vals []T
}

// byWords sorts rows by the words that word makes of their values, in the values' order, and appends
// the ties of equal words; rows begin at position at.
func byWords[T any](s *TieSorter, out []Tie, rows []int32, w words[T]) []Tie {
	s.words = slices.Grow(s.words[:0], len(rows))
	for _, row := range rows {
		s.words = append(s.words, w.word(w.vals[row]))
	}
	s.sorter.SortByHash(s.words, rows)
	first := len(out)
	out = HashTies(out, s.words)
	for i := range out[first:] {
		out[first+i].Lo += w.at
		out[first+i].Hi += w.at
	}
	return out
}

// words is values and how they become words of the same order.
type words[T any] struct {
	vals []T
	word func(T) uint64
	at   int32
}

// sortFloatTies sorts all ties by words: -0 is 0, NaN the greatest.
func sortFloatTies[T Float](s *TieSorter, out []Tie, in tied[T]) []Tie {
	for _, t := range in.ties {
		out = byWords(s, out, in.perm[t.Lo:t.Hi], words[T]{in.vals, orderedFloat[T], t.Lo})
	}
	return out
}

func orderedFloat[T Float](v T) uint64 {
	word := floatWord(float64(v))
	if word>>63 == 1 {
		return ^word
	}
	return word | 1<<63
}

func orderedInt[T Integer](v T) uint64 {
	if v < 0 {
		return uint64(int64(v)) &^ (1 << 63)
	}
	return uint64(v) | 1<<63
}

func orderedUint[T Integer](v T) uint64 { return uint64(v) }

func sortTies[T Integer](s *TieSorter, out []Tie, in tied[T]) []Tie {
	vals := in.vals
	var zero T
	word := orderedInt[T]
	if zero-1 > zero {
		word = orderedUint[T]
	}
	for _, t := range in.ties {
		rows := in.perm[t.Lo:t.Hi]
		switch {
		case len(rows) >= largeTie && !sortedBy(rows, vals):
			out = byWords(s, out, rows, words[T]{vals, word, t.Lo})
			continue
		case len(rows) > 16 && !sortedBy(rows, vals):
			slices.SortFunc(rows, func(i, j int32) int { return compareInts(vals[i], vals[j]) })
		case len(rows) <= 16:
			insertByValue(rows, vals)
		}
		for i := 1; i < len(rows); i++ {
			v := vals[rows[i-1]]
			if vals[rows[i]] != v {
				continue
			}
			lo := i - 1
			for i < len(rows) && vals[rows[i]] == v {
				i++
			}
			out = append(out, Tie{t.Lo + int32(lo), t.Lo + int32(i)})
		}
	}
	return out
}

func insertByValue[T Integer](rows []int32, vals []T) {
	for i := 1; i < len(rows); i++ {
		row, j := rows[i], i
		for v := vals[row]; j > 0 && vals[rows[j-1]] > v; j-- {
			rows[j] = rows[j-1]
		}
		rows[j] = row
	}
}

func sortedBy[T Integer](rows []int32, vals []T) bool {
	for i := 1; i < len(rows); i++ {
		if vals[rows[i-1]] > vals[rows[i]] {
			return false
		}
	}
	return true
}

// Groups lists the rows that are left when sorted rows are consolidated, group by group.
type Groups struct {
	// First has, for each group, a row that bears its key.
	First []int32
	// Ends has, for each group, where its rows end in Rows. Nil: every group has one row.
	Ends []int32
	// Rows has the rows in order; equal rows are there once.
	Rows []int32
	// Weights has a weight for each of Rows. Nil: all are +1.
	Weights []batch.Weight

	ends    []int32
	first   []int32
	rows    []int32
	weights []batch.Weight
}

// Consolidate sets g to the rows perm, of which keys tie those of one group and whole those that
// are equal: it adds up the weights of equal rows, drops those of weight 0, and groups without rows.
// Nil weights are all +1. The result is valid until the next call and may share perm.
func (g *Groups) Consolidate(perm []int32, keys, whole []Tie, weights []batch.Weight) {
	if len(whole) == 0 && weights == nil {
		g.group(perm, keys)
		return
	}
	g.first, g.ends, g.rows, g.weights = g.first[:0], g.ends[:0], g.rows[:0], g.weights[:0]
	ones, single := true, true
	for i := 0; i < len(perm); {
		hi := i + 1
		if len(keys) > 0 && int(keys[0].Lo) == i {
			hi, keys = int(keys[0].Hi), keys[1:]
		}
		before := len(g.rows)
		for j := i; j < hi; {
			end := j + 1
			if len(whole) > 0 && int(whole[0].Lo) == j {
				end, whole = int(whole[0].Hi), whole[1:]
			}
			w := batch.Weight(end - j)
			if weights != nil {
				w = 0
				for _, row := range perm[j:end] {
					w += weights[row]
				}
			}
			if w != 0 {
				ones = ones && w == 1
				g.rows, g.weights = append(g.rows, perm[j]), append(g.weights, w)
			}
			j = end
		}
		if n := len(g.rows); n > before {
			single = single && n == before+1
			g.first, g.ends = append(g.first, perm[i]), append(g.ends, int32(n))
		}
		i = hi
	}
	g.First, g.Ends, g.Rows, g.Weights = g.first, g.ends, g.rows, g.weights
	if ones {
		g.Weights = nil
	}
	if single {
		g.Ends = nil
	}
}

// group groups rows that are all different and have weight +1.
func (g *Groups) group(perm []int32, keys []Tie) {
	g.First, g.Ends, g.Rows, g.Weights = perm, nil, perm, nil
	if len(keys) == 0 {
		return
	}
	g.first, g.ends = g.first[:0], g.ends[:0]
	for i := 0; i < len(perm); {
		hi := i + 1
		if len(keys) > 0 && int(keys[0].Lo) == i {
			hi, keys = int(keys[0].Hi), keys[1:]
		}
		g.first, g.ends = append(g.first, perm[i]), append(g.ends, int32(hi))
		i = hi
	}
	g.First, g.Ends = g.first, g.ends
}
