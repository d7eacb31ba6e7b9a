package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/millrace-dev/millrace/host/cli"
	"github.com/millrace-dev/millrace/host/view"
	"github.com/millrace-dev/millrace/host/view/export"
	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// Export writes the rows of a view in the order of its key, which for equal rows gives equal bytes (promise I8).
func (a *App) Export(ctx context.Context, o cli.ExportOptions) error {
	store, err := a.openStored()
	if err != nil {
		return err
	}
	v, err := findView(store, o.View)
	if err == nil {
		err = export.Write(ctx, v, o.Format, o.Out)
	}
	return errors.Join(err, store.Close())
}

// openStored opens what the last run left, to read it.
func (a *App) openStored() (*view.Store, error) {
	dir := dataDir(a.cfg)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no data in %s: nothing is stored yet; run the app first", dir)
	}
	return view.Open(dir, view.Options{ReadOnly: true, Log: a.log})
}

func findView(store *view.Store, name string) (*view.View, error) {
	var names []string
	for _, p := range store.Pipelines() {
		for _, v := range p.Views() {
			if v.Name() == name {
				return v, nil
			}
			names = append(names, v.Name())
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("view %q: nothing is stored yet; run the app first", name)
	}
	return nil, fmt.Errorf("view %q is not there; stored are: %s%s", name, strings.Join(names, ", "), hint(near.Fix(name, names)))
}

func hint(s string) string {
	if s == "" {
		return ""
	}
	return "; " + s
}
