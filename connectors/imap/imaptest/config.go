package imaptest

import (
	"fmt"
	"net"
	"os"
	"os/user"
	"strconv"
	"strings"
	"testing"
)

// postfixMaster is the program that runs Postfix.
const postfixMaster = "/usr/lib/postfix/sbin/master"

// mailUser owns all mailboxes.
const mailUser = "mail"

// dovecot starts Dovecot: IMAP, LMTP and ManageSieve, with a master user. The
// scripts of the policy account run before everybody's own, active or not.
func (s *Server) dovecot(t *testing.T) {
	t.Helper()
	uid, gid := account(t, mailUser)
	s.own(t, "mail", 0o700, uid, gid)
	s.own(t, "mail/"+Policy, 0o700, uid, gid)
	s.own(t, "mail/"+Policy+"/sieve", 0o700, uid, gid)
	var users strings.Builder
	for _, u := range s.Users {
		fmt.Fprintf(&users, "%s:{PLAIN}nobody-knows-this-%d::::::\n", u, len(u))
	}
	s.write(t, "users", users.String())
	s.write(t, "masters", Master+":{PLAIN}"+Password+"\n")
	s.write(t, "dovecot.conf", strings.NewReplacer(
		"{dir}", s.dir, "{imap}", port(s.IMAP), "{imaps}", port(s.IMAPS), "{sieve}", port(s.Sieve), "{policy}", Policy,
		"{uid}", strconv.Itoa(uid), "{gid}", strconv.Itoa(gid),
	).Replace(dovecotConf))
	s.run(t, "dovecot", "/usr/sbin/dovecot", "-F", "-c", s.path("dovecot.conf"))
}

func port(address string) string {
	_, p, _ := net.SplitHostPort(address)
	return p
}

const dovecotConf = `base_dir = {dir}/run
state_dir = {dir}/run
log_path = {dir}/dovecot.log
instance_name = {dir}
protocols = imap lmtp sieve
listen = 127.0.0.1
ssl = yes
ssl_cert = <{dir}/cert.pem
ssl_key = <{dir}/key.pem
auth_mechanisms = plain
auth_master_user_separator = *
first_valid_uid = 1
mail_location = maildir:~/Maildir
default_vsz_limit = 512M
passdb {
  driver = passwd-file
  args = {dir}/masters
  master = yes
  result_success = continue
}
passdb {
  driver = passwd-file
  args = {dir}/users
}
userdb {
  driver = passwd-file
  args = {dir}/users
  default_fields = uid={uid} gid={gid} home={dir}/mail/%u
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Sent {
    special_use = \Sent
  }
  mailbox Junk {
    special_use = \Junk
  }
}
plugin {
  sieve = file:~/sieve;active=~/.active.sieve
  sieve_before = {dir}/mail/{policy}/sieve
}
protocol lmtp {
  mail_plugins = sieve
}
service imap-login {
  inet_listener imap {
    port = {imap}
  }
  inet_listener imaps {
    port = {imaps}
    ssl = yes
  }
}
service managesieve-login {
  inet_listener sieve {
    port = {sieve}
  }
}
service lmtp {
  unix_listener {dir}/lmtp {
    mode = 0666
  }
}
service auth {
  unix_listener {dir}/auth {
    mode = 0666
  }
}
service stats {
  client_limit = 200
}
`

// postfix starts Postfix, which hands all mail to Dovecot.
func (s *Server) postfix(t *testing.T) {
	t.Helper()
	uid, gid := account(t, "postfix")
	drop, err := user.LookupGroup("postdrop")
	if err != nil {
		t.Skip(err)
	}
	dropGID, _ := strconv.Atoi(drop.Gid)
	s.own(t, "conf", 0o755, 0, 0)
	s.own(t, "data", 0o700, uid, gid)
	s.own(t, "queue", 0o755, 0, 0)
	s.own(t, "queue/pid", 0o755, 0, 0)
	for _, name := range []string{"active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace"} {
		s.own(t, "queue/"+name, 0o700, uid, 0)
	}
	s.own(t, "queue/public", 0o710, uid, dropGID)
	s.own(t, "queue/maildrop", 0o730, uid, dropGID)
	s.write(t, "postfix.log", "")
	if err := os.Chown(s.path("postfix.log"), uid, gid); err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer("{dir}", s.dir, "{smtp}", s.SMTP, "{domain}", Domain)
	s.write(t, "conf/main.cf", fill.Replace(mainCF))
	s.write(t, "conf/master.cf", fill.Replace(masterCF))
	s.run(t, "postfix", postfixMaster, "-d", "-c", s.path("conf"))
}

// mainCF delivers to one mailbox at a time: of one delivery to several, Dovecot
// would make one file with several names.
const mainCF = `compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {dir}/postfix.log
maillog_file_prefixes = {dir}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.{domain}
mydestination =
alias_maps =
alias_database =
smtpd_peername_lookup = no
virtual_mailbox_domains = {domain}
virtual_mailbox_maps = static:all
virtual_transport = lmtp:unix:{dir}/lmtp
lmtp_destination_recipient_limit = 1
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {dir}/auth
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = {dir}/cert.pem
smtpd_tls_key_file = {dir}/key.pem
minimal_backoff_time = 300s
`

const masterCF = `{smtp} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`
