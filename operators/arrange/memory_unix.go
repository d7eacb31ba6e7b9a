//go:build unix

package arrange

import "syscall"

// mapMemory returns n zero bytes outside the Go heap.
func mapMemory(n int) ([]byte, error) {
	return syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
}

func unmapMemory(m []byte) {
	if err := syscall.Munmap(m); err != nil {
		panic("arrange: munmap: " + err.Error())
	}
}
