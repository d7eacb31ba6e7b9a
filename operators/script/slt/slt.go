// Package slt runs sqllogictest files: statements and queries with the answers that they must have.
//
//	# A comment.
//	statement ok
//	CREATE TABLE t (a INTEGER, b TEXT)
//
//	statement ok
//	INSERT INTO t VALUES (1, 'one'), (2, NULL)
//
//	query IT nosort
//	SELECT a, b FROM t ORDER BY a DESC
//	----
//	2
//	NULL
//	1
//	one
//
// Every table is a source, every INSERT, UPDATE and DELETE an epoch of weighted rows, and every query a maintained
// view. Asked for the first time, a query is built twice: from all rows at once, and from the history of its tables in
// a few epochs on several workers. The latter is kept, gets the later changes epoch by epoch, and must have the rows
// of a view built anew whenever the same text is asked again (I4). Answers are compared with what the file says.
//
// The reader takes what the suites of SQLite, DuckDB, CockroachDB and sqllogictest-rs have in common:
//
//	statement ok | error [REGEX] | count N | maybe
//	query TYPES [nosort|rowsort|valuesort] [LABEL], query error [REGEX]
//	skipif NAME, onlyif NAME       the next record, by the engine's name
//	hash-threshold N, halt, subtest NAME, mode skip|unskip, require NAME
//	include FILE                   relative to the file that says so
//	loop VAR FROM TO, foreach VAR VALUE..., endloop   with ${VAR} for the value
//	control sortmode MODE, control resultmode rowwise|valuewise
//
// Of the types I prints integers, R numbers with three digits behind the point, and all others text; NULL is NULL, and
// an empty text is (empty). An answer has a value a line, or a row a line with its values between tabs or blanks, or
// is "N values hashing to MD5".
package slt

import "regexp"

// File is a sqllogictest file.
type File struct {
	Name    string
	Records []Record

	lines []string
}

// Kind says what a record does.
type Kind int

// The kinds of records.
const (
	Statement Kind = iota
	Query
	Halt
	Threshold // from here on, N is the most values that an answer lists
	Loop      // Body for each of Values
	Require   // the rest is skipped unless we have Name
	Mode      // mode skip and mode unskip
	Rowwise   // answers that have no form yet get a row a line, if On
)

// Sort says how an answer is ordered before it is compared.
type Sort string

// The ways to sort.
const (
	NoSort    Sort = "nosort"
	RowSort   Sort = "rowsort"
	ValueSort Sort = "valuesort"
)

// Record is a directive of a file, with what belongs to it.
type Record struct {
	Kind Kind
	File string
	Line int
	// Conditions say by which engines the record is run.
	Conditions []Condition

	// SQL is the text of a statement or a query, which begins at SQLLine.
	SQL     string
	SQLLine int
	// Fails says that there must be an error, which Error, unless nil, must match. May says that there may be one.
	Fails, May bool
	Error      *regexp.Regexp
	// Count is how many rows a statement must change; -1: any number.
	Count int

	// Types has a letter for each column; "" does not say. Label is the same for queries with equal answers.
	Types, Label string
	Sort         Sort
	// Answer has the lines behind ----, which are lines From to To of the file, counted from 0.
	Answer   []string
	From, To int
	// Answered says that there is a ----.
	Answered bool

	// N is the number of a Threshold; On the state of Mode, which skips, and of Rowwise.
	N  int
	On bool
	// Name is that of a loop's variable or of what is required.
	Name   string
	Values []string
	Body   []Record

	repeated bool // it stands in a loop
}

// Condition is skipif NAME or, if Only, onlyif NAME.
type Condition struct {
	Only bool
	Name string
}

// holds reports whether an engine of the given name runs what has the conditions.
func holds(conditions []Condition, engine string) bool {
	for _, c := range conditions {
		if (c.Name == engine) != c.Only {
			return false
		}
	}
	return true
}
