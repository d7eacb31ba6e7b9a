package plugins

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Kind says what is wrong with a plugin.
type Kind uint8

// The kinds, each with a fix of its own.
const (
	Missing        Kind = iota + 1 // there is no such file
	NotExecutable                  // the file may not be run
	WrongArch                      // the file is not a program for this machine
	BadChecksum                    // the file is not the one of the lock file
	CrashedAtStart                 // it ended before the handshake
	StdoutBefore                   // it printed something before the handshake
	NotPlugin                      // it is a program, but not a plugin of ours
	BadProtocol                    // it speaks other versions of the protocol
	SlowStart                      // it did not come to the handshake in time
	Died                           // it ended in the middle
	Hangs                          // it does not answer, or does not stop
	Broken                         // it breaks the protocol
)

var kindNames = map[Kind]string{
	Missing: "missing", NotExecutable: "not executable", WrongArch: "wrong architecture", BadChecksum: "wrong checksum",
	CrashedAtStart: "crashed at start", StdoutBefore: "printed before the handshake", NotPlugin: "not a plugin",
	BadProtocol: "protocol mismatch", SlowStart: "slow start", Died: "died", Hangs: "hangs", Broken: "breaks the protocol",
}

// String returns the kind in words.
func (k Kind) String() string { return kindNames[k] }

// Error is a plugin that could not be started or that stopped working. The same source, opened again
// in a new process, may work: Retry says whether that makes sense.
type Error struct {
	Kind   Kind
	Plugin string   // path of the program
	Detail string   // what happened
	Fix    string   // what to do about it
	Exit   string   // how the process ended, if it has: "exit code 2"
	Code   int      // its exit code; -1 if it was killed or runs on
	Stderr []string // the last lines it wrote
}

// Error returns the plugin, what happened, its last words and the fix.
func (e *Error) Error() string {
	var s strings.Builder
	fmt.Fprintf(&s, "plugin %q: %s", filepath.Base(e.Plugin), e.Detail)
	if e.Exit != "" {
		s.WriteString(" (" + e.Exit + ")")
	}
	switch n := len(e.Stderr); {
	case n == 0:
	case isPanic(e.Stderr[0]):
		s.WriteString("; " + e.Stderr[0])
	default:
		s.WriteString("; it last wrote: " + strings.Join(e.Stderr[max(0, n-5):], " | "))
	}
	if e.Fix != "" {
		s.WriteString("; " + e.Fix)
	}
	return s.String()
}

// Retry reports whether starting the plugin again may help without anyone's doing.
func (e *Error) Retry() bool {
	switch e.Kind {
	case Died, Hangs, SlowStart, CrashedAtStart, Broken:
		return true
	}
	return false
}
