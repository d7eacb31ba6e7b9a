// Cmd is the connector letters as a program.
package main

import (
	"github.com/millrace-dev/millrace/sdk/sdktest/internal/letters"
	"github.com/millrace-dev/millrace/sdk/serve"
)

func main() { serve.Connector(letters.Connector) }
