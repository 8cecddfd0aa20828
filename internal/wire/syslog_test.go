package wire_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier/internal/wire"
)

func TestParse_readsRFC5424(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		message string
		want    map[string]any
	}{
		"the first example of the RFC": {
			"<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \ufeff'su root' failed for lonvick on /dev/pts/8",
			map[string]any{
				"wire/envelope": "rfc5424", "wire/time": "2003-10-11T22:14:15.003Z", "wire/time_from": "syslog",
				"syslog/pri": int64(34), "syslog/facility": "auth", "syslog/severity": "critical", "syslog/version": "1",
				"syslog/host": "mymachine.example.com", "syslog/app": "su", "syslog/pid": nil, "syslog/msgid": "ID47",
				"syslog/message": "'su root' failed for lonvick on /dev/pts/8", "syslog/data": nil,
			},
		},
		"structured data with escapes, and a zone": {
			`<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - [exampleSDID@32473 iut="3" eventSource="App \"x\" \] \\ \n"][b@1] %% It's time`,
			map[string]any{
				"wire/time": "2003-08-24T12:14:15.000003Z", "syslog/pid": "8710",
				"syslog/data": map[string]any{
					"exampleSDID@32473": map[string]any{"iut": "3", "eventSource": `App "x" ] \ \n`},
					"b@1":               map[string]any{},
				},
				"syslog/message": "%% It's time",
			},
		},
		"all values nil, no message": {
			"<0>1 - - - - - -",
			map[string]any{"wire/envelope": "rfc5424", "wire/time": nil, "syslog/facility": "kern", "syslog/severity": "emergency", "syslog/host": nil, "syslog/message": ""},
		},
		"structured data that does not end stays in the message": {
			`<13>1 2026-03-01T00:00:00Z h a - - [x@1 k="v] rest`,
			map[string]any{"syslog/data": nil, "syslog/message": `[x@1 k="v] rest`},
		},
		"structured data is missing": {
			`<13>1 2026-03-01T00:00:00Z h a 1 m hello`,
			map[string]any{"syslog/msgid": "m", "syslog/message": "hello"},
		},
		"a relay's header around the device's": {
			"<14>Mar  1 20:35:56 relay 1544 <14>1 2026-03-01T20:35:56.565Z fw logforwarder - panwlogs - hello",
			map[string]any{"wire/envelope": "rfc5424", "syslog/host": "fw", "syslog/app": "logforwarder", "syslog/message": "hello"},
		},
		"a file's line without its priority": {
			`1 2026-03-01T12:00:00Z gw1 CheckPoint 19710 - [action:"Bypass";...`,
			map[string]any{"wire/envelope": "rfc5424", "wire/format": "checkpoint", "checkpoint/action": "Bypass", "syslog/host": "gw1"},
		},
		"Meraki's seconds": {
			"<134>1 1772366400.774247467 MX84 ids-alerts signature=129:4:1 priority=3",
			map[string]any{"wire/time": "2026-03-01T12:00:00.774247467Z", "syslog/host": "MX84", "syslog/app": "ids-alerts"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reads(t, test.message, test.want)
		})
	}
}

func TestParse_readsWhatDevicesMakeOfRFC3164(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		message string
		want    map[string]any
	}{
		"the example of the RFC": {
			"<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8",
			map[string]any{
				"wire/envelope": "rfc3164", "wire/time": "2025-10-11T22:14:15Z", "syslog/host": "mymachine", "syslog/app": "su",
				"syslog/message": "'su root' failed for lonvick on /dev/pts/8", "syslog/time_written": "Oct 11 22:14:15",
			},
		},
		"a process": {
			"<38>Mar  1 12:00:00 web1 sshd[4721]: Accepted publickey",
			map[string]any{"syslog/app": "sshd", "syslog/pid": "4721", "syslog/message": "Accepted publickey"},
		},
		"a time of ISO 8601": {
			"<38>2026-03-01T12:00:00.5+01:00 web1 systemd-logind[1]: hello",
			map[string]any{"wire/time": "2026-03-01T11:00:00.5Z", "syslog/host": "web1", "syslog/app": "systemd-logind"},
		},
		"a line of a file, without a priority": {
			"Mar  1 12:00:00 web1 sudo:     root : TTY=pts/0",
			map[string]any{"wire/envelope": "rfc3164", "syslog/pri": nil, "syslog/app": "sudo", "syslog/message": "root : TTY=pts/0"},
		},
		"IOS counts its messages, and says that its clock is not set": {
			"<189>237: *Mar  1 18:46:11.123 UTC: %SYS-5-CONFIG_I: Configured from console by vty2 (10.34.195.36)",
			map[string]any{
				"syslog/sequence": "237", "wire/time": "2026-03-01T18:46:11.123Z", "syslog/host": nil,
				"wire/format": "cisco", "cisco/id": "CONFIG_I", "cisco/src_ip": "10.34.195.36",
			},
		},
		"IOS with its name": {
			"<189>29: router1: Mar  1 13:58:40.411: %SYS-5-CONFIG_I: Configured from console by console",
			map[string]any{"syslog/host": "router1", "syslog/sequence": "29", "wire/time": "2026-03-01T13:58:40.411Z"},
		},
		"ASA in EMBLEM's form": {
			"<166>:Mar 01 12:00:00 CET: %ASA-session-6-302014: Teardown",
			map[string]any{"wire/time": "2026-03-01T11:00:00Z", "wire/format": "cisco", "cisco/severity": "info"},
		},
		"ASA with a year and its name": {
			"<164>Mar 01 2026 12:00:00 fw1 : %ASA-4-733102: Threat-detection adds host 192.0.2.7 to shun list",
			map[string]any{"wire/time": "2026-03-01T12:00:00Z", "syslog/host": "fw1", "cisco/id": "733102", "cisco/src_ip": "192.0.2.7"},
		},
		"neither time nor host": {
			"<13>app[7]: hello",
			map[string]any{"syslog/app": "app", "syslog/pid": "7", "syslog/message": "hello", "wire/time": nil},
		},
		"a repeated message has no tag": {
			"<13>Mar  1 12:00:00 h last message repeated 5 times",
			map[string]any{"syslog/host": "h", "syslog/app": nil, "syslog/message": "last message repeated 5 times"},
		},
		"an address for a host": {
			"<13>Mar  1 12:00:00 2001:db8::1 app: x",
			map[string]any{"syslog/host": "2001:db8::1", "syslog/app": "app"},
		},
		"a priority that is none of the RFC": {
			"<999>Mar  1 12:00:00 h app: x",
			map[string]any{"syslog/pri": int64(999), "syslog/facility": nil, "syslog/app": "app"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reads(t, test.message, test.want)
		})
	}
}

func TestParse_findsTheYearAndTheZone(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("the zones are not on this machine:", err)
	}
	tests := map[string]struct {
		written, received, want string
		zone                    *time.Location
	}{
		"before midnight of New Year, received after": {"Dec 31 23:59:58", "2026-01-01T00:00:03Z", "2025-12-31T23:59:58Z", time.UTC},
		"a clock that is ahead over New Year":         {"Jan  1 00:00:20", "2025-12-31T23:59:50Z", "2026-01-01T00:00:20Z", time.UTC},
		"a zone ahead over New Year":                  {"Jan  1 00:30:00", "2025-12-31T23:30:01Z", "2025-12-31T23:30:00Z", berlin},
		"a message that waited for months":            {"Nov  2 10:00:00", "2026-03-15T12:00:00Z", "2025-11-02T10:00:00Z", time.UTC},
		"29 February, looked at in a common year":     {"Feb 29 10:00:00", "2026-03-15T12:00:00Z", "2024-02-29T10:00:00Z", time.UTC},
		"summer in the source's zone":                 {"Jul  1 12:00:00", "2026-07-01T10:00:01Z", "2026-07-01T10:00:00Z", berlin},
		"winter in the source's zone":                 {"Jan  5 12:00:00", "2026-01-05T11:00:01Z", "2026-01-05T11:00:00Z", berlin},
		"the hour that comes twice, the first time":   {"Oct 25 02:30:00", "2026-10-25T00:30:01Z", "2026-10-25T00:30:00Z", berlin},
		"the hour that comes twice, the second time":  {"Oct 25 02:30:00", "2026-10-25T01:30:01Z", "2026-10-25T01:30:00Z", berlin},
		"a name of a zone":                            {"Mar 01 2026 12:00:00 EST", "2026-03-15T12:00:00Z", "2026-03-01T17:00:00Z", berlin},
		"a slash between, a comma before fractions":   {"2026/03/01 12:00:00,250", "2026-03-15T12:00:00Z", "2026-03-01T11:00:00.25Z", berlin},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			received, err := time.Parse(time.RFC3339, test.received)
			if err != nil {
				t.Fatal(err)
			}
			record := readAs(t, "<13>"+test.written+" host app: x", wire.Options{Received: received, Location: test.zone})
			if diff := cmp.Diff(test.want, at(record, "wire/time")); diff != "" {
				t.Errorf("%s received %s (-want +got)\n%s", test.written, test.received, diff)
			}
		})
	}
}
