package meter

// The opcodes that are read or written by name.
const (
	opUnreachable   = 0x00
	opBlock         = 0x02
	opLoop          = 0x03
	opIf            = 0x04
	opElse          = 0x05
	opEnd           = 0x0b
	opBr            = 0x0c
	opBrIf          = 0x0d
	opBrTable       = 0x0e
	opReturn        = 0x0f
	opCall          = 0x10
	opCallIndirect  = 0x11
	opLocalGet      = 0x20
	opLocalSet      = 0x21
	opLocalTee      = 0x22
	opGlobalGet     = 0x23
	opGlobalSet     = 0x24
	opMemoryGrow    = 0x40
	opI64Const      = 0x42
	opI64LtS        = 0x53
	opI64Sub        = 0x7d
	opI64ShrU       = 0x88
	opI64ExtendI32U = 0xad
	opPrefixMisc    = 0xfc
	opPrefixVector  = 0xfd
)

// skip reads over what follows the opcode.
func skip(r *reader, op byte) { //nolint:gocyclo // a switch over the opcodes
	switch {
	case op <= 0x01, op == opElse, op == 0x1a, op == 0x1b, op >= 0x45 && op <= 0xc4, op == 0xd1:
	case op == 0x1c: // select with types
		r.bytes(r.count())
	case op == 0x25, op == 0x26, op == 0xd2: // table.get, table.set, ref.func
		r.u32()
	case op >= 0x28 && op <= 0x3e: // loads and stores
		skipAddress(r)
	case op == 0x3f: // memory.size
		r.u32()
	case op == 0x41: // i32.const
		r.signed(5)
	case op == opI64Const:
		r.signed(10)
	case op == 0x43: // f32.const
		r.bytes(4)
	case op == 0x44: // f64.const
		r.bytes(8)
	case op == 0xd0: // ref.null
		r.signed(5)
	case op == opPrefixVector:
		skipVector(r)
	default:
		r.fail("opcode %#x is not supported: tail calls, exceptions, threads and garbage collection are not", op)
	}
}

func skipAddress(r *reader) {
	r.u32()
	r.u32()
}

// skipMisc reads over an instruction with the prefix 0xfc. For one that moves memory or table entries
// it returns the shift of its price.
func skipMisc(r *reader) (shift uint32) {
	switch op := r.u32(); op {
	case 0, 1, 2, 3, 4, 5, 6, 7: // truncations that saturate
	case 8, 10: // memory.init, memory.copy
		r.u32()
		r.u32()
		return moveShift
	case 11: // memory.fill
		r.u32()
		return moveShift
	case 12, 14: // table.init, table.copy
		r.u32()
		r.u32()
		return entryShift
	case 15, 17: // table.grow, table.fill
		r.u32()
		return entryShift
	case 9, 13, 16: // data.drop, elem.drop, table.size
		r.u32()
	default:
		r.fail("opcode 0xfc %d is not supported", op)
	}
	return 0
}

// skipVector reads over an instruction with the prefix 0xfd.
func skipVector(r *reader) {
	switch op := r.u32(); {
	case op <= 11, op == 92, op == 93: // loads and a store
		skipAddress(r)
	case op == 12, op == 13: // v128.const, i8x16.shuffle
		r.bytes(16)
	case op >= 21 && op <= 34: // lanes
		r.byte()
	case op >= 84 && op <= 91: // loads and stores of a lane
		skipAddress(r)
		r.byte()
	case op <= 255:
	default:
		r.fail("opcode 0xfd %d is not supported: relaxed SIMD is not deterministic", op)
	}
}
