package main

import (
	"testing"

	"github.com/millrace-dev/millrace/sdk/sdktest"
)

func TestLaws(t *testing.T) {
	sdktest.Source{Connector: connector, Config: "every: 1ms"}.Run(t)
}
