package email_test

import (
	"fmt"
	"strings"

	"github.com/harrier-soar/harrier/internal/email"
)

func ExampleParse() {
	report := "From: kim@corp.example\nSubject: FW: Locked\nContent-Type: multipart/mixed; boundary=x\n\n" +
		"--x\nContent-Type: message/rfc822\n\n" +
		"From: Bank <service@bank.example>\nSubject: Locked\n\nLog in: hxxps://login[.]evil[.]example/\n--x--\n"
	m, err := email.Parse(strings.NewReader(report), email.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	original := m.Reported()
	fmt.Println(original.Subject, original.From[0].Address)
	for _, o := range m.Observables() {
		fmt.Println(o.Type, o.Value, o.Role)
	}
	// Output:
	// Locked service@bank.example
	// email service@bank.example sender
	// domain bank.example sender
	// url https://login.evil.example/ body
}
