//go:build wasip1

package udf

import (
	"encoding/binary"
	"unsafe"

	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/udf/abi"
)

// What the host may read after a call returns must stay reachable until the next one: Go's collector
// knows nothing of addresses that the host holds.
var (
	description []byte
	room        []uint64
	frame       abi.Frame
	failedRows  []uint32
	reasonEnds  []uint32
	reasons     []byte
)

//go:wasmexport describe
func describe() uint32 {
	functions := make([]abi.Function, len(library.functions))
	for i := range library.functions {
		functions[i] = library.functions[i].Function
	}
	description = abi.AppendDescription(nil, functions)
	return address(description)
}

//go:wasmexport alloc
func alloc(bytes uint32) uint32 {
	words := (int(bytes) + 7) / 8
	if words+1 > cap(room) {
		room = nil // so that the old room can be collected before the new one is needed
		room = make([]uint64, words+1)
	}
	room = room[:words+1]
	return (address(room) + abi.Align - 1) &^ (abi.Align - 1)
}

//go:wasmexport call
func call(function, op, at uint32) uint32 {
	if int(function) >= len(library.functions) {
		return uint32(abi.Unknown)
	}
	head := slice[byte](at, abi.OffsetColumns)
	f := &frame
	readFrame(f, at, head)
	status := abi.OK
	switch err := library.functions[function].Call(abi.Op(op), f); err.(type) {
	case nil:
	case unknownOp:
		return uint32(abi.Unknown)
	default:
		f.Errors.Reset()
		f.Errors.Add(0, err.Error())
		status = abi.Failed
	}
	putColumn(head[abi.OffsetResult:], &f.Result)
	putErrors(head[abi.OffsetFailed:], &f.Errors)
	return uint32(status)
}

func readFrame(f *abi.Frame, at uint32, head []byte) {
	word := func(offset int) uint32 { return binary.LittleEndian.Uint32(head[offset:]) }
	rows, args := int(word(abi.OffsetRows)), int(word(abi.OffsetArgs))
	f.Rows, f.Groups = rows, int(word(abi.OffsetGroups))
	f.Run = slice[byte](word(abi.OffsetRun), (rows+7)/8)
	f.Group = slice[uint32](word(abi.OffsetGroup), rows)
	f.Weights = slice[batch.Weight](word(abi.OffsetWeights), rows)
	f.Row = &slice[uint32](at+abi.OffsetRow, 1)[0]
	f.Result = readColumn(head[abi.OffsetResult:], max(rows, f.Groups))
	f.State = readColumn(head[abi.OffsetState:], f.Groups)
	f.Args = resize(f.Args, args)
	for i := range f.Args {
		column := slice[byte](at+abi.OffsetColumns+uint32(i)*abi.ColumnSize, abi.ColumnSize)
		f.Args[i] = readColumn(column, rows)
	}
	f.Errors.Reset()
}

func readColumn(data []byte, rows int) batch.Column {
	word := func(offset int) uint32 { return binary.LittleEndian.Uint32(data[offset:]) }
	c := batch.Column{Type: batch.Type{Kind: batch.Kind(data[0]), Scale: data[1]}}
	c.Valid = slice[byte](word(abi.ColumnValidity), (rows+7)/8)
	c.Data = slice[byte](word(abi.ColumnValues), int(word(abi.ColumnBytes)))
	c.Offsets = slice[int32](word(abi.ColumnOffsets), rows+1)
	return c
}

func putColumn(dst []byte, c *batch.Column) {
	put := func(offset int, word uint32) { binary.LittleEndian.PutUint32(dst[offset:], word) }
	put(abi.ColumnValidity, address(c.Valid))
	put(abi.ColumnValues, address(c.Data))
	put(abi.ColumnBytes, uint32(len(c.Data)))
	put(abi.ColumnOffsets, address(c.Offsets))
}

func putErrors(dst []byte, errs *batch.RowErrors) {
	failedRows, reasons, reasonEnds = failedRows[:0], reasons[:0], append(reasonEnds[:0], 0)
	for i, row := range errs.Rows {
		reasons = append(reasons, errs.Reasons[i]...)
		failedRows = append(failedRows, uint32(row))
		reasonEnds = append(reasonEnds, uint32(len(reasons)))
	}
	for i, word := range []uint32{uint32(len(failedRows)), address(failedRows), address(reasonEnds), address(reasons)} {
		binary.LittleEndian.PutUint32(dst[4*i:], word)
	}
}

// address returns where a slice begins in linear memory; 0 for an empty one.
func address[T any](s []T) uint32 {
	if len(s) == 0 {
		return 0
	}
	return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(s))))
}

// slice returns n values at an address that the host gave; nil for address 0.
func slice[T any](at uint32, n int) []T {
	if at == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(uintptr(at))), n)
}
