package view

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// A run of a load is a file of sorted entries, each
//
//	length of the key, of the row (uvarint) | weight (varint) | key | row
//
// It lives only as long as the load; nothing reads it after a crash.
const (
	runBuffer   = 256 << 10
	sampleBytes = 256 << 10 // between two samples of a run
	sampleRows  = 4096      // between two samples of a table, or of rows in memory
	tableBytes  = 64 << 20
)

// sample is a key of a run and where its entry starts.
type sample struct {
	key []byte
	at  int64
}

type runWriter struct {
	load     *Load
	path     string
	file     vfs.File
	out      *bufio.Writer
	at, last int64
	samples  []sample
	min, max []byte
	header   []byte
}

func (l *Load) newRun() (*runWriter, error) {
	w := &runWriter{load: l, path: l.path("run")}
	var err error
	if w.file, err = l.store.opts.FS.Create(w.path, "millrace-load"); err != nil {
		return nil, err
	}
	w.out = bufio.NewWriterSize(w.file, runBuffer)
	return w, nil
}

func (w *runWriter) add(key, row []byte, weight batch.Weight) error {
	if w.min == nil {
		w.min = bytes.Clone(key)
	}
	if w.at-w.last >= sampleBytes {
		w.samples = append(w.samples, sample{bytes.Clone(key), w.at})
		w.last = w.at
	}
	w.max = append(w.max[:0], key...)
	h := binary.AppendUvarint(w.header[:0], uint64(len(key)))
	h = binary.AppendUvarint(h, uint64(len(row)))
	h = binary.AppendVarint(h, int64(weight))
	w.header = h
	w.at += int64(len(h) + len(key) + len(row))
	// A bufio.Writer keeps its first error for Flush.
	_, _ = w.out.Write(h)
	_, _ = w.out.Write(key)
	_, err := w.out.Write(row)
	return err
}

func (w *runWriter) close() error { return errors.Join(w.out.Flush(), w.file.Close()) }

func (w *runWriter) piece(c *codec) piece {
	p := piece{min: w.min, max: w.max, bytes: w.at, path: w.path}
	for _, s := range w.samples {
		p.samples = append(p.samples, s.key)
	}
	p.open = func(lo, hi []byte) (source, error) {
		file, err := w.load.store.opts.FS.Open(w.path, vfs.SequentialReadsOption)
		if err != nil {
			return nil, err
		}
		from := int64(0)
		i, _ := slices.BinarySearchFunc(w.samples, lo, func(s sample, key []byte) int { return bytes.Compare(s.key, key) })
		if lo != nil && i > 0 {
			from = w.samples[i-1].at
		}
		in := bufio.NewReaderSize(io.NewSectionReader(file, from, w.at-from), runBuffer)
		return &runSource{codec: c, file: file, in: in, lo: lo, hi: hi}, nil
	}
	return p
}

// runSource reads the entries of a run with lo <= key < hi.
type runSource struct {
	codec  *codec
	file   vfs.File
	in     *bufio.Reader
	lo, hi []byte
	buf    []byte
}

func (s *runSource) next(h *head) (bool, error) {
	for {
		ok, err := s.read(h)
		if !ok || err != nil {
			return false, err
		}
		if s.lo != nil && bytes.Compare(h.key, s.lo) < 0 {
			continue
		}
		s.lo = nil
		if s.hi != nil && bytes.Compare(h.key, s.hi) >= 0 {
			return false, nil
		}
		h.prefix = s.codec.sortPrefix(h.key[prefixLen:])
		return true, nil
	}
}

func (s *runSource) read(h *head) (bool, error) {
	key, err := binary.ReadUvarint(s.in)
	if err == io.EOF { //nolint:errorlint // bufio returns it bare
		return false, nil
	}
	if err != nil {
		return false, err
	}
	row, err := binary.ReadUvarint(s.in)
	if err != nil {
		return false, err
	}
	weight, err := binary.ReadVarint(s.in)
	if err != nil {
		return false, err
	}
	n := int(key + row)
	s.buf = slices.Grow(s.buf[:0], n)[:n]
	if _, err := io.ReadFull(s.in, s.buf); err != nil {
		return false, err
	}
	h.key, h.row, h.weight = s.buf[:key], s.buf[key:], batch.Weight(weight)
	return true, nil
}

func (s *runSource) close() error { return s.file.Close() }

// tableWriter writes a table of the database.
type tableWriter struct {
	path    string
	out     *sstable.Writer
	rows    int
	bytes   uint64
	samples [][]byte
	min     []byte
}

func (l *Load) newTable() (*tableWriter, error) {
	path := l.path("sst")
	file, err := l.store.opts.FS.Create(path, "millrace-load")
	if err != nil {
		return nil, err
	}
	level := len(l.store.pebble.Levels) - 1
	options := l.store.pebble.MakeWriterOptions(level, l.store.db.TableFormat())
	return &tableWriter{path: path, out: sstable.NewWriter(objstorageprovider.NewFileWritable(file), options)}, nil
}

func (t *tableWriter) set(key, value []byte) error {
	if t.rows%sampleRows == 0 {
		if t.rows == 0 {
			t.min = bytes.Clone(key)
		} else {
			t.samples = append(t.samples, bytes.Clone(key))
		}
	}
	t.rows++
	return t.out.Set(key, value)
}

func (t *tableWriter) full() bool { return t.rows%64 == 0 && t.out.Raw().EstimatedSize() >= tableBytes }

func (t *tableWriter) close() error {
	if err := t.out.Close(); err != nil {
		return err
	}
	meta, err := t.out.Metadata()
	if err != nil {
		return err
	}
	t.bytes = meta.Size
	return nil
}

// tableSource reads the rows of a table with lo <= key < hi.
type tableSource struct {
	codec  *codec
	reader *sstable.Reader
	it     sstable.Iterator
	lo     []byte
	begun  bool
}

func (l *Load) openTable(path string, lo, hi []byte) (source, error) {
	file, err := l.store.opts.FS.Open(path)
	if err != nil {
		return nil, err
	}
	readable, err := sstable.NewSimpleReadable(file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	reader, err := sstable.NewReader(context.Background(), readable, l.store.pebble.MakeReaderOptions())
	if err != nil {
		return nil, errors.Join(err, readable.Close())
	}
	it, err := reader.NewIter(sstable.NoTransforms, lo, hi, sstable.AssertNoBlobHandles)
	if err != nil {
		return nil, errors.Join(err, reader.Close())
	}
	return &tableSource{codec: l.generation.codec, reader: reader, it: it, lo: lo}, nil
}

func (s *tableSource) next(h *head) (bool, error) {
	if !s.begun {
		s.begun = true
		kv := s.it.SeekGE(s.lo, 0)
		if kv == nil {
			return false, s.it.Error()
		}
		value, _, err := kv.Value(nil)
		if err == nil {
			err = s.take(h, kv.K.UserKey, value)
		}
		return err == nil, err
	}
	kv := s.it.Next()
	if kv == nil {
		return false, s.it.Error()
	}
	value, _, err := kv.Value(nil)
	if err != nil {
		return false, err
	}
	err = s.take(h, kv.K.UserKey, value)
	return err == nil, err
}

func (s *tableSource) take(h *head, key, value []byte) error {
	if len(value) < versionLen {
		return fmt.Errorf("a table has a value of %d bytes", len(value))
	}
	h.key, h.row, h.weight = key, value[versionLen:], 1
	if !s.codec.keyed() {
		n, size := binary.Uvarint(h.row)
		if size <= 0 {
			return errors.New("a stored row has no count")
		}
		h.row, h.weight = nil, batch.Weight(n)
	}
	h.prefix = s.codec.sortPrefix(h.key[prefixLen:])
	return nil
}

func (s *tableSource) close() error { return errors.Join(s.it.Close(), s.reader.Close()) }
