// Package generator is a connector that makes its rows up: the auction site of the Nexmark benchmark, or tables
// of a schema that the configuration gives, with rows that are changed and deleted later on.
//
// Every row follows from the seed and its number alone. So a read goes on anywhere, splits are read side by side, and the
// same configuration gives the same rows on any machine.
package generator

import (
	"github.com/millrace-dev/millrace/sdk"
)

// Connector makes rows up.
var Connector = sdk.Connector{
	Name:   "generator",
	Doc:    "Makes rows up: the events of the Nexmark benchmark, or tables of any schema.",
	Source: sdk.OpenSource(open),
}
