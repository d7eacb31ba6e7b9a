// Package push is a connector that takes rows by HTTP: POST and PUT put rows in, DELETE takes rows
// out. It answers when no crash can lose them any more or, if asked, when every view shows them.
package push

import (
	"github.com/millrace-dev/millrace/sdk"
)

// Connector listens for rows.
var Connector = sdk.Connector{
	Name:   "push",
	Doc:    "Takes rows by HTTP: POST and PUT put rows in, DELETE takes rows out.",
	Source: sdk.OpenSource(open),
}
