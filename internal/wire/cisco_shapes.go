package wire

import "strings"

// ciscoShapes has the shapes of the messages of ASA and IOS that tell of
// security, one a line, those with more parts first.
func ciscoShapes(id string) string {
	if shapes := ciscoTraffic(id); shapes != "" {
		return shapes
	}
	return ciscoAccess(id)
}

// ciscoTraffic is of what was let through or not.
func ciscoTraffic(id string) string {
	const (
		ends  = "{src_interface}:{src_ip}/{src_port} to {dst_interface}:{dst_ip}/{dst_port} "
		plain = "{src_ip}/{src_port} to {dst_ip}/{dst_port}"
	)
	switch id {
	case "106001":
		return "Inbound TCP connection denied from " + plain + " flags {flags} on interface {src_interface}"
	case "106006":
		return "Deny inbound UDP from " + plain + " on interface {src_interface}"
	case "106007":
		return "Deny inbound UDP from " + plain + " due to {rest}"
	case "106010":
		return "Deny inbound {protocol} src {src_interface}:{src_ip}/{src_port} dst {dst_interface}:{dst_ip}/{dst_port}\n" +
			"Deny inbound {protocol} src {src_interface}:{src_ip} dst {dst_interface}:{dst_ip}"
	case "106014":
		return "Deny inbound icmp src {src_interface}:{src_ip} dst {dst_interface}:{dst_ip} (type {icmp_type}, code {icmp_code})"
	case "106015":
		return "Deny TCP (no connection) from " + plain + " flags {flags} on interface {src_interface}"
	case "106016":
		return "Deny IP spoof from ({src_ip}) to {dst_ip} on interface {src_interface}"
	case "106017":
		return "Deny IP due to Land Attack from {src_ip} to {dst_ip}"
	case "106021":
		return "Deny {protocol} reverse path check from {src_ip} to {dst_ip} on interface {src_interface}"
	case "106023":
		return "Deny {protocol} src {src_interface}:{src_ip}/{src_port} dst {dst_interface}:{dst_ip}/{dst_port} by access-group {acl}\n" +
			"Deny {protocol} src {src_interface}:{src_ip} dst {dst_interface}:{dst_ip} (type {icmp_type}, code {icmp_code}) by access-group {acl}\n" +
			"Deny {protocol} src {src_interface}:{src_ip} dst {dst_interface}:{dst_ip} by access-group {acl}"
	case "106100":
		return "access-list {acl} {action} {protocol} {src_interface}/{src_ip}({src_port}) -> {dst_interface}/{dst_ip}({dst_port})"
	case "302013", "302015":
		return "Built {direction} {protocol} connection {session} for {src_interface}:{src_ip}/{src_port} ({_}) to {dst_interface}:{dst_ip}/{dst_port} "
	case "302014", "302016":
		return "Teardown {protocol} connection {session} for " + ends + "duration {duration} bytes {bytes}"
	case "313001":
		return "Denied ICMP type={icmp_type}, code={icmp_code} from {src_ip} on interface {src_interface}"
	case "338001", "338002", "338003", "338004", "338005", "338006", "338007", "338008":
		return "Dynamic filter {action} {_} traffic from {src_interface}:{src_ip}/{src_port} ({_}) to " +
			"{dst_interface}:{dst_ip}/{dst_port} ({_}), {_} resolved from {list} list: {domain}, threat-level: {threat_level}, category: {category}"
	case "419002":
		return "Duplicate TCP SYN from " + ends + "with different initial sequence number"
	case "434002":
		return "SFR requested to drop {protocol} packet from {src_interface}:{src_ip}/{src_port} to {dst_interface}:{dst_ip}/{dst_port}"
	case "733102":
		return "Threat-detection adds host {src_ip} to shun list"
	case "710003":
		return "{protocol} access denied by ACL from {src_ip}/{src_port} to {dst_interface}:{dst_ip}/{dst_port}"
	case "IPACCESSLOGP":
		return "list {acl} {action} {protocol} {src_ip}({src_port}) ({_}) -> {dst_ip}({dst_port}), {packets} packet\n" +
			"list {acl} {action} {protocol} {src_ip}({src_port}) -> {dst_ip}({dst_port}), {packets} packet"
	}
	if len(id) == 6 && strings.HasPrefix(id, "4000") {
		return "IPS:{signature} {name} from {src_ip} to {dst_ip} on interface {src_interface}\n" +
			"IDS:{signature} {name} from {src_ip} to {dst_ip} on interface {src_interface}"
	}
	return ""
}

// ciscoAccess is of people who came in or did not, and what they changed.
func ciscoAccess(id string) string {
	const group = "Group <{group}> User <{user}> IP <{src_ip}>"
	switch id {
	case "605004", "605005":
		return "Login {action} from {src_ip}/{src_port} to {dst_interface}:{dst_ip}/{service} for user {user}"
	case "611101", "611102":
		return "User authentication {outcome}: IP address: {src_ip}, Uname: {user}\nUser authentication {outcome}: Uname: {user}"
	case "113004":
		return "AAA user authentication {outcome} : server = {server} : user = {user}"
	case "113005":
		return "AAA user authentication {outcome} : reason = {reason} : server = {server} : user = {user} : user IP = {src_ip}\n" +
			"AAA user authentication {outcome} : reason = {reason} : server = {server} : user = {user}"
	case "113012":
		return "AAA user authentication {outcome} : local database : user = {user}"
	case "113015":
		return "AAA user authentication {outcome} : reason = {reason} : local database : user = {user} : user IP = {src_ip}\n" +
			"AAA user authentication {outcome} : reason = {reason} : local database : user = {user}"
	case "113019":
		return "Group = {group}, Username = {user}, IP = {src_ip}, Session disconnected. Session Type: {session_type}, " +
			"Duration: {duration}, Bytes xmt: {bytes_sent}, Bytes rcv: {bytes_received}, Reason: {rest}"
	case "722051":
		return group + " IPv4 Address <{assigned_ip}>\n" + group
	case "113039", "716001", "716002", "722022", "722023", "722033", "722034", "722037", "722055":
		return group
	case "111008":
		return "User '{user}' executed the '{command}' command"
	case "111010":
		return "User '{user}', running '{app}' from IP {src_ip}, executed '{command}'"
	case "LOGIN_FAILED":
		return "Login {outcome} [user: {user}] [Source: {src_ip}] [localport: {dst_port}] [Reason: {reason}]"
	case "LOGIN_SUCCESS":
		return "Login {outcome} [user: {user}] [Source: {src_ip}] [localport: {dst_port}]"
	case "CONFIG_I":
		return "Configured from {_} by {user} on {line} ({src_ip})\nConfigured from {_} by {user} ({src_ip})\nConfigured from {_} by {user}"
	}
	return ""
}
