package pipeline

import (
	"errors"
	"fmt"
	"os"
	"sync"
)

// stash is a file where rows wait that are too many to wait in memory. What is in it is of this run only: its
// source, or the spool, has it again after a crash, so the file has no name and ends with the process.
type stash struct {
	dir string

	mu     sync.Mutex
	file   *os.File // nil: nothing was stashed yet
	end    int64
	pieces int
}

// piece is a place in the stash.
type piece struct {
	at   int64
	size int
}

// put writes bytes down.
func (s *stash) put(b []byte) (piece, error) {
	s.mu.Lock()
	if err := s.open(); err != nil {
		s.mu.Unlock()
		return piece{}, fmt.Errorf("rows that wait in %s: %w", s.dir, err)
	}
	file, at := s.file, piece{s.end, len(b)}
	s.end += int64(len(b))
	s.pieces++
	s.mu.Unlock()
	if _, err := file.WriteAt(b, at.at); err != nil {
		return piece{}, fmt.Errorf("rows that wait in %s: %w", s.dir, err)
	}
	return at, nil
}

func (s *stash) open() error {
	if s.file != nil {
		return nil
	}
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return err
	}
	file, err := os.CreateTemp(s.dir, "waiting-*")
	if err != nil {
		return err
	}
	s.file = file
	return os.Remove(file.Name())
}

// take reads a piece back and gives up its place.
func (s *stash) take(p piece) ([]byte, error) {
	s.mu.Lock()
	file := s.file
	s.mu.Unlock()
	b := make([]byte, p.size)
	if _, err := file.ReadAt(b, p.at); err != nil {
		return nil, fmt.Errorf("rows that wait in %s: %w", s.dir, err)
	}
	return b, s.drop(1)
}

// drop gives up the places of pieces. With the last one the disk space is free again.
func (s *stash) drop(pieces int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pieces -= pieces; s.pieces > 0 || s.file == nil {
		return nil
	}
	s.end = 0
	return s.file.Truncate(0)
}

// close drops everything.
func (s *stash) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file, s.end, s.pieces = nil, 0, 0
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}
