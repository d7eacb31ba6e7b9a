package files

import (
	"testing"

	"github.com/millrace-dev/millrace/sdk"
)

func TestCover(t *testing.T) {
	ranges := map[string]sdk.Range{"a": {Min: 1, Max: 5}, "b": {Min: 1, Max: 2}}
	cover(ranges, map[string]sdk.Range{"a": {Min: -3, Max: 4}, "c": {Min: 7, Max: 8}})
	if len(ranges) != 1 || ranges["a"] != (sdk.Range{Min: -3, Max: 5}) {
		t.Errorf("%v", ranges)
	}
}
