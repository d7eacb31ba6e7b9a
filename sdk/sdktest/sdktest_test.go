package sdktest_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/sdk/sdktest"
	"github.com/millrace-dev/millrace/sdk/sdktest/internal/letters"
)

func laws(config string) sdktest.Source {
	return sdktest.Source{Connector: letters.Connector, Config: config, Main: "./internal/letters/cmd"}
}

func TestLaws(t *testing.T) { laws("letters: abcdefghij").Run(t) }

// TestLawsFindBreaches runs the laws in a process of their own on sources that break one.
func TestLawsFindBreaches(t *testing.T) {
	if wrong := os.Getenv("TEST_WRONG"); wrong != "" {
		laws("letters: abcdefghij\nwrong: " + wrong).Run(t)
		return
	}
	for _, wrong := range []string{"lost", "twice"} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestLawsFindBreaches$")
		cmd.Env = append(os.Environ(), "TEST_WRONG="+wrong)
		out, err := cmd.CombinedOutput()
		for _, law := range []string{"in_process/resume", "over_the_wire/resume", "over_the_wire/kill_-9"} {
			if err == nil || !strings.Contains(string(out), "--- FAIL: TestLawsFindBreaches/"+law) {
				t.Errorf("%s: %s did not find it:\n%s", wrong, law, out)
			}
		}
	}
}
