package wire

import (
	"encoding/binary"
	"errors"
	"math"
)

// A flatbuffer that lies about the length of a vector makes arrow-go allocate that much, which no
// recover survives (I6). So record batches are read here, and schemas looked over before arrow-go sees them.

var errBody = errors.New("not an Arrow message")

// flat reads a flatbuffer; a read outside its bounds gives 0 and marks it bad.
type flat struct {
	b   []byte
	bad bool
}

func (f *flat) at(pos, n int) []byte {
	if pos < 0 || n < 0 || pos > len(f.b)-n {
		f.bad = true
		return make([]byte, 8)
	}
	return f.b[pos : pos+n]
}

func (f *flat) u8(pos int) int  { return int(f.at(pos, 1)[0]) }
func (f *flat) u16(pos int) int { return int(binary.LittleEndian.Uint16(f.at(pos, 2))) }
func (f *flat) u32(pos int) int { return int(binary.LittleEndian.Uint32(f.at(pos, 4))) }

// i64 reads a number that has to be a size within a message.
func (f *flat) i64(pos int) int {
	n := int64(binary.LittleEndian.Uint64(f.at(pos, 8)))
	if n < 0 || n > math.MaxInt32 {
		f.bad = true
		return 0
	}
	return int(n)
}

// field returns where a slot of the table at pos is stored, or 0 if it is missing.
func (f *flat) field(pos, slot int) int {
	vtable := pos - int(int32(f.u32(pos)))
	if 4+2*slot+2 > f.u16(vtable) {
		return 0
	}
	if offset := f.u16(vtable + 4 + 2*slot); offset != 0 {
		return pos + offset
	}
	return 0
}

// follow returns where the offset stored in a slot leads, or 0.
func (f *flat) follow(pos, slot int) int {
	at := f.field(pos, slot)
	if at == 0 {
		return 0
	}
	return at + f.u32(at)
}

// vector returns the start and the length of a vector in a slot, whose elements have the given size.
func (f *flat) vector(pos, slot, size int) (start, n int) {
	at := f.follow(pos, slot)
	if at == 0 {
		return 0, 0
	}
	n = f.u32(at)
	f.at(at+4, n*size)
	return at + 4, n
}

const (
	headerSchema = 1
	headerRows   = 3
)

// message takes an encapsulated IPC message apart.
func message(raw []byte, kind int) (f *flat, header int, body []byte, err error) {
	if len(raw) < 8 || binary.LittleEndian.Uint32(raw) != 0xffffffff {
		return nil, 0, nil, errBody
	}
	size := int64(binary.LittleEndian.Uint32(raw[4:]))
	if raw = raw[8:]; size > int64(len(raw)) {
		return nil, 0, nil, errBody
	}
	f = &flat{b: raw[:size]}
	root := f.u32(0)
	if at := f.field(root, 1); at == 0 || f.u8(at) != kind {
		f.bad = true
	}
	if at := f.field(root, 3); at != 0 && f.i64(at) > len(raw)-int(size) {
		f.bad = true
	}
	header = f.follow(root, 2)
	if f.bad || header == 0 {
		return nil, 0, nil, errBody
	}
	return f, header, raw[size:], nil
}

// checkSchema looks over a schema message.
func checkSchema(raw []byte) error {
	f, schema, _, err := message(raw, headerSchema)
	if err != nil {
		return err
	}
	f.vector(schema, 3, 8)
	f.metadata(schema, 2)
	start, n := f.vector(schema, 1, 4)
	for i := 0; i < n && !f.bad; i++ {
		field := start + 4*i + f.u32(start+4*i)
		f.metadata(field, 6)
		switch _, children := f.vector(field, 5, 4); {
		case children > 0:
			return errors.New("nested columns are not supported")
		case f.field(field, 4) != 0:
			return errors.New("dictionaries are not supported: send the values")
		}
		if at := f.field(field, 2); at == 0 || f.u8(at) == typeUnion {
			f.bad = true
		}
	}
	if f.bad {
		return errBody
	}
	return nil
}

const typeUnion = 14

func (f *flat) metadata(pos, slot int) {
	start, n := f.vector(pos, slot, 4)
	for i := 0; i < n && !f.bad; i++ {
		pair := start + 4*i + f.u32(start+4*i)
		f.vector(pair, 0, 1)
		f.vector(pair, 1, 1)
	}
}

// recordBatch is what a record batch message says of its body.
type recordBatch struct {
	rows    int
	nulls   []bool   // by column, whether there may be some
	buffers [][]byte // in the order of the columns
}

func readRows(raw []byte) (*recordBatch, error) {
	f, header, body, err := message(raw, headerRows)
	if err != nil {
		return nil, err
	}
	if f.field(header, 3) != 0 {
		return nil, errors.New("compressed rows are not supported")
	}
	out := &recordBatch{}
	if at := f.field(header, 0); at != 0 {
		out.rows = f.i64(at)
	}
	start, n := f.vector(header, 1, 16)
	for i := 0; i < n && !f.bad; i++ {
		if f.i64(start+16*i) != out.rows {
			return nil, errors.New("columns of different lengths")
		}
		out.nulls = append(out.nulls, binary.LittleEndian.Uint64(f.at(start+16*i+8, 8)) != 0)
	}
	start, n = f.vector(header, 2, 16)
	for i := 0; i < n && !f.bad; i++ {
		from, size := f.i64(start+16*i), f.i64(start+16*i+8)
		if from%8 != 0 || from > len(body) || size > len(body)-from {
			return nil, errors.New("a buffer outside the message")
		}
		out.buffers = append(out.buffers, body[from:from+size:from+size])
	}
	if f.bad {
		return nil, errBody
	}
	return out, nil
}
