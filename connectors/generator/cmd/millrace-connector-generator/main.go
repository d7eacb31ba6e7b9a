// Command millrace-connector-generator is the connector generator as a program.
package main

import (
	"github.com/millrace-dev/millrace/connectors/generator"
	"github.com/millrace-dev/millrace/sdk/serve"
)

func main() { serve.Connector(generator.Connector) }
