package files

import (
	"encoding/binary"
	"errors"

	"github.com/millrace-dev/millrace/sdk"
)

// position is how far a part of a file has been read. It holds the file's identity, so that a file
// that was replaced is not taken for the one that was begun.
type position struct {
	identity identity
	next     place
	done     bool
}

const positionVersion = 1

var errPosition = errors.New("the stored position is not one of this connector; read the table from its start")

func (p position) encode() sdk.Position {
	flags := byte(0)
	if p.done {
		flags = 1
	}
	b := append([]byte{positionVersion, flags}, p.identity[:]...)
	b = binary.AppendUvarint(b, uint64(p.next.unit))
	return binary.AppendUvarint(b, uint64(p.next.row))
}

func decodePosition(b sdk.Position) (p position, err error) {
	if len(b) < 2+len(p.identity) || b[0] != positionVersion {
		return p, errPosition
	}
	p.done = b[1] == 1
	rest := b[2+copy(p.identity[:], b[2:]):]
	unit, n := binary.Uvarint(rest)
	if n <= 0 {
		return p, errPosition
	}
	row, m := binary.Uvarint(rest[n:])
	if m <= 0 || n+m != len(rest) {
		return p, errPosition
	}
	p.next = place{int64(unit), int64(row)}
	return p, nil
}
