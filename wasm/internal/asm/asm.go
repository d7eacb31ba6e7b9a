// Package asm writes small WebAssembly modules by hand, for tests: guests that no compiler would make.
package asm

import (
	"encoding/binary"
	"slices"
)

// The value types.
const (
	I32 = 0x7f
	I64 = 0x7e
)

// Func is a function with its code, the last end included.
type Func struct {
	Params, Results []byte
	Locals          []byte // a type each
	Code            []byte
	Export          string // empty: not exported
}

// Import is a function that the module imports.
type Import struct {
	Module, Name    string
	Params, Results []byte
}

// Module is a module to be. Functions are numbered behind the imports.
type Module struct {
	Imports []Import
	Funcs   []Func
	// Memory holds the pages at the start and the most; nil: no memory. It is exported.
	Memory []uint32
	// Table has as many entries as there are functions, each filled in; nil: no table.
	Table bool
	// TableMin makes the table larger than that.
	TableMin uint32
	// Globals are mutable i64s that begin with these values.
	Globals []int64
	// Data is put at address At.
	Data []byte
	At   int32
}

// Bytes returns the module.
func (m *Module) Bytes() []byte {
	out := []byte("\x00asm\x01\x00\x00\x00")
	var types, imports, functions, exports, code [][]byte
	typeOf := func(params, results []byte) []byte {
		t := slices.Concat([]byte{0x60}, vec(params), vec(results))
		types = append(types, t)
		return U32(uint32(len(types) - 1))
	}
	for _, i := range m.Imports {
		imports = append(imports, slices.Concat(text(i.Module), text(i.Name), []byte{0}, typeOf(i.Params, i.Results)))
	}
	for n, f := range m.Funcs {
		functions = append(functions, typeOf(f.Params, f.Results))
		var locals [][]byte
		for _, t := range f.Locals {
			locals = append(locals, []byte{1, t})
		}
		body := slices.Concat(list(locals), f.Code)
		code = append(code, vec(body))
		if f.Export != "" {
			exports = append(exports, slices.Concat(text(f.Export), []byte{0}, U32(uint32(len(m.Imports)+n))))
		}
	}
	section := func(id byte, data []byte) { out = append(append(out, id), vec(data)...) }
	section(1, list(types))
	if imports != nil {
		section(2, list(imports))
	}
	section(3, list(functions))
	if m.Table {
		section(4, list([][]byte{slices.Concat([]byte{0x70, 0}, U32(max(m.TableMin, uint32(len(m.Funcs)))))}))
	}
	if m.Memory != nil {
		limits := append([]byte{byte(len(m.Memory) - 1)}, U32(m.Memory[0])...)
		if len(m.Memory) > 1 {
			limits = append(limits, U32(m.Memory[1])...)
		}
		section(5, list([][]byte{limits}))
		exports = append(exports, slices.Concat(text("memory"), []byte{2, 0}))
	}
	if m.Globals != nil {
		var globals [][]byte
		for _, v := range m.Globals {
			globals = append(globals, slices.Concat([]byte{I64, 1}, I64Const(v), []byte{0x0b}))
		}
		section(6, list(globals))
	}
	section(7, list(exports))
	if m.Table {
		elements := slices.Concat([]byte{0}, I32Const(0), []byte{0x0b}, U32(uint32(len(m.Funcs))))
		for n := range m.Funcs {
			elements = append(elements, U32(uint32(len(m.Imports)+n))...)
		}
		section(9, list([][]byte{elements}))
	}
	section(10, list(code))
	if m.Data != nil {
		section(11, list([][]byte{slices.Concat([]byte{0}, I32Const(m.At), []byte{0x0b}, vec(m.Data))}))
	}
	return out
}

// Code joins pieces of code: bytes are opcodes, int32 and int64 become constants, []byte is taken as
// it is.
func Code(pieces ...any) []byte {
	var out []byte
	for _, p := range pieces {
		switch p := p.(type) {
		case int:
			out = append(out, byte(p))
		case int32:
			out = append(out, I32Const(p)...)
		case int64:
			out = append(out, I64Const(p)...)
		case []byte:
			out = append(out, p...)
		default:
			panic("asm: a piece of another type")
		}
	}
	return out
}

// I32Const returns the instruction that pushes v.
func I32Const(v int32) []byte { return signed([]byte{0x41}, int64(v)) }

// I64Const returns the instruction that pushes v.
func I64Const(v int64) []byte { return signed([]byte{0x42}, v) }

// U32 returns v as LEB128.
func U32(v uint32) []byte { return binary.AppendUvarint(nil, uint64(v)) }

func signed(dst []byte, v int64) []byte {
	for {
		b := byte(v & 0x7f)
		v >>= 7
		if v == 0 && b&0x40 == 0 || v == -1 && b&0x40 != 0 {
			return append(dst, b)
		}
		dst = append(dst, b|0x80)
	}
}

func vec(data []byte) []byte { return append(U32(uint32(len(data))), data...) }

func text(s string) []byte { return vec([]byte(s)) }

func list(items [][]byte) []byte {
	return append(U32(uint32(len(items))), slices.Concat(items...)...)
}
