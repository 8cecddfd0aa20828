package app

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/listen"
	"github.com/harrier-soar/harrier/internal/watch"
)

// openListeners makes what listens for syslog. It begins with [App.Run].
func (a *App) openListeners() {
	losses := &losses{app: a, untold: make(map[harrier.SourceID]int64), told: make(map[harrier.SourceID]time.Time)}
	a.listen = listen.New(listen.Config{Sources: a.store, Intake: a.pipeline, Log: a.opt.Log, Now: a.opt.Now, Dir: a.opt.Dir, Lost: losses.add})
}

// lossesEvery is how often losses of one source are told by an alert.
const lossesEvery = 10 * time.Minute

// losses tells by alerts what was lost, not more often than people can read.
type losses struct {
	app *App

	mu     sync.Mutex // guards what follows
	untold map[harrier.SourceID]int64
	told   map[harrier.SourceID]time.Time
}

// add counts messages that were lost, and tells of them where that is due. What
// cannot be told now is told with the next.
func (l *losses) add(ctx context.Context, src harrier.Source, n int64, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.app.opt.Now().UTC()
	l.untold[src.ID] += n
	if last, ok := l.told[src.ID]; ok && now.Sub(last) < lossesEvery {
		return
	}
	body, err := json.Marshal(map[string]any{
		"id":       "lossy/" + src.ID.String() + "/" + now.Format(time.RFC3339Nano),
		"title":    fmt.Sprintf("Messages of %s were lost", src.Name),
		"details":  fmt.Sprintf("%d messages were lost: %s. Prefer tls or tcp, which wait, and see harrier source test %s.", l.untold[src.ID], why, src.Name),
		"category": "feed_health", "severity": "medium", "created_at": now, "rule_id": "feed-lossy", "rule_name": "Feed is lossy",
	})
	if err == nil {
		err = l.app.store.Write(ctx, func(tx harrier.Tx) error { return alarms{l.app}.Tell(ctx, tx, src.Tenant, body) })
	}
	if err != nil {
		l.app.opt.Log.LogAttrs(ctx, slog.LevelError, "losses of syslog cannot be told by an alert", slog.Any("source_id", src.ID), slog.Any("err", err))
		return
	}
	delete(l.untold, src.ID)
	l.told[src.ID] = now
}

// listenerExpiries are the ends of the certificates that a source's listener has.
func (a *App) listenerExpiries(id harrier.SourceID) (list []watch.Expiry) {
	for _, l := range a.listen.Listeners() {
		if slices.Contains(l.Sources, id) && !l.CertificateEnds.IsZero() {
			list = append(list, watch.Expiry{What: "the certificate of its listener", At: l.CertificateEnds})
		}
	}
	return list
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
