// Package serve turns a connector into a program: a plugin when the host starts it, and otherwise a
// small tool that describes, checks and measures the connector.
package serve

import (
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/millrace-dev/millrace/plugins/rpc"
	"github.com/millrace-dev/millrace/sdk"
)

// Connector is all that the main of a connector does. It returns when there is nothing more to do, or
// exits the process.
func Connector(c sdk.Connector) {
	if c.Version == "" {
		c.Version = version()
	}
	if os.Getenv(rpc.CookieKey) == rpc.CookieValue {
		plugin(c)
		return
	}
	os.Exit(run(c, os.Args[1:], os.Stdout, os.Stderr))
}

// version returns that of the main module, as go build stamped it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

// plugin serves the host until it says so, dies, or asks by a signal.
func plugin(c sdk.Connector) {
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	leave := func(why string) {
		slog.Debug("the plugin ends", "why", why)
		if dir := os.Getenv("PLUGIN_UNIX_SOCKET_DIR"); dir != "" {
			_ = os.RemoveAll(dir)
		}
		os.Exit(0)
	}
	// The host holds the other end of the standard input; it ends with the host, however that ends.
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		leave("the host is gone")
	}()
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	go func() {
		<-terminated
		leave("SIGTERM")
	}()
	rpc.Serve(c)
}
