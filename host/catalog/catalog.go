// Package catalog knows the tables of an app: what a configuration's sources, endpoints and connections
// together say about their columns, keys and sizes, and which connections feed them.
package catalog

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/host/config"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// Table is a table that SQL and endpoints may name.
type Table struct {
	plan.Table
	// Feeders are the tables of connections whose rows it has.
	Feeders []Feeder
	// Conflict says what happens with rows whose key is taken.
	Conflict config.ConflictResolution
}

// Feeder is a connection's table that feeds a Table.
type Feeder struct {
	Connection string
	Table      sdk.Table
}

// Keyed reports whether rows of the table may come as keyed changes.
func (t *Table) Keyed() bool {
	return slices.ContainsFunc(t.Feeders, func(f Feeder) bool { return f.Table.Keyed })
}

// Catalog holds the tables of an app. It is a plan.Catalog.
type Catalog struct {
	tables map[string]*Table
	names  []string
}

// Table returns a table as the planner sees it.
func (c *Catalog) Table(name string) (*plan.Table, bool) {
	t, ok := c.tables[name]
	if !ok {
		return nil, false
	}
	return &t.Table, true
}

// Find returns a table, or nil.
func (c *Catalog) Find(name string) *Table { return c.tables[name] }

// Names returns the names of all tables, sorted.
func (c *Catalog) Names() []string { return c.names }

// New makes the catalog of a configuration. discovered has the tables of each connection, by its name. All
// mistakes are reported together.
func New(cfg *config.Config, discovered map[string][]sdk.Table) (*Catalog, error) {
	c := &Catalog{tables: map[string]*Table{}}
	var errs []error
	claimed := map[string]bool{} // connection/table pairs that a source names
	for i := range cfg.Sources {
		s := &cfg.Sources[i]
		f, err := find(cfg, s, discovered)
		if err == nil {
			claimed[s.Connection+"/"+s.TableName] = true
			err = c.feed(s.Name, *f, s)
		}
		if err != nil {
			errs = append(errs, placed(cfg, fmt.Sprintf("sources[%d]", i), err))
		}
	}
	for i := range cfg.Connections {
		name := cfg.Connections[i].Name
		for _, t := range discovered[name] {
			if claimed[name+"/"+t.Name] {
				continue
			}
			if err := c.feed(t.Name, Feeder{name, t}, nil); err != nil {
				errs = append(errs, placed(cfg, fmt.Sprintf("connections[%d]", i), err))
			}
		}
	}
	if len(errs) == 0 {
		errs = append(errs, c.serve(cfg), c.complete(cfg))
	}
	for name := range c.tables {
		c.names = append(c.names, name)
	}
	slices.Sort(c.names)
	return c, errors.Join(errs...)
}

func find(cfg *config.Config, s *config.Source, discovered map[string][]sdk.Table) (*Feeder, error) {
	tables, ok := discovered[s.Connection]
	if !ok {
		var names []string
		for i := range cfg.Connections {
			names = append(names, cfg.Connections[i].Name)
		}
		return nil, &mistake{"connection", fmt.Sprintf("source %q: unknown connection %q", s.Name, s.Connection), near.Fix(s.Connection, names)}
	}
	var names []string
	for _, t := range tables {
		if t.Name == s.TableName {
			return &Feeder{s.Connection, t}, nil
		}
		names = append(names, t.Name)
	}
	return nil, &mistake{
		"table_name", fmt.Sprintf("source %q: connection %q has no table %q", s.Name, s.Connection, s.TableName), near.Fix(s.TableName, names),
	}
}

// feed adds a feeder to the table of a name. s may be nil.
func (c *Catalog) feed(name string, f Feeder, s *config.Source) error {
	t := c.tables[name]
	if t == nil {
		t = &Table{Table: plan.Table{Name: name, Rows: -1}}
		c.tables[name] = t
	}
	schema, err := restrict(name, f.Table.Schema, s)
	if err != nil {
		return err
	}
	if s != nil && s.PrimaryKey != nil && len(schema.Fields) == 0 {
		schema.Key = nil // resolved when another feeder has said the columns
	}
	switch {
	case len(schema.Fields) == 0:
	case len(t.Schema.Fields) == 0:
		t.Schema = schema
	default:
		if err := agree(name, &t.Schema, &schema); err != nil {
			return err
		}
	}
	if f.Table.Rows >= 0 && len(f.Table.Schema.Fields) > 0 {
		t.Rows = max(t.Rows, 0) + f.Table.Rows
	}
	for name, r := range f.Table.Ranges {
		if i := t.Schema.Index(name); i >= 0 {
			t.Range(i, plan.Range{Min: r.Min, Max: r.Max})
		}
	}
	t.Feeders = append(t.Feeders, f)
	return nil
}

// restrict returns the schema of a feeder's table as a source wants it: its columns, its key.
func restrict(name string, schema batch.Schema, s *config.Source) (batch.Schema, error) {
	if s == nil || len(schema.Fields) == 0 {
		return schema, nil
	}
	out := schema
	if len(s.Columns) > 0 {
		out = batch.Schema{}
		for _, col := range s.Columns {
			i := schema.Index(col)
			if i < 0 {
				return out, unknownColumn("columns", name, col, &schema)
			}
			if slices.Contains(schema.Key, i) {
				out.Key = append(out.Key, len(out.Fields))
			}
			out.Fields = append(out.Fields, schema.Fields[i])
		}
		if len(out.Key) < len(schema.Key) {
			out.Key = nil
		}
	}
	if len(s.PrimaryKey) > 0 {
		key, err := keyOf("primary_key", name, &out, s.PrimaryKey)
		if err != nil {
			return out, err
		}
		out.Key = key
	}
	return out, nil
}

func keyOf(path, table string, schema *batch.Schema, columns []string) ([]int, error) {
	key := make([]int, 0, len(columns))
	for _, col := range columns {
		i := schema.Index(col)
		if i < 0 {
			return nil, unknownColumn(path, table, col, schema)
		}
		key = append(key, i)
	}
	return key, nil
}

func unknownColumn(path, table, col string, schema *batch.Schema) error {
	names := make([]string, len(schema.Fields))
	for i := range schema.Fields {
		names[i] = schema.Fields[i].Name
	}
	return &mistake{path, fmt.Sprintf("table %q: unknown column %q", table, col), near.Fix(col, names)}
}

// mistake is one of the user's, at a path below the entity in which it stands.
type mistake struct{ path, msg, fix string }

func (m *mistake) Error() string { return m.msg }

// placed gives an error about the entity at a path its place in the configuration.
func placed(cfg *config.Config, path string, err error) error {
	var m *mistake
	if !errors.As(err, &m) {
		return &config.Error{Pos: cfg.At(path), Msg: err.Error()}
	}
	return &config.Error{Pos: cfg.At(path + "." + m.path), Msg: err.Error(), Fix: m.fix}
}

// agree checks that two feeders of a table have the same columns, and takes over a key that only one knows.
func agree(name string, have, more *batch.Schema) error {
	if len(have.Fields) != len(more.Fields) {
		return fmt.Errorf("table %q: one of its connections has %d columns, another %d", name, len(have.Fields), len(more.Fields))
	}
	for i := range have.Fields {
		h, m := &have.Fields[i], &more.Fields[i]
		if h.Name != m.Name || h.Type != m.Type {
			return fmt.Errorf("table %q: column %d is %s %v in one of its connections and %s %v in another",
				name, i+1, h.Name, h.Type, m.Name, m.Type)
		}
		h.Nullable = h.Nullable || m.Nullable
	}
	switch {
	case have.Key == nil:
		have.Key = more.Key
	case more.Key != nil && !slices.Equal(have.Key, more.Key):
		return fmt.Errorf("table %q: its connections declare different primary keys", name)
	}
	return nil
}

// serve takes the keys of endpoints directly on tables as the tables' keys.
func (c *Catalog) serve(cfg *config.Config) error {
	var errs []error
	for i := range cfg.Endpoints {
		e := &cfg.Endpoints[i]
		t := c.tables[e.TableName]
		if t == nil {
			continue
		}
		t.Conflict = e.ConflictResolution
		if len(e.Index.PrimaryKey) == 0 || len(t.Schema.Fields) == 0 {
			continue
		}
		path := fmt.Sprintf("endpoints[%d]", i)
		key, err := keyOf("index.primary_key", t.Name, &t.Schema, e.Index.PrimaryKey)
		switch {
		case err != nil:
			errs = append(errs, placed(cfg, path, fmt.Errorf("endpoint %q: %w", e.Name, err)))
		case t.Schema.Key == nil:
			t.Schema.Key = key
		case !slices.Equal(t.Schema.Key, key):
			errs = append(errs, placed(cfg, path, &mistake{
				"index.primary_key", fmt.Sprintf("got mismatching primary key for endpoint %q: table %q has %s, the endpoint says %s",
					e.Name, t.Name, keyNames(&t.Schema), strings.Join(e.Index.PrimaryKey, ", ")), "a table has one key: write the same, or none here",
			}))
		}
	}
	return errors.Join(errs...)
}

func keyNames(s *batch.Schema) string {
	names := make([]string, len(s.Key))
	for i, k := range s.Key {
		names[i] = s.Fields[k].Name
	}
	return strings.Join(names, ", ")
}

// complete resolves keys that were declared where no columns were known, and refuses tables that nobody
// gave columns.
func (c *Catalog) complete(cfg *config.Config) error {
	var errs []error
	for i := range cfg.Sources {
		s := &cfg.Sources[i]
		t := c.tables[s.Name]
		if t == nil || len(s.PrimaryKey) == 0 || len(t.Schema.Fields) == 0 {
			continue
		}
		path := fmt.Sprintf("sources[%d]", i)
		key, err := keyOf("primary_key", t.Name, &t.Schema, s.PrimaryKey)
		switch {
		case err != nil:
			errs = append(errs, placed(cfg, path, err))
		case t.Schema.Key == nil:
			t.Schema.Key = key
		case !slices.Equal(t.Schema.Key, key):
			errs = append(errs, placed(cfg, path, &mistake{
				"primary_key", fmt.Sprintf("source %q: the primary key is %s elsewhere", s.Name, keyNames(&t.Schema)), "a table has one key: write the same, or none here",
			}))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.tables)) {
		t := c.tables[name]
		if len(t.Schema.Fields) > 0 {
			continue
		}
		of := t.Feeders[0].Connection
		at := slices.IndexFunc(cfg.Connections, func(c config.Connection) bool { return c.Name == of })
		errs = append(errs, &config.Error{
			Pos: cfg.At(fmt.Sprintf("connections[%d]", at)), Msg: fmt.Sprintf("table %q of connection %q has no columns", name, of),
			Fix: "declare them there, or name a connection that has them as a source of the same name",
		})
	}
	return errors.Join(errs...)
}
