package meter

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The sections' numbers.
const (
	sectionCustom    = 0
	sectionType      = 1
	sectionImport    = 2
	sectionFunction  = 3
	sectionTable     = 4
	sectionMemory    = 5
	sectionGlobal    = 6
	sectionExport    = 7
	sectionStart     = 8
	sectionElement   = 9
	sectionCode      = 10
	sectionData      = 11
	sectionDataCount = 12
)

// order is in which sections stand in a module, as a place for each number.
var order = [...]int{
	sectionType: 1, sectionImport: 2, sectionFunction: 3, sectionTable: 4, sectionMemory: 5, sectionGlobal: 6,
	sectionExport: 7, sectionStart: 8, sectionElement: 9, sectionDataCount: 10, sectionCode: 11, sectionData: 12,
}

const (
	funcType  = 0x60
	emptyType = 0x40
	typeI32   = 0x7f
	typeI64   = 0x7e
)

type section struct {
	id   byte
	data []byte
	at   int // where data began in the original module
}

type function struct {
	params  int
	results []byte
}

type limit struct {
	min, max uint32
	at       int
}

type module struct {
	sections  []section
	types     []function
	added     [][]byte // result lists of the types that are added behind the module's own
	imports   []string // "module.name" of all that are imported, for messages
	imported  int      // functions among them
	functions []int    // the type of each function that has a body
	globals   uint32
	memory    []limit
	tables    []limit
	exports   map[string]bool
}

const headerSize = 8

func parse(data []byte) (*module, error) {
	if len(data) < headerSize || string(data[:4]) != "\x00asm" {
		return nil, errors.New("it is not a WebAssembly module: it does not begin with \\0asm")
	}
	if v := binary.LittleEndian.Uint32(data[4:]); v != 1 {
		return nil, fmt.Errorf("it is WebAssembly version %#x, or a component: build a core module of version 1", v)
	}
	m := &module{exports: map[string]bool{}}
	r := &reader{data: data, pos: headerSize}
	last := 0
	for r.left() > 0 && r.err == nil {
		id, size := r.byte(), r.u32()
		s := section{id: id, at: r.at(), data: r.bytes(int(size))}
		switch {
		case r.err != nil:
		case id == sectionCustom:
			// Debug information tells places in the code that are about to move.
			custom := &reader{data: s.data, base: s.at}
			name := custom.name()
			if r.err = custom.err; name != "name" {
				continue
			}
		case int(id) >= len(order):
			r.fail("section %d is unknown", id)
		case order[id] <= last:
			r.fail("section %d is out of order", id)
		default:
			last = order[id]
			r.err = m.read(s)
		}
		m.sections = append(m.sections, s)
	}
	return m, r.err
}

// read takes from a section what the rewriting needs to know.
func (m *module) read(s section) error {
	r := &reader{data: s.data, base: s.at}
	switch s.id {
	case sectionType:
		m.readTypes(r)
	case sectionImport:
		m.readImports(r)
	case sectionFunction:
		for range r.count() {
			m.functions = append(m.functions, m.typeIndex(r))
		}
	case sectionTable:
		for range r.count() {
			if ref := r.byte(); r.err == nil && ref != 0x70 && ref != 0x6f {
				r.fail("a table of type %#x is not supported", ref)
			}
			m.tables = append(m.tables, readLimit(r))
		}
	case sectionMemory:
		for range r.count() {
			m.memory = append(m.memory, readLimit(r))
		}
	case sectionGlobal:
		m.globals += uint32(r.count())
		return r.err
	case sectionExport:
		for range r.count() {
			name, kind := r.name(), r.byte()
			if i := r.u32(); kind == kindGlobal && i >= m.globals {
				r.fail("export of global %d of %d", i, m.globals)
			}
			m.exports[name] = true
		}
	default:
		return nil
	}
	if r.err == nil && r.left() != 0 {
		r.fail("section %d has %d bytes too many", s.id, r.left())
	}
	return r.err
}

func (m *module) readTypes(r *reader) {
	for range r.count() {
		if form := r.byte(); r.err == nil && form != funcType {
			r.fail("type form %#x is not supported: only function types are", form)
		}
		var f function
		f.params = len(r.bytes(r.count()))
		f.results = r.bytes(r.count())
		m.types = append(m.types, f)
	}
}

func (m *module) typeIndex(r *reader) int {
	i := r.u32()
	if int(i) >= len(m.types) {
		r.fail("type %d of %d", i, len(m.types))
		return 0
	}
	return int(i)
}

// The kinds of imports and exports.
const (
	kindFunction = iota
	kindTable
	kindMemory
	kindGlobal
)

func (m *module) readImports(r *reader) {
	for range r.count() {
		name := r.name() + "." + r.name()
		switch kind := r.byte(); kind {
		case kindFunction:
			m.typeIndex(r)
			m.imported++
		case kindTable:
			name = "table " + name
			r.byte()
			readLimit(r)
		case kindMemory:
			name = "memory " + name
			readLimit(r)
		case kindGlobal:
			name = "global " + name
			r.bytes(2)
			m.globals++
		default:
			r.fail("import of kind %d is not supported", kind)
		}
		m.imports = append(m.imports, name)
	}
}

func readLimit(r *reader) (l limit) {
	l.at = r.pos
	flags := r.byte()
	if flags > 1 {
		r.fail("shared or 64-bit memories and tables (flags %#x) are not supported", flags)
	}
	l.min, l.max = r.u32(), 1<<32-1
	if flags == 1 {
		l.max = r.u32()
	}
	if l.min > l.max {
		r.fail("a minimum of %d is larger than the maximum of %d", l.min, l.max)
	}
	return l
}

// check reports what the module asks for and does not get, all of it at once.
func (m *module) check(opts Options) error {
	var errs []error
	var denied []string
	for _, name := range m.imports {
		from, what, _ := strings.Cut(name, ".")
		if opts.Granted == nil || strings.Contains(from, " ") || !opts.Granted(from, what) {
			denied = append(denied, name)
		}
	}
	if denied != nil {
		errs = append(errs, fmt.Errorf("it imports %s, which no module is granted; build it without", strings.Join(denied, ", ")))
	}
	if m.exports[GlobalFuel] {
		errs = append(errs, fmt.Errorf("it exports %q, a name that is the host's", GlobalFuel))
	}
	for _, l := range m.memory {
		if opts.MaxPages > 0 && l.min > opts.MaxPages {
			errs = append(errs, fmt.Errorf("it asks for %s of memory at the start, allowed are %s; raise max_pages to %d or build it with less",
				size(l.min), size(opts.MaxPages), l.min))
		}
	}
	for _, l := range m.tables {
		if opts.MaxTable > 0 && l.min > opts.MaxTable {
			errs = append(errs, fmt.Errorf("it asks for a table of %d entries, allowed are %d", l.min, opts.MaxTable))
		}
	}
	if len(m.memory) > 1 {
		errs = append(errs, fmt.Errorf("it has %d memories, allowed is one", len(m.memory)))
	}
	if opts.MaxTable > 0 && errs == nil {
		m.limitTables(opts.MaxTable)
	}
	return errors.Join(errs...)
}

func size(pages uint32) string { return fmt.Sprintf("%g MiB", float64(pages)/16) }

// limitTables gives each table a maximum, so that table.grow has an end.
func (m *module) limitTables(most uint32) {
	s := m.section(sectionTable)
	if s == nil {
		return
	}
	data, pos := []byte(nil), 0
	for _, l := range m.tables {
		data = append(data, s.data[pos:l.at]...)
		data = append(data, 1)
		data = appendU32(appendU32(data, l.min), max(l.min, min(l.max, most)))
		r := &reader{data: s.data, pos: l.at}
		readLimit(r)
		pos = r.pos
	}
	s.data = append(data, s.data[pos:]...)
}

func (m *module) section(id byte) *section {
	for i := range m.sections {
		if m.sections[i].id == id {
			return &m.sections[i]
		}
	}
	return nil
}

// need returns the section, which it adds in its place if the module has none.
func (m *module) need(id byte) *section {
	if s := m.section(id); s != nil {
		return s
	}
	i := slices.IndexFunc(m.sections, func(s section) bool { return s.id != sectionCustom && order[s.id] > order[id] })
	if i < 0 {
		i = len(m.sections)
	}
	m.sections = slices.Insert(m.sections, i, section{id: id, data: []byte{0}})
	return &m.sections[i]
}

// extend appends items to a section that is a list.
func (s *section) extend(n int, items []byte) {
	r := &reader{data: s.data}
	count := r.u32()
	s.data = slices.Concat(appendU32(nil, count+uint32(n)), s.data[r.pos:], items)
}

func (m *module) addGlobal(fuel int64) {
	item := appendSigned([]byte{typeI64, 1, opI64Const}, fuel)
	m.need(sectionGlobal).extend(1, append(item, opEnd))
}

func (m *module) addExport(global uint32) {
	item := append(appendU32(nil, uint32(len(GlobalFuel))), GlobalFuel...)
	m.need(sectionExport).extend(1, appendU32(append(item, kindGlobal), global))
}

// blockType returns the type of a block without parameters and with the given results.
func (m *module) blockType(results []byte) []byte {
	switch len(results) {
	case 0:
		return []byte{emptyType}
	case 1:
		return results
	}
	i := slices.IndexFunc(m.added, func(r []byte) bool { return string(r) == string(results) })
	if i < 0 {
		i = len(m.added)
		m.added = append(m.added, results)
	}
	return appendSigned(nil, int64(len(m.types)+i))
}

func (m *module) putTypes() {
	if m.added == nil {
		return
	}
	var items []byte
	for _, results := range m.added {
		items = append(appendU32(append(items, funcType, 0), uint32(len(results))), results...)
	}
	m.need(sectionType).extend(len(m.added), items)
}

func (m *module) encode() []byte {
	n := headerSize
	for i := range m.sections {
		n += len(m.sections[i].data) + 6
	}
	out := append(make([]byte, 0, n), "\x00asm\x01\x00\x00\x00"...)
	for i := range m.sections {
		s := &m.sections[i]
		out = append(appendU32(append(out, s.id), uint32(len(s.data))), s.data...)
	}
	return out
}
