// Package crash kills the real binary in the middle of the phishing response,
// again and again, and looks at what is left: it holds tests only.
package crash
