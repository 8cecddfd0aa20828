package scim

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier"
)

func TestParseFilter_knowsWhatDirectoriesAsk(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]Test{
		``:                                     nil,
		`userName eq "Ann@corp"`:               {{"username", "Ann@corp"}},
		`userName Eq "a\"b c"`:                 {{"username", `a"b c`}},
		`externalId eq "7" and active eq true`: {{"externalid", "7"}, {"active", "true"}},
		`urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ann"`:              {{"username", "ann"}},
		` members.value   eq   "principal_1"  AND displayName eq "soc and others" `: {{"members.value", "principal_1"}, {"displayname", "soc and others"}},
	} {
		got, err := ParseFilter(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

func TestParseFilter_refusesWhatItDoesNotDo(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`userName`, `userName eq`, `userName eq ann`, `userName eq "ann`, `userName sw "a"`, `userName eq "a" or userName eq "b"`, `userName eq "a" and`,
		`user'Name eq "a"`, `userName eq "a"x`, `not (userName eq "a")`, `userName eq "a" userName eq "b"`, `userName eq "\x"`,
	} {
		if got, err := ParseFilter(text); harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%s is read as %v, %v", text, got, err)
		}
	}
}

func TestParsePath_knowsPathsOfValues(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Path{
		``: {}, `active`: {Attribute: "active"}, `name.givenName`: {Attribute: "name.givenname"},
		`members[value eq "principal_1"]`:                                       {Attribute: "members", Only: []Test{{"value", "principal_1"}}},
		`emails[type eq "work"].value`:                                          {Attribute: "emails.value", Only: []Test{{"type", "work"}}},
		`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department`: {Attribute: "department"},
	} {
		if got, err := ParsePath(text); err != nil || !cmp.Equal(want, got) {
			t.Errorf("%s: got %+v, %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{`members[`, `members[]`, `members[value eq "a"`, `members[value eq "a"]x`, `[value eq "a"]`, `a b`} {
		if got, err := ParsePath(text); harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%s is read as %+v, %v", text, got, err)
		}
	}
}

// The dialects of Entra and Okta say the same in their ways.
func TestPatchUser_knowsTheDialects(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"Operations":[{"op":"Replace","path":"active","value":"False"},{"op":"Add","path":"name.givenName","value":"Ann"}]}`,
		`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"active":false}}]}`,
		`{"operations":[{"op":"REPLACE","path":"urn:ietf:params:scim:schemas:core:2.0:User:active","value":false}]}`,
		`{"Operations":[{"op":"replace","value":"{\"active\":\"false\"}"},{"op":"add","path":"emails[type eq \"work\"].value","value":"a@b"}]}`,
	} {
		list, err := readPatch([]byte(body))
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		u, err := patchUser(User{UserName: "ann", ExternalID: "x", Active: true}, list)
		if err != nil || u.Active || u.UserName != "ann" || u.ExternalID != "x" {
			t.Errorf("%s makes %+v, %v", body, u, err)
		}
	}
	for _, body := range []string{
		`{"Operations":[{"op":"replace","path":"active","value":"perhaps"}]}`, `{"Operations":[{"op":"remove","path":"active"}]}`, `{"Operations":[{"op":"remove"}]}`, `{"Operations":[]}`,
		`{"Operations":[{"op":"move","path":"active"}]}`, `{"Operations":[{"op":"replace","path":"userName","value":""}]}`, `{"Operations":[{"op":"replace","value":7}]}`, `[]`, `{"Operations":[7]}`,
	} {
		list, err := readPatch([]byte(body))
		if err == nil {
			_, err = patchUser(User{UserName: "ann"}, list)
		}
		if harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestPatchGroup_addsRemovesAndReplacesMembers(t *testing.T) {
	t.Parallel()
	ids := []harrier.PrincipalID{{1}, {2}, {3}}
	a, b, c := ids[0].String(), ids[1].String(), ids[2].String()
	for body, want := range map[string][]harrier.PrincipalID{
		`{"op":"add","path":"members","value":[{"value":"` + c + `"},{"value":"` + a + `"}]}`: ids,
		`{"op":"Add","value":{"members":[{"value":"` + c + `"}]}}`:                            ids,
		`{"op":"remove","path":"members[value eq \"` + a + `\"]"}`:                            ids[1:2],
		`{"op":"Remove","path":"members","value":[{"value":"` + b + `"}]}`:                    ids[:1],
		`{"op":"remove","path":"members"}`:                                                    nil,
		`{"op":"replace","path":"members","value":[{"value":"` + b + `"}]}`:                   ids[1:2],
		`{"op":"replace","value":{"id":"x","displayName":"other"}}`:                           ids[:2],
	} {
		list, err := readPatch([]byte(`{"Operations":[` + body + `]}`))
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		g, err := patchGroup(Group{Display: "soc", Members: ids[:2:2]}, list)
		if err != nil || !cmp.Equal(want, g.Members) {
			t.Errorf("%s makes %v, %v, want %v", body, g.Members, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{`userName eq "a"`, `members[value eq "a"].x`, `a eq "\u0000" and b eq true`, `urn:a:b eq "c"`, "\\", `["`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tests, err := ParseFilter(text)
		if err == nil {
			for _, one := range tests {
				if one.Attribute == "" {
					t.Errorf("%q compares nothing", text)
				}
			}
		} else if harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%q: %v", text, err)
		}
		if _, err := ParsePath(text); err != nil && harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%q: %v", text, err)
		}
		body, _ := json.Marshal(map[string]any{"Operations": []any{map[string]any{"op": "add", "path": text, "value": text}}})
		if list, err := readPatch(body); err == nil {
			_, _ = patchUser(User{UserName: "u"}, list)
			_, _ = patchGroup(Group{Display: "g"}, list)
		}
	})
}
