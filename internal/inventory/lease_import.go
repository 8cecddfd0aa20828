package inventory

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// LeaseReading says how a file of leases is read.
type LeaseReading struct {
	// Source is whose log it is, such as dhcp-berlin.
	Source string
	// Format is isc, kea, windows, dnsmasq or table.
	Format   string
	Encoding string
	// Columns names columns of a table by the field that they hold: address,
	// start, end, host, mac, user.
	Columns map[string]string
	// Zone is that of times without one; nil is UTC.
	Zone *time.Location
	// MaxAge is how long a lease holds whose end the file does not tell; zero
	// leaves it to the service.
	MaxAge time.Duration
	// LeaseTime is how long leases of dnsmasq last, whose file tells their ends
	// only; zero is the hour that it has by default.
	LeaseTime time.Duration
	// DryRun reads and changes nothing.
	DryRun bool
}

// LeaseFormats lists what [Service.ImportLeases] reads.
func LeaseFormats() []string { return []string{"isc", "kea", "windows", "dnsmasq", "table"} }

// LeaseReport is what an import of leases came to.
type LeaseReport struct {
	Source string
	DryRun bool
	// Taken are the leases that were stored, Skipped the entries that are none.
	Taken, Skipped int
	// From and Until are the first and the last beginning of a lease.
	From, Until  time.Time
	Problems     []Problem
	ProblemCount int
}

// leaseReader reads the leases of one file.
type leaseReader struct {
	how   LeaseReading
	lines *lineReader
	take  func(Lease) error
	// report is filled in on the way.
	report *LeaseReport
}

// emit takes a lease that stands at a line.
func (r *leaseReader) emit(number int, l Lease) error {
	l.Source = r.how.Source
	if l.End.IsZero() && r.how.MaxAge > 0 && !l.Free() {
		l.End = l.Start.Add(r.how.MaxAge)
	}
	known, ok := l.canonical()
	switch {
	case !ok && known.Address.IsValid() && !known.Start.IsZero():
		r.bad(number, "the lease of %s ends before it begins; it is left out", known.Address)
		return nil
	case !ok:
		r.bad(number, "it lacks an address or the beginning of the lease; it is left out")
		return nil
	}
	rep := r.report
	rep.Taken++
	if rep.From.IsZero() || known.Start.Before(rep.From) {
		rep.From = known.Start
	}
	if known.Start.After(rep.Until) {
		rep.Until = known.Start
	}
	return r.take(known)
}

func (r *leaseReader) bad(number int, format string, args ...any) {
	r.report.ProblemCount++
	if len(r.report.Problems) < maxProblems {
		r.report.Problems = append(r.report.Problems, Problem{Line: number, Reason: fmt.Sprintf(format, args...)})
	}
}

// ReadLeases reads a file of leases and hands each of them over. A line that
// cannot be read is told and costs itself only.
func ReadLeases(file io.Reader, how LeaseReading, take func(Lease) error) (LeaseReport, error) {
	report := LeaseReport{Source: how.Source, DryRun: how.DryRun}
	if !isSourceName(how.Source) {
		return report, harrier.Errorf(harrier.Invalid, "%.60q is no name of a source: write lower-case letters, digits, - and _, such as dhcp-berlin", how.Source)
	}
	if how.Zone == nil {
		how.Zone = time.UTC
	}
	for field := range how.Columns {
		if !slices.Contains(leaseFields(), field) {
			return report, harrier.Errorf(harrier.Invalid, "there is no field %q of a lease; there are %s", field, strings.Join(leaseFields(), ", "))
		}
	}
	lines, err := decoded(file, how.Encoding)
	if err != nil {
		return report, err
	}
	r := &leaseReader{how: how, lines: lines, take: take, report: &report}
	switch how.Format {
	case "isc":
		err = r.isc()
	case "kea":
		err = r.kea()
	case "windows":
		err = r.windows()
	case "dnsmasq":
		err = r.dnsmasq()
	case "table":
		err = r.table()
	default:
		err = harrier.Errorf(harrier.Invalid, "there is no format %q of leases; it is one of %s", how.Format, strings.Join(LeaseFormats(), ", "))
	}
	if err == nil {
		err = lines.failed()
	}
	return report, err
}

// leasesAtOnce is how many leases are written in one transaction: others wait
// for it about 20 ms.
const leasesAtOnce = 1000

// ImportLeases reads a file of leases and stores them. The same file again
// changes nothing.
func (s *Service) ImportLeases(ctx context.Context, by harrier.Principal, file io.Reader, how LeaseReading) (LeaseReport, error) {
	batch := make([]Lease, 0, leasesAtOnce)
	flush := func() error {
		if how.DryRun || len(batch) == 0 {
			batch = batch[:0]
			return nil
		}
		err := s.addLeases(ctx, by.Tenant, batch)
		batch = batch[:0]
		return err
	}
	report, err := ReadLeases(file, how, func(l Lease) error {
		if batch = append(batch, l); len(batch) < leasesAtOnce {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err != nil || how.DryRun {
		return report, err
	}
	if report.Taken == 0 && report.ProblemCount > 0 {
		return report, harrier.Errorf(harrier.Invalid, "none of the lines could be taken as a lease; the first: line %d: %s", report.Problems[0].Line, report.Problems[0].Reason)
	}
	return report, s.store.Write(ctx, func(tx harrier.Tx) error {
		return s.audit(ctx, tx, by, deed{"inventory.leases", how.Source, map[string]any{
			"format": how.Format, "taken": report.Taken, "skipped": report.Skipped, "problems": report.ProblemCount,
		}})
	})
}

// AddLeases stores leases, some at a time; one of the same address, beginning and
// source takes the place of the one before. It returns how many said something.
func (s *Service) AddLeases(ctx context.Context, tenant harrier.TenantID, leases []Lease) (int, error) {
	n := 0
	for batch := range slices.Chunk(leases, leasesAtOnce) {
		fit := make([]Lease, 0, len(batch))
		for _, l := range batch {
			if l, ok := l.canonical(); ok && isSourceName(l.Source) {
				fit = append(fit, l)
			}
		}
		if err := s.addLeases(ctx, tenant, fit); err != nil {
			return n, err
		}
		n += len(fit)
	}
	return n, nil
}

// addLeases stores a batch of leases in their one spelling.
func (s *Service) addLeases(ctx context.Context, tenant harrier.TenantID, batch []Lease) error {
	if len(batch) == 0 {
		return nil
	}
	err := s.store.Write(ctx, func(tx harrier.Tx) error { return s.store.AddLeases(ctx, tx, tenant, batch) })
	s.leases.forget(tenant, batch) // whatever became of it
	return err
}
