package app

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/door"
	"github.com/harrier-soar/harrier/internal/listen"
)

// messages commits what comes by syslog.
type messages struct{ *App }

var _ listen.Intake = messages{}

// Accept implements [listen.Intake].
func (m messages) Accept(ctx context.Context, src harrier.Source, events []harrier.RawEvent) error {
	for i := range events {
		events[i].Tenant, events[i].Source, events[i].State = src.Tenant, src.ID, harrier.EventPending
	}
	return m.store.Write(ctx, func(tx harrier.Tx) error {
		_, err := arrivals(m).take(ctx, tx, door.Batch{Events: events})
		return err
	})
}

// openListeners makes what listens for syslog. It begins with [App.Run].
func (a *App) openListeners() {
	a.listen = listen.New(listen.Config{Sources: a.store, Intake: messages{a}, Log: a.opt.Log, Now: a.opt.Now, Dir: a.opt.Dir})
}

// checkSyslog says what is wrong with the settings of a source of syslog, and
// what is weak about them.
func checkSyslog(text json.RawMessage) (warning string, err error) {
	s, err := listen.ParseSettings(text)
	return s.Warning(), err
}

// runListeners listens until ctx ends and what arrived is stored.
func (a *App) runListeners(ctx context.Context) {
	if err := a.listen.Run(ctx); err != nil {
		a.opt.Log.LogAttrs(ctx, slog.LevelError, "syslog is not listened for any more", slog.Any("err", err))
	}
}

// syslogChecks examines how messages of a source arrive, in this process.
func (a *App) syslogChecks(src api.Source) []api.Check {
	settings := api.Check{Name: "settings", Status: api.CheckOK, Detail: string(src.Settings)}
	warning, err := checkSyslog(src.Settings)
	if err != nil {
		return []api.Check{{Name: "settings", Status: api.CheckFail, Detail: err.Error(), Fix: "make the source again"}}
	}
	if warning != "" {
		settings.Status, settings.Detail, settings.Fix = api.CheckWarn, warning, "make the source again with another transport"
	}
	return append([]api.Check{settings, a.listening(src)}, a.arrived(src)...)
}

// listening tells whether the source's address is listened at.
func (a *App) listening(src api.Source) api.Check {
	for _, l := range a.listen.Listeners() {
		if !slices.Contains(l.Sources, src.ID) {
			continue
		}
		if l.Problem != "" {
			return api.Check{Name: "listener", Status: api.CheckFail, Detail: l.Problem, Fix: "free the address, or correct the source"}
		}
		return api.Check{Name: "listener", Status: api.CheckOK, Detail: fmt.Sprintf("%s %s; %d senders were refused", l.Transport, l.Address, l.Refused)}
	}
	return api.Check{Name: "listener", Status: api.CheckWarn, Detail: "nothing listens for it", Fix: "start the server (harrier serve), and see its log"}
}

// arrived tells what was lost, cut or broken of a source's messages.
func (a *App) arrived(src api.Source) []api.Check {
	for _, s := range a.listen.Stats() {
		if s.Source != src.ID {
			continue
		}
		c := api.Check{Name: "messages", Status: api.CheckOK, Detail: fmt.Sprintf("%d read, %d stored, %d dropped, %d lost, %d cut, %d incomplete since the server began; %d connections are open",
			s.Received, s.Accepted, s.Dropped, s.Lost, s.Cut, s.Incomplete, s.Connections)}
		if s.Dropped+s.Lost+s.Cut+s.Incomplete+s.Broken > 0 {
			c.Status, c.Fix = api.CheckWarn, "use tls or tcp where udp drops; raise max_message where messages are cut; see the server's log for the rest"
		}
		return []api.Check{c}
	}
	return nil
}
