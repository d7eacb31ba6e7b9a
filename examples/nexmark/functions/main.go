// Command functions is the module with the function that q14 calls, built for WebAssembly:
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o functions.wasm ./functions
package main

import (
	"errors"
	"strings"

	"github.com/millrace-dev/millrace/sdk/udf"
)

var _ = udf.Module(udf.Scalar2("count_char", countChar))

// countChar returns how often a character is in a text.
func countChar(text, char string) (int64, error) {
	if char == "" {
		return 0, errors.New("count_char: no character")
	}
	return int64(strings.Count(text, char)), nil
}

func main() {} // a library: the host calls its functions
