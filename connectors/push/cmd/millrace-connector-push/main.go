// Command millrace-connector-push is the connector push as a program.
package main

import (
	"github.com/millrace-dev/millrace/connectors/push"
	"github.com/millrace-dev/millrace/sdk/serve"
)

func main() { serve.Connector(push.Connector) }
