package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/harrier-soar/harrier/internal/wire"
)

func seeds() []string {
	return []string{
		`<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - [exampleSDID@32473 iut="3" x="\" \] \\"] It's time`,
		"<34>Oct 11 22:14:15 mymachine su[1]: 'su root' failed",
		"<189>237: *Mar  1 18:46:11.123 UTC: %SYS-5-CONFIG_I: Configured from console by vty2 (10.34.195.36)",
		`CEF:0|Sec\|urity|threat\\manager|1.0|100|worm stopped|10|src=10.0.0.1 act=a \= b cs1=x cs1Label=y`,
		"LEEF:2.0|V|P|1|E7|0x5E|src=192.0.2.1^none=^usrName=ann b",
		`<189>date=2026-03-01 time=12:00:00 devname="fg \" 1" eventtime=1772366400123456789 tz="+0100" msg='a`,
		`1,2026/03/01 12:00:00,0011,THREAT,url,2561,2026/03/01 11:59:58,192.0.2.1,10.0.0.9,0.0.0.0,0.0.0.0,in,"a""b,c",,,,,,,,,,,,,,,,,,,"x(9999)`,
		`<113>: %FTD-1-430001: EventPriority: High, SrcIP: 192.0.2.1, Message: "a, b", User: x`,
		`<134>1 2026-03-01T12:00:00Z gw1 CheckPoint 12345 - [action:"Drop"; src:"192.0.2.1"; rule_name:"a \"b\""; ]`,
		`<134>Mar  1 12:00:00 ids suricata[9]: {"timestamp":"2026-03-01T12:00:00.5+0000","flow_id":2027746959634226,"a":{"b":[1.5,null]}}`,
		"#separator \\x09\n#fields\ta\tb\n#types\tset[count]\ttime\n1,2\t1772366400.25\n",
		`<Event xmlns='x'><System><EventID>1</EventID></System><EventData><Data Name='a'>b</Data></EventData></Event>`,
		`node=h type=USER_AUTH msg=audit(1772366400.498:608): pid=1 msg='op=PAM:authentication acct="ann" addr=192.0.2.1 res=failed'`,
		`[Sun Mar 01 12:00:00.974089 2026] [:error] [pid 1] [client 192.0.2.1] ModSecurity: Warning. Matched "x" at ARGS. [id "981205"] [msg "a \\" b"] [tag "OWASP"]`,
		"Feb 29 25:61:61 x", "<999>", "<1>1 ", "[", "=", "a=b=c=d e==f",
	}
}

func FuzzParse(f *testing.F) { // FIL-12
	for _, s := range seeds() {
		for i := range len(wire.Formats()) + 1 {
			f.Add([]byte(s), int64(1772366400), byte(i))
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, received int64, format byte) {
		formats := append(wire.Formats(), wire.Auto)
		opt := wire.Options{Received: time.Unix(received%(1<<36), 0), Format: formats[int(format)%len(formats)]}
		record, err := wire.Parse(body, opt)
		if err != nil {
			return
		}
		text, err := json.Marshal(record)
		if err != nil {
			t.Fatalf("the record is no JSON: %v", err)
		}
		if !utf8.Valid(text) || bytes.Contains(text, []byte(`\u0000`)) && !bytes.Contains(body, []byte(`\u0000`)) && !bytes.Contains(body, []byte(`x00`)) {
			t.Fatalf("the record is no clean text: %s", text)
		}
		if _, ok := record["wire"].(map[string]any); !ok {
			t.Fatalf("the record does not tell how it was read: %s", text)
		}
	})
}

func FuzzFrames(f *testing.F) {
	f.Add([]byte("7 <13>one<13>two\n9 <13>three\x00"), byte(0))
	f.Add([]byte("3 one3 two"), byte(1))
	f.Fuzz(func(t *testing.T, stream []byte, framing byte) {
		kinds := []wire.Framing{wire.AnyFraming, wire.Octets, wire.Lines, wire.NUL}
		r := wire.NewFrames(bytes.NewReader(stream), 500, kinds[int(framing)%len(kinds)])
		var total int64
		for range len(stream) + 2 {
			r.Buffered()
			frame, err := r.Next()
			total += int64(len(frame.Body)) + frame.Cut
			if len(frame.Body) > 500 {
				t.Fatalf("a message of %d bytes", len(frame.Body))
			}
			if total > int64(len(stream)) {
				t.Fatalf("%d bytes of messages out of %d", total, len(stream))
			}
			if errors.Is(err, io.EOF) || err != nil {
				return
			}
		}
		t.Fatal("the stream does not end")
	})
}
