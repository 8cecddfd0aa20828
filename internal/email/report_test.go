package email

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// forwarded is a report of kim to the mailbox for reports.
func forwarded(subject, body string) string {
	return "From: Kim <kim@corp.example>\nTo: phishing@corp.example\nSubject: " + subject + "\nMessage-ID: <report@corp.example>\nDate: Tue, 4 Mar 2025 09:00:00 +0000\nContent-Type: text/plain; charset=utf-8\n\n" + body
}

// Headers as mail programs write them above what they forward. Every one is the
// same mail.
func quotedHeaders() map[string]string {
	return map[string]string{
		"outlook en":     "________________________________\nFrom: Payroll <payroll@evil.example>\nSent: Monday, March 3, 2025 9:05 AM\nTo: Kim <kim@corp.example>\nSubject: Payslip\n",
		"outlook old":    "-----Original Message-----\nFrom: Payroll [mailto:payroll@evil.example]\nSent: Monday, March 3, 2025 9:05 AM\nTo: Kim <kim@corp.example<mailto:kim@corp.example>>\nSubject: Payslip\n",
		"outlook de":     "Von: Payroll <payroll@evil.example>\nGesendet: Montag, 3. März 2025 09:05\nAn: Kim <kim@corp.example>\nBetreff: Payslip\n",
		"outlook de *":   "*Von:* Payroll <payroll@evil.example>\n*Gesendet:* Montag, 3. März 2025 09:05\n*An:* Kim <kim@corp.example>\n*Betreff:* Payslip\n",
		"outlook fr":     "De : Payroll <payroll@evil.example>\nEnvoyé : lundi 3 mars 2025 09:05\nÀ : Kim <kim@corp.example>\nObjet : Payslip\n",
		"outlook es":     "De: Payroll <payroll@evil.example>\nEnviado el: lunes, 3 de marzo de 2025 9:05\nPara: Kim <kim@corp.example>\nAsunto: Payslip\n",
		"outlook it":     "Da: Payroll <payroll@evil.example>\nInviato: lunedì 3 marzo 2025 09:05\nA: Kim <kim@corp.example>\nOggetto: Payslip\n",
		"outlook nl":     "Van: Payroll <payroll@evil.example>\nVerzonden: maandag 3 maart 2025 09:05\nAan: Kim <kim@corp.example>\nOnderwerp: Payslip\n",
		"outlook pt":     "De: Payroll <payroll@evil.example>\nEnviado: segunda-feira, 3 de março de 2025 09:05\nPara: Kim <kim@corp.example>\nAssunto: Payslip\n",
		"outlook pl":     "Od: Payroll <payroll@evil.example>\nWysłano: poniedziałek, 3 marca 2025 09:05\nDo: Kim <kim@corp.example>\nTemat: Payslip\n",
		"outlook sv":     "Från: Payroll <payroll@evil.example>\nSkickat: den 3 mars 2025 09:05\nTill: Kim <kim@corp.example>\nÄmne: Payslip\n",
		"outlook da":     "Fra: Payroll <payroll@evil.example>\nSendt: 3. marts 2025 09:05\nTil: Kim <kim@corp.example>\nEmne: Payslip\n",
		"outlook nb":     "Fra: Payroll <payroll@evil.example>\nSendt: mandag 3. mars 2025 09:05\nTil: Kim <kim@corp.example>\nEmne: Payslip\n",
		"outlook fi":     "Lähettäjä: Payroll <payroll@evil.example>\nLähetetty: maanantai 3. maaliskuuta 2025 9.05\nVastaanottaja: Kim <kim@corp.example>\nAihe: Payslip\n",
		"outlook cs":     "Od: Payroll <payroll@evil.example>\nOdesláno: pondělí 3. března 2025 9:05\nKomu: Kim <kim@corp.example>\nPředmět: Payslip\n",
		"outlook ru":     "От: Payroll <payroll@evil.example>\nОтправлено: 3 марта 2025 г. 9:05\nКому: Kim <kim@corp.example>\nТема: Payslip\n",
		"outlook ja":     "差出人: Payroll <payroll@evil.example>\n送信日時: 2025年3月3日 9:05\n宛先: Kim <kim@corp.example>\n件名: Payslip\n",
		"gmail":          "---------- Forwarded message ---------\nFrom: Payroll <payroll@evil.example>\nDate: Mon, Mar 3, 2025 at 9:05 AM\nSubject: Payslip\nTo: <kim@corp.example>\n\n",
		"gmail de":       "---------- Forwarded message ---------\nVon: Payroll <payroll@evil.example>\nDate: Mo., 3. März 2025 um 09:05 Uhr\nSubject: Payslip\nTo: <kim@corp.example>\n\n",
		"apple_mail":     "> Begin forwarded message:\n>\n> From: Payroll <payroll@evil.example>\n> Subject: Payslip\n> Date: 3 March 2025 at 9:05:00 CET\n> To: kim@corp.example\n> Cc: Lee <lee@corp.example>,\n> <max@corp.example>\n>\n",
		"thunderbird":    "-------- Forwarded Message --------\nSubject: \tPayslip\nDate: \tMon, 3 Mar 2025 09:05:00 +0000\nFrom: \tPayroll <payroll@evil.example>\nTo: \tkim@corp.example\n\n\n",
		"thunderbird de": "-------- Weitergeleitete Nachricht --------\nBetreff: \tPayslip\nDatum: \tMon, 3 Mar 2025 09:05:00 +0000\nVon: \tPayroll <payroll@evil.example>\nAn: \tkim@corp.example\n\n\n",
	}
}

func TestRead_findsTheOriginalInAForward(t *testing.T) {
	t.Parallel()
	for name, header := range quotedHeaders() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := "Hi, your payslip is at https://evil.example/pay now.\n"
			if strings.HasPrefix(header, ">") {
				body = "> " + body
			}
			m := parse(t, forwarded("FW: Payslip", "Is this real?\n\n"+header+body))
			r := m.Read(Organisation{})
			rep, ok := r.Report()
			got := r.Mail()
			if !ok || !got.HeadersLost || got.Subject != "Payslip" || len(got.From) != 1 || got.From[0].Address != "payroll@evil.example" || got.From[0].Name != "Payroll" {
				t.Fatalf("report %v, of %q by %v", ok, got.Subject, got.From)
			}
			if want := time.Date(2025, 3, 3, 9, 5, 0, 0, time.UTC); !got.Date.Equal(want) {
				t.Errorf("date %v, want %v", got.Date, want)
			}
			if len(got.To) != 1 || got.To[0].Address != "kim@corp.example" {
				t.Errorf("to %v", got.To)
			}
			if text := strings.TrimSpace(got.Text); text != "Hi, your payslip is at https://evil.example/pay now." {
				t.Errorf("text %q", text)
			}
			if rep.Original != OriginalInline || rep.Comment != "Is this real?" || rep.Reporter.Address != "kim@corp.example" || !rep.HeadersLost {
				t.Errorf("report %+v", rep)
			}
			if form, _, _ := strings.Cut(name, " "); form != "outlook" && rep.Form != form {
				t.Errorf("form %q, want %q", rep.Form, form)
			}
			s := rep.Search
			if s == nil || s.Sender != "payroll@evil.example" || s.Subject != "Payslip" || s.Since.After(got.Date) || s.Until.Before(got.Date) || s.Until.Sub(s.Since) > 4*24*time.Hour {
				t.Errorf("search %+v", s)
			}
			out := r.Output()
			checkOutput(t, name, out)
			if !hasSignal(r.Signals(), SignalHeadersLost) || hasSignal(r.Signals(), SignalNoMessageID) {
				t.Errorf("signals %v", r.Signals())
			}
			if diff := cmp.Diff([]any{"https://evil.example/pay"}, out["links"]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// hasSignal reports whether a list holds a signal.
func hasSignal(list []Signal, code string) bool {
	return slices.ContainsFunc(list, func(s Signal) bool { return s.Code == code && s.Text != "" })
}

func TestRead_findsTheOriginalUnderOneLine(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"On 03/03/2025 09:05, \"Payroll\" <payroll@evil.example> wrote:", "On Mon, Mar 3, 2025 at 9:05 AM Payroll <payroll@evil.example> wrote:",
		"Am 03.03.25, 09:05 schrieb \"Payroll\" <payroll@evil.example>:", "Le 03/03/2025 09:05, « Payroll » <payroll@evil.example> a écrit :",
		"El 3/3/2025 9:05, \"Payroll\" <payroll@evil.example> escribió:", "Op 03-03-2025 09:05 heeft Payroll <payroll@evil.example> geschreven:",
	} {
		body := "Real?\n\n" + line + "\n\n> Look at https://evil.example/pay\n"
		r := parse(t, forwarded("Fwd: Payslip", body)).Read(Organisation{})
		m := r.Mail()
		rep, ok := r.Report()
		if !ok || m.Subject != "Payslip" || len(m.From) != 1 || m.From[0].Address != "payroll@evil.example" || len(m.Links) != 1 || strings.TrimSpace(m.Text) != "Look at https://evil.example/pay" || rep.Comment != "Real?" {
			t.Errorf("%s: %v, %q by %v, text %q, comment %q", line, ok, m.Subject, m.From, m.Text, rep.Comment)
			continue
		}
		if s := rep.Search; s.Since.After(time.Date(2025, 3, 3, 9, 5, 0, 0, time.UTC)) || s.Until.Before(time.Date(2025, 3, 3, 9, 5, 0, 0, time.UTC)) {
			t.Errorf("%s: searches from %v until %v", line, s.Since, s.Until)
		}
		checkOutput(t, line, r.Output())
		if r := parse(t, forwarded("Re: Payslip", body)).Read(Organisation{}); r.Mail().HeadersLost {
			t.Errorf("%s: an answer is taken for a report", line)
		}
	}
}

func TestRead_findsTheOriginalInHTML(t *testing.T) {
	t.Parallel()
	for name, quoted := range map[string]string{
		"outlook": `<hr><div id="divRplyFwdMsg"><font><b>From:</b> Payroll &lt;payroll@evil.example&gt;<br><b>Sent:</b> Monday, March 3, 2025 9:05 AM<br><b>To:</b> Kim &lt;kim@corp.example&gt;<br><b>Subject:</b> Payslip</font><div>&nbsp;</div></div>`,
		"word":    `<div style="border-top:solid"><p class="MsoNormal"><b>Von:</b> Payroll &lt;payroll@evil.example&gt; <br><b>Gesendet:</b> Montag, 3. März 2025 09:05<br><b>An:</b> Kim &lt;kim@corp.example&gt;<br><b>Betreff:</b> Payslip<o:p></o:p></p></div>`,
		"gmail":   `<div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- Forwarded message ---------<br>From: <strong>Payroll</strong> <span>&lt;<a href="mailto:payroll@evil.example">payroll@evil.example</a>&gt;</span><br>Date: Mon, Mar 3, 2025 at 9:05 AM<br>Subject: Payslip<br>To: &lt;<a href="mailto:kim@corp.example">kim@corp.example</a>&gt;<br></div><br>`,
		"apple":   `<blockquote type="cite"><div>Begin forwarded message:</div><br><div><span><b>From: </b></span><span>Payroll &lt;<a href="mailto:payroll@evil.example">payroll@evil.example</a>&gt;<br></span></div><div><span><b>Subject: </b></span><span><b>Payslip</b><br></span></div><div><span><b>Date: </b></span><span>3 March 2025 at 9:05:00 CET<br></span></div><div><span><b>To: </b></span><span>kim@corp.example<br></span></div><br>`,
		"thunder": `<div class="moz-forward-container"><br>-------- Forwarded Message --------<table><tbody><tr><th>Subject: </th><td>Payslip</td></tr><tr><th>Date: </th><td>Mon, 3 Mar 2025 09:05:00 +0000</td></tr><tr><th>From: </th><td>Payroll <a href="mailto:payroll@evil.example">&lt;payroll@evil.example&gt;</a></td></tr><tr><th>To: </th><td>kim@corp.example</td></tr></tbody></table><br>`,
	} {
		mail := strings.Replace(forwarded("FW: Payslip", ""), "text/plain", "text/html", 1) + `<html><head><style>a{b: c}</style></head><body><p>Real? <a href="https://intranet.corp.example/kim">Kim</a></p>` + quoted + `<p>Look at <a href="https://evil.example/pay">your payslip</a>.</p></body></html>`
		r := parse(t, mail).Read(Organisation{})
		got := r.Mail()
		rep, ok := r.Report()
		if !ok || got.Subject != "Payslip" || len(got.From) != 1 || got.From[0].Address != "payroll@evil.example" || got.Date.Day() != 3 || rep.Comment != "Real? Kim" {
			t.Errorf("%s: report %v %+v of %q by %v at %v", name, ok, rep, got.Subject, got.From, got.Date)
			continue
		}
		out := r.Output()
		checkOutput(t, name, out)
		if diff := cmp.Diff([]any{"https://evil.example/pay"}, out["links"]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if got.VisibleText != "Look at your payslip." {
			t.Errorf("%s: text %q", name, got.VisibleText)
		}
	}
}

// Forged threads are a trick of fraud: what strangers quote is part of their mail.
func TestRead_believesNoQuoteOfAStranger(t *testing.T) {
	t.Parallel()
	quoted := quotedHeaders()["gmail"] + "All is well.\n"
	own := Organisation{OwnDomains: []string{"corp.example"}}
	for name, c := range map[string]struct {
		mail string
		by   Organisation
		is   bool
	}{
		"ours":                        {forwarded("Fwd: Payslip", quoted), own, true},
		"ours, as far as it shows":    {forwarded("Fwd: Payslip", quoted), Organisation{}, true},
		"a stranger":                  {strings.Replace(forwarded("Fwd: Payslip", quoted), "kim@corp.example", "kim@other.example", 1), own, false},
		"a stranger, nothing known":   {strings.Replace(forwarded("Fwd: Payslip", quoted), "kim@corp.example", "kim@other.example", 1), Organisation{}, false},
		"ours forged":                 {"Authentication-Results: mx.corp.example; dmarc=fail\n" + forwarded("Fwd: Payslip", quoted), own, false},
		"ours, but it is the mail":    {forwarded("Fwd: Payslip", quoted), Organisation{OwnDomains: own.OwnDomains, Original: true}, false},
		"an answer":                   {forwarded("Re: Payslip", quotedHeaders()["outlook de"]+"All is well.\n"), own, false},
		"both at one freemail":        {strings.NewReplacer("kim@corp.example>\nTo: phishing@corp.example", "kim@gmail.com>\nTo: phishing@gmail.com").Replace(forwarded("Fwd: Payslip", quoted)), Organisation{}, false},
		"a journey":                   {forwarded("Trip", "From: Berlin\nTo: Hamburg\nDate: 3 March 2025\n\nHave a nice trip\n"), own, false},
		"two authors, one of them us": {strings.Replace(forwarded("Fwd: Payslip", quoted), "From: ", "From: x@evil.example, ", 1), own, false},
	} {
		m := parse(t, c.mail)
		r := m.Read(c.by)
		if _, is := r.Report(); is != c.is || (r.Mail() != m) != c.is {
			t.Errorf("%s: a report: %v, want %v", name, is, c.is)
		}
		if urls := r.Output()["observables"]; !c.is && urls == nil {
			t.Errorf("%s: no observables", name)
		}
	}
}

func TestRead_followsForwardsOfForwards(t *testing.T) {
	t.Parallel()
	inner := "From: Payroll <payroll@evil.example>\nSent: Monday, March 3, 2025 9:05 AM\nTo: Lee <lee@corp.example>\nSubject: Payslip\n\nPay at https://evil.example/pay\n\n" +
		"-----Original Message-----\nFrom: Boss <boss@corp.example>\nSent: Monday, March 3, 2025 8:00 AM\nTo: x@evil.example\nSubject: Forged\n\nYes, pay.\n"
	outer := "From: Lee <lee@corp.example>\nSent: Monday, March 3, 2025 10:05 AM\nTo: Kim <kim@corp.example>\nSubject: FW: Payslip\n\nKim, look.\n\n" + inner
	r := parse(t, forwarded("FW: FW: Payslip", "Please check.\n\n"+outer)).Read(Organisation{OwnDomains: []string{"corp.example"}})
	rep, _ := r.Report()
	if r.Mail().Subject != "Payslip" || len(r.Mail().From) != 1 || r.Mail().From[0].Address != "payroll@evil.example" {
		t.Fatalf("the reported mail is %q by %v", r.Mail().Subject, r.Mail().From)
	}
	want := []Layer{{FormForward, "kim@corp.example", "FW: FW: Payslip"}, {FormForward, "lee@corp.example", "FW: Payslip"}}
	if diff := cmp.Diff(want, rep.Chain); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r.Output()["layers"] != int64(2) || !hasSignal(r.Signals(), SignalLayers) {
		t.Errorf("layers %v, signals %v", r.Output()["layers"], r.Signals())
	}
}

func TestParseQuotedDate_readsWhatPeopleAreShown(t *testing.T) {
	t.Parallel()
	day := func(month time.Month, day, hour, minute int) time.Time {
		return time.Date(2025, month, day, hour, minute, 0, 0, time.UTC)
	}
	for in, want := range map[string][2]time.Time{
		"Monday, March 3, 2025 9:05 PM": {day(3, 3, 21, 5)}, "12/31/2025 12:05 AM": {day(12, 31, 0, 5)}, "31/12/2025 09:05": {day(12, 31, 9, 5)},
		"03/04/2025 09:05": {day(4, 3, 9, 5), day(3, 4, 9, 5)}, "3/4/2025 9:05 AM": {day(3, 4, 9, 5), day(4, 3, 9, 5)},
		"4.3.2025 9:05": {day(3, 4, 9, 5)}, "st 4. 3. 2025 v 9:05": {day(3, 4, 9, 5)}, "4. marts 2025 kl. 09.05": {day(3, 4, 9, 5)}, "2025年3月4日(火) 午後9:05": {day(3, 4, 21, 5)},
		"2025-03-04 09:05": {day(3, 4, 9, 5)}, "mar., 4 feb. 2025 9:05": {day(2, 4, 9, 5)}, "mardi 4 mars 2025 09:05": {day(3, 4, 9, 5)}, "martes, 4 de noviembre de 2025 9:05": {day(11, 4, 9, 5)},
		"Tue, 4 Mar 2025 09:05:00 +0100": {day(3, 4, 8, 5)}, "2025년 3월 4일 오후 9:05": {day(3, 4, 21, 5)}, "": {}, "soon": {}, "99/99/2025": {}, ":": {}, "/": {}, "年": {},
	} {
		got, other, _ := parseQuotedDate(in)
		if !got.Equal(want[0]) || !other.Equal(want[1]) {
			t.Errorf("%q: got %v or %v, want %v or %v", in, got, other, want[0], want[1])
		}
	}
}

func TestReport_knowsTheButtons(t *testing.T) {
	t.Parallel()
	attached := func(header, subject, name string) string {
		return header + "From: kim@corp.example\nTo: phishing@corp.example\nSubject: " + subject + "\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\nodd\n--x\nContent-Type: message/rfc822; name=\"" + name + "\"\n\nFrom: a@evil.example\nSubject: in\nMessage-ID: <in@evil.example>\n\nhi\n--x--\n"
	}
	cofense := forwarded("[Suspicious] in", "Odd.\n\n-----BEGIN REPORTER AGENT-----\nReporter agent: Outlook\n-----END REPORTER AGENT-----\n\n-----BEGIN EMAIL HEADERS-----\nReceived: from mail.evil.example ([198.51.100.9])\n by mx.corp.example; Tue, 4 Mar 2025 08:00:00 +0000\nFrom: a@evil.example\nSubject: in\nMessage-ID: <in@evil.example>\n-----END EMAIL HEADERS-----\n\nReported from folder: Inbox\n\n-----BEGIN URLS-----\nLink text: here\nURL: https://evil[.]example/pay\n-----END URLS-----\n")
	arf := "From: abuse@corp.example\nTo: phishing@corp.example\nContent-Type: multipart/report; report-type=feedback-report; boundary=x\n\n--x\n\nAbuse\n--x\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n--x\nContent-Type: message/rfc822\n\nFrom: a@evil.example\nSubject: in\nMessage-ID: <in@evil.example>\n\nhi\n--x--\n"
	pasted := forwarded("phish?", "I got this:\n\nReceived: from mail.evil.example ([198.51.100.9]) by mx.corp.example; Tue, 4 Mar 2025 08:00:00 +0000\nFrom: a@evil.example\nSubject: in\nMessage-ID: <in@evil.example>\n\nPay at https://evil.example/pay\n")
	for want, mail := range map[string]string{
		FormKnowBe4:    attached("", "[Phish Alert] in", "phish_alert_sp2_2.0.0.0.eml"),
		FormProofpoint: attached("X-PhishAlarm-Reporter: kim@corp.example\n", "Potential Phish: in", "x.eml"),
		FormMicrosoft:  attached("", "3|0b645e28-bc57-4b64-76b7-08d6de172d9d|198.51.100.9|a@evil.example|(in)", "x.eml"),
		FormAttachment: attached("", "FW: in", "in.eml"),
		FormCofense:    cofense,
		FormARF:        arf,
		FormHeaders:    pasted,
	} {
		r := parse(t, mail).Read(Organisation{OwnDomains: []string{"corp.example"}})
		rep, ok := r.Report()
		if !ok || rep.Form != want || r.Mail().MessageID != "in@evil.example" || r.Mail().Subject != "in" || rep.HeadersLost || rep.Search != nil {
			t.Errorf("%s: got %v, %+v of %q", want, ok, rep, r.Mail().Subject)
		}
		if wantOriginal := map[string]string{FormCofense: OriginalHeaders, FormHeaders: OriginalHeaders}[want]; wantOriginal != "" {
			if rep.Original != wantOriginal || len(r.Mail().Hops) != 1 || len(r.Mail().Links) != 1 {
				t.Errorf("%s: original %q, hops %v, links %v", want, rep.Original, r.Mail().Hops, r.Mail().Links)
			}
		}
		checkOutput(t, want, r.Output())
	}
}

func FuzzRead(f *testing.F) {
	f.Add("Fwd: x", "On 03/03/2025 09:05, \"Payroll\" <payroll@evil.example> wrote:\n> hi", "")
	for name, header := range quotedHeaders() {
		f.Add("FW: "+name, header+"\nhttps://evil.example/\n"+header, "corp.example")
	}
	f.Fuzz(func(t *testing.T, subject, body, own string) {
		mails := []string{forwarded(oneLine(subject), body), strings.Replace(forwarded(oneLine(subject), body), "text/plain", "text/html", 1)}
		for _, mail := range mails {
			r := parse(t, mail).Read(Organisation{OwnDomains: []string{"corp.example", own}, People: []Person{{Name: subject}}})
			checkOutput(t, "fuzz", r.Output())
			if q := r.outer.Quoted; q != nil && q.HeadersLost && len(q.Text) > len(body) {
				t.Errorf("the quote is longer than the text: %s", fmt.Sprintf("%q", q.Text))
			}
		}
	})
}
