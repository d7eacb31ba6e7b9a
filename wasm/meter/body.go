package meter

import "slices"

// body rewrites one function. Reading it notes the places that matter; writing copies what lies
// between them.
//
// The fuel is kept in the global. A function with a loop that calls nobody keeps it in a local
// instead, in a register as a rule, and puts it back around calls and before it returns: a small loop
// would otherwise wait for the store of its last turn.
type body struct {
	module *module
	fuel   uint32 // the global
	typ    function
	code   []byte
	at     int

	locals  uint32 // the function's own, its parameters included; then come ours
	groups  uint32 // of declared locals
	decls   []byte
	marks   []mark
	open    []block
	own     int  // bytes of code outside of all loops
	cached  bool // the fuel is kept in a local
	out     []byte
	wrapper []byte // the type of the block that takes the place of the function's own label
}

// mark is a place where something is added.
type mark struct {
	kind       markKind
	start, end int    // of the instruction
	n          uint32 // the cost of a loop, the depth of a return, the shift of a bulk operation
}

type markKind uint8

const (
	markLoop markKind = iota
	markCall
	markReturn
	markBulk
	markGrow
	markEnd // the function's last end
)

// block is a structured instruction that has not ended.
type block struct {
	loop  int  // its mark, or -1
	start int  // of its code
	inner int  // bytes of loops inside of it
	calls bool // it calls, inside
}

// The local variables that are added, behind the function's own.
func (b *body) left() uint32    { return b.locals }
func (b *body) scratch() uint32 { return b.locals + 1 }

func (b *body) reset(m *module, fuel uint32, typ function, code []byte, at int) {
	*b = body{module: m, fuel: fuel, typ: typ, code: code, at: at, marks: b.marks[:0], open: b.open[:0], out: b.out[:0]}
}

// rewrite returns the new body, which is good until the next call.
func (b *body) rewrite() ([]byte, error) {
	r := &reader{data: b.code, base: b.at}
	b.readLocals(r)
	start := r.pos
	b.open = append(b.open, block{loop: -1, start: start})
	for len(b.open) > 0 && r.err == nil {
		b.instruction(r)
	}
	if r.err == nil && r.left() != 0 {
		r.fail("%d bytes follow the function's end", r.left())
	}
	if r.err != nil {
		return nil, r.err
	}
	b.write(start)
	return b.out, nil
}

const maxLocals = 50_000

func (b *body) readLocals(r *reader) {
	b.locals = uint32(b.typ.params)
	b.groups = r.u32()
	start := r.pos
	for range b.groups {
		n := r.u32()
		r.byte()
		if n > maxLocals || b.locals+n > maxLocals {
			r.fail("more than %d local variables", maxLocals)
		}
		if r.err != nil {
			return
		}
		b.locals += n
	}
	b.decls = b.code[start:r.pos]
}

// instruction reads one instruction and checks the indexes that what is added would make valid.
func (b *body) instruction(r *reader) {
	start := r.pos
	op := r.byte()
	note := func(kind markKind, n uint32) {
		b.marks = append(b.marks, mark{kind: kind, start: start, end: r.pos, n: n})
	}
	switch op {
	case opBlock, opIf, opLoop:
		r.signed(5)
		next := block{loop: -1, start: r.pos}
		if op == opLoop {
			next.loop = len(b.marks)
			note(markLoop, 0)
		}
		b.open = append(b.open, next)
	case opEnd:
		b.end(r.pos)
		if len(b.open) == 0 {
			note(markEnd, 0)
		}
	case opBr, opBrIf:
		b.label(r)
	case opBrTable:
		for range r.count() + 1 {
			b.label(r)
		}
	case opReturn:
		note(markReturn, uint32(len(b.open)-1))
	case opCall, opCallIndirect:
		if r.u32(); op == opCallIndirect {
			r.u32()
		}
		note(markCall, 0)
		b.open[len(b.open)-1].calls = true
	case opLocalGet, opLocalSet, opLocalTee:
		if i := r.u32(); i >= b.locals {
			r.fail("local variable %d of %d", i, b.locals)
		}
	case opGlobalGet, opGlobalSet:
		if i := r.u32(); i >= b.module.globals {
			r.fail("global %d of %d", i, b.module.globals)
		}
	case opMemoryGrow:
		r.u32()
		note(markGrow, 0)
	case opPrefixMisc:
		if shift := skipMisc(r); shift > 0 {
			note(markBulk, shift)
		}
	default:
		skip(r, op)
	}
}

func (b *body) label(r *reader) {
	if i := r.u32(); int(i) >= len(b.open) {
		r.fail("branch to label %d of %d", i, len(b.open))
	}
}

// end closes the innermost block. What a loop costs is what its own code can do in one turn.
func (b *body) end(pos int) {
	closed := b.open[len(b.open)-1]
	b.open = b.open[:len(b.open)-1]
	size := pos - closed.start
	if closed.loop >= 0 {
		b.marks[closed.loop].n = cost(size - closed.inner)
		b.cached = b.cached || !closed.calls
		closed.inner = size
	}
	if len(b.open) == 0 {
		b.own = size - closed.inner
		return
	}
	outer := &b.open[len(b.open)-1]
	outer.inner += closed.inner
	outer.calls = outer.calls || closed.calls
}

func cost(bytes int) uint32 { return uint32(1 + bytes/bytesPerUnit) }

// write puts the new body into b.out.
func (b *body) write(start int) {
	b.out = append(appendU32(b.out, b.groups+2), b.decls...)
	b.out = append(b.out, 1, typeI64, 1, typeI32)
	if b.cached {
		b.wrapper = b.module.blockType(b.typ.results)
		b.reload()
	}
	b.charge(cost(b.own))
	if b.cached {
		b.out = append(append(b.out, opBlock), b.wrapper...)
	}
	pos := start
	for _, m := range b.marks {
		b.out = append(b.out, b.code[pos:m.start]...)
		b.place(m)
		pos = m.end
	}
}

// place writes the instruction of a mark with what belongs to it.
func (b *body) place(m mark) {
	instruction := b.code[m.start:m.end]
	switch m.kind {
	case markLoop:
		b.out = append(b.out, instruction...)
		b.charge(m.n)
	case markCall:
		b.flush()
		b.out = append(b.out, instruction...)
		b.reload()
	case markReturn:
		// The wrapper ends where the fuel is put back.
		if b.cached {
			b.out = appendU32(append(b.out, opBr), m.n)
		} else {
			b.out = append(b.out, instruction...)
		}
	case markBulk:
		b.chargeBulk(m.n)
		b.out = append(b.out, instruction...)
	case markGrow:
		b.charge(growCost)
		b.out = append(b.out, instruction...)
	case markEnd:
		if b.cached {
			b.out = append(b.out, opEnd)
			b.flush()
		}
		b.out = append(b.out, opEnd)
	}
}

// flush puts the fuel back into the global, reload takes it out again.
func (b *body) flush() {
	if b.cached {
		b.op(opLocalGet, b.left())
		b.op(opGlobalSet, b.fuel)
	}
}

func (b *body) reload() {
	if b.cached {
		b.op(opGlobalGet, b.fuel)
		b.op(opLocalSet, b.left())
	}
}

func (b *body) op(op byte, index uint32) { b.out = appendU32(append(b.out, op), index) }

// charge takes a fixed amount.
func (b *body) charge(n uint32) {
	b.load()
	b.out = appendSigned(append(b.out, opI64Const), int64(n))
	b.take()
}

// chargeBulk takes what the bulk operation that follows is going to move: its length, in the shape
// of an i32 on top of the stack, which stays there.
func (b *body) chargeBulk(shift uint32) {
	b.op(opLocalTee, b.scratch())
	b.load()
	b.op(opLocalGet, b.scratch())
	b.out = append(b.out, opI64ExtendI32U, opI64Const, byte(shift), opI64ShrU)
	b.take()
}

func (b *body) load() {
	if b.cached {
		b.op(opLocalGet, b.left())
	} else {
		b.op(opGlobalGet, b.fuel)
	}
}

// take subtracts the top of the stack from the fuel below it, keeps the difference and traps when it
// is negative. The global then holds it: so the host knows why the guest trapped.
func (b *body) take() {
	b.out = append(b.out, opI64Sub)
	b.op(opLocalTee, b.left())
	if !b.cached {
		b.op(opGlobalSet, b.fuel)
		b.op(opLocalGet, b.left())
	}
	b.out = append(b.out, opI64Const, 0, opI64LtS, opIf, emptyType)
	b.flush()
	b.out = append(b.out, opUnreachable, opEnd)
	b.out = slices.Grow(b.out, 64)
}
