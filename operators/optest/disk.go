package optest

import (
	"bytes"
	"fmt"
	"io"
	"sync"
)

// Disk keeps files in memory. The zero value is empty. It is safe for concurrent use.
type Disk struct {
	mu    sync.Mutex
	files map[string][]byte
	// Created counts the files that were made.
	Created int
}

// Create makes a file, or empties the one of that name, when it is closed.
func (d *Disk) Create(name string) (io.WriteCloser, error) {
	return &file{disk: d, name: name}, nil
}

// Open reads a file.
func (d *Disk) Open(name string) (io.ReadCloser, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	b, ok := d.files[name]
	if !ok {
		return nil, fmt.Errorf("no file %q", name)
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

// Change replaces the bytes of a file by what change makes of them.
func (d *Disk) Change(name string, change func([]byte) []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.files[name] = change(bytes.Clone(d.files[name]))
}

// Names returns the names of all files, in no order.
func (d *Disk) Names() (names []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for name := range d.files {
		names = append(names, name)
	}
	return names
}

type file struct {
	bytes.Buffer
	disk *Disk
	name string
}

func (f *file) Close() error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if f.disk.files == nil {
		f.disk.files = map[string][]byte{}
	}
	f.disk.files[f.name] = f.Bytes()
	f.disk.Created++
	return nil
}
