package inventory_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/inventory"
)

func lease(addr string, start time.Time, lasts time.Duration, name string) inventory.Lease {
	l := inventory.Lease{Address: netip.MustParseAddr(addr), Start: start, Source: "dhcp", Host: name}
	if lasts > 0 {
		l.End = start.Add(lasts)
	}
	return l
}

func (d *desk) leased(leases ...inventory.Lease) {
	d.t.Helper()
	if n, err := d.AddLeases(d.t.Context(), harrier.DefaultTenant, leases); err != nil || n != len(leases) {
		d.t.Fatalf("%d of %d leases were stored, %v", n, len(leases), err)
	}
}

// whose is the key of whoever had an address.
func (d *desk) whose(addr string, at time.Time) string {
	e := d.fill(address, addr, at)
	if e.As == nil {
		return ""
	}
	return e.As.Key
}

func TestAddress_meansWhoHadItThen(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	at := func(hour, minute int) time.Time { return time.Date(2026, 11, 27, hour, minute, 0, 0, time.UTC) }
	d.leased(
		lease("10.1.0.9", at(8, 0), 12*time.Hour, "ws-1"),
		lease("10.1.0.9", at(10, 0), 30*time.Minute, "ws-2"), // the server gave it to another while it still ran
		lease("10.1.0.9", at(14, 0), 0, "ws-3"),              // nobody tells its end
		lease("10.1.0.8", at(8, 0), 8*time.Hour, "ws-4"),
		inventory.Lease{Address: netip.MustParseAddr("10.1.0.8"), Start: at(9, 0), Source: "dhcp"}, // given back
	)
	for _, c := range []struct {
		addr string
		at   time.Time
		want string
		says string
	}{
		{"10.1.0.9", at(7, 59), "", ""},
		{"10.1.0.9", at(8, 0), "ws-1", "leased to ws-1"},
		{"10.1.0.9", at(9, 59), "ws-1", ""},
		{"10.1.0.9", at(10, 0), "ws-2", ""},
		{"10.1.0.9", at(10, 29), "ws-2", ""},
		{"10.1.0.9", at(10, 30), "", "ws-2, which ended at 2026-11-27T10:30:00Z"},
		{"10.1.0.9", at(14, 0), "ws-3", ""},
		{"10.1.0.9", at(14, 0).Add(inventory.DefaultLeaseAge - time.Second), "ws-3", ""},
		{"10.1.0.9", at(14, 0).Add(inventory.DefaultLeaseAge), "", "whose end nobody tells"},
		{"10.1.0.8", at(8, 30), "ws-4", ""},
		{"10.1.0.8", at(9, 30), "", "given back at 2026-11-27T09:00:00Z"},
		{"10.1.0.7", at(9, 0), "", ""},
	} {
		e := d.fill(address, c.addr, c.at)
		if got := d.whose(c.addr, c.at); got != c.want {
			t.Errorf("%s at %s was %q, want %q", c.addr, c.at.Format(time.TimeOnly), got, c.want)
		}
		if notes := strings.Join(e.Notes, "; "); !strings.Contains(notes, c.says) {
			t.Errorf("%s at %s: the notes are %q, want them to say %q", c.addr, c.at.Format(time.TimeOnly), notes, c.says)
		}
	}
}

// A lease that comes late holds for the alerts that come after it, whatever was cached.
func TestAddress_forgetsWhatItCached(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for i := range 12 {
		d.leased(lease("10.1.0.9", d.now.Add(time.Duration(i)*time.Hour), time.Hour, "ws-1"))
	}
	for i := range 12 {
		at := d.now.Add(time.Duration(i)*time.Hour + 30*time.Minute)
		if got := d.whose("10.1.0.9", at); got != "ws-1" {
			t.Errorf("hour %d was %q", i, got)
		}
		d.leased(lease("10.1.0.9", at.Add(-time.Minute), time.Hour, "ws-2"))
		if got := d.whose("10.1.0.9", at); got != "ws-2" {
			t.Errorf("hour %d was %q after another lease came", i, got)
		}
	}
}

func TestAddress_isKnownByHardwareBeforeName(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(host, "cmdb", "name,fqdn,mac,criticality,environment\nWS-17,ws-17.corp.example,00:11:22:33:44:55,critical,production\nT-1,t-1.corp.example,00:11:22:33:44:66,low,test\n")
	with := func(mac, name string) inventory.Lease {
		l := lease("10.1.0.9", d.now, time.Hour, name)
		l.MAC = mac
		return l
	}
	d.leased(with("00-11-22-33-44-55", "t-1")) // it calls itself a test machine
	got := d.fill(address, "10.1.0.9", d.now)
	if got.As == nil || got.As.Key != "ws-17.corp.example" || got.Criticality != "critical" || got.Environment != "production" {
		t.Errorf("got %+v; want the machine with the hardware address", got)
	}
	d.leased(with("aa:aa:aa:aa:aa:aa", "t-1")) // a stranger calls itself a test machine
	got = d.fill(address, "10.1.0.9", d.now)
	if got.Criticality != "" || got.Environment != "" || !strings.Contains(strings.Join(got.Notes, " "), "its own word") {
		t.Errorf("a name alone makes it harmless: %+v", got)
	}
	d.leased(with("00:11:22:33:44:66", "t-1"))
	if got = d.fill(address, "10.1.0.9", d.now); got.Criticality != "low" || got.Environment != "test" {
		t.Errorf("the test machine is %+v", got)
	}
	d.leased(with("aa:aa:aa:aa:aa:aa", ""))
	if got = d.fill(address, "10.1.0.9", d.now); got.As != nil || got.Known || !strings.Contains(got.Notes[0], "does not know") {
		t.Errorf("a machine that nobody knows is %+v", got)
	}
}

func TestAddress_ofAServerIsItsOwn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(host, "cmdb", cmdb)
	if got := d.whose("10.0.0.5", d.now); got != "dc01.corp.example" {
		t.Errorf("got %q", got)
	}
	d.leased(lease("10.0.0.5", d.now.Add(-time.Hour), 30*time.Minute, "ws-9"))
	got := d.fill(address, "10.0.0.5", d.now.Add(-45*time.Minute))
	if got.As == nil || got.As.Key != "ws-9" || !strings.Contains(strings.Join(got.Notes, " "), "dc01.corp.example has it for good") {
		t.Errorf("while it is leased it is %+v", got)
	}
	if got := d.whose("10.0.0.5", d.now); got != "" {
		t.Errorf("an address that is leased out is %q in a gap, want it unknown", got)
	}
	if got := d.whose("10.0.0.5", d.now.Add(30*24*time.Hour)); got != "dc01.corp.example" {
		t.Errorf("a month after the last lease it is %q", got)
	}
}

func TestAddress_ofAVPNIsThePersons(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(user, "ad", "upn,vip\nalice@corp.example,yes\n")
	d.take(host, "cmdb", cmdb)
	const log = "Username;TunnelIP;Connect Time;Disconnect Time;Computer\nalice@corp.example;10.8.0.2;2026-11-27 08:00:00;2026-11-27 10:00:00;\nalice@corp.example;10.8.0.3;2026-11-27 08:00:00;;T-01\nx;not an address;2026-11-27 08:00:00;;\n"
	r, err := d.ImportLeases(t.Context(), harrier.Operator(), strings.NewReader(log), inventory.LeaseReading{Source: "vpn", Format: "table", MaxAge: 12 * time.Hour})
	if err != nil || r.Taken != 2 || r.ProblemCount != 0 && r.Problems[0].Line != 4 {
		t.Fatalf("got %+v, %v", r, err)
	}
	got := d.fill(address, "10.8.0.2", d.now)
	if got.As == nil || got.As.Type != user || got.As.Key != "alice@corp.example" || !got.VIP {
		t.Errorf("got %+v; want the person", got)
	}
	got = d.fill(address, "10.8.0.3", d.now)
	if got.As == nil || got.As.Key != "t-01.test.example" || !got.VIP || got.Environment != "test" {
		t.Errorf("got %+v; want the machine, which matters as its user does", got)
	}
	if got := d.whose("10.8.0.3", d.now.Add(12*time.Hour)); got != "" {
		t.Errorf("after the longest age it is %q", got)
	}
}

// read reads a file of leases.
func read(t *testing.T, how inventory.LeaseReading, text string) ([]inventory.Lease, inventory.LeaseReport) {
	t.Helper()
	how.Source = "s"
	var out []inventory.Lease
	report, err := inventory.ReadLeases(strings.NewReader(text), how, func(l inventory.Lease) error {
		l.Source = ""
		out = append(out, l)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out, report
}

const dhcpdLeases = `# The format of this file is documented in dhcpd.leases(5)
authoring-byte-order little-endian;
server-duid "\000\001\000\001{";

lease 10.1.0.9 {
  starts 5 2026/11/27 08:00:00;
  ends 5 2026/11/27 20:00:00;
  cltt 5 2026/11/27 08:00:00;
  binding state active;
  next binding state free;
  hardware ethernet 00:11:22:33:44:55;
  uid "\001\000\021\"3DU";
  set vendor-class-identifier = "MSFT 5.0";
  client-hostname "WS-17";
}
lease 10.1.0.9 {
  starts 5 2026/11/27 08:00:00;
  ends 5 2026/11/27 09:00:00;
  binding state free;
  hardware ethernet 00:11:22:33:44:55;
}
lease 10.1.0.10 { 
  starts epoch 1795766400; # Fri Nov 27 08:00:00 2026
  ends never;
  binding state active;
  hardware ethernet 00:11:22:33:44:66;
}
lease 10.1.0.11 {
  starts 5 2026/11/27 08:00:00;
  ends 5 2026/11/27 08:00:00;
  binding state abandoned;
}
lease nonsense {
  starts 5 2026/11/27 08:00:00;
}
lease 10.1.0.12 {
  starts 5 2026/11/27 08:00:00;
`

func TestReadLeases_knowsWhatServersWrite(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		when, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	addr := netip.MustParseAddr
	for _, c := range []struct {
		name    string
		how     inventory.LeaseReading
		text    string
		want    []inventory.Lease
		skipped int
		wrong   []int
	}{
		{"dhcpd.leases, with what is free, abandoned, cut off and never ends", inventory.LeaseReading{Format: "isc"}, dhcpdLeases, []inventory.Lease{
			{Address: addr("10.1.0.9"), Start: at("2026-11-27T08:00:00Z"), End: at("2026-11-27T20:00:00Z"), Host: "ws-17", MAC: "00:11:22:33:44:55"},
			{Address: addr("10.1.0.9"), Start: at("2026-11-27T08:00:00Z"), End: at("2026-11-27T09:00:00Z"), MAC: "00:11:22:33:44:55"},
			{Address: addr("10.1.0.10"), Start: at("2026-11-27T08:00:00Z"), End: at("2026-11-27T08:00:00Z").Add(400 * 24 * time.Hour), MAC: "00:11:22:33:44:66"},
		}, 1, []int{33, 36}},
		{"Kea for IPv4", inventory.LeaseReading{Format: "kea"}, "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id\n" +
			"10.1.0.9,00:11:22:33:44:55,01:00:11:22:33:44:55,3600,1795770000,1,0,0,ws-17.corp.example.,0,,0\n10.1.0.10,,,3600,1795770000,1,0,0,a&#x2cb,0,{ \"x\": 1 },0\n" +
			"10.1.0.9,00:11:22:33:44:55,,0,1795766400,1,0,0,,0,,0\n10.1.0.11,,,3600,1795770000,1,0,0,,1,,0\nx,,,y\n",
			[]inventory.Lease{
				{Address: addr("10.1.0.9"), Start: at("2026-11-27T08:00:00Z"), End: at("2026-11-27T09:00:00Z"), Host: "ws-17.corp.example", MAC: "00:11:22:33:44:55"},
				{Address: addr("10.1.0.10"), Start: at("2026-11-27T08:00:00Z"), End: at("2026-11-27T09:00:00Z"), Host: "a,b"},
			}, 2, []int{6}},
		{"Kea for IPv6", inventory.LeaseReading{Format: "kea"}, "address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,fqdn_fwd,fqdn_rev,hostname,hwaddr,state,user_context,hwtype,hwaddr_source,pool_id\n" +
			"2001:db8::9,00:01:00:01:2c,3600,1795770000,1,1800,0,1,128,0,0,ws-17.,00:11:22:33:44:55,0,,1,1,0\n2001:db8:1::,00:01,3600,1795770000,1,1800,2,1,56,0,0,,,0,,,,0\n",
			[]inventory.Lease{{Address: addr("2001:db8::9"), Start: at("2026-11-27T08:00:00Z"), End: at("2026-11-27T09:00:00Z"), Host: "ws-17", MAC: "00:11:22:33:44:55"}}, 1, nil},
		{"the audit log of Windows, in its own time zone", inventory.LeaseReading{Format: "windows", Zone: berlin}, "\t\tMicrosoft DHCP Service Activity Log\r\n\r\n\r\nEvent ID  Meaning\r\n00\tThe log was started.\r\n10\tA new IP address was leased to a client.\r\n\r\n" +
			"ID,Date,Time,Description,IP Address,Host Name,MAC Address,User Name, TransactionID, QResult,Probationtime, CorrelationID,Dhcid,VendorClass(Hex),VendorClass(ASCII)\r\n" +
			"00,11/27/26,00:00:07,Started,,,,,0,6,,,,,\r\n10,11/27/26,09:00:00,Assign,10.1.0.9,WS-17.corp.example,001122334455,,1,0,,,,,\r\n" +
			"30,11/27/26,09:00:00,DNS Update Request,10.1.0.9,WS-17.corp.example,,,0,6,,,,,\r\n12,11/27/26,11:00:00,Release,10.1.0.9,WS-17.corp.example,001122334455,,2,0,,,,,\r\n11,27.11.2026,11:00:00,Renew,10.1.0.9,a,001122334455,,\r\n11,11\r\n",
			[]inventory.Lease{
				{Address: addr("10.1.0.9"), Start: at("2026-11-27T08:00:00Z"), Host: "ws-17.corp.example", MAC: "00:11:22:33:44:55"},
				{Address: addr("10.1.0.9"), Start: at("2026-11-27T10:00:00Z")},
			}, 2, []int{13, 14}},
		{"dnsmasq.leases", inventory.LeaseReading{Format: "dnsmasq", LeaseTime: 12 * time.Hour}, "1795809600 00:11:22:33:44:55 10.1.0.9 ws-17 01:00:11:22:33:44:55\n1795809600 00:11:22:33:44:66 10.1.0.10 * *\n0 00:11:22:33:44:77 10.1.0.11 printer *\nduid 00:01\nbroken\n",
			[]inventory.Lease{
				{Address: addr("10.1.0.9"), Start: at("2026-11-27T08:00:00Z"), End: at("2026-11-27T20:00:00Z"), Host: "ws-17", MAC: "00:11:22:33:44:55"},
				{Address: addr("10.1.0.10"), Start: at("2026-11-27T08:00:00Z"), End: at("2026-11-27T20:00:00Z"), MAC: "00:11:22:33:44:66"},
			}, 0, []int{3, 5}},
		{"a table whose columns must be named", inventory.LeaseReading{Format: "table", Zone: berlin, Columns: map[string]string{"address": "Zugewiesen", "start": "Von"}}, "Benutzer,User,Von,Bis,Zugewiesen\nx,CORP\\alice,2026-11-27 09:00:00,,10.8.0.2\nx,,2026-11-27 09:00:00,,10.8.0.2\n",
			[]inventory.Lease{{Address: addr("10.8.0.2"), Start: at("2026-11-27T08:00:00Z"), User: `corp\alice`}}, 0, []int{3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, report := read(t, c.how, c.text)
			if diff := cmp.Diff(c.want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmpopts.EquateApproxTime(0)); diff != "" {
				t.Error(diff)
			}
			var wrong []int
			for _, p := range report.Problems {
				wrong = append(wrong, p.Line)
			}
			if diff := cmp.Diff(c.wrong, wrong, cmpopts.EquateEmpty()); diff != "" || report.Skipped != c.skipped || report.Taken != len(got) {
				t.Errorf("skipped %d, want %d; problems at other lines: %s\n%+v", report.Skipped, c.skipped, diff, report.Problems)
			}
		})
	}
}

func TestReadLeases_saysWhatIsMissing(t *testing.T) {
	t.Parallel()
	for text, how := range map[string]inventory.LeaseReading{
		"no column is known to hold start":     {Source: "s", Format: "table"},
		"there is no format \"x\" of leases":   {Source: "s", Format: "x"},
		"there is no encoding \"klingon\"":     {Source: "s", Format: "isc", Encoding: "klingon"},
		"there is no field \"x\" of a lease":   {Source: "s", Format: "table", Columns: map[string]string{"x": "y"}},
		"there is no column \"y\" for address": {Source: "s", Format: "table", Columns: map[string]string{"address": "y"}},
		"is no name of a source":               {Source: "A B", Format: "table"},
	} {
		_, err := inventory.ReadLeases(strings.NewReader("ip,who\n10.0.0.1,x\n"), how, func(inventory.Lease) error { return nil })
		if harrier.KindOf(err) != harrier.Invalid || err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("got %v, want Invalid that says %q", err, text)
		}
	}
}
