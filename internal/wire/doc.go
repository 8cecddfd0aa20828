// Package wire reads what devices send as text: syslog of both RFCs and of none,
// and inside of it CEF, LEEF, key=value, PAN-OS' columns, Cisco's messages, Check
// Point's, JSON, Zeek's tables and Windows' events.
//
// Of one message it makes one record, which mappings work on. The record always
// has "wire", which tells how it was read and when the event happened; it has
// "syslog" where there was a header; and one key for the format inside, or "message" where it has none:
//
//	{"wire":   {"format": "cef", "envelope": "rfc3164", "time": "2026-03-01T12:00:00Z", "time_from": "cef.rt"},
//	 "syslog": {"facility": "local4", "severity": "warning", "host": "fw1", "message": "CEF:0|…"},
//	 "cef":    {"vendor": "…", "name": "…", "ext": {"src": "192.0.2.1"}, "labels": {"Rule": "r1"}}}
//
// JSON and Zeek's tables are the record itself, as they are where they come
// without syslog, so that one mapping serves both.
//
// Readers are pure and tolerant: what cannot be read is text, never an error,
// unless the source declares a format and the message is not in it. Values that
// are empty are left out. Time, memory and the number of fields are bounded for
// any input; what is cut is told in "wire.notes".
package wire
