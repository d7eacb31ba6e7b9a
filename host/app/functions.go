package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/millrace-dev/millrace/host/config"
	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/sdk/udf/abi"
	"github.com/millrace-dev/millrace/wasm"
)

// functions are those of all guest modules. It is an expr.Resolver.
type functions struct {
	modules []*wasm.Module
	named   map[string]*wasm.Function
}

var _ expr.Func = (*wasm.Function)(nil)

// limits are what the configuration of a module may set, beside its path.
type limits struct {
	Path     string `json:"path"`
	MaxPages uint32 `json:"max_pages"`
	Fuel     uint64 `json:"fuel"`
}

// loadFunctions compiles the modules of the configuration.
func (a *App) loadFunctions(ctx context.Context) (*functions, error) {
	f := &functions{named: map[string]*wasm.Function{}}
	var errs config.Errors
	for i := range a.cfg.UDFs {
		u := &a.cfg.UDFs[i]
		if err := f.load(ctx, u, filepath.Join(a.cfg.HomeDir, "compiled")); err != nil {
			errs = append(errs, &config.Error{Pos: a.cfg.LocateUDF(i, "path"), Path: fmt.Sprintf("udf %q", u.Name), Msg: err.Error()})
		}
	}
	if errs != nil {
		return nil, errors.Join(errs, f.close(ctx))
	}
	return f, nil
}

func (f *functions) load(ctx context.Context, u *config.UDF, cache string) error {
	if u.Kind != "wasm" {
		return fmt.Errorf("modules of kind %q are not supported: compile the function to WebAssembly and write config: !Wasm {path: %s.wasm}", u.Kind, u.Name)
	}
	var l limits
	if err := json.Unmarshal(u.Config, &l); err != nil {
		return err
	}
	code, err := os.ReadFile(u.Path)
	if err != nil {
		return err
	}
	m, err := wasm.Load(ctx, code, wasm.Options{Name: u.Name, MaxPages: l.MaxPages, Fuel: l.Fuel, CacheDir: cache})
	if err != nil {
		return err
	}
	f.modules = append(f.modules, m)
	for _, fn := range m.Functions() {
		if other := f.named[fn.Name]; other != nil {
			return fmt.Errorf("the function %q is in module %q, too", fn.Name, other.Module())
		}
		f.named[fn.Name] = fn
	}
	return nil
}

// Func returns a scalar function.
func (f *functions) Func(name string) (expr.Signature, expr.Func, bool) {
	fn := f.named[strings.ToLower(name)]
	if fn == nil || fn.Kind != abi.Scalar {
		return expr.Signature{}, nil, false
	}
	s := expr.Signature{Args: fn.Args, Result: fn.Result, SeesNulls: fn.SeesNulls, Nullable: fn.Nullable}
	return s, fn, true
}

func (f *functions) close(ctx context.Context) error {
	var errs []error
	for _, m := range f.modules {
		errs = append(errs, m.Close(ctx))
	}
	return errors.Join(errs...)
}
