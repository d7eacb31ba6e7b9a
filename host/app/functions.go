package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/host/config"
	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/udf/abi"
	"github.com/millrace-dev/millrace/wasm"
)

// functions are those of all guest modules. It is an expr.Resolver.
type functions struct {
	modules []*wasm.Module
	named   map[string]*wasm.Function
}

var _ expr.Func = (*wasm.Function)(nil)

// module is what the configuration of a module says.
type module struct {
	Path     string `cfg:"path" doc:"The module's file."`
	Module   string `cfg:"module" doc:"An older name of path."`
	MaxPages uint32 `cfg:"max_pages" max:"65536" doc:"Memory of an instance, in pages of 64 KiB; without it, 64 MiB."`
	Fuel     uint64 `cfg:"fuel" doc:"What a call may spend on a row; without it, a tenth of a second or so."`
}

// useFunctions loads the functions, once.
func (a *App) useFunctions(ctx context.Context) (err error) {
	if a.functions == nil {
		a.functions, err = a.loadFunctions(ctx)
	}
	return err
}

// loadFunctions compiles the modules of the configuration.
func (a *App) loadFunctions(ctx context.Context) (*functions, error) {
	f := &functions{named: map[string]*wasm.Function{}}
	var errs config.Errors
	for i := range a.cfg.UDFs {
		u := &a.cfg.UDFs[i]
		err := f.load(ctx, u, filepath.Join(a.cfg.HomeDir, "compiled"))
		var wrong sdk.ConfigErrors
		switch {
		case err == nil:
		case errors.As(err, &wrong):
			for _, w := range wrong {
				errs = append(errs, a.wrongModule(i, w.Path, w.Path+": "+w.Msg, w.Fix))
			}
		default:
			errs = append(errs, a.wrongModule(i, "path", strings.ReplaceAll(err.Error(), "\n", "; "), ""))
		}
	}
	if errs != nil {
		return nil, errors.Join(errs, f.close(ctx))
	}
	return f, nil
}

func (a *App) wrongModule(udf int, path, msg, fix string) *config.Error {
	return &config.Error{Pos: a.cfg.LocateUDF(udf, path), Path: fmt.Sprintf("udf %q", a.cfg.UDFs[udf].Name), Msg: msg, Fix: fix}
}

func (f *functions) load(ctx context.Context, u *config.UDF, cache string) error {
	if u.Kind != "wasm" {
		return fmt.Errorf("modules of kind %q are not supported: compile the function to WebAssembly and write config: !Wasm {path: %s.wasm}", u.Kind, u.Name)
	}
	var c module
	if err := sdk.DecodeConfig(u.Config, &c); err != nil {
		return err
	}
	code, err := os.ReadFile(u.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no file %s; build it, or correct the path, which is relative to the folder in which millrace was started", u.Path)
	}
	if err != nil {
		return err
	}
	m, err := wasm.Load(ctx, code, wasm.Options{Name: u.Name, MaxPages: c.MaxPages, Fuel: c.Fuel, CacheDir: cache})
	if err != nil {
		return fmt.Errorf("%s: %w", u.Path, err)
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

// Functions returns the functions of the modules that SQL can call, by name.
func (a *App) Functions(ctx context.Context) ([]expr.Function, error) {
	if err := a.useFunctions(ctx); err != nil {
		return nil, err
	}
	var out []expr.Function
	for _, name := range a.functions.Names() {
		fn := a.functions.named[name]
		args := make([]string, len(fn.Args))
		for i, t := range fn.Args {
			args[i] = t.String()
		}
		signature := fmt.Sprintf("%s(%s) -> %v", name, strings.Join(args, ", "), fn.Result)
		out = append(out, expr.Function{Name: name, Group: "of the configuration", Signature: signature, Help: "From the module " + fn.Module() + "."})
	}
	return out, nil
}

// Names returns the names of the scalar functions, sorted.
func (f *functions) Names() []string {
	var names []string
	for name, fn := range f.named {
		if fn.Kind == abi.Scalar {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
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
