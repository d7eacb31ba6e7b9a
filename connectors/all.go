// Package connectors lists the connectors that come with Millrace. Each is a package of its own that
// anybody could have written, and a program that the host starts.
package connectors

import (
	"github.com/millrace-dev/millrace/connectors/files"
	"github.com/millrace-dev/millrace/connectors/generator"
	"github.com/millrace-dev/millrace/connectors/push"
	"github.com/millrace-dev/millrace/sdk"
)

// All returns the connectors, by name.
func All() []sdk.Connector {
	return []sdk.Connector{
		files.Connector,
		generator.Connector,
		push.Connector,
	}
}
