package process

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Checksum returns the SHA-256 of a file in hex, as lock files have it.
func Checksum(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

const (
	socketPrefix = "millrace-"
	// maxSocketDir leaves room for what go-plugin appends: the shortest limit on the path of a socket is 104.
	maxSocketDir = 104 - len("/plugin-dir1234567890/plugin1234567890") - 1
)

// SocketDir makes a folder for the sockets of one plugin, which the caller removes. It first removes the
// folders of hosts that died.
func SocketDir(in string) (string, error) {
	if in == "" {
		in = os.TempDir()
	}
	if err := os.MkdirAll(in, 0o700); err != nil {
		return "", err
	}
	old, _ := filepath.Glob(filepath.Join(in, socketPrefix+"*"))
	for _, dir := range old {
		pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), socketPrefix), "-")
		if n, err := strconv.Atoi(pid); err == nil && n > 0 && !Alive(n) {
			_ = os.RemoveAll(dir)
		}
	}
	dir, err := os.MkdirTemp(in, fmt.Sprintf("%s%d-*", socketPrefix, os.Getpid()))
	if err == nil && len(dir) > maxSocketDir {
		_ = os.Remove(dir)
		return "", fmt.Errorf("%s is too long for a socket: set TMPDIR to a folder with a shorter path", dir)
	}
	return dir, err
}
