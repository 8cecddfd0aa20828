package api

import (
	"context"
	"io"

	"github.com/harrier-soar/harrier"
)

func (w *world) Indicators(_ context.Context, by harrier.Principal, _ IndicatorFilter, _ harrier.Page) (List[Indicator], error) {
	return page(w, by, Indicator{Type: "ip", Value: "203.0.113.7", Feed: "slack"})
}

func (w *world) MatchValues(context.Context, harrier.Principal, MatchValues) ([]KnownValue, error) {
	return []KnownValue{{Value: Value{Type: "ip", Value: "203.0.113.7"}, Verdict: "malicious"}}, w.broken
}

func (w *world) ImportFeed(_ context.Context, _ harrier.Principal, in SetFeed, body io.Reader) (Taken, error) {
	text, err := io.ReadAll(body)
	w.change("ImportFeed " + in.Name + " " + string(text))
	return Taken{Feed: in.Name, New: 1}, err
}

func (w *world) Withdraw(context.Context, harrier.Principal, Withdraw) error {
	w.change("Withdraw")
	return w.broken
}

func (w *world) Feeds(_ context.Context, by harrier.Principal) ([]Feed, error) {
	list, err := page(w, by, Feed{Name: "slack"})
	return list.Items, err
}

func (w *world) SetFeed(_ context.Context, _ harrier.Principal, in SetFeed) (Feed, error) {
	w.change("SetFeed")
	return Feed{Name: in.Name}, w.broken
}

func (w *world) PullFeed(_ context.Context, by harrier.Principal, name string) (Taken, error) {
	w.change("PullFeed")
	return Taken{Feed: name}, w.find(by, "feed", name, name == "slack")
}

func (w *world) RemoveFeed(_ context.Context, by harrier.Principal, name string) error {
	w.change("RemoveFeed")
	return w.find(by, "feed", name, name == "slack")
}

func (w *world) ValueLists(_ context.Context, by harrier.Principal) ([]ValueList, error) {
	list, err := page(w, by, ValueList{Name: "slack", Kind: "block"})
	return list.Items, err
}

func (w *world) SetList(_ context.Context, _ harrier.Principal, in SetList) (ValueList, error) {
	w.change("SetList")
	return ValueList{Name: in.Name, Kind: in.Kind}, w.broken
}

func (w *world) ListEntries(_ context.Context, by harrier.Principal, name string, _ harrier.Page) (List[ListEntry], error) {
	if err := w.find(by, "list", name, name == "slack"); err != nil {
		return List[ListEntry]{}, err
	}
	return page(w, by, ListEntry{How: "value", Type: "ip", Value: "203.0.113.7", Origin: "direct"})
}

func (w *world) ChangeList(_ context.Context, by harrier.Principal, name string, _ ChangeList) (ListChanged, error) {
	w.change("ChangeList")
	return ListChanged{Name: name, Changed: 1}, w.find(by, "list", name, name == "slack")
}

func (w *world) ImportList(_ context.Context, by harrier.Principal, name string, _ io.Reader) (ListChanged, error) {
	w.change("ImportList")
	return ListChanged{Name: name}, w.find(by, "list", name, name == "slack")
}

func (w *world) NewListToken(_ context.Context, by harrier.Principal, name string) (ListToken, error) {
	w.change("NewListToken")
	return ListToken{Name: name, Token: "t0ken"}, w.find(by, "list", name, name == "slack")
}

func (w *world) RemoveList(_ context.Context, by harrier.Principal, name string) error {
	w.change("RemoveList")
	return w.find(by, "list", name, name == "slack")
}

func (w *world) BlockList(_ context.Context, name, token string) ([]byte, string, error) {
	if name != "firewall" || token != "t0ken" {
		return nil, "", &harrier.Error{Kind: harrier.Unauthenticated, Text: "there is no such list for this token"}
	}
	return []byte("198.51.100.1\n203.0.113.7\n"), "r1", w.broken
}
