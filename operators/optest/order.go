package optest

import (
	"cmp"
	"math/big"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Compare compares two values of a type in canonical order, NULL behind all others or, with nullsFirst, before them. NaN is
// the greatest float. With desc values come the other way round, NULL does not.
func Compare(x, y any, nullsFirst, desc bool) int {
	switch {
	case x == nil && y == nil:
		return 0
	case x == nil:
		return map[bool]int{true: -1, false: 1}[nullsFirst]
	case y == nil:
		return map[bool]int{true: 1, false: -1}[nullsFirst]
	case desc:
		x, y = y, x
	}
	switch x := x.(type) {
	case uint64, batch.Dec:
		return Whole(x).Cmp(Whole(y))
	case int64:
		return cmp.Compare(x, y.(int64))
	case float64:
		return -cmp.Compare(-x, -y.(float64))
	}
	return cmp.Compare(x.(string), y.(string))
}

// Whole returns an integer, or a decimal without its point.
func Whole(x any) *big.Int {
	switch x := x.(type) {
	case int64:
		return big.NewInt(x)
	case uint64:
		return new(big.Int).SetUint64(x)
	case batch.Dec:
		high := new(big.Int).Lsh(big.NewInt(x.Hi), 64)
		return high.Add(high, new(big.Int).SetUint64(x.Lo))
	}
	return nil
}
