package files

import (
	"context"
	"time"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// place is where in a file reading goes on. In a Parquet file unit is a row group and row a row of
// it; in a CSV file unit is a byte offset and row the number of the line there.
type place struct{ unit, row int64 }

// identity tells a file's content from that of another file of the same name, without reading it all.
type identity [8]byte

// fileInfo is what a file says about itself.
type fileInfo struct {
	path     string // as it can be opened
	name     string // relative to the table's folder, with slashes
	size     int64
	modified time.Time
	identity identity
	schema   batch.Schema
	rows     int64 // -1: not known before it is read
	ranges   map[string]sdk.Range
	parts    []part // read independently of each other
	// commitRows is how many rows a transaction has; it depends on the file only, so that whoever
	// reads the file commits at the same places.
	commitRows int64
}

// part is a stretch of a file that is read on its own: a split.
type part struct{ from, to place }

// query asks for rows of a part of a file.
type query struct {
	file     *fileInfo
	from, to place
	schema   batch.Schema // the wanted columns, with the types they must have
	where    []sdk.Predicate
}

// emit takes rows and says where the next ones are. A commit ends a transaction there. The batch is
// borrowed and may be empty.
type emit func(b *batch.Batch, next place, commit bool) error

// format reads files of one kind.
type format interface {
	// extension is what the names of such files end with, unless the config says otherwise.
	extension() string

	// inspect reads the footer or the head of a file.
	inspect(path string) (*fileInfo, error)

	// read hands the rows that a query asks for to out.
	read(ctx context.Context, q query, out emit) error

	// merge adds to a table's schema what its next file has, or says how that file differs from the first.
	merge(schema *batch.Schema, first, next *fileInfo) error

	// needsRest says that a file which is being written cannot be told from a whole one.
	needsRest() bool
}

// maxBatchBytes bounds a batch, roughly.
const maxBatchBytes = 4 << 20

// rowsPer returns the power of two of 64 to 65536 that comes closest to bytes from below.
func rowsPer(bytes, rowBytes int64) int64 {
	rows := int64(1 << 16)
	for rows > 64 && rows*max(1, rowBytes) > bytes {
		rows /= 2
	}
	return rows
}
