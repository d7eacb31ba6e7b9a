// Package spool keeps the rows of a source that cannot be read again, until a checkpoint has them: frames
// of bytes, numbered from 1, in segment files. A frame is accepted when Sync has returned for it; from then
// on no crash loses it (promise I1).
package spool

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Options says how a spool works. The zero value is ready to use.
type Options struct {
	// SegmentBytes is the size at which a new segment file is begun. Zero means 64 MiB.
	SegmentBytes int64
}

// Spool is a log of frames. All methods may be called from any goroutine.
type Spool struct {
	dir  string
	opts Options
	cut  int64

	mu       sync.Mutex
	segments []segment // oldest first; the last one is written
	file     *os.File
	out      *bufio.Writer
	next     uint64        // the number of the next frame
	durable  uint64        // the number of the last frame that is on disk
	syncing  chan struct{} // closed when the fsync under way ends; nil: none is
	failed   error         // after it nothing is known of the file's end
	head     []byte
}

// segment is a file of frames.
type segment struct {
	path  string
	first uint64 // number of its first frame
	bytes int64
}

const suffix = ".spool"

// Open opens the spool in dir, which it makes if needed. A frame that a crash left half written at the end
// is cut off: it was never accepted.
func Open(dir string, opts Options) (*Spool, error) {
	opts.SegmentBytes = cmp.Or(opts.SegmentBytes, 64<<20)
	s := &Spool{dir: dir, opts: opts, next: 1}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("spool %s: %w", dir, err)
	}
	if err := s.list(); err != nil {
		return nil, fmt.Errorf("spool %s: %w", dir, err)
	}
	err := s.recover()
	if err == nil && len(s.segments) == 0 {
		err = s.begin()
	}
	if err != nil {
		return nil, fmt.Errorf("spool %s: %w", dir, err)
	}
	s.durable = s.next - 1
	return s, nil
}

func (s *Spool) list() error {
	files, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		name, ok := strings.CutSuffix(f.Name(), suffix)
		first, err := strconv.ParseUint(name, 16, 64)
		if !ok || err != nil {
			continue
		}
		info, err := f.Info()
		if err != nil {
			return err
		}
		s.segments = append(s.segments, segment{filepath.Join(s.dir, f.Name()), first, info.Size()})
	}
	slices.SortFunc(s.segments, func(a, b segment) int { return cmp.Compare(a.first, b.first) })
	return nil
}

// recover reads the last segment, cuts off what is not whole and goes on writing behind it.
func (s *Spool) recover() error {
	if len(s.segments) == 0 {
		return nil
	}
	last := &s.segments[len(s.segments)-1]
	file, err := os.OpenFile(last.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	r, err := newReader(file, last.first)
	for err == nil {
		_, _, err = r.read()
	}
	if err != io.EOF && !errors.Is(err, errTorn) { //nolint:errorlint // the reader returns it bare
		return errors.Join(fmt.Errorf("%s: %w", last.path, err), file.Close())
	}
	s.cut = last.bytes - r.at
	last.bytes = r.at
	s.next = r.next
	if r.at == 0 { // a crash between making the file and its first sync
		if _, err := file.WriteAt([]byte(magic), 0); err != nil {
			return errors.Join(err, file.Close())
		}
		last.bytes = int64(len(magic))
	}
	err = errors.Join(file.Truncate(last.bytes), file.Sync())
	if err == nil {
		_, err = file.Seek(last.bytes, io.SeekStart)
	}
	if err != nil {
		return errors.Join(err, file.Close())
	}
	s.file, s.out = file, bufio.NewWriterSize(file, 256<<10)
	return nil
}

// begin makes the next segment.
func (s *Spool) begin() error {
	path := filepath.Join(s.dir, fmt.Sprintf("%016x%s", s.next, suffix))
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if _, err := file.WriteString(magic); err != nil {
		return errors.Join(err, file.Close())
	}
	if err := errors.Join(file.Sync(), syncDir(s.dir)); err != nil {
		return errors.Join(err, file.Close())
	}
	s.file, s.out = file, bufio.NewWriterSize(file, 256<<10)
	s.segments = append(s.segments, segment{path, s.next, int64(len(magic))})
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Cut returns how many bytes Open cut off.
func (s *Spool) Cut() int64 { return s.cut }

// Append adds a frame and returns its number. It is not accepted before Sync.
func (s *Spool) Append(frame []byte) (seq uint64, err error) {
	if len(frame) > MaxFrame {
		return 0, fmt.Errorf("spool %s: a frame of %d bytes is above %d: send fewer rows at a time", s.dir, len(frame), MaxFrame)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.failed == nil && s.segments[len(s.segments)-1].bytes >= s.opts.SegmentBytes {
		if s.syncing == nil {
			s.fail(s.roll())
			continue
		}
		busy := s.syncing
		s.mu.Unlock()
		<-busy
		s.mu.Lock()
	}
	if s.failed != nil {
		return 0, s.failed
	}
	seq = s.next
	s.head = appendHead(s.head[:0], seq, frame)
	_, err = s.out.Write(s.head)
	if err == nil {
		_, err = s.out.Write(frame)
	}
	if err != nil {
		s.fail(err)
		return 0, s.failed
	}
	s.next++
	s.segments[len(s.segments)-1].bytes += int64(frameHead + len(frame))
	return seq, nil
}

// fail remembers the first error of the file: what is behind it on disk is not known any more.
func (s *Spool) fail(err error) {
	if err != nil && s.failed == nil {
		s.failed = fmt.Errorf("spool %s: %w", s.dir, err)
	}
}

// roll ends the segment and begins the next; no fsync is under way.
func (s *Spool) roll() error {
	if err := errors.Join(s.out.Flush(), s.file.Sync()); err != nil {
		return err
	}
	s.durable = s.next - 1
	if err := s.file.Close(); err != nil {
		return err
	}
	return s.begin()
}

// Sync returns when the frame with the given number, and all before it, are on disk. Callers at the same
// time share one fsync. When ctx ends before, the frame may or may not survive.
func (s *Spool) Sync(ctx context.Context, seq uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if seq >= s.next {
		return fmt.Errorf("spool %s: there is no frame %d, the last is %d", s.dir, seq, s.next-1)
	}
	for s.durable < seq {
		if s.failed != nil {
			return s.failed
		}
		if busy := s.syncing; busy != nil {
			s.mu.Unlock()
			var err error
			select {
			case <-busy:
			case <-ctx.Done():
				err = context.Cause(ctx)
			}
			s.mu.Lock()
			if err != nil {
				return err
			}
			continue
		}
		s.lead()
	}
	return nil
}

// lead runs an fsync for everyone who waits; the lock is open meanwhile.
func (s *Spool) lead() {
	if err := s.out.Flush(); err != nil {
		s.fail(err)
		return
	}
	done := make(chan struct{})
	s.syncing = done
	file, last := s.file, s.next-1
	s.mu.Unlock()
	err := file.Sync()
	s.mu.Lock()
	s.syncing = nil
	close(done)
	if err != nil {
		s.fail(err)
		return
	}
	s.durable = last
}

// Read calls fn with the frames from number from on, in order, up to the last one at the time of the call.
// Frames that were trimmed are left out. What fn gets is valid during the call.
func (s *Spool) Read(from uint64, fn func(seq uint64, frame []byte) error) error {
	s.mu.Lock()
	if s.failed == nil {
		s.fail(s.out.Flush())
	}
	if s.failed != nil {
		defer s.mu.Unlock()
		return s.failed
	}
	segments, end := slices.Clone(s.segments), s.next
	s.mu.Unlock()
	for i, seg := range segments {
		stop := end
		if i+1 < len(segments) {
			stop = segments[i+1].first
		}
		if stop <= from || seg.first == stop {
			continue
		}
		if err := seg.read(from, stop, fn); err != nil {
			return fmt.Errorf("spool %s: %w", s.dir, err)
		}
	}
	return nil
}

// read gives the frames of a segment with from <= number < stop.
func (g *segment) read(from, stop uint64, fn func(uint64, []byte) error) error {
	file, err := os.Open(g.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil // trimmed meanwhile
	}
	if err != nil {
		return err
	}
	defer file.Close()
	r, err := newReader(io.LimitReader(file, g.bytes), g.first)
	for err == nil && r.next < stop {
		var seq uint64
		var data []byte
		if seq, data, err = r.read(); err == nil && seq >= from {
			if err := fn(seq, data); err != nil {
				return err
			}
		}
	}
	if err != nil {
		return fmt.Errorf("%s is damaged at byte %d, before frame %d: %w", g.path, r.at, stop, err)
	}
	return nil
}

// Trim says that the frames up to seq are not needed any more. Whole segments of them are removed.
func (s *Spool) Trim(seq uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return s.failed
	}
	if seq >= s.next-1 && s.segments[len(s.segments)-1].first < s.next && s.syncing == nil {
		// Everything goes. The new, empty segment remembers the numbers.
		if err := s.roll(); err != nil {
			s.fail(err)
			return s.failed
		}
	}
	removed := 0
	for removed+1 < len(s.segments) && s.segments[removed+1].first <= seq+1 {
		if err := os.Remove(s.segments[removed].path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("spool %s: %w", s.dir, err)
		}
		removed++
	}
	if removed == 0 {
		return nil
	}
	s.segments = slices.Delete(s.segments, 0, removed)
	if err := syncDir(s.dir); err != nil {
		return fmt.Errorf("spool %s: %w", s.dir, err)
	}
	return nil
}

// First returns the number of the first frame that is kept, or that of the next one where none is: it is above 1
// once frames were trimmed.
func (s *Spool) First() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.segments[0].first
}

// Last returns the number of the last frame, 0 before the first.
func (s *Spool) Last() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.next - 1
}

// Bytes returns how much disk the spool takes.
func (s *Spool) Bytes() (n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.segments {
		n += g.bytes
	}
	return n
}

// Close writes what was appended and closes the spool. No other call may run.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return errors.Join(s.failed, s.file.Close())
	}
	return errors.Join(s.out.Flush(), s.file.Sync(), s.file.Close())
}
