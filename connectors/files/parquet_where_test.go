package files

import "testing"

// TestOutside checks every operator against all values of small ranges.
func TestOutside(t *testing.T) {
	holds := map[string]func(x, v int64) bool{
		"=":  func(x, v int64) bool { return x == v },
		"<":  func(x, v int64) bool { return x < v },
		"<=": func(x, v int64) bool { return x <= v },
		">":  func(x, v int64) bool { return x > v },
		">=": func(x, v int64) bool { return x >= v },
		"?":  func(int64, int64) bool { return true },
	}
	for op, hold := range holds {
		for low := int64(-3); low <= 3; low++ {
			for high := low; high <= 3; high++ {
				for v := int64(-4); v <= 4; v++ {
					some := false
					for x := low; x <= high; x++ {
						some = some || hold(x, v)
					}
					if got := outside(op, v, low, high); got == some {
						t.Errorf("x %s %d for x in %d..%d: outside is %v", op, v, low, high, got)
					}
				}
			}
		}
	}
}
