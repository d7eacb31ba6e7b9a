// Package wasm is the host's side of guest modules, on wazero: it checks a module, meters and compiles
// it, keeps a pool of instances and calls its functions over whole batches.
//
// A guest gets nothing but its arguments. It may import functions of wasi_snapshot_preview1, which its
// language's runtime may need, and these answer without a clock, randomness, files or a network. Its
// memory, its output and the work it does for a row are limited (I6, I7). A row on which the guest
// traps, spends its fuel or breaks the ABI ends in the caller's RowErrors; the guest's instance is
// then thrown away and the other rows are computed as if nothing had happened (I5).
//
// Which rows fail does not depend on how rows are cut into batches. A call may spend half of the fuel of
// a row, for all its rows together; a call that needs more, or traps, is cut in parts. The verdict on a
// row is only ever that of a fresh instance that sees this row alone and may spend all the fuel. A guest
// spends a little more or less in an instance with a history (its collector runs, say); as long as this
// is less than half of the fuel, a row that one history lets pass is not condemned by another.
//
// Metering costs little: see testdata/bench/metering.txt, where a call of wazero with its own checks for
// an ended context stands beside. What is not limited as tightly is the stack: a guest that recurses
// without end takes up to about 150 MiB of the host's memory until it traps, and gives them back then.
package wasm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/millrace-dev/millrace/sdk/udf/abi"
	"github.com/millrace-dev/millrace/wasm/meter"
)

// Options says what a module may do. The zero value is ready to use.
type Options struct {
	// Name names the module in messages. Empty means "module".
	Name string
	// MaxPages bounds an instance's memory, in pages of 64 KiB. Zero means 1024: 64 MiB.
	MaxPages uint32
	// Fuel bounds the work for one row. A unit is about the work of one turn of a small loop: a
	// nanosecond or two. Zero means 20 million.
	Fuel uint64
	// MaxValue bounds the bytes of one result. Zero means 16 MiB.
	MaxValue int
	// Timeout bounds the time of one Call. It is the last resort: passing it is an error of the call, not
	// of a row, since the same rows may pass another time. Zero means 30 seconds.
	Timeout time.Duration
	// CacheDir keeps compiled code between runs. Empty means that it is not kept.
	CacheDir string
	// Seed stands in for randomness and Clock for the time, should a guest ask for them. The
	// tests of guests vary both to show that results do not depend on them.
	Seed  uint64
	Clock time.Time

	// For benchmarks of what metering costs.
	unmetered, interruptible bool
}

const (
	maxModuleBytes = 256 << 20
	maxTable       = 1 << 20
	// startFuel is what a guest may spend before its first call, on its runtime and its variables.
	startFuel = 200_000_000
)

func (o Options) withDefaults() Options {
	o.Name = cmp.Or(o.Name, "module")
	o.MaxPages = cmp.Or(o.MaxPages, 1024)
	o.Fuel = cmp.Or(o.Fuel, 20_000_000)
	o.MaxValue = cmp.Or(o.MaxValue, 16<<20)
	o.Timeout = cmp.Or(o.Timeout, 30*time.Second)
	return o
}

func (o Options) validate() error {
	var errs []error
	if o.MaxPages > 65536 {
		errs = append(errs, fmt.Errorf("max_pages: %d is not in 1..65536", o.MaxPages))
	}
	if o.Fuel < 2 || o.Fuel > 1<<62 {
		errs = append(errs, fmt.Errorf("fuel: %d is not in 2..2^62", o.Fuel))
	}
	if o.MaxValue < 0 {
		errs = append(errs, fmt.Errorf("max_value: %d is negative", o.MaxValue))
	}
	if o.Timeout < 0 {
		errs = append(errs, fmt.Errorf("timeout: %v is negative", o.Timeout))
	}
	return errors.Join(errs...)
}

// Module is a compiled guest module. It may be used by many goroutines at once.
type Module struct {
	opts      Options
	runtime   wazero.Runtime
	compiled  wazero.CompiledModule
	functions []*Function

	starting sync.Mutex // one instance starts at a time

	mu    sync.Mutex
	idle  []*instance // the one used last is at the end
	stats Stats
}

// Load checks, meters and compiles a module and starts its first instance, which describes the
// module's functions. Close releases it.
func Load(ctx context.Context, code []byte, opts Options) (*Module, error) {
	opts = opts.withDefaults()
	m, err := load(ctx, code, opts)
	if err != nil {
		return nil, fmt.Errorf("wasm module %q: %w", opts.Name, err)
	}
	return m, nil
}

func load(ctx context.Context, code []byte, opts Options) (_ *Module, err error) {
	if err := opts.validate(); err != nil {
		return nil, err
	}
	if len(code) > maxModuleBytes {
		return nil, fmt.Errorf("it has %d bytes, allowed are %d", len(code), maxModuleBytes)
	}
	metered, err := meter.Rewrite(code, meter.Options{
		Fuel: startFuel, MaxPages: opts.MaxPages, MaxTable: maxTable, Granted: granted,
	})
	if err != nil {
		return nil, err
	}
	if !opts.unmetered {
		code = metered
	}
	m := &Module{opts: opts}
	if err := m.compile(ctx, code); err != nil {
		return nil, errors.Join(err, m.Close(ctx))
	}
	if err := m.describe(ctx); err != nil {
		return nil, errors.Join(err, m.Close(ctx))
	}
	return m, nil
}

// compile makes the runtime, which is the module's own: the limit of its memory belongs to the runtime.
func (m *Module) compile(ctx context.Context, code []byte) (err error) {
	config := wazero.NewRuntimeConfig().WithMemoryLimitPages(m.opts.MaxPages).WithDebugInfoEnabled(false)
	if m.opts.interruptible {
		config = config.WithCloseOnContextDone(true)
	}
	if m.opts.CacheDir != "" {
		cache, err := wazero.NewCompilationCacheWithDir(m.opts.CacheDir)
		if err != nil {
			return fmt.Errorf("cache %s: %w", m.opts.CacheDir, err)
		}
		config = config.WithCompilationCache(cache)
	}
	m.runtime = wazero.NewRuntimeWithConfig(ctx, config)
	if err := grant(ctx, m.runtime); err != nil {
		return err
	}
	// I6: a compiler that stumbles over a hostile module takes nobody with it.
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("it does not compile: %v", v)
		}
	}()
	if m.compiled, err = m.runtime.CompileModule(ctx, code); err != nil {
		return fmt.Errorf("it is not valid: %w", err)
	}
	return checkExports(m.compiled)
}

// checkExports reports all exports that are missing or have the wrong shape.
func checkExports(c wazero.CompiledModule) error {
	var errs []error
	functions := c.ExportedFunctions()
	for _, want := range []struct {
		name    string
		params  int
		results int
	}{{abi.ExportDescribe, 0, 1}, {abi.ExportAlloc, 1, 1}, {abi.ExportCall, 3, 1}} {
		f, found := functions[want.name]
		if !found {
			errs = append(errs, fmt.Errorf("it does not export the function %q", want.name))
			continue
		}
		ok := len(f.ParamTypes()) == want.params && len(f.ResultTypes()) == want.results
		for _, t := range append(f.ParamTypes(), f.ResultTypes()...) {
			ok = ok && t == api.ValueTypeI32
		}
		if !ok {
			errs = append(errs, fmt.Errorf("its export %q must take %d i32 and return %d", want.name, want.params, want.results))
		}
	}
	if _, found := c.ExportedMemories()[abi.ExportMemory]; !found {
		errs = append(errs, fmt.Errorf("it does not export its memory as %q", abi.ExportMemory))
	}
	if _, found := functions["_start"]; found && errs != nil {
		errs = append(errs, errors.New("it is a command; build a library (Go: -buildmode=c-shared)"))
	} else if errs != nil {
		errs = append(errs, errors.New("write the module with sdk/udf, or see the package comment of sdk/udf/abi"))
	}
	return errors.Join(errs...)
}

// describe starts an instance and asks it for the module's functions.
func (m *Module) describe(ctx context.Context) error {
	inst, err := m.start(ctx)
	if err != nil {
		return err
	}
	data, err := inst.describe(ctx)
	if err != nil {
		return err
	}
	functions, err := abi.ParseDescription(data)
	if err != nil {
		return err
	}
	for i, f := range functions {
		m.functions = append(m.functions, newFunction(m, uint32(i), f))
	}
	m.put(inst)
	return nil
}

// Functions returns the module's functions, in its order.
func (m *Module) Functions() []*Function { return m.functions }

// Function returns the function of that name, or nil.
func (m *Module) Function(name string) *Function {
	for _, f := range m.functions {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// Stats counts what a module did.
type Stats struct {
	Calls   atomic.Int64 // crossings into the guest
	Rows    atomic.Int64 // rows that came back with a value
	Fuel    atomic.Int64 // fuel spent
	Faults  atomic.Int64 // traps and spent fuel, repetitions included
	Started atomic.Int64 // instances
}

// Stats returns the counters, which go on counting.
func (m *Module) Stats() *Stats { return &m.stats }

// Close releases all instances and the compiled code. No call may be under way.
func (m *Module) Close(ctx context.Context) error {
	if m.runtime == nil {
		return nil
	}
	return m.runtime.Close(ctx)
}
