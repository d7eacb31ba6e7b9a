// Package meter rewrites a WebAssembly module so that it counts what it does. A global, added behind
// the module's own, holds the fuel that is left. Entering a function and reaching the head of a loop
// take from it, bulk operations take by what they move, and when it falls below zero the module
// traps. Between two such points every instruction runs at most once, so fuel bounds the work.
//
// The fuel that a call takes depends on nothing but the module, its memory and the arguments: no clock,
// no machine, no compiler.
package meter

import (
	"fmt"
)

// GlobalFuel is the name under which the rewritten module exports its fuel, a mutable i64.
const GlobalFuel = "millrace.fuel"

// Options says what a module may ask for. The zero value of a limit means none.
type Options struct {
	// Fuel is what the module begins with.
	Fuel int64
	// MaxPages bounds the memory the module may ask for at the start, in pages of 64 KiB.
	MaxPages uint32
	// MaxTable bounds the entries of each table; a table cannot grow past it.
	MaxTable uint32
	// Granted reports whether a function may be imported.
	Granted func(module, name string) bool
}

// Costs, in fuel. A unit is about the work of one turn of a small loop.
const (
	bytesPerUnit    = 4096 // bytes of code that one unit covers, on top of the first
	moveShift       = 6    // bulk memory operations move 64 bytes for a unit
	entryShift      = 3    // bulk table operations 8 entries
	growCost        = 64   // asking for memory
	maxFunctionBody = 16 << 20
)

// Rewrite returns the metered module. It checks everything that its own additions rely on and leaves
// the rest to the compiler: a module that is not valid for other reasons stays so.
func Rewrite(module []byte, opts Options) ([]byte, error) {
	m, err := parse(module)
	if err != nil {
		return nil, err
	}
	if err := m.check(opts); err != nil {
		return nil, err
	}
	if err := m.meter(opts); err != nil {
		return nil, err
	}
	return m.encode(), nil
}

// meter adds the fuel and rewrites all bodies.
func (m *module) meter(opts Options) error {
	fuel := m.globals
	m.addGlobal(opts.Fuel)
	m.addExport(fuel)
	sec := m.section(sectionCode)
	if sec == nil {
		return nil
	}
	r := &reader{data: sec.data, base: sec.at}
	count := r.u32()
	if r.err == nil && int(count) != len(m.functions) {
		return fmt.Errorf("it has %d function bodies for %d functions", count, len(m.functions))
	}
	out := appendU32(make([]byte, 0, len(sec.data)+len(sec.data)/4), count)
	var b body
	for i := range int(count) {
		size := r.u32()
		if size > maxFunctionBody {
			r.fail("a function body of %d bytes: at most %d are allowed", size, maxFunctionBody)
		}
		at := r.at()
		code := r.bytes(int(size))
		if r.err != nil {
			return r.err
		}
		b.reset(m, fuel, m.types[m.functions[i]], code, at)
		metered, err := b.rewrite()
		if err != nil {
			return fmt.Errorf("function %d: %w", m.imported+i, err)
		}
		out = append(appendU32(out, uint32(len(metered))), metered...)
	}
	if r.left() != 0 {
		return fmt.Errorf("the code section has %d bytes too many", r.left())
	}
	sec.data = out
	m.putTypes()
	return nil
}
