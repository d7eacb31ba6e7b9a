package arrange

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// disk keeps files in memory.
type disk map[string]*bytes.Buffer

type closer struct{ io.ReadWriter }

func (closer) Close() error { return nil }

func (d disk) Create(name string) (io.WriteCloser, error) {
	d[name] = &bytes.Buffer{}
	return closer{d[name]}, nil
}

func (d disk) Open(name string) (io.ReadCloser, error) {
	if d[name] == nil {
		return nil, errors.New("no such file")
	}
	return closer{bytes.NewBuffer(bytes.Clone(d[name].Bytes()))}, nil
}

func TestCheckpoint(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	spec := Spec{Types: kinds, Key: 2, Hashed: 1, SegmentBytes: 64 << 10}
	a, b, d, want := New(spec), NewBuilder(spec), disk{}, zset{}
	n := 0
	name := func() string { n++; return fmt.Sprint("file", n) }
	add := func(rows int) {
		part := randomBatch(r, kinds, rows, 50)
		want.add(part)
		b.Append(part, nil)
		a.Add(seal(b, 1<<20))
	}
	add(30_000)
	if _, err := a.Checkpoint(d, name); err != nil {
		t.Fatal(err)
	}
	before := n
	add(3)
	m, err := a.Checkpoint(d, name)
	if err != nil {
		t.Fatal(err)
	}
	if before < 3 || n != before+1 {
		t.Errorf("%d files, then %d: want several, then one more", before, n)
	}
	back := New(spec)
	if err := back.Restore(d, m); err != nil {
		t.Fatal(err)
	}
	for _, run := range back.runs {
		rowsOf(t, spec, run)
	}
	reader := back.Reader()
	equal(t, all(t, reader), want)
	reader.Close()
	if got, want := back.Stats(), a.Stats(); got != want {
		t.Errorf("after: %+v, before: %+v", got, want)
	}
	back.Release()

	other := New(Spec{Types: kinds[1:], Key: 2})
	if err := other.Restore(d, m); err == nil || !strings.Contains(err.Error(), "rebuild the view") {
		t.Errorf("other columns: %v", err)
	}
	for i := range d["file1"].Len() {
		if i > 2000 && i%997 != 0 {
			continue
		}
		bad := disk{}
		maps.Copy(bad, d)
		damaged := bytes.Clone(d["file1"].Bytes())
		damaged[i] ^= 0x10
		bad["file1"] = bytes.NewBuffer(damaged)
		if err := New(spec).Restore(bad, m); err == nil || !strings.Contains(err.Error(), `segment "file1"`) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
		bad["file1"] = bytes.NewBuffer(damaged[:i])
		if err := New(spec).Restore(bad, m); err == nil || !strings.Contains(err.Error(), `segment "file1"`) {
			t.Fatalf("cut off at %d: %v", i, err)
		}
	}
	a.Release()
	if Mapped() != 0 {
		t.Errorf("%d bytes are still mapped", Mapped())
	}
}

// FuzzSegment reads damaged segments whose checksums are right all the same.
func FuzzSegment(f *testing.F) {
	r := rand.New(rand.NewPCG(6, 6))
	for _, key := range []int{0, 2, 6} {
		b := NewBuilder(Spec{Types: kinds, Key: key})
		b.Append(randomBatch(r, kinds, 40, 4), nil)
		run := seal(b, 1000)
		var text bytes.Buffer
		if _, err := run.segs[0].WriteTo(&text); err != nil {
			f.Fatal(err)
		}
		f.Add(text.Bytes())
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := readSegment(bytes.NewReader(mendChecksums(text)))
		if err != nil {
			return
		}
		// Whatever was accepted can be read without leaving its buffers.
		run := newRun([]*Segment{s})
		spec := Spec{Key: len(s.keys), Hashed: s.hashed}
		for i := range s.keys {
			spec.Types = append(spec.Types, s.keys[i].Type)
		}
		for i := range s.vals {
			spec.Types = append(spec.Types, s.vals[i].Type)
		}
		reader := NewReader(spec, run)
		_ = all(&testing.T{}, reader)
		var p Prober
		p.Weights(make([]batch.Weight, s.groups), reader, Probed{Keys: s.keys, Hashes: s.Hashes(nil, 0, s.groups)})
		reader.Close()
		run.Release()
	})
}

// mendChecksums sets the checksums right, as far as the header makes sense.
func mendChecksums(text []byte) []byte {
	text = bytes.Clone(text)
	if len(text) < 16 {
		return text
	}
	n := int(binary.LittleEndian.Uint32(text[4:]))
	if n < 0 || len(text) < n+16 {
		return text
	}
	binary.LittleEndian.PutUint64(text[8+n:], kernel.Checksum(text[8:8+n]))
	h, err := readHeader(bytes.NewReader(text))
	if err != nil {
		return text
	}
	at := n + 16
	mend := func(size int) {
		if size < 0 || at+size+8 > len(text) || at+size+8 < at {
			at = len(text)
			return
		}
		binary.LittleEndian.PutUint64(text[at+size:], kernel.Checksum(text[at:at+size]))
		at += size + 8
	}
	if h.Spans {
		mend(4 * (h.Groups + 1))
	}
	if h.Weights {
		mend(8 * h.Rows)
	}
	for side, cols := range [][]columnHeader{h.Keys, h.Values} {
		rows := []int{h.Groups, h.Rows}[side]
		ts, err := types(cols)
		if err != nil {
			return text
		}
		for i, c := range cols {
			if c.Nulls {
				mend((rows + 7) / 8)
			}
			if ts[i].Variable() {
				mend(4 * (rows + 1))
			}
			mend(dataBytes(ts[i], rows, c.Bytes))
		}
	}
	return text
}
