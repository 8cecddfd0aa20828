package wire_test

import (
	"testing"
)

func TestParse_readsCEF(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		message string
		want    map[string]any
	}{
		"escapes of header and extension, custom labels": {
			`<134>Mar  1 12:00:00 gw CEF:0|Sec\|urity|threat\\manager|1.0|100|worm stopped|10|src=10.0.0.1 act=blocked a \= dst=1.1.1.1 msg=line one\nline two\\ cs1=rule 7 cs1Label=Rule Name empty= spt=1232`,
			map[string]any{
				"wire/format": "cef", "syslog/host": "gw", "syslog/app": nil,
				"cef/vendor": "Sec|urity", "cef/product": `threat\manager`, "cef/severity": "10", "cef/level": "critical",
				"cef/ext/act": "blocked a =", "cef/ext/dst": "1.1.1.1", "cef/ext/msg": "line one\nline two\\",
				"cef/ext/empty": nil, "cef/ext/spt": "1232", "cef/labels/Rule Name": "rule 7",
			},
		},
		"an equals sign that nobody escaped": {
			`CEF:0|v|p|1|1|n|Medium|request=http://h/a?b=c&d=e cs2=cmd.exe --flag=1 /x="y" dst=192.0.2.1`,
			map[string]any{
				"cef/ext/request": "http://h/a?b=c&d=e", "cef/ext/cs2": `cmd.exe --flag=1 /x="y"`, "cef/ext/dst": "192.0.2.1", "cef/level": "medium",
			},
		},
		"a value of several lines": {
			"CEF:0|v|p|1|1|n|0|msg=one\ntwo three dst=192.0.2.1",
			map[string]any{"cef/ext/msg": "one\ntwo three", "cef/ext/dst": "192.0.2.1", "cef/level": "info"},
		},
		"times: rt in milliseconds": {
			"<134>Mar  1 12:00:00 gw CEF:0|v|p|1|1|n|3|rt=1772366401500",
			map[string]any{"wire/time": "2026-03-01T12:00:01.5Z", "wire/time_from": "cef.rt"},
		},
		"times: when it began is when it happened": {
			"CEF:0|v|p|1|1|n|3|rt=Mar 01 2026 12:00:07 UTC start=Mar 01 2026 12:00:00.5 UTC dvc=1",
			map[string]any{"wire/time": "2026-03-01T12:00:00.5Z", "wire/time_from": "cef.start"},
		},
		"no extension and no last bar": {
			"CEF:0|v|p|1|id|name|8",
			map[string]any{"cef/class_id": "id", "cef/severity": "8", "cef/level": "high", "cef/ext": nil},
		},
		"words before it, and a space after its name": {
			"<13>1 2026-03-01T12:00:00Z h - - - - forwarded CEF: 1|v|p|1|id|name|Unknown|a=b",
			map[string]any{"cef/version": "1", "cef/level": nil, "cef/ext/a": "b"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reads(t, test.message, test.want)
		})
	}
}

func TestParse_readsLEEF(t *testing.T) {
	t.Parallel()
	attrs := map[string]any{"wire/format": "leef", "leef/event_id": "E7", "leef/attrs/src": "192.0.2.1", "leef/attrs/usrName": "ann b", "leef/attrs/none": nil}
	tests := map[string]string{
		"1.0 with tabs":                       "<13>Mar  1 12:00:00 h LEEF:1.0|V|P|1|E7|src=192.0.2.1\tnone=\t usrName=ann b",
		"1.0 with spaces":                     "LEEF:1.0|V|P|1|E7|src=192.0.2.1 none= usrName=ann b",
		"2.0 with a caret":                    "LEEF:2.0|V|P|1|E7|^|src=192.0.2.1^none=^usrName=ann b",
		"2.0 with a hexadecimal tab":          "LEEF:2.0|V|P|1|E7|x09|src=192.0.2.1\tnone=\tusrName=ann b",
		"2.0 with 0x and a caret":             "LEEF:2.0|V|P|1|E7|0x5E|src=192.0.2.1^none=^usrName=ann b",
		"2.0 with a bar":                      "LEEF:2.0|V|P|1|E7|||src=192.0.2.1|none=|usrName=ann b",
		"2.0 with an empty delimiter":         "LEEF:2.0|V|P|1|E7||src=192.0.2.1\tnone=\tusrName=ann b",
		"2.0 without the field":               "LEEF:2.0|V|P|1|E7|src=192.0.2.1\tnone=\tusrName=ann b",
		"2.0 with a space, within values too": "LEEF:2.0|V|P|1|E7| |src=192.0.2.1 none= usrName=ann b",
	}
	for name, message := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reads(t, message, attrs)
		})
	}
	reads(t, "LEEF:1.0|V|P|1|E7|devTime=Mar 01 2026 12:00:00.5 CET\tdevTimeFormat=MMM dd yyyy HH:mm:ss.SSS z", map[string]any{
		"wire/time": "2026-03-01T11:00:00.5Z", "wire/time_from": "leef.devTime",
	})
}

func TestParse_readsKeyValue(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		message string
		want    map[string]any
	}{
		"FortiGate, time in nanoseconds": {
			`<189>date=2026-03-01 time=12:00:00 devname="fg 1" logid="0419016384" type="utm" level="alert" eventtime=1772366400123456789 tz="+0100" srcip=10.0.0.5 msg="a \"quoted\" thing" url="/x?a=b"`,
			map[string]any{
				"wire/format": "kv", "wire/time": "2026-03-01T12:00:00.123456789Z", "kv/devname": "fg 1", "kv/srcip": "10.0.0.5",
				"kv/msg": `a "quoted" thing`, "kv/url": "/x?a=b", "syslog/severity": "notice",
			},
		},
		"FortiGate, date with its zone": {
			`date=2026-03-01 time=12:00:00 tz="+0100" type=event logdesc=Admin login failed user=x`,
			map[string]any{"wire/time": "2026-03-01T11:00:00Z", "wire/time_from": "kv.date", "kv/logdesc": "Admin login failed", "kv/user": "x"},
		},
		"bars between": {
			"time=1772366400|hostname=cp1|severity=High|product=Threat Emulation|src=10.0.0.1|",
			map[string]any{"kv/product": "Threat Emulation", "kv/src": "10.0.0.1", "wire/time": "2026-03-01T12:00:00Z"},
		},
		"commas between, and quotes": {
			`<13>Mar  1 12:00:00 h app: a="x, y", b=two words, c='z'`,
			map[string]any{"kv/a": "x, y", "kv/b": "two words", "kv/c": "z", "syslog/app": "app"},
		},
		"two pairs are prose": {
			"<13>Mar  1 12:00:00 h app: a=1 b=2",
			map[string]any{"wire/format": "text", "message": "a=1 b=2"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reads(t, test.message, test.want)
		})
	}
}

func TestParse_readsCheckPoint(t *testing.T) {
	t.Parallel()
	reads(t, `<134>1 2026-03-01T12:00:00Z gw1 CheckPoint 12345 - [action:"Drop"; conn_direction:"Incoming"; src:"192.0.2.1"; rule_name:"a \"b\""; time:"1772366460"; ]`, map[string]any{
		"wire/format": "checkpoint", "checkpoint/action": "Drop", "checkpoint/src": "192.0.2.1", "checkpoint/rule_name": `a "b"`,
		"wire/time": "2026-03-01T12:01:00Z", "syslog/app": "CheckPoint",
	})
}

func TestParse_readsJSONInsideSyslogAsTheRecordItself(t *testing.T) {
	t.Parallel()
	reads(t, `<134>Mar  1 12:00:00 ids suricata[9]: {"timestamp":"2026-03-01T12:00:00.5+0000","flow_id":2027746959634226,"big":18446744073709551615,"score":1.5,"event_type":"alert","alert":{"severity":1},"syslog":"mine"}`, map[string]any{
		"wire/format": "json", "syslog/host": "ids", "flow_id": int64(2027746959634226), "big": "18446744073709551615", "score": 1.5,
		"alert/severity": int64(1), "wire/time": "2026-03-01T12:00:00.5Z", "syslog_field": "mine",
	})
	reads(t, `<134>Mar  1 12:00:00 h app: @cee: {"a":"b"}`, map[string]any{"a": "b"})
	reads(t, `{"a":"b"} {"c":1}`, map[string]any{"wire/format": "text", "a": nil})
}

func TestParse_readsZeek(t *testing.T) {
	t.Parallel()
	reads(t, "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tnotice\n#open\t2026-03-01-12-00-00\n"+
		"#fields\tts\tuid\tid.orig_h\tid.orig_p\tnote\tmsg\tactions\temail_body_sections\tdropped\tn\n"+
		"#types\ttime\tstring\taddr\tport\tenum\tstring\tset[enum]\tset[string]\tbool\tcount\n"+
		"1772366400.250000\tCx1\t192.0.2.1\t4711\tScan::Port_Scan\ta\\x09b\tNotice::ACTION_LOG,Notice::ACTION_EMAIL\t(empty)\tF\t-\n", map[string]any{
		"wire/format": "zeek", "_path": "notice", "id.orig_h": "192.0.2.1", "id.orig_p": int64(4711), "note": "Scan::Port_Scan", "msg": "a\tb",
		"actions": []any{"Notice::ACTION_LOG", "Notice::ACTION_EMAIL"}, "email_body_sections": []any{}, "dropped": false, "n": nil,
		"wire/time": "2026-03-01T12:00:00.25Z",
	})
	reads(t, `{"_path":"conn","ts":1772366400.25,"id.orig_h":"192.0.2.1","id.orig_p":4711}`, map[string]any{
		"wire/format": "json", "id.orig_h": "192.0.2.1", "wire/time": "2026-03-01T12:00:00.25Z",
	})
}

func TestParse_readsPANOS(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		message string
		want    map[string]any
	}{
		"THREAT, with quotes and a comma": {
			`<14>Mar  1 12:00:00 pa1 1,2026/03/01 12:00:00,0011,THREAT,vulnerability,2561,2026/03/01 11:59:58,192.0.2.1,10.0.0.9,0.0.0.0,0.0.0.0,in,corp\ann,,web-browsing,vsys1,untrust,dmz,ethernet1/1,ethernet1/2,fwd,2026/03/01 12:00:00,33,1,51000,443,0,0,0x2000,tcp,reset-both,"a,b/c?""x""",Log4j RCE (Apache)(91991),any,critical,client-to-server,7122,0x0,Germany,10.0.0.0-10.255.255.255,,,0,,,0,ua,,,,,,,,1,2,3,4,,pa-fw-1,,,,get,0,,0,,N/A,code-execution,AppThreat-1,0x0,0,4294967295,,"web,low-risk",uuid-1,0`,
			map[string]any{
				"wire/format": "panos", "syslog/host": "pa1", "panos/type": "THREAT", "panos/subtype": "vulnerability", "panos/src": "192.0.2.1",
				"panos/src_user": `corp\ann`, "panos/misc": `a,b/c?"x"`, "panos/threat_name": "Log4j RCE (Apache)", "panos/threat_id": "91991",
				"panos/severity": "critical", "panos/direction": "client-to-server", "panos/action": "reset-both", "panos/device_name": "pa-fw-1",
				"panos/threat_category": "code-execution", "panos/url_categories": "web,low-risk", "panos/rule_uuid": "uuid-1",
				"wire/time": "2026-03-01T11:59:58Z", "wire/time_from": "panos.generated_time", "panos/extra": nil,
			},
		},
		"TRAFFIC with a time of high resolution": {
			`1,2026/03/01 12:00:00,0011,TRAFFIC,end,2561,2026/03/01 11:59:58,10.1.1.1,192.0.2.9,198.51.100.1,192.0.2.9,out,corp\ann,,ssl,vsys1,trust,untrust,e1,e2,fwd,x,72568134,1,49583,443,50464,443,0x40441a,tcp,allow,7312,2228,5084,22,2026/03/01 11:59:30,16,business-and-economy,,725,0x8000000000000000,10.0.0.0-10.255.255.255,Japan,,12,10,tcp-rst-from-client,34,0,0,0,,pa-fw-1,from-policy,,,0,,0,,N/A,0,0,0,0,uuid-1,0,0,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,2026-03-01T11:59:58.443+00:00,,,encrypted-tunnel,networking,browser-based,4,tags,,ssl,no,no,0`,
			map[string]any{
				"panos/bytes_sent": "2228", "panos/session_end_reason": "tcp-rst-from-client", "panos/device_name": "pa-fw-1", "panos/rule_uuid": "uuid-1",
				"wire/time": "2026-03-01T11:59:58.443Z", "panos/app_subcategory": "encrypted-tunnel", "panos/app_risk": "4", "panos/dst_country": "Japan",
			},
		},
		"GLOBALPROTECT": {
			`<14>1 2026-03-01T12:00:00Z pa1 - - - - 1,2026/03/01 12:00:00,0011,GLOBALPROTECT,0,2561,2026/03/01 12:00:00,vsys1,gateway-auth,login,LDAP,,ann,DE,LAPTOP7,192.0.2.5,0.0.0.0,0.0.0.0,0.0.0.0,h-1,s-1,6.0,Windows,"Microsoft Windows 11, 64-bit",1,,,Authentication failed,failure,,0,,0,gp-portal,55,0x0`,
			map[string]any{
				"panos/event_id": "gateway-auth", "panos/src_user": "ann", "panos/public_ip": "192.0.2.5", "panos/status": "failure",
				"panos/client_os_version": "Microsoft Windows 11, 64-bit", "panos/portal": "gp-portal",
			},
		},
		"SYSTEM": {
			`1,2026/03/01 12:00:00,0011,SYSTEM,auth,0,2026/03/01 12:00:00,,auth-fail,profile,0,0,general,medium,"failed authentication for user 'ann', from 192.0.2.1",99,0x0,0,0,0,0,,pa-fw-1`,
			map[string]any{"panos/event_id": "auth-fail", "panos/severity": "medium", "panos/description": "failed authentication for user 'ann', from 192.0.2.1", "panos/device_name": "pa-fw-1"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reads(t, test.message, test.want)
		})
	}
}

func TestParse_readsCisco(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		message string
		want    map[string]any
	}{
		"a packet denied, with a user": {
			`<164>Mar 01 2026 12:00:00: %ASA-4-106023: Deny tcp src outside:192.0.2.1/4711(LOCAL\ann) dst inside:10.0.0.9/22 by access-group "OUT_IN" [0x0, 0x0]`,
			map[string]any{
				"cisco/facility": "ASA", "cisco/severity": "warning", "cisco/id": "106023", "cisco/protocol": "tcp", "cisco/src_ip": "192.0.2.1",
				"cisco/src_port": "4711", "cisco/src_user": `LOCAL\ann`, "cisco/dst_ip": "10.0.0.9", "cisco/dst_port": "22", "cisco/acl": "OUT_IN",
				"cisco/src_interface": "outside",
			},
		},
		"ICMP has no ports": {
			`%ASA-4-106023: Deny icmp src outside:192.0.2.1 dst inside:10.0.0.9 (type 8, code 0) by access-group "OUT_IN" [0x0, 0x0]`,
			map[string]any{"cisco/src_ip": "192.0.2.1", "cisco/dst_ip": "10.0.0.9", "cisco/icmp_type": "8"},
		},
		"a login refused": {
			`%ASA-6-605004: Login denied from 192.0.2.1/4711 to outside:10.0.0.1/ssh for user "admin"`,
			map[string]any{"cisco/action": "denied", "cisco/user": "admin", "cisco/service": "ssh", "cisco/dst_ip": "10.0.0.1"},
		},
		"an intrusion that FTD reports": {
			`<113>Mar 01 2026 12:00:00 ftd1 : %FTD-1-430001: EventPriority: High, SrcIP: 192.0.2.1, DstIP: 10.0.0.9, SrcPort: 4711, DstPort: 443, Protocol: tcp, GID: 1, SID: 58724, Message: "SERVER-OTHER Log4j, attempt", Classification: Attempted User Privilege Gain, User: No Authentication Required, FirstPacketSecond: 2026-03-01T11:59:59Z`,
			map[string]any{
				"cisco/id": "430001", "cisco/event/SrcIP": "192.0.2.1", "cisco/event/Message": "SERVER-OTHER Log4j, attempt",
				"cisco/event/Classification": "Attempted User Privilege Gain", "wire/time": "2026-03-01T11:59:59Z", "syslog/host": "ftd1",
			},
		},
		"IOS' access list": {
			`<190>45: Mar  1 12:00:00: %SEC-6-IPACCESSLOGP: list 110 denied tcp 192.0.2.1(4711) -> 10.0.0.9(22), 1 packet`,
			map[string]any{"cisco/acl": "110", "cisco/action": "denied", "cisco/src_port": "4711", "cisco/dst_ip": "10.0.0.9", "cisco/packets": "1"},
		},
		"a message of no known shape": {
			"%ASA-3-999999: What nobody has seen",
			map[string]any{"wire/format": "cisco", "cisco/message": "What nobody has seen", "cisco/src_ip": nil},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reads(t, test.message, test.want)
		})
	}
}

func TestParse_readsWindowsEvents(t *testing.T) {
	t.Parallel()
	reads(t, `<13>Mar  1 12:00:00 dc1 <Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Security-Auditing' Guid='{5484}'/>`+
		`<EventID Qualifiers=''>4625</EventID><Level>0</Level><TimeCreated SystemTime='2026-03-01T11:59:59.1234567Z'/><EventRecordID>77</EventRecordID><Execution ProcessID='4' ThreadID='8'/>`+
		`<Channel>Security</Channel><Computer>dc1.example.org</Computer><Security/></System><EventData><Data Name='TargetUserName'>ann &amp; co</Data><Data Name='IpAddress'>192.0.2.1</Data>`+
		`<Data Name='SubjectUserName'>-</Data></EventData><RenderingInfo Culture='en-US'><Message>An account failed to log on.</Message></RenderingInfo></Event>`, map[string]any{
		"wire/format": "winevent", "winlog/provider": "Microsoft-Windows-Security-Auditing", "winlog/event_id": "4625", "winlog/channel": "Security",
		"winlog/computer": "dc1.example.org", "winlog/record_id": "77", "winlog/data/TargetUserName": "ann & co", "winlog/data/IpAddress": "192.0.2.1",
		"winlog/data/SubjectUserName": nil, "winlog/message": "An account failed to log on.", "wire/time": "2026-03-01T11:59:59.1234567Z",
	})
}

func TestParse_readsAuditRecords(t *testing.T) {
	t.Parallel()
	reads(t, `node=web1 type=USER_AUTH msg=audit(1772366400.498:608): pid=12 uid=0 auid=4294967295 msg='op=PAM:authentication acct="ann" exe="/usr/sbin/sshd" hostname=? addr=192.0.2.1 terminal=ssh res=failed'`, map[string]any{
		"wire/format": "auditd", "wire/time": "2026-03-01T12:00:00.498Z", "auditd/type": "USER_AUTH", "auditd/serial": "608", "auditd/node": "web1",
		"auditd/acct": "ann", "auditd/addr": "192.0.2.1", "auditd/res": "failed", "auditd/exe": "/usr/sbin/sshd", "auditd/pid": "12",
	})
}

func TestParse_readsModSecurity(t *testing.T) {
	t.Parallel()
	reads(t, `[Sun Mar 01 12:00:00.974089 2026] [:error] [pid 17675] [client 192.0.2.1] ModSecurity: Access denied with code 403 (phase 2). Pattern match "x" at ARGS. [id "950119"] [msg "Remote \"File\" Inclusion"] [severity "CRITICAL"] [tag "a/b"] [tag "c"] [hostname "shop.example"] [uri "/x"]`, map[string]any{
		"wire/format": "modsecurity", "wire/time": "2026-03-01T12:00:00.974089Z", "modsecurity/client": "192.0.2.1", "modsecurity/id": "950119",
		"modsecurity/msg": `Remote "File" Inclusion`, "modsecurity/tags": []any{"a/b", "c"}, "modsecurity/uri": "/x",
		"modsecurity/message": `Access denied with code 403 (phase 2). Pattern match "x" at ARGS.`,
	})
}
