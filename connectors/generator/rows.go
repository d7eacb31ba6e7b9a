package generator

import (
	"fmt"
	"slices"

	"github.com/millrace-dev/millrace/connectors/internal/columns"
	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// tableConfig is a table of kind tables.
type tableConfig struct {
	Name    string         `cfg:"name,required" min:"1" doc:"Name of the table."`
	Rows    int64          `cfg:"rows" default:"0" min:"0" max:"9007199254740992" doc:"How many rows are inserted; 0 is no end."`
	Columns []columnConfig `cfg:"columns,required" min:"1" doc:"Its columns, each with one rule: sequence, range, choice or pattern."`
	Key     []string       `cfg:"primary_key" doc:"The columns that tell its rows apart; one of them has to be a sequence, or a pattern with {n}."`
	Updates float64        `cfg:"updates" default:"0" min:"0" max:"1" doc:"Share of the rows that are changed once: all but the key and the sequences is made anew."`
	Deletes float64        `cfg:"deletes" default:"0" min:"0" max:"1" doc:"Share of the rows that are deleted in the end."`
	After   int64          `cfg:"after" default:"1000" min:"1" max:"9007199254740992" doc:"After how many further rows a row is changed; it is deleted after as many again."`
}

// Check reports a key that does not tell rows apart.
func (t *tableConfig) Check() error {
	s, err := t.schema()
	if err != nil {
		return err
	}
	for i := range t.Columns {
		if most := t.Columns[i].most(); t.Rows > most {
			return &sdk.ConfigError{
				Path: fmt.Sprintf("columns[%d].type", i), Msg: fmt.Sprintf("the sequence passes the end of %s after %d rows", t.Columns[i].Type, most),
				Fix: "write type: bigint",
			}
		}
	}
	if s.Key == nil {
		return nil
	}
	for _, k := range s.Key {
		if t.Columns[k].unique() {
			return nil
		}
	}
	return &sdk.ConfigError{
		Path: "primary_key", Msg: "different rows may have the same key",
		Fix: "make one of its columns a sequence with a step, or a pattern with {n}",
	}
}

// schema returns the columns and the key.
func (t *tableConfig) schema() (batch.Schema, error) {
	var declared []columns.Column
	for _, c := range t.Columns {
		declared = append(declared, columns.Column{Name: c.Name, Type: c.Type, Nullable: c.Nulls > 0})
	}
	s, err := columns.Schema(declared, t.Key)
	if err != nil {
		return s, err
	}
	for _, k := range s.Key {
		if t.Columns[k].Nulls > 0 {
			return s, &sdk.ConfigError{Path: fmt.Sprintf("columns[%d].nulls", k), Msg: fmt.Sprintf("column %q is in the key, which has no nulls", t.Columns[k].Name)}
		}
	}
	return s, nil
}

// version is a row before (0) or after (1) its change, and how often it is added or taken back.
type version struct {
	row     int64
	changed int64
	weight  batch.Weight
}

// rows makes the rows of a table. Step n inserts row n; it changes row n-after, and deletes row n-2*after, if those are
// among the ones that are.
type rows struct {
	*tableConfig
	schema   batch.Schema
	rules    []rule
	updating salt
	deleting salt
}

func newRows(t *tableConfig, seed uint64) (*rows, error) {
	s, err := t.schema()
	if err != nil {
		return nil, fmt.Errorf("table %q: %w", t.Name, err)
	}
	r := &rows{tableConfig: t, schema: s, updating: salted(seed, t.Name+" updates"), deleting: salted(seed, t.Name+" deletes")}
	for i := range t.Columns {
		made, err := t.Columns[i].rule(salted(seed, t.Name+"."+t.Columns[i].Name))
		if err != nil {
			return nil, fmt.Errorf("table %q: column %q: %w", t.Name, t.Columns[i].Name, err)
		}
		if slices.Contains(s.Key, i) {
			made = unchanged(made)
		}
		r.rules = append(r.rules, made)
	}
	return r, nil
}

func (r *rows) stream() *stream {
	return &stream{name: r.Name, steps: r.Rows, whole: r.Updates+r.Deletes > 0, tables: []table{{
		Table: sdk.Table{Name: r.Name, Schema: r.schema, Rows: r.Rows, Replayable: true},
		add:   r.add,
	}}}
}

// add appends the changes of steps from..to-1.
func (r *rows) add(b *batch.Builder, what *wanted, from, to int64) {
	var versions []version
	for step := from; step < to; step++ {
		versions = append(versions, version{row: step, weight: 1})
		if row := step - r.After; row >= 0 && r.updated(row) {
			versions = append(versions, version{row: row, weight: -1}, version{row: row, changed: 1, weight: 1})
		}
		if row := step - 2*r.After; row >= 0 && r.deleted(row) {
			last := version{row: row, weight: -1}
			if r.updated(row) {
				last.changed = 1
			}
			versions = append(versions, last)
		}
	}
	versions = meeting(versions, what.where, func(c int, v *batch.Vector, rows []version) { r.rules[c](v, rows) })
	for i, c := range what.columns {
		r.rules[c](b.Cols[i], versions)
	}
	for _, v := range versions {
		b.End(v.weight)
	}
}

func (r *rows) updated(row int64) bool { return drawn(r.updating, row, r.Updates) }

func (r *rows) deleted(row int64) bool { return drawn(r.deleting, row, r.Deletes) }

// drawn reports whether a row is among those that a share of all is.
func drawn(s salt, row int64, share float64) bool {
	if share == 0 {
		return false
	}
	r := s.at(row)
	return r.share() < share
}
