// Package abi holds the numbers on which a host and a guest module agree: names of exports, kinds of
// functions, and how columns lie in the guest's linear memory. It is what one reads to write a guest
// in Rust, C, TinyGo, Zig or by hand; a guest in Go uses package udf, which knows all of it already.
//
// # A guest
//
// A guest is a WebAssembly module (core 2.0: SIMD, bulk memory, multi-value, reference types; no
// threads, no tail calls, one memory) that exports
//
//	memory                                       its linear memory
//	describe() -> i32                            the address of its description
//	alloc(bytes i32) -> i32                      room for a frame
//	call(function i32, op i32, frame i32) -> i32 a status
//	_initialize()                                optional: called once, before all others
//
// It imports nothing, or functions of wasi_snapshot_preview1, which a language's runtime may need: they
// answer, but the clock stands still, randomness is a fixed sequence, what is printed goes to a
// bounded log, and there are no files, arguments, variables or network. All numbers are little-endian
// and an address is a 32-bit offset into the memory.
//
// # Description
//
// describe returns the address of bytes that stay as they are:
//
//	offset  0  u32  Magic
//	        4  u32  Version
//	        8  u32  length of the description in bytes, this header included
//	       12  u32  number of functions
//	       16       the functions, one after the other:
//	                u8  kind: 1 scalar, 2 aggregate
//	                u8  number of arguments, at most MaxArgs
//	                u16 length of the name
//	                u32 zero
//	                    type of the result, then a type for each argument:
//	                    u8 kind (the numbers of batch.Kind), u8 scale of a decimal, u8 flags, u8 zero
//	                    the name: a-z, 0-9 and _, not beginning with a digit
//	                    zeros up to the next multiple of 4
//
// The number of a function is its place in this list. Flag 1 of an argument says that the function
// wants to see nulls in it; flag 1 of a result that it may be null although no argument was.
//
// # Frame
//
// One call computes one batch. The host asks for room with alloc, which returns an address that is a
// multiple of 16, or 0 when there is no room. The room is the host's until the next alloc, which may
// give the same bytes again: one room at a time is enough. The host uses a room for many calls. It
// lays out the frame there and passes its address to call:
//
//	offset  0  u32  rows
//	        4  u32  number of arguments
//	        8  u32  address of the run bitmap: rows to compute; 0: all of them
//	       12  u32  row in work: see Traps
//	       16  u32  groups (aggregates)
//	       20  u32  address of a u32 a row: its group (aggregates)
//	       24  u32  address of an i64 a row: its weight (aggregates)
//	       28  u32  guest: number of failed rows
//	       32  u32  guest: address of a u32 for each failed row: which row it is
//	       36  u32  guest: address of that many u32 and one more: where the reasons begin and end
//	       40  u32  guest: address of the reasons' text, UTF-8
//	       44  u32  zero
//	       48       the result: a column, see below
//	       72       the states: a column (aggregates)
//	       96       the arguments: a column each
//
// A column takes 24 bytes. Values, validity and offsets are as in Arrow and in batch.Column:
//
//	offset  0  u8   kind; u8 scale; u16 zero
//	        4  u32  address of the validity bitmap, bit set: not null; 0: no row is null
//	        8  u32  address of the values, a multiple of 8 as the host writes it
//	       12  u32  length of the values in bytes
//	       16  u32  address of rows+1 u32 offsets into the values, for utf8, binary and json
//	       20  u32  zero
//
// What stands at a null row is undefined (an empty range, for types with offsets). Bits are numbered
// from the lowest; bits past the last row are undefined.
//
// The host prepares the result: its values are zeros for all rows (none, for types with offsets), its
// offsets are zeros, its validity is 0. A guest writes there, or puts addresses of its own memory into
// the result's column; they must stay good until the next call or alloc.
//
// # Nulls
//
// A row where an argument without flag 1 is null is not in the run bitmap, and its result is null
// whatever the guest writes. So a guest that leaves out the rows whose bit is clear never sees a null it
// did not ask for. It must still write an offset for them.
//
// # Errors
//
// A row that fails is listed with its reason; its result does not matter. Such a row becomes a dead
// letter. Status Failed says that the call failed as a whole, the reason being the first in the list. A
// host then repeats parts of the batch until it has found the rows that are to blame.
//
// # Traps
//
// A trap, spent fuel, a failed alloc and a result that breaks these rules are treated like Failed, but
// the instance is thrown away. A guest helps the host to find the row by storing its number at offset 12
// before it begins it. Hosts do without if it does not.
//
// # Aggregates
//
// The state of a group is a string of bytes that the host keeps; no bytes at all is the state of a group
// without rows, and a guest must come back to it when all that was added has been taken back.
//
//	op Add     reads arguments, weights, group numbers and the states of the groups (a binary
//	           column of as many values as there are groups); its result is a binary column with
//	           the states after all rows in the run bitmap.
//	op Result  has one row a group and no arguments; it reads the states and computes the results.
//
// A failed row of Add must leave its group's state as it was.
package abi

// Magic begins a description: "UDF1".
const Magic uint32 = '1'<<24 | 'F'<<16 | 'D'<<8 | 'U'

// Version is the version of the ABI that this package describes.
const Version = 1

// The names of a guest's exports.
const (
	ExportMemory     = "memory"
	ExportDescribe   = "describe"
	ExportAlloc      = "alloc"
	ExportCall       = "call"
	ExportInitialize = "_initialize"
)

// ImportModule is the one module from which a guest may import functions.
const ImportModule = "wasi_snapshot_preview1"

// Kind says what a function does.
type Kind uint8

// The kinds of functions. Their numbers stand in guest modules: never reorder, only append.
const (
	Scalar    Kind = 1 // a value from each row's arguments
	Aggregate Kind = 2 // a value from the rows of a group
)

// String returns the name of the kind.
func (k Kind) String() string {
	switch k {
	case Scalar:
		return "scalar"
	case Aggregate:
		return "aggregate"
	}
	return "unknown kind"
}

// Op says what a call is to do.
type Op uint32

// The operations.
const (
	Compute Op = 0 // a scalar function over a batch
	Add     Op = 1 // rows with weights to the states of their groups
	Result  Op = 2 // results from the states of groups
)

// Status is what a call returns.
type Status uint32

// The statuses.
const (
	OK      Status = 0 // the result is there; rows may have failed on their own
	Failed  Status = 1 // the call failed as a whole, for the first reason listed
	Unknown Status = 2 // there is no such function or operation
)

// Limits that both sides keep.
const (
	MaxArgs        = 64      // arguments of a function
	MaxFunctions   = 1024    // functions of a module
	MaxName        = 128     // bytes of a function's name
	MaxDescription = 1 << 20 // bytes of a description
)

// NoRow stands at a frame's OffsetRow until the guest begins a row.
const NoRow = ^uint32(0)

// Offsets in a frame.
const (
	OffsetRows    = 0
	OffsetArgs    = 4
	OffsetRun     = 8
	OffsetRow     = 12
	OffsetGroups  = 16
	OffsetGroup   = 20
	OffsetWeights = 24
	OffsetFailed  = 28 // four words: number, rows, ends of reasons, text of reasons
	OffsetResult  = 48
	OffsetState   = 72
	OffsetColumns = 96
)

// Offsets in a column, and its size.
const (
	ColumnType     = 0
	ColumnValidity = 4
	ColumnValues   = 8
	ColumnBytes    = 12
	ColumnOffsets  = 16
	ColumnSize     = 24
)

// Align is what the address of a frame and of everything in it is a multiple of.
const Align = 16
