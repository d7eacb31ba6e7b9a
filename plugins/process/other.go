//go:build unix && !linux

package process

import "syscall"

// attributes put the program into a group of its own, so that all of it can be killed. When the host
// dies, it ends because its standard input does.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func usageNow(int) Usage { return Usage{} }
