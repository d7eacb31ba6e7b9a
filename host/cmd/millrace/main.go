// Command millrace is the host: it reads a configuration, runs pipelines and serves their views.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/millrace-dev/millrace/host/app"
	"github.com/millrace-dev/millrace/host/cli"
)

// version is set by the linker.
var version = "dev"

func main() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	os.Exit(cli.Main(context.Background(), cli.Env{
		Args:    os.Args[1:],
		In:      os.Stdin,
		Out:     os.Stdout,
		Err:     os.Stderr,
		Signals: signals,
		Exit:    os.Exit,
	}, cli.Program{
		Version: version,
		Open:    app.Open,
		Clean:   app.Clean,
		Token:   app.Token,
	}))
}
