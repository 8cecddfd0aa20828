// Package lab simulates the vendors that playbooks act on: Microsoft Entra ID
// (tokens), Microsoft Graph (mail, accounts, hunting, alerts), Gmail, Defender for
// Endpoint, Mimecast, Jira, VirusTotal, URLhaus, ThreatFox, AbuseIPDB, urlscan.io,
// a CAPE sandbox, OPNsense, Slack, Splunk, Elastic Security, a server of TAXII,
// MISP, PagerDuty, Opsgenie and a pager of one's own. They listen on loopback only, speak the shape of the vendors' published APIs, keep state,
// remember every effect and misbehave on request.
//
// The lab is an oracle: [Lab.Effects] tells what the world saw, however the
// answer was lost. A playbook run, a test and a demo use the same lab, in one
// process or, through its control endpoint, from another one. With a directory
// every change is in a journal before it is answered, and a restarted lab
// listens where it did and knows what it knew.
//
// What it does not do: simulate an endpoint that the vendor lacks, check
// licences or permissions beyond the credential, or model the vendor's speed.
package lab
