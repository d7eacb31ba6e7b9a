package script_test

import (
	"testing"

	"github.com/millrace-dev/millrace/operators/script"
)

func TestScripts(t *testing.T) { script.Run(t, "testdata/*.delta") }
