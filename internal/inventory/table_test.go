package inventory_test

import (
	"io"
	"net/netip"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/inventory"
)

// keys are those of what was read, and lines those that were told.
func keys(told inventory.Told) (keys []string, lost, kept []int) {
	for _, r := range told.Records {
		keys = append(keys, r.Key)
	}
	for _, p := range told.Problems {
		if p.Kept {
			kept = append(kept, p.Line)
		} else {
			lost = append(lost, p.Line)
		}
	}
	return keys, lost, kept
}

func TestRead_losesNothingButTheLineThatIsWrong(t *testing.T) {
	t.Parallel()
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String("name\tcriticality\nzürich\thigh\n")
	if err != nil {
		t.Fatal(err)
	}
	latin, err := charmap.Windows1252.NewEncoder().String("name;owner\nzürich;Jörg\nplain;x\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text string
		keys       []string
		lost, kept []int
	}{
		{"commas, with a BOM and carriage returns", "\ufeffname,criticality\r\na,high\r\nb,low\r\n", []string{"a", "b"}, nil, nil},
		{"semicolons and Excel's word before", "sep=;\nname;criticality\na;high\n", []string{"a"}, nil, nil},
		{"tabs in UTF-16", utf16, []string{"zürich"}, nil, nil},
		{"Windows-1252 without a word", latin, []string{"zürich", "plain"}, nil, nil},
		{"a quote that nobody closes", "name,owner\na,x\n\"b,x\nc,x\nd,\"x\ny\"\n", []string{"a", "c", "d"}, []int{3}, nil},
		{"two quotes that nobody closes", "name,owner\n\"a,x\nb,\"y\",\nc,x\n", []string{"b", "c"}, []int{2}, nil},
		{"quotes inside, doubled and bare", "name,owner\n\"a\",\"O\"\"Neil\"\nb,5\" disk\n", []string{"a", "b"}, nil, nil},
		{"too many cells", "name,owner\na,x,y\nb,x,,\nc\n", []string{"b", "c"}, []int{2}, nil},
		{"no name at all", "name,owner\n,x\nb,x\n", []string{"b"}, []int{2}, nil},
		{"words that nobody knows", "name,criticality,ip,mac,vip,review by\na,huge,nowhere,zz,perhaps,soon\n", []string{"a"}, nil, []int{2, 2, 2, 2, 2}},
		{"empty lines and a comment before", "# of the CMDB\n\nname,owner\n\na,x\n\n", []string{"a"}, nil, nil},
		{"a list in JSON", `[{"name":"a","ips":["10.0.0.1","10.0.0.2"]},{"owner":"x"},{"name":"b","meta":{"owner":"y"}},7]`, []string{"a", "b"}, []int{2, 4}, nil},
		{"a list inside of an object", `{"count":1,"items":[{"hostName":"a"}]}`, []string{"a"}, nil, nil},
		{"a list on one long line", `[{"name":"a","x":"` + strings.Repeat("x", 3<<20) + `"},{"name":"b"}]`, []string{"a", "b"}, nil, nil},
		{"lines of JSON, one of them none", "{\"name\":\"a\"}\n\nnonsense\n{\"name\":\"c\"}\n", []string{"a", "c"}, []int{3}, nil},
		{"lines of JSON, one broken", "{\"name\":\"a\"}\n{\"name\":\n{\"name\":\"c\"}\n", []string{"a", "c"}, []int{2}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			told, err := inventory.Read(strings.NewReader(c.text), inventory.Reading{Kind: host})
			if err != nil {
				t.Fatal(err)
			}
			got, lost, kept := keys(told)
			if diff := cmp.Diff([]any{c.keys, c.lost, c.kept}, []any{got, lost, kept}, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s\n%+v", diff, told.Problems)
			}
		})
	}
}

func TestRead_refusesWhatIsNoInventory(t *testing.T) {
	t.Parallel()
	for text, c := range map[string]struct {
		file string
		how  inventory.Reading
	}{
		"the file is empty":                {"\n\n", inventory.Reading{}},
		"no column of the head is known":   {"foo,bar\n1,2\n", inventory.Reading{}},
		"it is not whole JSON":             {`[{"name":"a"},{"name":`, inventory.Reading{}},
		"neither a list of objects":        {`"a"`, inventory.Reading{Format: "json"}},
		"there is no format \"xml\"":       {"<a/>", inventory.Reading{Format: "xml"}},
		"there is no field \"colour\"":     {"name\na\n", inventory.Reading{Columns: map[string]string{"colour": "name"}}},
		"there is no column \"x\" for os":  {"name\na\n", inventory.Reading{Columns: map[string]string{"os": "x"}}},
		"line 1, the head of the table: a": {"\"name\na\n", inventory.Reading{}},
	} {
		c.how.Kind = host
		if _, err := inventory.Read(strings.NewReader(c.file), c.how); harrier.KindOf(err) != harrier.Invalid || err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("got %v, want Invalid that says %q", err, text)
		}
	}
}

// A file that breaks off while it is read is not taken in part: what follows would
// be gone.
func TestRead_takesNothingOfAFileThatBreaksOff(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"name,owner\na,x\nb,", `[{"name":"a"},{"na`, "{\"name\":\"a\"}\n{\"name\":\"b\"}\n"} {
		broken := io.MultiReader(strings.NewReader(text), iotest.ErrReader(io.ErrUnexpectedEOF))
		if _, err := inventory.Read(broken, inventory.Reading{Kind: host}); harrier.KindOf(err) != harrier.Unavailable || err == nil {
			t.Errorf("%q: got %v, want Unavailable", text, err)
		}
	}
}

// What Splunk calls assets and identities can be taken as it is.
func TestRead_knowsTheColumnsOfOthers(t *testing.T) {
	t.Parallel()
	assets, err := inventory.Read(strings.NewReader("ip,mac,nt_host,dns,owner,priority,bunit,category,is_expected\n10.0.0.5|10.0.0.6,00:11:22:33:44:55,DC01,dc01.corp.example,it,critical,ops,dc|server,true\n"), inventory.Reading{Kind: host})
	if err != nil {
		t.Fatal(err)
	}
	want := inventory.Record{
		Kind: host, Key: "dc01.corp.example", Names: []string{"dc01", "dc01.corp.example"}, MACs: []string{"00:11:22:33:44:55"}, Owner: "it",
		Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.5"), netip.MustParseAddr("10.0.0.6")}, Criticality: "critical", Department: "ops", Tags: []string{"dc", "server"},
	}
	addr := cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
	if diff := cmp.Diff([]inventory.Record{want}, assets.Records, addr); diff != "" || !cmp.Equal(assets.Unused, []string{"is_expected"}) {
		t.Errorf("%s, unused %v", diff, assets.Unused)
	}
	people, err := inventory.Read(strings.NewReader("identity;email;managedBy;priority;bunit;category;watchlist\nCORP\\alice|alice@corp.example;alice@corp.example;bob;high;sales;normal;exec\n"), inventory.Reading{Kind: user})
	if err != nil {
		t.Fatal(err)
	}
	want = inventory.Record{
		Kind: user, Key: "alice@corp.example", Names: []string{`corp\alice`}, UPN: "alice@corp.example", Mail: []string{"alice@corp.example"},
		Manager: "bob", Criticality: "high", Department: "sales", Tags: []string{"exec", "normal"},
	}
	if diff := cmp.Diff([]inventory.Record{want}, people.Records, addr); diff != "" {
		t.Error(diff)
	}
}

func TestRead_takesWhatColumnsAreSaidToHold(t *testing.T) {
	t.Parallel()
	told, err := inventory.Read(strings.NewReader("Rechner,Wichtig,Stand,Agent\npc1,hoch,01.02.2026,77\npc2,high,2026-02-01,78\n"), inventory.Reading{
		Kind: host, Columns: map[string]string{"hostname": "rechner", "criticality": "Wichtig", "criticality_at": "Stand", "id.edr": "Agent"},
	})
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	want := []inventory.Record{
		{Kind: host, Key: "pc1", Names: []string{"pc1"}, IDs: map[string]string{"edr": "77"}, CriticalityAt: day},
		{Kind: host, Key: "pc2", Names: []string{"pc2"}, IDs: map[string]string{"edr": "78"}, CriticalityAt: day, Criticality: "high"},
	}
	if diff := cmp.Diff(want, told.Records); diff != "" || len(told.Problems) != 1 || told.Problems[0].Line != 2 {
		t.Errorf("%s\n%+v", diff, told.Problems)
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{cmdb, "sep=;\nname;ip\na;10.0.0.1\n", `[{"name":"a","x":{"y":[1,2,{"z":null}]}}]`, "{\"name\":\"a\"}\n{\"name\":\"b\"}\n", "name,owner\n\"a\n\"b,c\n", "\xff\xfen\x00a\x00m\x00e\x00\n\x00a\x00"} {
		f.Add(text, true)
		f.Add(text, false)
	}
	f.Fuzz(func(t *testing.T, text string, person bool) {
		how := inventory.Reading{Kind: host}
		if person {
			how.Kind = user
		}
		told, err := inventory.Read(strings.NewReader(text), how)
		if err != nil {
			if harrier.KindOf(err) == harrier.Internal {
				t.Fatal(err)
			}
			return
		}
		if n := len(told.Records); n > strings.Count(text, "\n")+strings.Count(text, "{")+strings.Count(text, ",")+2 {
			t.Errorf("%d records of %q", n, text)
		}
		for _, r := range told.Records {
			if r.Key == "" || len(r.Key) > 600 || weighs(r.Criticality) {
				t.Errorf("read %+v of %q", r, text)
			}
		}
	})
}

// weighs tells whether a criticality is none that there is.
func weighs(c string) bool {
	return !strings.Contains(" critical high medium low ", " "+c+" ") && c != ""
}

func FuzzReadLeases(f *testing.F) {
	seeds := map[string]string{
		"isc":     "lease 10.1.0.9 {\n  starts 5 2026/11/27 08:00:00;\n  ends never;\n  binding state active;\n  hardware ethernet 00:11:22:33:44:55;\n  client-hostname \"a;b}\";\n}\n",
		"kea":     "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state\n10.1.0.9,00:11:22:33:44:55,,4294967295,1795770000,1,0,0,a&#x2cb,0\n",
		"windows": "ID,Date,Time,Description,IP Address,Host Name,MAC Address\n10,11/27/26,09:00:00,Assign,10.1.0.9,WS-17,001122334455\n12,11/27/2026,09:00:00,Release,10.1.0.9,,\n",
		"dnsmasq": "1795809600 00:11:22:33:44:55 10.1.0.9 ws-17 *\n",
		"table":   "ip,start,end,user\n10.8.0.2,1795809600,2026-11-27 09:00:00,alice\n",
	}
	for format, text := range seeds {
		f.Add(format, text)
	}
	f.Fuzz(func(t *testing.T, format, text string) {
		_, err := inventory.ReadLeases(strings.NewReader(text), inventory.LeaseReading{Source: "s", Format: format}, func(l inventory.Lease) error {
			if !l.Address.IsValid() || l.Address.Is4In6() || l.Start.IsZero() || !l.End.IsZero() && !l.End.After(l.Start) || l.End.Sub(l.Start) > 401*24*time.Hour {
				t.Errorf("read %+v of %q", l, text)
			}
			return nil
		})
		if err != nil && harrier.KindOf(err) == harrier.Internal {
			t.Fatal(err)
		}
	})
}

func FuzzNames(f *testing.F) {
	for _, s := range []string{`CORP\alice`, "alice@corp.example", "00-11-22-33-44-55", "fe80::1%eth0", "::ffff:10.0.0.1", "ws-17.corp.example.", `\\ws-17`, "S-1-5-21"} {
		f.Add(s)
	}
	d := newDesk(f)
	d.take(host, "cmdb", cmdb)
	d.take(user, "ad", "account,upn\nCORP\\alice,alice@corp.example\n")
	f.Fuzz(func(t *testing.T, name string) {
		d := &desk{Service: d.Service, t: t, now: d.now}
		if mac, ok := inventory.ParseMAC(name); ok {
			if again, ok := inventory.ParseMAC(mac); !ok || again != mac {
				t.Errorf("%q is %q is %q", name, mac, again)
			}
		}
		if a, ok := inventory.ParseAddress(name); ok {
			if again, ok := inventory.ParseAddress(a.String()); !ok || again != a {
				t.Errorf("%q is %v is %v", name, a, again)
			}
		}
		for _, kind := range []harrier.EntityType{host, user, address, harrier.MailboxEntity, harrier.ResourceEntity} {
			if e := d.fill(kind, name, d.now); e.Criticality == "low" && !strings.Contains(strings.ToLower(name), "01") && !strings.Contains(name, "10.9") && !strings.EqualFold(name, "a3") {
				t.Errorf("%q is low: %+v", name, e)
			}
		}
	})
}
