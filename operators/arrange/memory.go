package arrange

import (
	"sync/atomic"
	"unsafe"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// heapBytes is below which memory comes from the Go heap: a mapping costs two system calls and
// rounds up to a page.
const heapBytes = 256 << 10

// mapped counts the bytes outside the Go heap, as far as they were asked for.
var mapped atomic.Int64

// Mapped returns how many bytes of address space all arrangements of this process hold outside the
// Go heap. Pages that were never written do not take memory.
func Mapped() int64 { return mapped.Load() }

// region is memory that is given back by hand: a mapping when it is large, else a slice of the Go
// heap. Its parts are cut off one after another, each 64-byte aligned.
type region struct {
	bytes []byte
	used  int
	heap  bool
}

// newRegion returns a region of n zero bytes. A large one takes memory only for the pages that are
// written to.
func newRegion(n int) *region {
	if n >= heapBytes {
		if m, err := mapMemory(n); err == nil {
			mapped.Add(int64(n))
			return &region{bytes: m}
		}
	}
	return &region{bytes: batch.Alloc(n), heap: true}
}

// room returns how much of a region a part of n bytes takes.
func room(n int) int { return (n + 63) &^ 63 }

// cut takes the next part of n bytes, or nil when the region has no room for it.
func (r *region) cut(n int) []byte {
	if r == nil || n == 0 || r.used+n > len(r.bytes) {
		return nil
	}
	part := r.bytes[r.used : r.used+n : r.used+n]
	r.used += room(n)
	return part
}

// cutInts takes the next part for n values of 32 or 64 bits.
func cutInts[T ~int32 | ~int64 | ~uint64](r *region, n int) []T {
	var zero T
	part := r.cut(n * int(unsafe.Sizeof(zero)))
	if part == nil {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(part))), n)
}

// release gives the memory back; nothing may point into it any more.
func (r *region) release() {
	if r == nil || r.bytes == nil {
		return
	}
	if !r.heap {
		mapped.Add(-int64(len(r.bytes)))
		unmapMemory(r.bytes)
	}
	r.bytes = nil
}
