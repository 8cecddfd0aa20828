// Harrier is a SOAR platform in one binary.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // sources and schedules name time zones, and a bare machine knows none

	"github.com/harrier-soar/harrier/internal/airlock"
	"github.com/harrier-soar/harrier/internal/app"
	"github.com/harrier-soar/harrier/internal/cli"
	"github.com/harrier-soar/harrier/internal/daemon"
	"github.com/harrier-soar/harrier/internal/demo"
	"github.com/harrier-soar/harrier/internal/failpoint"
)

func main() {
	if args := os.Args[1:]; airlock.Asked(args) {
		os.Exit(airlock.Main(context.Background(), args, app.HelperWork()))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	points, err := failpoint.FromEnvironment(os.Getenv(failpoint.Variable))
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(2)
	}
	self, err := os.Executable()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error: find this program, to start it again for hostile mails:", err)
		os.Exit(1)
	}
	version := cli.BuildVersion()
	d := daemon.Daemon{Version: version, Points: points, Helper: self}
	written := profiled()
	code := cli.Main(ctx, cli.Config{
		Streams: cli.OSStreams(), Env: os.LookupEnv, Version: version, Now: time.Now,
		Serve: d.Serve, Local: d.Local, Demo: demo.Demo{Daemon: d}.Play,
	}, os.Args[1:])
	written()
	os.Exit(code)
}
