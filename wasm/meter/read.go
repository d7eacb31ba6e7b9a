package meter

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"
)

// reader reads a part of a module. After the first mistake it returns zeros and keeps the error.
type reader struct {
	data []byte
	pos  int
	base int // where data begins in the module
	err  error
}

func (r *reader) at() int { return r.base + r.pos }

func (r *reader) left() int { return len(r.data) - r.pos }

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("byte %d: %w", r.at(), fmt.Errorf(format, args...))
		r.pos = len(r.data)
	}
}

func (r *reader) byte() byte {
	if r.pos >= len(r.data) {
		r.fail("the module is cut off")
		return 0
	}
	r.pos++
	return r.data[r.pos-1]
}

func (r *reader) bytes(n int) []byte {
	if n < 0 || n > r.left() {
		r.fail("the module is cut off: %d bytes are missing", n-r.left())
		return nil
	}
	r.pos += n
	return r.data[r.pos-n : r.pos : r.pos]
}

// u32 reads an unsigned LEB128 number of at most 32 bits.
func (r *reader) u32() uint32 {
	v, n := binary.Uvarint(r.data[r.pos:min(len(r.data), r.pos+5)])
	if n <= 0 || v > 1<<32-1 {
		r.fail("a number is cut off or larger than 32 bits")
		return 0
	}
	r.pos += n
	return uint32(v)
}

// signed skips over a signed LEB128 number and returns its value.
func (r *reader) signed(maxBytes int) (v int64) {
	for i, shift := 0, 0; ; i, shift = i+1, shift+7 {
		if i == maxBytes {
			r.fail("a number has more than %d bytes", maxBytes)
			return 0
		}
		b := r.byte()
		v |= int64(b&0x7f) << shift
		if b < 0x80 {
			if b&0x40 != 0 && shift+7 < 64 {
				v |= -1 << (shift + 7)
			}
			return v
		}
	}
}

func (r *reader) name() string {
	s := r.bytes(int(r.u32()))
	if !utf8.Valid(s) {
		r.fail("a name is not UTF-8")
	}
	return string(s)
}

// count reads how many items follow, each of at least one byte.
func (r *reader) count() int {
	n := r.u32()
	if int(n) > r.left() {
		r.fail("%d items in %d bytes", n, r.left())
		return 0
	}
	return int(n)
}

func appendU32(dst []byte, v uint32) []byte { return binary.AppendUvarint(dst, uint64(v)) }

func appendSigned(dst []byte, v int64) []byte {
	for {
		b := byte(v & 0x7f)
		v >>= 7
		if v == 0 && b&0x40 == 0 || v == -1 && b&0x40 != 0 {
			return append(dst, b)
		}
		dst = append(dst, b|0x80)
	}
}
