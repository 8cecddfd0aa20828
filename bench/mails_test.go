package bench

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/harrier-soar/harrier/internal/airlock"
	"github.com/harrier-soar/harrier/internal/email"
)

// BenchmarkMails measures the reading of mails by two helper processes, as the
// server reads them, and the most memory that one of them had.
func BenchmarkMails(b *testing.B) {
	helper, err := filepath.Abs(binary)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := os.Stat(helper); err != nil {
		b.Skipf("there is no %s; run make build first", binary)
	}
	pool, err := airlock.NewPool(airlock.Config{Program: helper, Size: 2, Jobs: 1 << 30})
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close() //nolint:errcheck // it never fails
	mails, r := realMails(b), email.Outside(pool)
	b.ResetTimer()
	var next atomic.Int64
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for i := next.Add(1) - 1; i < int64(b.N); i = next.Add(1) - 1 {
				if _, err := r.Read(b.Context(), mails[int(i)%len(mails)], map[string]any{}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	readers.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
	b.ReportMetric(childrenPeakMB(b), "peak-MB")
	b.ReportMetric(0, "ns/op")
}

// realMails returns the mails of the corpus, or our own where there is none.
func realMails(b *testing.B) (mails [][]byte) {
	b.Helper()
	corpus := filepath.Join("..", "..", "shared", "corpus")
	mails = filesOf(b, corpus, "phishing_pot/*.eml", "spamassassin/*.txt", "mime-malformed/*.eml", "msg-*/*.msg", "msg-*/*.eml", "tnef/*.tnef")
	if len(mails) == 0 {
		b.Log("the corpus is not at ../shared/corpus beside the repository; our own mails are read, which are small")
		mails = filesOf(b, filepath.Join("..", "internal"), "demo/mails/*.eml", "email/testdata/*.eml")
	}
	if len(mails) == 0 {
		b.Fatal("there are no mails")
	}
	return mails
}

// filesOf reads the files below a folder that match patterns.
func filesOf(b *testing.B, root string, patterns ...string) (files [][]byte) {
	b.Helper()
	for _, pattern := range patterns {
		names, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil {
			b.Fatal(err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				b.Fatal(err)
			}
			files = append(files, data)
		}
	}
	return files
}

// childrenPeakMB returns the most memory that a process which this one started
// ever had resident.
func childrenPeakMB(b *testing.B) (most float64) {
	b.Helper()
	lists, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		b.Fatal(err)
	}
	for _, list := range lists {
		pids, err := os.ReadFile(list)
		if err != nil {
			continue // the thread has ended
		}
		for pid := range strings.FieldsSeq(string(bytes.TrimSpace(pids))) {
			most = max(most, statusMB(b, pid, "VmHWM:"))
		}
	}
	return most
}
