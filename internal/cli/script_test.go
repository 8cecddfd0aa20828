package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/cli"
	"github.com/harrier-soar/harrier/internal/daemon"
	"github.com/harrier-soar/harrier/internal/demo"
	"github.com/harrier-soar/harrier/internal/lab"
	"github.com/harrier-soar/harrier/internal/outlook/outlooktest"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
	"github.com/rogpeppe/go-internal/testscript"
)

// state is what one script keeps between its lines.
type state struct {
	code     int
	stop     context.CancelFunc
	finished chan int
	lab      *lab.Lab
}

func version() api.Version { return api.Version{Version: "1.2.3-test", Revision: "abc", Go: "go0.0"} }

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:           filepath.Join("testdata", "script"),
		Setup:         setup,
		Cmds:          map[string]func(*testscript.TestScript, bool, []string){"harrier": harrierLine, "code": codeLine, "serve": serveLine, "lab": labLine, "saw": sawLine, "keep": keepLine, "until": untilLine},
		UpdateScripts: os.Getenv("HARRIER_UPDATE_SCRIPTS") != "",
	})
}

// setup gives a script a data directory whose path leaves room for a socket.
func setup(env *testscript.Env) error {
	dir, err := os.MkdirTemp("", "hr")
	if err != nil {
		return err
	}
	st := &state{}
	env.Values["state"] = st
	env.Defer(func() {
		if st.stop != nil {
			st.stop()
			<-st.finished
		}
		if st.lab != nil {
			_ = st.lab.Close()
		}
		_ = os.RemoveAll(dir)
	})
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(env.WorkDir, "report.msg"), outlookMail(), 0o600); err != nil {
		return err
	}
	if err := shorten(filepath.Join(dir, "data", "playbooks")); err != nil {
		return err
	}
	if err := blanktest.Put(filepath.Join(dir, "data")); err != nil {
		return err
	}
	env.Vars = append(env.Vars, "HARRIER_DATA="+filepath.Join(dir, "data"), "DATA="+filepath.Join(dir, "data"), "REPO="+root)
	return nil
}

// shorten puts a short playbook in the place of the one that ships: the scripts
// are about the commands, not about phishing.
func shorten(dir string) error {
	text, err := os.ReadFile(filepath.Join("..", "app", "testdata", "short.playbook.yaml"))
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "phishing-response.playbook.yaml"), text, 0o600)
	}
	return err
}

// outlookMail is a mail as Outlook saves it: its subject, its text and its header.
func outlookMail() []byte {
	return outlooktest.Mail{Props: []outlooktest.Prop{
		outlooktest.Text(0x0037, "Saved by Outlook"), outlooktest.Text(0x1000, "Go to http://login.evil.example/msg"),
		outlooktest.Text(0x007d, "From: service@bank.example\r\nSubject: Saved by Outlook\r\nMessage-ID: <msg@bank.example>\r\n"),
	}}.MSG()
}

func stateOf(ts *testscript.TestScript) *state { return ts.Value("state").(*state) }

// config is the command line as main makes it, on other streams.
func config(ts *testscript.TestScript, in io.Reader, out, errs io.Writer) cli.Config {
	d := daemon.Daemon{Version: version()}
	tty := ts.Getenv("TTY") != ""
	return cli.Config{
		Streams: cli.Streams{In: in, Out: out, Err: errs, InTTY: tty, OutTTY: tty, ErrTTY: tty, Width: 120},
		Env: func(name string) (string, bool) {
			v := ts.Getenv(name)
			return v, v != ""
		},
		Version: version(), Now: time.Now, Serve: d.Serve, Local: d.Local, Demo: demo.Demo{Daemon: d}.Play,
	}
}

// harrierLine is the line harrier ARGS… [<FILE]: it must succeed, or fail where
// the line begins with an exclamation mark.
func harrierLine(ts *testscript.TestScript, neg bool, args []string) {
	var in io.Reader = strings.NewReader("")
	if n := len(args); n > 0 && strings.HasPrefix(args[n-1], "<") {
		in = strings.NewReader(ts.ReadFile(args[n-1][1:]))
		args = args[:n-1]
	}
	for i, arg := range args { // scripts write paths relative to their own directory
		if _, err := os.Stat(ts.MkAbs(arg)); err == nil && !strings.HasPrefix(arg, "-") {
			args[i] = ts.MkAbs(arg)
		} else if name, file, ok := strings.Cut(arg, "=@"); ok {
			args[i] = name + "=@" + ts.MkAbs(file)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	code := cli.Main(ctx, config(ts, in, ts.Stdout(), ts.Stderr()), args)
	stateOf(ts).code = code
	if neg == (code == 0) {
		ts.Fatalf("harrier %s ended with %d", strings.Join(args, " "), code)
	}
}

// untilLine is the line until TEXT ARGS…: harrier is called again and again until it
// prints the text.
func untilLine(ts *testscript.TestScript, _ bool, args []string) {
	var out bytes.Buffer
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		out.Reset()
		cli.Main(ctx, config(ts, strings.NewReader(""), &out, io.Discard), args[1:])
		if strings.Contains(out.String(), args[0]) {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			ts.Fatalf("harrier %s never prints %s: %s", strings.Join(args[1:], " "), args[0], &out)
		}
	}
}

// codeLine checks the exit code of the line before.
func codeLine(ts *testscript.TestScript, _ bool, args []string) {
	if want, err := strconv.Atoi(args[0]); err != nil || stateOf(ts).code != want {
		ts.Fatalf("the exit code is %d, want %s", stateOf(ts).code, args[0])
	}
}

// keepLine keeps the first match of a field of the output before, as in
// keep RUN run_: an id in the file stdout-copy, or in the argument's file.
func keepLine(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[2])
	i := strings.Index(text, args[1])
	if i < 0 {
		ts.Fatalf("there is no %s in %s", args[1], text)
	}
	letters := "abcdefghijklmnopqrstuvwxyz0123456789_:"
	if strings.HasPrefix(args[1], "harrier_") { // a token
		letters += "ABCDEFGHIJKLMNOPQRSTUVWXYZ-"
	}
	word := strings.FieldsFunc(text[i:], func(r rune) bool { return !strings.ContainsRune(letters, r) })[0]
	ts.Setenv(args[0], word)
}

// serveLine starts a server that runs until the script ends. It sets URL where
// it listens on an address.
func serveLine(ts *testscript.TestScript, _ bool, args []string) {
	st := stateOf(ts)
	ctx, stop := context.WithCancel(context.Background())
	st.stop, st.finished = stop, make(chan int, 1)
	out := &lineWatch{ready: make(chan struct{})}
	if len(args) == 0 {
		out.want = 1
	} else {
		out.want = 2
	}
	cfg := config(ts, strings.NewReader(""), out, io.Discard)
	go func() {
		st.finished <- cli.Main(ctx, cfg, append([]string{"serve"}, args...))
		out.done()
	}()
	<-out.ready
	text := out.String()
	if !strings.Contains(text, "ready: data") {
		ts.Fatalf("the server did not start: %s", text)
	}
	if _, after, ok := strings.Cut(text, "ready: http://"); ok {
		address, _, _ := strings.Cut(after, ",")
		ts.Setenv("URL", "http://"+address)
	}
}

// lineWatch is an output that tells when so many lines were written.
type lineWatch struct {
	mu    sync.Mutex // guards what follows
	text  bytes.Buffer
	want  int
	once  sync.Once
	ready chan struct{}
}

// Write implements [io.Writer].
func (l *lineWatch) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, err := l.text.Write(p)
	if bytes.Count(l.text.Bytes(), []byte("\n")) >= l.want {
		l.done()
	}
	return n, err
}

func (l *lineWatch) done() { l.once.Do(func() { close(l.ready) }) }

func (l *lineWatch) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// labLine starts the simulated vendors, with a file NAME.secret for each secret
// of the connections, and their addresses in the environment.
func labLine(ts *testscript.TestScript, _ bool, _ []string) {
	l, err := lab.Start(lab.Config{Seed: 1})
	ts.Check(err)
	stateOf(ts).lab = l
	ts.Check(l.Seed(lab.Scenario{Mailboxes: 2, Ordinary: 1}))
	for _, c := range l.Connections() {
		ts.Setenv(strings.ToUpper(c.Connector)+"_URL", c.BaseURL)
		for name, v := range c.Secrets {
			ts.Check(os.WriteFile(ts.MkAbs(fmt.Sprintf("%s.%s.secret", c.Connector, name)), []byte(v.Reveal()+"\n"), 0o600))
		}
	}
}

// sawLine checks how often the team's channel was told a text.
func sawLine(ts *testscript.TestScript, _ bool, args []string) {
	count := 0
	for _, m := range stateOf(ts).lab.Messages("soc") {
		if m.Text == args[1] {
			count++
		}
	}
	if want, err := strconv.Atoi(args[0]); err != nil || count != want {
		ts.Fatalf("the team was told %d times, want %s", count, args[0])
	}
}
