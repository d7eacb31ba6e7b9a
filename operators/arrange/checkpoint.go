package arrange

import (
	"bufio"
	"fmt"
	"io"
	"slices"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Disk is where segments are written to and read from. A file that was closed without an error is
// durable, or will be before its name is in a manifest that is.
type Disk interface {
	// Create makes a file, or empties the one of that name.
	Create(name string) (io.WriteCloser, error)
	// Open reads a file.
	Open(name string) (io.ReadCloser, error)
}

// Manifest names the segments of an arrangement's runs, oldest first.
type Manifest struct {
	Types  []string   `json:"types"`
	Key    int        `json:"key"`
	Hashed int        `json:"hashed"`
	Runs   [][]string `json:"runs"`
	// Taken is up to where the rows of an ordered arrangement were taken away: files may still hold some.
	Taken uint64 `json:"taken,omitempty"`
}

// Checkpoint writes the segments that were not written before, each into a file of a new name, and
// names all of them.
func (a *Arrangement) Checkpoint(disk Disk, name func() string) (Manifest, error) {
	m := Manifest{Key: a.spec.Key, Hashed: a.spec.hashed(), Runs: [][]string{}, Taken: a.taken}
	for _, t := range a.spec.Types {
		m.Types = append(m.Types, t.String())
	}
	for _, run := range a.runs {
		var names []string
		for _, s := range run.segs {
			if s.name == "" {
				file := name()
				if err := s.save(disk, file); err != nil {
					return Manifest{}, fmt.Errorf("segment %q: %w", file, err)
				}
				s.name = file
			}
			names = append(names, s.name)
		}
		m.Runs = append(m.Runs, names)
	}
	return m, nil
}

func (s *Segment) save(disk Disk, name string) error {
	f, err := disk.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 64<<10)
	if _, err := s.WriteTo(w); err != nil {
		_ = f.Close() // the first error says more
		return err
	}
	if err := w.Flush(); err != nil {
		_ = f.Close() // the first error says more
		return err
	}
	return f.Close()
}

// Restore fills an empty arrangement from what Checkpoint wrote.
func (a *Arrangement) Restore(disk Disk, m Manifest) error {
	if len(a.runs) > 0 {
		panic("arrange: Restore of an arrangement with rows")
	}
	if !slices.EqualFunc(m.Types, a.spec.Types, func(s string, t batch.Type) bool { return s == t.String() }) || m.Key != a.spec.Key || m.Hashed != a.spec.hashed() {
		return fmt.Errorf("the state has columns %v with a key of %d; the plan now needs %v with a key of %d: rebuild the view", m.Types, m.Key, a.spec.Types, a.spec.Key)
	}
	for _, names := range m.Runs {
		var segs []*Segment
		for _, name := range names {
			s, err := a.load(disk, name)
			if err != nil {
				newRun(segs).Release()
				return fmt.Errorf("segment %q: %w", name, err)
			}
			segs = append(segs, s)
		}
		a.runs = append(a.runs, newRun(segs))
	}
	if m.Taken > 0 {
		a.drop(m.Taken)
	}
	return nil
}

func (a *Arrangement) load(disk Disk, name string) (*Segment, error) {
	f, err := disk.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s, err := readSegment(bufio.NewReaderSize(f, 64<<10))
	if err != nil {
		return nil, err
	}
	same := s.hashed == a.spec.hashed() && s.ordered == a.spec.Ordered && len(s.keys) == a.spec.Key && len(s.keys)+len(s.vals) == len(a.spec.Types)
	for i, col := range append(slices.Clone(s.keys), s.vals...) {
		same = same && col.Type == a.spec.Types[i]
	}
	if !same {
		s.release()
		return nil, fmt.Errorf("it has other columns than the manifest says")
	}
	s.name = name
	return s, nil
}
