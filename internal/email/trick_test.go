package email

import (
	"strings"
	"testing"
)

func TestLookalike_knowsImitations(t *testing.T) {
	t.Parallel()
	r := parse(t, "Subject: s\n\nx").Read(Organisation{OwnDomains: []string{"northwind.com", "mill.io", "kpmo.example"}, PartnerDomains: []string{"brückner.de", "modern-forms.net"}})
	list := r.imitable()
	for domain, want := range map[string]string{
		"northwind.com": "", "mail.northwind.com": "", "northwind.net": "northwind.com", "n0rthwind.com": "northwind.com", "northvvind.com": "northwind.com",
		"nortwind.com": "northwind.com", "northwnid.com": "northwind.com", "nortthwind.com": "northwind.com", "northwimd.com": "northwind.com", "xn--nrthwind-4xg.com": "northwind.com",
		"northwind-secure.com": "northwind.com", "login-northwind.com": "northwind.com", "northwindlogin.com": "northwind.com", "northwind.com.evil.example": "northwind.com",
		"northwood.com": "", "southwind.com": "", "north.com": "", "windnorth.example": "",
		"modemforms.example": "modern-forms.net", "modem-forms.net": "modern-forms.net", "bruckner.de": "xn--brckner-o2a.de", "xn--brckner-o2a.de": "", "mi11.io": "mill.io", "mills.io": "",
		"paypa1.com": "paypal.com", "paypai.com": "paypal.com", "paypal.de": "", "paypal-login.com": "paypal.com", "rnicrosoft.com": "microsoft.com", "micros0ft.com": "microsoft.com",
		"microsoftonline.com": "", "office365.com": "", "office.evil.example": "", "ymail.com": "", "gmail.com": "", "xn--pple-43d.com": "apple.com", "appel.com": "", "paypal.web.app": "paypal.com",
		"localhost": "", "": "", "example.org": "",
	} {
		if got, how, _ := lookalike(domain, list); got != want {
			t.Errorf("%s: looks like %q (%s), want %q", domain, got, how, want)
		}
	}
}

func TestSignals_tellWhoseNameIsAbused(t *testing.T) {
	t.Parallel()
	by := Organisation{
		OwnDomains: []string{"corp.example"},
		People:     []Person{{Name: "Dr. Anna Müller", Address: "anna.mueller@corp.example"}, {Name: "Lee", Address: "lee@corp.example"}},
	}
	head := func(from, rest string) string {
		return "From: " + from + "\nTo: kim@corp.example\nMessage-ID: <1@b.com>\n" + rest + "\n"
	}
	for _, c := range []struct {
		name, mail, code string
		want             bool
	}{
		{"her name elsewhere", head("Anna Müller <ceo@evil.com>", ""), SignalPerson, true},
		{"her name the other way round", head("\"Mueller, Anna; Müller\" <ceo@evil.com>", ""), SignalPerson, true},
		{"her name without dots", head("ANNA MULLER <ceo@evil.com>", ""), SignalPerson, true},
		{"her name in other letters", head("Аnnа Müller <ceo@evil.com>", ""), SignalPerson, true},
		{"her name and more", head("Anna Müller via Portal <ceo@evil.com>", ""), SignalPerson, true},
		{"herself", head("Anna Müller <anna.mueller@corp.example>", ""), SignalPerson, false},
		{"a namesake of ours", head("Anna Müller <a.mueller2@corp.example>", ""), SignalPerson, false},
		{"another Anna", head("Anna Meier <anna@evil.com>", ""), SignalPerson, false},
		{"one name alone", head("Lee <x@evil.com>", ""), SignalPerson, true},
		{"one name among others", head("Bruce Lee <x@evil.com>", ""), SignalPerson, false},
		{"a brand's name", head("PayPal Service <x@evil.com>", ""), SignalBrandName, true},
		{"the brand itself", head("PayPal <service@paypal.de>", ""), SignalBrandName, false},
		{"a domain like ours", head("x <x@c0rp.example>", ""), SignalLookalikeSender, true},
		{"a link like ours", head("x <x@b.com>", "Content-Type: text/plain\n\nhttps://corp-login.example/"), SignalLookalikeLink, true},
		{"a link like a brand", head("x <x@b.com>", "Content-Type: text/plain\n\nhttps://rnicrosoft.com/"), SignalLookalikeLink, true},
		{"answers to a freemail address", head("x <x@b.com>", "Reply-To: boss@gmail.com\n"), SignalReplyFreemail, true},
		{"freemail both ways", head("x <x@gmx.de>", "Reply-To: boss@gmail.com\n"), SignalReplyFreemail, false},
		{"an answer to nothing", head("x <x@b.com>", "Subject: Re: our call\n"), SignalForgedReply, true},
		{"an answer", head("x <x@b.com>", "Subject: Re: our call\nIn-Reply-To: <2@c.com>\n"), SignalForgedReply, false},
		{"a bank change", head("x <x@b.com>", "Subject: invoice\n\nPlease note our new bank details below."), SignalFraudWords, true},
		{"a bank change in German", head("x <x@b.com>", "Subject: Rechnung\nContent-Type: text/plain; charset=utf-8\n\nbitte beachten Sie unsere neue Bankverbindung."), SignalFraudWords, true},
		{"gift cards in haste", head("x <x@b.com>", "Subject: hi\n\nI need a favor: buy gift cards, I am in a meeting."), SignalFraudWords, true},
		{"gift cards in French", head("x <x@b.com>", "Subject: hi\nContent-Type: text/plain; charset=utf-8\n\nAchetez des cartes cadeaux au plus vite."), SignalFraudWords, true},
		{"haste alone", head("x <x@b.com>", "Subject: hi\n\nThis is urgent, call me."), SignalFraudWords, false},
		{"a payment alone", head("x <x@b.com>", "Subject: hi\n\nI confirm the wire transfer."), SignalFraudWords, false},
		{"with a link it is no text-only fraud", head("x <x@b.com>", "Subject: hi\n\nOur new bank details: https://c.com/x"), SignalFraudWords, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := parse(t, c.mail).Read(by)
			if got := hasSignal(r.Signals(), c.code); got != c.want {
				t.Errorf("%q: %s is %v, want %v; signals %v", c.mail, c.code, got, c.want, r.Signals())
			}
			checkOutput(t, c.name, r.Output())
		})
	}
}

func TestSimulation_isProvenByWhereItCameFrom(t *testing.T) {
	t.Parallel()
	by := Organisation{
		TrustedServers: []string{"mx.corp.example"}, OwnDomains: []string{"corp.example"},
		Simulations: []Simulation{{Vendor: "Trainer", Header: "X-PHISHTEST", Value: "corp", Domains: []string{"training.example"}, Addresses: []string{"198.51.100.0/24", "drill@phish.example"}}},
	}
	received := func(ip string) string {
		return "Received: from x ([" + ip + "]) by mx.corp.example; Tue, 4 Mar 2025 08:00:00 +0000\n"
	}
	const header, rest = "X-PHISHTEST: corp-7\n", "To: kim@corp.example\nSubject: s\n\nx"
	for name, c := range map[string]struct {
		mail  string
		by    Organisation
		sign  bool
		proof bool
	}{
		"from its network":                 {received("198.51.100.9") + header + "From: a@b.com\n" + rest, by, true, true},
		"its network, says Exchange":       {"X-Forefront-Antispam-Report: CIP:198.51.100.9;SFV:SKI;\n" + header + "From: a@b.com\n" + rest, Organisation{TrustedServers: []string{"exchange"}, Simulations: by.Simulations}, true, true},
		"its network, says no Exchange":    {"X-Forefront-Antispam-Report: CIP:198.51.100.9;SFV:SKI;\n" + header + "From: a@b.com\n" + rest, by, true, false},
		"from elsewhere":                   {received("203.0.113.9") + header + "From: a@b.com\n" + rest, by, true, false},
		"its network claimed further down": {received("203.0.113.9") + "Received: from x ([198.51.100.9]) by mx.corp.example\n" + header + "From: a@b.com\n" + rest, by, true, false},
		"its network, by another server":   {received("203.0.113.9") + "Received: from x ([198.51.100.9]) by mx.evil.example\n" + header + "From: a@b.com\n" + rest, by, true, false},
		"signed by its domain":             {"Authentication-Results: mx.corp.example; dkim=pass header.d=training.example\n" + header + "From: a@b.com\n" + rest, by, true, true},
		"signed, says another server":      {"Authentication-Results: mx.evil.example; dkim=pass header.d=training.example\n" + header + "From: a@b.com\n" + rest, by, true, false},
		"from its address":                 {"Authentication-Results: mx.corp.example; dmarc=pass header.from=phish.example\n" + header + "From: drill@phish.example\n" + rest, by, true, true},
		"from another address there":       {"Authentication-Results: mx.corp.example; dmarc=pass header.from=phish.example\n" + header + "From: other@phish.example\n" + rest, by, true, false},
		"its network without the header":   {received("198.51.100.9") + "From: a@b.com\n" + rest, by, false, false},
		"another value":                    {received("198.51.100.9") + "X-PHISHTEST: other\nFrom: a@b.com\n" + rest, by, true, false},
		"a known header, nothing ordered":  {"X-ThreatSim-ID: 1\nFrom: a@b.com\n" + rest, Organisation{}, true, false},
		"nothing":                          {"From: a@b.com\n" + rest, by, false, false},
	} {
		r := parse(t, c.mail).Read(c.by)
		e, ok := r.Simulation()
		if ok != c.sign || e.Proven != c.proof || ok && (e.Vendor == "" || e.Evidence == "") {
			t.Errorf("%s: %v, %+v, want a sign %v and proof %v", name, ok, e, c.sign, c.proof)
		}
		if hasSignal(r.Signals(), SignalSimulation) != (c.sign && !c.proof) {
			t.Errorf("%s: signals %v", name, r.Signals())
		}
		checkOutput(t, name, r.Output())
	}
}

func TestAutomatic_knowsMachines(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]bool{
		"": false, "Auto-Submitted: no\n": false, "Auto-Submitted: auto-replied; owner=x\n": true, "Precedence: bulk\n": true, "Precedence: first-class\n": false,
		"List-Id: <x.example>\n": true, "Return-Path: <>\n": true, "Return-Path: <a@b.com>\n": false, "X-Auto-Response-Suppress: All\n": true, "X-Auto-Response-Suppress: None\n": false,
	} {
		if why, got := parse(t, header+"From: a@b.com\nSubject: s\n\nx").Automatic(); got != want || got && why == "" {
			t.Errorf("%q: %v %q, want %v", header, got, why, want)
		}
	}
	if _, got := parse(t, "From: no-reply@b.com\n\nx").Automatic(); !got {
		t.Error("no-reply@ is taken for a person")
	}
	report := strings.Replace(forwarded("FW: x", quotedHeaders()["gmail"]+"hi\n"), "From: Kim", "Auto-Submitted: auto-forwarded\nFrom: Kim", 1)
	out, _ := parse(t, report).Output()["report"].(map[string]any)
	if out["automatic"] != true {
		t.Errorf("a report sent by a machine: %v", out)
	}
}
