package kernel

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/cespare/xxhash/v2"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// The primes of XXH64.
const (
	prime1 uint64 = 11400714785074694791
	prime2 uint64 = 14029467366897019727
	prime3 uint64 = 1609587929392839161
	prime4 uint64 = 9650029242287828579
	prime5 uint64 = 2870177450012600261
)

// nullWord is what a null is hashed as; an integer of this value collides, which a hash may.
const nullWord = 0x9d39_5ee2_1f6b_70c3

// nan is the one NaN that all NaNs are hashed as.
const nan = 0x7ff8_0000_0000_0000

// Hash sets dst[i] to the hash of row i over all cols: equal rows in canonical order have equal
// hashes, and integers, dates, timestamps, durations and bools of one value hash alike whatever
// their width. The hash of a column is seeded by that of the columns before it. Without columns
// every row hashes to 0.
func Hash(dst []uint64, cols []batch.Column, rows int) {
	dst = dst[:rows]
	clear(dst)
	for c := range cols {
		hashColumn(dst, &cols[c], c == 0)
	}
}

// HashInt64 returns the hash of a row whose only column is an integer of value v, as Hash does.
func HashInt64(v int64) uint64 { return hashWord(0, uint64(v)) }

// hashColumn is a switch over the kinds.
func hashColumn(dst []uint64, col *batch.Column, first bool) {
	switch col.Type.Kind {
	case batch.Bool:
		for i := range dst {
			word := uint64(0)
			if col.Null(i) {
				word = nullWord
			} else if col.Bool(i) {
				word = 1
			}
			dst[i] = hashWord(dst[i], word)
		}
	case batch.Int8:
		hashInts(dst, values[int8](col), col.Valid)
	case batch.Int16:
		hashInts(dst, values[int16](col), col.Valid)
	case batch.Int32, batch.Date:
		hashInts(dst, values[int32](col), col.Valid)
	case batch.Int64, batch.Timestamp, batch.Duration:
		hashInts(dst, values[int64](col), col.Valid)
	case batch.Uint8:
		hashInts(dst, values[uint8](col), col.Valid)
	case batch.Uint16:
		hashInts(dst, values[uint16](col), col.Valid)
	case batch.Uint32:
		hashInts(dst, values[uint32](col), col.Valid)
	case batch.Uint64:
		hashInts(dst, values[uint64](col), col.Valid)
	case batch.Float32:
		hashFloats(dst, values[float32](col), col.Valid)
	case batch.Float64:
		hashFloats(dst, values[float64](col), col.Valid)
	case batch.Decimal, batch.Int128, batch.Uint128, batch.UUID:
		for i, v := range values[[2]uint64](col)[:len(dst)] {
			if col.Null(i) {
				dst[i] = hashWord(dst[i], nullWord)
			} else {
				dst[i] = hashPair(dst[i], v[0], v[1])
			}
		}
	case batch.Point:
		for i, v := range values[[2]float64](col)[:len(dst)] {
			if col.Null(i) {
				dst[i] = hashWord(dst[i], nullWord)
			} else {
				dst[i] = hashPair(dst[i], floatWord(v[0]), floatWord(v[1]))
			}
		}
	case batch.Utf8, batch.Binary, batch.JSON:
		hashTexts(dst, col, first)
	default:
		panic("kernel: hash of " + col.Type.String())
	}
}

func hashInts[T Integer](dst []uint64, vals []T, valid batch.Bitmap) {
	vals = vals[:len(dst)]
	if valid == nil {
		for i, v := range vals {
			dst[i] = hashWord(dst[i], uint64(v))
		}
		return
	}
	for i, v := range vals {
		word := uint64(v)
		if !valid.Has(i) {
			word = nullWord
		}
		dst[i] = hashWord(dst[i], word)
	}
}

func hashFloats[T Float](dst []uint64, vals []T, valid batch.Bitmap) {
	for i, v := range vals[:len(dst)] {
		word := floatWord(float64(v))
		if valid != nil && !valid.Has(i) {
			word = nullWord
		}
		dst[i] = hashWord(dst[i], word)
	}
}

func hashTexts(dst []uint64, col *batch.Column, first bool) {
	for i := range dst {
		switch {
		case col.Null(i):
			dst[i] = hashWord(dst[i], nullWord)
		case first:
			dst[i] = xxhash.Sum64(col.View(i))
		default:
			dst[i] = hashWord(dst[i], xxhash.Sum64(col.View(i)))
		}
	}
}

// floatWord maps equal floats to equal words: -0 to 0 and every NaN to one.
func floatWord(v float64) uint64 {
	if v != v {
		return nan
	}
	return math.Float64bits(v + 0) // -0 + 0 is +0
}

// hashWord is XXH64 of 8 bytes.
func hashWord(seed, word uint64) uint64 {
	h := seed + prime5 + 8
	h ^= bits.RotateLeft64(word*prime2, 31) * prime1
	h = bits.RotateLeft64(h, 27)*prime1 + prime4
	h ^= h >> 33
	h *= prime2
	h ^= h >> 29
	h *= prime3
	return h ^ h>>32
}

// hashPair is XXH64 of 16 bytes.
func hashPair(seed, lo, hi uint64) uint64 {
	h := seed + prime5 + 16
	h ^= bits.RotateLeft64(lo*prime2, 31) * prime1
	h = bits.RotateLeft64(h, 27)*prime1 + prime4
	h ^= bits.RotateLeft64(hi*prime2, 31) * prime1
	h = bits.RotateLeft64(h, 27)*prime1 + prime4
	h ^= h >> 33
	h *= prime2
	h ^= h >> 29
	h *= prime3
	return h ^ h>>32
}

// Route sets dst[i] to the worker, of n, that owns the row with hash hashes[i].
// It scales the hash instead of dividing by n: no modulo, no power-of-two rule, and a worker owns
// one contiguous range of hashes.
func Route(dst []uint16, hashes []uint64, n int) {
	hashes = hashes[:len(dst)]
	for i := range dst {
		hi, _ := bits.Mul64(hashes[i], uint64(n))
		dst[i] = uint16(hi)
	}
}

// loadWord reads the up to 8 bytes from m as a little-endian word.
func loadWord(m []byte) uint64 {
	if len(m) >= 8 {
		return binary.LittleEndian.Uint64(m)
	}
	word := uint64(0)
	for i, b := range m {
		word |= uint64(b) << (8 * i)
	}
	return word
}

// storeWord writes the low bytes of a little-endian word to the up to 8 bytes of m.
func storeWord(m []byte, word uint64) {
	if len(m) >= 8 {
		binary.LittleEndian.PutUint64(m, word)
		return
	}
	for i := range m {
		m[i] = byte(word >> (8 * i))
	}
}
