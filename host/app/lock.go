package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/millrace-dev/millrace/plugins"
)

// lockFile is written by build, in the working directory, and pins what was checked.
const lockFile = "millrace.lock"

// lock is the content of the lock file.
type lock struct {
	Version int `json:"version"`
	// Plugins are the SHA-256 sums of the plugins' programs, by connector.
	Plugins map[string]string `json:"plugins"`
	// Views are the columns of each served view, with their types.
	Views map[string][]string `json:"views"`
}

func readLock() (*lock, error) {
	text, err := os.ReadFile(lockFile)
	if errors.Is(err, fs.ErrNotExist) {
		return &lock{Version: 1}, nil
	}
	l := &lock{}
	if err == nil {
		err = json.Unmarshal(text, l)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w: remove it and run millrace build", lockFile, err)
	}
	return l, nil
}

// pin fills in the sums of the plugins that the configuration uses. With trusted, those that are locked already
// keep their sums, and will not be started if they are others.
func (a *App) pin(trusted bool) (*lock, error) {
	l := &lock{Version: 1, Plugins: map[string]string{}, Views: map[string][]string{}}
	for _, c := range a.connections {
		if c.cfg.InProcess {
			continue
		}
		if sum := a.lock.Plugins[c.cfg.Connector]; trusted && sum != "" {
			l.Plugins[c.cfg.Connector] = sum
			continue
		}
		path, err := a.find(c.cfg.Connector)
		if err != nil {
			return nil, c.placed(err)
		}
		if l.Plugins[c.cfg.Connector], err = plugins.Checksum(path); err != nil {
			return nil, c.placed(err)
		}
	}
	return l, nil
}

// save writes the lock file. With locked it is an error if that would change it.
func (l *lock) save(locked bool) error {
	text, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	was, err := os.ReadFile(lockFile)
	switch {
	case err == nil && bytes.Equal(was, text):
		return nil
	case locked && errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s does not exist: run millrace build without --locked", lockFile)
	case locked:
		return fmt.Errorf("%s is out of date: run millrace build without --locked", lockFile)
	}
	return os.WriteFile(lockFile, text, 0o644)
}
