package kernel

import "github.com/cespare/xxhash/v2"

// Checksum returns the XXH64 of m, by which stored bytes are checked.
func Checksum(m []byte) uint64 { return xxhash.Sum64(m) }
