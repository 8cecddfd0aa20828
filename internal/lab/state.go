package lab

import (
	"encoding/json"
	"slices"
	"time"
)

// Mail is one copy of a mail, for assertions.
type Mail struct {
	Mailbox string `json:"mailbox"`
	// ID is the id that never changes.
	ID        string    `json:"id"`
	MessageID string    `json:"message_id"`
	Subject   string    `json:"subject"`
	From      string    `json:"from"`
	Received  time.Time `json:"received"`
	// Folder is the well-known name of the folder that it is in.
	Folder string `json:"folder"`
	Read   bool   `json:"read"`
}

// Message is a message in a chat channel, for assertions.
type Message struct {
	TS       string          `json:"ts"`
	Text     string          `json:"text"`
	Thread   string          `json:"thread,omitempty"`
	Metadata json.RawMessage `json:"metadata,omitempty"`
}

// State is what the vendors hold now, as GET /lab/state shows it.
type State struct {
	Mailboxes []string `json:"mailboxes"`
	Mail      []Mail   `json:"mail"`
	// Blocked holds the addresses in force by alias, Configured those in the
	// firewall's configuration, which come back at its next reload.
	Blocked    map[string][]string `json:"blocked"`
	Configured map[string][]string `json:"configured"`
	// Sinkholed are the names that the firewall's resolver answers for.
	Sinkholed []string `json:"sinkholed"`
	// Channels holds the messages by the name of their channel.
	Channels map[string][]Message `json:"channels"`
	Accounts []Account            `json:"accounts"`
	// Gateway holds the senders and the links that the mail gateway blocks.
	Gateway []string `json:"gateway"`
}

// Mailboxes lists the addresses of everybody with a mailbox.
func (l *Lab) Mailboxes() []string {
	var out []string
	l.world.view(func(e *edit) { out = e.keys(usersTable) })
	return out
}

// Mail lists every copy of a mail in every mailbox by its Message-ID, or all
// mail where that is empty.
func (l *Lab) Mail(messageID string) []Mail {
	var out []Mail
	l.world.view(func(e *edit) {
		for _, mailbox := range e.keys(usersTable) {
			for _, m := range list[message](e, mailTable(mailbox)) {
				if messageID != "" && m.MessageID != messageID {
					continue
				}
				f, _ := findFolder(e, mailbox, m.Folder)
				out = append(out, Mail{
					Mailbox: mailbox, ID: m.Immutable, MessageID: m.MessageID, Subject: m.Subject, From: m.From.Address,
					Received: m.Received, Folder: f.Known, Read: m.Read,
				})
			}
		}
	})
	return out
}

// Blocked lists the addresses of a firewall alias that are in force.
func (l *Lab) Blocked(alias string) []string {
	var out []string
	l.world.view(func(e *edit) { out = e.keys(pfTable(alias)) })
	return out
}

// Configured lists the addresses of an alias in the firewall's configuration,
// which come into force again at its next reload.
func (l *Lab) Configured(name string) []string {
	var a alias
	l.world.view(func(e *edit) { a, _ = load[alias](e, aliasTable, name) })
	return a.Content
}

// Sinkholed lists the names that the firewall's resolver answers for.
func (l *Lab) Sinkholed() []string {
	var out []string
	l.world.view(func(e *edit) { out = e.keys(resolverTable) })
	return out
}

// Messages lists the messages of a channel, by its name or id, oldest first.
func (l *Lab) Messages(name string) []Message {
	var out []Message
	l.world.view(func(e *edit) {
		c, ok := findChannel(e, name, true)
		if !ok {
			return
		}
		for _, p := range list[post](e, postTable(c.ID)) {
			out = append(out, Message{TS: p.TS, Text: p.Text, Thread: p.Thread, Metadata: p.Metadata})
		}
	})
	return out
}

// State returns everything at once.
func (l *Lab) State() State {
	s := State{
		Mailboxes: l.Mailboxes(), Mail: l.Mail(""), Sinkholed: l.Sinkholed(), Gateway: l.Gateway(),
		Blocked: map[string][]string{}, Configured: map[string][]string{}, Channels: map[string][]Message{},
	}
	var aliases []string
	var channels []channel
	l.world.view(func(e *edit) {
		aliases, channels = e.keys(aliasTable), list[channel](e, channelTable)
	})
	for _, name := range aliases {
		s.Blocked[name], s.Configured[name] = l.Blocked(name), l.Configured(name)
	}
	for _, c := range channels {
		s.Channels[c.Name] = l.Messages(c.ID)
	}
	for _, address := range s.Mailboxes {
		account, _ := l.Account(address)
		s.Accounts = append(s.Accounts, account)
	}
	return s
}

// Account is somebody's account, for assertions.
type Account struct {
	User    string `json:"user"`
	Enabled bool   `json:"enabled"`
	// Sessions tells whether anybody is signed in.
	Sessions bool `json:"sessions"`
	// MustChange tells whether a new password is required at the next sign-in.
	MustChange bool     `json:"must_change"`
	Groups     []string `json:"groups,omitempty"`
	Methods    []Method `json:"methods,omitempty"`
	Grants     []Grant  `json:"grants,omitempty"`
	Rules      []Filter `json:"rules,omitempty"`
}

// Method is a way for an account to prove itself.
type Method struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"`
	Detail string `json:"detail,omitempty"`
}

// Grant lets an application act for an account.
type Grant struct {
	ID          string   `json:"id"`
	Application string   `json:"application"`
	Scopes      []string `json:"scopes"`
}

// Filter is a rule of a mailbox.
type Filter struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Enabled  bool     `json:"enabled"`
	Forwards []string `json:"forwards,omitempty"`
}

// Account returns the account with that address.
func (l *Lab) Account(address string) (Account, bool) {
	var out Account
	known := false
	l.world.view(func(e *edit) {
		var u user
		if u, known = findUser(e, address); !known {
			return
		}
		out = Account{User: u.Mail, Enabled: !u.Disabled, Sessions: u.Sessions, MustChange: u.MustChange}
		for _, g := range list[group](e, groupTable) {
			if slices.Contains(g.Members, u.ID) {
				out.Groups = append(out.Groups, g.Name)
			}
		}
		for _, m := range list[method](e, methodTable(u.ID)) {
			out.Methods = append(out.Methods, Method{ID: m.ID, Kind: m.Kind, Detail: m.Detail})
		}
		for _, g := range list[grant](e, grantTable) {
			if g.User == u.ID {
				app, _ := load[application](e, applicationTable, g.App)
				out.Grants = append(out.Grants, Grant{ID: g.ID, Application: app.Name, Scopes: g.Scopes})
			}
		}
		for _, f := range list[rule](e, ruleTable(u.Mail)) {
			out.Rules = append(out.Rules, Filter{ID: f.ID, Name: f.Name, Enabled: !f.Disabled, Forwards: slices.Concat(f.Forward, f.Redirect)})
		}
	})
	return out, known
}

// Gateway lists the senders and the links that the mail gateway blocks.
func (l *Lab) Gateway() []string {
	var out []string
	l.world.view(func(e *edit) {
		for _, p := range list[gatewayPolicy](e, gatewayPolicyTable) {
			if p.Enabled && p.Option == "block_sender" {
				out = append(out, p.FromValue)
			}
		}
		for _, u := range list[gatewayURL](e, gatewayURLTable) {
			if u.Action == "block" {
				out = append(out, u.URL)
			}
		}
	})
	return out
}
