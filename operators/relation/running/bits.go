package running

import (
	"math/big"

	"github.com/millrace-dev/millrace/operators/relation/figure"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// bits counts, for each bit, how many values have it.
type bits struct {
	arg    int
	name   string
	n      int64
	counts [128]int64
}

func (b *bits) Add(rows Rows) {
	col := &rows.Cols[b.arg]
	for row := rows.From; row < rows.To; row++ {
		if col.Null(row) {
			continue
		}
		w := int64(rows.weight(row))
		b.n += w
		for i, word := range figure.Words(col, row) {
			for at := 64 * i; word != 0; word >>= 1 {
				b.counts[at] += w * int64(word&1)
				at++
			}
		}
	}
}

func (b *bits) Result(v *batch.Vector) bool {
	if b.n <= 0 {
		v.AppendNull()
		return true
	}
	var words [2]uint64
	for at, n := range b.counts {
		has := n > 0
		switch b.name {
		case "bit_and":
			has = n == b.n
		case "bit_xor":
			has = n&1 == 1
		}
		if has {
			words[at/64] |= 1 << (at % 64)
		}
	}
	x := new(big.Int).SetUint64(words[1])
	figure.AppendInteger(v, x.Lsh(x, 64).Or(x, new(big.Int).SetUint64(words[0])))
	return true
}

func (b *bits) Equal(other Running) bool { return *b == *other.(*bits) }

func (b *bits) Reset() { b.n, b.counts = 0, [128]int64{} }
