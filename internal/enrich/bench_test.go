package enrich_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/enrich"
	"github.com/harrier-soar/harrier/internal/intel"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
)

// BenchmarkPicture makes pictures of alerts with five observables and two
// entities whose answers are known, over a database with alerts of before.
func BenchmarkPicture(b *testing.B) {
	s, err := store.Open(b.Context(), store.Config{Dir: blanktest.Dir(b)})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	now := time.Now()
	requests := make([]enrich.Request, 500)
	for i := range requests {
		requests[i] = request("high",
			fmt.Sprintf("ip 203.0.113.%d", i%200), fmt.Sprintf("domain d%d.example", i%100), fmt.Sprintf("url https://d%d.example/a", i%100),
			fmt.Sprintf("hash %064x", i), "ip 10.0.0.1")
		requests[i].Fingerprint = fmt.Sprint("f", i)
		requests[i].Finding.Entities = []harrier.Entity{
			{Type: harrier.HostEntity, Key: fmt.Sprint("ws-", i%300)}, {Type: harrier.UserEntity, Key: fmt.Sprintf("u%d@corp.example", i%300)},
		}
	}
	for i := range 20 {
		err := s.Write(b.Context(), func(tx harrier.Tx) error {
			for k, req := range requests {
				at := now.Add(-time.Duration(i*500+k) * time.Minute)
				a := harrier.Alert{
					Tenant: req.Tenant, ID: harrier.NewID[harrier.AlertID](at), ExternalID: fmt.Sprint(i, " ", k), Title: "before", Severity: "low", Status: "closed",
					Disposition: "benign", Fingerprint: req.Fingerprint, Data: []byte("{}"), CreatedAt: at, UpdatedAt: at,
				}
				if _, _, err := s.Submit(b.Context(), tx, a); err != nil {
					return err
				}
				if err := s.IndexAlert(b.Context(), tx, a, req.Finding); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	v := threats(always("benign"))
	v.offers["endpoint.get_host"], v.offers["identity.get_user"] = []string{"edr"}, []string{"directory"}
	for name, histories := range map[string]enrich.Histories{"with history": s, "alone": nil} {
		b.Run(name, func(b *testing.B) {
			svc := enrich.New(enrich.Config{Intel: intel.New(intel.Config{Lookups: v, Answers: s, Now: time.Now}), Histories: histories, Store: s, Own: own, Now: time.Now})
			defer func() { _ = svc.Close() }()
			for _, req := range requests {
				if p, pending, err := svc.Picture(b.Context(), req); err != nil || pending || len(p.Missing) > 0 {
					b.Fatalf("pending %t, %q, %v", pending, gaps(p), err)
				}
			}
			for i := 0; b.Loop(); i++ {
				if _, _, err := svc.Picture(b.Context(), requests[i%len(requests)]); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pictures/s")
		})
	}
}
