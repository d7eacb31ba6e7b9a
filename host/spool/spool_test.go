package spool

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

func open(t testing.TB, dir string, opts Options) *Spool {
	t.Helper()
	s, err := Open(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func frame(seq uint64) string {
	return fmt.Sprintf("%d:%s", seq, strings.Repeat("x", int(seq*seq%97)))
}

func fill(t testing.TB, s *Spool, n int) {
	t.Helper()
	for range n {
		seq, err := s.Append([]byte(frame(s.Last() + 1)))
		if err != nil || seq != s.Last() {
			t.Fatal(seq, err)
		}
	}
}

// check reads from a number on and returns the last number.
func check(t testing.TB, s *Spool, from uint64) (first, last uint64) {
	t.Helper()
	err := s.Read(from, func(seq uint64, data []byte) error {
		if last != 0 && seq != last+1 || string(data) != frame(seq) {
			t.Fatalf("frame %d after %d: %q", seq, last, data)
		}
		if first == 0 {
			first = seq
		}
		last = seq
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return first, last
}

func TestAppendReadTrimReopen(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	dir := t.TempDir()
	opts := Options{SegmentBytes: 500}
	s := open(t, dir, opts)
	trimmed := uint64(0)
	for range 200 {
		switch r.Intn(6) {
		case 0:
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			last := s.Last()
			s = open(t, dir, opts)
			if s.Last() != last || s.Cut() != 0 {
				t.Fatalf("reopened at %d with %d bytes cut, want %d", s.Last(), s.Cut(), last)
			}
		case 1:
			if n := s.Last(); n > trimmed {
				trimmed += uint64(r.Intn(int(n-trimmed)) + 1)
			}
			if err := s.Trim(trimmed); err != nil {
				t.Fatal(err)
			}
		default:
			fill(t, s, r.Intn(8))
			if err := s.Sync(context.Background(), s.Last()); err != nil {
				t.Fatal(err)
			}
		}
		first, last := check(t, s, trimmed+1)
		if trimmed < s.Last() && (first != trimmed+1 || last != s.Last()) {
			t.Fatalf("frames %d to %d, want %d to %d", first, last, trimmed+1, s.Last())
		}
	}
	if err := s.Trim(s.Last()); err != nil {
		t.Fatal(err)
	}
	if n := s.Bytes(); n > 100 {
		t.Errorf("%d bytes after all was trimmed", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestTornTail cuts the last segment at every byte and flips each of the last frame's: the whole frames
// before stay, the torn one goes, and the spool takes frames again.
func TestTornTail(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	fill(t, s, 6)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := s.segments[0].path
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	ends := []int{len(magic)}
	for seq := uint64(1); seq <= 6; seq++ {
		ends = append(ends, ends[seq-1]+frameHead+len(frame(seq)))
	}
	try := func(data []byte, want uint64) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		s := open(t, dir, Options{})
		if s.Last() != want {
			t.Fatalf("%d bytes: last frame %d, want %d", len(data), s.Last(), want)
		}
		fill(t, s, 2)
		if _, last := check(t, s, 0); last != want+2 {
			t.Fatalf("%d bytes: last frame read %d, want %d", len(data), last, want+2)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for n := range len(whole) {
		want := uint64(0)
		for ends[want+1] <= n {
			want++
		}
		try(whole[:n], want)
	}
	for i := ends[5]; i < len(whole); i++ {
		data := bytes.Clone(whole)
		data[i] ^= 0x40
		try(data, 5)
	}
}

// TestDamageInTheMiddleIsTold: only the end of the last segment may be torn.
func TestDamageInTheMiddleIsTold(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{SegmentBytes: 100})
	fill(t, s, 20)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(s.segments[0].path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-1] ^= 1
	if err := os.WriteFile(s.segments[0].path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{})
	defer s.Close()
	err = s.Read(1, func(uint64, []byte) error { return nil })
	if err == nil || !strings.Contains(err.Error(), filepath.Base(s.segments[0].path)) {
		t.Errorf("a damaged segment was read: %v", err)
	}
}

func TestManyCallersShareAnFsync(t *testing.T) {
	s := open(t, t.TempDir(), Options{SegmentBytes: 4 << 10})
	var wg sync.WaitGroup
	var mu sync.Mutex
	seen := map[uint64]bool{}
	for range 16 {
		wg.Go(func() {
			for range 50 {
				seq, err := s.Append([]byte("row"))
				if err == nil {
					err = s.Sync(context.Background(), seq)
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if seen[seq] {
					t.Errorf("number %d was given out twice", seq)
				}
				seen[seq] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if s.Last() != 800 || s.durable != 800 {
		t.Errorf("last %d, durable %d", s.Last(), s.durable)
	}
	if err := s.Sync(context.Background(), 801); err == nil {
		t.Error("a frame that does not exist became durable")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAFailedFileIsNotTrustedAgain(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	fill(t, s, 1)
	if err := s.file.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Sync(context.Background(), 1); err == nil {
		t.Fatal("a frame in a closed file became durable")
	}
	if _, err := s.Append([]byte("x")); err == nil {
		t.Error("a frame was taken after the file failed")
	}
}

// TestKill writes in a child that is killed: every frame that it called durable is there (promise I1).
func TestKill(t *testing.T) {
	if dir := os.Getenv("SPOOL_TEST_DIR"); dir != "" {
		s := open(t, dir, Options{SegmentBytes: 2000})
		for {
			fill(t, s, 3)
			if err := s.Sync(context.Background(), s.Last()); err != nil {
				t.Fatal(err)
			}
			fmt.Println("durable", s.Last())
		}
	}
	dir := t.TempDir()
	durable := uint64(0)
	for round := range 3 {
		child := exec.Command(os.Args[0], "-test.run=^TestKill$")
		child.Env = append(os.Environ(), "SPOOL_TEST_DIR="+dir)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; n < 20+7*round && lines.Scan(); {
			if text, ok := strings.CutPrefix(lines.Text(), "durable "); ok {
				if durable, err = strconv.ParseUint(text, 10, 64); err != nil {
					t.Fatal(err)
				}
				n++
			}
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		var exit *exec.ExitError
		if err := child.Wait(); !errors.As(err, &exit) {
			t.Fatal(err)
		}
		s := open(t, dir, Options{})
		if _, last := check(t, s, 0); last < durable || durable == 0 {
			t.Fatalf("round %d: the last frame is %d, %d was durable", round, last, durable)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzReader(f *testing.F) {
	data := []byte(magic)
	for seq := uint64(1); seq <= 3; seq++ {
		data = append(appendHead(data, seq, []byte(frame(seq))), frame(seq)...)
	}
	f.Add(data)
	f.Add(data[:len(data)-3])
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := newReader(bytes.NewReader(data), 1)
		n := uint64(0)
		for err == nil {
			var seq uint64
			if seq, _, err = r.read(); err == nil {
				if n++; seq != n {
					t.Fatalf("frame %d is number %d", n, seq)
				}
			}
		}
		if r.at > int64(len(data)) {
			t.Fatalf("read to byte %d of %d", r.at, len(data))
		}
	})
}

// BenchmarkSync measures an accepted frame of 200 bytes with 32 callers, fsync included.
func BenchmarkSync(b *testing.B) {
	s := open(b, b.TempDir(), Options{})
	data := make([]byte, 200)
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			seq, err := s.Append(data)
			if err == nil {
				err = s.Sync(context.Background(), seq)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "frames/s")
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}
