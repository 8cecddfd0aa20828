package inventory_test

import (
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/inventory"
	"github.com/harrier-soar/harrier/internal/picture"
)

// company fills a desk with hosts and users of two sources each.
func company(b *testing.B, n int) *desk {
	b.Helper()
	d := newDesk(b)
	var cmdb, edr, ad strings.Builder
	cmdb.WriteString("id,name,fqdn,criticality,environment,owner,tags\n")
	edr.WriteString("hostname,edr_id,mac,os\n")
	ad.WriteString("account,upn,mail,sid,department,manager\n")
	for i := range n {
		fmt.Fprintf(&cmdb, "A%[1]d,WS-%[1]d,ws-%[1]d.corp.example,%[2]s,production,team-%[3]d,laptop\n", i, []string{"low", "high", "medium"}[i%3], i%50)
		fmt.Fprintf(&edr, "WS-%[1]d,e-%[1]d,00:11:%02x:%02x:%02x:%02x,Windows 11\n", i, i>>24&255, i>>16&255, i>>8&255, i&255)
		fmt.Fprintf(&ad, "CORP\\u%[1]d,u%[1]d@corp.example,u%[1]d@corp.example,S-1-5-21-1-2-3-%[1]d,dept-%[2]d,u%[3]d\n", i, i%100, i/10)
	}
	began := time.Now()
	d.take(host, "cmdb", cmdb.String())
	d.take(host, "edr", edr.String())
	d.take(user, "ad", ad.String())
	b.Logf("%d records imported in %s", 3*n, time.Since(began).Round(time.Millisecond))
	return d
}

// An alert about a host by its short name, a user and an address that was leased.
func BenchmarkFill(b *testing.B) {
	const n = 30_000
	d := company(b, n)
	leases := make([]inventory.Lease, 0, n)
	for i := range n {
		leases = append(leases, lease(addressOf(i), d.now.Add(-time.Hour), 8*time.Hour, fmt.Sprintf("ws-%d", i)))
	}
	d.leased(leases...)
	for name, addresses := range map[string]int{"warm addresses": 2000, "cold addresses": n} {
		b.Run(name, func(b *testing.B) {
			i := 0
			for b.Loop() {
				i++
				list := []picture.Entity{
					{Entity: harrier.Entity{Type: host, Key: fmt.Sprintf("ws-%d", i%n)}},
					{Entity: harrier.Entity{Type: user, Key: fmt.Sprintf("u%d@corp.example", i%n)}},
					{Entity: harrier.Entity{Type: address, Key: addressOf(i * 7919 % addresses)}},
				}
				if name == "cold addresses" { // what an import touches is forgotten
					d.Forget(harrier.DefaultTenant, netip.MustParseAddr(list[2].Key))
				}
				if err := d.Fill(b.Context(), harrier.DefaultTenant, list, d.now); err != nil || list[2].As == nil || !list[0].Known || !list[1].Known {
					b.Fatalf("%+v, %v", list, err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "alerts/s")
		})
	}
}

func addressOf(i int) string { return fmt.Sprintf("10.%d.%d.%d", i>>16&255, i>>8&255, i&255) }

// What the index of a tenant costs in memory.
func BenchmarkIndex(b *testing.B) {
	for b.Loop() {
		d := company(b, 100_000)
		runtime.GC()
		var with, without runtime.MemStats
		runtime.ReadMemStats(&with)
		d.Service = nil
		runtime.GC()
		runtime.ReadMemStats(&without)
		b.ReportMetric(float64(with.HeapAlloc-without.HeapAlloc)/(1<<20), "MiB")
		b.ReportMetric(float64(with.HeapAlloc-without.HeapAlloc)/300_000, "B/record")
	}
}

func BenchmarkAddLeases(b *testing.B) {
	d := newDesk(b)
	const batch = 1000
	i := 0
	for b.Loop() {
		leases := make([]inventory.Lease, 0, batch)
		for range batch {
			i++
			leases = append(leases, lease(addressOf(i*7919%65536), d.now.Add(time.Duration(i)*time.Second), time.Hour, "ws-1"))
		}
		d.leased(leases...)
	}
	b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "leases/s")
}
