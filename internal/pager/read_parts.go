package pager

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/internal/rota"
)

func (r reader) root(n *document.Node, s *Settings) {
	if n.Kind == document.Map && n.Get("harrier") == nil {
		r.Say(n, "missing-key", "the file does not say which format it has", "add harrier: 1")
	}
	r.Keys(n, "the file", document.Keyed{
		"harrier":  r.Format,
		"base_url": r.base(&s.Base),
		"people":   r.named(func(name string, n *document.Node) { s.People[name] = r.person(name, n) }),
		"rotas":    r.named(func(name string, n *document.Node) { s.Rotas[name] = r.rota(name, n) }),
		"channels": r.named(func(name string, n *document.Node) { s.Channels[name] = r.channel(name, n) }),
		"routes":   r.each(func(n *document.Node) { s.Routes = append(s.Routes, r.route(n)) }),
	})
}

func (r reader) person(name string, n *document.Node) rota.Person {
	p := rota.Person{Key: name, Name: name, Login: name, Reach: map[string]string{}}
	reach := func(kind string) func(*document.Node) {
		return func(n *document.Node) {
			var to string
			r.text(&to)(n)
			p.Reach[kind] = to
		}
	}
	r.Keys(n, "people."+name, document.Keyed{
		"name": r.text(&p.Name), "login": r.text(&p.Login), Mail: reach(Mail), Chat: reach(Chat), Page: reach(Page), "quiet": r.hours(&p.Quiet),
	})
	return p
}

func (r reader) hours(into *rota.Hours) func(*document.Node) {
	return func(n *document.Node) {
		r.Keys(n, "hours", document.Keyed{"days": r.texts(&into.Days), "from": r.text(&into.From), "until": r.text(&into.Until), "zone": r.text(&into.Zone)})
	}
}

func (r reader) rota(name string, n *document.Node) rota.Rota {
	out := rota.Rota{Name: name}
	r.Keys(n, "rotas."+name, document.Keyed{
		"title": r.text(&out.Title), "zone": r.text(&out.Zone),
		"layers": r.each(func(n *document.Node) {
			l := rota.Layer{Name: "layer " + strconv.Itoa(len(out.Layers)+1), HandOver: "09:00"}
			r.Keys(n, "a layer", document.Keyed{
				"name": r.text(&l.Name), "people": r.texts(&l.People), "start": r.text(&l.Start), "hand_over": r.text(&l.HandOver), "every": r.length(&l.Every),
				"hours": r.hours(&l.Hours),
			})
			out.Layers = append(out.Layers, l)
		}),
	})
	return out
}

func (r reader) channel(name string, n *document.Node) Channel {
	c := Channel{Name: name}
	r.Keys(n, "channels."+name, document.Keyed{"kind": r.choice(&c.Kind, Chat, Mail, Page), "connection": r.text(&c.Connection), "to": r.text(&c.To), "reads": r.text(&c.Reads)})
	if n.Kind == document.Map && n.Get("kind") == nil {
		r.Say(n, "missing-key", "channel "+name+" does not say what it is", "add kind: chat, mail or page")
	}
	return c
}

func (r reader) route(n *document.Node) Route {
	out := Route{Rounds: 1}
	var severities []string
	r.Keys(n, "a route", document.Keyed{
		"name": r.text(&out.Name), "kind": r.texts(&out.Kind), "owner": r.texts(&out.Owner), "hours": r.hours(&out.Hours), "urgent": r.truth(&out.Urgent),
		"digest": r.length(&out.Digest), "rounds": r.rounds(&out.Rounds),
		"severity": r.each(func(n *document.Node) {
			var one string
			r.choice(&one, "critical", "high", "medium", "low", "info")(n)
			severities = append(severities, one)
		}),
		"levels": r.each(func(n *document.Node) {
			var l Level
			r.Keys(n, "a level", document.Keyed{"tell": r.texts(&l.Tell), "via": r.texts(&l.Via), "wait": r.length(&l.Wait)})
			out.Levels = append(out.Levels, l)
		}),
	})
	out.Severity = severities
	if out.Name == "" {
		r.Say(n, "missing-key", "a route has a name", "add name:")
	}
	return out
}

func (r reader) rounds(into *int) func(*document.Node) {
	return func(n *document.Node) {
		v, err := strconv.Atoi(n.Text)
		if n.Kind != document.Int || err != nil || v < 1 || v > 100 {
			r.Say(n, "wrong-value", fmt.Sprintf("%q does not fit here", n.Text), "write a whole number from 1 to 100")
			return
		}
		*into = v
	}
}

// base reads how browsers reach Harrier: with TLS, or on this machine.
func (r reader) base(into *string) func(*document.Node) {
	return func(n *document.Node) {
		u, err := url.Parse(n.Text)
		if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "127.0.0.1" && u.Hostname() != "localhost") {
			r.Say(n, "wrong-value", fmt.Sprintf("%q is no address at which browsers reach Harrier", n.Text), "write https:// and the name of the host, such as https://harrier.corp.example")
			return
		}
		*into = strings.TrimSuffix(n.Text, "/")
	}
}
