package lab

import (
	"crypto/sha1"
	"encoding/hex"
	"net/netip"
	"strings"
)

// device is the machine that a person works at.
type device struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	User string `json:"user"`
	IP   string `json:"ip"`
}

// deviceOf returns the machine of a person: ann.lee@corp.example works at
// ann-lee.corp.example.
func deviceOf(address string) device {
	local, domain, _ := strings.Cut(fold(address), "@")
	name := strings.ReplaceAll(local, ".", "-") + "." + domain
	sum := sha1.Sum([]byte("device/" + name))
	return device{
		ID: hex.EncodeToString(sum[:]), Name: name, User: fold(address),
		IP: netip.AddrFrom4([4]byte{10, 20, sum[0], 1 + sum[1]%250}).String(),
	}
}
