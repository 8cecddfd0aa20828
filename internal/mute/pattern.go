package mute

import (
	"net/netip"
	"slices"
	"strings"
)

// pattern is what the value of an alert is held against.
type pattern struct {
	exact    string
	parts    []string // around the *, where there is one
	network  netip.Prefix
	wildcard bool
}

func newPattern(field, value string) pattern {
	if strings.Contains(value, "*") {
		return pattern{wildcard: true, parts: strings.Split(value, "*")}
	}
	if takesNetworks(field) {
		if p, err := netip.ParsePrefix(value); err == nil {
			return pattern{network: p.Masked()}
		}
	}
	return pattern{exact: value}
}

// matches reports whether a value in its canonical spelling is meant.
func (p pattern) matches(value string) bool {
	switch {
	case p.network.IsValid():
		a, err := netip.ParseAddr(value)
		return err == nil && p.network.Contains(a.Unmap())
	case p.wildcard:
		return glob(p.parts, value)
	}
	return p.exact == value
}

// glob reports whether value is parts with anything between them. It takes
// time in proportion to both: what a * stands for is the shortest that does.
func glob(parts []string, value string) bool {
	head, tail := parts[0], parts[len(parts)-1]
	rest, ok := strings.CutPrefix(value, head)
	if !ok || len(rest) < len(tail) || !strings.HasSuffix(rest, tail) {
		return false
	}
	rest = rest[:len(rest)-len(tail)]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(rest, part)
		if !found {
			return false
		}
		rest = after
	}
	return true
}

// condition is a field of a match, compiled.
type condition struct {
	field    string
	patterns []pattern
	// many is set instead of patterns where there are many values, all exact.
	many map[string]struct{}
}

// fewPatterns is how many values are compared one by one.
const fewPatterns = 8

func newCondition(field string, values []string) condition {
	c := condition{field: field}
	for _, v := range values {
		c.patterns = append(c.patterns, newPattern(field, v))
	}
	exact := !slices.ContainsFunc(c.patterns, func(p pattern) bool { return p.wildcard || p.network.IsValid() })
	if exact && len(values) > fewPatterns {
		c.patterns, c.many = nil, make(map[string]struct{}, len(values))
		for _, v := range values {
			c.many[v] = struct{}{}
		}
	}
	return c
}

func (c condition) matches(value string) bool {
	if c.many != nil {
		_, ok := c.many[value]
		return ok
	}
	for _, p := range c.patterns {
		if p.matches(value) {
			return true
		}
	}
	return false
}
