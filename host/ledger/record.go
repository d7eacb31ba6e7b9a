package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"

	"github.com/millrace-dev/millrace/sdk"
)

// A record is a version byte, the CRC-32C of what follows, and the payload.
const (
	recordVersion = 1
	recordHead    = 5
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errDamaged is a record whose payload does not decode although its checksum is right.
var errDamaged = errors.New("the record is damaged")

func seal(payload []byte) []byte {
	out := make([]byte, 0, recordHead+len(payload))
	out = append(out, recordVersion)
	out = binary.LittleEndian.AppendUint32(out, crc32.Checksum(payload, castagnoli))
	return append(out, payload...)
}

func unseal(record []byte) (payload []byte, err error) {
	switch {
	case len(record) < recordHead:
		return nil, fmt.Errorf("a record of %d bytes is too short", len(record))
	case record[0] != recordVersion:
		return nil, fmt.Errorf("a record of version %d was written by another release: this one reads version %d", record[0], recordVersion)
	}
	payload = record[recordHead:]
	if sum := crc32.Checksum(payload, castagnoli); sum != binary.LittleEndian.Uint32(record[1:]) {
		return nil, fmt.Errorf("a record has checksum %08x, its bytes have %08x", binary.LittleEndian.Uint32(record[1:]), sum)
	}
	return payload, nil
}

func appendBytes(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

// decoder reads a payload; the first mistake sticks.
type decoder struct {
	data []byte
	err  error
}

func (d *decoder) fail() {
	d.err = errDamaged
	d.data = nil
}

func (d *decoder) uvarint() uint64 {
	n, size := binary.Uvarint(d.data)
	if size <= 0 {
		d.fail()
		return 0
	}
	d.data = d.data[size:]
	return n
}

func (d *decoder) varint() int64 {
	n, size := binary.Varint(d.data)
	if size <= 0 {
		d.fail()
		return 0
	}
	d.data = d.data[size:]
	return n
}

// bytes returns a copy.
func (d *decoder) bytes() []byte {
	n := d.uvarint()
	if n > uint64(len(d.data)) {
		d.fail()
		return nil
	}
	out := slices.Clone(d.data[:n])
	d.data = d.data[n:]
	return out
}

// end returns the mistake, if there was one or something is left.
func (d *decoder) end() error {
	if d.err == nil && len(d.data) > 0 {
		d.err = errDamaged
	}
	return d.err
}

// change is how the positions of a cut differ from those of the cut before.
type change struct {
	clock   int64
	set     map[string]sdk.Position
	removed []string
}

func (c *change) encode() []byte {
	out := binary.AppendVarint(nil, c.clock)
	return appendPositions(out, c.set, c.removed)
}

func appendPositions(out []byte, set map[string]sdk.Position, removed []string) []byte {
	splits := make([]string, 0, len(set))
	for split := range set {
		splits = append(splits, split)
	}
	slices.Sort(splits)
	out = binary.AppendUvarint(out, uint64(len(splits)))
	for _, split := range splits {
		out = appendBytes(out, []byte(split))
		out = appendBytes(out, set[split])
	}
	out = binary.AppendUvarint(out, uint64(len(removed)))
	for _, split := range removed {
		out = appendBytes(out, []byte(split))
	}
	return out
}

func (d *decoder) positions() (set map[string]sdk.Position, removed []string) {
	set = map[string]sdk.Position{}
	for n := d.uvarint(); n > 0 && d.err == nil; n-- {
		split := string(d.bytes())
		set[split] = d.bytes()
	}
	for n := d.uvarint(); n > 0 && d.err == nil; n-- {
		removed = append(removed, string(d.bytes()))
	}
	return set, removed
}

func decodeChange(payload []byte) (*change, error) {
	d := decoder{data: payload}
	c := &change{clock: d.varint()}
	c.set, c.removed = d.positions()
	return c, d.end()
}

func (m *Manifest) encode() []byte {
	out := binary.AppendUvarint(nil, uint64(m.Epoch))
	out = binary.AppendVarint(out, m.Clock)
	out = appendPositions(out, m.Positions, nil)
	return appendBytes(out, m.State)
}

func decodeManifest(payload []byte) (*Manifest, error) {
	d := decoder{data: payload}
	m := &Manifest{Cut: Cut{Epoch: sdk.Epoch(d.uvarint()), Clock: d.varint()}}
	m.Positions, _ = d.positions()
	m.State = d.bytes()
	return m, d.end()
}

func (l *DeadLetter) encode() []byte {
	return appendBytes(binary.AppendVarint(nil, l.Weight), l.Position)
}

func (l *DeadLetter) decode(payload []byte) error {
	d := decoder{data: payload}
	l.Weight, l.Position = d.varint(), d.bytes()
	return d.end()
}
