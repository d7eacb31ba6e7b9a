package abi

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Type is the type of an argument or of a result.
type Type struct {
	batch.Type
	// Nullable says that the function wants to see nulls in this argument, or that this result
	// may be null although no argument was.
	Nullable bool
}

// Function is a function's entry in a description.
type Function struct {
	Name   string
	Kind   Kind
	Args   []Type
	Result Type
}

const (
	headerSize   = 16
	functionSize = 8
	typeSize     = 4
	flagNullable = 1
)

// AppendDescription appends the description of a module to dst.
func AppendDescription(dst []byte, functions []Function) []byte {
	start := len(dst)
	for _, word := range []uint32{Magic, Version, 0, uint32(len(functions))} {
		dst = binary.LittleEndian.AppendUint32(dst, word)
	}
	for i := range functions {
		f := &functions[i]
		dst = append(dst, byte(f.Kind), byte(len(f.Args)))
		dst = binary.LittleEndian.AppendUint16(dst, uint16(len(f.Name)))
		dst = binary.LittleEndian.AppendUint32(dst, 0)
		dst = appendType(dst, f.Result)
		for _, t := range f.Args {
			dst = appendType(dst, t)
		}
		dst = append(dst, f.Name...)
		for (len(dst)-start)%4 != 0 {
			dst = append(dst, 0)
		}
	}
	binary.LittleEndian.PutUint32(dst[start+8:], uint32(len(dst)-start))
	return dst
}

func appendType(dst []byte, t Type) []byte {
	var flags byte
	if t.Nullable {
		flags = flagNullable
	}
	return append(dst, byte(t.Kind), t.Scale, flags, 0)
}

// DescriptionSize returns the length of the description that begins with the given bytes, of which
// there must be 16. It checks magic, version and limit.
func DescriptionSize(header []byte) (int, error) {
	if len(header) < headerSize {
		return 0, errors.New("the description is cut off")
	}
	if magic := binary.LittleEndian.Uint32(header); magic != Magic {
		return 0, fmt.Errorf("the description begins with %#08x, not with %#08x", magic, Magic)
	}
	if version := binary.LittleEndian.Uint32(header[4:]); version != Version {
		return 0, fmt.Errorf("it has ABI version %d, this host has %d: build it with a matching SDK", version, Version)
	}
	size := binary.LittleEndian.Uint32(header[8:])
	if size < headerSize || size > MaxDescription {
		return 0, fmt.Errorf("the description says it has %d bytes: it must have %d to %d", size, headerSize, MaxDescription)
	}
	return int(size), nil
}

// ParseDescription reads what AppendDescription writes and checks all of it.
func ParseDescription(data []byte) ([]Function, error) {
	size, err := DescriptionSize(data)
	if err != nil {
		return nil, err
	}
	if len(data) < size {
		return nil, fmt.Errorf("the description is cut off: %d of %d bytes", len(data), size)
	}
	count := binary.LittleEndian.Uint32(data[12:])
	if count == 0 || count > MaxFunctions {
		return nil, fmt.Errorf("the description lists %d functions: there must be 1 to %d", count, MaxFunctions)
	}
	rest, seen := data[headerSize:size], map[string]bool{}
	functions := make([]Function, 0, count)
	for i := range int(count) {
		f, n, err := parseFunction(rest)
		if err != nil {
			return nil, fmt.Errorf("function %d: %w", i, err)
		}
		if seen[f.Name] {
			return nil, fmt.Errorf("function %d: the name %q is taken already", i, f.Name)
		}
		seen[f.Name] = true
		functions, rest = append(functions, f), rest[n:]
	}
	if len(rest) != 0 {
		return nil, fmt.Errorf("the description has %d bytes too many", len(rest))
	}
	return functions, nil
}

func parseFunction(data []byte) (f Function, size int, err error) {
	if len(data) < functionSize {
		return f, 0, errors.New("its entry is cut off")
	}
	f.Kind = Kind(data[0])
	args, name := int(data[1]), int(binary.LittleEndian.Uint16(data[2:]))
	nameAt := functionSize + typeSize*(1+args)
	if size = (nameAt + name + 3) &^ 3; len(data) < size {
		return f, 0, errors.New("its entry is cut off")
	}
	f.Name = string(data[nameAt : nameAt+name])
	if f.Result, err = parseType(data[functionSize:]); err != nil {
		return f, 0, fmt.Errorf("result: %w", err)
	}
	for a := range args {
		t, err := parseType(data[functionSize+typeSize*(1+a):])
		if err != nil {
			return f, 0, fmt.Errorf("argument %d: %w", a+1, err)
		}
		f.Args = append(f.Args, t)
	}
	return f, size, f.Check()
}

func parseType(data []byte) (Type, error) {
	t := Type{Type: batch.Type{Kind: batch.Kind(data[0]), Scale: data[1]}, Nullable: data[2]&flagNullable != 0}
	if known, err := batch.ParseType(t.String()); err != nil || known != t.Type {
		return t, fmt.Errorf("no type has kind %d and scale %d", data[0], data[1])
	}
	if data[2]&^flagNullable != 0 || data[3] != 0 {
		return t, fmt.Errorf("flags %#x are unknown in version %d", data[2], Version)
	}
	return t, nil
}

// Check reports what is wrong with a function's entry.
func (f *Function) Check() error {
	if !validName(f.Name) {
		return fmt.Errorf("the name %q is not made of a-z, 0-9 and _ (1 to %d, no digit first)", f.Name, MaxName)
	}
	if f.Kind != Scalar && f.Kind != Aggregate {
		return fmt.Errorf("%s: kind %d is unknown in version %d", f.Name, f.Kind, Version)
	}
	if len(f.Args) > MaxArgs {
		return fmt.Errorf("%s: %d arguments: there may be %d", f.Name, len(f.Args), MaxArgs)
	}
	return nil
}

func validName(name string) bool {
	if name == "" || len(name) > MaxName || name[0] >= '0' && name[0] <= '9' {
		return false
	}
	for _, c := range []byte(name) {
		if c != '_' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
