// Package view stores views: the rows that queries are answered from. All views of an app, and the
// ledger beside them, live in one Pebble database; an epoch of a pipeline is one batch of it, so a
// reader sees whole epochs only and a crash leaves whole epochs only (promises I2 and I3).
//
// The writer's side of a pipeline is Begin, Tx.Apply (or Load and Tx.Flip), Tx.Commit, Publish, in this
// order, by one goroutine at a time. Readers come by Pipeline.Reader, from any goroutine at any time.
package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Definition says what rows a view has.
type Definition struct {
	Name string
	// Schema gives the columns. Schema.Key names the key columns: the view then holds one row a key, in
	// canonical order of the keys. Without a key the view is a multiset of rows, ordered by their hash.
	Schema batch.Schema
}

// View is one named view of a pipeline.
type View struct {
	pipeline *Pipeline
	name     string
	codec    *codec // of the schema that is wanted now; stored rows may have another one
}

// Name returns the view's name.
func (v *View) Name() string { return v.name }

// Pipeline returns the pipeline whose epochs move the view.
func (v *View) Pipeline() *Pipeline { return v.pipeline }

// Schema returns the schema that the view was defined with. Reader.Schema returns that of the rows.
func (v *View) Schema() *batch.Schema { return &v.codec.schema }

// SchemaChanged says that the stored rows of a view have another schema than its definition. The view
// can be read with its old schema; it takes changes again after a flip to a new generation.
type SchemaChanged struct {
	View        string
	Stored, New batch.Schema
}

// Error says what changed.
func (e *SchemaChanged) Error() string {
	return fmt.Sprintf("view %q: its stored rows are (%s), its definition is (%s): it has to be built anew",
		e.View, describe(&e.Stored), describe(&e.New))
}

func describe(s *batch.Schema) string {
	var b strings.Builder
	for i, f := range s.Fields {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(f.Name + " " + f.Type.String())
		if slices.Contains(s.Key, i) {
			b.WriteString(" key")
		}
	}
	return b.String()
}

// sameSchema reports whether rows written with one schema can be read with the other.
func sameSchema(a, b *batch.Schema) bool {
	return slices.Equal(a.Fields, b.Fields) && slices.Equal(a.Key, b.Key) && (a.Key == nil) == (b.Key == nil)
}

func (d *Definition) validate() error {
	if d.Name == "" || strings.ContainsRune(d.Name, 0) {
		return fmt.Errorf("view %q: a name has at least one character and none of them is NUL", d.Name)
	}
	if len(d.Schema.Fields) == 0 {
		return fmt.Errorf("view %q: no columns", d.Name)
	}
	seen := map[int]bool{}
	for _, k := range d.Schema.Key {
		if k < 0 || k >= len(d.Schema.Fields) || seen[k] {
			return fmt.Errorf("view %q: key column %d is not one of its %d columns, or is named twice", d.Name, k, len(d.Schema.Fields))
		}
		seen[k] = true
	}
	return nil
}

// generation is one full build of a view. Its rows share the first five bytes of their keys.
type generation struct {
	id    uint32
	codec *codec
	refs  int // states that name it; guarded by Store.mu
}

// Spaces of the database's keys, by first byte.
const (
	spaceRows    = 1 // spaceRows, generation (4 bytes, big-endian), key of the row
	spaceCatalog = 2 // spaceCatalog, one of the kinds below, name
	spaceRecords = 3 // spaceRecords, key of the caller (the ledger's)
)

// Kinds of catalog entries, by second byte.
const (
	catalogGeneration = 'g' // generation -> schema
	catalogPipeline   = 'p' // pipeline -> epoch
	catalogView       = 'v' // pipeline, NUL, view -> generation, rows
)

const prefixLen = 5

func rowPrefix(generation uint32) []byte {
	return []byte{spaceRows, byte(generation >> 24), byte(generation >> 16), byte(generation >> 8), byte(generation)}
}
