package files

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// table is a folder of files, or one file.
type table struct {
	name      string
	path      string
	extension string
	marker    string // extension of the file that says a data file is whole; empty: none
	format    format

	mu    sync.Mutex
	known map[string]*fileInfo // what was inspected, by path
}

// listed is a file as the folder shows it.
type listed struct {
	path, name string
	size       int64
	modified   time.Time
}

// list returns the table's files by name. Names that begin with a dot or an underscore are those of
// unfinished or foreign things.
func (t *table) list() ([]listed, error) {
	root, err := filepath.EvalSymlinks(t.path)
	if err != nil {
		return nil, t.missing(err)
	}
	var files []listed
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			if path != root && errors.Is(err, fs.ErrNotExist) {
				return nil // removed while we looked
			}
			return err
		}
		hidden := path != root && strings.ContainsRune("._", rune(entry.Name()[0]))
		switch {
		case hidden && entry.IsDir():
			return filepath.SkipDir
		case hidden || entry.IsDir() || path != root && !strings.HasSuffix(path, t.extension):
			return nil
		}
		info, err := os.Stat(path)
		if err != nil || info.IsDir() || !t.marked(path) {
			return nil // a dangling link, or not yet whole
		}
		name, err := filepath.Rel(root, path)
		if name == "." {
			name = filepath.Base(path)
		}
		files = append(files, listed{path, filepath.ToSlash(name), info.Size(), info.ModTime()})
		return err
	})
	slices.SortFunc(files, func(a, b listed) int { return cmp.Compare(a.name, b.name) })
	return files, err
}

func (t *table) marked(path string) bool {
	if t.marker == "" {
		return true
	}
	_, err := os.Stat(strings.TrimSuffix(path, t.extension) + t.marker)
	return err == nil
}

// missing explains a folder that is not there.
func (t *table) missing(err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	full := absolute(t.path)
	var names []string
	if entries, err := os.ReadDir(filepath.Dir(full)); err == nil {
		for _, entry := range entries {
			names = append(names, entry.Name())
		}
	}
	if word := near.Word(filepath.Base(full), names); word != "" {
		return fmt.Errorf("there is no folder %s; did you mean %q?", full, filepath.Join(filepath.Dir(full), word))
	}
	if filepath.IsAbs(t.path) {
		return fmt.Errorf("there is no folder %s; make it, or set path", full)
	}
	return fmt.Errorf("there is no folder %s; make it, set path, or start in the folder to which path %s is relative", full, t.path)
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// inspect returns what a file says about itself, from memory if it has not changed.
func (t *table) inspect(f listed) (*fileInfo, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if info := t.known[f.path]; info != nil && info.size == f.size && info.modified.Equal(f.modified) {
		return info, nil
	}
	info, err := t.format.inspect(f.path)
	if err != nil {
		return nil, at(f.path, err)
	}
	info.name = f.name
	t.known[f.path] = info
	return info, nil
}

// guessFormat returns the format that most of the table's files seem to have.
func (t *table) guessFormat(extension string) string {
	switch {
	case strings.Contains(extension, "csv") || filepath.Ext(t.path) == ".csv":
		return "csv"
	case extension != "" || filepath.Ext(t.path) == ".parquet":
		return "parquet"
	}
	t.extension = ".csv"
	csv, err := t.list()
	t.extension = ".parquet"
	parquet, _ := t.list()
	if err == nil && len(csv) > len(parquet) {
		return "csv"
	}
	return "parquet"
}

// tablesIn returns the tables of a folder about which nothing is said: its folders and its files.
func tablesIn(root string) ([]tableItem, error) {
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, (&table{path: root}).missing(err)
	}
	var list []tableItem
	for _, entry := range entries {
		name := entry.Name()
		if strings.ContainsRune("._", rune(name[0])) {
			continue
		}
		t := tableConfig{Name: name, fileSet: fileSet{Path: name}, csvOptions: csvOptions{Delimiter: ",", Header: true}}
		if info, err := os.Stat(filepath.Join(root, name)); err != nil {
			continue
		} else if !info.IsDir() {
			ext := filepath.Ext(name)
			if ext != ".csv" && ext != ".parquet" {
				continue
			}
			t.Name, t.Format = strings.TrimSuffix(name, ext), ext[1:]
		} else if !holdsData(filepath.Join(root, name)) {
			continue
		}
		list = append(list, tableItem{tableConfig: t})
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("folder %s has no tables: neither folders of .parquet or .csv files nor such files", absolute(root))
	}
	return list, nil
}

func holdsData(folder string) bool {
	for _, extension := range []string{".parquet", ".csv"} {
		if files, err := (&table{path: folder, extension: extension}).list(); err == nil && len(files) > 0 {
			return true
		}
	}
	return false
}
