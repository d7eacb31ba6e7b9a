// Package files is a connector that reads tables from folders of Parquet and CSV files: in parallel,
// only the columns that are wanted, and each new file once it is whole.
package files

import (
	"github.com/millrace-dev/millrace/sdk"
)

// Connector reads folders of files.
var Connector = sdk.Connector{
	Name:   "files",
	Doc:    "Reads tables from folders of Parquet and CSV files, and new files as they come.",
	Source: sdk.OpenSource(open),
}
