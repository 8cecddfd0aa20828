package imap

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/schema"
)

// revision changes with what the actions do, where their description stays.
const revision = "1"

// manifest describes the connector.
func manifest() *connector.Manifest {
	m := &connector.Manifest{
		Name: "imap", Title: "IMAP and SMTP mail", Category: "mail", Docs: "https://doc.dovecot.org/",
		Settings: settings(),
		Auth:     connector.Auth{Kind: connector.BasicAuth, Secrets: []string{"username", "password"}},
		Limits:   connector.Limits{Concurrent: 2 * atOnce},
		Check:    "check",
		Actions:  slices.Concat(reads(), moves(), blocks(), []schema.ActionSpec{sending()}),
	}
	description, err := json.Marshal(m)
	if err != nil {
		panic(err) // it is a literal
	}
	sum := sha256.Sum256(append(description, revision...))
	m.Hash = hex.EncodeToString(sum[:])
	for i := range m.Actions {
		a := &m.Actions[i]
		if a.Effect == harrier.Read {
			a.Repeat = harrier.Natural
		}
		a.Name, a.Connector, a.ManifestHash = m.Name+"."+a.Name, m.Name, m.Hash
	}
	return m
}

func settings() []schema.Field {
	text := schema.TypeOf(schema.String)
	oneOf := func(values ...string) schema.Type { return schema.Type{Kind: schema.String, Values: values} }
	return []schema.Field{
		{Name: "base_url", Type: schema.TypeOf(schema.URL), Required: true, Help: "The IMAP server: imaps://host (TLS at once) or imap://host (STARTTLS)."},
		{Name: "tls", Type: oneOf("starttls", "none"), Default: "starttls", Help: "What imap://, smtp:// and sieve:// do; none is for servers on this host or an allowed private address."},
		{Name: "mailboxes", Type: schema.ListOf(schema.TypeOf(schema.Email)), Required: true, Help: "All mailboxes, for IMAP cannot list them; the first one also tests the connection."},
		{Name: "master_separator", Type: text, Default: "*", Help: "What stands between mailbox and master user in the name to log in with; empty where the server takes both apart (SASL)."},
		{Name: "quarantine_folder", Type: text, Default: "Quarantine", Help: "Folder, in each mailbox, that quarantined mail goes to; it is made where it is not there, and nobody is subscribed to it."},
		{Name: "smtp_url", Type: schema.TypeOf(schema.URL), Help: "The server that takes mail: smtp://host:587 or smtps://host; its host:port must be among the allowed hosts."},
		{Name: "smtp_login", Type: schema.TypeOf(schema.Boolean), Default: true, Help: "Whether to log in to send, as send_from."},
		{Name: "send_from", Type: schema.TypeOf(schema.Email), Default: "soc@example.invalid", Help: "Address that mail.send sends from."},
		{Name: "sieve_url", Type: schema.TypeOf(schema.URL), Help: "The ManageSieve server: sieve://host:4190; its host:port must be among the allowed hosts."},
		{Name: "sieve_account", Type: text, Help: "Account whose scripts the server runs before those of everybody (sieve_before); sender blocks are scripts there."},
		{Name: "blocked_mail", Type: oneOf("quarantine", "discard"), Default: "quarantine", Help: "What becomes of mail of blocked senders: it goes to the quarantine folder unseen, or away."},
	}
}

// provides returns an action that offers a verb.
func provides(verb, name string) schema.ActionSpec {
	v, ok := schema.VerbNamed(verb)
	if !ok {
		panic("there is no verb " + verb)
	}
	return schema.ActionSpec{Name: name, Title: v.Title, Verb: verb, Effect: v.Effect, Input: slices.Clone(v.Input), Output: v.Output}
}

// copyInputs name a copy.
func copyInputs() []schema.Field {
	return []schema.Field{
		{Name: "mailbox", Type: schema.TypeOf(schema.String), Required: true, Help: "The mailbox that holds the copy."},
		{Name: "message_id", Type: schema.TypeOf(schema.String), Required: true, Help: "Id of the copy, as mail.search gave it."},
	}
}

const exampleID = "1795737600.7.1795736800.2345/INBOX/%3C1234@sender.example%3E"

func exampleMail() map[string]any {
	return map[string]any{
		"mailbox": "alice@corp.example", "id": exampleID, "internet_message_id": "<1234@sender.example>", "subject": "Your account",
		"from": "someone@sender.example", "received": "2026-11-02T09:00:00Z", "folder": "INBOX", "read": false,
	}
}

// perhaps is an output that may be missing.
func perhaps(name string, kind schema.Kind, help string) schema.Field {
	return schema.Field{Name: name, Type: schema.OptionalOf(schema.TypeOf(kind)), Help: help}
}

// flag is an output that says yes or no.
func flag(name, help string) schema.Field {
	return schema.Field{Name: name, Type: schema.TypeOf(schema.Boolean), Required: true, Help: help}
}

func reads() []schema.ActionSpec {
	among := schema.Field{Name: "mailboxes", Type: schema.ListOf(schema.TypeOf(schema.Email)), Help: "Look only in these mailboxes."}
	find := provides("mail.search", "search")
	find.Timeout = 5 * time.Minute
	find.Example = map[string]any{"messages": []any{exampleMail()}, "truncated": false}
	read := provides("mail.get", "get")
	read.Example = exampleMail()
	read.Example["to"] = []any{"alice@corp.example"}
	count := provides("mail.correspondence", "correspondence")
	count.Input = append(count.Input, among)
	count.Timeout = 5 * time.Minute
	count.Example = map[string]any{"sent": 12, "received": 9, "last_sent": "2026-11-02T09:00:00Z", "first_received": "2025-02-11T08:30:00Z", "truncated": false}
	return []schema.ActionSpec{
		{
			Name: "check", Title: "Test the connection", Effect: harrier.Read,
			Output: schema.ObjectOf(
				flag("reachable", "Whether the first mailbox could be opened."),
				flag("moves", "Whether the server can move mail, without which nothing is quarantined.")),
			Example: map[string]any{"reachable": true, "moves": true},
		},
		find, read, count, waiting(),
		{
			Name: "locate", Title: "Tell where a copy is now", Effect: harrier.Read, Input: copyInputs(),
			Output: schema.ObjectOf(
				flag("exists", "Whether the mailbox still has it."),
				flag("quarantined", "Whether it is in the quarantine folder."),
				perhaps("message_id", schema.String, "Id of the copy where it is now."),
				perhaps("quarantined_id", schema.String, "The same, where it is in the quarantine folder."),
				perhaps("folder", schema.String, "The folder that it is in."),
				perhaps("folder_before", schema.String, "The folder that the id given says."),
				perhaps("read", schema.Boolean, "Whether it was opened."),
				perhaps("read_before", schema.Boolean, "The same; moving does not change it.")),
			Example: map[string]any{"exists": true, "quarantined": false, "message_id": exampleID, "folder": "INBOX", "read": false},
		},
	}
}

// waiting is the action that returns when there is new mail.
func waiting() schema.ActionSpec {
	return schema.ActionSpec{
		Name: "wait", Title: "Wait for new mail in an inbox", Effect: harrier.Read, Waits: true, Timeout: maxWait + logInTime,
		Input: []schema.Field{
			{Name: "mailbox", Type: schema.TypeOf(schema.Email), Required: true, Help: "The mailbox whose inbox is watched."},
			{Name: "state", Type: schema.TypeOf(schema.String), Help: "What a call before gave as state; without it the call returns at once with what it is now."},
			{Name: "for", Type: schema.TypeOf(schema.Duration), Default: usualWait, Help: "How long to wait, 28m at most."},
		},
		Output: schema.ObjectOf(
			flag("offered", "Whether the server can tell of new mail by itself (IDLE); if not, the call did not wait."),
			flag("changed", "Whether mail may have come since the state that was given."),
			schema.Field{Name: "state", Type: schema.TypeOf(schema.String), Required: true, Help: "What is in the inbox now, for the next call."}),
		Example: map[string]any{"offered": true, "changed": true, "state": "1795737600/8"},
	}
}

func moves() []schema.ActionSpec {
	located := func(done string) *schema.Probe {
		return &schema.Probe{
			Link: schema.Link{Action: "locate", With: map[string]string{"mailbox": "input.mailbox", "message_id": "input.message_id"}},
			Done: done, Settle: 5 * time.Second,
		}
	}
	away := provides("mail.quarantine", "quarantine")
	away.Repeat, away.Targets, away.Probe = harrier.Probed, []string{"mailbox"}, located("output.quarantined")
	away.Undo = &schema.Link{Action: "restore", With: map[string]string{
		"mailbox": "input.mailbox", "message_id": "output.quarantined_id", "folder": "output.?folder_before",
	}}
	away.Example = map[string]any{
		"quarantined_id": "1795737700.1.1795736800.2345/Quarantine/%3C1234@sender.example%3E", "folder_before": "INBOX", "read_before": false, "folder": "Quarantine",
	}
	back := provides("mail.restore", "restore")
	for i := range back.Input {
		if back.Input[i].Name == "folder" {
			back.Input[i].Default = "INBOX"
		}
	}
	back.Repeat, back.Targets, back.Probe = harrier.Probed, []string{"mailbox"}, located("output.exists && !output.quarantined")
	back.Undo = &schema.Link{Action: "quarantine", With: map[string]string{"mailbox": "input.mailbox", "message_id": "output.message_id"}}
	back.Example = map[string]any{"message_id": exampleID, "folder": "INBOX"}
	return []schema.ActionSpec{away, back}
}

func blocks() []schema.ActionSpec {
	probe := func(done string) *schema.Probe {
		return &schema.Probe{Link: schema.Link{Action: "find_sender", With: map[string]string{"sender": "input.sender"}}, Done: done, Settle: time.Second}
	}
	block := provides("mail.block_sender", "block_sender")
	block.Repeat, block.Targets, block.Probe = harrier.Probed, []string{"sender"}, probe("output.blocked")
	block.Undo = &schema.Link{Action: "unblock_sender", With: map[string]string{"sender": "input.sender", "entry_id": "output.?entry_id"}}
	block.Example = map[string]any{"blocked": true, "already": false, "entry_id": "harrier-0a1b2c3d4e5f60718293a4b5c6d7e8f9"}
	unblock := provides("mail.unblock_sender", "unblock_sender")
	unblock.Unsupported = []string{"comment"}
	unblock.Input = slices.DeleteFunc(unblock.Input, func(f schema.Field) bool { return f.Name == "comment" })
	unblock.Repeat, unblock.Targets, unblock.Probe = harrier.Natural, []string{"sender"}, probe("!output.blocked")
	unblock.Undo = &schema.Link{Action: "block_sender", With: map[string]string{"sender": "input.sender"}}
	unblock.Example = map[string]any{"blocked": false}
	return []schema.ActionSpec{
		{
			Name: "find_sender", Title: "Tell whether a sender is blocked", Effect: harrier.Read,
			Input: []schema.Field{{Name: "sender", Type: schema.TypeOf(schema.String), Required: true, Help: "Mail address, or a domain for everybody in it."}},
			Output: schema.ObjectOf(flag("blocked", "Whether it is blocked."),
				perhaps("entry_id", schema.String, "Name of the script that blocks it.")),
			Example: map[string]any{"blocked": true, "entry_id": "harrier-0a1b2c3d4e5f60718293a4b5c6d7e8f9"},
		},
		block, unblock,
	}
}

func sending() schema.ActionSpec {
	send := provides("mail.send", "send")
	send.Repeat, send.Targets = harrier.Never, []string{"to"}
	send.Example = map[string]any{"message_id": "<0a1b2c3d4e5f60718293a4b5c6d7e8f9@corp.example>"}
	return send
}
