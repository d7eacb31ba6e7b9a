package push

import (
	"errors"
	"fmt"
	"strings"

	"github.com/millrace-dev/millrace/connectors/internal/columns"
	"github.com/millrace-dev/millrace/sdk"
)

// config is what a connection says.
type config struct {
	Host    string        `cfg:"host" default:"127.0.0.1" doc:"Address to listen on; 0.0.0.0 listens to other machines, too."`
	Port    uint16        `cfg:"port" default:"8085" doc:"Port to listen on."`
	Tables  []tableConfig `cfg:"tables,required" min:"1" doc:"The tables."`
	MaxBody sdk.Bytes     `cfg:"max_body" default:"64MiB" min:"1KiB" doc:"How large the body of a request may be."`
}

// tableConfig is a table.
type tableConfig struct {
	Name    string           `cfg:"name,required" min:"1" doc:"Name of the table, and of the path that takes its rows."`
	Columns []columns.Column `cfg:"columns" doc:"Its columns; without them, those of the same table in another connection."`
	Key     []string         `cfg:"primary_key" doc:"The columns that tell its rows apart."`
}

// Check reports a key without columns to be in.
func (t *tableConfig) Check() error {
	switch {
	case strings.Contains(t.Name, "/"):
		return &sdk.ConfigError{Path: "name", Msg: fmt.Sprintf("%q cannot be a path: it has a slash", t.Name)}
	case t.Columns == nil && t.Key != nil:
		return &sdk.ConfigError{Path: "primary_key", Msg: "a key of no columns", Fix: "declare columns, too, or give the key at sources[].primary_key"}
	}
	_, err := columns.Schema(t.Columns, t.Key)
	return err
}

// Check reports tables of the same name.
func (c *config) Check() error {
	var errs []error
	seen := map[string]bool{}
	for i, t := range c.Tables {
		if seen[t.Name] {
			errs = append(errs, &sdk.ConfigError{Path: fmt.Sprintf("tables[%d].name", i), Msg: fmt.Sprintf("table %q is there twice", t.Name)})
		}
		seen[t.Name] = true
	}
	return errors.Join(errs...)
}
