package udftest

import (
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/sdk/udftest/internal/lawless"
)

// Each function breaks the laws that are listed for it, and only those.
func TestLawsFindWhatIsBroken(t *testing.T) {
	want := map[string][]string{
		"native_differs": {lawNative},
		"error_differs":  {lawNative},
		"sees_clock":     {lawNative, lawWorld},
		"sees_random":    {lawNative, lawWorld, lawHistory, lawCut},
		"counts_calls":   {lawWorld, lawHistory, lawCut},
		"counts_rows":    {lawCut},
		"float_sum":      {lawOrder, lawTakeBack},
		"last":           {lawOrder, lawTakeBack},
		"never_forgets":  {lawTakeBack},
	}
	for _, s := range load(t, "internal/lawless/guest", lawless.Module.Functions()) {
		t.Run(s.native.Name, func(t *testing.T) {
			found := s.check()
			for _, law := range []string{lawRuns, lawNative, lawWorld, lawHistory, lawCut, lawNull, lawFuel, lawOrder, lawTakeBack} {
				broken, expected := "", false
				for _, violation := range found {
					if strings.HasPrefix(violation, law+": ") {
						broken = violation
					}
				}
				for _, w := range want[s.native.Name] {
					expected = expected || w == law
				}
				// With little fuel a function that cannot be trusted may do anything.
				if law != lawFuel && expected != (broken != "") || law == lawFuel && want[s.native.Name] == nil && broken != "" {
					t.Errorf("%s: broken is %q, expected %v", law, broken, expected)
				}
			}
		})
	}
}
