//go:build ignore

// Gen runs protoc with the generators pinned in go.mod.
package main

import (
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	args := []string{"-I.", "--go_out=.", "--go_opt=paths=source_relative", "--go-grpc_out=.", "--go-grpc_opt=paths=source_relative"}
	for _, name := range []string{"protoc-gen-go", "protoc-gen-go-grpc"} {
		path, err := exec.Command("go", "tool", "-n", name).Output()
		if err != nil {
			log.Fatalf("%s: %v", name, err)
		}
		args = append(args, "--plugin="+name+"="+strings.TrimSpace(string(path)))
	}
	files, err := filepath.Glob("*.proto")
	if err != nil {
		log.Fatal(err)
	}
	cmd := exec.Command("protoc", append(args, files...)...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		log.Fatalf("protoc: %v", err)
	}
}
