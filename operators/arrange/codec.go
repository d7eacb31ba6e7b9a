package arrange

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"unsafe"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// A segment's file is the magic, the length of the header in 4 bytes, the header in JSON and its
// checksum in 8; then, in the header's order, each buffer as it stands in memory, little-endian,
// followed by its checksum.
const (
	magic         = "MRSG"
	formatVersion = 1
	maxHeader     = 1 << 20
	// maxSegment is what no segment reaches: it ends at 64 MiB unless one row is larger.
	maxSegment = 1 << 30
)

// header describes a segment's buffers.
type header struct {
	Version int            `json:"version"`
	Groups  int            `json:"groups"`
	Rows    int            `json:"rows"`
	Hashed  int            `json:"hashed"`
	Ordered bool           `json:"ordered,omitempty"`
	Spans   bool           `json:"spans,omitempty"`
	Weights bool           `json:"weights,omitempty"`
	Keys    []columnHeader `json:"keys"`
	Values  []columnHeader `json:"values"`
}

// columnHeader describes a column's buffers.
type columnHeader struct {
	Type  string `json:"type"`
	Nulls bool   `json:"nulls,omitempty"`
	Bytes int    `json:"bytes,omitempty"` // of variable-width values
}

// WriteTo writes the segment.
func (s *Segment) WriteTo(w io.Writer) (int64, error) {
	h := header{
		Version: formatVersion, Groups: s.groups, Rows: s.rows, Hashed: s.hashed, Ordered: s.ordered,
		Spans: s.offs != nil, Weights: s.weights != nil, Keys: headers(s.keys), Values: headers(s.vals),
	}
	text, err := json.Marshal(h)
	if err != nil {
		return 0, err
	}
	out := &checked{w: w}
	start := binary.LittleEndian.AppendUint32([]byte(magic), uint32(len(text)))
	out.write(binary.LittleEndian.AppendUint64(append(start, text...), kernel.Checksum(text)))
	if s.offs != nil {
		out.buffer(asBytes(s.offs))
	}
	if s.weights != nil {
		out.buffer(asBytes(s.weights))
	}
	for i := range s.keys {
		out.column(&s.keys[i], s.groups)
	}
	for i := range s.vals {
		out.column(&s.vals[i], s.rows)
	}
	return out.n, out.err
}

func headers(cols []batch.Column) []columnHeader {
	out := make([]columnHeader, len(cols))
	for i := range cols {
		out[i] = columnHeader{Type: cols[i].Type.String(), Nulls: cols[i].Valid != nil}
		if cols[i].Type.Variable() {
			out[i].Bytes = len(cols[i].Data)
		}
	}
	return out
}

// checked writes buffers with their checksums until the first error.
type checked struct {
	w   io.Writer
	n   int64
	err error
}

func (c *checked) write(b []byte) {
	if c.err == nil {
		var n int
		n, c.err = c.w.Write(b)
		c.n += int64(n)
	}
}

func (c *checked) buffer(b []byte) {
	c.write(b)
	c.write(binary.LittleEndian.AppendUint64(nil, kernel.Checksum(b)))
}

func (c *checked) column(col *batch.Column, rows int) {
	if col.Valid != nil {
		c.buffer(col.Valid[:(rows+7)/8])
	}
	if col.Type.Variable() {
		c.buffer(asBytes(col.Offsets[:rows+1]))
	}
	c.buffer(col.Data[:dataBytes(col.Type, rows, len(col.Data))])
}

// dataBytes returns how many bytes the values of a column take; size is that of variable-width ones.
func dataBytes(t batch.Type, rows, size int) int {
	switch {
	case t.Variable():
		return size
	case t.Kind == batch.Bool:
		return (rows + 7) / 8
	}
	return rows * t.Width()
}

func asBytes[T int32 | batch.Weight](s []T) []byte {
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(zero)))
}

// readSegment reads what WriteTo wrote. Damaged bytes give an error.
func readSegment(r io.Reader) (*Segment, error) {
	h, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	keys, err := types(h.Keys)
	if err != nil {
		return nil, err
	}
	vals, err := types(h.Values)
	if err != nil {
		return nil, err
	}
	if h.Ordered && (len(keys) != 1 || keys[0].Kind != batch.Timestamp || h.Keys[0].Nulls) {
		return nil, errors.New("the header contradicts itself: the order")
	}
	size := h.size(keys, vals)
	if size > maxSegment {
		return nil, fmt.Errorf("the header asks for %d bytes", size)
	}
	d := decoder{r: r, mem: newRegion(size)}
	s := &Segment{groups: h.Groups, rows: h.Rows, hashed: h.Hashed, ordered: h.Ordered, mem: d.mem}
	if h.Spans {
		s.offs = ints[int32](&d, h.Groups+1)
	}
	if h.Weights {
		s.weights = ints[batch.Weight](&d, h.Rows)
	}
	for i, t := range keys {
		s.keys = append(s.keys, d.column(t, h.Keys[i], h.Groups))
	}
	for i, t := range vals {
		s.vals = append(s.vals, d.column(t, h.Values[i], h.Rows))
	}
	if d.err == nil {
		d.err = s.check()
	}
	if d.err != nil {
		s.release()
		return nil, d.err
	}
	s.measure()
	return s, nil
}

func readHeader(r io.Reader) (h header, err error) {
	var start [8]byte
	if _, err := io.ReadFull(r, start[:]); err != nil {
		return h, cut(err)
	}
	n := binary.LittleEndian.Uint32(start[4:])
	if string(start[:4]) != magic || n > maxHeader {
		return h, errors.New("it is not a segment: the first bytes are wrong")
	}
	text := make([]byte, n+8)
	if _, err := io.ReadFull(r, text); err != nil {
		return h, cut(err)
	}
	if kernel.Checksum(text[:n]) != binary.LittleEndian.Uint64(text[n:]) {
		return h, errors.New("the header's checksum is wrong")
	}
	if err := json.Unmarshal(text[:n], &h); err != nil {
		return h, fmt.Errorf("the header is damaged: %w", err)
	}
	switch {
	case h.Version != formatVersion:
		return h, fmt.Errorf("it has format version %d, this program reads %d", h.Version, formatVersion)
	case h.Groups < 1 || h.Rows < h.Groups || h.Rows > math.MaxInt32-64 || h.Hashed > len(h.Keys) || h.Hashed < min(1, len(h.Keys)):
		return h, errors.New("the header contradicts itself")
	case len(h.Keys) == 0 && h.Groups > 1, len(h.Values) == 0 && h.Rows > h.Groups:
		return h, errors.New("the header contradicts itself: equal rows")
	case !h.Spans && h.Rows != h.Groups:
		return h, errors.New("the header contradicts itself: spans are missing")
	}
	return h, nil
}

// cut turns the end of the input into an error that says so.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it is cut off")
	}
	return err
}

func types(cols []columnHeader) ([]batch.Type, error) {
	out := make([]batch.Type, len(cols))
	for i, c := range cols {
		t, err := batch.ParseType(c.Type)
		if err != nil {
			return nil, err
		}
		if c.Bytes < 0 || c.Bytes > math.MaxInt32 || c.Bytes > 0 && !t.Variable() {
			return nil, errors.New("the header contradicts itself: bytes of a column")
		}
		out[i] = t
	}
	return out, nil
}

// size returns the room for all buffers.
func (h *header) size(keys, vals []batch.Type) int {
	n := room(4*(h.Groups+1)) + room(8*h.Rows)
	for i, t := range keys {
		n += h.Keys[i].size(t, h.Groups)
	}
	for i, t := range vals {
		n += h.Values[i].size(t, h.Rows)
	}
	return n
}

func (c *columnHeader) size(t batch.Type, rows int) int {
	return room((rows+7)/8) + room(4*(rows+1)) + room(dataBytes(t, rows, c.Bytes))
}

// decoder reads buffers until the first error.
type decoder struct {
	r   io.Reader
	mem *region
	err error
}

func (d *decoder) buffer(n int) []byte {
	if d.err != nil {
		return nil
	}
	b := []byte{}
	if n > 0 {
		b = d.mem.cut(n)
	}
	var sum [8]byte
	if _, err := io.ReadFull(d.r, b); err != nil {
		d.err = cut(err)
	} else if _, err := io.ReadFull(d.r, sum[:]); err != nil {
		d.err = cut(err)
	} else if kernel.Checksum(b) != binary.LittleEndian.Uint64(sum[:]) {
		d.err = errors.New("a checksum is wrong: the bytes have changed since they were written")
	}
	return b
}

func ints[T int32 | batch.Weight](d *decoder, n int) []T {
	var zero T
	b := d.buffer(n * int(unsafe.Sizeof(zero)))
	if d.err != nil {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), n)
}

func (d *decoder) column(t batch.Type, h columnHeader, rows int) batch.Column {
	c := batch.Column{Type: t}
	if h.Nulls {
		c.Valid = d.buffer((rows + 7) / 8)
	}
	if t.Variable() {
		c.Offsets = ints[int32](d, rows+1)
	}
	c.Data = d.buffer(dataBytes(t, rows, h.Bytes))
	return c
}

// check makes sure that nothing that is read later can lead out of the buffers, and builds the
// directory.
func (s *Segment) check() error {
	for g, lo := range s.offs {
		if g == 0 && lo != 0 || g > 0 && lo <= s.offs[g-1] || g == s.groups && int(lo) != s.rows {
			return errors.New("its spans are damaged")
		}
	}
	for _, cols := range [][]batch.Column{s.keys, s.vals} {
		for i := range cols {
			for k, end := range cols[i].Offsets {
				if k == 0 && end != 0 || k > 0 && end < cols[i].Offsets[k-1] || int(end) > len(cols[i].Data) {
					return errors.New("the offsets of a column are damaged")
				}
			}
		}
	}
	if !s.index() || !s.distinct() {
		return errors.New("its keys are out of order")
	}
	return nil
}

// distinct reports whether keys of one hash are in order, and so all different.
func (s *Segment) distinct() bool {
	order := kernel.NewOrder(s.keys, s.keys)
	var hashes []uint64
	prior := uint64(0)
	for at := 0; at < s.groups; at += pieceRows {
		hashes = s.Hashes(hashes, at, min(at+pieceRows, s.groups))
		for i, h := range hashes {
			if g := int32(at + i); g > 0 && h == prior && order(g-1, g) >= 0 {
				return false
			}
			prior = h
		}
	}
	return true
}
