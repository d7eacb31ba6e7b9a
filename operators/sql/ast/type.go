package ast

// TypeName is a type as written, with its spelling folded.
type TypeName struct {
	At
	// Name is in capitals with single blanks: INT, DOUBLE PRECISION, TIMESTAMP WITH TIME ZONE, and
	// ARRAY, MAP, ROW with their element types in Elems. A quoted name keeps its case.
	Name string
	// Args are the numbers in parentheses: DECIMAL(10, 2).
	Args []int
	// Elems are the types inside ARRAY<..>, MAP<.., ..> and ROW<name type, ..>; x[] is ARRAY<x>.
	Elems []*TypeName
	// Fields are the names of a ROW's elements, one for each of Elems; nil for other types.
	Fields []Ident
}
