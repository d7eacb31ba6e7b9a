package spool

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
)

// A segment is the magic, then frames, each
//
//	length of the data (4 bytes) | CRC-32C of number and data (4) | number (8) | data
//
// all little-endian. Numbers go up by one; the file's name is the number of its first frame.
const (
	magic     = "millspl1"
	frameHead = 16
	// MaxFrame is the longest data of a frame.
	MaxFrame = 256 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errTorn is a frame that is not whole: what a crash leaves at the end of the last segment.
var errTorn = errors.New("the last frame is not whole")

func appendHead(dst []byte, seq uint64, data []byte) []byte {
	start := len(dst)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(data)))
	dst = append(dst, 0, 0, 0, 0)
	dst = binary.LittleEndian.AppendUint64(dst, seq)
	sum := crc32.Update(crc32.Checksum(dst[start+8:], castagnoli), castagnoli, data)
	binary.LittleEndian.PutUint32(dst[start+4:], sum)
	return dst
}

// reader reads the frames of a segment.
type reader struct {
	in   *bufio.Reader
	next uint64 // the number that must come
	at   int64  // behind the last whole frame
	buf  []byte
}

// newReader reads the magic. The segment's first frame has number first.
func newReader(in io.Reader, first uint64) (*reader, error) {
	r := &reader{in: bufio.NewReaderSize(in, 256<<10), next: first}
	head := make([]byte, len(magic))
	switch _, err := io.ReadFull(r.in, head); {
	case err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF):
		return r, errTorn
	case err != nil:
		return r, err
	case string(head) != magic:
		return r, fmt.Errorf("it begins with %q instead of %q", head, magic)
	}
	r.at = int64(len(magic))
	return r, nil
}

// read returns the next frame's data, valid until the next call; io.EOF at a clean end and errTorn where a
// frame is not whole.
func (r *reader) read() (seq uint64, data []byte, err error) {
	var head [frameHead]byte
	switch n, err := io.ReadFull(r.in, head[:]); {
	case n == 0 && err == io.EOF:
		return 0, nil, io.EOF
	case errors.Is(err, io.ErrUnexpectedEOF):
		return 0, nil, errTorn
	case err != nil:
		return 0, nil, err
	}
	length := binary.LittleEndian.Uint32(head[:])
	seq = binary.LittleEndian.Uint64(head[8:])
	if length > MaxFrame || seq != r.next {
		return 0, nil, errTorn
	}
	// The length may be garbage: memory grows only with what is really there.
	r.buf = r.buf[:0]
	for len(r.buf) < int(length) {
		step := min(int(length)-len(r.buf), 1<<20)
		r.buf = slices.Grow(r.buf, step)
		n, err := io.ReadFull(r.in, r.buf[len(r.buf):len(r.buf)+step])
		r.buf = r.buf[:len(r.buf)+n]
		if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
			return 0, nil, errTorn
		}
		if err != nil {
			return 0, nil, err
		}
	}
	sum := crc32.Update(crc32.Checksum(head[8:], castagnoli), castagnoli, r.buf)
	if sum != binary.LittleEndian.Uint32(head[4:]) {
		return 0, nil, errTorn
	}
	r.next++
	r.at += int64(frameHead + len(r.buf))
	return seq, r.buf, nil
}
