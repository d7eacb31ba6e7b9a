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

const socketPrefix = "millrace-plugin-"

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
	return os.MkdirTemp(in, fmt.Sprintf("%s%d-*", socketPrefix, os.Getpid()))
}
