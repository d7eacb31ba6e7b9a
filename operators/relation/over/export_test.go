package over

import "testing"

// SetFew makes partitions be entered in the middle that are small.
func SetFew(t *testing.T, n int) {
	before := few
	few = n
	t.Cleanup(func() { few = before })
}
