// Command millrace-connector-files is the connector files as a program.
package main

import (
	"github.com/millrace-dev/millrace/connectors/files"
	"github.com/millrace-dev/millrace/sdk/serve"
)

func main() { serve.Connector(files.Connector) }
