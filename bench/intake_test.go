package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// clients is how many senders deliver side by side.
const clients = 64

// served is a server in a process of its own.
type served struct {
	tb        testing.TB
	data, url string
	cmd       *exec.Cmd
}

// harrierBinary is what make build made.
func harrierBinary(b *testing.B) string {
	b.Helper()
	path, err := filepath.Abs(binary)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		b.Skipf("there is no %s; run make build first", binary)
	}
	return path
}

// start starts a server on a data directory.
func start(b *testing.B, data string) *served {
	b.Helper()
	s := &served{tb: b, data: data}
	s.cmd = exec.CommandContext(b.Context(), harrierBinary(b), "serve", "--data", data, "--listen", "127.0.0.1:0")
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, url, found := strings.Cut(lines.Text(), "ready: http://"); found {
			s.url = "http://" + strings.SplitN(url, ",", 2)[0]
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return s
		}
	}
	b.Fatal("the server is not ready")
	return s
}

// stop stops the server.
func (s *served) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait()
}

// tell runs a command on the server's data directory and returns what it prints.
func (s *served) tell(args ...string) []byte {
	s.tb.Helper()
	cmd := exec.CommandContext(s.tb.Context(), s.cmd.Path, append(args, "--data", s.data, "-o", "json")...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		s.tb.Fatalf("%s: %v: %s", strings.Join(args, " "), err, errs.Bytes())
	}
	return out
}

// source makes a source and returns its secret.
func (s *served) source(name string) string {
	s.tb.Helper()
	var made struct{ Secret string }
	if err := json.Unmarshal(s.tell("source", "new", "generic", "--name", name), &made); err != nil || made.Secret == "" {
		s.tb.Fatalf("the source has no secret: %v", err)
	}
	return made.Secret
}

// alertText is an alert of about 1 KiB.
func alertText(i int) string {
	return fmt.Sprintf(`{"id":"alert-%d","title":"Odd process on ws-%d","severity":"medium","host":{"name":"ws-%d"},"rule":{"id":"r-%d","name":"Odd process"},"message":"%s"}`,
		i, i%5000, i%5000, i%50, strings.Repeat("x", 850))
}

// door is where alerts are delivered, and what proves their sender.
type door struct{ url, secret string }

// delivery sends n bodies by many clients and returns how long all of them
// took, and each.
func delivery(b *testing.B, n int, to door, text func(i int) string) (all time.Duration, each []time.Duration) {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}, Timeout: time.Minute}
	each = make([]time.Duration, n)
	var next atomic.Int64
	var wg sync.WaitGroup
	began := time.Now()
	for range clients {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				at := time.Now()
				req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, to.url, strings.NewReader(text(i)))
				if err != nil {
					b.Error(err)
					return
				}
				req.Header.Set("Authorization", "Bearer "+to.secret)
				req.Header.Set("Content-Type", "application/json")
				res, err := client.Do(req)
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
				if res.StatusCode != http.StatusAccepted {
					b.Errorf("answered %s", res.Status)
					return
				}
				each[i] = time.Since(at)
			}
		})
	}
	wg.Wait()
	return time.Since(began), each
}

// bare answers as soon as the bytes are on the disk, committed in groups: the
// least that a durable intake does.
func bare(b *testing.B) (url string) {
	b.Helper()
	file, err := os.Create(filepath.Join(dataDir(b), "bare.log"))
	if err != nil {
		b.Fatal(err)
	}
	type entry struct {
		body []byte
		done chan error
	}
	queue := make(chan entry, 1024)
	var wg sync.WaitGroup
	wg.Go(func() {
		for first := range queue {
			batch := []entry{first}
			for more := true; more; {
				select {
				case e, open := <-queue:
					if more = open; open {
						batch = append(batch, e)
					}
				default:
					more = false
				}
			}
			var all []byte
			for _, e := range batch {
				all = append(append(all, e.body...), '\n')
			}
			_, err := file.Write(all)
			if err == nil {
				err = file.Sync()
			}
			for _, e := range batch {
				e.done <- err
			}
		}
	})
	l, err := new(net.ListenConfig).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			e := entry{body, make(chan error, 1)}
			queue <- e
			err = <-e.done
		}
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	})}
	wg.Go(func() { _ = server.Serve(l) })
	b.Cleanup(func() {
		_ = server.Shutdown(context.WithoutCancel(b.Context()))
		close(queue)
		wg.Wait()
		_ = file.Close()
	})
	return "http://" + l.Addr().String()
}

// BenchmarkIntake measures how fast alerts are taken durably over HTTP, beside
// a bare handler that only commits the bytes in groups.
func BenchmarkIntake(b *testing.B) {
	s := start(b, dataDir(b))
	defer s.stop()
	siem := door{s.url + "/v1/in/siem", s.source("siem")}
	delivery(b, 500, siem, alertText) // connections and plans are warm
	all, each := delivery(b, b.N, siem, alertText)
	least, _ := delivery(b, b.N, door{url: bare(b)}, alertText)
	slices.Sort(each)
	b.ReportMetric(float64(b.N)/all.Seconds(), "alerts/s")
	b.ReportMetric(float64(b.N)/least.Seconds(), "bare-alerts/s")
	b.ReportMetric(100*least.Seconds()/all.Seconds(), "%-of-bare")
	b.ReportMetric(each[len(each)*99/100].Seconds()*1e3, "p99-ms")
	b.ReportMetric(0, "ns/op")
}
