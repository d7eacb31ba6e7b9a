package files

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/millrace-dev/millrace/connectors/internal/columns"
	"github.com/millrace-dev/millrace/sdk"
)

// config is what a connection says. Its shortest form is a path: every folder in it is a table.
type config struct {
	Path    string        `cfg:"path" doc:"Folder of the tables."`
	Details *details      `cfg:"details" doc:"An older place for path."`
	Tables  []tableItem   `cfg:"tables" doc:"The tables; without it, every folder and every data file in path is one."`
	Poll    time.Duration `cfg:"poll" default:"1s" min:"10ms" doc:"How often to look for new files."`
}

type details struct {
	Path string `cfg:"path,required" doc:"Folder of the tables."`
}

// tableItem is a table, or a table below the key Table, which a tag `!Table` makes.
type tableItem struct {
	tableConfig
	Table *tableConfig `cfg:"Table" doc:"The table, when it is written with a tag."`
}

func (t *tableItem) is() *tableConfig {
	if t.Table != nil {
		return t.Table
	}
	return &t.tableConfig
}

// Check leaves a table with a tag to its own check.
func (t *tableItem) Check() error {
	if t.Table != nil {
		return nil
	}
	return t.tableConfig.Check()
}

// tableConfig is a table, in one of two forms: `{name, path, format, ...}` or `{name, config:
// !Parquet {path, extension}}`.
type tableConfig struct {
	Name   string `cfg:"name" doc:"Name of the table."`
	Format string `cfg:"format,alias=file_type" oneof:"parquet|csv" doc:"Format of the files; without it, their names tell."`
	fileSet
	csvOptions
	Config *choice `cfg:"config" doc:"The same by format."`
}

// choice is the format with its parameters.
type choice struct {
	sdk.OneOf
	Parquet *parquetConfig `cfg:"Parquet"`
	CSV     *csvConfig     `cfg:"CSV,alias=Csv"`
}

type parquetConfig struct{ fileSet }

type csvConfig struct {
	fileSet
	csvOptions
}

// fileSet says which files belong to a table.
type fileSet struct {
	Path            string `cfg:"path,alias=prefix" doc:"Folder of the table's files, or one file; without it, the table's name."`
	Extension       string `cfg:"extension" doc:"What the names of the files end with; without it, that of the format."`
	MarkerExtension string `cfg:"marker_extension" doc:"A file is read only once a file of the same name with this extension stands beside it."`
}

// csvOptions say how CSV is written.
type csvOptions struct {
	Delimiter string           `cfg:"delimiter" default:"," doc:"What stands between cells."`
	Header    bool             `cfg:"header" default:"true" doc:"Whether the first line has the names of the columns."`
	Null      string           `cfg:"null" doc:"What stands for a missing value; an empty cell if not said."`
	Columns   []columns.Column `cfg:"columns" doc:"Types of columns; those not named here are inferred from the values."`
}

// Check reports what cannot be known from a single parameter.
func (o *csvOptions) Check() error {
	comma, size := utf8.DecodeRuneInString(o.Delimiter)
	switch {
	case size != len(o.Delimiter) || strings.ContainsRune("\"\r\n\ufffd", comma):
		return &sdk.ConfigError{Path: "delimiter", Msg: fmt.Sprintf("%q is not one character that can separate cells", o.Delimiter), Fix: `write "," or "\t" or ";"`}
	case !o.Header && len(o.Columns) == 0:
		return &sdk.ConfigError{Path: "columns", Msg: "without a header the columns have no names", Fix: "declare them: columns: [{name: id, type: int}]"}
	}
	_, err := columns.Schema(o.Columns, nil)
	return err
}

// Check reports parameters that exclude each other, and CSV options that make no sense.
func (t *tableConfig) Check() error {
	switch {
	case t.Name == "":
		return &sdk.ConfigError{Path: "name", Msg: "missing: it is required"}
	case t.Config != nil && (t.Path != "" || t.Format != ""):
		return &sdk.ConfigError{Path: "config", Msg: "path and format stand beside config as well as in it", Fix: "keep one of the two"}
	}
	return t.csvOptions.Check()
}

// Check reports a missing or ambiguous path, and names that are there twice.
func (c *config) Check() error {
	if c.Details != nil && c.Path != "" && c.Path != c.Details.Path {
		return &sdk.ConfigError{Path: "path", Msg: "path and details.path differ", Fix: "keep one of the two"}
	}
	if c.root() == "" {
		return &sdk.ConfigError{Path: "path", Msg: "missing: it is required"}
	}
	seen := map[string]bool{}
	for i := range c.Tables {
		name := c.Tables[i].is().Name
		if seen[name] {
			return &sdk.ConfigError{Path: fmt.Sprintf("tables[%d].name", i), Msg: fmt.Sprintf("table %q is there twice", name)}
		}
		seen[name] = true
	}
	return nil
}

func (c *config) root() string {
	if c.Details != nil {
		return c.Details.Path
	}
	return c.Path
}

// table makes a table of what the configuration says of it.
func (t *tableConfig) table(root string) *table {
	set, csv, format := t.fileSet, t.csvOptions, t.Format
	if t.Config != nil && t.Config.Parquet != nil {
		set, format = t.Config.Parquet.fileSet, "parquet"
	}
	if t.Config != nil && t.Config.CSV != nil {
		set, csv, format = t.Config.CSV.fileSet, t.Config.CSV.csvOptions, "csv"
	}
	out := &table{name: t.Name, path: filepath.Join(root, filepath.FromSlash(set.Path)), marker: dotted(set.MarkerExtension)}
	if set.Path == "" {
		out.path = filepath.Join(root, t.Name)
	} else if filepath.IsAbs(set.Path) {
		out.path = set.Path
	}
	if format == "" {
		format = out.guessFormat(set.Extension)
	}
	out.format = parquetFormat{}
	if format == "csv" {
		out.format = newCSV(csv)
	}
	out.extension = dotted(set.Extension)
	if out.extension == "" {
		out.extension = out.format.extension()
	}
	return out
}

func dotted(extension string) string {
	if extension == "" || extension[0] == '.' {
		return extension
	}
	return "." + extension
}
